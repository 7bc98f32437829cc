"""The tables that a design starts from: population, subgroups, requirements, costs; each with its columns and their meaning."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from goe.rules.census import (
    CensusRow,
    Subgroup,
    census_faults,
    country_fault,
    number_fault,
    nuts_fault,
    subgroup_faults,
)
from goe.store.formats.rows import Row, read_rows
from goe.store.tables import DATA

SHIPPED = DATA / "design"

POPULATION = {
    "country": "ISO 3166-1 code, GR for Greece",
    "nuts": "NUTS code of the region, or nothing for the whole country",
    "nuts_version": "2016, 2021 or 2024, where there is a region",
    "sex": "F, M, or nothing for both",
    "age_band": "for example Y20-29 or Y80+, or nothing for all ages",
    "birth_group": "NAT, EU27_FOR, EUR_OTHER, MENA, SSA, SAS, EAS, AMR, OTHER, a name of your own, or nothing",
    "n": "inhabitants, 0 where there are none",
    "ref_date": "the day counted for, YYYY or YYYY-MM-DD",
    "source": "where the number is from",
}
SUBGROUPS = {
    "country": "ISO 3166-1 code",
    "subgroup": "name of the minority, the same in every country",
    "n": "people of it who live there",
    "available": "how many could be asked, or nothing for all",
    "source": "where the number is from",
}
REQUIREMENTS = {
    "country": "ISO 3166-1 code",
    "nuts": "a region of it, or nothing",
    "group": "a group of origin in it, or nothing",
    "minimum": "at least so many people, or nothing",
    "maximum": "at most so many people, or nothing",
    "reason": "why, in a few words: it stands in the report",
}
COSTS = {
    "country": "ISO 3166-1 code",
    "stage": "for example sampling, sequencing, storage",
    "unit_eur": "euro for each person who enters the stage",
    "yield": "share of those who leave it, 0 to 1; 1 unless said",
    "capacity_week": "people who can enter it in a week, or nothing for no limit",
}


@dataclass(frozen=True)
class Requirement:
    """A user's floor or cap for a country, or for a region or group in it, and the reason for it."""

    country: str
    nuts: str
    group: str
    minimum: int
    maximum: int | None
    reason: str


@dataclass(frozen=True)
class Stage:
    """A stage that people pass: its price for each, how many leave it, how many it can take in a week (None: no limit)."""

    country: str
    stage: str
    unit_eur: float
    share_left: float
    capacity_week: float | None


def read_population(path: Path) -> list[CensusRow]:
    """The rows of population.csv. Raises BadInput with all faults."""
    rows = read_rows(
        path, list(POPULATION), census_faults, optional=("nuts", "nuts_version", "sex", "age_band", "birth_group", "source")
    )
    return [
        CensusRow(r["country"], r["nuts"], r["birth_group"], r["sex"], r["age_band"], float(r["n"]), r["ref_date"], r["source"])
        for r in rows
    ]


def read_subgroups(path: Path) -> list[Subgroup]:
    """The rows of subgroups.csv. Raises BadInput with all faults."""
    rows = read_rows(path, list(SUBGROUPS), subgroup_faults, optional=("available",))
    return [
        Subgroup(r["country"], r["subgroup"], float(r["n"]), int(r["available"] or float(r["n"])), r["source"]) for r in rows
    ]


def read_requirements(path: Path) -> list[Requirement]:
    """The rows of requirements.csv. Raises BadInput with all faults."""
    rows = read_rows(path, list(REQUIREMENTS), _requirement_faults, optional=("nuts", "group", "maximum"))
    return [
        Requirement(
            r["country"],
            r["nuts"],
            r["group"],
            int(r["minimum"] or 0),
            int(r["maximum"]) if r["maximum"] else None,
            r["reason"],
        )
        for r in rows
    ]


def read_costs(path: Path) -> list[Stage]:
    """The rows of costs.csv. Raises BadInput with all faults."""
    rows = read_rows(path, list(COSTS), _cost_faults, optional=("yield", "capacity_week"))
    return [
        Stage(r["country"], r["stage"], float(r["unit_eur"]), float(r["yield"] or 1), _or_none(r["capacity_week"]))
        for r in rows
    ]


def sha256(path: Path) -> str:
    """The checksum of a file, 64 hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _requirement_faults(row: Row) -> dict[str, str]:
    faults = {"country": country_fault(row["country"]), "nuts": nuts_fault(row["nuts"], row["country"])}
    for name in ("minimum", "maximum"):
        if row[name] and not row[name].isdecimal():
            faults[name] = "expected a whole number from 0, or nothing"
    if not row["minimum"] and not row["maximum"]:
        faults["minimum"] = "expected a minimum or a maximum"
    if row["minimum"].isdecimal() and row["maximum"].isdecimal() and int(row["minimum"]) > int(row["maximum"]):
        faults["maximum"] = "it is below the minimum"
    if row["nuts"] and row["group"]:
        faults["group"] = "expected a region or a group, not both"
    if not row["reason"]:
        faults["reason"] = "expected a few words"
    return {column: fault for column, fault in faults.items() if fault}


def _cost_faults(row: Row) -> dict[str, str]:
    faults = {"country": country_fault(row["country"]), "unit_eur": number_fault(row["unit_eur"])}
    if row["yield"] and (number_fault(row["yield"]) or not 0 < float(row["yield"]) <= 1):
        faults["yield"] = "expected a share above 0, up to 1"
    if row["capacity_week"] and (number_fault(row["capacity_week"]) or not float(row["capacity_week"])):
        faults["capacity_week"] = "expected a number above 0, or nothing"
    return {column: fault for column, fault in faults.items() if fault}


def _or_none(text: str) -> float | None:
    return float(text) if text else None
