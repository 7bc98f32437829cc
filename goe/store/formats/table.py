"""Reading delimited text as rows of named cells, after a look for what spreadsheets leave behind when a formula fails."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from goe.errors import BadInput

SPREADSHEET_ERRORS = frozenset(
    ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!",
     "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#GETTING_DATA", "Err:502", "Err:508", "Err:522"]
)  # fmt: skip
"""What Excel and LibreOffice show in a cell whose formula fails, in their English spelling."""

_SHOWN = 5  # columns named before the rest is only counted
_MARKS = {";": "';'", "\t": "tabs", ",": "','"}
_LOOKS_LIKE_AN_ERROR = re.compile("#[A-Z]|Err:5")


def delimiter(path: Path) -> str:
    """Tab for a .tsv or .txt file, a comma for every other."""
    return "\t" if path.suffix.lower() in (".tsv", ".txt") else ","


def heading(path: Path) -> list[str]:
    """The column names of a file. Raises BadInput where there is no file, no heading, or a name twice."""
    if not path.is_file():
        raise BadInput("there is no such file", where=str(path))
    with path.open(newline="", encoding="utf-8-sig") as file, _readable(path):
        names = next(csv.reader(file, delimiter=delimiter(path)), [])
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise BadInput(f"{len(twice)} column(s) occur more than once, the first is {twice[0]!r}", where=f"{path} line 1")
    return names


def check_columns(path: Path, names: list[str], wanted: list[str]) -> None:
    """Raise BadInput where a column is missing, and say so where the columns are separated by something else."""
    missing = sorted(set(wanted) - set(names))
    if not missing:
        return
    mark = delimiter(path)
    for other in _MARKS.keys() - {mark}:
        if len(names) <= 1 and other in "".join(names):
            raise BadInput(f"the columns are separated by {_MARKS[other]}", expected=_MARKS[mark], where=f"{path} line 1")
    raise BadInput(f"the columns {', '.join(missing)} are missing", expected=", ".join(wanted), where=f"{path} line 1")


def refuse_spreadsheet_errors(path: Path) -> None:
    """Raise BadInput where cells hold a failed formula: how many, and where each kind and column has its first."""
    times: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int] = {}
    with path.open(newline="", encoding="utf-8-sig") as file, _readable(path):
        reader = csv.reader(file, delimiter=delimiter(path))
        names = next(reader, [])
        for row in reader:
            if _LOOKS_LIKE_AN_ERROR.search("\n".join(row)):
                for place, cell in enumerate(row):
                    if cell.strip() in SPREADSHEET_ERRORS:
                        key = cell.strip(), names[place] if place < len(names) else f"number {place + 1}"
                        times[key] += 1
                        first.setdefault(key, reader.line_num)
    if times:
        kinds = Counter[str]()
        for (kind, _), number in times.items():
            kinds[kind] += number
        listed = [f"column {c!r}: {k} {n:,} times, first in row {first[k, c]}" for (k, c), n in times.most_common(_SHOWN)]
        more = f"; and {len(times) - _SHOWN} more columns" if len(times) > _SHOWN else ""
        said = " and ".join(f"{number:,} cells with {kind}" for kind, number in kinds.most_common())
        raise BadInput(
            f"the file holds {said}, in {len({c for _, c in times})} columns; {'; '.join(listed)}{more}",
            expected="values, not the errors of a spreadsheet's formulas",
            where=str(path),
            remedy="repair the formulas where the file was made and export it again; nothing was registered",
        )


def rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with the line of the file on which each ends; blank lines are passed over. Raises BadInput."""
    with path.open(newline="", encoding="utf-8-sig") as file, _readable(path):
        reader = csv.reader(file, delimiter=delimiter(path))
        names = next(reader, [])
        width = len(names)
        for row in reader:
            if len(row) > width and any(row[width:]):
                where = f"{path} row {reader.line_num}"
                raise BadInput("the row has more cells than the heading", expected="a cell for each column", where=where)
            if row:
                cells = [cell.strip() for cell in row[:width]]
                yield reader.line_num, dict(zip(names, cells + [""] * (width - len(cells)), strict=True))


class _readable:
    """Turns what the reader of CSV refuses into BadInput."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, _trace: object) -> None:
        """Raises BadInput in place of a decoding or format error."""
        if isinstance(error, UnicodeDecodeError | csv.Error):
            raise BadInput("the file cannot be read", expected="CSV in UTF-8", where=str(self._path)) from error
