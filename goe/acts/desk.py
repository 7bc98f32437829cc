"""What a steward looks at: everybody as the gate judges them now, one person in full, and what a file would change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from goe.acts.admitted import applied, last_verdicts
from goe.acts.consent import timeline
from goe.acts.describe import describe
from goe.acts.enrol import Enrolled, preview
from goe.acts.include import Check, Question
from goe.acts.judged import people_of, standing
from goe.acts.setting import Node
from goe.errors import GoeError, NotFound
from goe.pages.inclusion import PRIVATE, Gathered
from goe.pages.steward import Cell, Entry, Preview, Record, Register
from goe.rules.consent import may
from goe.rules.inclusion import Gate, Result, Verdict, changed, worst_first
from goe.rules.words import NATIONS, Scope
from goe.store.checksums import sha256
from goe.store.policies import policy_file

_CELLS = 500  # cells of a preview that are told one by one


class StewardDesk:
    """The people of one node for its steward. Everybody is judged once, and again as soon as anything was recorded."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._lock = Lock()
        self._known: tuple[tuple[str, ...], Check, Register] | None = None

    def register(self) -> Register | None:
        """Everybody as the gate judges them now; None where nobody is registered."""
        found = self._judged()
        return found[1] if found else None

    def forget(self) -> None:
        """Judge everybody anew when asked next, for what no ledger tells: a file that was damaged, say."""
        with self._lock:
            self._known = None

    def record(self, participant_id: str) -> Record:
        """One person in full. Raises NotFound."""
        found = describe(self.node, participant_id)
        judged = self._judged()
        assert judged is not None  # there is somebody
        check, terms = judged[0], judged[0].terms
        person = next(iter(people_of(self.node, participant=participant_id)))
        facts = standing(self.node, found.participant)
        verdict = Gate(terms).judge(person)
        return Record(
            found.participant,
            _entry(verdict, found.participant.cohort_id, last_verdicts(self.node)),
            may(facts, terms.use, Scope.ALLELE_FREQUENCY, check.day, check.policy),
            timeline(self.node, participant_id),
            person.genomes,
            found.completeness,
            len(found.observations),
            len(found.answers),
            check.day.isoformat(),
        )

    def preview(self, content: bytes, name: str) -> Preview:
        """What an import of this table would change. It lies in a folder for this user alone, until it has been read."""
        with TemporaryDirectory(prefix="goe-preview-") as folder:
            file = Path(folder) / f"table{'.tsv' if name.lower().endswith('.tsv') else '.csv'}"
            file.write_bytes(content)
            try:
                return _previewed(name, preview(self.node, file))
            except GoeError as error:
                place = "" if error.where in ("", str(file)) else f"{error.where}: "
                found = _without(file, place + error.found)
                return Preview(name, found, _without(file, error.expected), _without(file, error.remedy))

    def _judged(self) -> tuple[Check, Register] | None:
        with self._lock:
            state = self._state()
            if self._known is None or self._known[0] != state:
                try:
                    self._known = (state, *_judge(self.node))
                except NotFound:
                    return None
            return self._known[1], self._known[2]

    def _state(self) -> tuple[str, ...]:
        """What tells that verdicts may have changed: the day, the newest row of the ledger, the nation's policy."""
        rows = self.node.ledger.rows()
        return self.node.now[:10], rows[-1]["hash"] if rows else "", sha256(policy_file(self.node.folder))


def _judge(node: Node) -> tuple[Check, Register]:
    """Judge everybody. Raises NotFound where nobody is registered."""
    check, gathered, last = Check(node, Question()), Gathered(), last_verdicts(node)
    cohorts = {p: one.cohort_id for p, one in node.registry.participants().items()}
    entries, now = [], {}
    for verdict in check.verdicts():
        gathered.add(verdict)
        now[verdict.participant_id] = verdict.result
        entries.append(_entry(verdict, cohorts.get(verdict.participant_id, ""), last))
    differing = len(changed(last, now)) if applied(node) else 0
    nation, day, certificates = NATIONS[node.name], check.day.isoformat(), len(applied(node))
    rows = gathered.rows()
    return check, Register(nation, day, node.now, check.profile, check.funnel, entries, rows, certificates, differing)


def _entry(verdict: Verdict, cohort: str, last: dict[str, Result]) -> Entry:
    """A verdict as a page may show it: a private hint is not told, nor is that there is one."""
    told = (f for f in worst_first(verdict.findings) if f.criterion not in PRIVATE)
    reasons = tuple(f for f in told if f.outcome.result is not Result.PASS)
    result = verdict.result if reasons else Result.PASS
    return Entry(verdict.participant_id, cohort, result, verdict.admitted, reasons, last.get(verdict.participant_id))


def _previewed(name: str, done: Enrolled) -> Preview:
    cells = [Cell(row.row, row.where, fault.column, fault.rule) for row in done.faulty for fault in row.faults]
    found = Preview(name, new=done.new, completed=done.completed, known=done.known, samples=done.samples, facts=done.facts)
    return replace(found, rejected=done.rejected, cells=cells[:_CELLS])


def _without(file: Path, sentence: str) -> str:
    """A sentence without the place where the table lies for a moment."""
    return sentence.replace(str(file), "the file").replace(file.name, "the file")
