"""Consent on a day, pseudonyms, and the faults of a participant's record, as tables."""

from __future__ import annotations

from datetime import date

import pytest

from goe.rules.consent import ConsentEvent, permits
from goe.rules.participant import Participant, participant_faults, pseudonym_fault
from goe.rules.words import NATIONS, Karyotype, Scope, nation, nation_of

AF, SLQ = Scope.ALLELE_FREQUENCY, Scope.SUBJECT_LEVEL_QUERY
MAY, JUNE, JULY = date(2025, 5, 1), date(2025, 6, 1), date(2025, 7, 1)


@pytest.mark.parametrize(
    ("history", "day", "permitted", "reason"),
    [
        ([], JUNE, False, "no consent to allele_frequency was given by 2025-06-01"),
        ([ConsentEvent(SLQ, True, MAY)], JUNE, False, "no consent to allele_frequency"),
        ([ConsentEvent(AF, True, JUNE)], MAY, False, "no consent to allele_frequency was given by 2025-05-01"),
        ([ConsentEvent(AF, True, JUNE)], JUNE, True, "given on 2025-06-01"),
        ([ConsentEvent(AF, False, MAY)], JUNE, False, "withheld or withdrawn on 2025-05-01"),
        ([ConsentEvent(AF, True, MAY), ConsentEvent(AF, False, JUNE)], MAY, True, "given on 2025-05-01"),
        ([ConsentEvent(AF, True, MAY), ConsentEvent(AF, False, JUNE)], JUNE, False, "withdrawn on 2025-06-01"),
        ([ConsentEvent(AF, False, JUNE), ConsentEvent(AF, True, MAY)], JULY, False, "withdrawn on 2025-06-01"),
        ([ConsentEvent(AF, False, MAY), ConsentEvent(AF, True, JUNE)], JULY, True, "given on 2025-06-01"),
        ([ConsentEvent(AF, True, MAY), ConsentEvent(AF, False, MAY)], JUNE, False, "withdrawn on 2025-05-01"),
        ([ConsentEvent(AF, True, MAY), ConsentEvent(SLQ, False, JUNE)], JULY, True, "given on 2025-05-01"),
    ],
)
def test_consent__holds_on_the_day(history: list[ConsentEvent], day: date, permitted: bool, reason: str) -> None:
    """Silence is a no; the latest event up to the day holds; of two on one day the one recorded later; scopes are apart."""
    decision = permits(history, AF, day)
    assert decision.permitted is permitted
    assert reason in decision.reason


@pytest.mark.parametrize("text", ["GOE-FI-SUBJECT-1", "GOE-FI-SUBJECT-1234567"])
def test_pseudonym__accepted(text: str) -> None:
    assert pseudonym_fault(text, "SUBJECT", "FI") == ""


@pytest.mark.parametrize(
    "text",
    ["", "GOE-FI-SUBJECT-0", "GOE-FI-SUBJECT-01", "GOE-FI-SUBJECT-", "GOE-FI-SAMPLE-1", "GOE-ES-SUBJECT-1", "goe-fi-subject-1",
     "GOE-FI-SUBJECT-1 ", "GOE-FI-SUBJECT-1\n", "XGOE-FI-SUBJECT-1", "GOE-FI-SUBJECT-1\u0663", "010190-123A"],
)  # fmt: skip
def test_pseudonym__refused_with_an_example(text: str) -> None:
    fault = pseudonym_fault(text, "SUBJECT", "FI")
    assert "GOE-FI-SUBJECT-1" in fault
    assert not text or text not in fault.replace("GOE-FI-SUBJECT-1", "").replace("GOE-FI-SUBJECT-", "")


GOOD = Participant("GOE-FI-SUBJECT-1", "female", 1962, "FI", "FI1C")


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"birth_year": None, "country_of_origin": "", "region": "", "sex": "unknown"}, []),
        ({"birth_year": 1899}, ["birth_year"]),
        ({"birth_year": 1900}, []),
        ({"birth_year": 2026}, []),
        ({"birth_year": 2027}, ["birth_year"]),
        ({"sex": "F"}, ["sex"]),
        ({"sex": ""}, ["sex"]),
        ({"country_of_origin": "fi"}, ["country_of_origin"]),
        ({"country_of_origin": "FIN"}, ["country_of_origin"]),
        ({"country_of_origin": "ÅÄ"}, ["country_of_origin"]),
        ({"country_of_origin": "BR"}, []),
        ({"region": "FI"}, []),
        ({"region": "UKD3"}, []),
        ({"region": "ITH59"}, []),
        ({"region": "F"}, ["region"]),
        ({"region": "fi1c"}, ["region"]),
        ({"region": "FI1C00"}, ["region"]),
        ({"region": "FI1C\n"}, ["region"]),
        ({"region": "00100 Anna"}, ["region"]),
        ({"participant_id": "Anna"}, ["participant"]),
        ({"participant_id": "Anna", "sex": "x", "birth_year": 1}, ["participant", "sex", "birth_year"]),
    ],
)
def test_participant__faults_by_field_without_the_value(change: dict[str, object], fields: list[str]) -> None:
    person = Participant(**{**vars(GOOD), **change})  # type: ignore[arg-type]
    faults = participant_faults(person, "FI", 2026)
    assert list(faults) == fields
    assert "Anna" not in str(faults)


@pytest.mark.parametrize(("typed", "code"), [("FI", "FI"), ("el", "GR"), ("GR", "GR"), ("UK", "GB"), (" gb ", "GB")])
def test_nation__eurostat_codes_are_translated(typed: str, code: str) -> None:
    assert nation(typed) == code


@pytest.mark.parametrize("typed", ["", "XX", "EU", "Finland", "US"])
def test_nation__others_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="is not one of the nations"):
        nation(typed)


def test_population_labels__lead_back_to_their_nation() -> None:
    """For every nation and karyotype; Total belongs to none, and Malta (MT) is not the mitochondrion."""
    for code in NATIONS:
        assert {nation_of(f"{code}_{k.letter}") for k in Karyotype} == {code}
    assert nation_of("Total") is None
