"""Reading participants, their consents and their samples from a CSV file, one row per sample.

A participant who was sequenced twice stands on two rows that differ in `sample` and `genome` alone.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from goe.errors import BadInput
from goe.rules.consent import ConsentEvent
from goe.rules.participant import Participant, Sample, participant_faults, pseudonym_fault
from goe.rules.words import Karyotype, Scope
from goe.rules.words import nation as iso_nation
from goe.store.registry import Enrolment

COLUMNS = {
    "participant": "pseudonym of the person, GOE-<nation>-SUBJECT-<number>",
    "sample": "pseudonym of the genome, GOE-<nation>-SAMPLE-<number>",
    "genome": "name of the genome in genotype files",
    "sex": "as recorded: female, male, other or unknown",
    "karyotype": "genetic: XX, XY or unknown; decides ploidy",
    "birth_year": "four digits, or nothing",
    "region": "NUTS code of residence, or nothing",
    "country_of_origin": "ISO 3166-1 code, or nothing",
    "consent_from": "day from which the consents hold, YYYY-MM-DD",
    "allele_frequency": "yes or no: may be counted in frequencies",
    "subject_level_query": "yes or no: may be found by a query about individuals",
    "secondary_use": "yes or no: may be used in further research",
}
"""Columns of the file and what they hold."""

_SCOPES = tuple(scope for scope in Scope if scope.value in COLUMNS)
_OF_THE_GENOME = ("sample", "genome")  # every other column is of the person and says the same on each of the person's rows
_EUROSTAT = ("EL", "UK")  # where Eurostat's codes are not ISO's
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN = 20  # faults listed before the rest is only counted


def read_participants(path: Path, nation: str, today: date) -> list[Enrolment]:
    """Every person of the file as an enrolment. Raises BadInput with all faults, by row and column, if there is any.

    A row is the line of the file on which it ends.
    """
    rows = _rows(path)
    faults: list[str] = []
    read = [_enrolment(row, line, nation, today, faults) for line, row in rows.items()]
    faults += _disagreements(rows)
    for column in _OF_THE_GENOME:
        twice = [value for value, times in Counter(row[column] for row in rows.values()).items() if times > 1]
        faults += [f"column {column}: {len(twice)} value(s) occur more than once"] if twice else []
    if faults:
        more = f" (and {len(faults) - _SHOWN} more)" if len(faults) > _SHOWN else ""
        raise BadInput(
            f"{len(faults)} fault(s), nothing was registered: " + "; ".join(faults[:_SHOWN]) + more,
            where=str(path),
            remedy="correct these cells and import the file again",
        )
    people: dict[str, Enrolment] = {}
    for one in filter(None, read):
        before = people.get(one.participant.participant_id)
        whole = replace(before, samples=before.samples + one.samples) if before else one
        people[one.participant.participant_id] = whole
    return list(people.values())


def _rows(path: Path) -> dict[int, dict[str, str]]:
    """The rows by the line of the file, blank lines passed over."""
    if not path.is_file():
        raise BadInput("there is no such file", where=str(path))
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = set(COLUMNS) - set(reader.fieldnames or ())
            heading = "".join(reader.fieldnames or ())
            for mark, name in ((";", "';'"), ("\t", "tabs")):
                if missing and mark in heading:
                    raise BadInput(f"the columns are separated by {name}", expected="','", where=f"{path} line 1")
            if missing:
                raise BadInput(
                    f"the columns {', '.join(sorted(missing))} are missing", expected=", ".join(COLUMNS), where=f"{path} line 1"
                )
            numbered = ((reader.line_num, row) for row in reader)
            return {line: _cells(row, f"{path} row {line}") for line, row in numbered}
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput("the file cannot be read", expected="CSV in UTF-8", where=str(path)) from error


def _cells(row: dict[str | None, Any], where: str) -> dict[str, str]:
    if any(row.get(None) or ()):  # where the reader puts cells beyond the heading
        raise BadInput("the row has more cells than the heading", expected="a cell for each column", where=where)
    cells = {name: (row[name] or "").strip() for name in COLUMNS}
    origin = cells["country_of_origin"]
    return {**cells, "country_of_origin": iso_nation(origin) if origin in _EUROSTAT else origin}


def _disagreements(rows: dict[int, dict[str, str]]) -> list[str]:
    """Where a row says otherwise of a person than the person's first row, without the values."""
    first: dict[str, int] = {}
    return [
        f"row {line}, column {column}: differs from row {first[row['participant']]}, the same participant"
        for line, row in rows.items()
        for column in COLUMNS
        if column not in _OF_THE_GENOME and row[column] != rows[first.setdefault(row["participant"], line)][column]
    ]


def _enrolment(row: dict[str, str], line: int, nation: str, today: date, faults: list[str]) -> Enrolment | None:
    """One row as a record; its faults are added to the list, without the values, which may be personal."""
    found: dict[str, str] = {}
    year = row["birth_year"]
    if year and not (year.isascii() and year.isdigit() and len(year) == 4):
        found["birth_year"] = "expected four digits, or nothing"
    person = Participant(
        row["participant"],
        row["sex"],
        int(year) if year and not found else None,
        row["country_of_origin"],
        row["region"],
    )
    found |= participant_faults(person, nation, today.year)
    if fault := pseudonym_fault(row["sample"], "SAMPLE", nation):
        found["sample"] = fault
    if not row["genome"]:
        found["genome"] = "expected the name of the genome in genotype files"
    if row["karyotype"] not in set(Karyotype):
        found["karyotype"] = "expected XX, XY or unknown"
    since = _day(row["consent_from"])
    if since is None or since > today:
        found["consent_from"] = f"expected a day YYYY-MM-DD up to {today}"
    for scope in _SCOPES:
        if row[scope.value] not in ("yes", "no"):
            found[scope.value] = "expected yes or no"
    faults += [f"row {line}, column {column}: {fault}" for column, fault in found.items()]
    if found or since is None:
        return None
    consents = tuple(ConsentEvent(scope, row[scope.value] == "yes", since) for scope in _SCOPES)
    return Enrolment(person, consents, (Sample(row["sample"], row["genome"], Karyotype(row["karyotype"])),))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
