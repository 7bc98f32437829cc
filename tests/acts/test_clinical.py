"""The clinical special category: never in a reference, a product of its own, and what its inclusion would do."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from genomes import Site, write_vcf
from setting import Said, clock

from goe.acts.build_release import build_clinical_release, build_release
from goe.acts.combine_europe import combine_europe
from goe.acts.create import create_hub
from goe.acts.look_up import Reference
from goe.acts.setting import Node
from goe.errors import BadInput, Damaged
from goe.rules.variants import parse_variant
from goe.rules.words import Assembly
from goe.store.release import MANIFEST, TABLE, read_body, read_table

Run = Callable[..., Said]
REFERENCE, CLINICAL = ("R1", "R2", "R3"), ("C1", "C2")
NAMES = (*REFERENCE, *CLINICAL)
# Counted by hand: AC of 6 reference alleles, AC of 4 clinical alleles.
SITES = [
    Site("1", 100, "A", "C", ["0/1", "0/0", "0/0", "1/1", "0/1"]),  # 1 of 6, 3 of 4
    Site("1", 200, "A", "G", ["0/0", "0/0", "0/0", "0/1", "0/0"]),  # 0 of 6, 1 of 4
    Site("1", 300, "T", "G", ["1/1", "0/1", "0/0", "./.", "0/1"]),  # 3 of 6, 1 of 2
]


def intake(folder: Path, cohorts: Sequence[tuple[str, str]]) -> Path:
    """A CSV of people as a hospital sends it: their genome, and the cohort, empty for the reference."""
    rows = [
        {
            "participant": f"GOE-FI-SUBJECT-{i}", "sample": f"GOE-FI-SAMPLE-{i}", "genome": genome, "sex": "female",
            "karyotype": "XX", "birth_year": "1970", "region": "FI1C", "country_of_origin": "FI",
            "consent_from": "2025-05-01", "allele_frequency": "yes", "subject_level_query": "no", "secondary_use": "no",
            "cohort": cohort,
        }
        for i, (genome, cohort) in enumerate(cohorts, 1)
    ]  # fmt: skip
    with (folder / "people.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder / "people.csv"


@pytest.fixture
def mixed(node: Node, goe: Run, tmp_path: Path) -> Node:
    """Three people of the reference and two of a clinical cohort, enrolled by CSV, all in one batch."""
    assert goe("provider", "cohort", "GOE-FI-COHORT-9", "--clinical", "--dir", node.folder).code == 0
    people = intake(tmp_path, [*((n, "") for n in REFERENCE), *((n, "GOE-FI-COHORT-9") for n in CLINICAL)])
    assert goe("participants", "import", people, "--dir", node.folder).code == 0
    vcf = write_vcf(tmp_path / "all.vcf", NAMES, SITES)
    assert goe("genomes", "import", vcf, "--dir", node.folder).code == 0
    return node


def published(folder: Path) -> dict[tuple[int, str], tuple[int, int]]:
    """(position, population) -> AC, AN."""
    rows = read_table(folder / TABLE).to_pylist()
    return {(r["position"], r["population"]): (r["allele_count"], r["allele_number"]) for r in rows}


def counted(said: Said) -> dict[tuple[str, str], tuple[int, int]]:
    """(position, group) -> AC, AN, of what `goe genomes count` prints."""
    rows = csv.DictReader(said.out.splitlines(), delimiter="\t")
    return {(r["pos"], r["group"]): (int(r["ac"]), int(r["an"])) for r in rows}


def test_a_clinical_genome__is_in_no_reference_count_or_release(mixed: Node, goe: Run) -> None:
    """In the same batch as the reference, enrolled by CSV: the reference has six alleles at every site, never ten."""
    assert counted(goe("genomes", "count", "--dir", mixed.folder)) == {
        ("100", "Total"): (1, 6), ("200", "Total"): (0, 6), ("300", "Total"): (3, 6),
    }  # fmt: skip
    assert goe("release", "build", "--dir", mixed.folder).code == 0
    built = mixed.releases.path("GRCh37", "2026.1")
    assert published(built)[100, "FI"] == (1, 6)
    assert {name for _, name in published(built)} == {"FI", "FI_F"}
    assert read_body(built / MANIFEST)["people"] == {"FI": 3, "FI_F": 3}


def test_count__labels_people_by_the_kind_of_their_cohort(mixed: Node, goe: Run) -> None:
    said = goe("genomes", "count", "--everyone", "--by", "category", "--dir", mixed.folder)
    assert counted(said) == {
        ("100", "clinical"): (3, 4), ("100", "reference"): (1, 6), ("200", "clinical"): (1, 4),
        ("200", "reference"): (0, 6), ("300", "clinical"): (1, 2), ("300", "reference"): (3, 6),
    }  # fmt: skip


def test_clinical_release__is_a_product_of_its_own(mixed: Node, goe: Run) -> None:
    assert goe("release", "build", "--dir", mixed.folder).code == 0
    assert goe("release", "build", "--clinical", "--dir", mixed.folder).code == 0
    folder = mixed.folder / "releases" / "clinical" / "GRCh37" / "2026.1"
    assert published(folder) == {(100, "FI_clinical"): (3, 4), (200, "FI_clinical"): (1, 4), (300, "FI_clinical"): (1, 2)}
    body = read_body(folder / MANIFEST)
    assert (body["data_set"], body["data_set_kind"], body["people"]) == ("GOE-FI-DATASET-2", "clinical", {"FI_clinical": 2})
    assert body["access"]["visa"] == "GOE-FI-DATASET-2"
    assert "stands already" in goe("release", "build", "--clinical", "--dir", mixed.folder).err
    assert "stands already" in goe("release", "build", "--dir", mixed.folder).err, "each product has its own epochs"
    said = goe("release", "verify", "--dir", mixed.folder)
    assert said.code == 0 and "clinical release GRCh37 2026.1" in said.out
    (folder / TABLE).write_bytes(b"changed")
    assert goe("release", "verify", "--dir", mixed.folder).code == 1
