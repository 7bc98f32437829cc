"""The allocation of the real programme, as far as it is published, and what a floor inside the same total would do."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Any

import numpy as np

from goe.errors import BadInput
from goe.science.allocation import misfit, power_allocation
from goe.science.detection import detection, people_to_detect
from goe.store.formats.design_tables import SHIPPED


@dataclass(frozen=True)
class Published:
    """Countries as funded and with a floor; `slope` of log genomes on log inhabitants, and their correlation."""

    rows: tuple[dict[str, Any], ...]
    slope: float
    correlation: float
    total: int
    floor: int


def published(
    *,
    floor: int | None = None,
    exponent: float = 1.0,
    sensitivity: float = 1.0,
    inbreeding: float = 0.0,
    frequency: float = 0.001,
) -> Published:
    """The 16 countries whose numbers are public: who sees a rare allele as funded, and with a floor in the same total."""
    with (SHIPPED / "published.csv").open(newline="") as file:
        raw = list(csv.DictReader(file))
    genomes = np.array([int(r["genomes"]) for r in raw])
    size = np.array([float(r["inhabitants"]) for r in raw])
    least = people_to_detect(frequency, 0.95, sensitivity=sensitivity, inbreeding=inbreeding) if floor is None else floor
    total = int(genomes.sum())
    if wrong := misfit(total, np.full(len(raw), least), np.full(len(raw), total)):
        raise BadInput(
            f"a floor of {least} in {len(raw)} countries needs {wrong.by} people more than there are", where="--floor"
        )
    moved = power_allocation(size, total, exponent=exponent, floor=least)
    seen = [detection(n, frequency, sensitivity=sensitivity, inbreeding=inbreeding) for n in (genomes, moved)]
    x, y = np.log(size), np.log(genomes)
    rows = tuple(
        {
            "country": r["country"],
            "funded": int(genomes[i]),
            "per_1000": float(1000 * genomes[i] / size[i]),
            "sees_funded": float(seen[0][i]),
            "with_floor": int(moved[i]),
            "change": float(moved[i] / genomes[i] - 1),
            "sees_with_floor": float(seen[1][i]),
        }
        for i, r in enumerate(raw)
    )
    return Published(rows, float(np.polyfit(x, y, 1)[0]), float(np.corrcoef(x, y)[0, 1]), total, least)
