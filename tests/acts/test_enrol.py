"""Intake: what a file says is registered whole or not at all, on both back ends; real files of others are read as they are."""

from __future__ import annotations

import csv
import json
import re
import stat
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from setting import SHARED, Said, clock

from goe.acts.create import create_node
from goe.acts.describe import describe, export_phenopackets, export_table
from goe.acts.enrol import enrol, preview
from goe.acts.setting import Node, open_node
from goe.errors import BadInput
from goe.rules.consent import ConsentEvent
from goe.rules.words import Scope
from goe.store.models import CohortRow
from goe.store.records import insert_rows, table_of

PHENOTYPES = SHARED / "data" / "phenotypes"
ANNA = {
    **{"participant": "GOE-FI-SUBJECT-1", "sample": "GOE-FI-SAMPLE-11", "genome": "A", "sex": "female", "karyotype": "XX"},
    **{"birth_year": "1962", "region": "FI1C", "country_of_origin": "FI", "consent_from": "2025-05-01"},
    **{"allele_frequency": "yes", "subject_level_query": "yes", "secondary_use": "no"},
}
BERT = {
    **ANNA,
    "participant": "GOE-FI-SUBJECT-2",
    "sample": "GOE-FI-SAMPLE-12",
    "genome": "B",
    "sex": "male",
    "karyotype": "XY",
}
OPTIONS = {
    **{"recontact": "no", "consent_until": "2030-01-01", "consent_document": "v3", "consent_language": "sv"},
    **{"consent_duo": "DUO:0000042 DUO:0000019", "birth_date": "1962-04", "sex_at_birth": "F", "guardian": "no"},
    **{
        "Sequence.Target": "Whole genome sequencing",
        "Sequence.Sequencing_Platform": "HL7NF:MSK",
        "Sample.Organism": "NCIT:C14225",
    },
}


@pytest.fixture(params=["sqlite", "postgresql"])
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Node:
    """An empty Finnish node, on each back end."""
    settings = {}
    if request.param == "postgresql":
        address = request.getfixturevalue("postgres")
        settings = {"database": address(), "links_database": address()}
    return create_node(tmp_path / "FI", "FI", settings=settings, clock=clock)[0]


