"""Commands about genomes looked at one by one and beside each other: quality, relatives, comparability, Hardy-Weinberg."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goe.cli.options import (
    HERE,
    AssemblyOption,
    Country,
    Dir,
    Json,
    Output,
    print_json,
    print_table,
    write_rows,
)

if TYPE_CHECKING:
    import pyarrow as pa

Batches = Annotated[
    list[str] | None, typer.Option("--batch", help="Only this batch; may be said again.", show_default="all of the assembly")
]


def add_to(app: typer.Typer) -> None:
    """Make these commands verbs of the noun `genomes`."""
    app.command("quality")(quality)


def quality(
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    batch: Batches = None,
    summary: Annotated[bool, typer.Option("--summary", help="A row for each batch and nation, not for each genome.")] = False,
    json: Json = False,
    output: Output = None,
) -> None:
    """Describe each genome: call rate, heterozygosity, F, Ti/Tv, singletons, indels, suggested and recorded karyotype."""
    from goe.acts.examine_genomes import genome_quality, summarise
    from goe.acts.setting import open_node

    found = genome_quality(open_node(directory, country), assembly, batch or ())
    if summary:
        _hand_out(summarise(found), json, output, numbers=("genomes", "mean", "sd", "lowest", "median", "highest"))
    elif json or output:
        _hand_out_table(found.per_person, output)
    else:
        short = {"ratio_transitions_transversions": "ti/tv", "ratio_insertion_deletion": "ins/del"}
        short |= {"ratio_heterozygous_homozygous": "het/hom", "recorded_karyotype": "recorded", "singleton": "singleton"}
        numbers = ("called", "call_rate", "het", "inbreeding", "ti/tv", "ins/del", "het/hom", "singleton")
        shown = ("genome", "called", "call_rate", "het", "inbreeding", *short, "karyotype")
        rows = found.per_person.select(list(shown)).to_pylist()
        print_table([{short.get(name, name): value for name, value in row.items()} for row in rows], numbers=frozenset(numbers))


def _hand_out(rows: Sequence[dict[str, Any]], json: bool, output: Path | None, numbers: Sequence[str]) -> None:
    if output:
        write_rows(rows, output)
    elif json:
        print_json(rows)
    else:
        print_table(rows, numbers=frozenset(numbers))


def _hand_out_table(table: pa.Table, output: Path | None) -> None:
    """A large table: to a file column by column, without `output` as JSON on stdout."""
    from goe.cli.arrow import write_arrow

    if output is None:
        print_json(table.to_pylist())
    elif output.suffix in (".tsv", ".parquet", ".csv"):
        write_arrow(table, output)
    else:
        write_rows(table.to_pylist(), output)
