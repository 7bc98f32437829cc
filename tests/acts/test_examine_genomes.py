"""`goe genomes quality` and `relatives`: genomes one by one, against plink2 and the known families."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from genomes import Site, person, store
from setting import SHARED, Said, tool

from goe.acts.create import create_node
from goe.acts.demonstrate import DEMO
from goe.acts.examine_genomes import genome_quality, newest_batch, relatives
from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node, Root


@pytest.mark.oracle
def test_missing_calls__equal_plink2(demo: Root, tmp_path: Path) -> None:
    """Every genome of the chromosome 22 batch of every nation; the other numbers are compared in tests/science."""
    tool("plink2")
    for code, node in demo.nodes.items():
        out, vcf = tmp_path / code, DEMO / code / "chr22.GRCh37.vcf.gz"
        subprocess.run(["plink2", "--vcf", vcf, "--missing", "sample-only", "--out", out], check=True, capture_output=True)
        lines = [line.split() for line in out.with_suffix(".smiss").read_text().splitlines()]
        column = lines[0].index("MISSING_CT")
        theirs = {row[0]: int(row[column]) for row in lines[1:]}
        assert {row["genome"]: row["missing"] for row in genome_quality(node, "batch-2")} == theirs


def test_karyotype__is_not_suggested_from_a_few_sites_on_x(demo: Root) -> None:
    """36 sites: a woman can be homozygous at nearly all of them."""
    assert {row["karyotype"] for node in demo.nodes.values() for row in genome_quality(node, "batch-3")} == {"unknown"}


def test_karyotype__is_suggested_from_many_sites_on_x(node: Node, tmp_path: Path) -> None:
    """Thirty synthetic women and thirty men at 200 sites, written as diploid for men too."""
    random = np.random.default_rng(7)
    p = random.uniform(0.2, 0.8, 200)
    draws = random.random((200, 60, 2)) < p[:, None, None]
    draws[:, 30:, 1] = draws[:, 30:, 0]
    sites = [Site("X", 5_000_000 + i, "A", "G", [f"{int(a)}/{int(b)}" for a, b in row]) for i, row in enumerate(draws.tolist())]
    store(node, tmp_path, "x.vcf", [f"S{i}" for i in range(60)], sites, header="##goe_synthetic=true")
    suggested = [row["karyotype"] for row in genome_quality(node, "batch-1")]
    assert suggested == ["XX"] * 30 + ["XY"] * 30


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
    found = relatives(node, batch.batch_id)
    assert known <= set(found.trios)
    assert len(found.trios) - len(known) <= 1
    assert found.kept <= found.genomes - len(known)


def test_commands__name_the_batch_and_say_what_they_found(demo: Root, goe: Callable[..., Said]) -> None:
    folder = demo.nodes["GB"].folder
    said = goe("genomes", "relatives", "--dir", folder, "--batch", "batch-4", "--json")
    assert said.code == 0
    pairs = json.loads(said.out)["pairs"]
    assert [(p["first"], p["second"], p["relation"]) for p in pairs] == [
        ("HG00116", "HG00120", "third degree"),
        ("HG00238", "HG00240", "third degree"),
    ]
    assert "81 of 81" in said.err
    assert goe("genomes", "quality", "--dir", folder, "--batch", "batch-3").code == 0
    refused = goe("genomes", "quality", "--dir", folder, "--batch", "batch-9")
    assert refused.code == 1 and "batch-9" in refused.err
    assert newest_batch(demo.nodes["GB"], None) == "batch-5"
