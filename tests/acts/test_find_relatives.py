"""`goe genomes relatives`: kinship over all batches, against plink2 and the known families; ancestry that misleads KING."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from genomes import Site, person, store
from numpy.typing import NDArray
from setting import SHARED, Said, tool

from goe.acts.create import create_node
from goe.acts.find_relatives import relatives
from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node, Root

CALL = ["0/0", "0/1", "1/1"]


def test_trios__of_the_thousand_genomes_come_out(tmp_path: Path) -> None:
    """602 known trios among 3,202 people at 1,004 sites; Mendel's law finds one more that the pedigree does not list."""
    vcf = SHARED / "data" / "reference" / "1kg_hc3202_pgs1k.GRCh38.vcf.gz"
    if not vcf.is_file():
        pytest.skip("the shared reference data are not beside the checkout")
    rows = [line.split("\t") for line in (vcf.parent / "panel.tsv").read_text().splitlines()]
    column = {name: i for i, name in enumerate(rows[0])}
    node = create_node(tmp_path / "GB", "GB")[0]
    batch = import_genomes(node, vcf).batch
    names = set(node.genomes.batch(batch.batch_id).samples)
    known = {tuple(row[column[c]] for c in ("sample", "father", "mother")) for row in rows[1:]}
    known = {trio for trio in known if names.issuperset(trio)}
    sex = {row[column["sample"]]: row[column["sex"]] for row in rows[1:]}
    letter = {"male": "M", "female": "F"}
    node.registry.enrol([person(node, i + 1, letter[sex[name]], name) for i, name in enumerate(sorted(names))])
    found = relatives(node)
    assert len(known) == 602
    assert known <= set(found.trios)
    assert len(found.trios) - len(known) <= 1
    assert found.mendel_errors / found.mendel_sites < 5e-5
    assert found.kept <= found.genomes - len(known)
    assert sum(found.lost["karyotype"].values()) == sum(found.lost["nation"].values()) == found.genomes - found.kept


@pytest.mark.oracle
def test_kinship__equals_plink2_at_the_same_sites(demo: Root, tmp_path: Path) -> None:
    """14,079 SNPs of the British, autosomes, frequency 5 % and more: the same pairs above -.1, the same kinship."""
    tool("plink2")
    from goe.acts.demonstrate import DEMO

    out = tmp_path / "k"
    plink = ["plink2", "--bfile", DEMO / "GB" / "structure", "--autosome", "--maf", "0.05", "--geno", "0.1"]
    plink += ["--make-king-table", "--king-table-filter", "0.01", "--out", out]
    subprocess.run(plink, check=True, capture_output=True)
    lines = [line.split() for line in (tmp_path / "k.kin0").read_text().splitlines()]
    head = [name.lstrip("#") for name in lines[0]]
    theirs = {frozenset((r["IID1"], r["IID2"])): r for r in (dict(zip(head, line, strict=True)) for line in lines[1:])}
    found = relatives(demo.nodes["GB"], None, ["batch-4"], above=0.01).pairs.to_pylist()
    assert len(found) == len(theirs) > 3
    for row in found:
        expected = theirs[frozenset((row["first"], row["second"]))]
        assert row["kinship"] == pytest.approx(float(expected["KINSHIP"]), abs=1e-6)
        assert row["sites"] == int(expected["NSNP"])


