"""Commands about data providers, their documents and cohorts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from goe.cli.options import HERE, Country, Dir, Json, print_json, print_table, say
from goe.rules.cohort import DocumentKind

app = typer.Typer(help="Who includes people, under which documents.", no_args_is_help=True)

Provider = Annotated[str, typer.Argument(help="GOE-<nation>-PROVIDER-<number>.")]
_DAY = ["%Y-%m-%d"]


@app.command("add")
def add(
    provider: Provider,
    name: Annotated[str, typer.Option("--name", help="Its name.")],
    directory: Dir = HERE,
    country: Country = None,
) -> None:
    """Register a data provider: biobank, cohort, hospital."""
    from goe.acts.providers import add_provider
    from goe.acts.setting import open_node

    new = add_provider(open_node(directory, country), provider, name)
    say("Registered." if new else "It was registered already.")


@app.command("document")
def document(
    provider: Provider,
    file: Annotated[Path, typer.Argument(help="The document; only its hash is kept.")],
    kind: Annotated[DocumentKind, typer.Option("--kind", help="What it is.")],
    version: Annotated[str, typer.Option("--version", help="Its version.")],
    since: Annotated[datetime, typer.Option("--since", formats=_DAY, help="First day.")],
    until: Annotated[datetime | None, typer.Option("--until", formats=_DAY, help="Last day.")] = None,
    language: Annotated[str, typer.Option("--language", help="ISO 639-1.")] = "",
    directory: Dir = HERE,
    country: Country = None,
) -> None:
    """Register a version of an ethics approval, DPIA, agreement or information sheet."""
    from goe.acts.providers import add_document
    from goe.acts.setting import open_node

    last = until.date() if until else None
    node = open_node(directory, country)
    new = add_document(node, provider, kind, file, version=version, language=language, since=since.date(), until=last)
    say("Registered." if new else "It was registered already.")


@app.command("cohort")
def cohort(
    cohort: Annotated[str, typer.Argument(help="GOE-<nation>-COHORT-<number>.")],
    clinical: Annotated[
        bool, typer.Option("--clinical", help="The clinical special category, never counted as reference.")
    ] = False,
    title: Annotated[str, typer.Option("--title", help="What it is called.")] = "",
    target: Annotated[str, typer.Option("--target", help="WGS or WES.")] = "WGS",
    bed: Annotated[Path | None, typer.Option("--bed", help="Target regions of a WES cohort.")] = None,
    provider: Annotated[str, typer.Option("--provider", help="Whose cohort it is.")] = "",
    directory: Dir = HERE,
    country: Country = None,
) -> None:
    """Register a cohort: a reference cohort, or the clinical special category."""
    from goe.acts.providers import add_cohort
    from goe.acts.setting import open_node

    node = open_node(directory, country)
    new = add_cohort(node, cohort, clinical=clinical, title=title, target=target, bed=bed, provider_id=provider)
    say("Registered." if new else "It was registered already.")


@app.command("list")
def list_(directory: Dir = HERE, country: Country = None, json: Json = False) -> None:
    """List providers with their documents."""
    from goe.acts.judged import providers
    from goe.acts.setting import open_node

    rows = [
        {"provider": p.provider_id, "name": p.name, "document": d.kind, "version": d.version, "since": str(d.since),
         "until": str(d.until or ""), "sha256": d.digest}
        for p in providers(open_node(directory, country)).values()
        for d in p.documents
    ]  # fmt: skip
    if json:
        print_json(rows)
    else:
        print_table(rows)
