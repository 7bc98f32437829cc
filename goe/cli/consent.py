"""Commands about consent."""

from __future__ import annotations

import json as json_format
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goe.cli.options import HERE, Country, Dir, Json, print_json, print_table, say
from goe.errors import BadInput, NotFound
from goe.rules.consent import ConsentEvent, Giver, LegalBasis, Manner, OptOut
from goe.rules.purposes import Purpose, Use
from goe.rules.words import Scope

if TYPE_CHECKING:
    from goe.acts.setting import Node

app = typer.Typer(help="What participants consented to.", no_args_is_help=True)

Person = Annotated[str, typer.Argument(help="The pseudonym of a participant.")]
Day = Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="The day.", show_default="today")]


@app.command("record")
def record(
    participant: Person,
    directory: Dir = HERE,
    country: Country = None,
    given: Annotated[list[Scope] | None, typer.Option("--given", help="A scope that the person says yes to.")] = None,
    withheld: Annotated[list[Scope] | None, typer.Option("--withheld", help="A scope that the person says no to.")] = None,
    day: Day = None,
    until: Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day of the yes.")] = None,
    manner: Annotated[Manner, typer.Option("--manner", help="How the yes came about.")] = Manner.ACTIVE,
    giver: Annotated[Giver, typer.Option("--giver", help="Who spoke.")] = Giver.SELF,
    document: Annotated[str, typer.Option("--document", help="Version of the form.")] = "",
    language: Annotated[str, typer.Option("--language", help="Language in which it was read (ISO 639-1).")] = "",
    duo: Annotated[list[str] | None, typer.Option("--duo", help="A code of the Data Use Ontology.")] = None,
    only_in: Annotated[list[str] | None, typer.Option("--only-in", help="A country in which the data may be used.")] = None,
    not_in: Annotated[list[str] | None, typer.Option("--not-in", help="A country in which they may not.")] = None,
    basis: Annotated[str, typer.Option("--basis", help="Legal basis, such as dpv:Consent.")] = "",
    opt_out: Annotated[bool, typer.Option("--opt-out", help="Opts out of secondary use (EHDS Art. 71).")] = False,
    opt_in: Annotated[bool, typer.Option("--opt-in", help="Takes the opt-out back.")] = False,
) -> None:
    """Record what a person said, a legal basis, or an opt-out: three facts that are kept apart."""
    from goe.acts.consent import record_consent

    node = _node(directory, country)
    since = _day(node, day)
    said = [(scope, True) for scope in given or ()] + [(scope, False) for scope in withheld or ()]
    events = [
        ConsentEvent(
            scope, yes, since, until.date() if until else None, manner, giver, document, language,
            tuple(duo or ()), tuple(only_in or ()), tuple(not_in or ()),
        )
        for scope, yes in said
    ]  # fmt: skip
    if opt_out and opt_in:
        raise BadInput("--opt-out and --opt-in contradict each other", expected="one of them")
    out = OptOut(opt_out, since) if opt_out or opt_in else None
    new = record_consent(node, participant, events, basis=LegalBasis(basis, since) if basis else None, opt_out=out)
    say(f"{new} facts recorded." if new else "This stands already; nothing was changed.")


@app.command("withdraw")
def withdraw(
    participant: Person,
    directory: Dir = HERE,
    country: Country = None,
    scope: Annotated[list[Scope] | None, typer.Option("--scope", help="Only this scope.", show_default="all")] = None,
    day: Day = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what it touches.")] = False,
    json: Json = False,
) -> None:
    """Say what a withdrawal touches, and with --yes withdraw."""
    from goe.acts.consent import ripple
    from goe.acts.consent import withdraw as end

    node, scopes = _node(directory, country), scope or list(Scope)
    found = ripple(node, participant, scopes)
    if json:
        print_json({name: list(value) for name, value in vars(found).items()})
    else:
        for name in ("batches", "releases", "analyses", "grants"):
            typer.echo(f"{name:<9} {', '.join(getattr(found, name)) or 'none'}")
        for sentence in found.effect:
            typer.echo(f"          {sentence}")
    if not yes:
        say("Nothing was changed. To withdraw, run it again with --yes.")
        return
    ended = end(node, participant, scopes, _day(node, day))
    say(f"{ended} scopes were withdrawn." if ended else "None of these scopes was open; nothing was changed.")


@app.command("show")
def show(participant: Person, directory: Dir = HERE, country: Country = None, json: Json = False) -> None:
    """List what a person said, the legal bases and the opt-outs, by day."""
    from goe.acts.consent import timeline

    rows = timeline(_node(directory, country), participant)
    if json:
        print_json(rows)
    else:
        print_table(rows)


@app.command("explain")
def explain(
    participant: Person,
    directory: Dir = HERE,
    country: Country = None,
    scope: Annotated[Scope, typer.Option("--scope", help="In which scope.")] = Scope.ALLELE_FREQUENCY,
    purpose: Annotated[Purpose, typer.Option("--purpose", help="For what.")] = Purpose.REFERENCE,
    user_country: Annotated[str, typer.Option("--from", help="Country of the user (ISO 3166-1).")] = "",
    commercial: Annotated[bool, typer.Option("--commercial", help="The use is commercial.")] = False,
    for_profit: Annotated[bool, typer.Option("--for-profit", help="The user makes profit.")] = False,
    ancestry: Annotated[bool, typer.Option("--ancestry", help="The use is about origins.")] = False,
    ethics: Annotated[bool, typer.Option("--ethics", help="The use has an ethics approval.")] = False,
    disease: Annotated[list[str] | None, typer.Option("--disease", help="Code of what is studied.")] = None,
    day: Day = None,
    json: Json = False,
) -> None:
    """Answer the one question: may this be done, in this scope, on this day, and why (not)? Exit 1 if not."""
    from goe.acts.consent import explain as answer_of

    node = _node(directory, country)
    use = Use(purpose, user_country.upper(), commercial, for_profit, ancestry, ethics, frozenset(disease or ()))
    answer = answer_of(node, participant, use, scope, _day(node, day))
    if json:
        print_json(
            {"permitted": answer.permitted, "reasons": list(answer.reasons), **{k: vars(v) for k, v in vars(answer).items()}}
        )
    else:
        typer.echo("permitted" if answer.permitted else "not permitted")
        for name, decision in vars(answer).items():
            typer.echo(f"  {'yes' if decision.permitted else 'no':<4}{name.replace('_', ' '):<8} {decision.reason}")
    if not answer.permitted:
        raise typer.Exit(1)


@app.command("crosswalk")
def crosswalk(
    file: Annotated[Path, typer.Argument(help="JSON: document, scopes, duo, reviewer, signed_on.")],
    directory: Dir = HERE,
    country: Country = None,
) -> None:
    """Sign what a reviewer judged an older, broad consent form to cover."""
    from goe.acts.consent import sign_crosswalk

    if not file.is_file():
        raise NotFound("there is no such file", where=str(file))
    try:
        body = json_format.loads(file.read_bytes())
    except ValueError:
        raise BadInput("the file is not JSON", where=str(file)) from None
    say(f"Signed: {sign_crosswalk(_node(directory, country), body, str(file))}")


def _node(directory: Path, country: str | None) -> Node:
    from goe.acts.setting import open_node

    return open_node(directory, country)


def _day(node: Node, day: datetime | None) -> date:
    return day.date() if day else node.clock().date()