def table(path: Path, *rows: Mapping[str, str]) -> Path:
    """A CSV or TSV file of these rows."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(
            file, list(dict.fromkeys(k for row in rows for k in row)), delimiter="\t" if path.suffix == ".tsv" else ","
        )
        writer.writeheader()
        writer.writerows(rows)
    return path


def counted(node: Node, file: Path, **said: Any) -> tuple[int, int, int, int]:
    done = enrol(node, file, **said)
    return done.new, done.known, done.samples, done.facts


def registered(node: Node) -> tuple[object, ...]:
    return node.registry.participants(), node.registry.consents(), node.registry.samples(), node.registry.links()


def test_import__again_and_in_another_format__changes_nothing(node: Node, tmp_path: Path) -> None:
    rows = [ANNA, BERT], [{**BERT, "sample": "GOE-FI-SAMPLE-13", "genome": "B2"}]
    assert counted(node, table(tmp_path / "a.csv", *rows[0])) == (2, 0, 0, 0)
    assert counted(node, table(tmp_path / "a.tsv", *rows[0])) == (0, 2, 0, 0)
    assert counted(node, table(tmp_path / "b.csv", *rows[0], *rows[1])) == (0, 2, 1, 0)
    assert {s.genome for s in node.registry.samples_of("GOE-FI-SUBJECT-2")} == {"B", "B2"}
    assert [r["object"] for r in node.ledger.rows()][1:] == ["2 participants", "0 participants"]


def test_import__every_column_is_kept_and_the_table_that_is_exported_is_read_again(node: Node, tmp_path: Path) -> None:
    assert counted(node, table(tmp_path / "a.csv", {**ANNA, **OPTIONS})) == (1, 0, 0, 3)
    found = describe(node, ANNA["participant"])
    assert found.participant.birth_date == "1962-04"
    event = next(e for e in found.consents if e.scope is Scope.ALLELE_FREQUENCY)
    assert (event.until, event.document, event.language, event.duo) == (
        date(2030, 1, 1),
        "v3",
        "sv",
        ("DUO:0000042", "DUO:0000019"),
    )
    assert {(v.about, v.item, v.value, v.null_flavour) for v in found.values} == {
        ("GOE-FI-SAMPLE-11", "Target", "Whole genome sequencing", ""),
        ("GOE-FI-SAMPLE-11", "Sequencing_Platform", "", "MSK"),
        ("GOE-FI-SAMPLE-11", "Organism", "NCIT:C14225", ""),
    }
    other = create_node(tmp_path / "again" / "FI", "FI", clock=clock)[0]
    assert counted(other, table(tmp_path / "b.csv", *export_table(node))) == (1, 0, 0, 3)
    assert registered(other) == registered(node)


FAULTS: dict[str, tuple[dict[str, str], str, str]] = {
    "a word misspelt": ({"sex": "femal"}, "sex", "did you mean female"),
    "a country that is none": ({"country_of_origin": "XX"}, "country_of_origin", "ISO 3166-1"),
    "born tomorrow": ({"birth_date": "2026-11-02"}, "birth_date", "lies in the future"),
    "born after the consent": ({"birth_year": "2026"}, "consent_from", "before the birth"),
    "died before birth": ({"died_on": "1950"}, "died_on", "before the birth"),
    "birth year and date differ": ({"birth_date": "1963-01-01"}, "birth_date", "not in the birth year"),
    "an unknown cohort": ({"cohort": "GOE-FI-COHORT-9"}, "cohort", "not registered"),
    "no DUO code": ({"consent_duo": "GRU"}, "consent_duo", "DUO:0000042"),
    "a value outside its set": (
        {"Sequence.Target": "Whole genome sequencin"},
        "Sequence.Target",
        "did you mean 'Whole genome sequencing'",
    ),
    "a null flavour where none may be": (
        {"Sequence.Average depth of coverage": "HL7NF:UNK"},
        "Sequence.Average depth of coverage",
        "not allowed here",
    ),
    "SNOMED's check digit": ({"Diagnosis.Diagnosis": "SCT:73211008"}, "Diagnosis.Diagnosis", "check digit"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_faulty_row__stops_the_file_and_is_written_aside(node: Node, tmp_path: Path, case: str) -> None:
    change, column, rule = FAULTS[case]
    file = table(tmp_path / "people.csv", BERT, {**ANNA, **change})
    with pytest.raises(BadInput) as refused:
        enrol(node, file)
    assert f"row 3, column {column}: " in str(refused.value)
    assert rule in str(refused.value)
    assert not any(node.registry.sizes().values())
    assert len(node.ledger.rows()) == 1
    [rejected] = csv.DictReader((tmp_path / "people.rejected.csv").open(newline=""))
    assert rejected["goe_row"] == "3" and rule in rejected["goe_fault"] and rejected["participant"] == ANNA["participant"]
    assert stat.S_IMODE((tmp_path / "people.rejected.csv").stat().st_mode) == 0o600


def test_accept_valid__takes_the_good_rows_and_the_corrected_file_brings_the_rest(node: Node, tmp_path: Path) -> None:
    file = table(tmp_path / "people.csv", {**ANNA, "sex": "femal"}, BERT)
    done = enrol(node, file, accept_valid=True)
    assert done.new == 1 and done.rejected_file
    rows = [{**row, "sex": "female"} for row in csv.DictReader(done.rejected_file.open(newline=""))]
    assert counted(node, table(tmp_path / "corrected.csv", *rows)) == (1, 0, 0, 0)
    assert set(node.registry.participants()) == {ANNA["participant"], BERT["participant"]}


def test_preview__says_what_import_does_and_does_nothing(node: Node, tmp_path: Path) -> None:
    file = table(tmp_path / "people.csv", ANNA, {**BERT, "karyotype": "YY"})
    found = preview(node, file)
    assert (found.new, found.rejected) == (1, 1)
    assert not any(node.registry.sizes().values())
    assert [p.name for p in tmp_path.glob("*.rejected.csv")] == []
    assert len(node.ledger.rows()) == 1


def add_cohorts(node: Node) -> None:
    with node.registry.writing() as writing:
        rows = [
            {"cohort_id": f"GOE-FI-COHORT-{i}", "kind": "reference", "target": "WGS", "title": f"cohort {i}"} for i in (1, 2)
        ]
        insert_rows(writing.registry, table_of(CohortRow), rows)


def again(change: dict[str, str]) -> Mapping[str, str]:
    return {**ANNA, "cohort": "GOE-FI-COHORT-1", **change}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cohort": "GOE-FI-COHORT-2"}, "column cohort: the participant is in another cohort already"),
        ({"region": "FI1D"}, r"registered with other values \(region\)"),
        ({"secondary_use": "yes"}, r"registered with other values \(consents\)"),
        ({"karyotype": "XY"}, "column sample: registered with other values"),
        ({"sample": "GOE-FI-SAMPLE-99"}, "column genome: registered with other values"),
    ],
)
def test_a_registered_person__is_not_changed_by_a_file(node: Node, tmp_path: Path, change: dict[str, str], reason: str) -> None:
    add_cohorts(node)
    enrol(node, table(tmp_path / "a.csv", again({})))
    before = registered(node)
    with pytest.raises(BadInput, match=f"row 2, .*{reason}"):
        enrol(node, table(tmp_path / "b.csv", again(change)))
    assert registered(node) == before


def test_somebody_who_withdrew__does_not_come_back_with_an_old_file(node: Node, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", ANNA)
    enrol(node, file)
    with node.registry.writing() as writing:
        writing.add_consents([(ANNA["participant"], ConsentEvent(Scope.ALLELE_FREQUENCY, False, date(2026, 6, 1)))])
    with pytest.raises(BadInput, match=r"column allele_frequency: was withdrawn since.*goe consent record"):
        enrol(node, file)


@pytest.mark.parametrize("erased", ["GOE-FI-SUBJECT-1", "GOE-FI-SAMPLE-11"])
def test_somebody_who_was_erased__does_not_come_back(node: Node, tmp_path: Path, erased: str) -> None:
    node.registry.depart([erased], "erased", date(2026, 6, 1))
    with pytest.raises(BadInput, match="was erased and may not come back"):
        enrol(node, table(tmp_path / "a.csv", ANNA))


def test_observations_and_answers__repeat_over_time(node: Node, tmp_path: Path) -> None:
    enrol(node, table(tmp_path / "a.csv", ANNA))
    seen = {"participant": ANNA["participant"], "kind": "measurement", "term": "LNC:8480-6", "unit": "mm[Hg]"}
    file = table(
        tmp_path / "o.csv", {**seen, "value": "128", "day": "2024-02-01"}, {**seen, "value": "121", "day": "2025-02-03"}
    )
    assert counted(node, file) == (0, 0, 0, 2)
    assert counted(node, file) == (0, 0, 0, 0)
    asked = {
        "participant": ANNA["participant"],
        "questionnaire": "lifestyle",
        "version": "2",
        "question": "smoking",
        "answer": "never",
        "day": "2025",
    }
    assert counted(node, table(tmp_path / "q.csv", asked, {**asked, "day": "2020", "answer": "daily"})) == (0, 0, 0, 2)
    found = describe(node, ANNA["participant"])
    assert [(o.value, o.unit, o.day) for o in found.observations] == [
        (128, "mm[Hg]", "2024-02-01"),
        (121, "mm[Hg]", "2025-02-03"),
    ]
    assert [(a.day, a.answer) for a in found.answers] == [("2025", "never"), ("2020", "daily")]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"participant": "GOE-FI-SUBJECT-9"}, "column participant: this participant is not registered"),
        ({"unit": "mmHg"}, r"column unit: not a UCUM unit; did you mean mm\[Hg\]"),
        ({"unit": ""}, "column unit: a measured number needs its UCUM unit"),
        ({"day": "2027-01-01"}, "column day: lies in the future"),
        ({"value": "high"}, "column value: expected a number"),
        ({"term": "SCT:73211008"}, "column term: the check digit"),
        ({"kind": "hunch"}, "column kind: expected one of"),
    ],
)
def test_an_observation__is_refused_by_row_and_column(node: Node, tmp_path: Path, change: dict[str, str], fault: str) -> None:
    enrol(node, table(tmp_path / "a.csv", ANNA))
    seen = {
        "participant": ANNA["participant"],
        "kind": "measurement",
        "term": "LNC:8480-6",
        "value": "1",
        "unit": "mm[Hg]",
        "day": "",
    }
    with pytest.raises(BadInput, match=f"row 2, {fault}"):
        enrol(node, table(tmp_path / "o.csv", {**seen, **change}))


def test_spreadsheet_errors__are_counted_and_placed_before_anything_else(node: Node, tmp_path: Path) -> None:
    """In a column that no mapping names, too."""
    file = table(tmp_path / "a.csv", {**ANNA, "notes": "fine", "other": "#N/A"}, {**BERT, "notes": "#REF!", "other": "#N/A"})
    with pytest.raises(BadInput) as refused:
        enrol(node, file)
    for said in (
        "2 cells with #N/A and 1 cells with #REF!, in 2 columns",
        "column 'other': #N/A 2 times, first in row 2",
        "column 'notes': #REF! 1 times, first in row 3",
    ):
        assert said in str(refused.value)


CINECA = PHENOTYPES / "cineca_uk1_synthetic.tsv"
MAP = """
[columns]
participant = "eid"
genome = "Subject id"
sex = "Sex"
[constants]
sample = "GOE-FI-SAMPLE-{row}"
karyotype = "unknown"
birth_year = ""
region = ""
country_of_origin = ""
consent_from = "2025-01-01"
allele_frequency = "yes"
subject_level_query = "no"
secondary_use = "no"
[measurements."Body mass index (BMI)-0.0"]
term = "LNC:39156-5"
unit = "kg/m2"
[questions."Ever smoked-0.0"]
questionnaire = "UKB touchscreen"
question = "20160"
[participants]
file = "pseudonyms.csv"
"""


def test_the_cineca_table__is_refused_for_its_formulas_then_read_through_a_mapping(node: Node, tmp_path: Path) -> None:
    """46,875 cells of the published table hold #REF!; grep counts as many."""
    if not CINECA.is_file():
        pytest.skip("the shared data are not here")
    (tmp_path / "map.toml").write_text(MAP)
    with CINECA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    names = [{"name": row["eid"], "participant": f"GOE-FI-SUBJECT-{i}"} for i, row in enumerate(rows, start=1)]
    table(tmp_path / "pseudonyms.csv", *names)
    with pytest.raises(BadInput) as refused:
        enrol(node, CINECA, mapping=tmp_path / "map.toml")
    assert "46,875 cells with #REF!" in str(refused.value)
    assert "column 'Age high blood pressure diagnosed-0.0'" in str(refused.value) or "more columns" in str(refused.value)
    assert "first in row 2" in str(refused.value)
    assert not any(node.registry.sizes().values())
    clean = [{k: "" if v == "#REF!" else v for k, v in row.items()} for row in rows[:50]]
    file_ = table(tmp_path / "clean.tsv", *clean)
    done = enrol(node, file_, mapping=tmp_path / "map.toml")
    assert done.new == 50
    found = describe(node, "GOE-FI-SUBJECT-1")
    assert [(o.term, o.value, o.unit) for o in found.observations] == [("LNC:39156-5", 26.63838307, "kg/m2")]
    assert [(a.questionnaire, a.question, a.answer) for a in found.answers] == [("UKB touchscreen", "20160", "Yes")]
    assert node.registry.samples()["HG00096"].sample_id == "GOE-FI-SAMPLE-1"


