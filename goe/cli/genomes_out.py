"""Commands that hand genotypes out of the store, or look at them one by one; verbs of the noun `genomes`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from goe.cli.options import (
    HERE,
    AssemblyOption,
    Country,
    Dir,
    Json,
    Output,
    Row,
    print_json,
    print_table,
    say,
    write_rows,
)
from goe.rules.words import Scope

EVERYONE = "Everyone with a genome is included, whether they consent or not: for your own check only."
Everyone = Annotated[bool, typer.Option("--everyone", help="Ignore consent: a check of the store.")]
Region = Annotated[str, typer.Option("-r", "--region", help="Only there: 2, or 2:136500000-136700000.")]
OneBatch = Annotated[str, typer.Option("--batch", help="One batch alone.", show_default="all that a release may count")]


def add_to(app: typer.Typer) -> None:
    """Make these commands verbs of the noun `genomes`."""
    app.command("export")(export)
    app.command("compact")(compact)
    app.command("carriers")(carriers)
    app.command("of")(of)
    app.command("show")(show)


def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="The file: .vcf.gz, .bcf, .pgen, .bed or .vcz.")],
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    form: Annotated[str, typer.Option("--format", help="vcf, bcf, pgen, bed or zarr.", show_default="by the ending")] = "",
    batch: OneBatch = "",
    region: Region = "",
    people: Annotated[Path | None, typer.Option("--people", help="A file of names of genomes, one a line.")] = None,
    scope: Annotated[Scope, typer.Option("--scope", help="Who consents to this today.")] = Scope.ALLELE_FREQUENCY,
    everyone: Everyone = False,
    json: Json = False,
) -> None:
    """Write genotypes for other tools, inside the node's own secure environment."""
    from goe.acts.choose_genomes import newest_assembly
    from goe.acts.export_genomes import export_genomes, read_names
    from goe.acts.setting import open_node
    from goe.cli.progress import TerminalProgress

    node = open_node(directory, country)
    done = export_genomes(
        node,
        output,
        assembly=assembly or newest_assembly(node, batch),
        form=form,
        batch=batch,
        within=region,
        names=read_names(people) if people else (),
        everyone=everyone,
        scope=scope,
        progress=TerminalProgress(),
    )
    if everyone:
        say(EVERYONE)
    if done.left_out:
        say(f"{done.left_out} people or unregistered genomes are left out: they do not consent to {scope}.")
    if done.unnamed:
        say(f"{done.unnamed} of the names are not among the genomes that may be shown.")
    say(f"{done.genomes} genomes, {done.variants} variants: {', '.join(str(f) for f in done.files)}.")
    if json:
        print_json({**vars(done), "files": [str(f) for f in done.files]})


def compact(
    directory: Dir = HERE,
    country: Country = None,
    also: Annotated[Path | None, typer.Option("--also", help="A file of names of more genomes to remove, one a line.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False,
    json: Json = False,
) -> None:
    """Rewrite the batches without genomes that may no longer be kept: of those who have withdrawn every scope."""
    from goe.acts.compact_genomes import compact_genomes, withdrawn_genomes
    from goe.acts.export_genomes import read_names
    from goe.acts.setting import open_node
    from goe.cli.progress import TerminalProgress

    node = open_node(directory, country)
    gone = withdrawn_genomes(node) | set(read_names(also) if also else ())
    done = compact_genomes(node, gone, dry_run=dry_run, progress=TerminalProgress())
    if json:
        print_json([vars(r) for r in done])
    for r in done:
        verb, name = ("would be rewritten", "a new batch") if dry_run else ("is rewritten", r.new)
        say(f"{r.old} {verb} as {name}: {r.removed} genomes removed, {r.kept} kept.")
    if not done:
        say("No batch holds a genome that may not be kept.")


def carriers(
    asked: Annotated[
        str, typer.Argument(metavar="VARIANT_OR_REGION", help="2-136608646-G-A, rs4988235 or 2:136500000-136700000.")
    ],
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    batch: OneBatch = "",
    by: Annotated[str, typer.Option("--by", help="Group people by nation, sex, region, batch, with commas.")] = "",
    names: Annotated[bool, typer.Option("--names", help="List the genomes that carry it; written into the ledger.")] = False,
    everyone: Everyone = False,
    json: Json = False,
    output: Output = None,
) -> None:
    """Count the carriers of variants in each group, or name their genomes."""
    from goe.acts.choose_genomes import newest_assembly
    from goe.acts.find_carriers import carrier_counts, carriers
    from goe.acts.setting import open_node

    node = open_node(directory, country)
    assembly = assembly or newest_assembly(node, batch)
    if names:
        rows = carriers(node, asked, assembly=assembly, batch=batch, everyone=everyone)
    else:
        columns = [name for name in by.split(",") if name]
        rows = carrier_counts(node, asked, assembly=assembly, by=columns, batch=batch, everyone=everyone)
    if everyone:
        say(EVERYONE)
    _hand_out(rows, json, output)
    if names:
        say(f"{len({row['genome'] for row in rows})} genomes carry it.")


def of(
    genome: Annotated[str, typer.Argument(help="The name of a genome.")],
    sites: Annotated[Path, typer.Option("--sites", help="Variant ids one a line, a table chrom pos ref alt, or a VCF.")],
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    batch: OneBatch = "",
    scope: Annotated[Scope, typer.Option("--scope", help="What the person must consent to today.")] = Scope.ALLELE_FREQUENCY,
    everyone: Everyone = False,
    json: Json = False,
    output: Output = None,
) -> None:
    """Show one person's genotypes at a list of sites; written into the ledger."""
    from goe.acts.choose_genomes import newest_assembly
    from goe.acts.genotype_sites import genotypes_of, read_sites
    from goe.acts.setting import open_node

    node = open_node(directory, country)
    assembly = assembly or newest_assembly(node, batch)
    asked = read_sites(sites, assembly)
    rows = genotypes_of(node, genome, asked, assembly=assembly, batch=batch, everyone=everyone, scope=scope)
    if everyone:
        say(EVERYONE)
    _hand_out(rows, json, output)


def _hand_out(rows: Sequence[Row], json: bool, output: Path | None) -> None:
    if output:
        write_rows(rows, output)
    elif json:
        print_json(list(rows))
    else:
        numbers = {name for name, value in (rows[0].items() if rows else ()) if isinstance(value, int)}
        print_table(rows, numbers=frozenset(numbers))


def show(
    batch: Annotated[str, typer.Argument(help="For example batch-1.")],
    directory: Dir = HERE,
    country: Country = None,
    json: Json = False,
) -> None:
    """Show what a batch says of itself, its size, variants per chromosome, and how much was read."""
    from goe.acts.setting import open_node
    from goe.acts.show_batch import show_batch

    found = show_batch(open_node(directory, country), batch)
    if json:
        print_json(found)
        return
    plain = {
        **found,
        "inputs": ", ".join(i["name"] for i in found["inputs"]),
        "notes": "; ".join(found["notes"]),
        "replaces": ", ".join(found["replaces"]),
        "sites": ", ".join(f"{contig}: {number}" for contig, number in found["sites"].items()),
    }
    print_table([{"what": name.replace("_", " "), "value": value} for name, value in plain.items() if value != ""])
