"""Reading the tables that ship with goe."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

from goe.rules.phenotypes import Choice, Item, Level, MinimalDataSet

DATA = Path(__file__).parents[1] / "data"


@cache
def inhabitants() -> dict[str, int]:
    """Inhabitants of each nation in 2026, by ISO code.

    Source: United Nations, World Population Prospects 2024, CC BY 3.0 IGO.
    """
    with (DATA / "inhabitants.csv").open(newline="") as file:
        return {row["nation"]: int(row["inhabitants"]) for row in csv.DictReader(file)}


MINIMAL_DATA_SET = "v1"
"""The version of the minimal data set in force; another lies beside it in its own folder."""


@cache
def minimal_data_set(version: str = MINIMAL_DATA_SET) -> MinimalDataSet:
    """A version of the minimal data set. Source: 1+MG framework, minimal metadata model (see docs/minimal_dataset.md)."""
    body = json.loads((DATA / "minimal_dataset" / version / "items.json").read_text(encoding="utf-8"))
    return MinimalDataSet(body["version"], body["title"], tuple(_item(raw) for raw in body["items"]))


def _item(raw: dict[str, Any]) -> Item:
    return Item(
        part=raw["class"],
        name=raw["item"],
        level=Level(raw["level"]),
        levels={case: Level(level) for case, level in raw["levels"].items()},
        choices=tuple(Choice(choice["label"], tuple(choice["codes"])) for choice in raw["values"]),
        **{
            name: raw[name] for name in ("definition", "kind", "condition", "use_case", "repeated", "code", "value_set", "open")
        },
        null_flavours=raw["null_flavours"],
    )
