"""Commands about participants."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from goe.cli.options import HERE, Country, Dir, Json, print_json, say

app = typer.Typer(help="The people in the registry.", no_args_is_help=True)


@app.command("template")
def template() -> None:
    """Print the heading of the CSV file that `import` reads, and what its columns hold (on stderr)."""
    from goe.acts.enrol import TEMPLATE

    typer.echo(",".join(TEMPLATE))
    for name, meaning in TEMPLATE.items():
        say(f"{name:<20} {meaning}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file, one row per sample.")],
    directory: Dir = HERE,
    country: Country = None,
    json: Json = False,
) -> None:
    """Register people with their consents and samples, all or none."""
    from goe.acts.enrol import enrol
    from goe.acts.setting import open_node

    enrolled = enrol(open_node(directory, country), file)
    if json:
        print_json({"new": enrolled.new, "known": enrolled.known})
    else:
        say(f"{enrolled.new} participants registered, {enrolled.known} were registered already.")
