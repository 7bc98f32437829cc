"""From census margins to one table per country: what was supplied, what was modelled, what contradicts itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goe.errors import BadInput
from goe.rules.census import DIMENSION_WORDS, DIMENSIONS, MAJORITY, CensusRow, Subgroup
from goe.science.raking import Margin, fit

Floats = NDArray[np.float64]
AGREE_WITHIN = 0.005  # two tables of the same day may differ so much in a total, through rounding and suppressed cells


@dataclass(frozen=True)
class Census:
    """The inhabitants of one country.

    people    (regions, groups, sexes, age bands); a dimension that was not supplied has the one label ""
    labels    the labels of each dimension, in the order of `goe.rules.census.DIMENSIONS`
    modelled  whether the table of all dimensions was fitted to margins, not counted
    available people of each group who could be asked, by group, where that is fewer than all
    """

    country: str
    people: Floats
    labels: tuple[tuple[str, ...], ...]
    modelled: bool
    available: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @property
    def not_supplied(self) -> tuple[str, ...]:
        """The dimensions of which nothing is known."""
        return tuple(name for name, labels in zip(DIMENSIONS, self.labels, strict=True) if labels == ("",))


def censuses(rows: Sequence[CensusRow], subgroups: Sequence[Subgroup] = ()) -> dict[str, Census]:
    """The census of each country, by code. Raises BadInput where tables of the same day contradict one another."""
    by_country: dict[str, list[CensusRow]] = defaultdict(list)
    minorities: dict[str, list[Subgroup]] = defaultdict(list)
    for row in rows:
        by_country[row.country].append(row)
    for group in subgroups:
        minorities[group.country].append(group)
    return {code: _census(code, of, minorities.get(code, [])) for code, of in sorted(by_country.items())}


def _census(country: str, rows: list[CensusRow], minorities: list[Subgroup]) -> Census:
    tables: dict[tuple[str, ...], list[CensusRow]] = defaultdict(list)
    for row in rows:
        tables[row.dimensions].append(row)
    newest = max(row.ref_date for row in rows)
    current = {d: sum(r.people for r in t) for d, t in tables.items() if max(r.ref_date for r in t) == newest}
    total = _agreed_total(country, current)
    if minorities:
        tables[("group",)] = _with_majority(country, minorities, total, newest, bool(any("group" in d for d in tables)))
    labels = tuple(_labels(country, name, [t for d, t in tables.items() if name in d]) for name in DIMENSIONS)
    shape = tuple(len(names) for names in labels)
    # older tables give the shape, newer ones are met last and exactly
    ordered = sorted(tables, key=lambda d: (max(r.ref_date for r in tables[d]), len(d)))
    margins = [_margin(tables[d], d, labels, total) for d in ordered]
    seed = np.ones(shape)
    for margin in margins:
        seed = fit(seed, [margin]).table
    met = [m for m, d in zip(margins, ordered, strict=True) if d in current or d == ("group",)]
    fitted = fit(seed, met, tolerance=1e-8)
    if fitted.off > AGREE_WITHIN:
        raise BadInput(
            f"the tables of {country} by {_words(list(current))} cannot all hold: they differ by {100 * fitted.off:.1f} %",
            expected="margins of the same people", remedy="correct them, or leave one out",
        )  # fmt: skip
    counted = tuple(n for n, names in zip(DIMENSIONS, labels, strict=True) if names != ("",)) in current
    notes = () if counted else (f"the joint table is fitted to the tables by {_words(ordered)}",)
    return Census(country, fitted.table, labels, not counted, {g.subgroup: g.available for g in minorities}, notes)


def _agreed_total(country: str, totals: Mapping[tuple[str, ...], float]) -> float:
    """The total of the most detailed table of the newest day; the others must agree with it."""
    detailed = max(totals, key=len)
    for dimensions, total in totals.items():
        if abs(total - totals[detailed]) > AGREE_WITHIN * totals[detailed]:
            raise BadInput(
                f"the inhabitants of {country} are {total:.0f} by {_words([dimensions])} and "
                f"{totals[detailed]:.0f} by {_words([detailed])}",
                expected="the same total on the same day, within 0.5 %",
                remedy="correct one, or give the table of another day its own ref_date",
            )
    if totals[detailed] <= 0:
        raise BadInput(f"{country} has no inhabitants in the table", remedy="give its numbers, or leave the country out")
    return totals[detailed]


def _with_majority(country: str, minorities: list[Subgroup], total: float, day: str, has_groups: bool) -> list[CensusRow]:
    """The margin by group: the minorities as given and everybody else as the majority."""
    if has_groups:
        raise BadInput(
            f"the population of {country} already has groups",
            remedy="give groups in the population or in --subgroups, not both",
        )
    names = [g.subgroup for g in minorities]
    if len(set(names)) < len(names):
        raise BadInput(f"a subgroup of {country} stands in the table twice", remedy="write each subgroup once for a country")
    rest = total - sum(g.people for g in minorities)
    if rest < 0:
        raise BadInput(
            f"the subgroups of {country} have {-rest:.0f} people more than the country",
            remedy="correct them; people who belong to several subgroups are counted in one",
        )
    rows = [(MAJORITY, rest), *((g.subgroup, g.people) for g in minorities)]
    return [CensusRow(country, "", name, "", "", people, day, "subgroups") for name, people in rows]


def _labels(country: str, name: str, tables: list[list[CensusRow]]) -> tuple[str, ...]:
    """The labels of a dimension; all tables that have it must have the same."""
    if not tables:
        return ("",)
    sets = [{getattr(r, name) for r in table} for table in tables]
    if any(s != sets[0] for s in sets):
        odd = sorted(set.union(*sets) - set.intersection(*sets))[:3]
        raise BadInput(
            f"the tables of {country} do not have the same {DIMENSION_WORDS[name]}s, for example {', '.join(odd)}",
            remedy="use one set of labels (and one NUTS version) in all tables, or leave a table out",
        )
    order = (lambda x: int(x[1:].split("-")[0].rstrip("+"))) if name == "age_band" else (lambda x: (x != MAJORITY, x))
    return tuple(sorted(sets[0], key=order))


def _margin(table: list[CensusRow], dimensions: tuple[str, ...], labels: tuple[tuple[str, ...], ...], total: float) -> Margin:
    """A table as a margin, scaled to the country's total."""
    axes = tuple(i for i, name in enumerate(DIMENSIONS) if name in dimensions)
    target = np.zeros(tuple(len(labels[i]) for i in axes))
    for row in table:
        target[tuple(labels[i].index(getattr(row, DIMENSIONS[i])) for i in axes)] += row.people
    if not target.sum():
        raise BadInput(f"a table of {table[0].country} by {_words([dimensions])} counts nobody")
    return axes, np.asarray(target * total / target.sum())


def _words(tables: Sequence[tuple[str, ...]]) -> str:
    return " and ".join(" x ".join(DIMENSION_WORDS[name] for name in d) if d else "country" for d in tables)
