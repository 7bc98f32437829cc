"""Pillar 2: standards and the minimal data set."""

from __future__ import annotations

from goe.rules.inclusion import Outcome, Person, Pillar, Result, Terms, criterion
from goe.rules.participant import pseudonym_fault
from goe.rules.words import Scope

_OWN_IDENTIFIER = Outcome(Result.PASS, "the identifier follows the framework's pattern")


@criterion(Pillar.STANDARDS)
def identifier(person: Person, terms: Terms) -> Outcome:
    """The pseudonym follows the framework's pattern."""
    fault = pseudonym_fault(person.participant_id, "SUBJECT", terms.node.nation)
    if not fault:
        return _OWN_IDENTIFIER
    return Outcome(Result.FAIL, "the identifier is not one of the framework", fault, "give the person a pseudonym")


@criterion(Pillar.STANDARDS, reads=("mandatory", "missing"))
def mandatory_items(person: Person, terms: Terms) -> Outcome:
    """Every mandatory item of the minimal data set has a value."""
    if not person.mandatory:
        return _NO_RECORD
    if not person.missing:
        return Outcome(Result.PASS, f"all {person.mandatory} mandatory items have a value")
    return Outcome(
        Result.FAIL,
        f"{len(person.missing)} of {person.mandatory} mandatory items are missing: {_listed(person.missing)}",
        "the minimal data set, version 1, asks for them",
        "complete the record and import it again with `goe participants import`",
    )


_NO_RECORD = Outcome(
    Result.UNKNOWN,
    "no record of the minimal data set",
    "whether the mandatory items are there cannot be judged",
    "import the record with `goe participants import`",
)


@criterion(Pillar.STANDARDS, reads=("wrong",))
def valid_values(person: Person, terms: Terms) -> Outcome:
    """Every value is one of its item's value set."""
    if not person.wrong:
        return _VALUES_FIT
    return Outcome(
        Result.FAIL, f"{_listed(person.wrong)}: not a value of the item's list", "others could not read it", "correct the value"
    )


_VALUES_FIT = Outcome(Result.PASS, "every value is one of its item's list")


@criterion(Pillar.STANDARDS, reads=("mandatory", "nulls"))
def null_rate(person: Person, terms: Terms) -> Outcome:
    """Mandatory items are not merely filled with null flavours: a complete record can be empty."""
    if not person.mandatory:
        return _NO_RECORD_NULL
    if not person.nulls:
        return _NO_NULLS
    rate = len(person.nulls) / person.mandatory
    found = f"{len(person.nulls)} of {person.mandatory} mandatory items say “unknown” ({rate:.0%}): {_listed(person.nulls)}"
    if rate <= terms.profile.null_rate:
        return Outcome(Result.PASS, found)
    return Outcome(Result.WARN, found, "the record is formally complete, and says little", "ask at the next visit")


_NO_RECORD_NULL = Outcome(Result.PASS, "no null flavour is recorded")
_NO_NULLS = Outcome(Result.PASS, "no mandatory item holds a null flavour")


@criterion(Pillar.STANDARDS, reads=("country_of_origin",))
def country_of_origin(person: Person, terms: Terms) -> Outcome:
    """The country of origin is recorded: mandatory for the Genome of Europe."""
    if person.country_of_origin:
        return _ORIGIN_KNOWN
    return _NO_ORIGIN


_ORIGIN_KNOWN = Outcome(Result.PASS, "the country of origin is recorded")
_NO_ORIGIN = Outcome(
    Result.WARN,
    "the country of origin is not recorded",
    "the Genome of Europe uses it as a proxy for ancestry; the person may have declined",
    "ask at the next contact",
)


@criterion(Pillar.STANDARDS, reads=("standing",))
def consent_after_birth(person: Person, terms: Terms) -> Outcome:
    """Nobody consented before the year of birth."""
    born = person.standing.birth_year
    if born is None or not person.standing.consents:
        return _PLAUSIBLE
    if all(e.since.year >= born for e in person.standing.consents if e.scope is Scope.ALLELE_FREQUENCY):
        return _PLAUSIBLE
    return Outcome(Result.FAIL, "a consent is older than the person", "one of the two dates is wrong", "correct the record")


_PLAUSIBLE = Outcome(Result.PASS, "the dates are in their order")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
