"""Reading participants, their consents and their samples from a CSV file, one row per sample."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

from goe.errors import BadInput
from goe.rules.consent import ConsentEvent
from goe.rules.participant import Participant, Sample, participant_faults, pseudonym_fault
from goe.rules.words import Karyotype, Scope
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

_SHOWN = 20  # faults listed before the rest is only counted


def read_participants(path: Path, nation: str, today: date) -> list[Enrolment]:
    """Every row of the file as an enrolment. Raises BadInput with all faults, by row and column, if there is any."""
    rows = _rows(path)
    faults: list[str] = []
    people = [_enrolment(row, line, nation, today, faults) for line, row in enumerate(rows, start=2)]
    for column in ("participant", "sample", "genome"):
        twice = [value for value, times in Counter(row[column] for row in rows).items() if times > 1]
        faults += [f"column {column}: {len(twice)} value(s) occur more than once"] if twice else []
    if faults:
        more = f" (and {len(faults) - _SHOWN} more)" if len(faults) > _SHOWN else ""
        raise BadInput(
            f"{len(faults)} fault(s), nothing was registered: " + "; ".join(faults[:_SHOWN]) + more,
            where=str(path),
            remedy="correct these cells and import the file again",
        )
    return [p for p in people if p is not None]


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise BadInput("there is no such file", where=str(path))
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = set(COLUMNS) - set(reader.fieldnames or ())
            if missing:
                raise BadInput(
                    f"the columns {', '.join(sorted(missing))} are missing", expected=", ".join(COLUMNS), where=f"{path} line 1"
                )
            return [{name: (row[name] or "").strip() for name in COLUMNS} for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput("the file cannot be read", expected="CSV in UTF-8", where=str(path)) from error


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
    for scope in Scope:
        if row[scope.value] not in ("yes", "no"):
            found[scope.value] = "expected yes or no"
    faults += [f"row {line}, column {column}: {fault}" for column, fault in found.items()]
    if found or since is None:
        return None
    consents = tuple(ConsentEvent(scope, row[scope.value] == "yes", since) for scope in Scope)
    return Enrolment(person, consents, (Sample(row["sample"], row["genome"], Karyotype(row["karyotype"])),))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
