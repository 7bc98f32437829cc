"""The clinical special category: never in a reference, a product of its own, and what its inclusion would do."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from genomes import Site, write_vcf
from setting import Said, clock

from goe.acts.combine_europe import combine_europe
from goe.acts.create import create_hub, create_node
from goe.acts.look_up import Reference
from goe.acts.setting import Node
from goe.errors import Damaged
from goe.rules.words import Assembly, DisclosureClass, Scope
from goe.store.countable import countable
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
    assert {position for position, _ in published(built)} == {100, 300}, "that 1:200 is listed would tell of a patient"


def test_count__labels_people_by_the_kind_of_their_cohort(mixed: Node, goe: Run) -> None:
    said = goe("genomes", "count", "--everyone", "--by", "category", "--dir", mixed.folder)
    assert counted(said) == {
        ("100", "clinical"): (3, 4), ("100", "reference"): (1, 6), ("200", "clinical"): (1, 4),
        ("200", "reference"): (0, 6), ("300", "clinical"): (1, 2), ("300", "reference"): (3, 6),
    }  # fmt: skip


def test_count_of_everyone__starts_without_a_database_library(mixed: Node) -> None:
    """With the kind of cohort too: a count of everybody waits for no library that it does not need."""
    code = (
        "import sys; sys.argv = ['goe', *sys.argv[1:]]; from goe.cli import main\n"
        "try: main()\nexcept SystemExit: pass\nassert 'sqlalchemy' not in sys.modules"
    )
    command = ("genomes", "count", "--everyone", "--by", "category", "--dir", str(mixed.folder))
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "reference\t1\t6" in done.stdout


def test_both_readers__know_the_kind_of_the_cohort(mixed: Node) -> None:
    found = countable(mixed.folder, Scope.ALLELE_FREQUENCY)
    assert found == mixed.registry.countable(Scope.ALLELE_FREQUENCY)
    assert {c.genome for c in found if c.category == "clinical"} == set(CLINICAL)


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


def test_clinical_release__is_not_in_a_lookup_a_page_or_europe(mixed: Node, goe: Run, tmp_path: Path) -> None:
    """Not by another name either: put in the place of the reference, its manifest is refused as one of another type."""
    assert goe("release", "build", "--dir", mixed.folder).code == 0
    before = goe("variant", "show", "1-100-A-C", "--json", "--dir", mixed.folder).out
    assert goe("release", "build", "--clinical", "--dir", mixed.folder).code == 0
    assert goe("variant", "show", "1-100-A-C", "--json", "--dir", mixed.folder).out == before
    assert "clinical" not in before + goe("release", "show", "--dir", mixed.folder).out
    said = goe("release", "show", "--clinical", "--dir", mixed.folder, "--json")
    assert [(r["population"], r["people"], r["visa"]) for r in json.loads(said.out)] == [("FI_clinical", 2, "GOE-FI-DATASET-2")]
    hub = create_hub(tmp_path / "hub", {"FI": (mixed.public_key,)}, clock=clock)
    europe = published(combine_europe(hub, {"FI": mixed}, Assembly.GRCh37).folder)
    assert europe[100, "Total"] == (1, 6)
    assert not any("clinical" in name for _, name in europe)
    here = mixed.releases.path("GRCh37", "2026.1")
    shutil.rmtree(here)
    shutil.copytree(mixed.clinical_releases.path("GRCh37", "2026.1"), here)
    with pytest.raises(Damaged):
        combine_europe(hub, {"FI": mixed}, Assembly.GRCh37)
    with pytest.raises(Damaged):
        Reference(mixed)


def test_clinical_release__of_nobody_is_refused(node: Node, goe: Run, tmp_path: Path) -> None:
    people = intake(tmp_path, [(n, "") for n in NAMES])
    assert goe("participants", "import", people, "--dir", node.folder).code == 0
    assert goe("genomes", "import", write_vcf(tmp_path / "all.vcf", NAMES, SITES), "--dir", node.folder).code == 0
    for command in (("release", "build", "--clinical"), ("release", "bias")):
        said = goe(*command, "--dir", node.folder)
        assert said.code == 1 and "clinical" in said.err
    assert not (node.folder / "releases" / "clinical").exists()
    assert node.registry.clinical_data_set() is None


def test_a_withdrawal__takes_a_person_out_of_the_clinical_release_and_names_it(mixed: Node, goe: Run) -> None:
    assert goe("release", "build", "--clinical", "--dir", mixed.folder).code == 0
    said = goe("consent", "withdraw", "GOE-FI-SUBJECT-4", "--dir", mixed.folder, "--yes")
    assert "clinical GRCh37 2026.1" in said.out + said.err
    assert goe("release", "build", "--clinical", "--dir", mixed.folder).code == 0
    assert published(mixed.clinical_releases.path("GRCh37", "2026.2"))[100, "FI_clinical"] == (1, 2)


def test_bias__as_counted_by_hand(mixed: Node, goe: Run, tmp_path: Path) -> None:
    """1-100: 1/6 against 4/10, a shift of 7/30. 1-200: 0/6 against 1/10. 1-300: 3/6 against 4/8, none."""
    said = goe("release", "bias", "--dir", mixed.folder, "--json")
    assert said.code == 0
    found = json.loads(said.out)
    assert (found["reference"], found["clinical"], found["variants"], found["shifted"]) == (3, 2, 3, 2)
    largest = {row["pos"]: row for row in found["largest"]}
    assert list(largest) == [100, 200, 300]
    expected = {100: (1 / 6, 4 / 10, 7 / 30), 200: (0, 1 / 10, 1 / 10), 300: (1 / 2, 1 / 2, 0)}
    for position, numbers in expected.items():
        row = largest[position]
        assert (row["af_reference"], row["af_included"], row["difference"]) == pytest.approx(numbers)
        assert row["low"] <= row["difference"] <= row["high"]
    assert "more than 0.01 at 2 of 3 variants" in found["sentence"]
    assert "most at 1-100-A-C, from 0.1667 to 0.4" in found["sentence"]
    assert json.loads(goe("release", "bias", "--above", "0.2", "--dir", mixed.folder, "--json").out)["shifted"] == 1
    for name in ("bias.tsv", "bias.json"):
        assert goe("release", "bias", "--dir", mixed.folder, "-o", tmp_path / name).code == 0
    assert len((tmp_path / "bias.tsv").read_text().splitlines()) == 4
    assert len(json.loads((tmp_path / "bias.json").read_text())) == 3
    assert not (mixed.folder / "releases" / "clinical").exists(), "a look publishes nothing"
    assert goe("release", "bias", "--dir", mixed.folder, "--above", "1.5").code == 1


def exomes(node: Node, goe: Run, folder: Path) -> Path:
    """One person of the reference read everywhere, and one exome cohort of two, whose targets are 1:90-210."""
    bed = folder / "targets.bed"
    bed.write_text("1\t89\t210\n")
    wes = ("provider", "cohort", "GOE-FI-COHORT-9", "--clinical", "--target", "WES", "--bed", bed)
    assert goe(*wes, "--dir", node.folder).code == 0
    people = intake(folder, [("R1", ""), ("C1", "GOE-FI-COHORT-9"), ("C2", "GOE-FI-COHORT-9")])
    assert goe("participants", "import", people, "--dir", node.folder).code == 0
    reference = [Site("1", 100, "A", "C", ["0/1"]), Site("1", 205, "C", "T", ["0/1"]), Site("1", 400, "C", "T", ["0/1"])]
    whole = folder / "whole.bed"
    whole.write_text("1\t0\t1000\n")
    vcf = write_vcf(folder / "r.vcf", ["R1"], reference)
    assert goe("genomes", "import", vcf, "--callable", whole, "--dir", node.folder).code == 0
    return bed


OFF_TARGET = [Site("1", 100, "A", "C", ["1/1", "0/1"]), Site("1", 300, "T", "G", ["1/1", "1/1"])]


def test_exomes__answer_within_their_targets_alone(node: Node, goe: Run, tmp_path: Path) -> None:
    """1:100 is listed in the targets; 1:300 is listed outside them, and says nothing."""
    bed = exomes(node, goe, tmp_path)
    vcf = write_vcf(tmp_path / "c.vcf", CLINICAL, OFF_TARGET)
    assert goe("genomes", "import", vcf, "--target", "exome", "--callable", bed, "--dir", node.folder).code == 0
    assert goe("release", "build", "--clinical", "--dir", node.folder).code == 0
    built = node.clinical_releases.path("GRCh37", "2026.1")
    assert published(built) == {(100, "FI_clinical"): (3, 4), (300, "FI_clinical"): (0, 0)}
    assert read_body(built / MANIFEST)["cohorts"][0]["target"] == "WES"
    found = json.loads(goe("release", "bias", "--dir", node.folder, "--json").out)
    moved = {r["pos"]: (r["ac_reference"], r["an_reference"], r["ac_clinical"], r["an_clinical"]) for r in found["largest"]}
    assert moved == {100: (1, 2, 3, 4), 205: (1, 2, 0, 4)}, "1:205 lies in the targets and is not listed: the reference allele"
    assert found["not_read"] == 2


def test_exomes__imported_without_their_targets_are_left_out(node: Node, goe: Run, tmp_path: Path) -> None:
    exomes(node, goe, tmp_path)
    assert goe("genomes", "import", write_vcf(tmp_path / "c.vcf", CLINICAL, OFF_TARGET), "--dir", node.folder).code == 0
    said = goe("release", "build", "--clinical", "--dir", node.folder)
    assert said.code == 1
    assert "not imported with their target regions" in said.err


def test_exomes__in_gvcf_files_are_left_out(node: Node, goe: Run, tmp_path: Path) -> None:
    """A gVCF says of each genome where it was read, so a listed variant cannot be placed in the targets or outside them."""
    bed = exomes(node, goe, tmp_path)
    files = []
    for name in CLINICAL:
        formats = [("GT", "1", "String"), ("DP", "1", "Integer"), ("GQ", "1", "Integer"), ("MIN_DP", "1", "Integer")]
        head = [
            "##fileformat=VCFv4.2", "##contig=<ID=1,length=249250621>", "##ALT=<ID=NON_REF,Description=x>",
            '##INFO=<ID=END,Number=1,Type=Integer,Description="x">',
            *(f'##FORMAT=<ID={f},Number={n},Type={t},Description="x">' for f, n, t in formats),
            "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", name]),
            "1\t50\t.\tA\t<NON_REF>\t.\t.\tEND=299\tGT:DP:GQ:MIN_DP\t0/0:30:60:25",
            "1\t300\t.\tT\tG,<NON_REF>\t.\t.\t.\tGT:DP:GQ\t0/1:30:60",
        ]  # fmt: skip
        files.append(tmp_path / f"{name}.g.vcf")
        files[-1].write_text("\n".join(head) + "\n")
    said = goe("genomes", "import", *files, "--target", "exome", "--callable", bed, "--dir", node.folder)
    assert said.code == 0, said.err
    refused = goe("release", "build", "--clinical", "--dir", node.folder)
    assert refused.code == 1
    assert "gVCF" in refused.err


def test_reference__does_not_list_what_a_clinical_batch_alone_lists(node: Node, goe: Run, tmp_path: Path) -> None:
    """That a site is listed would say that a patient carries the variant."""
    bed = exomes(node, goe, tmp_path)
    vcf = write_vcf(tmp_path / "c.vcf", CLINICAL, OFF_TARGET)
    assert goe("genomes", "import", vcf, "--target", "exome", "--callable", bed, "--dir", node.folder).code == 0
    assert goe("release", "build", "--dir", node.folder).code == 0
    assert {position for position, _ in published(node.releases.path("GRCh37", "2026.1"))} == {100, 205, 400}


def test_served__the_pages_and_the_interface_know_nothing_of_it(mixed: Node, goe: Run) -> None:
    from starlette.testclient import TestClient

    from goe.web.app import create_app

    assert goe("release", "build", "--dir", mixed.folder).code == 0
    assert goe("release", "build", "--clinical", "--dir", mixed.folder).code == 0
    app = TestClient(create_app(Reference(mixed, anonymous=True), version="1"))
    answer = app.get("/api/v1/variant/1-100-A-C?assembly=GRCh37")
    assert [p["population"] for p in answer.json()["populations"]] == ["FI", "FI_F"]
    for address in ("/", "/variant/1-100-A-C?assembly=GRCh37", "/downloads"):
        page = app.get(address)
        assert "FI_clinical" not in page.text and "DATASET-2" not in page.text


FLOORED = [
    Site("1", 100, "A", "C", ["0/1"] * 40 + ["0/0"] * 170 + ["0/1"] * 100 + ["0/0"] * 110),  # 40 of 420, 100 of 420
    Site("1", 200, "A", "C", ["0/1"] * 40 + ["0/0"] * 170 + ["0/1"] * 19 + ["0/0"] * 191),  # 40 of 420, 19 of 420
    Site("1", 300, "A", "C", ["0/0"] * 210 + ["0/1"] * 100 + ["0/0"] * 110),  # 0 of 420, 100 of 420
]


def controlled(folder: Path, goe: Run, clinical: int) -> Node:
    """A controlled node with 210 people of the reference and some of a clinical cohort, in one batch."""
    node = create_node(folder / "FI", "FI", disclosure_class=DisclosureClass.CONTROLLED, clock=clock)[0]
    assert goe("provider", "cohort", "GOE-FI-COHORT-9", "--clinical", "--dir", node.folder).code == 0
    names = [f"S{i}" for i in range(210 + clinical)]
    people = intake(folder, [(n, "GOE-FI-COHORT-9" if i >= 210 else "") for i, n in enumerate(names)])
    assert goe("participants", "import", people, "--dir", node.folder).code == 0
    sites = [Site(s.contig, s.position, s.reference, s.alternate, s.calls[: len(names)]) for s in FLOORED]
    assert goe("genomes", "import", write_vcf(folder / "all.vcf", names, sites), "--dir", node.folder).code == 0
    return node


def test_floors__hold_in_the_clinical_release_and_in_the_comparison(tmp_path: Path, goe: Run) -> None:
    """Controlled: 100 of 420 is shown; 19 of 420 is not, nor is a variant of which the other group has nothing."""
    node = controlled(tmp_path, goe, 210)
    assert goe("release", "build", "--clinical", "--dir", node.folder).code == 0
    built = node.clinical_releases.path("GRCh37", "2026.1")
    assert published(built) == {(100, "FI_clinical"): (100, 420), (300, "FI_clinical"): (100, 420)}
    assert read_body(built / MANIFEST)["floor"] == 20
    said = goe("release", "bias", "--dir", node.folder, "--json")
    found = json.loads(said.out)
    assert ([r["pos"] for r in found["largest"]], found["hidden"]) == ([100], 2)
    assert found["largest"][0]["difference"] == pytest.approx(140 / 840 - 40 / 420)
    assert found["beyond_chance"] == 1, "40 against 100 of 420: chi-square 30.9"
    assert "2 more are below the floor" in found["sentence"]


def test_floors__too_few_patients_are_neither_published_nor_compared(tmp_path: Path, goe: Run) -> None:
    node = controlled(tmp_path, goe, 199)
    for command in (("build", "--clinical"), ("bias",)):
        said = goe("release", *command, "--dir", node.folder)
        assert said.code == 1 and "199 people" in said.err and "200" in said.err
    assert node.registry.newest_epoch() is None
    assert node.registry.clinical_data_set() is None


def test_synthetic_patients__are_never_added_to_real_people(node: Node, goe: Run, tmp_path: Path) -> None:
    """Each product is built of its own genotypes; together they are not compared."""
    assert goe("provider", "cohort", "GOE-FI-COHORT-9", "--clinical", "--dir", node.folder).code == 0
    people = intake(tmp_path, [*((n, "") for n in REFERENCE), *((n, "GOE-FI-COHORT-9") for n in CLINICAL)])
    assert goe("participants", "import", people, "--dir", node.folder).code == 0
    halves = ((REFERENCE, slice(0, 3), ""), (CLINICAL, slice(3, 5), "##goe_synthetic=true"))
    for names, part, header in halves:
        sites = [Site(s.contig, s.position, s.reference, s.alternate, s.calls[part]) for s in SITES]
        vcf = write_vcf(tmp_path / f"{names[0]}.vcf", names, sites, header=header)
        assert goe("genomes", "import", vcf, "--dir", node.folder).code == 0
    for option in ((), ("--clinical",)):
        assert goe("release", "build", *option, "--dir", node.folder).code == 0
    assert not read_body(node.releases.path("GRCh37", "2026.1") / MANIFEST)["synthetic"]
    assert read_body(node.clinical_releases.path("GRCh37", "2026.1") / MANIFEST)["synthetic"]
    said = goe("release", "bias", "--dir", node.folder)
    assert said.code == 1
    assert "synthetic" in said.err


def test_the_gate__keeps_patients_out_too(mixed: Node, goe: Run) -> None:
    """Whom the gate kept out when it was applied last is in neither product."""
    folder = mixed.folder / "documents" / "inclusion" / "000001"
    folder.mkdir(parents=True)
    (folder / "verdicts.jsonl").write_text('{"id":"GOE-FI-SUBJECT-4","verdict":"fail"}\n')
    assert goe("release", "build", "--clinical", "--dir", mixed.folder).code == 0
    assert published(mixed.clinical_releases.path("GRCh37", "2026.1"))[100, "FI_clinical"] == (1, 2)
