"""Participants and their samples, and the pattern of their pseudonyms.

A participant is a person in the registry, a sample is one genome. The two pseudonyms are numbered apart; which sample is
whose stands in a store of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from goe.rules.codes import COUNTRIES, NULL_FLAVOURS, nearest
from goe.rules.words import NATIONS, Karyotype

_PSEUDONYM = re.compile(r"GOE-([A-Z]{2})-(SUBJECT|SAMPLE|DATASET|COHORT|PROVIDER)-([1-9][0-9]*)")

_REGION = re.compile(r"[A-Z]{2}[0-9A-Z]{0,3}")  # NUTS, from a country to a small region

RECORDED_SEX = ("female", "male", "other", "unknown")
_NOT_RECORDED = frozenset(f"HL7NF:{flavour}" for flavour in NULL_FLAVOURS)


@dataclass(frozen=True)
class Participant:
    """A person in the registry.

    `sex` is the administrative gender as recorded, `sex_at_birth` what was established at birth; neither decides ploidy.
    `birth_year` is None where not recorded; `birth_date` (`1962-05-17` or `1962-05`) says it more closely. What is not
    recorded is empty; `guardian` is true where another person consents in this one's place.
    """

    participant_id: str
    sex: str
    birth_year: int | None = None
    country_of_origin: str = ""
    region: str = ""
    birth_date: str = ""
    sex_at_birth: str = ""
    subgroup: str = ""
    died_on: str = ""
    guardian: bool = False
    provider_id: str = ""
    cohort_id: str = ""


@dataclass(frozen=True)
class Sample:
    """One genome. `genome` is its name in genotype files; `karyotype` is genetic and decides ploidy."""

    sample_id: str
    genome: str
    karyotype: Karyotype = Karyotype.UNKNOWN


def pseudonym_fault(text: str, kind: str, nation: str) -> str:
    """What is wrong with a pseudonym of this kind (SUBJECT, SAMPLE, COHORT, ...) and nation; empty where nothing is.

    >>> pseudonym_fault("GOE-FI-SUBJECT-7", "SUBJECT", "FI")
    ''
    """
    match = _PSEUDONYM.fullmatch(text)
    if match and (match[1], match[2]) == (nation, kind):
        return ""
    return f"expected GOE-{nation}-{kind}- and a number from 1, for example GOE-{nation}-{kind}-1"


def participant_faults(participant: Participant, nation: str, this_year: int) -> dict[str, str]:
    """The faults of a record, by field; empty where it can be registered in this nation."""
    faults = {}
    if fault := pseudonym_fault(participant.participant_id, "SUBJECT", nation):
        faults["participant"] = fault
    if participant.sex not in RECORDED_SEX and participant.sex not in _NOT_RECORDED:
        meant = nearest(participant.sex, RECORDED_SEX)
        faults["sex"] = f"expected one of {', '.join(RECORDED_SEX)}" + (f"; did you mean {meant}?" if meant else "")
    if participant.birth_year is not None and not 1900 <= participant.birth_year <= this_year:
        faults["birth_year"] = f"expected a year from 1900 to {this_year}, or nothing"
    if participant.region and not _REGION.fullmatch(participant.region):
        faults["region"] = "expected a NUTS code such as FI1C, or nothing"
    origin = participant.country_of_origin
    if origin and origin.split("-")[0] not in COUNTRIES and origin not in _NOT_RECORDED:
        faults["country_of_origin"] = f"expected an ISO 3166-1 code such as {next(iter(NATIONS))}, or nothing"
    return faults
