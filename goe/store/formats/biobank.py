"""The people who could be asked, and how they are related: biobank.csv and kinship.csv."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from goe.errors import BadInput
from goe.rules.census import number_fault, nuts_fault
from goe.store.formats.rows import Row, read_rows

BIOBANK = {
    "pseudo_id": "pseudonym in the biobank",
    "nuts": "NUTS code of residence, or nothing",
    "sex": "F or M",
    "year_birth": "four digits",
    "birth_group": "group of origin, or nothing",
    "consent_1mg": "yes or no: may be asked and shared in 1+MG",
    "dna_ug": "DNA in microgram, or nothing where it would be sampled anew",
    "dna_din": "DNA integrity number, 1 to 10, or nothing",
    "health_flag": "population, or clinical:<ICD or Orpha code>",
}
KINSHIP = {"id1": "pseudonym", "id2": "pseudonym", "kinship": "coefficient, 0 to 0.5"}


@dataclass(frozen=True)
class Candidate:
    """A person who could be asked. The pseudonym is for the result's file alone and stands in no message."""

    pseudo_id: str
    nuts: str
    sex: str
    year_birth: int
    group: str
    consents: bool
    dna_ug: float | None
    dna_din: float | None
    health_flag: str


def read_biobank(path: Path) -> list[Candidate]:
    """The rows of biobank.csv. Raises BadInput with all faults, without the values, which are personal."""
    rows = read_rows(path, list(BIOBANK), _faults, optional=("nuts", "birth_group", "dna_ug", "dna_din"))
    if len({r["pseudo_id"] for r in rows}) < len(rows):
        raise BadInput("a pseudonym stands in the table twice", expected="one row for each person", where=str(path))
    return [
        Candidate(
            r["pseudo_id"], r["nuts"], r["sex"], int(r["year_birth"]), r["birth_group"], r["consent_1mg"] == "yes",
            _number(r["dna_ug"]), _number(r["dna_din"]), r["health_flag"],
        )
        for r in rows
    ]  # fmt: skip


def read_kinship(path: Path) -> list[tuple[str, str, float]]:
    """Pairs of relatives. Raises BadInput."""
    rows = read_rows(path, list(KINSHIP), _kinship_faults)
    return [(r["id1"], r["id2"], float(r["kinship"])) for r in rows]


def _faults(row: Row) -> dict[str, str]:
    faults = {"nuts": nuts_fault(row["nuts"], row["nuts"][:2].replace("EL", "GR").replace("UK", "GB"))}
    if not row["pseudo_id"]:
        faults["pseudo_id"] = "expected a pseudonym"
    if row["sex"] not in ("F", "M"):
        faults["sex"] = "expected F or M"
    if not (row["year_birth"].isdecimal() and len(row["year_birth"]) == 4):
        faults["year_birth"] = "expected four digits"
    if row["consent_1mg"] not in ("yes", "no"):
        faults["consent_1mg"] = "expected yes or no"
    for name in ("dna_ug", "dna_din"):
        faults[name] = number_fault(row[name]) if row[name] else ""
    flag = row["health_flag"]
    if flag != "population" and not (flag.startswith("clinical:") and len(flag) > 9):
        faults["health_flag"] = "expected population, or clinical: and a code"
    return {column: fault for column, fault in faults.items() if fault}


def _kinship_faults(row: Row) -> dict[str, str]:
    fault = number_fault(row["kinship"].removeprefix("-"))
    return {"kinship": fault} if fault else {}


def _number(text: str) -> float | None:
    return float(text) if text else None
