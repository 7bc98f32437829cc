"""Charts whose text never scales: places in per cent across and pixels down, the data in a stretched picture within."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from goe.pages import numbers
from goe.pages.scale import Mark

HEIGHT = 220  # pixels of the drawing, without the labels under it
_LINE = 14.0  # pixels between two lines of text
WIDTH = 1000  # units of the stretched picture


@dataclass(frozen=True)
class Line:
    """One line of a chart: its path in the stretched picture, its look (a CSS class), its name where it ends."""

    path: str
    look: str
    name: str = ""
    x: float = 0.0  # per cent
    y: float = 0.0  # pixels


@dataclass(frozen=True)
class Dot:
    """A point that is marked: place in per cent and pixels, and what is said of it."""

    x: float
    y: float
    name: str = ""
    look: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart of lines, ready for its template. Ticks of y carry pixels from the top, ticks of x per cent."""

    spoken: str
    across: tuple[Mark, ...]
    down: tuple[Mark, ...]
    lines: tuple[Line, ...]
    band: str = ""
    dots: tuple[Dot, ...] = ()
    rule: float | None = None  # pixels down of a dashed line: a target
    height: int = HEIGHT
    width: int = WIDTH


@dataclass(frozen=True)
class Axis:
    """From a value to a place between 0 and 1."""

    low: float
    high: float
    logarithmic: bool = False

    def at(self, value: float) -> float:
        """Where a value lies, from 0 at the low end to 1 at the high end, not beyond."""
        low, high, value = (math.log(v) if self.logarithmic else v for v in (self.low, self.high, max(value, 1e-300)))
        return min(1.0, max(0.0, (value - low) / (high - low)))


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round values between two ends, at most so many.

    >>> ticks(0, 500000)
    [0, 100000, 200000, 300000, 400000, 500000]
    """
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(step * k for k in (1, 2, 5, 10) if (high - low) / (step * k) <= most)
    found = [round(k * step, 12) for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    return [int(v) if v == int(v) else v for v in found]


def path_of(points: Sequence[tuple[float, float]], x: Axis, y: Axis) -> str:
    """A line through points in the units of the stretched picture."""
    places = [f"{WIDTH * x.at(a):.1f} {HEIGHT * (1 - y.at(b)):.1f}" for a, b in points]
    return "M" + "L".join(places)


def band_of(points: Sequence[tuple[float, float, float]], x: Axis, y: Axis) -> str:
    """The area between two lines over the same x: (x, lower, upper)."""
    upper = [(a, high) for a, _, high in points]
    lower = [(a, low) for a, low, _ in reversed(points)]
    return path_of(upper, x, y) + "L" + path_of(lower, x, y)[1:] + "Z"


def marks_across(values: Sequence[float], axis: Axis) -> tuple[Mark, ...]:
    """Ticks of the horizontal axis."""
    return tuple(Mark(100 * axis.at(v), whole(v)) for v in values)


def marks_down(values: Sequence[float], axis: Axis, texts: Sequence[str]) -> tuple[Mark, ...]:
    """Ticks of the vertical axis, in pixels from the top."""
    return tuple(Mark(HEIGHT * (1 - axis.at(v)), text) for v, text in zip(values, texts, strict=True))


def named_apart(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Lines whose names at the end do not lie on one another: near ends share one name, "a = 0.5, 0.7"."""
    found: list[Line] = []
    for line in sorted(lines, key=lambda line: line.y):
        before = next((i for i in reversed(range(len(found))) if found[i].name), None)
        if line.name and before is not None and line.y - found[before].y < _LINE:
            found[before] = replace(found[before], name=f"{found[before].name}, {line.name.rsplit(' ', 1)[-1]}")
            line = replace(line, name="")
        found.append(line)
    return tuple(found)


def whole(value: float) -> str:
    """A large number as an axis writes it."""
    return f"{value / 1e6:g} million" if value >= 1e6 else numbers.count(round(value))
