"""What is read from foreign files, as it is spelt there and as it is kept."""

from __future__ import annotations

import csv
import gzip
import io
import subprocess
from datetime import date
from pathlib import Path

import pytest
from genomes import Site, vcf_text, write_vcf
from setting import tool

from goe.acts.demonstrate import DEMO
from goe.errors import BadInput
from goe.rules.words import Karyotype, Scope
from goe.science.genotypes import Genotype
from goe.store.formats.genotype_file import Record
from goe.store.formats.gvcf import GvcfFiles
from goe.store.formats.participants import COLUMNS, read_participants
from goe.store.formats.vcf import VcfFile

TODAY = date(2026, 6, 1)
ANNA = {
    **{"participant": "GOE-FI-SUBJECT-1", "sample": "GOE-FI-SAMPLE-1", "genome": "g1", "sex": "female", "karyotype": "XX"},
    **{"birth_year": "1962", "region": "FI1C", "country_of_origin": "FI", "consent_from": "2024-10-14"},
    **{scope.value: "yes" for scope in Scope},
}
BERT = {
    **ANNA,
    "participant": "GOE-FI-SUBJECT-2",
    "sample": "GOE-FI-SAMPLE-2",
    "genome": "g2",
    "karyotype": "XY",
    "sex": "male",
}
AGAIN = {"sample": "GOE-FI-SAMPLE-3", "genome": "g3"}


def records(folder: Path, *sites: Site, name: str = "x.vcf") -> list[Record]:
    return list(VcfFile(write_vcf(folder / name, ["S"], sites)).records())


def site(position: int = 10, *, alternate: str = "C", name: str = ".", filter: str = "PASS") -> Site:
    return Site("1", position, "A", alternate, ["0/1"], name, filter)


FILTERS = ["PASS", ".", "q10", "q10;s50"]
FILTER_LINES = '##FILTER=<ID=q10,Description="q"> ##FILTER=<ID=s50,Description="s">'


@pytest.mark.parametrize("name", ["x.vcf", "x.vcf.gz"])
def test_filter__kept_as_it_is_spelt(tmp_path: Path, name: str) -> None:
    """A site that no filter was applied to has not passed."""
    assert [r.filter for r in records(tmp_path, *(site(i + 1, filter=f) for i, f in enumerate(FILTERS)), name=name)] == FILTERS


@pytest.mark.oracle
def test_filter__kept_as_it_is_spelt_in_bcf(tmp_path: Path) -> None:
    tool("bcftools")
    text = vcf_text(["S"], [site(i + 1, filter=f) for i, f in enumerate(FILTERS)], header=FILTER_LINES)
    subprocess.run(["bcftools", "view", "-Ob", "-o", tmp_path / "x.bcf"], input=text.encode(), check=True, capture_output=True)
    assert [r.filter for r in VcfFile(tmp_path / "x.bcf").records()] == FILTERS


def test_filter__of_the_demonstration_was_not_applied() -> None:
    assert {r.filter for r in VcfFile(DEMO / "FI" / "sites.GRCh38.vcf.gz").records()} == {"."}


def test_filter__of_gvcf_files_is_not_applied(tmp_path: Path) -> None:
    file = write_vcf(tmp_path / "x.vcf", ["S"], [site(alternate="C,<NON_REF>", filter=".")])
    assert [r.filter for r in GvcfFiles([file]).records()] == ["."]


RSIDS = [
    (".", "C", [""]),
    ("rs77", "C", ["rs77"]),
    ("RS77", "C", ["rs77"]),
    ("1:10:A:C", "C", [""]),
    ("COSV1;rs77", "C", ["rs77"]),
    ("rs100;rs200", "C,G", ["rs100", "rs200"]),
    ("rs100;COSV1", "C,G", ["rs100", "rs100"]),
    ("rs100;rs200", "C", ["rs100"]),
    ("rs100;rs200", "C,G,T", ["rs100"] * 3),
    ("rs100;rs200", "*,G", ["rs200"]),
    ("rs100", ".", ["rs100"]),
]


@pytest.mark.parametrize(("written", "alternate", "kept"), RSIDS)
def test_rsid__one_per_allele_where_there_are_as_many(tmp_path: Path, written: str, alternate: str, kept: list[str]) -> None:
    sites = [site(alternate=alternate, name=written)] if alternate != "." else [Site("1", 10, "A", ".", ["0/0"], written)]
    assert [r.rsid for r in records(tmp_path, *sites)] == kept
    if alternate != ".":
        file = write_vcf(tmp_path / "g.vcf", ["S"], [site(alternate=f"{alternate},<NON_REF>", name=written)])
        assert [r.rsid for r in GvcfFiles([file]).records()] == kept


ALTERNATES = ["C", "c", "AC", "*", "<DEL>", "<DUP:TANDEM>", "A[2:100[", "]2:100]A", "[<ctg1>:7[A", "A.", ".A", "."]


@pytest.mark.parametrize("alternate", ALTERNATES)
def test_alternate__what_the_format_allows_is_read(tmp_path: Path, alternate: str) -> None:
    found = records(tmp_path, Site("1", 10, "A", alternate, ["0/0"]))
    assert len(found) == (alternate != "*")


