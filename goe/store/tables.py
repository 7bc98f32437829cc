"""Reading the tables that ship with goe."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"


@cache
def inhabitants() -> dict[str, int]:
    """Inhabitants of each nation in 2026, by ISO code.

    Source: United Nations, World Population Prospects 2024, CC BY 3.0 IGO.
    """
    with (DATA / "inhabitants.csv").open(newline="") as file:
        return {row["nation"]: int(row["inhabitants"]) for row in csv.DictReader(file)}
