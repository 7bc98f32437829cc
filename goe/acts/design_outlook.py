"""What a recommendation rests on, and what each alternative would give: choices, sensitivity, assumptions, notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.acts.design_census import Census
from goe.acts.design_floors import Brief, Land, lands_of, people_of_countries
from goe.rules.design import (
    Assumption,
    Choice,
    Variation,
)
from goe.science.allocation import not_dominated, power_allocation, weighted_error
from goe.science.detection import carriers
from goe.science.detection import detection as detected

Integers = NDArray[np.int64]
EXPONENTS = (1.0, 0.7, 0.5, 0.0)


def choices_of(
    lands: Sequence[Land], size: NDArray[np.float64], prices: NDArray[np.float64], brief: Brief
) -> tuple[Choice, ...]:
    """Totals from a tenth to twice the one asked for, at each exponent: what the smallest nation and the average get."""
    least = sum(land.least for land in lands)
    most = sum(land.cap for land in lands)
    totals = sorted({brief.total, *(int(round(brief.total * k, -2)) for k in (0.1, 0.2, 0.3, 0.5, 0.75, 1.5, 2.0))})
    found = []
    for total in totals:
        for exponent in sorted({*EXPONENTS, brief.exponent}, reverse=True):
            floors = total >= least
            if not 0 < total <= most:
                continue
            n = people_of_countries(lands, size, total, exponent, floors=floors)
            seen, where, error = _worst(lands, size, n, brief)
            found.append(Choice(total, exponent, seen, where, error, float((n * prices).sum())))
    efficient = not_dominated([(c.total, -c.worst_detection, c.weighted_error) for c in found])
    return tuple(replace(c, efficient=bool(e)) for c, e in zip(found, efficient, strict=True))


def _worst(lands: Sequence[Land], size: NDArray[np.float64], n: Integers, brief: Brief) -> tuple[float, str, float]:
    """The lowest chance of a country to see its rare allele, which country, and the error of the European frequency."""
    seen = detected(n, brief.country_frequency, sensitivity=brief.sensitivity, inbreeding=brief.inbreeding)
    worst = int(np.argmin(seen))
    return float(seen[worst]), lands[worst].census.country, weighted_error(size, n, 0.01)


def sensitivity_of(censuses: Mapping[str, Census], brief: Brief) -> tuple[Variation, ...]:
    """The answer with one assumption changed at a time; where the floors then need more people, the total is raised to that."""
    changes: list[tuple[str, str, dict[str, Any]]] = [
        ("as recommended", "", {}),
        *(("exponent of allocation", f"{a:g}", {"exponent": a}) for a in EXPONENTS if a != brief.exponent),
        ("probability of detection", "0.8", {"probability": 0.8}),
        ("probability of detection", "0.99", {"probability": 0.99}),
        ("rare allele of a country", "0.05 %", {"country_frequency": 0.0005}),
        ("rare allele of a country", "0.5 %", {"country_frequency": 0.005}),
        ("sensitivity of calls", "1", {"sensitivity": 1.0}),
        ("sensitivity of calls", "0.95", {"sensitivity": 0.95}),
        ("inbreeding", "0.01", {"inbreeding": 0.01}),
        ("euro per genome", f"{brief.genome_eur * 1.25:.0f}", {"genome_eur": brief.genome_eur * 1.25}),
    ]
    return tuple(_varied(censuses, replace(brief, **change), name, value) for name, value, change in changes)


def _varied(censuses: Mapping[str, Census], brief: Brief, name: str, value: str) -> Variation:
    lands, _ = lands_of(censuses, brief)
    size = np.array([float(land.census.people.sum()) for land in lands])
    least = sum(land.least for land in lands)
    n = people_of_countries(lands, size, max(brief.total, least), brief.exponent)
    seen, where, error = _worst(lands, size, n, brief)
    cost = float(sum(k * land.price for k, land in zip(n, lands, strict=True)))
    return Variation(name, value, brief.country_floor, least, where, seen, error, cost)


def assumptions_of(brief: Brief) -> tuple[Assumption, ...]:
    """What the recommendation takes as given, and why. The first is the exponent between countries."""
    carrying = float(carriers(brief.country_frequency, inbreeding=brief.inbreeding))
    return (
        Assumption(
            "exponent of allocation between countries", brief.exponent, "power allocation, Bankier 1988; 1 is proportional"
        ),
        Assumption(
            "exponent of allocation between groups", brief.group_exponent, "power allocation; minorities above their share"
        ),
        Assumption("probability of detection", brief.probability, "of every floor"),
        Assumption("rare allele of a country", brief.country_frequency, f"{100 * carrying:.3f} % of people carry it"),
        Assumption("allele of a region or minority", brief.part_frequency, "its floor"),
        Assumption("floor of a country", brief.country_floor, "computed from the four values here"),
        Assumption("floor of a region or minority", brief.part_floor, "computed likewise"),
        Assumption("least of a subgroup in all countries", brief.subgroup_minimum, "the programme's"),
        Assumption("sensitivity of calls", brief.sensitivity, "heterozygous SNV in a genome of 30x"),
        Assumption("inbreeding", brief.inbreeding, "Wright's F; fewer carriers where it is higher"),
        Assumption("youngest age", brief.from_age, "age bands that begin earlier are left out of the composition"),
        Assumption(
            "euro per genome",
            "by country and stage" if brief.stages else brief.genome_eur,
            "costs.csv" if brief.stages else "Genome of Europe, EUR 44.5 million for about 100,000 genomes, all-in",
        ),
    )


def below_in_proportion(lands: Sequence[Land], size: NDArray[np.float64], brief: Brief) -> Iterator[str]:
    """Which countries would be too small for their floor if the total were divided in proportion to inhabitants."""
    n = power_allocation(size, brief.total, exponent=1.0)
    below = [f"{land.census.country} ({k})" for land, k in zip(lands, n, strict=True) if k < land.floor]
    if below:
        yield (
            f"In proportion to inhabitants {', '.join(below)} would be below the floor of {brief.country_floor} "
            f"people in whom an allele of {brief.country_frequency:.1%} is seen with {brief.probability:.0%} probability."
        )


def modelled_tables(censuses: Mapping[str, Census]) -> Iterator[str]:
    """How the tables of countries were put together from margins, countries treated alike in one sentence."""
    by_note: dict[str, list[str]] = {}
    for code, census in censuses.items():
        for note in census.notes:
            by_note.setdefault(note, []).append(code)
    for note, codes in by_note.items():
        yield f"Modelled, {', '.join(codes)}: {note}."


def not_supplied(censuses: Mapping[str, Census]) -> tuple[str, ...]:
    """Dimensions that at least one country lacks."""
    return tuple(dict.fromkeys(name for census in censuses.values() for name in census.not_supplied))
