"""What there is, is documented: commands, settings, deeds, analyses; examples in docstrings run; no machine's name is told."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import click
import pytest
import typer
from setting import REPOSITORY

import goe
from goe.acts.setting import Settings
from goe.cli import app
from goe.rules.disclosure import FLOORS
from goe.rules.events import Deed
from goe.rules.words import State

DOCS = REPOSITORY / "docs"
HOUSE = Path(goe.__file__).parent


def document(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command with a verb, by its full name."""
    if hasattr(command, "commands"):
        for verb, below in command.commands.items():
            yield from commands(below, f"{name} {verb}")
    else:
        yield name, command


COMMANDS = dict(commands(typer.main.get_command(app), "goe"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command__is_documented(name: str) -> None:
    assert f"`{name}`" in document("commands.md")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option__is_documented(name: str) -> None:
    """In the commands' own row, or among the options that all share."""
    row = next(line for line in document("commands.md").splitlines() if f"`{name}`" in line and line.startswith("|"))
    shared = {"--dir", "--json", "--country", "--help", "-h"}
    for parameter in COMMANDS[name].params:
        long = [option for option in parameter.opts if option.startswith("--")]
        if isinstance(parameter, click.Option) or long:
            assert set(long) & shared or any(o in row for o in parameter.opts), f"{name} {parameter.opts}"


def test_documented_commands__exist() -> None:
    """Nothing is promised that is not there."""
    rows = [line for line in document("commands.md").splitlines() if line.startswith("| `goe ")]
    named = {re.findall(r"`([^`]*)`", line)[0] for line in rows}
    assert named == set(COMMANDS)


@pytest.mark.parametrize("name", [*(f.name for f in fields(Settings)), "GOE_DIR", "GOE_HOST", "GOE_PORT"])
def test_every_setting__is_documented(name: str) -> None:
    text = document("settings.md")
    assert f"`{name}`" in text
    if name in {f.name for f in fields(Settings) if isinstance(f.default, str)}:
        assert f"`GOE_{name.upper()}`" in text, "every text can come from the environment"


@pytest.mark.parametrize("deed", Deed)
def test_every_deed__is_documented(deed: Deed) -> None:
    assert f"`{deed}`" in document("ledger.md")


@pytest.mark.parametrize("name", sorted(p.stem for p in (HOUSE / "analyses").glob("*.py") if p.stem != "__init__"))
def test_every_analysis__is_documented(name: str) -> None:
    assert f"`{name}`" in document("analyses.md")
    assert import_module(f"goe.analyses.{name}").__doc__


def test_states_and_floors__are_documented() -> None:
    text = document("counting.md").lower()
    for state in State:
        assert state.value.replace("_", " ") in text, state
    for name, column in (("a count below", "cell"), ("fewer people", "group"), ("must change", "change")):
        row = next(line for line in text.splitlines() if line.startswith("|") and name in line)
        shown = [cell.strip() for cell in row.strip("|").split("|")][1:]
        assert shown == [str(getattr(floors, column) or "-") for floors in FLOORS.values()]


MODULES = [
    "goe.errors",
    "goe.pooling",
    "goe.signing",
    *(
        f"goe.{room}.{p.stem}"
        for room in ("rules", "science")
        for p in sorted((HOUSE / room).glob("*.py"))
        if p.stem != "__init__"
    ),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings__run(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0


def test_links_between_documents__lead_somewhere() -> None:
    for path in [*DOCS.rglob("*.md"), REPOSITORY / "README.md"]:
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} -> {target}"


def test_no_file__tells_of_the_machine_it_was_written_on() -> None:
    """No path of a working place, no address of a private package index."""
    machine = re.compile(
        "|".join(["/" + "work/", "/" + "root/", "/" + "tmp/v/", "index" + "-url", "artifact" + "ory", "pythonh" + "osted"])
    )
    skipped = {
        ".git",
        "__pycache__",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".hypothesis",
        "shared",
        "dist",
        "build",
        "node_modules",
    }
    told = []
    for path in REPOSITORY.rglob("*"):
        if path.is_file() and not skipped & set(path.relative_to(REPOSITORY).parts) and not path.match("*.egg-info/*"):
            text = path.read_bytes()
            if b"\0" not in text[:4096] and machine.search(text.decode(errors="replace")):
                told.append(str(path.relative_to(REPOSITORY)))
    assert told == []
