"""The steward's pages: everybody with what keeps them out, one person in full, a file before it is imported, the funnel.

They name people by their pseudonyms and are for the steward's eyes. What the gate whispers to the steward alone (`PRIVATE`)
stands on none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from goe.pages import addresses
from goe.pages.inclusion import WORDS, Row
from goe.pages.render import Site, environment
from goe.rules.consent import Answer, Decision
from goe.rules.inclusion import Finding, Funnel, Genome, Result
from goe.rules.participant import Participant
from goe.rules.phenotypes import Completeness
from goe.rules.thresholds import METRICS, Profile

AT_ONCE = 50
"""People on one page of the registry."""

FACTS = ("ethics consent", "legal basis", "EHDS opt-out")
"""The three facts, which are never blended."""

SHOWN = {"out": "Kept out", "look": "To be looked at", "all": "Everybody"}
"""Who the registry can show, and in what words."""


class Entry(NamedTuple):
    """One person of the registry: what the gate says today, why, and what it said when it was applied last."""

    participant_id: str
    cohort_id: str
    result: Result
    admitted: bool
    reasons: tuple[Finding, ...]  # what does not pass, worst first
    applied: Result | None = None

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """What keeps the person out."""
        blocked = (Result.FAIL,) if any(f.outcome.result is Result.FAIL for f in self.reasons) else (Result.UNKNOWN,)
        return () if self.admitted else tuple(f for f in self.reasons if f.outcome.result in blocked)


@dataclass(frozen=True)
class Register:
    """Everybody as the gate judged them at one moment. `certificates` counts how often the gate was applied."""

    nation: str
    day: str
    at: str
    profile: Profile
    funnel: Funnel
    entries: Sequence[Entry]
    rows: Sequence[Row]
    certificates: int
    differing: int

    def of(self, shown: str) -> Sequence[Entry]:
        """The people kept out, those to be looked at, or all."""
        if shown == "out":
            return [e for e in self.entries if not e.admitted]
        return [e for e in self.entries if e.admitted and e.reasons] if shown == "look" else self.entries


@dataclass(frozen=True)
class Record:
    """One person in full. `events` are what was said and recorded, each of one day and one of the three facts."""

    participant: Participant
    entry: Entry
    answer: Answer
    events: Sequence[Mapping[str, str]]
    genomes: Sequence[Genome]
    completeness: Completeness
    observations: int
    answers: int
    day: str

    @property
    def facts(self) -> Sequence[tuple[str, Decision, Sequence[tuple[str, Sequence[Mapping[str, str]]]]]]:
        """Each fact: its name, whether it permits counting today, and its events by day, the newest first."""
        decisions = (self.answer.ethics, self.answer.basis, self.answer.opt_out)
        events = [_by_day(e for e in self.events if e["fact"] == fact) for fact in FACTS]
        return list(zip(FACTS, decisions, events, strict=True))


def _by_day(events: Iterable[Mapping[str, str]]) -> Sequence[tuple[str, Sequence[Mapping[str, str]]]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    for event in events:
        found.setdefault(event["day"], []).append(event)
    return sorted(found.items(), reverse=True)


class Cell(NamedTuple):
    """What is wrong with one cell of a file; what stands in it is not repeated."""

    row: int
    where: str
    column: str
    rule: str


@dataclass(frozen=True)
class Preview:
    """What an import of a file would change, and the rows that it would reject; `refused` where the file cannot be read."""

    name: str
    refused: str = ""
    expected: str = ""
    remedy: str = ""
    new: int = 0
    completed: int = 0
    known: int = 0
    samples: int = 0
    facts: int = 0
    rejected: int = 0
    cells: Sequence[Cell] = ()


@dataclass(frozen=True)
class Desk:
    """What every page of a signed-in steward shares: the site, the secret of the forms, the numbers that stand for people."""

    site: Site
    csrf: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)


NAVIGATION = (
    (addresses.STEWARD, "Registry"),
    (addresses.STEWARD_INCLUSION, "Inclusion"),
    (addresses.STEWARD_INTAKE, "Intake"),
    (addresses.HOME, "Look up"),
)
"""The words of navigation of a signed-in steward."""


def sign_in(desk: Desk, *, wrong: bool = False) -> str:
    """The page that asks for the code which the command printed."""
    return _page("steward_sign_in.html", desk, current="", wrong=wrong)


def registry(desk: Desk, register: Register, *, shown: str, page: int, people: Sequence[Entry], unknown: bool = False) -> str:
    """The registry, a page of it, with the reasons for blocking. `unknown` where a person was looked for in vain."""
    sizes = {name: len(register.of(name)) for name in SHOWN}
    last = max(1, -(-sizes[shown] // AT_ONCE))
    return _page(
        "steward_registry.html", desk, current=addresses.STEWARD, register=register, people=people, shown=shown,
        page=page, last=last, first=AT_ONCE * (page - 1) + 1, sizes=sizes, choices=SHOWN, unknown=unknown,
    )  # fmt: skip


def participant(desk: Desk, record: Record) -> str:
    """One person: the verdict, the three facts by day, the genomes with their quality, the minimal data set."""
    return _page("steward_person.html", desk, current=addresses.STEWARD, record=record, metrics=METRICS)


def intake(desk: Desk, preview: Preview | None = None) -> str:
    """The form for a file, and what an import of it would change."""
    return _page("steward_intake.html", desk, current=addresses.STEWARD_INTAKE, preview=preview)


def inclusion(desk: Desk, register: Register) -> str:
    """The inclusion report with its funnel."""
    return _page("steward_inclusion.html", desk, current=addresses.STEWARD_INCLUSION, register=register)


def message(desk: Desk, *, title: str, found: str, remedy: str = "") -> str:
    """What cannot be done, and how to go on."""
    return _page("steward_message.html", desk, current="", heading=title, found=found, remedy=remedy)


def _page(template: str, desk: Desk, **values: Any) -> str:
    return environment().get_template(template).render(site=desk.site, desk=desk, words=WORDS, **values)
