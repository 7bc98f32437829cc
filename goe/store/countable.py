"""Who may be counted, read as fast as it can be: every count begins with it, and a database library takes longer to load.

Files of SQLite are read with Python's own module. For a server, and for whatever is not as it should be (no file, another
schema, damage), `goe.store.registry` is asked, which does it or says what is wrong.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goe.rules.consent import ConsentEvent
from goe.rules.words import Karyotype, Scope
from goe.store.rows import made_once
from goe.store.schemas import SCHEMAS


@dataclass(frozen=True)
class Countable:
    """What a count needs to know of one genome, and no more."""

    genome: str
    sample_id: str
    participant_id: str
    letter: str  # of the karyotype: F, M or U
    region: str
    events: tuple[ConsentEvent, ...]  # of one scope, in the order of recording
    cohort_id: str = ""  # empty: a reference, as people come
    category: str = "reference"  # the kind of the cohort: reference or clinical


def countable(folder: Path, scope: Scope, *, database: str = "", links_database: str = "") -> list[Countable]:
    """Every genome of a registered participant, in the order of samples. Raises what opening the registry raises."""
    if not database and not links_database:
        try:
            return _from_files(folder, scope)
        except (sqlite3.Error, ValueError, TypeError):
            pass  # the registry knows how to say it
    from goe.store.registry import Registry

    return Registry(folder, database=database, links_database=links_database).countable(scope)


def _from_files(folder: Path, scope: Scope) -> list[Countable]:
    with closing(_opened(folder, "registry")) as registry, closing(_opened(folder, "links")) as links:
        link = dict(links.execute("SELECT sample_id, participant_id FROM link"))
        kinds = dict(registry.execute("SELECT cohort_id, kind FROM cohort"))
        rows = registry.execute("SELECT participant_id, region, cohort_id FROM participant")
        people = {person: (region, cohort or "", kinds.get(cohort, "reference")) for person, region, cohort in rows}
        names, made = made_once(ConsentEvent)
        columns = ", ".join(f'"{name}"' for name in names)
        rows = registry.execute(
            f"SELECT participant_id, {columns} FROM consent WHERE fact IS NULL AND scope = ? ORDER BY number", [scope.value]
        )
        events = _histories(rows, names, made)
        samples = registry.execute("SELECT genome, sample_id, karyotype FROM sample ORDER BY sample_id")
        letters = {k.value: k.letter for k in Karyotype}
        return [
            Countable(genome, sample, person, letters[karyotype], of[0], events.get(person, ()), *of[1:])
            for genome, sample, karyotype in samples
            if (of := people.get(person := link.get(sample, "")))
        ]


def _opened(folder: Path, kind: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{(folder / f'{kind}.sqlite').absolute().as_uri()}?mode=ro", uri=True)
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if found != (SCHEMAS[kind][-1],):
        raise ValueError(found)
    return connection


def _histories(rows: Iterable[tuple[Any, ...]], names: tuple[str, ...], made: Any) -> dict[str, tuple[ConsentEvent, ...]]:
    """The events of each participant; what is true is a number in SQLite."""
    given = names.index("given")
    histories: dict[str, list[ConsentEvent]] = {}
    for person, *values in rows:
        values[given] = bool(values[given])
        histories.setdefault(person, []).append(made(tuple(values)))
    return {person: tuple(events) for person, events in histories.items()}
