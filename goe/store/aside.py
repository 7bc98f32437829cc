"""Rejected rows, written aside as they are met: a nation's file may be wrong in every row, and must not fill the memory."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType
from typing import TextIO

from goe.store.arrivals import Fault, Rejected
from goe.store.formats.table import delimiter

KEPT = 1_000  # rejected rows held to be told; all are counted and written
_OURS = ("goe_row", "goe_fault")


class Aside:
    """Where rejected rows go: to a file, if there is a place for one, for the eyes of its owner alone.

    The file appears whole when the body of the `with` ends, or not at all; with no rejected row there is none.
    """

    def __init__(self, columns: tuple[str, ...], path: Path | None) -> None:
        self._columns, self._path = (*_OURS, *(c for c in columns if c not in _OURS)), path
        self._file: TextIO | None = None
        self.rows = self.faults = 0
        self.first: list[Rejected] = []

    def add(self, rejected: Rejected) -> None:
        """Count a row, keep it to be told where few are, and write it as it was, after two columns that say what is wrong."""
        self.rows += 1
        self.faults += len(rejected.faults)
        if len(self.first) < KEPT:
            self.first.append(rejected)
        if self._path:
            said = {"goe_row": rejected.row, "goe_fault": "; ".join(map(_in_full, rejected.faults))}
            self._writer().writerow({**rejected.cells, **said})

    @property
    def path(self) -> Path | None:
        """The file, where there is any rejected row."""
        return self._path if self.rows else None

    def _writer(self) -> csv.DictWriter[str]:
        assert self._path
        if self._file is None:
            self._unfinished.touch(mode=0o600)
            self._file = self._unfinished.open("w", newline="", encoding="utf-8")
            self._rows = csv.DictWriter(
                self._file, self._columns, delimiter=delimiter(self._path), lineterminator="\n", extrasaction="ignore"
            )
            self._rows.writeheader()
        return self._rows

    @property
    def _unfinished(self) -> Path:
        assert self._path
        return self._path.with_name(f".{self._path.name}.unfinished")

    def __enter__(self) -> Aside:
        """Nothing is written before the first row."""
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        """Let the file appear, or vanish where the body failed."""
        if self._file is None or self._path is None:
            return
        self._file.close()
        if kind is None:
            self._unfinished.replace(self._path)
        else:
            self._unfinished.unlink(missing_ok=True)


def _in_full(fault: Fault) -> str:
    return f"{fault.column}: found {fault.value!r}, {fault.rule}" if fault.value else f"{fault.column}: {fault.rule}"
