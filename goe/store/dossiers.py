"""What the registry keeps of some people, for whoever looks at a whole nation: page by page, in rows as the driver gives them.

A page is a few thousand people, so memory does not grow with the nation. Rows are tuples in the order of the columns named
here; days are text or `date`, as the database has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, select

from goe.rules.participant import Participant
from goe.rules.phenotypes import MinimalValue
from goe.store.consents import CONSENTS
from goe.store.models import LinkRow, MinimalValueRow, ParticipantRow, QualityRow, SampleRow
from goe.store.records import table_of

PEOPLE, SAMPLES, LINKS, QUALITY, VALUES = map(table_of, (ParticipantRow, SampleRow, LinkRow, QualityRow, MinimalValueRow))
SAID = ("participant_id", "fact", "scope", "given", "since", "until", "manner", "giver", "document", "language", "duo",
        "countries", "not_countries", "basis", "number")  # fmt: skip
"""Columns of what a person said: the three facts, in the order of recording."""
PERSON, VALUE = (tuple(f.name for f in fields(record)) for record in (Participant, MinimalValue))
GENOME = ("sample_id", "genome", "karyotype")
NUMBER = ("sample_id", "metric", "value", "pipeline", "number")

AT_ONCE = 5_000  # people of a page
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Page:
    """Rows about some people: by participant what they said and their samples; by sample its numbers; values by either."""

    people: dict[str, Row]
    said: dict[str, list[Row]]
    samples: dict[str, list[Row]]
    numbers: dict[str, list[Row]]
    values: dict[str, list[Row]]


def pages(registry: Connection, links: Connection, people: list[str], *, at_once: int = AT_ONCE) -> Iterator[Page]:
    """Everything about these people, in their order, page by page."""
    some_values = registry.execute(select(VALUES.c.about).limit(1)).first() is not None
    for first in range(0, len(people), at_once):
        part = people[first : first + at_once]
        linked = list(_rows(links, LINKS, ("sample_id", "participant_id"), "participant_id", part))
        ids = [sample for sample, _ in linked]
        genomes = {row[0]: row for row in _rows(registry, SAMPLES, GENOME, "sample_id", ids)}
        samples: dict[str, list[Row]] = {}
        for sample, person in linked:
            if sample in genomes:
                samples.setdefault(person, []).append(genomes[sample])
        known = {row[0]: row for row in _rows(registry, PEOPLE, PERSON, "participant_id", part)}
        yield Page(
            {person: known[person] for person in part if person in known},
            _recorded(_rows(registry, CONSENTS, SAID, "participant_id", part)),
            samples,
            _recorded(_rows(registry, QUALITY, NUMBER, "sample_id", ids)),
            _values(registry, [*part, *ids]) if some_values else {},
        )


def _values(registry: Connection, about: list[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in _rows(registry, VALUES, VALUE, "about", about):
        found.setdefault(row[0], []).append(row)
    return found


def _recorded(rows: list[Row]) -> dict[str, list[Row]]:
    """Rows by their first column, in the order of recording, without its number. An index gives them almost in order."""
    rows.sort(key=itemgetter(-1))
    found: dict[str, list[Row]] = {}
    for row in rows:
        mine = found.get(row[0])
        if mine is None:
            found[row[0]] = [row[1:-1]]
        else:
            mine.append(row[1:-1])
    return found


def _rows(connection: Connection, table: Table, names: tuple[str, ...], column: str, wanted: list[str]) -> Any:
    """Rows whose column is one of these, through the driver: SQLAlchemy's own way costs as much again for every row."""
    if not wanted:
        return []
    columns = ", ".join(f'"{name}"' for name in names)
    server = connection.dialect.name == "postgresql"
    among = "= ANY(%s)" if server else f"IN ({', '.join('?' * len(wanted))})"
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    try:
        text = f'SELECT {columns} FROM "{table.name}" WHERE "{column}" {among}'
        return cursor.execute(text, [wanted] if server else wanted).fetchall()
    finally:
        cursor.close()
