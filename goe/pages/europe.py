"""The map of Europe: one land per nation, in the state of its answer, with links into the table below it.

The paths are drawn once by `scripts/make_map.py` and kept in `europe.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from goe.pages import numbers, sentences
from goe.pages.scale import Mark, marks, scale_for
from goe.rules.frequencies import NationInRelease, PopulationFrequency, VariantAnswer
from goe.rules.words import NATIONS, State

MOST_LABELS = 10
LEAST_LABELLED_AREA = 4500  # square units; smaller lands are left to the table
CIRCLED = ("CY", "LI", "LU", "MT")  # too small to see: they get a circle too

STATE_CLASSES = {
    State.OBSERVED_ZERO: "zero",
    State.NOT_CALLABLE: "nocall",
    State.SUPPRESSED: "few",
    State.OFFLINE: "offline",
}


@dataclass(frozen=True)
class Land:
    """One nation on the map. `look` is a CSS class, `spoken` what it says, `href` empty where it has no answer."""

    code: str
    path: str
    look: str
    spoken: str
    href: str = ""
    circle: tuple[int, int] | None = None


@dataclass(frozen=True)
class Label:
    """A name and a number on the map; `look` carries the classes that keep them legible on their ground."""

    name: str
    code: str
    value: str
    x: int
    y: int
    look: str


@dataclass(frozen=True)
class Picture:
    """A whole map, ready for its template."""

    title: str
    outside: str
    blank: tuple[Land, ...]
    lands: tuple[Land, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Legend:
    """What the colours mean: the bar where there are values, and always all the states."""

    title: str
    ticks: tuple[Mark, ...] = ()
    codes: tuple[Mark, ...] = ()
    lines: tuple[float, ...] = ()


@cache
def _drawing() -> dict[str, Any]:
    drawing: dict[str, Any] = json.loads((Path(__file__).parent / "europe.json").read_text())
    return drawing


def frequency_map(answer: VariantAnswer, captions: Mapping[str, str]) -> Picture:
    """The map of one variant: every nation in the colour or pattern of its answer."""
    scale = scale_for(answer.nations)

    def look(nation: PopulationFrequency) -> str:
        if nation.state is State.VALUE and scale:
            return f"v{scale.step(nation.allele_frequency or 0)}"
        return STATE_CLASSES.get(nation.state, "blank")

    lands = [
        _land(n.population, look(n), f"{sentences.name(n.population, captions)}: {sentences.spoken(n)}") for n in answer.nations
    ]
    values = {
        n.population: scale.value(n.allele_frequency or 0) if scale else "0"
        for n in answer.nations
        if n.state in (State.VALUE, State.OBSERVED_ZERO)
    }
    title = f"Map of Europe: frequency of {sentences.allele(answer.variant)} by nation. The table below has the same numbers."
    return _picture(title, lands, values, _value_ground)


def membership_map(nations: Sequence[NationInRelease], captions: Mapping[str, str]) -> Picture:
    """The map of who is in the release: people counted, in the accent colour, for the ramp is kept for values."""
    lands = [
        _land(
            n.nation,
            "member" if n.answered else "offline",
            f"{sentences.name(n.nation, captions)}: {numbers.count(n.people)} people counted",
        )
        for n in nations
    ]
    values = {n.nation: numbers.count(n.people) for n in nations if n.people is not None}
    return _picture("Map of Europe: people counted per nation", lands, values, lambda look: "on" if look == "member" else "")


def value_map(title: str, step: Mapping[str, int], value: Mapping[str, str], unit: str) -> Picture:
    """A map of any value: by nation, its class of the ramp (0 to 9), and the value as it is written."""
    lands = [_land(code, f"v{step[code]}", f"{NATIONS[code]}: {value[code]}{unit}") for code in step]
    return _picture(title, lands, value, _value_ground)


def legend_for(answer: VariantAnswer) -> Legend:
    """The legend of a variant's map."""
    scale = scale_for(answer.nations)
    title = f"Frequency of {'allele ' if len(answer.variant.alternate) <= 12 else ''}{sentences.allele(answer.variant)}"
    if scale is None:
        return Legend(title)
    values = [(sentences.code(n.population), n.allele_frequency or 0) for n in answer.nations if n.state is State.VALUE]
    codes = marks(scale, values)
    lines = tuple(100 * value / scale.top for _, value in values) if codes else ()
    return Legend(f"{title}, {scale.unit}" if scale.unit else title, scale.ticks(), codes, lines)


def _land(code: str, look: str, spoken: str, href: str | None = None) -> Land:
    nation = _drawing()["nations"][code]
    circle = (nation["centre"][0], nation["centre"][1]) if code in CIRCLED else None
    return Land(code, nation["path"], look, spoken, f"#row-{code}" if href is None else href, circle)


def _picture(title: str, lands: Sequence[Land], values: Mapping[str, str], ground: Callable[[str], str]) -> Picture:
    """Lands with an answer come last and in the table's order, which is the order of the tab key."""
    drawn = {land.code for land in lands}
    blank = tuple(_land(c, "blank", f"{NATIONS[c]}: no data yet", "") for c in NATIONS if c not in drawn)
    return Picture(title, _drawing()["outside"], blank, tuple(lands), _labels(lands, values, ground))


def _labels(lands: Sequence[Land], values: Mapping[str, str], ground: Callable[[str], str]) -> tuple[Label, ...]:
    nations = _drawing()["nations"]
    roomy = [
        land
        for land in lands
        if land.code in values and (nations[land.code]["area"] >= LEAST_LABELLED_AREA or nations[land.code]["label"]["sea"])
    ]
    labels = []
    for land in sorted(roomy, key=lambda land: -nations[land.code]["area"])[:MOST_LABELS]:
        place = nations[land.code]["label"]
        name = "UK" if land.code == "GB" else NATIONS[land.code]
        look = "sea" if place["sea"] else ground(land.look)
        labels.append(Label(name, sentences.code(land.code), values[land.code], place["x"], place["y"], look))
    return tuple(labels)


def _value_ground(look: str) -> str:
    """The classes of a label on a class of the ramp; contrast was measured for each (design, section 2)."""
    if not look.startswith("v"):
        return "halo"
    step = int(look[1:])
    return f"h{step} {'low' if step < 4 else 'mid' if step < 6 else 'high'}"
