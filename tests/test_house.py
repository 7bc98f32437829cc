"""The rooms of the house: which may import which, and what the inner rooms may take from outside."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import goe

HOUSE = Path(goe.__file__).parent
INNER = {"errors", "rules", "science", "signing", "pooling", "analyses", "store", "pages"}

# The table of the house: room -> what of ours it may import. `errors` is the error tree, open to every room that can fail.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "science": set(),
    "rules": set(),
    "pooling": {"science"},
    "signing": {"errors"},
    "analyses": {"science", "pooling"},
    "store": {"errors", "rules", "science", "signing", "pooling"},  # pooling: the types that a stored cohort is seen as
    "pages": {"rules"},
    "federation": {"errors", "pooling", "rules", "signing"},
    "synthetic": {"errors", "rules", "science"},
    "acts": INNER | {"federation", "synthetic"},
    "web": {"acts", "pages", "rules", "errors"},
    "cli": {"acts", "pages", "rules", "errors"},
}
MAY_TAKE = {
    "science": {"numpy", "scipy", "numba"},
    "rules": set(),
    "analyses": {"numpy", "scipy"},
    "pooling": {"numpy"},
    "errors": set(),
}
# What breaks the table, each with its reason; one that is mended must leave this list.
EXCEPTIONS = {
    ("cli/installation.py", "web"),  # `goe serve` has to start the web: the one place where a door opens another
}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file names, inside functions and under TYPE_CHECKING too."""
    for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(found, ast.Import):
            yield from (alias.name for alias in found.names)
        elif isinstance(found, ast.ImportFrom):
            assert found.level == 0, f"{path}: relative import"
            yield from (f"goe.{a.name}" for a in found.names) if found.module == "goe" else (str(found.module),)


def crossings() -> Iterator[tuple[str, str, str]]:
    """File, its room, and what it imports: one of our rooms, or a package from outside."""
    for path in sorted(HOUSE.rglob("*.py")):
        name = path.relative_to(HOUSE).as_posix()
        for module in imports(path):
            top, _, rest = module.partition(".")
            yield name, name.split("/")[0].removesuffix(".py"), f"goe.{rest.split('.')[0]}" if top == "goe" and rest else top


def test_rooms__import_only_what_the_table_says() -> None:
    wrong = {
        (file, module[4:])
        for file, room, module in crossings()
        if module.startswith("goe.") and module not in (f"goe.{room}", "goe.__version__")
        if module[4:] not in MAY_IMPORT.get(room, set())
    }
    assert wrong == EXCEPTIONS


def test_inner_rooms__take_only_what_the_table_says() -> None:
    wrong = [
        f"goe/{file} imports {module}"
        for file, room, module in crossings()
        if room in MAY_TAKE and not module.startswith("goe") and module not in sys.stdlib_module_names | MAY_TAKE[room]
    ]
    assert wrong == []


def test_the_simulator__is_a_tool_of_one_room() -> None:
    """msprime is under the GPL: no other room imports it."""
    assert {room for _, room, module in crossings() if module in ("msprime", "tskit")} <= {"synthetic"}


def test_every_room__stands_in_the_table() -> None:
    rooms = {p.relative_to(HOUSE).parts[0].removesuffix(".py") for p in HOUSE.rglob("*.py")}
    assert rooms - {"__init__", "data"} <= set(MAY_IMPORT)


def test_pure_rooms__know_no_clock_no_disk_and_no_chance() -> None:
    """Science and rules are handed what they need."""
    outside = {
        "os",
        "io",
        "time",
        "random",
        "pathlib",
        "socket",
        "subprocess",
        "tempfile",
        "shutil",
        "urllib",
        "sqlite3",
        "secrets",
    }
    assert [c for c in crossings() if c[1] in ("science", "rules") and c[2] in outside] == []
