"""Reading what is known of people over time from CSV or TSV: one row per observation, or per answer to a questionnaire."""

from __future__ import annotations

from goe.rules.codes import split_code
from goe.rules.observations import KINDS, MEASUREMENT, Answer, Observation, day_fault, observation_faults
from goe.rules.participant import pseudonym_fault
from goe.store.arrivals import Arrival, Cells, Context, Fault, Found

OBSERVATIONS = {
    "participant": "pseudonym of a registered person",
    "kind": f"{', '.join(KINDS[:3])}",
    "term": "what was observed, such as SCT:73211009, HP:0001631 or LNC:8480-6",
    "label": "the term in words, or nothing",
    "absent": "yes where it was looked for and not found",
    "value": "number, or nothing",
    "text": "value in words, or nothing",
    "unit": "UCUM unit of the number, such as mm[Hg]",
    "day": "YYYY-MM-DD, YYYY-MM or YYYY, or nothing",
}
"""Columns of a file of observations: one row per observation, the same term on other days on other rows."""

ANSWERS = {
    "participant": "pseudonym of a registered person",
    "questionnaire": "name of the questionnaire",
    "version": "its version, or nothing",
    "question": "code or name of the question",
    "answer": "what was answered",
    "day": "YYYY-MM-DD, YYYY-MM or YYYY, or nothing",
}
"""Columns of a file of answers to a questionnaire on health or lifestyle."""


def read_observation(line: int, row: Cells, context: Context, faults: Found) -> Arrival | None:
    """One observation of a registered person."""
    _check_person(row, context, faults)
    system, code = split_code(row["term"])
    value = number(row.get("value", ""))
    if row.get("value") and value is None:
        faults.append(Fault("value", "expected a number; words go into the column text", row["value"]))
    if row.get("absent", "") not in ("", "yes", "no"):
        faults.append(Fault("absent", "expected yes, no or nothing", row["absent"]))
    seen = Observation(
        row["participant"], row["kind"], system, code, row.get("label", ""), row.get("absent") == "yes", value,
        row.get("text", ""), row.get("unit", ""), row["day"], "table",
    )  # fmt: skip
    columns = {"code": "term"}
    wrong = observation_faults(seen, context.today)
    faults += [Fault(columns.get(name, name), rule, row.get(columns.get(name, name), "")) for name, rule in wrong.items()]
    if value is not None and row["kind"] == MEASUREMENT and not seen.unit:
        faults.append(Fault("unit", "a measured number needs its UCUM unit; 1 for a plain number"))
    return None if faults else Arrival(line, seen.participant_id, row, observations=(seen,))


def read_answer(line: int, row: Cells, context: Context, faults: Found) -> Arrival | None:
    """One answer of a registered person."""
    _check_person(row, context, faults)
    for column in ("questionnaire", "question", "answer"):
        if not row[column]:
            faults.append(Fault(column, "expected a value"))
    if row["day"] and (fault := day_fault(row["day"], context.today)):
        faults.append(Fault("day", fault, row["day"]))
    said = Answer(row["participant"], row["questionnaire"], row["version"], row["question"], row["answer"], row["day"])
    return None if faults else Arrival(line, said.participant_id, row, answers=(said,))


def _check_person(row: Cells, context: Context, faults: Found) -> None:
    if fault := pseudonym_fault(row["participant"], "SUBJECT", context.nation):
        faults.append(Fault("participant", fault, row["participant"]))


def number(text: str) -> float | None:
    """A number as written with a point, or None."""
    try:
        return float(text) if text else None
    except ValueError:
        return None
