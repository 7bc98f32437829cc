"""Handing out large tables without making a row of each line."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

from goe.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa


def write_text(tables: Iterable[pa.Table], file: IO[bytes], separator: str = "\t") -> None:
    """Write tables that follow each other as one text with a heading."""
    import pyarrow.csv as csv

    options = csv.WriteOptions(include_header=False, delimiter=separator, quoting_style="none", batch_size=65_536)
    for number, table in enumerate(tables):
        if number == 0:
            file.write((separator.join(table.column_names) + "\n").encode())  # pyarrow would quote the heading
        csv.write_csv(table, file, options)


def write_arrow(tables: Iterable[pa.Table], path: Path) -> None:
    """Write tables that follow each other to a .tsv, .csv or .parquet file, beside and then renamed.

    Raises BadInput for another ending.
    """
    if path.suffix not in (".tsv", ".csv", ".parquet"):
        raise BadInput(f"the file ends with {path.suffix!r}", expected=".tsv, .csv or .parquet", where=str(path))
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            if path.suffix == ".parquet":
                _write_parquet(tables, file)
            else:
                write_text(tables, file, "\t" if path.suffix == ".tsv" else ",")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_parquet(tables: Iterable[pa.Table], file: IO[bytes]) -> None:
    """Texts as dictionaries; whole numbers as what they differ from the one before, quicker than to look for repetitions."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        for table in tables:
            if writer is None:
                numbers = [f.name for f in table.schema if pa.types.is_integer(f.type)]
                writer = stack.enter_context(
                    pq.ParquetWriter(
                        file,
                        table.schema,
                        compression="zstd",
                        use_dictionary=[
                            f.name for f in table.schema if f.name not in numbers and not pa.types.is_floating(f.type)
                        ],
                        column_encoding=dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
                        write_statistics=[name for name in ("chrom", "pos") if name in table.column_names],
                    )
                )
            writer.write_table(table)
