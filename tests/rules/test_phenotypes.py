"""The minimal data set against its printed table, codes against published check digits, completeness against hand counts."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date

import pytest
from setting import SHARED

from goe.rules.codes import NULL_FLAVOURS, code_fault, nearest, unit_fault, verhoeff_holds
from goe.rules.observations import Observation, observation_faults
from goe.rules.participant import Participant, Sample
from goe.rules.phenotypes import (
    CONDITIONS,
    REQUIRED_CLASSES,
    Level,
    MinimalValue,
    completeness,
    instances_of,
    value_fault,
    wrong_items,
)
from goe.store.tables import minimal_data_set

TABLE = SHARED / "specs" / "minimal_dataset_v1.tsv"
MODEL = minimal_data_set("v1")
TODAY = date(2026, 11, 1)
# class: items, of them mandatory / conditional / recommended / optional, as the summary of the sheets counts them
COUNTED = {
    "Subject": (6, 3, 2, 0, 1),
    "Sample": (10, 1, 3, 6, 0),
    "Sequence": (26, 6, 3, 8, 9),
    "Diagnosis": (3, 0, 2, 1, 0),
    "Treatment": (24, 1, 6, 3, 14),
    "Environmental Exposure": (12, 0, 4, 0, 8),
    "Biomarker": (7, 0, 2, 0, 5),
    "Sample_Relation": (3, 2, 0, 1, 0),
    "TNM": (8, 1, 0, 0, 7),
    "Variant": (12, 1, 1, 4, 6),
    "Digital Resource": (7, 3, 1, 1, 2),
    "Target_Gene": (3, 0, 2, 0, 1),
}


def test_model__has_the_items_and_levels_of_the_sheets() -> None:
    levels = [Level.MANDATORY, Level.CONDITIONAL, Level.RECOMMENDED, Level.OPTIONAL]
    found = {
        part: (total, *(sum(i.part == part and i.level is level for i in MODEL.items) for level in levels))
        for part, total in Counter(i.part for i in MODEL.items).items()
    }
    assert found == COUNTED


def test_model__is_the_printed_table() -> None:
    if not TABLE.is_file():
        pytest.skip("the shared table is not here")
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file, delimiter="\t") if r["class"] in COUNTED]
    assert [(i.part, i.name, i.level.value, i.code) for i in MODEL.items] == [
        (r["class"], r["item"], r["level"], r["item_code"]) for r in rows
    ]
    goe = {(r["class"], r["item"]) for r in rows if r["goe_rule"].startswith("yes")}
    decided = {
        (i.part, i.name)
        for i in MODEL.items
        if i.part in REQUIRED_CLASSES and i.level_in("genome_of_europe") is Level.MANDATORY
    }
    assert decided == goe | {("Sample", "ID")}, "only the sample's own name is asked for besides"


def test_conditions__are_those_of_the_model() -> None:
    assert {i.condition for i in MODEL.items} - {""} == set(CONDITIONS)


def test_null_flavours__only_where_the_sheets_allow_them() -> None:
    """HL7's sixteen; for the Genome of Europe they touch seven mandatory lists."""
    assert len(NULL_FLAVOURS) == 16
    mandatory = {
        i.name
        for i in MODEL.items
        if i.null_flavours and i.part in REQUIRED_CLASSES and i.level_in("genome_of_europe") is Level.MANDATORY
    }
    assert mandatory == {
        "Administrative gender",
        "Country of origin",
        "Organism",
        "Target",
        "Sequencing_Platform",
        "Initial_input_file_format",
        "Final_output_file_format",
    }


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("Subject.Administrative gender", "female", ""),
        ("Subject.Administrative gender", "femal", "did you mean 'female'"),
        ("Subject.Administrative gender", "HL7NF:ASKU", ""),
        ("Subject.Administrative gender", "HL7NF:XYZ", "null flavours"),
        ("Subject.Birth Date", "HL7NF:UNK", "not allowed here"),
        ("Subject.Birth Date", "1962", ""),
        ("Subject.Birth Date", "1962-02-30", "expected a day"),
        ("Subject.Country of origin", "NL-NH", ""),
        ("Subject.Country of origin", "The Netherlands", "ISO 3166"),
        ("Sequence.Average depth of coverage", "34", ""),
        ("Sequence.Average depth of coverage", "34x", "whole number"),
        ("Sequence.Target", "Whole genome sequencing", ""),
        ("Sequence.Target", "whole genome sequencing", "did you mean 'Whole genome sequencing'"),
        ("Sequence.ISO 15189 accredited", "yes", "true or false"),
        ("Digital Resource.Version", "0.7.17-r1188", ""),
        ("Digital Resource.Date used", "2025-03-01T10:00:00Z", ""),
        ("Diagnosis.Diagnosis", "SCT:73211009", ""),
        ("Diagnosis.Diagnosis", "SCT:73211008", "check digit"),
        ("Environmental Exposure.Tobacco Use Status", "SCT:266919005", ""),
        ("Variant.Variant_Type", "a kind that is not listed yet", ""),
        ("Biomarker.Subtype", "Blood Pressure", ""),
    ],
)
def test_value__is_taken_or_refused_with_what_was_meant(key: str, value: str, fault: str) -> None:
    item = MODEL.item(key)
    assert item
    found = value_fault(item, value)
    assert fault in found if fault else found == ""


