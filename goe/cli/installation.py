"""Commands about a whole installation: the demonstration, the server, the health check."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goe.cli.options import HERE, Dir, Json, print_findings, say
from goe.errors import BadInput, Conflict

if TYPE_CHECKING:
    from goe.acts.desk import StewardDesk
    from goe.acts.setting import Place
    from goe.web.steward.session import InsecureLocalSteward

Port = Annotated[int, typer.Option("--port", envvar="GOE_PORT", min=1, max=65535, help="Port of the server.")]
Host = Annotated[str, typer.Option("--host", envvar="GOE_HOST", help="Address to serve on.")]

LOCAL = "127.0.0.1"
_LOOPBACK = (LOCAL, "::1")


def demo(
    directory: Annotated[Path, typer.Option("--dir", help="Folder of the demonstration.")] = Path("goe-demo"),
    port: Port = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Make it and end.")] = False,
) -> None:
    """Make a Europe of four real nations from 404 people of the 1000 Genomes Project, and serve it."""
    from goe.acts.demonstrate import demonstrate
    from goe.cli.progress import TerminalProgress

    if not no_serve:
        _check_port(LOCAL, port)
    made = demonstrate(directory, progress=TerminalProgress())
    say(f"{'Made' if made.new else 'There already:'} {directory}, a hub and the nodes {', '.join(made.root.nodes)}.")
    for built in made.europe:
        say(f"Europe {built.assembly}: release {built.version}, {built.variants} variants, {built.people} people counted.")
    if notice := made.root.hub.settings.notice:
        say(notice)
    say(f"Look up a variant: goe variant show 2-136608646-G-A --dir {directory}")
    if not no_serve:
        _serve(made.root, LOCAL, port)


def serve(
    directory: Dir = HERE,
    port: Port = 8000,
    host: Host = LOCAL,
    steward: Annotated[
        bool, typer.Option("--steward", help="A node's own people too, on this machine, behind a stand-in for sign-in.")
    ] = False,
) -> None:
    """Serve the portal of a root, hub or node; without sign-in it shows releases of the class `open` only."""
    from goe.acts.setting import open_place

    place = open_place(directory)
    if steward:
        _check_steward(place, host)
    _check_port(host, port)
    _serve(place, host, port, steward=steward)


def _check_steward(place: Place, host: str) -> None:
    """Raise BadInput where the steward's pages would be of several nations, or could be reached from elsewhere."""
    from goe.acts.setting import Node

    if host not in _LOOPBACK:
        raise BadInput(
            "the steward's pages have no real sign-in yet and serve this machine alone",
            expected=" or ".join(_LOOPBACK),
            where="--host",
            remedy="leave out --host, or leave out --steward",
        )
    if not isinstance(place, Node):
        raise BadInput("the steward's pages are of one node", where="--dir", remedy="name the folder of a node with --dir")


def check(directory: Dir = HERE, json: Json = False) -> None:
    """Check settings, keys, databases, the ledger, genomes and releases; exit 1 if anything is wrong."""
    from goe.acts.verify import check as findings_of

    print_findings(findings_of(directory), json=json)


def _check_port(host: str, port: int) -> None:
    """Raise Conflict where the port cannot be had, before anything else is done."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Conflict(
                f"port {port} on {host} cannot be used: {error.strerror}",
                expected="a free port",
                remedy="choose another --port",
            ) from None


def served_at(host: str, port: int) -> str:
    """The address to open; an IPv6 address stands in brackets (RFC 3986, section 3.2.2).

    >>> served_at("::1", 8000)
    'http://[::1]:8000'
    """
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _serve(place: Place, host: str, port: int, *, steward: bool = False) -> None:
    import uvicorn

    from goe import __version__
    from goe.acts.look_up import Reference
    from goe.web.app import create_app

    desk = _steward(place, served_at(host, port)) if steward else None
    app = create_app(Reference(place, anonymous=True), version=__version__, steward=desk)
    say(f"Serving on {served_at(host, port)} (Ctrl-C ends it).")
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, server_header=False)


def _steward(place: Place, address: str) -> tuple[StewardDesk, InsecureLocalSteward]:
    from goe.acts.desk import StewardDesk
    from goe.acts.setting import Node
    from goe.pages.addresses import STEWARD_SIGN_IN
    from goe.web.steward.session import InsecureLocalSteward

    assert isinstance(place, Node)
    say("The steward's pages are served with a stand-in for sign-in, on this machine alone.")
    door = InsecureLocalSteward(lambda code: say(f"Sign in at {address}{STEWARD_SIGN_IN} with this code, once: {code}"))
    return StewardDesk(place), door
