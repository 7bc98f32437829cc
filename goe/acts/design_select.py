"""Whom to ask: people of a biobank who make the planned composition, unrelated, with their chance of being chosen.

First those who cannot be asked are left out, then as many unrelated people as can be are kept, then numbers per cell are
settled, then people are drawn within each cell by a stored seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.errors import BadInput
from goe.rules.census import DIMENSION_WORDS, MAJORITY, MERGED, first_age
from goe.rules.design import Recommendation, Stratum
from goe.science.sampling import largest_unrelated
from goe.science.selection import Quota, coverage_greedy, numbers_per_cell, systematic
from goe.store.formats.biobank import Candidate
from goe.store.formats.design_tables import Requirement

Cell = tuple[str, str, str, str]  # region, group, sex, age band
SECOND_DEGREE = 0.0884
_FIELDS = {"nuts": "region", "group": "group", "sex": "sex", "age_band": "age_band"}


@dataclass(frozen=True)
class Terms:
    """How people are chosen. `random_share` of each cell is drawn by chance, the rest for the variants they add."""

    number: int
    year: int
    seed: int = 1
    random_share: float = 0.8
    kinship: float = SECOND_DEGREE
    least_dna_ug: float = 0.0
    least_din: float = 0.0


@dataclass(frozen=True)
class Chosen:
    """One person chosen: index among the candidates, how, and the chance of having been (None where picked for coverage)."""

    candidate: int
    cell: Cell
    drawn: str
    chance: float | None


@dataclass(frozen=True)
class Selection:
    """People chosen, and how near they come to the plan; `missed` says in words what the biobank could not give."""

    chosen: tuple[Chosen, ...]
    quotas: tuple[dict[str, Any], ...]
    left_out: Mapping[str, int]
    relatives_left_out: Mapping[str, int]
    unrelated_is_exact: bool
    missed: tuple[str, ...] = field(default=())


def select(
    made: Recommendation,
    country: str,
    candidates: Sequence[Candidate],
    terms: Terms,
    *,
    kinship: Sequence[tuple[str, str, float]] = (),
    floors: Sequence[Requirement] = (),
    carried: Any = None,
) -> Selection:
    """Choose people of a country's biobank for its part of a recommendation.

    `carried` is a sparse (candidates, variants) matrix of rare variants, without which everybody is drawn by chance. Raises
    BadInput where too few people can be asked, or a floor cannot be met, and says by how much.
    """
    strata = [s for s in made.strata if s.country == country]
    if not strata:
        known = ", ".join(c.country for c in made.countries)
        raise BadInput(f"the design has no {country}", expected=f"one of {known}", where="--country")
    cells = _cells(candidates, strata, terms.year)
    fit, left_out = _fit(candidates, cells, terms)
    kept, exact = _unrelated(candidates, fit, kinship, terms)
    names = sorted({cells[i] for i in kept if cells[i]})
    index = {name: k for k, name in enumerate(names)}
    members: list[list[int]] = [[] for _ in names]
    for i in kept:
        members[index[cells[i]]].append(i)
    quotas = list(_quotas(strata, names, terms.number, floors, country))
    room = np.array([len(m) for m in members], dtype=np.int64)
    if room.sum() < terms.number:
        raise BadInput(
            f"{room.sum()} people can be asked and are unrelated, {terms.number} are wanted",
            remedy=f"choose at most {room.sum()} with --number, or add people to the biobank",
        )
    planned = {(s.region, s.group, s.sex, s.age_band): s.n for s in strata}
    numbers = numbers_per_cell(room, terms.number, [q for _, q in quotas], [planned.get(name, 0) for name in names])
    _check_floors(quotas, numbers.got, room)
    lost = Counter(_words_of(cells[i]) for i in set(fit) - set(kept))
    return Selection(
        chosen=tuple(_draw(candidates, names, members, numbers.people, terms, carried)),
        quotas=tuple(
            {"dimension": d, "label": q.name, "wanted": q.wanted, "got": g, "available": int(room[q.cells].sum())}
            for (d, q), g in zip(quotas, numbers.got, strict=True)
        ),
        left_out=left_out,
        relatives_left_out=dict(lost),
        unrelated_is_exact=exact,
        missed=tuple(_missed(quotas, numbers.got, room)),
    )


def _cells(candidates: Sequence[Candidate], strata: Sequence[Stratum], year: int) -> list[Any]:
    """The cell of each person in the terms of the design; None where it has no such region, group or age."""
    regions, groups = sorted({s.region for s in strata}), {s.group for s in strata}
    bands, has_sex = tuple(sorted({s.age_band for s in strata})), {s.sex for s in strata} != {""}

    @cache
    def region_of(nuts: str) -> str | None:
        return "" if regions == [""] else next((r for r in regions if r and nuts.startswith(tuple(r.split(MERGED)))), None)

    @cache
    def band_of(born: int) -> str | None:
        return "" if bands == ("",) else _band(year - born, bands)

    def cell(c: Candidate) -> Any:
        group = "" if groups == {""} else c.group or MAJORITY
        found = (region_of(c.nuts), group if group in groups else None, c.sex if has_sex else "", band_of(c.year_birth))
        return None if None in found else found

    return [cell(c) for c in candidates]


def _band(age: int, bands: tuple[str, ...]) -> str | None:
    """The band of an age: the last one that begins at or before it, if it reaches so far."""
    before = [b for b in bands if first_age(b) <= age]
    band = max(before, key=first_age) if before else None
    return band if band and (band.endswith("+") or age <= int(band.split("-")[1])) else None


def _fit(candidates: Sequence[Candidate], cells: Sequence[Any], terms: Terms) -> tuple[list[int], dict[str, int]]:
    """Who can be asked, and how many cannot for each reason."""
    reasons: Counter[str] = Counter()
    fit = []
    for i, c in enumerate(candidates):
        reason = _reason(c, cells[i], terms)
        if reason:
            reasons[reason] += 1
        else:
            fit.append(i)
    return fit, dict(reasons)


def _reason(c: Candidate, cell: Any, terms: Terms) -> str:
    if not c.consents:
        return "no consent to 1+MG"
    if c.health_flag != "population":
        return "clinical special category, counted apart"
    if c.dna_ug is not None and c.dna_ug < terms.least_dna_ug:
        return "too little DNA"
    if c.dna_din is not None and c.dna_din < terms.least_din:
        return "DNA too degraded"
    return "region, group or age not in the design" if cell is None else ""


def _unrelated(
    candidates: Sequence[Candidate], fit: Sequence[int], kinship: Sequence[tuple[str, str, float]], terms: Terms
) -> tuple[list[int], bool]:
    """The largest set of people of whom no two are related at or above the threshold; of equals, the better DNA."""
    place = {candidates[i].pseudo_id: k for k, i in enumerate(fit)}
    pairs = [(place[a], place[b]) for a, b, k in kinship if k >= terms.kinship and a in place and b in place]
    ready = np.array([int(10 * min(candidates[i].dna_din or 5.0, 10.0)) for i in fit], dtype=np.int64)
    found = largest_unrelated(np.array(pairs, dtype=np.int64).reshape(-1, 2), len(fit), ready)
    return [fit[k] for k in np.flatnonzero(found.kept).tolist()], found.exact


def _quotas(
    strata: Sequence[Stratum], names: Sequence[Cell], number: int, floors: Sequence[Requirement], country: str
) -> Iterator[tuple[str, Quota]]:
    """What each margin of the design asks of these cells, scaled to the number to choose; then the floors."""
    planned = sum(s.n for s in strata)
    for axis, (dimension, attribute) in enumerate(_FIELDS.items()):
        labels = sorted({getattr(s, attribute) for s in strata})
        if labels == [""]:
            continue
        for label in labels:
            n = round(number * sum(s.n for s in strata if getattr(s, attribute) == label) / planned)
            yield DIMENSION_WORDS[dimension], Quota(label, np.array([c[axis] == label for c in names], dtype=np.bool_), n)
    for r in floors:
        if r.country == country and (r.nuts or r.group):
            axis, label = (0, r.nuts) if r.nuts else (1, r.group)
            member = np.array([c[axis] == label for c in names], dtype=np.bool_)
            yield "floor", Quota(label, member, r.minimum, is_floor=True)


def _check_floors(quotas: Sequence[tuple[str, Quota]], got: Sequence[int], room: NDArray[np.int64]) -> None:
    """Raise BadInput where a floor was missed: which, and by how much."""
    short = [(q, g, int(room[q.cells].sum())) for (_, q), g in zip(quotas, got, strict=True) if q.is_floor and g < q.wanted]
    if short:
        told = "; ".join(f"{q.name} needs {q.wanted}, {there} can be asked, {g} fit" for q, g, there in short)
        lower = ", ".join(f"{q.name} to {g}" for q, g, _ in short)
        raise BadInput(f"floors cannot be met: {told}", remedy=f"lower {lower}, choose more people, or invite more of them")


def _missed(quotas: Sequence[tuple[str, Quota]], got: Sequence[int], room: NDArray[np.int64]) -> Iterator[str]:
    for (dimension, q), g in zip(quotas, got, strict=True):
        there = int(room[q.cells].sum())
        if q.wanted > there and not q.is_floor:
            who = "nobody in the biobank who can be asked belongs to it" if not there else f"{there} can be asked"
            elsewhere = f"{q.wanted - there} to be invited from elsewhere."
            yield f"{dimension} {q.name or 'not known'}: {q.wanted} wanted, {who}; {elsewhere}"
        elif abs(q.wanted - g) > 2 and not q.is_floor:
            yield f"{dimension} {q.name}: {q.wanted} wanted, {g} chosen, because the other quotas leave no more."


def _draw(
    candidates: Sequence[Candidate],
    names: Sequence[Cell],
    members: Sequence[Sequence[int]],
    numbers: Any,
    terms: Terms,
    carried: Any,
) -> Iterator[Chosen]:
    """Within each cell a systematic sample over age and place; then the coverage share over all cells, cell by cell."""
    random = np.random.default_rng(terms.seed)
    left: list[tuple[int, list[int]]] = []
    taken: list[int] = []
    for k, cell in enumerate(names):
        n = int(numbers[k])
        by_chance = n if carried is None else round(n * terms.random_share)
        listed = sorted(members[k], key=lambda i: (candidates[i].year_birth, candidates[i].nuts, candidates[i].pseudo_id))
        places = systematic(len(listed), by_chance, random).tolist()
        for place in places:
            taken.append(listed[place])
            yield Chosen(listed[place], cell, "by chance", by_chance / len(listed))
        drawn = set(places)
        left.append((n - by_chance, [i for place, i in enumerate(listed) if place not in drawn]))
    for (n, rest), cell in zip(left, names, strict=True):
        for i in coverage_greedy(carried, taken, rest, n).tolist() if n else ():
            taken.append(i)
            yield Chosen(i, cell, "for coverage", None)


def _words_of(cell: Any) -> str:
    return " ".join(filter(None, cell[:2])) or "whole country"
