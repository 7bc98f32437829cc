"""Commands about what data subjects may ask."""

from __future__ import annotations

import json as json_format
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from goe.cli.options import HERE, Country, Dir, Json, print_json, say
from goe.errors import BadInput

app = typer.Typer(help="What data subjects may ask: access, rectification, objection, erasure.", no_args_is_help=True)

Person = Annotated[str, typer.Argument(help="The pseudonym of a participant.")]
Day = Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="The day.", show_default="today")]


@app.command("access")
def access(
    participant: Person,
    directory: Dir = HERE,
    country: Country = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write JSON.", show_default=False)] = None,
) -> None:
    """Hand out everything that the node holds of a person, and where it was used, as JSON."""
    from goe.acts.rights import access as everything_of
    from goe.acts.setting import open_node

    found = everything_of(open_node(directory, country), participant)
    if output:
        unfinished = output.with_name(f".{output.name}.unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json_format.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        unfinished.replace(output)
    else:
        print_json(found)


@app.command("rectify")
def rectify(
    participant: Person,
    set_: Annotated[list[str], typer.Option("--set", help="field=value, such as birth_year=1961.")],
    directory: Dir = HERE,
    country: Country = None,
) -> None:
    """Correct fields of a person's record."""
    from goe.acts.rights import rectify as correct
    from goe.acts.setting import open_node

    if any("=" not in text for text in set_):
        raise BadInput("a correction has no '='", expected="field=value", where="--set")
    changed = correct(open_node(directory, country), participant, dict(text.split("=", 1) for text in set_))
    say(f"{changed} fields corrected.")


@app.command("object")
def object_(participant: Person, directory: Dir = HERE, country: Country = None, day: Day = None) -> None:
    """Record an objection to secondary use (the opt-out of EHDS Art. 71)."""
    from goe.acts.rights import object_to_use
    from goe.acts.setting import open_node

    node = open_node(directory, country)
    new = object_to_use(node, participant, day.date() if day else node.clock().date())
    say("The objection is recorded; it holds from now on." if new else "It stands already.")


@app.command("died")
def died(
    participant: Person,
    day: Annotated[datetime, typer.Option("--day", formats=["%Y-%m-%d"], help="The day of death.")],
    directory: Dir = HERE,
    country: Country = None,
) -> None:
    """Record a death; what the consent is worth afterwards the nation's policy says."""
    from goe.acts.rights import record_death
    from goe.acts.setting import open_node

    say("Recorded." if record_death(open_node(directory, country), participant, day.date()) else "It stands already.")


@app.command("erase")
def erase(
    participant: Person,
    directory: Dir = HERE,
    country: Country = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what it means.")] = False,
    json: Json = False,
) -> None:
    """Say what an erasure means for registry, store, ledger, releases and backups, and with --yes erase."""
    from goe.acts.consent import person_of
    from goe.acts.rights import MEANING
    from goe.acts.rights import erase as remove
    from goe.acts.setting import open_node

    node = open_node(directory, country)
    person_of(node, participant)
    if json:
        print_json(MEANING)
    else:
        for what, means in MEANING.items():
            typer.echo(f"{what:<19}{means}")
    if not yes:
        say("Nothing was changed. To erase, run it again with --yes.")
        return
    remove(node, participant)
    say("Erased. The pseudonyms are spent.")
