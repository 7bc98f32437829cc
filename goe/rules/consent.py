"""Consent as a history of events, and the question it answers: may this be done, in this scope, on this day, and why (not)?

Three facts decide, each on its own, and none stands in for another: the *ethics consent* of the person, the *legal basis* of
the processing (GDPR Articles 6 and 9, in terms of the Data Privacy Vocabulary), and the person's *opt-out* from secondary use
(EHDS Article 71). What a nation asks besides (age of consent, forms that are no longer good, whether silence counts) is data: a
`Policy` handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from goe.rules.purposes import PROHIBITED, Purpose, Use, duo_refusal
from goe.rules.words import Scope


class Manner(StrEnum):
    """How a yes came about."""

    ACTIVE = "opt_in"  # the person said yes, on a form of today
    BROAD = "broad"  # an older, broad consent: what it covers a crosswalk says, signed by a reviewer
    PRESUMED = "opt_out"  # nobody objected (opt-out)


class Giver(StrEnum):
    """Who spoke."""

    SELF = "self"
    GUARDIAN = "guardian"


@dataclass(frozen=True)
class ConsentEvent:
    """A participant said yes or no to one scope, from one day on. Later events replace earlier ones; none is erased.

    `until` is the last day on which a yes holds (None: no end). `document` is the version of the form and `language` the
    language in which it was read (ISO 639-1). `duo` are codes of the Data Use Ontology. `countries` are those in which the data
    may be used (empty: all of the programme's); `not_countries` those that were excluded.
    """

    scope: Scope
    given: bool
    since: date
    until: date | None = None
    manner: Manner = Manner.ACTIVE
    giver: Giver = Giver.SELF
    document: str = ""
    language: str = ""
    duo: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    not_countries: tuple[str, ...] = ()


@dataclass(frozen=True)
class LegalBasis:
    """On what the processing rests, from one day on: a term of the Data Privacy Vocabulary such as `dpv:Consent`."""

    basis: str
    since: date
    until: date | None = None


@dataclass(frozen=True)
class OptOut:
    """The person opted out of secondary use under the EHDS (`out`), or took that back, from one day on."""

    out: bool
    since: date


@dataclass(frozen=True)
class Standing:
    """The three facts of one person, kept apart, and what a decision about them needs to know of the person."""

    consents: tuple[ConsentEvent, ...] = ()
    bases: tuple[LegalBasis, ...] = ()
    opt_outs: tuple[OptOut, ...] = ()
    birth_year: int | None = None
    died: date | None = None


@dataclass(frozen=True)
class Crosswalk:
    """What an older, broad form covers today, as a reviewer judged and signed it: the scopes, and the DUO codes they carry."""

    document: str
    scopes: frozenset[Scope]
    duo: tuple[str, ...]
    reviewer: str
    signed_on: date


@dataclass(frozen=True)
class Form:
    """A version of the consent form: the day after which a yes on it no longer counts (None: it is still good)."""

    document: str
    good_until: date | None = None


@dataclass(frozen=True)
class Policy:
    """What a nation asks, beside what every nation asks. Read from a table, never written in code.

    `manners` are the ways of saying yes that count; the Genome of Europe's own profile never takes a presumed consent alone.
    `bases` are the legal bases accepted (empty: any). `basis_required` says whether an unrecorded basis refuses.
    `after_death` says whether a consent outlives the person. `majority` is the age from which a person consents alone.
    `unknown_blocks` says whether a criterion that cannot be judged keeps a person out.
    """

    nation: str = ""
    majority: int = 18
    manners: frozenset[Manner] = frozenset({Manner.ACTIVE, Manner.BROAD})
    bases: frozenset[str] = frozenset()
    basis_required: bool = False
    opt_out_applies: bool = True
    after_death: bool = True
    unknown_blocks: bool = False
    subgroups: bool = False
    forms: Mapping[str, Form] = field(default_factory=dict)
    crosswalks: Mapping[str, Crosswalk] = field(default_factory=dict)


DPV_BASES = (
    "dpv:Consent", "dpv:Contract", "dpv:LegalObligation", "dpv:VitalInterest", "dpv:LegitimateInterest", "dpv:PublicInterest",
    "dpv:OfficialAuthorityOfController",
)  # fmt: skip
"""Legal bases as the data sets' metadata name them."""


@dataclass(frozen=True)
class Decision:
    """A yes or no with its reason."""

    permitted: bool
    reason: str


@dataclass(frozen=True)
class Answer:
    """The answer to the one question. Each fact says for itself; together they permit where none refuses."""

    ethics: Decision
    basis: Decision
    opt_out: Decision
    purpose: Decision

    @property
    def permitted(self) -> bool:
        """Whether the use is permitted."""
        return all(d.permitted for d in (self.ethics, self.basis, self.opt_out, self.purpose))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why not; where it is permitted, why."""
        parts = (self.purpose, self.ethics, self.basis, self.opt_out)
        return tuple(d.reason for d in parts if d.permitted == self.permitted)


def permits(history: Iterable[ConsentEvent], scope: Scope, day: date) -> Decision:
    """Whether this history permits that scope on that day. Silence is a no.

    Of two events of one day the later recorded one holds; `history` is in the order of recording.

    >>> permits([ConsentEvent(Scope.SECONDARY_USE, True, date(2025, 1, 1))], Scope.SECONDARY_USE, date(2024, 12, 31)).reason
    'no consent to secondary_use was given by 2024-12-31'
    """
    last = event_on(history, scope, day)
    if last is None:
        return Decision(False, f"no consent to {scope} was given by {day}")
    if last.given and last.until is not None and day > last.until:
        return Decision(False, f"{scope} was given on {last.since} until {last.until}")
    return Decision(last.given, f"{scope} was {'given' if last.given else 'withheld or withdrawn'} on {last.since}")


def event_on(history: Iterable[ConsentEvent], scope: Scope, day: date) -> ConsentEvent | None:
    """The event that holds for a scope on a day, or None where there is none."""
    found: ConsentEvent | None = None
    for event in history:
        if event.scope == scope and event.since <= day and (found is None or event.since >= found.since):
            found = event
    return found


def may(standing: Standing, use: Use, scope: Scope, day: date, policy: Policy) -> Answer:
    """Does what this person said, and the law, permit this use, in this scope, on this day, and why (not)?

    >>> yes = Standing((ConsentEvent(Scope.ALLELE_FREQUENCY, True, date(2025, 1, 1)),))
    >>> may(yes, Use(Purpose.REFERENCE), Scope.ALLELE_FREQUENCY, date(2025, 2, 1), Policy()).permitted
    True
    >>> may(yes, Use(Purpose.INSURANCE), Scope.ALLELE_FREQUENCY, date(2025, 2, 1), Policy()).reasons
    ('never permitted: to refuse insurance to people, or to set what they pay (EHDS Art. 54(b))',)
    """
    return Answer(
        ethics=_ethics(standing, use, scope, day, policy),
        basis=basis_on(standing.bases, day, policy),
        opt_out=_opt_out(standing.opt_outs, use, day, policy),
        purpose=_purpose(use.purpose),
    )


def _purpose(purpose: Purpose) -> Decision:
    if purpose in PROHIBITED:
        return Decision(False, f"never permitted: {PROHIBITED[purpose]}")
    return Decision(True, f"{purpose} is a purpose that can be permitted")


def _ethics(standing: Standing, use: Use, scope: Scope, day: date, policy: Policy) -> Decision:
    said = permits(standing.consents, scope, day)
    event = event_on(standing.consents, scope, day)
    if not said.permitted or event is None:
        return said
    faults = (
        _of_age(event, standing, day, policy),
        _after_death(event, standing, day, policy),
        _form(event, day, policy),
        _manner(event, scope, policy),
        _place(event, use),
        duo_refusal(_duo(event, policy), use),
    )
    return next((Decision(False, fault) for fault in faults if fault), said)


def _of_age(event: ConsentEvent, standing: Standing, day: date, policy: Policy) -> str:
    """A guardian's yes ends, and a person's own begins, with the year in which the person comes of age."""
    if standing.birth_year is None:
        return "" if event.giver is Giver.SELF else "given by a guardian, and the birth year is not recorded"
    adult_from = standing.birth_year + policy.majority
    if event.giver is Giver.GUARDIAN and day.year >= adult_from:
        return f"a guardian gave {event.scope}, and the person came of age in {adult_from}: ask the person"
    if event.giver is Giver.SELF and event.since.year < adult_from:
        return f"{event.scope} was given before the year of coming of age, {adult_from}: ask a guardian, or the person again"
    return ""


def _after_death(event: ConsentEvent, standing: Standing, day: date, policy: Policy) -> str:
    if standing.died is None or day < standing.died:
        return ""
    if event.since > standing.died:
        return f"{event.scope} is recorded for {event.since}, after the person's death"
    return "" if policy.after_death else "the person has died, and this nation's policy ends consent with death"


def _form(event: ConsentEvent, day: date, policy: Policy) -> str:
    form = policy.forms.get(event.document)
    if form and form.good_until and day > form.good_until:
        return f"given on form {form.document}, which is good until {form.good_until}: ask again on the newer form"
    return ""


def _manner(event: ConsentEvent, scope: Scope, policy: Policy) -> str:
    if event.manner not in policy.manners:
        return f"the consent is {event.manner} alone, and {' or '.join(sorted(policy.manners))} is asked for"
    if event.manner is not Manner.BROAD:
        return ""
    crosswalk = policy.crosswalks.get(event.document)
    if crosswalk is None:
        return f"the broad consent on form {event.document or 'without a version'} has no crosswalk signed by a reviewer"
    if scope not in crosswalk.scopes:
        return f"the crosswalk of form {event.document} does not open {scope}"
    return ""


def _place(event: ConsentEvent, use: Use) -> str:
    if use.country in event.not_countries and use.country:
        return f"the person excluded use in {use.country}"
    if use.country and event.countries and use.country not in event.countries:
        return f"the person consented to use in {', '.join(event.countries)}, not in {use.country}"
    return ""


def _duo(event: ConsentEvent, policy: Policy) -> Sequence[str]:
    crosswalk = policy.crosswalks.get(event.document) if event.manner is Manner.BROAD else None
    return (*event.duo, *crosswalk.duo) if crosswalk else event.duo


def basis_on(bases: Iterable[LegalBasis], day: date, policy: Policy) -> Decision:
    """Whether the processing rests on a legal basis that this nation accepts, on this day."""
    now = [b.basis for b in bases if b.since <= day and (b.until is None or day <= b.until)]
    accepted = [b for b in now if not policy.bases or b in policy.bases]
    if accepted:
        return Decision(True, f"the legal basis is {accepted[-1]}")
    if now:
        return Decision(False, f"the legal basis {now[-1]} is not one that this nation's policy accepts")
    needed = policy.basis_required
    return Decision(
        not needed, "no legal basis is recorded" + ("" if needed else "; this nation's policy does not ask for one")
    )


def _opt_out(history: Iterable[OptOut], use: Use, day: date, policy: Policy) -> Decision:
    """The opt-out concerns secondary use; care of the person is not that."""
    found: OptOut | None = None
    for event in history:
        if event.since <= day and (found is None or event.since >= found.since):
            found = event
    if not policy.opt_out_applies or use.purpose is Purpose.HEALTHCARE or found is None:
        return Decision(True, "no opt-out from secondary use stands against it")
    return Decision(
        not found.out, f"the person {'opted out of' if found.out else 'is back in'} secondary use since {found.since}"
    )


def contradictions(history: Iterable[ConsentEvent]) -> list[str]:
    """Scopes to which a person said both yes and no on one day, in one sentence each; empty where there is none.

    Which of the two was meant only the person can say; a withdrawal on the day of consent is recorded as such, afterwards.

    >>> day = date(2025, 1, 1)
    >>> contradictions([ConsentEvent(Scope.RECONTACT, True, day), ConsentEvent(Scope.RECONTACT, False, day)])
    ['recontact is both given and withheld on 2025-01-01']
    """
    said: dict[tuple[Scope, date], set[bool]] = {}
    for event in history:
        said.setdefault((event.scope, event.since), set()).add(event.given)
    return [f"{scope} is both given and withheld on {day}" for (scope, day), answers in said.items() if len(answers) == 2]
