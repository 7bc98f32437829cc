"""Handing out large tables without making a row of each line."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from goe.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa


def write_text(table: pa.Table, file: IO[bytes], separator: str = "\t") -> None:
    """Write a table as text with a heading."""
    import pyarrow.csv as csv

    file.write((separator.join(table.column_names) + "\n").encode())  # pyarrow would quote the heading
    options = csv.WriteOptions(include_header=False, delimiter=separator, quoting_style="none", batch_size=65_536)
    csv.write_csv(table, file, options)


def write_arrow(table: pa.Table, path: Path) -> None:
    """Write a table to a .tsv, .csv or .parquet file, beside and then renamed. Raises BadInput for another ending."""
    import pyarrow.parquet as pq

    if path.suffix not in (".tsv", ".csv", ".parquet"):
        raise BadInput(f"the file ends with {path.suffix!r}", expected=".tsv, .csv or .parquet", where=str(path))
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            if path.suffix == ".parquet":
                pq.write_table(table, file, compression="zstd")
            else:
                write_text(table, file, "\t" if path.suffix == ".tsv" else ",")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
