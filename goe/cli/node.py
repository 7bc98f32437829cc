"""Commands about nodes."""

from __future__ import annotations

from typing import Annotated

import typer

from goe.cli.options import HERE, AssemblyOption, Country, Dir, Json, print_json, say
from goe.errors import BadInput
from goe.rules.words import DisclosureClass, nation

app = typer.Typer(help="The installation of one nation.", no_args_is_help=True)


@app.command("init")
def init(
    country: Annotated[str, typer.Option("--country", help="The nation's code, ISO 3166-1 alpha-2.")],
    directory: Dir = HERE,
    assembly: AssemblyOption = None,
    disclosure_class: Annotated[
        DisclosureClass, typer.Option("--disclosure-class", help="Who may see what of the data set.")
    ] = DisclosureClass.CONTROLLED,
    json: Json = False,
) -> None:
    """Make the empty node of a nation: folders, databases, keys. Doing it again changes nothing."""
    from goe.acts.create import create_node

    try:
        code = nation(country)
    except ValueError as error:
        raise BadInput(str(error), where="--country") from None
    node, new = create_node(directory, code, assembly=assembly, disclosure_class=disclosure_class)
    data_set = node.registry.data_set()
    if json:
        print_json({"country": code, "new": new, "data_set": data_set.data_set_id, "public_key": node.public_key})
        return
    say(f"{'Made' if new else 'There already:'} the node of {code} in {directory.resolve()}.")
    say(f"Data set {data_set.data_set_id}, disclosure class {data_set.disclosure_class}. Public key {node.public_key}.")
    say("Next: goe participants template, goe participants import FILE, goe genomes import FILE, goe release build.")


@app.command("upgrade")
def upgrade(directory: Dir = HERE, country: Country = None, json: Json = False) -> None:
    """Bring the databases of a node to the schema of this version of goe. Copy them first."""
    from goe.acts.create import upgrade_node
    from goe.acts.setting import open_node

    older = upgrade_node(open_node(directory, country))
    if json:
        print_json({"upgraded": list(older)})
    else:
        say(f"Upgraded: {', '.join(older)}." if older else "The databases have the newest schema already.")
