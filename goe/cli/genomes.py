"""Commands about the genotype store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from goe.cli.arrow import write_arrow, write_text
from goe.cli.options import (
    HERE,
    AssemblyOption,
    Cluster,
    Country,
    Dir,
    Json,
    Output,
    print_findings,
    print_json,
    print_table,
    say,
    write_rows,
)
from goe.rules.words import Target

app = typer.Typer(help="The genotype store of a node.", no_args_is_help=True)


@app.command("import")
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="VCF, BCF, PGEN or PLINK 1 (.bed) files, a batch each; gVCF files together.")
    ],
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    callable_bed: Annotated[
        Path | None, typer.Option("--callable", help="BED file: where the genomes were read besides the records.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option("--reference", help="FASTA file: compare reference alleles, left-align indels.")
    ] = None,
    regions: Annotated[str, typer.Option("--regions", help="Only there: 2:136500000-136700000, or a BED file.")] = "",
    samples: Annotated[str, typer.Option("--samples", help="Only these: names with commas, or a file.")] = "",
    target: Annotated[Target, typer.Option("--target", help="What was sequenced; all but wgs need --callable.")] = Target.WGS,
    mask: Annotated[
        bool, typer.Option("--mask/--no-mask", help="Believe calls and reference blocks from DP 10, GQ 20, AB 0.2 only.")
    ] = True,
    label: Annotated[str, typer.Option("--label", help="A few words that name the batch.")] = "",
    pipeline: Annotated[str, typer.Option("--pipeline", help="How the genotypes were called.")] = "",
    json: Json = False,
) -> None:
    """Store genotype files. A file that is in the store already is not stored again."""
    from goe.acts.import_genomes import OFF, import_genomes, is_gvcf
    from goe.acts.setting import open_node
    from goe.cli.progress import TerminalProgress

    node, rows = open_node(directory, country), []
    together = [file for file in files if is_gvcf(file, assembly)]
    for part in [*([file] for file in files if file not in together), *([together] if together else [])]:
        done = import_genomes(
            node,
            part,
            assembly=assembly,
            callable_bed=callable_bed,
            reference=reference,
            regions=regions,
            samples=samples,
            target=target,
            mask=None if mask else OFF,
            label=label,
            pipeline=pipeline,
            progress=TerminalProgress(),
        )
        batch, named = done.batch, part[0].name if len(part) == 1 else f"{len(part)} gVCF files"
        rows.append({"files": list(map(str, part)), "batch": batch.batch_id, "new": done.new, "notes": list(batch.notes)})
        verb = "stored as" if done.new else "was stored already as"
        say(f"{named} {verb} {batch.batch_id}: {batch.assembly}, {batch.samples} samples, {batch.variants} variants.")
        for note in batch.notes:
            say(f"  {note}")
    if json:
        print_json(rows)


@app.command("list")
def list_(directory: Dir = HERE, country: Country = None, json: Json = False, output: Output = None) -> None:
    """List the batches of a node."""
    from goe.acts.setting import open_node

    rows: list[dict[str, Any]] = [
        {
            "batch": b.batch_id,
            "assembly": b.assembly.value,
            "samples": b.samples,
            "variants": b.variants,
            "synthetic": b.synthetic,
            "imported": b.imported,
            "label": b.label or ", ".join(name for name, _ in b.inputs[:3]),
            "not_in_releases": b.release_fault,
        }
        for b in open_node(directory, country).genomes.batches()
    ]
    if output:
        write_rows(rows, output)
    elif json:
        print_json(rows)
    else:
        print_table(rows, numbers=frozenset({"samples", "variants"}))


@app.command("verify")
def verify(directory: Dir = HERE, country: Country = None, json: Json = False) -> None:
    """Compare every batch with the checksums that were taken at import; exit 1 if one differs."""
    from goe.acts.setting import open_node
    from goe.acts.verify import verify_genomes

    print_findings([verify_genomes(open_node(directory, country))], json=json)


@app.command("count")
def count(
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    by: Annotated[
        str, typer.Option("--by", help="Group by nation, sex, region, genetic_group, category, batch, with commas.")
    ] = "",
    region: Annotated[str, typer.Option("-r", "--region", help="Only there: 2, or 2:136500000-136700000.")] = "",
    everyone: Annotated[bool, typer.Option("--everyone", help="Ignore consent: a check of the store.")] = False,
    cluster: Cluster = "",
    output: Output = None,
) -> None:
    """Count alleles and genotypes at every site; tab-separated on stdout unless -o says a file."""
    import sys

    from goe.acts.cluster import scale
    from goe.acts.count_genomes import count_genomes
    from goe.acts.setting import open_node
    from goe.errors import BadInput

    node = open_node(directory, country)
    present = sorted({b.assembly for b in node.genomes.batches() if not b.release_fault})
    if assembly is None and len(present) != 1:
        raise BadInput(f"the node has {' and '.join(present) or 'no'} batches that can be counted", expected="--assembly")
    columns = [name for name in by.split(",") if name]
    if everyone:
        say("Everyone with a genome is counted, whether they consent or not: for your own check only.")
    with scale(cluster, node.settings.cluster, folder=node.folder / "cluster", say=say) as run:
        tables = count_genomes(node, assembly or present[0], by=columns, within=region, everyone=everyone, scale=run)
        if output:
            write_arrow(tables, output)
        else:
            write_text(tables, sys.stdout.buffer)