def test_eighty_phenopackets__come_out_as_they_went_in(node: Node, tmp_path: Path) -> None:
    """But for the names of the subjects, which are replaced by pseudonyms."""
    files = sorted((PHENOTYPES / "phenopackets").glob("*.json"))
    if not files:
        pytest.skip("the shared data are not here")
    packets = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    assert len(packets) == 80
    ours = {p["subject"]["id"]: f"GOE-FI-SUBJECT-{i}" for i, p in enumerate(packets, start=1)}
    (tmp_path / "map.toml").write_text("[participants]\n" + "".join(f'{json.dumps(k)} = "{v}"\n' for k, v in ours.items()))
    folder = PHENOTYPES / "phenopackets"
    assert enrol(node, folder, mapping=tmp_path / "map.toml").new == 80
    back = {p["subject"]["id"]: p for p in export_phenopackets(node)}
    assert len(back) == 80
    for packet in packets:
        name = packet["subject"]["id"]
        references = f'("(id|subjectOrBiosampleId)": ){re.escape(json.dumps(name))}'
        sent = json.loads(re.sub(references, f'\\1"{ours[name]}"', json.dumps(packet)))
        found = meaning(back[ours[name]])
        assert ours[name] in found["id"]
        assert found | {"id": ""} == meaning(sent) | {"id": ""}
    again = enrol(node, folder, mapping=tmp_path / "map.toml")
    assert (again.new, again.facts, again.known) == (0, 0, 80)


