"""The report of the inclusion gate: one page that stands alone, for the steward to keep, print or send."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from goe.pages.render import STATIC, environment
from goe.rules.inclusion import WORST_FIRST, Funnel, Result, Verdict

_NAMED = 12  # people named in one row before the rest is only counted

PRIVATE = frozenset({"sex_as_recorded"})
"""Criteria that are whispered to the steward by the command line, and stand on no page."""

WORDS = {Result.FAIL: "Fail", Result.UNKNOWN: "Unknown", Result.WARN: "Warning", Result.PASS: "Pass"}


@dataclass(frozen=True)
class Row:
    """One finding, with everybody who has it."""

    result: Result
    criterion: str
    pillar: str
    found: str
    reason: str
    fix: str
    people: tuple[str, ...]

    @property
    def who(self) -> str:
        """The people, by pseudonym where they are few."""
        return ", ".join(self.people) if len(self.people) <= _NAMED else f"{len(self.people):,} people"


class Gathered:
    """Findings as people are judged, equal ones together."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Result, str, str, str, str, str], list[str]] = {}

    def add(self, verdict: Verdict) -> None:
        """Keep what one person's verdict found, but for what is well and what is private."""
        for pillar, name, outcome in verdict.findings:
            if outcome.result is not Result.PASS and name not in PRIVATE:
                key = (outcome.result, name, pillar.value, outcome.evidence, outcome.reason, outcome.fix)
                self._rows.setdefault(key, []).append(verdict.participant_id)

    def rows(self) -> Sequence[Row]:
        """The findings, worst first, then those of most people."""
        found = [Row(*key, people=tuple(people)) for key, people in self._rows.items()]
        return sorted(found, key=lambda r: (WORST_FIRST.index(r.result), -len(r.people), r.criterion, r.found))


def inclusion_report(
    *,
    title: str,
    nation: str,
    day: str,
    profile: str,
    about: str,
    notice: str,
    version: str,
    funnel: Funnel,
    rows: Iterable[Row],
) -> str:
    """The report as one HTML page with its style inside, so that it can be kept as a file."""
    return (
        environment()
        .get_template("inclusion.html")
        .render(
            title=title,
            nation=nation,
            day=day,
            profile=profile,
            about=about,
            notice=notice,
            version=version,
            funnel=funnel,
            rows=list(rows),
            words=WORDS,
            style="".join((STATIC / sheet).read_text(encoding="utf-8") for sheet in ("goe.css", "gate.css")),
        )
    )
