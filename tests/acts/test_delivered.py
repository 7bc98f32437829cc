"""Swapped samples of a delivery: real genomes of the demonstration under each other's name, and invented X chromosomes."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from genomes import Site, person, write_vcf
from setting import Said

from goe.acts.demonstrate import DEMO
from goe.acts.setting import Node, Root
from goe.science.identity import concordance, suggested_by_x

Run = Callable[..., Said]
WOMAN, OTHER, RIGHT = "HG00285", "HG00319", "HG00176"
SITES = DEMO / "FI" / "sites.GRCh38.vcf.gz"


def cut(genome: str, named: str, path: Path, *, every: int = 1) -> Path:
    """One genome of the demonstration's 1,004 sites under a name, as a laboratory would send it; a fingerprint has fewer."""
    rows = []
    for number, line in enumerate(gzip.decompress(SITES.read_bytes()).decode().splitlines()):
        cells = line.split("\t")
        if line.startswith("#CHROM"):
            column = cells.index(genome)
            rows.append("\t".join([*cells[:9], named]))
        elif line.startswith("#"):
            rows.append(line)
        elif number % every == 0:
            rows.append("\t".join([*cells[:9], cells[column]]))
    path.write_text("\n".join(rows) + "\n")
    return path


def delivery(folder: Path, files: dict[str, Path]) -> Path:
    """A manifest of these files by genome."""
    shas = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    rows = [f"{i},{name},{path.name},{shas[name]}" for i, (name, path) in enumerate(files.items())]
    (folder / "manifest.csv").write_text("\n".join(["barcode,genome,file,sha256", *rows]) + "\n")
    return folder / "manifest.csv"


def faults(goe: Run, manifest: Path, *where: object) -> list[str]:
    said = goe("include", "delivery", manifest, "--dir", *where, "--json")
    found = [f["fault"] for f in json.loads(said.out)["faults"]]
    assert said.code == bool(found), said
    return found


@pytest.mark.parametrize("every", [1, 8], ids=["whole", "fingerprint"])
def test_two_swapped_genomes__are_named_and_a_right_one_is_not(demo: Root, goe: Run, tmp_path: Path, every: int) -> None:
    files = {
        WOMAN: cut(OTHER, WOMAN, tmp_path / "a.vcf", every=every),
        OTHER: cut(WOMAN, OTHER, tmp_path / "b.vcf", every=every),
        RIGHT: cut(RIGHT, RIGHT, tmp_path / "c.vcf", every=every),
    }
    found = faults(goe, delivery(tmp_path, files), demo.folder, "--country", "FI")
    assert len(found) == 3, found
    assert any(f"they are those stored as {OTHER}" in fault for fault in found)
    assert found[-1] == f"{WOMAN} and {OTHER} look swapped"


def test_a_genome_of_somebody_else__is_found_without_naming_anybody(demo: Root, goe: Run, tmp_path: Path) -> None:
    """Genotypes that nobody at the node has: those of two people mixed, site by site."""
    one, other = (cut(g, WOMAN, tmp_path / f"{g}.vcf").read_text().splitlines() for g in (OTHER, RIGHT))
    mixed = [a if i % 2 or a.startswith("#") else b for i, (a, b) in enumerate(zip(one, other, strict=True))]
    for left_over in tmp_path.iterdir():
        left_over.unlink()
    (tmp_path / "a.vcf").write_text("\n".join(mixed) + "\n")
    found = faults(goe, delivery(tmp_path, {WOMAN: tmp_path / "a.vcf"}), demo.folder, "--country", "FI")
    assert len(found) == 1
    assert "not those stored under this name" in found[0]
    assert "stored as" not in found[0]


def test_a_file_that_is_no_vcf__is_a_fault_of_its_row(demo: Root, goe: Run, tmp_path: Path) -> None:
    (tmp_path / "a.vcf").write_text("no genotypes\n")
    found = faults(goe, delivery(tmp_path, {WOMAN: tmp_path / "a.vcf"}), demo.folder, "--country", "FI")
    assert len(found) == 1
    assert "cannot be read as genotypes" in found[0]


def test_sex__is_suggested_by_x_and_compared_with_what_is_recorded(node: Node, goe: Run, tmp_path: Path) -> None:
    """By hand: 20 heterozygous and 20 homozygous sites are a woman's, 40 homozygous ones a man's; G1 is recorded as XY."""
    node.registry.enrol([person(node, 1, "M", "G1"), person(node, 2, "M", "G2")])
    sites = [Site("X", 40_000_000 + 1000 * i, "A", "G", ["0/1" if i % 2 else "1/1", "1"]) for i in range(40)]
    files = {
        name: write_vcf(tmp_path / f"{name}.vcf", [name], [Site(s.contig, s.position, "A", "G", [s.calls[i]]) for s in sites])
        for i, name in enumerate(("G1", "G2"))
    }
    assert faults(goe, delivery(tmp_path, files), node.folder) == [
        "the genotypes suggest XX, and XY is recorded: a swap, or a wrong record"
    ]


def test_concordance__looks_where_either_carries_the_other_allele() -> None:
    """By hand, site by site: equal; different; both reference, not looked at; missing; different from reference; equal."""
    one = np.array([1, 1, 0, 3, 0, 2], np.uint8)
    others = np.array([[1], [2], [0], [1], [1], [2]], np.uint8)
    found = concordance(one, others)
    assert (found.sites.tolist(), found.same.tolist()) == ([4], [2])
    assert np.isnan(found.share[0]), "four sites are chance"
    many = concordance(np.tile(one, 10), np.tile(others, (10, 1)))
    assert many.share.tolist() == [0.5]


def test_sex_by_x__is_not_said_from_a_few_sites_or_in_between() -> None:
    assert suggested_by_x(np.array([2] * 29, np.uint8)) == "unknown"
    assert suggested_by_x(np.array([2] * 30, np.uint8)) == "XY"
    assert suggested_by_x(np.array([1] * 4 + [2] * 36, np.uint8)) == "unknown"