def write(node: Node, folder: Path, name: str, people: list[str], g: NDArray[np.int64]) -> None:
    """Sites far apart on the autosomes, from (variants, people) alternate alleles."""
    sites = [
        Site(str(i // 100 + 1), 100_000 * (i % 100 + 1), "A", "G", [CALL[x] for x in row]) for i, row in enumerate(g.tolist())
    ]
    store(node, folder, name, people, sites, header="##goe_synthetic=true")


def test_two_batches__are_compared_across(node: Node, tmp_path: Path) -> None:
    """A parent in one batch, the child in another; somebody sequenced twice is one person, an unknown twin a duplicate."""
    random = np.random.default_rng(3)
    founders = (random.random((700, 42, 2)) < random.uniform(0.2, 0.8, (700, 1, 1))).astype(int)
    child = founders[:, 0, 0] + founders[:, 1, 1]
    g = founders.sum(axis=2)
    write(node, tmp_path, "1.vcf", [f"A{i}" for i in range(40)], g[:, :40])
    others = np.stack([child, g[:, 5], g[:, 6], g[:, 40], g[:, 41]], axis=1)
    write(node, tmp_path, "2.vcf", ["child", "again", "twin", "B1", "B2"], others)
    node.registry.enrol([person(node, 1, "F", "A5", "again"), person(node, 2, "M", "A0"), person(node, 3, "F", "A1")])
    found = relatives(node)
    assert found.genomes == 44 and found.sites > 600
    named = {frozenset((r["first"], r["second"])): r["relation"] for r in found.pairs.to_pylist() if r["kinship"] > 0.15}
    assert named == {
        frozenset(("A6", "twin")): "duplicate",
        frozenset(("A0", "child")): "parent offspring",
        frozenset(("A1", "child")): "parent offspring",
    }
    assert found.trios == [("child", "A0", "A1")]
    assert found.mendel_errors == 0


def test_admixture__misleads_king_and_not_pc_relate(node: Node, tmp_path: Path) -> None:
    """Two sources that differ much; 90 people between them in all proportions, 12 pairs of half-siblings of mixed parents.

    The mothers are of either source, so KING misses some of the pairs, and takes strangers of one ancestry for relatives;
    adjusted, exactly the true pairs are found.
    """
    random = np.random.default_rng(11)
    sites, pairs = 2000, 12
    p = random.uniform(0.1, 0.9, (sites, 1))
    a, b = (np.clip(random.normal(p, 0.28), 0.02, 0.98) for _ in range(2))

    def alleles(share: float, n: int) -> NDArray[np.int64]:
        own = np.where(random.random((sites, n)) < share, a, b)
        return (random.random((sites, n)) < own).astype(int)

    strangers = np.concatenate([alleles(s, 2).sum(axis=1, keepdims=True) for s in np.linspace(0, 1, 90)], axis=1)
    halves = []
    for _ in range(pairs):
        father = alleles(0.5, 2)
        for mother in (1.0, 0.0):
            pick = random.integers(0, 2, sites)
            halves.append(father[np.arange(sites), pick] + alleles(mother, 1)[:, 0])
    names = [f"P{i}" for i in range(90)] + [f"H{i}{side}" for i in range(pairs) for side in "ab"]
    write(node, tmp_path, "mixed.vcf", names, np.concatenate([strangers, np.stack(halves, axis=1)], axis=1))
    truth = {frozenset((f"H{i}a", f"H{i}b")) for i in range(pairs)}

    def found(adjusted: bool) -> set[frozenset[str]]:
        rows = relatives(node, above=0.0625, adjusted=adjusted, axes=1).pairs.to_pylist()
        assert all(("king" in row) == adjusted for row in rows)
        return {frozenset((row["first"], row["second"])) for row in rows}

    king = found(False)
    assert truth - king and len(king - truth) > 5
    assert found(True) == truth


def test_dense_region__has_no_trios_and_says_so(node: Node, goe: Callable[..., Said], tmp_path: Path) -> None:
    """Strangers made of six haplotypes in 200 kb: by Mendel's law many are each other's children, and none is."""
    random = np.random.default_rng(5)
    haplotypes = random.integers(0, 2, (200, 6))
    g = haplotypes[:, random.integers(0, 6, 120)] + haplotypes[:, random.integers(0, 6, 120)]
    names = [f"P{i}" for i in range(120)]
    sites = [Site("22", 10_500_000 + 1000 * i, "A", "G", [CALL[x] for x in row]) for i, row in enumerate(g.tolist())]
    store(node, tmp_path, "dense.vcf", names, sites)
    node.registry.enrol([person(node, i + 1, "MF"[i % 2], name) for i, name in enumerate(names)])
    found = relatives(node)
    assert found.sites > 100 and found.sites_apart == 1 and found.pairs.num_rows > 100
    assert found.trios == [] and found.mendel_sites == 0
    said = goe("genomes", "relatives", "--dir", node.folder, "-o", tmp_path / "pairs.tsv")
    assert said.code == 0 and "trios are not looked for" in said.err


def test_command__says_what_it_found(demo: Root, goe: Callable[..., Said], tmp_path: Path) -> None:
    base = ["genomes", "relatives", "--dir", demo.nodes["GB"].folder, "--batch", "batch-4"]
    said = goe(*base, "--json")
    assert said.code == 0
    pairs = json.loads(said.out)["pairs"]
    named = {frozenset((p["first"], p["second"])) for p in pairs}
    assert named == {frozenset(("HG00116", "HG00120")), frozenset(("HG00238", "HG00240"))}
    assert "81 people are kept unrelated" in said.err and "Lost by karyotype" in said.err
    assert goe(*base, "-o", tmp_path / "pairs.tsv").code == 0
    assert len((tmp_path / "pairs.tsv").read_text().splitlines()) == len(pairs) + 1
    refused = goe(*base[:-1], "batch-9")
    assert refused.code == 1 and "batch-9" in refused.err
