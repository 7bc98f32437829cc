"""Reading and writing the settings files of an installation: `europe.toml`, `hub.toml`, `node.toml`."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goe.errors import BadInput, NotFound


@dataclass(frozen=True)
class Shape:
    """What a setting must be: in words, and whether a value is it."""

    words: str
    fits: Callable[[Any], bool]


TEXT = Shape('text, such as "abc"', lambda v: isinstance(v, str))
TEXTS = Shape('a list of texts, such as ["a", "b"]', lambda v: isinstance(v, list) and all(isinstance(t, str) for t in v))
TABLE = Shape("a table", lambda v: isinstance(v, dict))
PUBLIC_KEYS = Shape(
    "a list of public keys, each of 64 hex digits in quotes",
    lambda v: isinstance(v, list) and all(isinstance(k, str) and re.fullmatch("[0-9a-f]{64}", k) for k in v),
)


def setting(table: Mapping[str, Any], name: str, shape: Shape, path: Path, *, within: str = "") -> Any:
    """One setting of a file, or of the table `within` it. Raises BadInput where it is missing or of another shape."""
    where = f"{path}, setting {within + '.' if within else ''}{name}"
    if name not in table:
        raise BadInput("the setting is missing", expected=shape.words, where=where)
    if not shape.fits(table[name]):
        raise BadInput(f"found {_briefly(table[name])}", expected=shape.words, where=where)
    return table[name]


def _briefly(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}..."


def read_settings(path: Path) -> dict[str, Any]:
    """The settings in a TOML file. Raises NotFound or BadInput with the line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound("the settings file is missing", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"the settings cannot be read: {error}", expected="TOML", where=str(path)) from error


def write_settings(path: Path, settings: Mapping[str, Any], *, heading: str) -> None:
    """Write settings as TOML: text, numbers, truths and lists of them, then one table for each mapping."""
    plain = {k: v for k, v in settings.items() if not isinstance(v, Mapping)}
    tables = {k: v for k, v in settings.items() if isinstance(v, Mapping)}
    lines = [f"# {heading}", *(f"{k} = {_value(v)}" for k, v in plain.items())]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{k} = {_value(v)}" for k, v in table.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # for these types JSON's spelling is TOML's
