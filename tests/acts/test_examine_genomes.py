"""`goe genomes quality`: genomes one by one, against plink2, over all batches, and what is said of batches and nations."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from genomes import Site, person, store
from setting import Said, tool

from goe.acts.demonstrate import DEMO
from goe.acts.examine_genomes import genome_quality
from goe.acts.setting import Node, Root
from goe.rules.words import Assembly


def rows(node: Node, *batches: str) -> list[dict[str, Any]]:
    return genome_quality(node, None, batches).per_person.to_pylist()


@pytest.mark.oracle
def test_numbers__equal_plink2(demo: Root, tmp_path: Path) -> None:
    """Every genome of the chromosome 22 batch of every nation; F where somebody differs, which is what plink2 takes."""
    tool("plink2")
    columns = {"missing": "MISSING_CT", "hom_ref": "HOM_REF_CT", "het": "HET_CT", "hom_alt": "HOM_ALT_CT"}
    columns |= {"transition": "TRANSITION_CT", "transversion": "TRANSVERSION_CT", "singleton": "SINGLETON_CT"}
    for code, node in demo.nodes.items():
        out, vcf = tmp_path / code, DEMO / code / "chr22.GRCh37.vcf.gz"
        said = "cols=homref,homalt,het,ts,tv,single,missing"
        command = ["plink2", "--vcf", vcf, "--sample-counts", said, "--het", "small-sample", "--bad-freqs", "--out", out]
        subprocess.run(command, check=True, capture_output=True)
        counts, het = ({r["#IID"]: r for r in table(out.with_suffix(f".{end}"))} for end in ("scount", "het"))
        found = rows(node, "batch-2")
        assert len(found) == len(counts) > 80
        for row in found:
            assert {n: row[n] for n in columns} == {n: int(counts[row["genome"]][c]) for n, c in columns.items()}
            assert row["inbreeding"] == pytest.approx(float(het[row["genome"]]["F"]), rel=1e-4, abs=2e-5)


def table(path: Path) -> list[dict[str, str]]:
    head, *lines = (line.split() for line in path.read_text().splitlines())
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_karyotype__is_not_suggested_from_a_few_sites_on_x(demo: Root) -> None:
    """36 sites: a woman can be homozygous at nearly all of them."""
    assert {row["karyotype"] for node in demo.nodes.values() for row in rows(node, "batch-3")} == {"unknown"}


def x_sites(women: int, men: int, seed: int = 7) -> list[Site]:
    """200 common sites, written as diploid for men too."""
    random = np.random.default_rng(seed)
    p = random.uniform(0.2, 0.8, 200)
    draws = random.random((200, women + men, 2)) < p[:, None, None]
    draws[:, women:, 1] = draws[:, women:, 0]
    return [Site("X", 5_000_000 + i, "A", "G", [f"{int(a)}/{int(b)}" for a, b in row]) for i, row in enumerate(draws.tolist())]


def test_karyotype__is_suggested_from_many_sites_on_x(node: Node, tmp_path: Path) -> None:
    """Thirty synthetic women and thirty men; the summary counts the one who is recorded otherwise."""
    names = [f"S{i}" for i in range(60)]
    store(node, tmp_path, "x.vcf", names, x_sites(30, 30), header="##goe_synthetic=true")
    assert [row["karyotype"] for row in rows(node)] == ["XX"] * 30 + ["XY"] * 30
    node.registry.enrol([person(node, 1, "F", "S0"), person(node, 2, "F", "S59"), person(node, 3, "U", "S30")])
    from goe.acts.examine_genomes import summarise

    summary = {(r["group"], r["measure"]): r for r in summarise(genome_quality(node))}
    assert summary["nation", "sex_mismatch"]["genomes"] == summary["batch", "sex_mismatch"]["genomes"] == 1
    assert summary["nation", "x_inbreeding"]["genomes"] == 60 and summary["nation", "inbreeding"]["genomes"] == 0


def test_two_batches__count_each_person_once_at_each_site(node: Node, tmp_path: Path) -> None:
    """B is in both batches, under two names: their shared site counts in the first; what only the second lists counts too."""
    first = [Site("1", 1_000_000, "A", "G", ["0/1", "1/1"]), Site("1", 1_000_010, "C", "CT", ["0/0", "0/1"])]
    second = [Site("1", 1_000_000, "A", "G", ["0/1", "0/0"]), Site("1", 1_000_020, "T", "A", ["1/1", "./."])]
    store(node, tmp_path, "1.vcf", ["A", "B"], first)
    store(node, tmp_path, "2.vcf", ["B2", "C"], second)
    node.registry.enrol([person(node, 1, "F", "A"), person(node, 2, "M", "B", "B2")])
    found = genome_quality(node, Assembly("GRCh37"))
    names = ("genome", "called", "missing", "het", "hom_alt", "transition", "transversion", "insertion", "singleton")
    assert [tuple(row[n] for n in names) for row in found.per_person.to_pylist()] == [
        ("A", 2, 0, 1, 0, 1, 0, 0, 0),
        ("B", 3, 0, 1, 2, 1, 1, 1, 2),
        ("C", 1, 1, 0, 0, 0, 0, 0, 0),
    ]
    of_batches = [(r["batch"], r["genome"], r["called"]) for r in found.per_batch.to_pylist()]
    assert of_batches == [("batch-1", "A", 2), ("batch-1", "B", 2), ("batch-2", "B", 1), ("batch-2", "C", 1)]


def test_whole_node__adds_its_batches(demo: Root) -> None:
    """Nobody has two genomes in the demonstration: over both regions of GRCh37 the numbers are the sums of the batches'."""
    node = demo.nodes["FI"]
    whole = {r["genome"]: r for r in genome_quality(node, Assembly("GRCh37")).per_person.to_pylist()}
    parts = [{r["genome"]: r for r in rows(node, name)} for name in ("batch-1", "batch-2")]
    assert len(whole) == 99
    for name, row in whole.items():
        for number in ("called", "het", "hom_alt", "deletion", "singleton"):
            assert row[number] == sum(part[name][number] for part in parts)


def test_commands__name_the_batch_and_say_what_they_found(demo: Root, goe: Callable[..., Said], tmp_path: Path) -> None:
    base = ["genomes", "quality", "--dir", demo.nodes["GB"].folder]
    said = goe(*base, "--batch", "batch-2")
    assert said.code == 0 and len(said.out.splitlines()) == 92
    one = json.loads(goe(*base, "--batch", "batch-2", "--json").out)
    assert goe(*base, "--batch", "batch-2", "-o", tmp_path / "q.tsv").code == 0
    assert len((tmp_path / "q.tsv").read_text().splitlines()) == len(one) + 1 == 92
    summary = json.loads(goe(*base, "--assembly", "GRCh37", "--summary", "--json").out)
    assert {(r["group"], r["name"]) for r in summary} == {("batch", "batch-1"), ("batch", "batch-2"), ("nation", "GB")}
    by_hand = [r["call_rate"] for r in one]
    batch = next(r for r in summary if r["name"] == "batch-2" and r["measure"] == "call_rate")
    assert batch["mean"] == pytest.approx(np.mean(by_hand)) and batch["lowest"] == pytest.approx(min(by_hand))
    refused = goe(*base, "--batch", "batch-9")
    assert refused.code == 1 and "batch-9" in refused.err
    unclear = goe(*base)
    assert unclear.code == 1 and "--assembly" in unclear.err
