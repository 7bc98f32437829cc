"""OMOP CDM (5.3 and 5.4): people, conditions and measurements from a folder of its tables as CSV or TSV.

`person`, and where they are there `condition_occurrence` and `measurement`. With the vocabulary table `concept` in the folder,
concepts become the codes of their own vocabularies; without it they stay concepts of OMOP. Persons are named by number there,
so a mapping must give their pseudonyms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from goe.rules.codes import split_code
from goe.rules.observations import DISEASE, MEASUREMENT, Observation, observation_faults
from goe.rules.participant import Participant, participant_faults
from goe.store.arrivals import Arrival, Context, Fault, Rejected, Source
from goe.store.formats import table
from goe.store.registry import Enrolment

_GENDERS = {"8507": "male", "8532": "female", "8521": "other", "8551": "unknown", "0": "unknown", "": "unknown"}
_PERSON = ["person_id", "gender_concept_id", "year_of_birth"]
_WANTED = {
    "person": _PERSON,
    "condition_occurrence": ["person_id", "condition_concept_id", "condition_start_date"],
    "measurement": ["person_id", "measurement_concept_id", "measurement_date", "value_as_number"],
    "concept": ["concept_id", "concept_name", "vocabulary_id", "concept_code"],
}

Concepts = Mapping[str, tuple[str, str, str]]
"""Concepts by number: system, code and name."""

Row = Mapping[str, str]


def _tables(folder: Path) -> dict[str, Path]:
    """The tables of a folder by their lower-case name."""
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in (".csv", ".tsv", ".txt"))
    return {p.stem.lower(): p for p in files if p.stem.lower() in _WANTED}


def is_omop(path: Path) -> bool:
    """Whether this is a folder with OMOP's table of persons."""
    return path.is_dir() and "person" in _tables(path)


def open_omop(folder: Path, context: Context) -> Source:
    """A folder of OMOP tables as a source. Raises BadInput for a table without the columns it needs."""
    files = _tables(folder)
    for name, path in files.items():
        names = [column.lower() for column in table.heading(path)]
        table.check_columns(path, names, _WANTED[name])
        if name != "concept":
            table.refuse_spreadsheet_errors(path)
    columns = tuple(
        dict.fromkeys(["table", *(c.lower() for n, p in files.items() if n != "concept" for c in table.heading(p))])
    )
    return Source(columns, lambda: _arrivals(files, context))


def _arrivals(files: Mapping[str, Path], context: Context) -> Iterator[Arrival | Rejected]:
    concepts = dict(_concepts(files["concept"])) if "concept" in files else {}
    readers = {"person": _person, "condition_occurrence": _condition, "measurement": _measurement}
    for name, read in readers.items():
        for line, raw in table.rows(files[name]) if name in files else ():
            row = {column.lower(): value for column, value in raw.items()}
            row["participant"] = context.pseudonyms.get(row["person_id"], "")
            faults: list[Fault] = []
            found = read(row, line, context, concepts, faults)
            if not row["participant"]:
                faults = [Fault("person_id", "the mapping gives this person no pseudonym", row["person_id"])]
            cells = {"table": name, **row}
            yield Rejected(line, cells, tuple(faults), name) if faults else replace(found, cells=cells, where=name)


def _concepts(path: Path) -> Iterator[tuple[str, tuple[str, str, str]]]:
    for _, raw in table.rows(path):
        row = {column.lower(): value for column, value in raw.items()}
        system, code = split_code(f"{row['vocabulary_id']}:{row['concept_code']}")
        yield row["concept_id"], (system, code, row["concept_name"])


def _person(row: Row, line: int, context: Context, _concepts: Concepts, faults: list[Fault]) -> Arrival:
    year = row["year_of_birth"]
    parts = [year, row.get("month_of_birth", ""), row.get("day_of_birth", "")]
    known = parts[: next((i for i, part in enumerate(parts) if not part), 3)]
    born = "-".join(part.zfill(2) for part in known) if len(known) > 1 else ""
    if not (year.isdigit() and len(year) == 4):
        faults.append(Fault("year_of_birth", "expected four digits", year))
    if row["gender_concept_id"] not in _GENDERS:
        faults.append(
            Fault("gender_concept_id", f"expected one of {', '.join(filter(None, _GENDERS))}", row["gender_concept_id"])
        )
    person = Participant(
        row["participant"],
        _GENDERS.get(row["gender_concept_id"], "unknown"),
        int(year) if year.isdigit() else None,
        birth_date=born,
    )
    if not faults:
        faults += [Fault(field, rule) for field, rule in participant_faults(person, context.nation, context.today.year).items()]
    return Arrival(line, person.participant_id, row, Enrolment(person, (), ()))


def _condition(row: Row, line: int, context: Context, concepts: Concepts, faults: list[Fault]) -> Arrival:
    system, code, label = _concept(row["condition_concept_id"], concepts)
    seen = Observation(
        row["participant"],
        DISEASE,
        system,
        code,
        label,
        day=row["condition_start_date"][:10],
        source="omop:condition_occurrence",
    )
    return _observed(seen, row, line, context, faults, {"code": "condition_concept_id", "day": "condition_start_date"})


def _measurement(row: Row, line: int, context: Context, concepts: Concepts, faults: list[Fault]) -> Arrival:
    system, code, label = _concept(row["measurement_concept_id"], concepts)
    unit = concepts.get(row.get("unit_concept_id", ""), ("", "", ""))
    text = row["value_as_number"]
    try:
        value = float(text) if text else None
    except ValueError:
        value = None
        faults.append(Fault("value_as_number", "expected a number", text))
    said = row.get("value_source_value", "") if value is None else ""
    seen = Observation(
        row["participant"], MEASUREMENT, system, code, label, False, value, said,
        unit[1] if unit[0] == "UCUM" else row.get("unit_source_value", "") if value is not None else "",
        row["measurement_date"][:10], "omop:measurement",
    )  # fmt: skip
    named = {
        "code": "measurement_concept_id",
        "day": "measurement_date",
        "unit": "unit_source_value",
        "value": "value_as_number",
    }
    return _observed(seen, row, line, context, faults, named)


def _observed(
    seen: Observation, row: Row, line: int, context: Context, faults: list[Fault], named: Mapping[str, str]
) -> Arrival:
    wrong = observation_faults(seen, context.today)
    faults += [Fault(named.get(field, field), rule, row.get(named.get(field, ""), "")) for field, rule in wrong.items()]
    return Arrival(line, seen.participant_id, row, observations=(seen,))


def _concept(number: str, concepts: Concepts) -> tuple[str, str, str]:
    return concepts.get(number, ("OMOP", number, ""))