def meaning(packet: dict[str, Any]) -> dict[str, Any]:
    """A phenopacket with what the format takes for granted: `excluded` is false and the sex unknown where nothing is said."""
    features = [{"excluded": False} | feature for feature in packet.get("phenotypicFeatures", [])]
    return packet | {"phenotypicFeatures": features, "subject": {"sex": "UNKNOWN_SEX"} | packet["subject"]}


def test_a_phenopacket__with_measurements_keeps_them_as_numbers(node: Node, tmp_path: Path) -> None:
    """The example measurement of the phenopacket schema's documentation: a platelet count with a day."""
    packet = {
        "id": "packet-of-p1",
        "subject": {"id": "p1", "sex": "MALE", "dateOfBirth": "1970-03-01T00:00:00Z"},
        "measurements": [
            {
                "assay": {"id": "LOINC:26515-7", "label": "Platelets [#/volume] in Blood"},
                "value": {"quantity": {"unit": {"id": "UCUM:10*3/uL", "label": "x"}, "value": 24000.0}},
                "timeObserved": {"timestamp": "2020-10-01T10:54:20.021Z"},
            }
        ],
        "metaData": {"created": "2021-05-14T10:35:00Z", "createdBy": "a", "phenopacketSchemaVersion": "2.0.0", "resources": []},
    }
    (tmp_path / "p.json").write_text(json.dumps(packet))
    (tmp_path / "map.toml").write_text('[participants]\np1 = "GOE-FI-SUBJECT-1"\n')
    assert enrol(node, tmp_path / "p.json", mapping=tmp_path / "map.toml").new == 1
    found = describe(node, "GOE-FI-SUBJECT-1")
    assert found.participant.birth_date == "1970-03-01"
    assert [(o.term, o.value, o.unit, o.day) for o in found.observations if o.kind == "measurement"] == [
        ("LNC:26515-7", 24000, "10*3/uL", "2020-10-01")
    ]
    [back] = export_phenopackets(node)
    assert back == json.loads(json.dumps(packet).replace('"p1"', '"GOE-FI-SUBJECT-1"').replace("of-p1", "of-GOE-FI-SUBJECT-1"))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"subject": {}}, "expected a phenopacket with a subject"),
        ({"metaData": None}, "column metaData"),
        ({"biosamples": [{"id": "b"}]}, "genotype and phenotype are kept apart"),
        ({"phenotypes": []}, "is no part of a phenopacket"),
        ({"phenotypicFeatures": [{"type": {"id": "HP:12"}}]}, "phenotypic_feature code"),
    ],
)
def test_a_phenopacket__that_is_none_is_refused(node: Node, tmp_path: Path, change: dict[str, Any], fault: str) -> None:
    packet = {"id": "x", "subject": {"id": "GOE-FI-SUBJECT-1"}, "metaData": {}} | change
    (tmp_path / "p.json").write_text(json.dumps(packet))
    with pytest.raises(BadInput, match=fault):
        enrol(node, tmp_path / "p.json")
    assert not any(node.registry.sizes().values())


