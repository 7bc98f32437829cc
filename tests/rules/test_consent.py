"""One question of consent, as tables: three facts, forms, ages, death, crosswalks, data use codes, prohibited purposes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from goe.rules.consent import (
    ConsentEvent,
    Crosswalk,
    Form,
    Giver,
    LegalBasis,
    Manner,
    OptOut,
    Policy,
    Standing,
    contradictions,
    may,
)
from goe.rules.purposes import DUO, PROHIBITED, Purpose, Use, duo_faults
from goe.rules.words import Scope

AF = Scope.ALLELE_FREQUENCY
MAY, JUNE, JULY = date(2025, 5, 1), date(2025, 6, 1), date(2025, 7, 1)
YES = ConsentEvent(AF, True, MAY)
REFERENCE = Use(Purpose.REFERENCE)
WALK = Crosswalk("2009", frozenset({AF}), ("DUO:0000006",), "ethics board", JUNE)


def answer(event: ConsentEvent, use: Use = REFERENCE, policy: Policy | None = None, **standing: object) -> tuple[bool, str]:
    found = may(Standing((event,), **standing), use, AF, JUNE, policy or Policy())  # type: ignore[arg-type]
    return found.permitted, " ".join(found.reasons)


@pytest.mark.parametrize(
    ("event", "use", "policy", "standing", "permitted", "why"),
    [
        (YES, REFERENCE, Policy(), {}, True, "given on 2025-05-01"),
        (replace(YES, until=MAY), REFERENCE, Policy(), {}, False, "until 2025-05-01"),
        (replace(YES, until=JUNE), REFERENCE, Policy(), {}, True, "given"),
        # opt-out alone does not pass, whatever else is there
        (replace(YES, manner=Manner.PRESUMED), REFERENCE, Policy(), {}, False, "opt_out alone"),
        (replace(YES, manner=Manner.PRESUMED), REFERENCE, Policy(manners=frozenset(Manner)), {}, True, "given"),
        # three facts, never blended
        (YES, REFERENCE, Policy(basis_required=True), {}, False, "no legal basis is recorded"),
        (YES, REFERENCE, Policy(basis_required=True), {"bases": (LegalBasis("dpv:Consent", MAY),)}, True, "dpv:Consent"),
        (YES, REFERENCE, Policy(bases=frozenset({"dpv:PublicInterest"})), {"bases": (LegalBasis("dpv:Consent", MAY),)}, False,
         "not one that this nation's policy accepts"),
        (replace(YES, given=False), REFERENCE, Policy(), {"bases": (LegalBasis("dpv:Consent", MAY),)}, False, "withheld"),
        (YES, REFERENCE, Policy(), {"opt_outs": (OptOut(True, MAY),)}, False, "opted out of secondary use since 2025-05-01"),
        (YES, REFERENCE, Policy(), {"opt_outs": (OptOut(True, MAY), OptOut(False, JUNE))}, True, "back in"),
        (YES, REFERENCE, Policy(), {"opt_outs": (OptOut(True, JULY),)}, True, "no opt-out"),
        (YES, REFERENCE, Policy(opt_out_applies=False), {"opt_outs": (OptOut(True, MAY),)}, True, "no opt-out"),
        (YES, Use(Purpose.HEALTHCARE), Policy(), {"opt_outs": (OptOut(True, MAY),)}, True, "no opt-out"),
        # coming of age
        (replace(YES, giver=Giver.GUARDIAN), REFERENCE, Policy(), {"birth_year": 2010}, True, "given"),
        (replace(YES, giver=Giver.GUARDIAN), REFERENCE, Policy(), {"birth_year": 2007}, False, "came of age in 2025"),
        (replace(YES, giver=Giver.GUARDIAN), REFERENCE, Policy(majority=21), {"birth_year": 2007}, True, "given"),
        (replace(YES, giver=Giver.GUARDIAN), REFERENCE, Policy(), {}, False, "birth year is not recorded"),
        (YES, REFERENCE, Policy(), {"birth_year": 2010}, False, "before the year of coming of age, 2028"),
        # death
        (YES, REFERENCE, Policy(), {"died": date(2025, 5, 20)}, True, "given"),
        (YES, REFERENCE, Policy(after_death=False), {"died": date(2025, 5, 20)}, False, "ends consent with death"),
        (YES, REFERENCE, Policy(after_death=False), {"died": JULY}, True, "given"),
        (YES, REFERENCE, Policy(), {"died": date(2025, 4, 1)}, False, "after the person's death"),
        # re-consent on a newer form
        (replace(YES, document="A"), REFERENCE, Policy(forms={"A": Form("A", MAY)}), {}, False,
         "good until 2025-05-01: ask again"),
        (replace(YES, document="A"), REFERENCE, Policy(forms={"A": Form("A", JUNE)}), {}, True, "given"),
        # broad consents of long ago
        (replace(YES, manner=Manner.BROAD, document="2009"), REFERENCE, Policy(), {}, False,
         "no crosswalk signed by a reviewer"),
        (replace(YES, manner=Manner.BROAD, document="2009"), REFERENCE, Policy(crosswalks={"2009": WALK}), {}, True, "given"),
        (replace(YES, manner=Manner.BROAD, document="2009"), Use(Purpose.EDUCATION),
         Policy(crosswalks={"2009": WALK}), {}, False,
         "does not open education"),
        (replace(YES, manner=Manner.BROAD, document="2009"), REFERENCE,
         Policy(crosswalks={"2009": replace(WALK, scopes=frozenset())}), {}, False, "does not open allele_frequency"),
        # jurisdictions
        (replace(YES, countries=("FI", "SE")), Use(Purpose.REFERENCE, "SE"), Policy(), {}, True, "given"),
        (replace(YES, countries=("FI", "SE")), Use(Purpose.REFERENCE, "IT"), Policy(), {}, False, "not in IT"),
        (replace(YES, not_countries=("IT",)), Use(Purpose.REFERENCE, "IT"), Policy(), {}, False, "excluded use in IT"),
        # data use codes
        (replace(YES, duo=("DUO:0000042", "DUO:0000046")), Use(Purpose.RESEARCH, commercial=True), Policy(), {},
         False, "commercial"),
        (replace(YES, duo=("DUO:0000042", "DUO:0000021")), Use(Purpose.RESEARCH), Policy(), {}, False, "ethics approval"),
        (replace(YES, duo=("DUO:0000042", "DUO:0000021")), Use(Purpose.RESEARCH, ethics_approved=True), Policy(), {},
         True, "given"),
        (replace(YES, duo=("DUO:0000027",)), REFERENCE, Policy(), {}, False, "access committee"),
        (replace(YES, duo=("DUO:0000019",)), REFERENCE, Policy(), {}, True, "given"),
    ],
)  # fmt: skip
def test_consent__permits_or_says_why_not(
    event: ConsentEvent, use: Use, policy: Policy, standing: dict[str, object], permitted: bool, why: str
) -> None:
    found = answer(event, use, policy, **standing)
    assert found[0] is permitted
    assert why in found[1]


@pytest.mark.parametrize("purpose", PROHIBITED)
def test_a_prohibited_purpose__is_opened_by_nothing(purpose: Purpose) -> None:
    """Not by the widest consent on every basis: no restriction, every manner taken."""
    wide = replace(YES, duo=("DUO:0000004",))
    permitted, why = answer(wide, Use(purpose), Policy(manners=frozenset(Manner)), bases=(LegalBasis("dpv:Consent", MAY),))
    assert not permitted
    assert why.startswith("never permitted")


def test_each_fact__says_for_itself() -> None:
    """A refusal of one leaves the others' own answers standing."""
    found = may(Standing((YES,), opt_outs=(OptOut(True, MAY),)), REFERENCE, AF, JUNE, Policy())
    assert (found.ethics.permitted, found.basis.permitted, found.opt_out.permitted, found.purpose.permitted) == (
        True, True, False, True,
    )  # fmt: skip
    assert len(found.reasons) == 1


def test_contradictions__are_of_one_scope_on_one_day() -> None:
    no = replace(YES, given=False)
    assert contradictions([YES, no]) == ["allele_frequency is both given and withheld on 2025-05-01"]
    assert contradictions([YES, YES, replace(no, since=JUNE), replace(no, scope=Scope.RECONTACT)]) == []


def test_data_use_codes__that_do_not_exist_are_named() -> None:
    assert duo_faults(DUO) == []
    assert duo_faults(["DUO:0000099"]) != []
