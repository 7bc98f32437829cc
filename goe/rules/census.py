"""The words of a census table, and what is wrong with a row of one.

A census row counts the inhabitants of a country, or of a part of it by region (NUTS), sex, age band and group of origin. An
empty dimension means *all*: a table by sex and age leaves region and group empty. What is not supplied is said so, never
guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

DIMENSIONS = ("nuts", "group", "sex", "age_band")
"""What a country's inhabitants may be divided by, in the order of every table."""

DIMENSION_WORDS = {"nuts": "region", "group": "group of origin", "sex": "sex", "age_band": "age band"}
NUTS_VERSIONS = ("2016", "2021", "2024")
BIRTH_GROUPS: dict[str, str] = {
    "NAT": "born in the country",
    "EU27_FOR": "born in another country of the European Union",
    "EUR_OTHER": "born elsewhere in Europe",
    "MENA": "born in the Middle East or North Africa",
    "SSA": "born in Africa south of the Sahara",
    "SAS": "born in South Asia",
    "EAS": "born in East or South-East Asia",
    "AMR": "born in the Americas",
    "OTHER": "born elsewhere",
}
MERGED = "+"
"""Between the regions of one genetic stratum."""
MAJORITY = "majority"
"""Everybody in a country who is in none of the subgroups of the user's table."""

_SUBGROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")
_NUTS = re.compile(r"[A-Z]{2}[A-Z0-9]{1,3}")
_BAND = re.compile(r"Y([0-9]{1,3})(?:-([0-9]{1,3})|\+)")
_COUNTRY = re.compile(r"[A-Z]{2}")
_DAY = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_EUROSTAT = {"GR": "EL", "GB": "UK"}


@dataclass(frozen=True)
class CensusRow:
    """How many people live in a part of a country; an empty dimension means all of it."""

    country: str
    nuts: str
    group: str
    sex: str
    age_band: str
    people: float
    ref_date: str
    source: str

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions by which it is divided."""
        return tuple(name for name in DIMENSIONS if getattr(self, name))


@dataclass(frozen=True)
class Subgroup:
    """How many people of a minority live in a country; `available` are those who could be asked, all of them unless said."""

    country: str
    subgroup: str
    people: float
    available: int
    source: str


def first_age(band: str) -> int:
    """The youngest age of a band such as Y20-29 or Y80+."""
    match = _BAND.fullmatch(band)
    if match is None:
        raise ValueError(f"{band!r} is not an age band")
    return int(match[1])


def census_faults(row: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a row of population.csv, by column."""
    faults = {"country": country_fault(row["country"]), "nuts": nuts_fault(row["nuts"], row["country"])}
    if row["nuts"] and row["nuts_version"] not in NUTS_VERSIONS:
        faults["nuts_version"] = f"expected {', '.join(NUTS_VERSIONS)}: codes change between versions"
    if row["sex"] not in ("", "F", "M"):
        faults["sex"] = "expected F, M, or nothing for both"
    if row["age_band"] and not _is_band(row["age_band"]):
        faults["age_band"] = "expected for example Y20-29 or Y80+, or nothing for all ages"
    if row["birth_group"] and not _SUBGROUP.fullmatch(row["birth_group"]):
        faults["birth_group"] = "expected " + ", ".join(BIRTH_GROUPS) + ", a name of your own, or nothing"
    faults["n"] = number_fault(row["n"])
    if not _DAY.fullmatch(row["ref_date"]):
        faults["ref_date"] = "expected a year or a day, YYYY or YYYY-MM-DD"
    return {column: fault for column, fault in faults.items() if fault}


def subgroup_faults(row: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a row of subgroups.csv, by column."""
    faults = {"country": country_fault(row["country"]), "n": number_fault(row["n"])}
    if not _SUBGROUP.fullmatch(row["subgroup"]) or row["subgroup"] == MAJORITY:
        faults["subgroup"] = f"expected a name of letters, digits, spaces and hyphens, not {MAJORITY!r}"
    if row["available"] and not row["available"].isdecimal():
        faults["available"] = "expected a whole number, or nothing for all"
    return {column: fault for column, fault in faults.items() if fault}


def country_fault(code: str) -> str:
    """What is wrong with a country's code; empty for none."""
    return "" if _COUNTRY.fullmatch(code) else "expected an ISO 3166-1 code of two capitals"


def nuts_fault(code: str, country: str) -> str:
    """What is wrong with a NUTS code in a country; empty for none, or for no code."""
    if not code:
        return ""
    if not _NUTS.fullmatch(code):
        return "expected a NUTS code of level 1 to 3"
    return "" if code[:2] in (country, _EUROSTAT.get(country)) else "expected a region of the row's country"


def number_fault(text: str) -> str:
    """What is wrong with a number of people; empty for none. A missing number is a fault: write 0 where there is nobody."""
    if not text:
        return "the number is missing; write 0 where there is nobody"
    try:
        value = float(text)
    except ValueError:
        return "expected a number"
    return "" if 0 <= value < 1e10 else "expected a number from 0"


def _is_band(text: str) -> bool:
    match = _BAND.fullmatch(text)
    return match is not None and (match[2] is None or int(match[1]) <= int(match[2]))
