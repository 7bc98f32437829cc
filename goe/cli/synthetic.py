"""Commands about an invented Europe."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from goe.cli.options import Json, print_json, say
from goe.errors import BadInput
from goe.rules.words import NATIONS, DisclosureClass, nation

app = typer.Typer(help="An invented Europe, for tests and rehearsals.", no_args_is_help=True)

_NOT_IN_THE_UNION = ("CH", "GB", "IS", "LI", "NO")


@app.callback()
def options() -> None:
    """An invented Europe, for tests and rehearsals."""


@app.command("make")
def make(
    out: Annotated[Path, typer.Option("--out", help="A new or empty folder for the files.")],
    nations: Annotated[
        str, typer.Option("--nations", help="Codes with commas between, or EU for its 27 members.")
    ] = "FI,GB,ES,IT",
    people: Annotated[int, typer.Option("--people", min=1, help="People in all nations together.")] = 400,
    sites: Annotated[int, typer.Option("--sites", min=1, help="Sites to simulate, the same in every nation.")] = 5000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same files.")] = 1,
    tile: Annotated[int, typer.Option("--tile", min=1, help="Write each site so many times, at shifted positions.")] = 1,
    missing: Annotated[float, typer.Option("--missing", min=0, max=0.1, help="Share of calls that are missing.")] = 0.003,
    root: Annotated[Path | None, typer.Option("--root", help="Also make a hub and nodes from the files, here.")] = None,
    disclosure_class: Annotated[
        DisclosureClass, typer.Option("--disclosure-class", help="Who may see what, with --root.")
    ] = DisclosureClass.CONTROLLED,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes.", show_default="one per core")] = None,
    json: Json = False,
) -> None:
    """Invent genomes and registries of nations that share a history; everything is labelled synthetic."""
    from goe.acts.synthesise import Recipe, synthesise
    from goe.cli.progress import TerminalProgress

    recipe = Recipe(_nations(nations), people, sites, seed, tile, missing)
    made = synthesise(
        out,
        recipe,
        root=root,
        disclosure_class=disclosure_class,
        workers=workers or len(os.sched_getaffinity(0)),
        progress=TerminalProgress(),
    )
    if json:
        print_json({"out": str(out), "people": made.people, "sites": made.sites, "root": str(root) if root else None})
    say(f"Synthetic, nobody is real: {sum(made.people.values())} people of {len(made.people)} nations at {made.sites} sites.")
    say(f"Files: {out}/<nation>/, and what is true of them: {out / 'truth.json'}.")
    if root:
        say(f"A hub and nodes: {root}. Serve them with: goe serve --dir {root}")


def _nations(text: str) -> tuple[str, ...]:
    """The codes of a list, each once, or of the European Union. Raises BadInput for another word."""
    if text.strip().upper() == "EU":
        return tuple(code for code in NATIONS if code not in _NOT_IN_THE_UNION)
    try:
        codes = tuple(dict.fromkeys(nation(part) for part in text.split(",")))
    except ValueError as error:
        raise BadInput(str(error), where="--nations") from None
    return codes
