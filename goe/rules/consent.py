"""Consent as a history of events, and the question it answers: may this be done, in this scope, on this day, and why (not)?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from goe.rules.words import Scope


@dataclass(frozen=True)
class ConsentEvent:
    """A participant said yes or no to one scope, from one day on. Later events replace earlier ones; none is erased."""

    scope: Scope
    given: bool
    since: date


@dataclass(frozen=True)
class Decision:
    """A yes or no with its reason."""

    permitted: bool
    reason: str


def permits(history: Iterable[ConsentEvent], scope: Scope, day: date) -> Decision:
    """Whether this history permits that scope on that day. Silence is a no.

    Of two events of one day the later recorded one holds; `history` is in the order of recording.

    >>> permits([ConsentEvent(Scope.SECONDARY_USE, True, date(2025, 1, 1))], Scope.SECONDARY_USE, date(2024, 12, 31)).reason
    'no consent to secondary_use was given by 2024-12-31'
    """
    events = [e for e in history if e.scope == scope and e.since <= day]
    if not events:
        return Decision(False, f"no consent to {scope} was given by {day}")
    last = max(enumerate(events), key=lambda numbered: (numbered[1].since, numbered[0]))[1]
    return Decision(last.given, f"{scope} was {'given' if last.given else 'withheld or withdrawn'} on {last.since}")