def omop(folder: Path, **changes: str) -> Path:
    """People, conditions and measurements as in the OMOP CDM's own documentation, with the concepts they use."""
    folder.mkdir()
    tables = {
        "person": "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth\n7,8532,1962,4,9\n8,8507,1971,,\n",
        "condition_occurrence": "condition_occurrence_id,person_id,condition_concept_id,condition_start_date\n"
        "1,7,201826,2019-03-04\n",
        "measurement": "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id,"
        "unit_source_value\n"
        "1,7,3004249,2020-01-02,128,8876,mmHg\n2,7,3004249,2021-01-02,121,8876,mmHg\n",
        "CONCEPT": "concept_id,concept_name,vocabulary_id,concept_code\n201826,Type 2 diabetes mellitus,SNOMED,44054006\n"
        "3004249,Systolic blood pressure,LOINC,8480-6\n8876,millimeter mercury column,UCUM,mm[Hg]\n",
    }
    for name, text in {**tables, **changes}.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def test_omop_tables__become_codes_of_their_own_vocabularies(node: Node, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('[participants]\n7 = "GOE-FI-SUBJECT-7"\n8 = "GOE-FI-SUBJECT-8"\n')
    folder = omop(tmp_path / "cdm")
    done = enrol(node, folder, mapping=tmp_path / "map.toml")
    assert (done.new, done.facts) == (2, 3)
    found = describe(node, "GOE-FI-SUBJECT-7")
    assert (found.participant.sex, found.participant.birth_date) == ("female", "1962-04-09")
    assert [(o.kind, o.term, o.value, o.unit, o.day) for o in found.observations] == [
        ("disease", "SCT:44054006", None, "", "2019-03-04"),
        ("measurement", "LNC:8480-6", 128, "mm[Hg]", "2020-01-02"),
        ("measurement", "LNC:8480-6", 121, "mm[Hg]", "2021-01-02"),
    ]
    again = enrol(node, folder, mapping=tmp_path / "map.toml")
    assert again.known == 2 and not again.anything
    with pytest.raises(BadInput, match="person row 2, column person_id: the mapping gives this person no pseudonym"):
        enrol(node, folder)


def test_a_phenopacket_of_a_registered_person__adds_to_the_record(node: Node, tmp_path: Path) -> None:
    enrol(node, table(tmp_path / "a.csv", ANNA))
    packet: dict[str, Any] = {"id": "x", "subject": {"id": ANNA["participant"], "sex": "FEMALE"}, "metaData": {}}
    packet["diseases"] = [{"term": {"id": "OMIM:142900", "label": "Holt-Oram syndrome"}}]
    (tmp_path / "p.json").write_text(json.dumps(packet))
    assert enrol(node, tmp_path / "p.json").new == 0
    assert [o.term for o in describe(node, ANNA["participant"]).observations if o.kind == "disease"] == ["OMIM:142900"]
    packet["subject"]["sex"] = "MALE"
    (tmp_path / "p.json").write_text(json.dumps(packet))
    with pytest.raises(BadInput, match=r"registered with other values \(sex\)"):
        enrol(node, tmp_path / "p.json")


def test_a_person_first_met_in_a_phenopacket__is_completed_by_the_table(node: Node, tmp_path: Path) -> None:
    """Until then nobody is counted; the two must agree."""
    packet = {"id": "x", "subject": {"id": ANNA["participant"], "sex": "FEMALE"}, "metaData": {}}
    (tmp_path / "p.json").write_text(json.dumps(packet))
    assert enrol(node, tmp_path / "p.json").new == 1
    with pytest.raises(BadInput, match=r"registered with other values \(.*sex"):
        enrol(node, table(tmp_path / "a.csv", {**ANNA, "sex": "male"}))
    done = enrol(node, table(tmp_path / "a.csv", ANNA))
    assert (done.new, done.completed, done.samples) == (0, 1, 1)
    other = create_node(tmp_path / "other" / "FI", "FI", clock=clock)[0]
    enrol(other, tmp_path / "a.csv")
    assert registered(node) == registered(other)
    assert enrol(node, tmp_path / "p.json").known == enrol(node, tmp_path / "a.csv").known == 1


def test_command_line__from_template_to_export(tmp_path: Path, goe: Callable[..., Said]) -> None:
    folder = tmp_path / "FI"
    assert goe("node", "init", "--country", "FI", "--dir", folder).code == 0
    heading = goe("participants", "template", "--full").out.strip()
    file = tmp_path / "people.csv"
    file.write_text(heading + "\n" + ",".join({**ANNA}.get(name, "") for name in heading.split(",")) + "\n")
    before = goe("participants", "preview", file, "--dir", folder)
    assert before.code == 0 and "1 participants to be registered" in before.err
    assert goe("participants", "import", file, "--dir", folder, "--json").code == 0
    assert (
        json.loads(goe("participants", "list", "--dir", folder, "--json").out)[0]["consents"]
        == "allele_frequency subject_level_query"
    )
    shown = json.loads(goe("participants", "show", ANNA["participant"], "--dir", folder, "--json").out)
    assert shown["minimal_data_set"]["complete"] is False
    assert goe("participants", "show", "GOE-FI-SUBJECT-9", "--dir", folder).code == 1
    again = tmp_path / "again.csv"
    again.write_text(goe("participants", "export", "--dir", folder).out)
    assert "1 were registered already" in goe("participants", "import", again, "--dir", folder).err
    packets = json.loads(goe("participants", "export", "--format", "phenopackets", "--dir", folder).out)
    assert packets[0]["subject"] == {"id": ANNA["participant"], "sex": "FEMALE"}
    wrong = table(tmp_path / "wrong.csv", {**BERT, "sex": "mael"})
    refused = goe("participants", "import", wrong, "--dir", folder, "--accept-valid")
    assert refused.code == 1 and "did you mean male" in refused.err and "mael" not in refused.err
    assert open_node(folder).registry.sizes()["participant"] == 1