PERSON = Participant("GOE-FI-SUBJECT-1", "female", 1962, "FI")
SAMPLE = Sample("GOE-FI-SAMPLE-1", "S1")
SEQUENCED = {
    ("Sample", "Organism"): "NCIT:C14225",
    ("Sequence", "Target"): "Whole genome sequencing",
    ("Sequence", "Sequencing_Platform"): "HL7NF:MSK",
    ("Sequence", "Average depth of coverage"): "34",
    ("Sequence", "Initial_input_file_format"): "EDAM:format_1930",
    ("Sequence", "Final_output_file_format"): "EDAM:format_3016",
    ("Sequence", "Alignment_Genome"): "GRCh38",
    ("Sequence", "ISO 15189 accredited"): "true",
    ("Digital Resource", "Name"): "GRCh38",
    ("Digital Resource", "Version"): "p14",
    ("Digital Resource", "Date used"): "2025-03-01",
}


def values(said: dict[tuple[str, str], str]) -> list[MinimalValue]:
    def one(part: str, item: str, value: str) -> MinimalValue:
        null = value.removeprefix("HL7NF:") if value.startswith("HL7NF:") else ""
        return MinimalValue(SAMPLE.sample_id, "v1", part, 1, item, 1, "" if null else value, null)

    return [one(part, item, value) for (part, item), value in said.items()]


def test_completeness__counts_the_fourteen_values_of_a_participant_and_the_name_of_the_sample() -> None:
    """4 of the subject, 1 of the sample, 6 of the sequence, 3 of the digital resource; and the sample's ID, by decision."""
    found = completeness(MODEL, instances_of(PERSON, [SAMPLE], values(SEQUENCED)))
    assert (found.complete, found.asked, found.null, found.null_rate) == (True, 15, 1, 1 / 15)
    assert "Sample.Anatomical sample location" in found.missing_recommended


@pytest.mark.parametrize("left_out", SEQUENCED)
def test_completeness__names_what_is_missing(left_out: tuple[str, str]) -> None:
    said = {key: value for key, value in SEQUENCED.items() if key != left_out}
    missing = completeness(MODEL, instances_of(PERSON, [SAMPLE], values(said))).missing
    proficiency = "Sequence.Participated in proficiency testing"
    assert missing == ((proficiency,) if left_out[1] == "ISO 15189 accredited" else (".".join(left_out),))


def test_completeness__a_record_can_be_complete_and_empty() -> None:
    null = {key: "HL7NF:UNK" if MODEL.item(".".join(key)).null_flavours else value for key, value in SEQUENCED.items()}  # type: ignore[union-attr]
    person = Participant("GOE-FI-SUBJECT-1", "HL7NF:UNK", 1962, "HL7NF:UNK")
    found = completeness(MODEL, instances_of(person, [SAMPLE], values(null)))
    assert found.complete
    assert found.null == 7


@pytest.mark.parametrize(
    ("status", "asked"), [("SCT:449868002", True), ("SCT:8517006", True), ("SCT:43381005", False), ("SCT:266919005", False)]
)
def test_smoking__asks_smokers_for_the_amount_and_nobody_else(status: str, asked: bool) -> None:
    exposure = ("Environmental Exposure", {"Tobacco Use Status": [status]})
    found = completeness(MODEL, [*instances_of(PERSON, [SAMPLE], values(SEQUENCED)), exposure])
    assert ("Environmental Exposure.Pack years" in found.missing) is asked


def test_use_cases__differ() -> None:
    record = instances_of(PERSON, [SAMPLE], values(SEQUENCED))
    cancer = completeness(MODEL, record, "cancer").missing
    assert {"Sample.Pathological state", "Sample.Biospecimen_Type", "Subject.Date_of_Last_Follow_up"} <= set(cancer)