@pytest.mark.parametrize("alternate", ["R", "N", "AN", "A", "a", "C,C", "C,c", "<DEL", "DEL>", "-", "A[2:100", "C,R", "0"])
def test_alternate__anything_else_is_refused(tmp_path: Path, alternate: str) -> None:
    """IUPAC letters, an N, the reference itself, the same twice; in a VCF and in a gVCF."""
    for each in (alternate, f"{alternate},<NON_REF>"):
        file = write_vcf(tmp_path / "x.vcf", ["S"], [Site("1", 10, "A", each, ["0/0"])])
        for opened in (VcfFile(file), GvcfFiles([file])):
            with pytest.raises(BadInput, match="field ALT"):
                list(opened.records())


def test_calls__three_missing_alleles_are_a_no_call(tmp_path: Path) -> None:
    """Callers write `././.` where a record is triploid to others; three alleles that were called are refused."""

    def codes(*calls: str) -> list[int]:
        path = write_vcf(tmp_path / "x.vcf", [f"S{i}" for i in range(len(calls))], [Site("1", 10, "A", "C", calls)])
        return [int(c) for record in VcfFile(path).records() for c in record.codes]

    assert codes("././.", "0/1", ".|.|.") == [Genotype.MISSING, Genotype.HET, Genotype.MISSING]
    for call in ("0/0/1", "./0/0", "././1"):
        with pytest.raises(BadInput, match="more than two alleles"):
            codes(call, "0/1")


def test_records__columns_too_many_or_none_at_all(tmp_path: Path) -> None:
    """Also in gVCF files, and where the bad record is not the first."""
    text = vcf_text(["S"], [site(alternate="<NON_REF>"), site(20)])
    for content, found in ((text.rstrip("\n") + "\t0/1\n", "has 11 columns; expected 10"), (vcf_text(["S"], []), "no records")):
        (tmp_path / "x.vcf.gz").write_bytes(gzip.compress(content.encode()))
        with pytest.raises(BadInput, match=found):
            list(GvcfFiles([tmp_path / "x.vcf.gz"]).records())


def people(folder: Path, *rows: dict[str, str], blank: int = 0) -> Path:
    """A file of participants with blank lines below its heading."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, dict.fromkeys([*COLUMNS, *Scope]))
    writer.writeheader()
    text.write("\r\n" * blank)
    writer.writerows(rows)
    (folder / "people.csv").write_text(text.getvalue(), newline="", encoding="utf-8")
    return folder / "people.csv"


def test_participants__sequenced_twice__are_one_person_with_two_samples(tmp_path: Path) -> None:
    found = read_participants(people(tmp_path, ANNA, BERT, {**ANNA, **AGAIN}), "FI", TODAY)
    assert [(p.participant.participant_id, [s.sample_id for s in p.samples]) for p in found] == [
        ("GOE-FI-SUBJECT-1", ["GOE-FI-SAMPLE-1", "GOE-FI-SAMPLE-3"]),
        ("GOE-FI-SUBJECT-2", ["GOE-FI-SAMPLE-2"]),
    ]
    assert {s.karyotype for s in found[0].samples} == {Karyotype.XX} and len(found[0].consents) == len(Scope)


OTHERWISE = {
    **{"sex": "male", "karyotype": "XY", "birth_year": "1963", "region": "FI1D", "country_of_origin": "SE"},
    **{"consent_from": "2025-01-01", "secondary_use": "no", "allele_frequency": "no", "subject_level_query": "no"},
}


@pytest.mark.parametrize("column", OTHERWISE)
def test_participants__rows_of_one_person_must_agree(tmp_path: Path, column: str) -> None:
    file = people(tmp_path, ANNA, BERT, {**ANNA, **AGAIN, column: OTHERWISE[column]})
    with pytest.raises(BadInput, match=rf"1 fault.*row 4, column {column}: differs from row 2, the same participant"):
        read_participants(file, "FI", TODAY)


@pytest.mark.parametrize("column", ["sample", "genome"])
def test_participants__a_genome_is_of_one_row(tmp_path: Path, column: str) -> None:
    for other in (BERT, {**ANNA, **AGAIN}):
        with pytest.raises(BadInput, match=f"column {column}: occurs more than once, first in row 2"):
            read_participants(people(tmp_path, ANNA, {**other, column: ANNA[column]}), "FI", TODAY)


def test_participants__rows_are_lines_of_the_file(tmp_path: Path) -> None:
    for blank in range(3):
        with pytest.raises(BadInput, match=f"row {3 + blank}, column sex"):
            read_participants(people(tmp_path, ANNA, {**BERT, "sex": "?"}, blank=blank), "FI", TODAY)


@pytest.mark.parametrize(("written", "kept"), [("EL", "GR"), ("UK", "GB"), ("GR", "GR"), ("BR", "BR"), ("", "")])
def test_participants__eurostat_codes_of_origin_are_translated(tmp_path: Path, written: str, kept: str) -> None:
    """And a person whose two rows spell the country differently is still one person."""
    rows = {**ANNA, "country_of_origin": written}, {**ANNA, **AGAIN, "country_of_origin": kept}
    [found] = read_participants(people(tmp_path, *rows), "FI", TODAY)
    assert found.participant.country_of_origin == kept
