"""That a genome stands on one row of a file, and that all rows of a person agree, found while the rows stream by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from zlib import crc32

from goe.rules.words import nation as iso_nation
from goe.store.arrivals import Arrival, Cells, Fault, Found, Rejected

OF_THE_GENOME = ("sample", "genome")  # every other column is of the person and says the same on each of the person's rows
OF_THE_SAMPLE = ("Sample", "Sequence", "Sample_Relation", "TNM", "Variant", "Digital Resource", "Target_Gene")
"""Classes of the minimal data set that are of the sample, not of the person."""

EUROSTAT = ("EL", "UK")  # where Eurostat's codes are not ISO's


def once_each(
    arrivals: Callable[[], Iterator[tuple[Arrival | Rejected, Cells]]], names: list[str]
) -> Callable[[], Iterator[Arrival | Rejected]]:
    """The same rows; one that names a genome again, or says otherwise of a person than the person's first row, is rejected."""
    of_person = [n for n in names if n not in OF_THE_GENOME and n.split(".")[0] not in OF_THE_SAMPLE]

    def checked() -> Iterator[Arrival | Rejected]:
        first: dict[str, dict[str, int]] = {column: {} for column in OF_THE_GENOME}
        people: dict[str, tuple[int, bytes]] = {}
        for one, cells in arrivals():
            faults = [
                Fault(column, f"occurs more than once, first in row {before}", cells[column])
                for column in OF_THE_GENOME
                if cells[column] and (before := first[column].setdefault(cells[column], one.row)) != one.row
            ]
            prints = _fingerprints(cells, of_person)
            row, before_ = people.setdefault(cells["participant"], (one.row, prints))
            if before_ != prints:
                faults += _disagreements(cells, of_person, prints, before_, row)
            if faults:
                known = one.faults if isinstance(one, Rejected) else ()
                yield Rejected(one.row, one.cells, (*known, *faults))
            else:
                yield one

    return checked


_PRINT = 4  # bytes per column


def _fingerprints(cells: Cells, columns: list[str]) -> bytes:
    """A checksum per column: what is remembered of each person's first row, since whole rows of a nation would not fit."""
    return b"".join([_fingerprint(cells[name]) for name in columns])


@lru_cache(maxsize=50_000)
def _fingerprint(text: str) -> bytes:
    return crc32((iso_nation(text) if text in EUROSTAT else text).encode()).to_bytes(_PRINT, "big")


def _disagreements(cells: Cells, columns: list[str], now: bytes, before: bytes, row: int) -> Found:
    places = range(0, len(now), _PRINT)
    differ = [name for name, i in zip(columns, places, strict=True) if now[i : i + _PRINT] != before[i : i + _PRINT]]
    return [Fault(name, f"differs from row {row}, the same participant", cells[name]) for name in differ]