@pytest.mark.parametrize("number", ["73211009", "22298006", "404684003", "116680003", "900000000000207008", "428041000124106"])
def test_snomed_check_digit__holds_for_published_identifiers(number: str) -> None:
    """Diabetes mellitus, myocardial infarction, clinical finding, is a, the core module, occasional tobacco smoker."""
    assert verhoeff_holds(number)
    for place in range(len(number)):
        for digit in set("0123456789") - {number[place]}:
            assert not verhoeff_holds(number[:place] + digit + number[place + 1 :]), "every single wrong digit is seen"


@pytest.mark.parametrize(
    "code", ["HP:0001631", "ICD10:E11.9", "OMIM:142900", "ORPHA:392", "LNC:8480-6", "NCIT:C17610", "XYZ:anything"]
)
def test_codes__of_known_shape_are_taken(code: str) -> None:
    assert code_fault(code) == ""


@pytest.mark.parametrize("code", ["HP:1631", "E11.9", "ICD10:11E", "LNC:x", "SCT:abc", "HL7NF:WHY", "SCT:"])
def test_codes__of_another_shape_are_refused(code: str) -> None:
    assert code_fault(code)


# Units from the tables of the UCUM specification and its published list of common codes.
@pytest.mark.parametrize(
    "unit",
    [
        "kg/m2",
        "mmol/L",
        "ug/L",
        "10*9/L",
        "mm[Hg]",
        "%",
        "{score}",
        "/min",
        "mg/(24.h)",
        "[IU]/mL",
        "mL/min/{1.73_m2}",
        "Cel",
        "kPa",
        "mosm/kg",
        "10*12/L",
        "umol/L",
        "[degF]",
        "ng/mL{RBCs}",
        "m.s-2",
        "1",
        "wk",
        "[in_i]",
        "meq/L",
        "10*3.{RBC}",
    ],
)
def test_units__of_ucum_are_taken(unit: str) -> None:
    assert unit_fault(unit) == ""


@pytest.mark.parametrize(
    ("unit", "meant"), [("mmHg", "mm[Hg]"), ("kg/m²", "kg/m2"), ("mcg", "ug"), ("furlong", "UCUM"), ("", "UCUM"), ("mg//L", "")]
)
def test_units__of_common_use_are_refused_with_the_right_one(unit: str, meant: str) -> None:
    assert meant in unit_fault(unit) != ""


def test_nearest__finds_the_word_or_none() -> None:
    assert nearest("Femal", ["female", "male"]) == "female"
    assert nearest("xyz", ["female", "male"]) == ""


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"day": "2027-01-01"}, ["day"]),
        ({"day": "2026-02-30"}, ["day"]),
        ({"day": "2025"}, []),
        ({"unit": "mmHg"}, ["unit"]),
        ({"value": float("nan")}, ["value"]),
        ({"code": "nothing"}, ["code"]),
        ({"kind": "opinion"}, ["kind"]),
    ],
)
def test_observation__faults_by_field(change: dict[str, object], fields: list[str]) -> None:
    good = {"kind": "measurement", "system": "LNC", "code": "8480-6", "value": 120.0, "unit": "mm[Hg]", "day": "2025-04-01"}
    assert list(observation_faults(Observation("GOE-FI-SUBJECT-1", **{**good, **change}), TODAY)) == fields  # type: ignore[arg-type]


def test_wrong_items__are_those_whose_value_the_model_refuses() -> None:
    """By hand: a target that no list has, a depth that is no number, an item of no class; the others fit."""

    def said(part: str, item: str, value: str = "", null: str = "") -> MinimalValue:
        return MinimalValue("GOE-FI-SAMPLE-1", "v1", part, 1, item, 1, value, null)

    good = [said("Sequence", "Target", "Whole genome sequencing"), said("Sample", "Organism", null="UNK")]
    bad = [
        said("Sequence", "Target", "whole"),
        said("Sequence", "Average depth of coverage", "deep"),
        said("Sequence", "Alignment_Genome", null="UNK"),
        said("Nowhere", "Nothing", "1"),
    ]
    assert wrong_items(MODEL, good) == ()
    assert wrong_items(MODEL, good + bad) == (
        "Sequence.Target",
        "Sequence.Average depth of coverage",
        "Sequence.Alignment_Genome",
        "Nowhere.Nothing",
    )


def test_null_items__are_named() -> None:
    found = completeness(MODEL, [("Sample", {"ID": ["x"], "Organism": ["HL7NF:UNK"]})])
    assert (found.null, found.nulls) == (1, ("Sample.Organism",))
