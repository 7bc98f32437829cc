"""A recommendation as a file: `recommendation.json`, and its tables as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from goe.errors import BadInput
from goe.rules.design import (
    Assumption,
    Binding,
    Choice,
    CountryDesign,
    Curve,
    PartDesign,
    Recommendation,
    Source,
    Stratum,
    SubgroupDesign,
    Variation,
)

FORMAT = "goe cohort recommendation, version 1"


def to_json(made: Recommendation) -> str:
    """The whole recommendation as JSON text."""
    return json.dumps({"format": FORMAT, **_rounded(asdict(made))}, indent=1, ensure_ascii=False) + "\n"


def read_recommendation(path: Path) -> Recommendation:
    """A recommendation from its file. Raises BadInput where it is none."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return _from(raw)
    except FileNotFoundError:
        raise BadInput("there is no such file", expected="a recommendation.json", where=str(path)) from None
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("this is no recommendation", expected="what `goe design recommend` wrote", where=str(path)) from error


def write_tables(made: Recommendation, folder: Path) -> None:
    """countries.csv, parts.csv, composition.csv, subgroups.csv, choices.csv and sensitivity.csv."""
    _write(folder / "countries.csv", [_flat(asdict(c)) for c in made.countries])
    _write(folder / "parts.csv", [_flat(asdict(p)) for p in made.parts])
    _write(folder / "composition.csv", [asdict(s) for s in made.strata])
    _write(folder / "subgroups.csv", [_flat(asdict(s)) for s in made.subgroups])
    _write(folder / "choices.csv", [asdict(c) for c in made.choices])
    _write(folder / "sensitivity.csv", [asdict(v) for v in made.sensitivity])


def _from(raw: Mapping[str, Any]) -> Recommendation:
    if raw["format"] != FORMAT:
        raise ValueError(raw["format"])
    kinds: dict[str, Any] = {
        "countries": _bound(CountryDesign), "parts": _bound(PartDesign), "strata": _plain(Stratum),
        "subgroups": _bound(SubgroupDesign), "assumptions": _plain(Assumption), "choices": _plain(Choice),
        "sensitivity": _plain(Variation), "sources": _plain(Source), "curves": curve_from,
    }  # fmt: skip
    values = {name: value for name, value in raw.items() if name != "format"}
    values |= {name: tuple(make(row) for row in values[name]) for name, make in kinds.items()}
    values |= {name: tuple(values[name]) for name in ("not_supplied", "notes")}
    return Recommendation(**values)


def _plain(kind: Any) -> Any:
    return lambda row: kind(**row)


def _bound(kind: Any) -> Any:
    return lambda row: kind(**{**row, "binding": tuple(Binding(**{k: b[k] for k in b if k != "by"}) for b in row["binding"])})


def curve_from(row: Mapping[str, Any]) -> Curve:
    """A curve as it was printed. Raises KeyError or TypeError where it is none."""
    return Curve(
        people=tuple(row["people"]),
        expected=tuple(row["expected"]),
        low=tuple(row["low"]),
        high=tuple(row["high"]),
        pilot=int(row["pilot"]),
        stratum=str(row.get("stratum", "")),
        warnings=tuple(row.get("warnings", ())),
    )


def _rounded(value: Any) -> Any:
    """Real numbers to nine significant digits, so that a file is the same on every machine; each binding with its `by`."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, Mapping):
        more = {"by": abs(value["wants"] - value["without"])} if "wants" in value else {}
        return {name: _rounded(v) for name, v in {**value, **more}.items()}
    return [_rounded(v) for v in value] if isinstance(value, list | tuple) else value


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without structure: chances in columns of their own, bindings in words."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name == "detection":
            found |= {f"detection_{f}": p for f, p in value.items()}
        elif name == "countries":
            found[name] = "; ".join(f"{code} {n}" for code, n in value.items())
        elif name == "binding":
            found[name] = "; ".join(f"{b['constraint']}: {b['wants']} instead of {b['without']}" for b in value)
        else:
            found[name] = value
    return found


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
