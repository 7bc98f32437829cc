"""Writing the report of the gate as a page."""

from __future__ import annotations

from pathlib import Path

from goe import __version__
from goe.acts.include import Check
from goe.pages.inclusion import Gathered, inclusion_report
from goe.rules.inclusion import Verdict
from goe.rules.words import NATIONS


class Report:
    """A report in the making: sees each verdict as it is given."""

    def __init__(self, check: Check) -> None:
        self._check, self._gathered = check, Gathered()

    def add(self, verdict: Verdict) -> None:
        """See one verdict."""
        self._gathered.add(verdict)

    def write(self, path: Path) -> None:
        """Write the page beside its place, readable by its owner alone, then rename it."""
        check = self._check
        node = check.node
        page = inclusion_report(
            title=node.settings.title,
            nation=NATIONS[node.name],
            day=check.day.isoformat(),
            profile=check.profile.label,
            about=check.profile.about,
            notice=node.settings.notice,
            version=__version__,
            funnel=check.funnel,
            rows=self._gathered.rows(),
        )
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_text(page, encoding="utf-8")
        unfinished.replace(path)
