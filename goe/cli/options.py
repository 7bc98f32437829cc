"""Options that many commands share, and the ways they hand out a table."""

from __future__ import annotations

import json as json_format
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goe.errors import BadInput
from goe.rules.words import Assembly

Dir = Annotated[
    Path, typer.Option("--dir", envvar="GOE_DIR", help="A root, a hub or a node.", show_default="the current folder")
]
Country = Annotated[str | None, typer.Option("--country", help="The nation's code, where --dir is a root.")]
AssemblyOption = Annotated[Assembly | None, typer.Option("--assembly", help="Reference genome.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Cluster = Annotated[
    str,
    typer.Option("--cluster", help="Run on workers: local, local:4, slurm, or tls://host:port.", show_default="this process"),
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="Write a table: .tsv, .csv, .json or .parquet.", show_default=False)
]

if TYPE_CHECKING:
    from goe.acts.verify import Finding

HERE = Path()
Row = Mapping[str, Any]


def say(sentence: str) -> None:
    """Tell the person something, on stderr."""
    typer.echo(sentence, err=True)


def print_json(value: Any) -> None:
    """Print a value as JSON on stdout."""
    typer.echo(json_format.dumps(value, indent=1, ensure_ascii=False))


def print_findings(findings: Sequence[Finding], *, json: bool) -> None:
    """Print what was looked at and what is wrong; exit 1 if anything is."""
    if json:
        print_json([{"place": f.place, "subject": f.subject, "faults": list(f.faults)} for f in findings])
    for f in findings if not json else ():
        typer.echo(f"{'wrong' if f.faults else 'ok':<6} {f.place:<4} {f.subject}")
        for fault in f.faults:
            typer.echo(f"       {fault}")
    if any(f.faults for f in findings):
        raise typer.Exit(1)


def print_table(rows: Sequence[Row], *, numbers: frozenset[str] = frozenset()) -> None:
    """Print rows as aligned columns on stdout; the columns in `numbers` stand at the right."""
    if not rows:
        return
    names = list(rows[0])
    cells = [names, *([_text(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(names))]
    for line in cells:
        parts = (
            cell.rjust(width) if name in numbers else cell.ljust(width)
            for name, cell, width in zip(names, line, widths, strict=True)
        )
        typer.echo("  ".join(parts).rstrip())


def write_rows(rows: Sequence[Row], path: Path) -> None:
    """Write rows to a file, in the format of its ending, beside and then renamed. Raises BadInput for another ending."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    writers = {".tsv": _write_tsv, ".csv": _write_csv, ".json": _write_json, ".parquet": _write_parquet}
    if path.suffix not in writers:
        raise BadInput(f"the file ends with {path.suffix!r}", expected=", ".join(writers), where=str(path))
    try:
        writers[path.suffix](rows, unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _text(value: Any) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _write_tsv(rows: Sequence[Row], path: Path, separator: str = "\t") -> None:
    import csv

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [], delimiter=separator, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _inert(value) for name, value in row.items()} for row in rows)


def _inert(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets a quote before it, numbers stay."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value


def _write_csv(rows: Sequence[Row], path: Path) -> None:
    _write_tsv(rows, path, ",")


def _write_json(rows: Sequence[Row], path: Path) -> None:
    path.write_text(json_format.dumps(list(rows), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_parquet(rows: Sequence[Row], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path)
