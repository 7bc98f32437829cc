"""What a file brings to the registry, row by row, in one shape for all formats: an arrival, or a rejected row with its faults.

A fault names the column and the rule, with what was probably meant. It holds the value too, which may be personal: the value
goes to the file of rejected rows, which the steward corrects, and never to a message or a log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from goe.rules.observations import Answer, Observation
from goe.rules.phenotypes import MinimalValue
from goe.store.registry import Enrolment


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell."""

    column: str
    rule: str
    value: str = ""

    def __str__(self) -> str:
        return f"column {self.column}: {self.rule}"


@dataclass(frozen=True)
class Arrival:
    """What one row says of one participant. Without `enrolment` it adds to somebody who is registered already."""

    row: int
    participant_id: str
    cells: Mapping[str, str]
    enrolment: Enrolment | None = None
    observations: tuple[Observation, ...] = ()
    answers: tuple[Answer, ...] = ()
    values: tuple[MinimalValue, ...] = ()
    where: str = ""  # the file of a folder


@dataclass(frozen=True)
class Rejected:
    """A row that cannot be taken, as it was read, and why."""

    row: int
    cells: Mapping[str, str]
    faults: tuple[Fault, ...]
    where: str = ""

    def __str__(self) -> str:
        place = f"{self.where} row {self.row}" if self.where else f"row {self.row}"
        return "; ".join(f"{place}, {fault}" for fault in self.faults)


@dataclass(frozen=True)
class Context:
    """What reading needs to know: the nation, the day, the pseudonyms of people named otherwise in the file."""

    nation: str
    today: date
    pseudonyms: Mapping[str, str] = field(default_factory=dict)

    def pseudonym(self, name: str) -> str:
        """The pseudonym of a person as the file names one."""
        return self.pseudonyms.get(name, name)


def reject(arrival: Arrival, *faults: Fault) -> Rejected:
    """An arrival that cannot be taken after all."""
    return Rejected(arrival.row, arrival.cells, faults, arrival.where)


@dataclass(frozen=True)
class Source:
    """A file, opened: the columns in which its rows are written back, and what reads its rows in the order of the file."""

    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Arrival | Rejected]]


Found = list[Fault]
Cells = Mapping[str, str]
Reader = Callable[[int, Cells, Context, Found], Arrival | None]
"""What reads one row of a table: its line, its cells; faults are added to the list, and then there is no arrival."""
