"""`goe genomes hwe`: equal to plink2 --hardy midp on autosomes and on X; strata apart; only excess is flagged."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from genomes import Site, person, store, write_vcf
from setting import Said, tool

from goe.acts.hardy_weinberg import FLAG, hardy_weinberg
from goe.acts.setting import Node, Root
from goe.errors import BadInput


def cohort(seed: int = 3) -> tuple[list[str], str, list[Site]]:
    """120 people, some calls missing, on chromosome 1 and X; men haploid on X."""
    random = np.random.default_rng(seed)
    letters = "F" * 60 + "M" * 60
    sites = []
    for contig in ("1", "X"):
        for i in range(60):
            a = random.random((120, 2)) < random.uniform(0.02, 0.98)
            calls = [f"{int(x)}/{int(y)}" for x, y in a]
            if contig == "X":
                calls = [c if s == "F" else c[0] for c, s in zip(calls, letters, strict=True)]
            calls = ["./." if lost and "/" in c else c for c, lost in zip(calls, random.random(120) < 0.03, strict=True)]
            sites.append(Site(contig, 5_000_000 + 10 * i, "A", "G", calls))
    return [f"P{i}" for i in range(120)], letters, sites


def enrolled(node: Node, folder: Path) -> None:
    names, letters, sites = cohort()
    store(node, folder, "in.vcf", names, sites, header="##goe_synthetic=true")
    node.registry.enrol([person(node, i + 1, s, n) for i, (n, s) in enumerate(zip(names, letters, strict=True))])


@pytest.mark.oracle
def test_counts_and_p__equal_plink2(node: Node, tmp_path: Path) -> None:
    tool("plink2")
    enrolled(node, tmp_path)
    names, letters, sites = cohort()
    vcf = write_vcf(tmp_path / "plink.vcf", names, sites)
    sexes = "".join(f"{n} {'2' if s == 'F' else '1'}\n" for n, s in zip(names, letters, strict=True))
    (tmp_path / "sex.txt").write_text("#IID SEX\n" + sexes)
    command = ["plink2", "--vcf", vcf, "--update-sex", tmp_path / "sex.txt", "--hardy", "midp", "--out", tmp_path / "h"]
    subprocess.run(command, check=True, capture_output=True)
    mine = {(r["chrom"], r["pos"]): r for r in hardy_weinberg(node).to_pylist()}
    assert len(mine) == 120
    lines = [line.split() for line in (tmp_path / "h.hardy").read_text().splitlines()[1:]]
    assert len(lines) == 60
    for i, line in enumerate(lines):
        found = mine["1", 5_000_000 + 10 * i]
        a1_is_alt = line[2] == "G"
        homozygous = [found["hom_alt"], found["hom_ref"]] if a1_is_alt else [found["hom_ref"], found["hom_alt"]]
        assert [homozygous[0], found["het"], homozygous[1]] == [int(line[4]), int(line[5]), int(line[6])]
        assert found["p"] == pytest.approx(float(line[9]), rel=1e-5)
    # plink2's p on X tests besides whether men and women have one frequency; of women alone it is the same test
    subprocess.run([*command[:-1], tmp_path / "w", "--keep-females"], check=True, capture_output=True)
    head, *x_lines = (line.split() for line in (tmp_path / "w.hardy.x").read_text().splitlines())
    at = {name: i for i, name in enumerate(head)}
    assert len(x_lines) == 60
    for i, line in enumerate(x_lines):
        found = mine["X", 5_000_000 + 10 * i]
        assert found["het"] == int(line[at["FEMALE_HET_A1_CT"]])
        assert {found["hom_ref"], found["hom_alt"]} == {int(line[at[f"FEMALE_{n}_CT"]]) for n in ("HOM_A1", "TWO_AX")}
        assert found["p"] == pytest.approx(float(line[at["MIDP"]]), rel=1e-5)


def test_strata__are_tested_apart_and_only_excess_is_flagged(node: Node, tmp_path: Path) -> None:
    """Women all heterozygous, men fixed for either allele: together in proportion, apart not; too few are not flagged."""
    names = [f"P{i}" for i in range(80)]
    calls = ["0/1"] * 40 + ["0/0"] * 20 + ["1/1"] * 20
    store(node, tmp_path, "in.vcf", names, [Site("1", 5_000_000, "A", "G", calls)], header="##goe_synthetic=true")
    node.registry.enrol([person(node, i + 1, "F" if i < 40 else "M", n) for i, n in enumerate(names)])
    (whole,) = hardy_weinberg(node).to_pylist()
    assert whole["p"] > 0.9 and whole["flag"] == "" and whole["group"] == "unassigned"
    by_sex = {r["group"]: r for r in hardy_weinberg(node, by=["sex"]).to_pylist()}
    assert by_sex["F"]["flag"] == FLAG and by_sex["F"]["f"] == pytest.approx(-1, abs=0.03)
    assert by_sex["M"]["flag"] == "" and by_sex["M"]["p"] < 1e-6 and by_sex["M"]["f"] == pytest.approx(1)


def test_consent__decides_who_is_counted(node: Node, tmp_path: Path) -> None:
    store(node, tmp_path, "in.vcf", ["A", "B"], [Site("1", 5_000_000, "A", "G", ["0/1", "1/1"])], header="##goe_synthetic=true")
    node.registry.enrol([person(node, 1, "F", "A"), person(node, 2, "F", "B", counted=False)])
    (row,) = hardy_weinberg(node).to_pylist()
    assert (row["hom_ref"], row["het"], row["hom_alt"]) == (0, 1, 0)
    (row,) = hardy_weinberg(node, everyone=True).to_pylist()
    assert (row["hom_ref"], row["het"], row["hom_alt"]) == (0, 1, 1)


def test_command__writes_a_table(demo: Root, goe: Callable[..., Said], tmp_path: Path) -> None:
    node, out = demo.nodes["FI"], tmp_path / "h.parquet"
    base = ["genomes", "hwe", "--dir", node.folder, "--assembly", "GRCh37"]
    said = goe(*base, "-o", out)
    assert said.code == 0 and "flagged" in said.err
    assert set(pq.read_table(out)["group"].to_pylist()) == {"unassigned"}
    assert goe(*base[:-2]).code == 1
    refused = goe(*base, "--by", "height")
    assert refused.code == 1 and "height" in refused.err
    with pytest.raises(BadInput):
        hardy_weinberg(node, by=[])
