"""What was seen, measured or answered about a person, each on its day: observations and answers to questionnaires.

An observation is a term (`SCT:73211009`), said to be there or to be absent, and may carry a value with its UCUM unit. The same
term on another day is another observation: nothing is overwritten.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date

from goe.rules.codes import code_fault, unit_fault

PHENOTYPE, DISEASE, MEASUREMENT = "phenotypic_feature", "disease", "measurement"
KINDS = (
    PHENOTYPE,
    DISEASE,
    MEASUREMENT,
    "medical_action",
    "interpretation",
    "biosample",
    "file",
    "meta_data",
    "subject",
    "packet",
)
"""Kinds of observation, named as in a phenopacket; the last ones hold what a phenopacket says besides, unread."""

_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")


@dataclass(frozen=True)
class Observation:
    """One observation. `day` may be a year or a month; `details` is JSON of what the other fields do not hold."""

    participant_id: str
    kind: str
    system: str
    code: str
    label: str = ""
    excluded: bool = False
    value: float | None = None
    text: str = ""
    unit: str = ""
    day: str = ""
    source: str = ""
    details: str = ""

    @property
    def term(self) -> str:
        """System and code, as written in a file."""
        return f"{self.system}:{self.code}" if self.system else self.code


@dataclass(frozen=True)
class Answer:
    """What a person answered to one question of a questionnaire in one version of it."""

    participant_id: str
    questionnaire: str
    version: str
    question: str
    answer: str
    day: str = ""


def first_day(text: str) -> date | None:
    """The first day that a date, a month or a year can mean; None where it is none of them.

    >>> first_day("1962-05"), first_day("1962-13")
    (datetime.date(1962, 5, 1), None)
    """
    match = _PARTIAL.fullmatch(text)
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1)) if match else None
    except ValueError:
        return None


def day_fault(text: str, today: date) -> str:
    """What is wrong with a day, month or year in the past; empty where nothing is."""
    day = first_day(text)
    if day is None:
        return "expected a day YYYY-MM-DD, a month YYYY-MM or a year"
    return f"lies in the future; expected a day up to {today}" if day > today else ""


def observation_faults(seen: Observation, today: date) -> dict[str, str]:
    """The faults of an observation by field; empty where it can be kept.

    >>> observation_faults(Observation("p", "measurement", "LNC", "8480-6", value=120, unit="mmHg"), date(2026, 1, 1))
    {'unit': 'not a UCUM unit; did you mean mm[Hg]?'}
    """
    faults = {}
    if seen.kind not in KINDS:
        faults["kind"] = f"expected one of {', '.join(KINDS[:3])}"
    if fault := code_fault(seen.term):
        faults["code"] = fault
    if seen.value is not None and not math.isfinite(seen.value):
        faults["value"] = "expected a number"
    if seen.unit and (fault := unit_fault(seen.unit)):
        faults["unit"] = fault
    if seen.day and (fault := day_fault(seen.day, today)):
        faults["day"] = fault
    return faults
