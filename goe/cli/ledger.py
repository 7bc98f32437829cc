"""Commands about the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from goe.cli.options import HERE, Country, Dir, Json, Output, print_findings, print_json, print_table, write_rows

if TYPE_CHECKING:
    from pathlib import Path

    from goe.acts.setting import Installation

app = typer.Typer(help="What was done to the data.", no_args_is_help=True)


@app.command("verify")
def verify(directory: Dir = HERE, country: Country = None, json: Json = False) -> None:
    """Check that no row of the ledger was changed, removed or put in between; exit 1 if one was."""
    from goe.acts.verify import verify_ledger

    findings = [verify_ledger(installation) for installation in _installations(directory, country)]
    print_findings(findings, json=json)


@app.command("show")
def show(directory: Dir = HERE, country: Country = None, json: Json = False, output: Output = None) -> None:
    """List what was done, oldest first."""
    rows = [{"place": i.name, **row} for i in _installations(directory, country) for row in i.ledger.rows()]
    if output:
        write_rows(rows, output)
    elif json:
        print_json(rows)
    else:
        print_table([{k: r[k] for k in ("place", "seq", "time", "actor", "verb", "object", "decision")} for r in rows])


def _installations(directory: Path, country: str | None) -> list[Installation]:
    """The node of a country, or every installation in the folder."""
    from goe.acts.setting import Root, open_node, open_place

    place = open_node(directory, country) if country else open_place(directory)
    return [place.hub, *place.nodes.values()] if isinstance(place, Root) else [place]
