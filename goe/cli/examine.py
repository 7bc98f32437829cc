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
    say,
    write_rows,
)
from goe.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

Batches = Annotated[
    list[str] | None, typer.Option("--batch", help="Only this batch; may be said again.", show_default="all of the assembly")
]


TRIOS_SAID = 20  # more are only counted; --json has them all


def add_to(app: typer.Typer) -> None:
    """Make these commands verbs of the noun `genomes`."""
    app.command("quality")(quality)
    app.command("relatives")(relatives)
    app.command("hwe")(hwe)
    app.command("compare")(compare)


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


def relatives(
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    batch: Batches = None,
    above: Annotated[float, typer.Option("--above", min=0.0, max=0.5, help="Least kinship of a pair to list.")] = 0.0442,
    unrelated_below: Annotated[
        float, typer.Option("--unrelated-below", min=0.0, max=0.5, help="Kinship below which people count as unrelated.")
    ] = 0.0884,
    maf: Annotated[float, typer.Option("--maf", min=0.0, max=0.5, help="Least frequency of the rarer allele.")] = 0.05,
    adjusted: Annotated[
        bool, typer.Option("--adjusted", help="Adjust kinship for ancestry (PC-Relate); plain KING is shown beside.")
    ] = False,
    axes: Annotated[int, typer.Option("--axes", min=1, max=20, help="Axes of ancestry to adjust for.")] = 4,
    json: Json = False,
    output: Output = None,
) -> None:
    """List related people (KING-robust, or adjusted for ancestry), trios, and whom a set of unrelated people loses."""
    from goe.acts.find_relatives import relatives as relatives_of
    from goe.acts.setting import open_node

    found = relatives_of(
        open_node(directory, country),
        assembly,
        batch or (),
        above=above,
        unrelated_below=unrelated_below,
        maf=maf,
        adjusted=adjusted,
        axes=axes,
    )
    if json:
        print_json({**vars(found), "pairs": found.pairs.to_pylist(), "trios": [list(trio) for trio in found.trios]})
    elif output:
        _hand_out_table(found.pairs, output)
    else:
        print_table(found.pairs.to_pylist(), numbers=frozenset({"kinship", "king", "ibs0", "sites"}))
    for child, father, mother in found.trios if len(found.trios) <= TRIOS_SAID else ():
        say(f"Trio: {child}, child of {father} and {mother}.")
    if found.trios:
        rate = found.mendel_errors / max(found.mendel_sites, 1)
        say(f"{len(found.trios)} trios; Mendel errors: {found.mendel_errors} of {found.mendel_sites} genotypes ({rate:.2g}).")
    if found.sites_apart < found.sites_needed:
        say(
            f"Only {found.sites_apart} of the common variants are 500,000 bases apart: with fewer than {found.sites_needed} "
            "kinship is rough and takes strangers for relatives, and trios are not looked for."
        )
    proof = "the most that can be" if found.exact else "the best found"
    say(
        f"{len(found.pairs)} related pairs among {found.genomes} people at {found.sites} common variants; "
        f"{found.kept} people are kept unrelated, {proof}."
    )
    for column, lost in found.lost.items():
        say(f"Lost by {column.replace('_', ' ')}: {', '.join(f'{number} {value}' for value, number in lost.items())}.")


def hwe(
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    by: Annotated[str, typer.Option("--by", help="Strata, with commas: genetic_group, nation, region, ...")] = "genetic_group",
    flag_below: Annotated[
        float, typer.Option("--flag-below", min=0.0, max=1.0, help="Excess heterozygosity is flagged.")
    ] = 1e-6,
    everyone: Annotated[bool, typer.Option("--everyone", help="Ignore consent: a check of the store.")] = False,
    output: Output = None,
) -> None:
    """Test Hardy-Weinberg proportions at every site and stratum, of women only on X; tab-separated unless -o says a file."""
    import sys

    import pyarrow.compute as pc

    from goe.acts.hardy_weinberg import hardy_weinberg
    from goe.acts.setting import open_node
    from goe.cli.arrow import write_text

    columns = [name for name in by.split(",") if name]
    table = hardy_weinberg(open_node(directory, country), assembly, by=columns, flag_below=flag_below, everyone=everyone)
    if output:
        _hand_out_table(table, output)
    else:
        write_text([table], sys.stdout.buffer)
    flagged = table.filter(pc.not_equal(table["flag"], "")).num_rows
    say(f"{table.num_rows} sites and strata tested; {flagged} with more heterozygotes than chance explains are flagged.")


def compare(
    first: Annotated[str, typer.Argument(help="A batch; without, all pairs of the assembly.", show_default=False)] = "",
    second: Annotated[str, typer.Argument(help="The batch to compare it with.", show_default=False)] = "",
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    by: Annotated[str, typer.Option("--by", help="Compare within each: genetic_group, nation, region.")] = "genetic_group",
    json: Json = False,
    output: Output = None,
) -> None:
    """Compare batches of the same ancestry, and flag the sites at which a caller makes the difference; exit 1 if too many."""
    from dataclasses import asdict

    from goe.acts.compare_batches import COMPARABLE, TOO_LITTLE, WITHOUT_FLAGGED
    from goe.acts.compare_batches import compare as compared
    from goe.acts.setting import open_node

    if first and not second:
        raise BadInput("one batch alone cannot be compared", expected="two batches, or none for all pairs")
    found, flagged = compared(open_node(directory, country), first, second, assembly=assembly, by=by)
    rows = [{**asdict(a), "pipelines": " | ".join(a.pipelines)} for a in found]
    if output:
        _hand_out_table(flagged, output)
    elif json:
        print_json({"pairs": rows, "flagged": flagged.to_pylist()})
    else:
        print_table(rows, numbers=frozenset({"sites", "tested", "flagged", "inflation", "inflation_1000"}))
    for a in found:
        say(f"{a.first} and {a.second}, {a.stratum}: {a.verdict}; {a.flagged} of {a.tested} sites tested are flagged.")
    if any(a.verdict not in (COMPARABLE, WITHOUT_FLAGGED, TOO_LITTLE) for a in found):
        raise typer.Exit(1)


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
        write_arrow([table], output)
    else:
        write_rows(table.to_pylist(), output)
