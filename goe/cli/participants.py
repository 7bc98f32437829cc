"""Commands about participants."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goe.cli.options import HERE, Country, Dir, Json, Output, print_json, print_table, say, write_rows

if TYPE_CHECKING:
    from goe.acts.describe import Description
    from goe.acts.enrol import Enrolled

app = typer.Typer(help="The people in the registry.", no_args_is_help=True)

Map = Annotated[Path | None, typer.Option("--map", help="A TOML file that says which of its columns is which.")]
_SHOWN = 20


class Of(StrEnum):
    """What a template is of."""

    PEOPLE = "people"
    OBSERVATIONS = "observations"
    ANSWERS = "answers"


class Format(StrEnum):
    """How participants are handed out."""

    CSV = "csv"
    PHENOPACKETS = "phenopackets"


@app.command("template")
def template(
    of: Annotated[Of, typer.Option("--of", help="people, observations or answers.")] = Of.PEOPLE,
    full: Annotated[bool, typer.Option("--full", help="With the columns that a file of people need not have.")] = False,
) -> None:
    """Print the heading of a CSV file that `import` reads, and what its columns hold (on stderr)."""
    from goe.acts.enrol import REQUIRED, TEMPLATES

    columns = TEMPLATES[of.value] if full or of is not Of.PEOPLE else REQUIRED
    typer.echo(",".join(columns))
    for name, meaning in columns.items():
        say(f"{name:<20} {meaning}")
    if full and of is Of.PEOPLE:
        say("Class.Item           any item of the minimal data set, such as Sequence.Target")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, phenopackets (JSON), or a folder of OMOP tables.")],
    directory: Dir = HERE,
    country: Country = None,
    mapping: Map = None,
    accept_valid: Annotated[bool, typer.Option("--accept-valid", help="Register the rows without a fault.")] = False,
    rejected: Annotated[Path | None, typer.Option("--rejected", help="Where the rejected rows are written.")] = None,
    json: Json = False,
) -> None:
    """Register people with their consents, samples and what is known of them, all rows or none."""
    from goe.acts.enrol import enrol
    from goe.acts.setting import open_node

    node = open_node(directory, country)
    _report(enrol(node, file, mapping=mapping, accept_valid=accept_valid, rejected=rejected), json=json, done="registered")


@app.command("preview")
def preview(
    file: Annotated[Path, typer.Argument(help="What `import` would read.")],
    directory: Dir = HERE,
    country: Country = None,
    mapping: Map = None,
    json: Json = False,
) -> None:
    """Say what `import` would change, without changing anything."""
    from goe.acts import enrol
    from goe.acts.setting import open_node

    _report(enrol.preview(open_node(directory, country), file, mapping=mapping), json=json, done="to be registered")


def _report(found: Enrolled, *, json: bool, done: str) -> None:
    """Say what was or would be done; exit 1 where rows were rejected."""
    if json:
        numbers = {
            "new": found.new,
            "completed": found.completed,
            "known": found.known,
            "samples": found.samples,
            "facts": found.facts,
        }
        faults = [{"row": r.row, "where": r.where, "column": f.column, "rule": f.rule} for r in found.faulty for f in r.faults]
        print_json(numbers | {"rejected": found.rejected, "faults": faults})
    else:
        say(f"{found.new} participants {done}, {found.known} were registered already.")
        if found.completed:
            say(f"{found.completed} records of people without consent {done} in full.")
        if found.samples or found.facts:
            say(f"{found.samples} further samples and {found.facts} observations, answers or values {done}.")
        for row in found.faulty[:_SHOWN]:
            say(f"rejected: {row}")
        if found.rejected > _SHOWN:
            say(f"... and {found.rejected - _SHOWN} more rows")
    if found.rejected:
        if found.rejected_file:
            say(f"{found.rejected} rows were rejected; correct them in {found.rejected_file} and import that.")
        raise typer.Exit(1)


@app.command("list")
def list_(directory: Dir = HERE, country: Country = None, output: Output = None, json: Json = False) -> None:
    """List participants by pseudonym, for the steward."""
    from goe.acts.describe import list_participants
    from goe.acts.setting import open_node

    rows = list_participants(open_node(directory, country))
    if output:
        write_rows(rows, output)
    elif json:
        print_json(rows)
    else:
        print_table(rows, numbers=frozenset(["genomes", "birth_year"]))


@app.command("show")
def show(
    participant: Annotated[str, typer.Argument(help="The pseudonym of a participant.")],
    directory: Dir = HERE,
    country: Country = None,
    json: Json = False,
) -> None:
    """Show everything that is registered of one participant, and how complete the minimal data set is."""
    from goe.acts.describe import describe
    from goe.acts.setting import open_node

    found = describe(open_node(directory, country), participant)
    if json:
        print_json(_as_json(found))
        return
    print_table([{"field": k, "value": v} for k, v in vars(found.participant).items() if v not in ("", None, False)])
    for sample in found.samples:
        typer.echo(f"sample       {sample.sample_id}  {sample.genome}  {sample.karyotype}")
    for event in found.consents:
        typer.echo(f"consent      {event.since}  {event.scope}  {'yes' if event.given else 'no'}")
    for seen in found.observations:
        value = f"{seen.value:g} {seen.unit}" if seen.value is not None else seen.text
        typer.echo(
            f"observation  {seen.day or '-'}  {seen.term}  {'absent ' if seen.excluded else ''}{seen.label}  {value}".rstrip()
        )
    for answer in found.answers:
        typer.echo(f"answer       {answer.day or '-'}  {answer.questionnaire}  {answer.question}: {answer.answer}")
    full = found.completeness
    typer.echo(
        f"minimal data set: {full.asked - len(full.missing)} of {full.asked} mandatory values, {full.null} of them null"
        + (f"; missing: {', '.join(full.missing)}" if full.missing else "")
    )


def _as_json(found: Description) -> dict[str, object]:
    def plain(records: object) -> list[dict[str, object]]:
        return [{k: list(v) if isinstance(v, tuple) else v for k, v in vars(r).items()} for r in records]  # type: ignore[attr-defined]

    full = found.completeness
    return {
        "participant": vars(found.participant),
        "samples": plain(found.samples),
        "consents": [{k: str(v) if k in ("since", "until") and v else v for k, v in c.items()} for c in plain(found.consents)],
        "observations": plain(found.observations),
        "answers": plain(found.answers),
        "minimal_data_set": {
            "complete": full.complete,
            "missing": full.missing,
            "asked": full.asked,
            "null_rate": full.null_rate,
        },
    }


@app.command("export")
def export(
    directory: Dir = HERE,
    country: Country = None,
    format_: Annotated[Format, typer.Option("--format", help="csv or phenopackets.")] = Format.CSV,
    participant: Annotated[str | None, typer.Option("--participant", help="Only this one, as phenopackets.")] = None,
    output: Output = None,
) -> None:
    """Hand out participants as a table that `import` reads, or as phenopackets (a JSON list)."""
    from goe.acts.describe import export_phenopackets, export_table
    from goe.acts.setting import open_node

    node = open_node(directory, country)
    if format_ is Format.PHENOPACKETS or participant:
        rows: list[dict[str, object]] = list(export_phenopackets(node, participant))
        if output:
            write_rows(rows, output.with_suffix(".json"))
        else:
            print_json(rows)
        return
    table = export_table(node)
    if output:
        write_rows(table, output)
    elif table:
        import csv
        import sys

        writer = csv.DictWriter(sys.stdout, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
