"""When a person's genome may no longer be kept: every consent that the person had was taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from goe.rules.consent import ConsentEvent, permits
from goe.rules.words import Scope


def has_withdrawn(history: Iterable[ConsentEvent], day: date) -> bool:
    """Whether no scope is permitted on that day and at least one was said no to. Silence alone withdraws nothing.

    Nor has a person withdrawn who has said yes from a later day on.

    >>> no = ConsentEvent(Scope.ALLELE_FREQUENCY, False, date(2026, 1, 1))
    >>> has_withdrawn([no], date(2026, 1, 1)), has_withdrawn([no], date(2025, 12, 31)), has_withdrawn([], date(2026, 1, 1))
    (True, False, False)
    """
    events = tuple(history)
    refused = any(not e.given and e.since <= day for e in events)
    return refused and not any(permits(events, s, day).permitted or _coming(events, s, day) for s in Scope)


def _coming(events: Iterable[ConsentEvent], scope: Scope, day: date) -> bool:
    return any(e.given and e.scope == scope and e.since > day for e in events)
