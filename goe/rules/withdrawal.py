"""When a person's genome may no longer be kept: every consent that the person had was taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from goe.rules.consent import ConsentEvent, event_on
from goe.rules.words import Scope


def has_withdrawn(history: Iterable[ConsentEvent], day: date) -> bool:
    """Whether something was consented to once, and on that day nothing is any more.

    Silence withdraws nothing, a yes that has run out is no withdrawal, and whoever never said yes has nothing to withdraw. Nor
    has a person withdrawn who has said yes from a later day on.

    >>> yes, no = (ConsentEvent(Scope.ALLELE_FREQUENCY, given, date(2026, 1, 3 - given)) for given in (True, False))
    >>> has_withdrawn([yes, no], date(2026, 1, 3)), has_withdrawn([yes, no], date(2026, 1, 2)), has_withdrawn([no], date.max)
    (True, False, False)
    """
    events = tuple(history)
    consented = any(e.given and e.since <= day for e in events)
    return consented and not any(_given(events, s, day) or _coming(events, s, day) for s in Scope)


def _given(events: Iterable[ConsentEvent], scope: Scope, day: date) -> bool:
    last = event_on(events, scope, day)
    return last is not None and last.given


def _coming(events: Iterable[ConsentEvent], scope: Scope, day: date) -> bool:
    return any(e.given and e.scope == scope and e.since > day for e in events)
