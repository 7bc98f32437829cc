"""The command line: `goe <noun> <verb>`, one file per noun. Data go to stdout, everything else to stderr.

Exit 0: done, and the answer is yes. 1: refused, failed, or the answer is no, with the reason. 2: usage. Nothing heavy is
imported before a command needs it, so that `goe --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from goe import __version__
from goe.cli import (
    consent,
    design,
    examine,
    genomes,
    genomes_out,
    include,
    installation,
    ledger,
    node,
    participants,
    provider,
    release,
    rights,
    synthetic,
    variant,
)
from goe.errors import GoeError

app = typer.Typer(
    help="Genome of Europe: a national node, and the crosslink between nations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: half the time of a boxed one
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(installation.demo)
app.command("serve")(installation.serve)
app.command("check")(installation.check)
for more in (examine, genomes_out):
    more.add_to(genomes.app)
for noun in (node, participants, provider, consent, rights, include, genomes, release, variant, ledger, design, synthetic):
    app.add_typer(noun.app, name=noun.__name__.rsplit(".", 1)[-1])


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"goe {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and end.")
    ] = False,
) -> None:
    """Genome of Europe: a national node, and the crosslink between nations."""


def main() -> None:
    """Run the command line; a failure is one sentence on stderr and exit code 1; a trace is shown only with GOE_DEBUG=1."""
    try:
        app(prog_name="goe")
    except GoeError as error:
        typer.echo(f"goe: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        reason = " ".join(str(error.strerror or error).split())  # some libraries write several lines
        typer.echo(f"goe: {error.filename or 'the system'}: {reason}.", err=True)
        sys.exit(1)
    except Exception as error:  # the message of an error that nobody foresaw may hold a name, so only its kind is shown
        if os.environ.get("GOE_DEBUG") == "1":
            import traceback

            traceback.print_exc()
        typer.echo(
            f"goe: something unexpected went wrong ({type(error).__name__}); nothing personal is shown. "
            "To go on: report it with the command that you ran.",
            err=True,
        )
        sys.exit(1)
