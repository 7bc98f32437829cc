"""How fast the gate judges: synthetic people in a registry, judged as `goe include check` does.

    python benchmarks/inclusion.py [PEOPLE] [DATABASE LINKS_DATABASE]

The goal is 20,000 participants a second below 1 GB for 500,000 people. Genotypes are not needed, so there are none. With two
addresses of empty PostgreSQL databases, registry and links lie there.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from goe.acts.create import create_node
from goe.acts.include import Check, Question
from goe.rules.consent import ConsentEvent, LegalBasis
from goe.rules.participant import Participant, Sample
from goe.rules.thresholds import Measurement
from goe.rules.words import Karyotype, Scope
from goe.store.models import QualityRow
from goe.store.registry import Enrolment

AT_ONCE = 50_000


def main(people: int, databases: list[str]) -> None:
    settings = dict(zip(("database", "links_database"), databases, strict=False))
    with tempfile.TemporaryDirectory() as folder:
        node, _ = create_node(Path(folder) / "FI", "FI", settings=settings)
        begun = time.perf_counter()
        for first in range(0, people, AT_ONCE):
            part = range(first, min(first + AT_ONCE, people))
            with node.registry.writing() as writing:
                writing.enrol(_enrolment(i) for i in part)
                writing.add_bases((f"GOE-FI-SUBJECT-{i + 1}", LegalBasis("dpv:PublicInterest", date(2025, 1, 1))) for i in part)
                writing.add(QualityRow, [m for i in part for m in _measured(i)])
        print(f"registered {people:,} people in {time.perf_counter() - begun:.1f} s")
        begun = time.perf_counter()
        check = Check(node, Question())
        for _ in check.verdicts():
            pass
        seconds = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"judged {check.funnel.people:,} people in {seconds:.1f} s: {people / seconds:,.0f} a second, peak {peak:,.0f} MB"
        )
        print({result.value: number for result, number in check.funnel.summary.items()})


def _enrolment(i: int) -> Enrolment:
    said = [ConsentEvent(s, i % 100 != 0, date(2025, 1, 1 + i % 28), document="B", language="fi") for s in list(Scope)[:3]]
    person = Participant(f"GOE-FI-SUBJECT-{i + 1}", "female" if i % 2 else "male", 1940 + i % 60, "FI", "FI1C")
    sample = Sample(f"GOE-FI-SAMPLE-{i + 1}", f"G{i}", Karyotype.XX if i % 2 else Karyotype.XY)
    return Enrolment(person, tuple(said), (sample,))


def _measured(i: int) -> list[Measurement]:
    numbers = {
        "mean_autosome_coverage": 25 + i % 150 / 10,
        "pct_autosomes_15x": 94 + i % 30 / 10,
        "cross_contamination_rate": i % 11 / 1e3,
    }
    return [Measurement(f"GOE-FI-SAMPLE-{i + 1}", name, value, f"{i:064x}", "P") for name, value in numbers.items()]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000, sys.argv[2:])
