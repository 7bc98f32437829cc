"""Discovery curves from the genomes of a pilot: a node's own store, or a spectrum in a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from goe.errors import BadInput
from goe.rules.design import Curve


def read_curves(paths: Sequence[Path]) -> list[Curve]:
    """Curves from files that `goe design curve --json` printed. Raises BadInput where a file is none."""
    return [curve for path in paths for curve in _read(path)]


def curve_rows(curve: Curve) -> list[dict[str, Any]]:
    """A curve as rows of a table."""
    columns = (curve.people, curve.expected, curve.low, curve.high)
    return [
        {"stratum": curve.stratum, "people": n, "expected": e, "low": low, "high": high, "inside_pilot": n <= curve.pilot}
        for n, e, low, high in zip(*columns, strict=True)
    ]


def as_json(curve: Curve) -> dict[str, Any]:
    """A curve as the object that is printed and read again."""
    return asdict(curve)


def _read(path: Path) -> list[Curve]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return [Curve(**{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}) for row in raw]
    except FileNotFoundError:
        raise BadInput("there is no such file", where=str(path)) from None
    except (ValueError, TypeError, AttributeError) as error:
        raise BadInput(
            "this is no discovery curve", expected="what `goe design curve --json` printed", where=str(path)
        ) from error
