"""The one scale of values: ten equal classes from zero to a round number above the highest nation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from goe.rules.frequencies import PopulationFrequency
from goe.rules.words import State

CLASSES = 10
MOST_MARKS = 8  # more codes than this do not fit above a legend bar
LEAST_DISTANCE = 0.075  # of the bar's length, between two codes above it


@dataclass(frozen=True)
class Mark:
    """A place on a bar or axis, in per cent of its length, and what is written there."""

    at: float
    text: str


@dataclass(frozen=True)
class Scale:
    """A scale from 0 to `top`, a frequency."""

    top: float

    @property
    def factor(self) -> int:
        """What a frequency is multiplied with to be read on this scale."""
        return 1_000_000 if self.top < 0.0001 else 1000 if self.top < 0.01 else 1

    @property
    def unit(self) -> str:
        """How the numbers on the scale are meant; empty for plain frequencies."""
        return {1: "", 1000: "per thousand", 1_000_000: "per million"}[self.factor]

    def step(self, value: float) -> int:
        """The class of a frequency, 0 to 9."""
        return min(CLASSES - 1, math.floor(value / self.top * CLASSES))

    def ticks(self, parts: int = 5, *, in_unit: bool = True) -> tuple[Mark, ...]:
        """Round numbers at equal distances, both ends among them; plain frequencies unless `in_unit`."""
        top = self.top * (self.factor if in_unit else 1)
        return tuple(Mark(100 * i / parts, f"{top * i / parts:.10f}".rstrip("0").rstrip(".")) for i in range(parts + 1))

    def value(self, frequency: float) -> str:
        """A frequency in the unit of the scale, for a label on the map."""
        if frequency in (0, 1):
            return f"{frequency:.0f}"
        if self.factor == 1:
            return f"{frequency:.3f}"
        number = frequency * self.factor
        return f"{number:.1f}" if number < 10 else f"{number:.0f}"


def scale_for(nations: Sequence[PopulationFrequency]) -> Scale | None:
    """The scale that holds every nation's value; None where no nation has one."""
    values = [n.allele_frequency or 0 for n in nations if n.state is State.VALUE]
    return Scale(_round_above(max(values), (1, 2, 5, 10))) if values else None


def axis_for(populations: Sequence[PopulationFrequency]) -> Scale:
    """The axis on which every interval of a table fits, with a top that divides well by four."""
    uppers = [p.interval[1] for p in populations if p.interval and p.state in (State.VALUE, State.OBSERVED_ZERO)]
    return Scale(_round_above(max(uppers, default=1.0), (1, 2, 4, 6, 8, 10)))


def marks(scale: Scale, values: Sequence[tuple[str, float]]) -> tuple[Mark, ...]:
    """Codes above the legend bar at their values; close neighbours share one place, too many are left out."""
    if len(values) > MOST_MARKS:
        return ()
    groups: list[list[tuple[str, float]]] = []
    for code, value in sorted(values, key=lambda v: v[1]):
        if groups and (value - groups[-1][0][1]) / scale.top < LEAST_DISTANCE:
            groups[-1].append((code, value))
        else:
            groups.append([(code, value)])
    return tuple(Mark(100 * sum(v for _, v in g) / len(g) / scale.top, " ".join(c for c, _ in g)) for g in groups)


def _round_above(value: float, rounds: tuple[int, ...]) -> float:
    """The least of the round numbers, in any decade, that is not below the value; never above 1."""
    decade = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return min(1.0, next(round(r * decade, 12) for r in rounds if r * decade >= value * (1 - 1e-12)))
