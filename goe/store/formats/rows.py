"""Reading a table with named columns, CSV or Parquet, and telling all faults of its rows at once."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from goe.errors import BadInput

Row = dict[str, str]
SHOWN = 20  # faults listed before the rest is only counted


def read_rows(
    path: Path, columns: Sequence[str], faults_of: Callable[[Row], Mapping[str, str]], optional: Sequence[str] = ()
) -> list[Row]:
    """The rows of a table as text by column, surrounding space gone. Raises BadInput with the faults, by row and column.

    `optional` columns may be absent and are then empty; other columns than these are passed over.
    """
    if not path.is_file():
        raise BadInput("there is no such file", where=str(path))
    read = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    heading, rows = next(read)["heading"], read
    if missing := [name for name in columns if name not in heading and name not in optional]:
        raise BadInput(
            f"the columns {', '.join(missing)} are missing", expected=", ".join(columns), where=str(path),
            remedy="begin from what `goe design template` prints",
        )  # fmt: skip
    found, faults = [], []
    for line, cells in ((int(c.pop("")), c) for c in rows):
        row = {name: cells.get(name, "").strip() for name in columns}
        wrong = faults_of(row)
        faults += [f"row {line}, column {name}: {fault}" for name, fault in wrong.items()]
        found.append(row)
    if faults:
        more = f" (and {len(faults) - SHOWN} more)" if len(faults) > SHOWN else ""
        raise BadInput(
            f"{len(faults)} fault(s), nothing was used: " + "; ".join(faults[:SHOWN]) + more,
            where=str(path), remedy="correct these cells",
        )  # fmt: skip
    if not found:
        raise BadInput("the table has no rows", where=str(path))
    return found


def _csv(path: Path) -> Iterator[Any]:
    """First the heading, then each row with its line under the name ""."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            heading = [name or "" for name in reader.fieldnames or ()]
            for mark, name in ((";", "';'"), ("\t", "tabs")):
                if len(heading) == 1 and mark in heading[0]:
                    raise BadInput(f"the columns are separated by {name}", expected="','", where=f"{path} line 1")
            yield {"heading": heading}
            for row in reader:
                if row.get(None):
                    raise BadInput("the row has more cells than the heading", where=f"{path} row {reader.line_num}")
                yield {**{name: value or "" for name, value in row.items()}, "": str(reader.line_num)}
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput("the file cannot be read", expected="CSV in UTF-8", where=str(path)) from error


def _parquet(path: Path) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except pa.ArrowException as error:
        raise BadInput("the file cannot be read", expected="Parquet", where=str(path)) from error
    yield {"heading": table.column_names}
    for number, row in enumerate(table.to_pylist(), start=1):
        yield {**{name: "" if value is None else str(value) for name, value in row.items()}, "": str(number)}
