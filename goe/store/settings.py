"""Reading and writing the settings files of an installation: `europe.toml`, `hub.toml`, `node.toml`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from goe.errors import BadInput, NotFound


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
