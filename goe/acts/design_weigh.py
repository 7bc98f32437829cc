"""What the people counted stand for: their weights, how representative they are, and who is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.acts.design_census import Census
from goe.errors import BadInput
from goe.rules.census import DIMENSION_WORDS, DIMENSIONS, first_age
from goe.science import representativeness as measure
from goe.science.allocation import best_allocation, power_gain
from goe.science.detection import people_to_detect
from goe.science.weights import Raked, rake


@dataclass(frozen=True)
class Member:
    """A person of the cohort in the labels of the census, and the chance of having been chosen (None: 1 for all alike)."""

    member: str
    labels: tuple[str, ...]
    chance: float | None = None
    for_coverage: bool = False
    took_part: bool = True


@dataclass(frozen=True)
class Standing:
    """Weights of the members that have one, and how the cohort compares with the census.

    `rows` has one line per label of each dimension; `next_people` says of whom the next ones should be.
    """

    weighted: tuple[str, ...]
    weights: Raked
    without_weight: int
    rows: tuple[dict[str, Any], ...]
    summary: Mapping[str, Any]
    next_people: Mapping[str, int]
    notes: tuple[str, ...]


def weigh(census: Census, members: Sequence[Member], *, following: int = 1000, from_age: int = 18, floor: int = 0) -> Standing:
    """Rake the members to the census, compare them with it, and say of whom the next `following` people should be.

    Members picked for coverage get no weight and do not count in the comparison. `floor` is the least number shown of a
    stratum: smaller ones are merged by the caller's disclosure rule and shown as such. Raises BadInput where a member has a
    label that the census lacks.
    """
    invited = [m for m in members if not m.for_coverage]
    chance = [m for m in invited if m.took_part]
    if not chance:
        raise BadInput("nobody in the cohort was drawn by chance", expected="people with a chance of inclusion")
    used = [i for i, labels in enumerate(census.labels) if labels != ("",)]
    if not used:
        raise BadInput(f"the census of {census.country} has no dimension to compare", expected="sex, age, region or group")
    label = {i: _places(census, i, chance) for i in used}
    people = _adults(census, from_age)
    share = {i: people.sum(axis=tuple(j for j in range(4) if j != i)) for i in used}
    start = np.array([1 / (m.chance or 1.0) for m in chance])
    raked = rake([label[i] for i in used], [share[i] for i in used], start)
    cell = np.ravel_multi_index(
        [label[i] if i in label else np.zeros(len(chance), dtype=np.int64) for i in range(4)], people.shape
    )
    n = np.bincount(cell, minlength=people.size)
    notes = _notes(raked, n, people.ravel())
    return Standing(
        weighted=tuple(m.member for m in chance),
        weights=raked,
        without_weight=len(members) - len(invited),
        rows=tuple(row for i in used for row in _rows(census, i, label[i], share[i], floor)),
        summary={
            **_summary(n, people.ravel(), raked, {census_word(i): (label[i], share[i]) for i in used}),
            "invited": len(invited),
            "r_indicator": _response(census, used, invited) if len(invited) > len(chance) else None,
        },
        next_people=_next(census, people, n.reshape(people.shape), following),
        notes=notes,
    )


def _response(census: Census, used: Sequence[int], invited: Sequence[Member]) -> float:
    """The R-indicator of those who were invited, by cells of all dimensions."""
    label = [_places(census, i, invited) for i in used]
    cell = np.ravel_multi_index(label, [len(census.labels[i]) for i in used])
    took = np.array([m.took_part for m in invited])
    return measure.r_indicator(np.bincount(cell[took], minlength=int(cell.max()) + 1), np.bincount(cell))


def census_word(dimension: int) -> str:
    """What a dimension is called."""
    return DIMENSION_WORDS[DIMENSIONS[dimension]]


def _adults(census: Census, from_age: int) -> NDArray[np.float64]:
    """The census with the bands below the youngest age emptied."""
    people = census.people.copy()
    for i, band in enumerate(census.labels[3]):
        if band and first_age(band) < from_age:
            people[..., i] = 0
    return people


def _places(census: Census, dimension: int, members: Sequence[Member]) -> NDArray[np.int64]:
    known = {name: k for k, name in enumerate(census.labels[dimension])}
    unknown = sum(m.labels[dimension] not in known for m in members)
    if unknown:
        raise BadInput(
            f"{unknown} members have a {census_word(dimension)} that the census of {census.country} lacks",
            expected=", ".join(list(known)[:12]), remedy="use the census's labels",
        )  # fmt: skip
    return np.array([known[m.labels[dimension]] for m in members], dtype=np.int64)


def _rows(census: Census, dimension: int, label: Any, share: Any, floor: int) -> list[dict[str, Any]]:
    names = census.labels[dimension]
    n = np.bincount(label, minlength=len(names))
    ratio = measure.participation_ratio(n, share)
    low, high = measure.participation_interval(n, share)
    smd = measure.standardised_differences(n, share)
    return [
        {
            "dimension": census_word(dimension),
            "label": name,
            "people": int(n[k]) if n[k] >= floor else None,
            "census_share": float(share[k] / share.sum()),
            "ratio": float(ratio[k]) if n[k] >= floor else None,
            "low": float(low[k]) if n[k] >= floor else None,
            "high": float(high[k]) if n[k] >= floor else None,
            "verdict": _verdict(float(low[k]), float(high[k])) if n[k] >= floor else f"suppressed, fewer than {floor}",
            "difference": float(smd[k]) if n[k] >= floor else None,
        }
        for k, name in enumerate(names)
        if share[k] > 0
    ]


def _verdict(low: float, high: float) -> str:
    return "below" if high < 1 else "above" if low > 1 else "as census"


def _summary(n: Any, people: Any, raked: Raked, margins: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    floor = people_to_detect(0.01, 0.95)
    worst = {
        word: {
            "jensen_shannon_bits": measure.jensen_shannon(np.bincount(label, minlength=len(share)), share),
            "largest_standardised_difference": float(
                np.abs(measure.standardised_differences(np.bincount(label, minlength=len(share)), share)).max()
            ),
            "genetic_coverage": measure.genetic_coverage(np.bincount(label, minlength=len(share)), share, floor),
        }
        for word, (label, share) in margins.items()
    }
    return {
        "people": int(n.sum()),
        "coverage": measure.coverage(n, people),
        "coverage_of_ten": measure.coverage(n, people, least=10),
        "cv": measure.response_variation(n, people),
        "design_effect": raked.design_effect,
        "effective_people": raked.effective_people,
        "weights_trimmed": raked.trimmed,
        "margins_off_by": raked.off,
        "margins": worst,
    }


def _next(census: Census, people: NDArray[np.float64], n: NDArray[np.int64], following: int) -> dict[str, int]:
    """Of whom the next people should be: those who lower the error of the weighted frequency most, cell by cell."""
    now = n.ravel()
    cap = np.where(people.ravel() > 0, now + following, now)
    more = best_allocation(power_gain(people.ravel(), 1.0), int(now.sum()) + following, now, cap) - now
    table = more.reshape(people.shape)
    found: dict[str, int] = {}
    for i, labels in enumerate(census.labels):
        if labels == ("",):
            continue
        sums = table.sum(axis=tuple(j for j in range(4) if j != i))
        found |= {f"{census_word(i)} {name}": int(k) for name, k in zip(labels, sums, strict=True) if k}
    return found


def _notes(raked: Raked, n: Any, people: Any) -> tuple[str, ...]:
    notes = []
    empty = float(people[n == 0].sum() / people.sum())
    if empty > 0.001:
        notes.append(f"{100 * empty:.1f} % of the population live in cells without a single participant; no weight mends that.")
    if raked.off > 0.001:
        notes.append(
            f"Weights were cut at five times the median, so a margin is still off by {100 * raked.off:.1f} % of people."
        )
    return tuple(notes)
