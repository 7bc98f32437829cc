"""How many people, and whom: the recommended size and composition of the national cohorts.

Countries are divided by power allocation with a floor each, so that even the smallest sees a rare allele. Within a country the
groups of origin are divided by power allocation with the floor of a minority, regions in proportion with the floor of a region,
sex and age in proportion. Floors are computed from what they are for, never typed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.acts.design_census import Census
from goe.errors import BadInput
from goe.rules.census import MAJORITY, first_age
from goe.rules.design import (
    FREQUENCIES,
    Assumption,
    Binding,
    Choice,
    CountryDesign,
    PartDesign,
    Recommendation,
    Source,
    Stratum,
    SubgroupDesign,
    Variation,
)
from goe.science.allocation import misfit, not_dominated, power_allocation, weighted_error
from goe.science.detection import SENSITIVITY, carriers, people_to_detect, relative_error
from goe.science.detection import detection as detected
from goe.science.raking import whole_table
from goe.store.formats.design_tables import Requirement, Stage

Integers = NDArray[np.int64]
EXPONENTS = (1.0, 0.7, 0.5, 0.0)
GENOME_EUR = 445.0


@dataclass(frozen=True)
class Brief:
    """What is asked for. Frequencies and probability are those of the floors; exponents those of power allocation."""

    total: int = 500_000
    exponent: float = 0.7
    group_exponent: float = 0.5
    country_frequency: float = 0.001
    part_frequency: float = 0.01
    probability: float = 0.95
    sensitivity: float = SENSITIVITY
    inbreeding: float = 0.0
    subgroup_minimum: int = 1000
    from_age: int = 18
    genome_eur: float = GENOME_EUR
    requirements: tuple[Requirement, ...] = ()
    stages: tuple[Stage, ...] = ()

    @property
    def country_floor(self) -> int:
        """People in whom a country sees its rare allele."""
        return self._floor(self.country_frequency)

    @property
    def part_floor(self) -> int:
        """People in whom a region or minority sees its allele."""
        return self._floor(self.part_frequency)

    def _floor(self, frequency: float) -> int:
        return people_to_detect(frequency, self.probability, sensitivity=self.sensitivity, inbreeding=self.inbreeding)


@dataclass(frozen=True)
class Land:
    """A country as the allocation sees it: inhabitants, adults by (regions, groups, sexes, bands), prices, floors, caps."""

    census: Census
    adults: NDArray[np.float64]
    bands: tuple[str, ...]
    floor: int
    cap: int
    group_floor: Integers
    group_cap: Integers
    region_floor: Integers
    region_cap: Integers
    price: float
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the regions, or one empty label."""
        return self.census.labels[0]

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of origin, or one empty label."""
        return self.census.labels[1]

    @property
    def least(self) -> int:
        """The fewest people that meet every floor of the country."""
        return max(self.floor, int(self.group_floor.sum()), int(self.region_floor.sum()))


def recommend(
    censuses: Mapping[str, Census], brief: Brief, sources: Sequence[Source] = (), notes: Sequence[str] = ()
) -> Recommendation:
    """The recommended cohort of these countries. Raises BadInput where no answer is left, and says by how much."""
    _check_requirements(censuses, brief)
    lands, more = _lands(censuses, brief)
    size = np.array([float(land.census.people.sum()) for land in lands])
    people = _countries(lands, size, brief.total, brief.exponent)
    parted = [_parts(land, int(n), brief) for land, n in zip(lands, people, strict=True)]
    prices = np.array([land.price for land in lands])
    following = _countries(lands, size, brief.total + 1000, brief.exponent) - people
    return Recommendation(
        total=brief.total,
        cost=float((people * prices).sum()),
        least_total=sum(land.least for land in lands),
        countries=tuple(_country_designs(lands, size, people, parted, brief)),
        parts=tuple(p for land, table in zip(lands, parted, strict=True) for p in _part_designs(land, table, brief)),
        strata=tuple(s for land, table in zip(lands, parted, strict=True) for s in _strata(land, table)),
        subgroups=_subgroup_designs(lands, parted, brief),
        assumptions=_assumptions(brief),
        choices=_choices(lands, size, prices, brief),
        sensitivity=_sensitivity(censuses, brief),
        next_thousand={land.census.country: int(k) for land, k in zip(lands, following, strict=True) if k},
        not_supplied=_not_supplied(censuses),
        notes=tuple([*notes, *more, *_below_in_proportion(lands, size, brief), *_modelled(censuses)]),
        sources=tuple(sources),
    )


def _countries(lands: Sequence[Land], size: NDArray[np.float64], total: int, exponent: float, floors: bool = True) -> Integers:
    """(countries,) people of each country."""
    low = np.array([land.least if floors else 0 for land in lands], dtype=np.int64)
    high = np.array([land.cap for land in lands], dtype=np.int64)
    if wrong := misfit(total, low, high):
        raise BadInput(_why_not(wrong.kind, wrong.by, total, lands), remedy=_remedy(wrong.kind, wrong.by, total))
    cost = np.array([land.price for land in lands])
    return power_allocation(size, total, exponent=exponent, floor=low, cap=high, cost=cost / cost.mean())


def _why_not(kind: str, by: int, total: int, lands: Sequence[Land]) -> str:
    if kind == "caps":
        return f"only {total - by} people are available, {by} fewer than the total of {total}"
    largest = sorted(lands, key=lambda land: -land.least)[:3]
    named = ", ".join(f"{land.census.country} {land.least}" for land in largest)
    return f"the floors need {total + by} people, {by} more than the total of {total} (the largest: {named})"


def _remedy(kind: str, by: int, total: int) -> str:
    if kind == "caps":
        return "lower --total or raise the maxima"
    return f"raise --total to {total + by}, or lower the floors: a commoner allele, a lower --probability, fewer strata"


def _lands(censuses: Mapping[str, Census], brief: Brief) -> tuple[list[Land], list[str]]:
    """The countries with their floors; a second look raises the floors of minorities that are too few over Europe."""
    notes: list[str] = []
    lands = [_land(census, brief, notes) for census in censuses.values()]
    for name in _minorities(lands):
        lands = _with_minimum(lands, name, brief, notes)
    return [_with_floor(land, notes) for land in lands], notes


def _land(census: Census, brief: Brief, notes: list[str]) -> Land:
    old_enough = [i for i, band in enumerate(census.labels[3]) if not band or first_age(band) >= brief.from_age]
    if not old_enough:
        raise BadInput(f"no age band of {census.country} begins at {brief.from_age} or later", remedy="lower --from-age")
    adults = census.people[..., old_enough]
    asked = {(r.nuts, r.group): r for r in brief.requirements if r.country == census.country}
    whole = asked.get(("", ""))
    adult = np.floor(adults.sum())
    cap = min(int(adult), whole.maximum if whole and whole.maximum is not None else int(adult))
    floor = max(brief.country_floor, whole.minimum if whole else 0)
    if floor > cap:
        notes.append(f"{census.country}: the floor of {floor} is above what is available; it is lowered to {cap}")
        floor = cap
    group_floor, group_cap = _limits(adults, 1, census, brief, asked, notes)
    region_floor, region_cap = _limits(adults, 0, census, brief, asked, notes)
    reasons = {f"{nuts}{group}": r.reason for (nuts, group), r in asked.items()}
    bands = tuple(census.labels[3][i] for i in old_enough)
    price = _price(census.country, brief)
    return Land(census, adults, bands, floor, cap, group_floor, group_cap, region_floor, region_cap, price, reasons)


def _limits(
    adults: NDArray[np.float64], axis: int, census: Census, brief: Brief, asked: Mapping[Any, Requirement], notes: list[str]
) -> tuple[Integers, Integers]:
    """Floors and caps of the regions (axis 0) or groups (axis 1) of a country."""
    names = census.labels[axis]
    there = np.floor(adults.sum(axis=tuple(i for i in range(4) if i != axis))).astype(np.int64)
    cap = np.array([min(int(k), census.available.get(name, int(k))) for name, k in zip(names, there, strict=True)])
    floor = np.array([0 if name in ("", MAJORITY) else brief.part_floor for name in names], dtype=np.int64)
    for i, name in enumerate(names):
        if floor[i] > cap[i]:
            notes.append(
                f"{census.country}, {name}: the floor of {floor[i]} is above the {cap[i]} available; it is lowered to that"
            )
            floor[i] = cap[i]
        wanted = asked.get((name, "") if axis == 0 else ("", name)) if name else None
        if wanted:
            cap[i] = min(cap[i], wanted.maximum if wanted.maximum is not None else cap[i])
            floor[i] = min(max(floor[i], wanted.minimum), cap[i])
    return floor, cap


def _check_requirements(censuses: Mapping[str, Census], brief: Brief) -> None:
    """Raise BadInput for a requirement about a part that is not in the census, or for more people than there are."""
    for r in brief.requirements:
        census = censuses.get(r.country)
        if census is None:
            raise BadInput(f"a requirement is about {r.country}", expected=f"one of {', '.join(censuses)}")
        for axis, name in ((0, r.nuts), (1, r.group)):
            if name and name not in census.labels[axis]:
                known = ", ".join(filter(None, census.labels[axis])) or "none: the dimension was not supplied"
                raise BadInput(f"a requirement is about {name!r} in {r.country}", expected=known)
        axis, name = (0, r.nuts) if r.nuts else (1, r.group)
        people = census.people.take(census.labels[axis].index(name), axis=axis).sum() if name else census.people.sum()
        there = min(people, census.available.get(r.group, people))
        if r.minimum > there:
            raise BadInput(
                f"the floor of {r.minimum} for {name or 'all'} in {r.country} is above the {there:.0f} people available",
                remedy=f"lower the minimum to {there:.0f} or less",
            )


def _price(country: str, brief: Brief) -> float:
    """Euro for each person who comes out of the last stage: what is lost on the way is paid for too."""
    stages = [s for s in brief.stages if s.country == country]
    price = 0.0
    for i, stage in enumerate(stages):
        price += stage.unit_eur / float(np.prod([s.share_left for s in stages[i:]]))
    return price or brief.genome_eur


def _weeks(country: str, people: int, brief: Brief) -> float | None:
    """Weeks until so many have passed the slowest stage."""
    stages = [s for s in brief.stages if s.country == country]
    entering = [people / float(np.prod([s.share_left for s in stages[i:]])) for i in range(len(stages))]
    times = [n / s.capacity_week for n, s in zip(entering, stages, strict=True) if s.capacity_week]
    return max(times) if times else None


def _minorities(lands: Sequence[Land]) -> list[str]:
    return sorted({name for land in lands for name in land.groups} - {"", MAJORITY, "NAT"})


def _with_minimum(lands: list[Land], name: str, brief: Brief, notes: list[str]) -> list[Land]:
    """The floors of a minority raised so that all countries together have the least number of it, by power allocation."""
    holders = [(i, land.groups.index(name)) for i, land in enumerate(lands) if name in land.groups]
    floor = np.array([lands[i].group_floor[g] for i, g in holders])
    cap = np.array([lands[i].group_cap[g] for i, g in holders])
    size = [float(lands[i].adults[:, g].sum()) for i, g in holders]
    wanted = brief.subgroup_minimum
    if cap.sum() < wanted:
        notes.append(
            f"{name}: {int(cap.sum())} people are available in all countries, fewer than the {wanted} wanted; all count"
        )
        wanted = int(cap.sum())
    raised = power_allocation(size, max(wanted, int(floor.sum())), exponent=brief.group_exponent, floor=floor, cap=cap)
    for (i, g), least in zip(holders, raised, strict=True):
        floors = lands[i].group_floor.copy()
        floors[g] = least
        lands[i] = replace(lands[i], group_floor=floors)
    return lands


def _with_floor(land: Land, notes: list[str]) -> Land:
    if land.least > land.cap:
        raise BadInput(
            f"the floors of {land.census.country} need {land.least} people and {land.cap} are available",
            remedy="raise the maximum, or lower the floors of its regions and groups",
        )
    return land


def _parts(land: Land, n: int, brief: Brief) -> Integers:
    """(regions, groups, sexes x bands) whole people that sum to n, with the floors of regions and groups kept."""
    by_group, by_region = land.adults.sum(axis=(0, 2, 3)), land.adults.sum(axis=(1, 2, 3))
    groups = _divide(by_group, n, brief.group_exponent, land.group_floor, land.group_cap, land, "groups")
    regions = _divide(by_region, n, 1.0, land.region_floor, land.region_cap, land, "regions")
    r, g = len(regions), len(groups)
    joint = whole_table(land.adults.sum(axis=(2, 3)), regions, groups)
    within = land.adults.reshape(r * g, -1)
    ages = power_allocation(within.sum(axis=0), n, exponent=1.0)
    # where nobody of a cell lives, its age and sex are those of the country
    seed = np.where(within.sum(axis=1, keepdims=True) > 0, within, within.sum(axis=0))
    return whole_table(seed, joint.ravel(), ages).reshape(r, g, -1)


def _divide(
    size: NDArray[np.float64], n: int, exponent: float, floor: Integers, cap: Integers, land: Land, what: str
) -> Integers:
    if wrong := misfit(n, floor, cap):
        raise BadInput(
            f"the {what} of {land.census.country} {'need' if wrong.kind == 'floors' else 'have'} "
            f"{n + wrong.by if wrong.kind == 'floors' else n - wrong.by} people and its number is {n}",
            remedy="change their minima or maxima",
        )
    return power_allocation(size, n, exponent=exponent, floor=floor, cap=cap)


def _detection(n: int, brief: Brief) -> dict[str, float]:
    found = detected(n, FREQUENCIES, sensitivity=brief.sensitivity, inbreeding=brief.inbreeding)
    return {f"{f:g}": round(float(p), 6) for f, p in zip(FREQUENCIES, found, strict=True)}


def _country_designs(
    lands: Sequence[Land], size: NDArray[np.float64], people: Integers, parted: Sequence[Integers], brief: Brief
) -> Iterator[CountryDesign]:
    proportional = power_allocation(size, brief.total, exponent=1.0)
    for i, land in enumerate(lands):
        n = int(people[i])
        share = land.adults.sum(axis=(0, 2, 3)) / land.adults.sum()
        effect = float((share**2 / np.maximum(parted[i].sum(axis=(0, 2)), 0.5)).sum() * n)
        yield CountryDesign(
            country=land.census.country,
            n=n,
            inhabitants=round(float(size[i])),
            adults=round(float(land.adults.sum())),
            proportional=int(proportional[i]),
            floor=land.least,
            binding=tuple(_country_bindings(lands, i, size, n, brief)),
            detection=_detection(n, brief),
            error=float(relative_error(n / effect, 0.01)),
            design_effect=effect,
            cost=n * land.price,
            weeks=_weeks(land.census.country, n, brief),
        )


def _country_bindings(lands: Sequence[Land], i: int, size: NDArray[np.float64], n: int, brief: Brief) -> Iterator[Binding]:
    """The constraint that sets a country's number, if one does: what there would be with all others but without it."""
    land = lands[i]
    if n == land.least:
        free = replace(land, floor=0, group_floor=0 * land.group_floor, region_floor=0 * land.region_floor)
        without = int(_countries([*lands[:i], free, *lands[i + 1 :]], size, brief.total, brief.exponent)[i])
        if without < n:
            yield Binding(*_reason_of_floor(land, brief), without=without)
    elif n == land.cap:
        free = replace(land, cap=brief.total)
        without = int(_countries([*lands[:i], free, *lands[i + 1 :]], size, brief.total, brief.exponent)[i])
        if without > n:
            yield Binding("available people", land.cap, land.reasons.get("") or "no more can be asked", without=without)


def _reason_of_floor(land: Land, brief: Brief) -> tuple[str, int, str]:
    """Which of a country's floors is the highest, its number, and what it is for."""
    if land.least == land.floor:
        asked = f"an allele of {brief.country_frequency:.1%} is seen with {brief.probability:.0%} probability"
        return "country floor", land.floor, land.reasons.get("") or asked
    if land.least == land.group_floor.sum():
        return "floors of minorities", land.least, "the minorities' floors add up to this"
    return "floors of regions", land.least, "the regions' floors add up to this"


def _part_designs(land: Land, table: Integers, brief: Brief) -> Iterator[PartDesign]:
    for kind, axis, floors in (("region", 0, land.region_floor), ("group", 1, land.group_floor)):
        names = land.census.labels[axis]
        if names == ("",):
            continue
        people = land.adults.sum(axis=tuple(i for i in range(4) if i != axis))
        n = table.sum(axis=tuple(i for i in range(3) if i != axis))
        exponent = 1.0 if axis == 0 else brief.group_exponent
        caps = land.region_cap if axis == 0 else land.group_cap
        for i, name in enumerate(names):
            reason = land.reasons.get(name) or (
                f"an allele of {brief.part_frequency:.0%} is seen with {brief.probability:.0%} probability"
                if floors[i] <= brief.part_floor
                else f"at least {brief.subgroup_minimum} of the subgroup in all countries together"
            )
            without = _without_floor(i, people, int(n.sum()), exponent, floors, caps) if n[i] == floors[i] else int(n[i])
            bound = without < n[i]
            binding = (Binding(f"{kind} floor", int(floors[i]), reason, without=without),) if bound else ()
            yield PartDesign(
                kind, land.census.country, name, int(n[i]), round(float(people[i])), int(floors[i]),
                land.census.modelled, binding, _detection(int(n[i]), brief), float(n[i]) * land.price,
            )  # fmt: skip


def _without_floor(i: int, size: NDArray[np.float64], total: int, exponent: float, floor: Integers, cap: Integers) -> int:
    """What a part would get if its own floor were lifted and every other constraint held."""
    lifted = floor.copy()
    lifted[i] = 0
    return int(power_allocation(size, total, exponent=exponent, floor=lifted, cap=cap)[i])


def _strata(land: Land, table: Integers) -> Iterator[Stratum]:
    sexes, bands = land.census.labels[2], land.bands
    flat = land.adults.reshape(*table.shape)
    for r, g, s in zip(*np.nonzero(table), strict=True):
        sex, band = divmod(int(s), len(bands))
        yield Stratum(
            land.census.country, land.regions[r], land.groups[g], sexes[sex], bands[band], int(table[r, g, s]),
            round(float(flat[r, g, s])), land.census.modelled, float(table[r, g, s]) * land.price,
        )  # fmt: skip


def _subgroup_designs(lands: Sequence[Land], parted: Sequence[Integers], brief: Brief) -> tuple[SubgroupDesign, ...]:
    found = []
    for name in _minorities(lands):
        of = [(i, land, land.groups.index(name)) for i, land in enumerate(lands) if name in land.groups]
        countries = {land.census.country: int(parted[i][:, g].sum()) for i, land, g in of}
        n, people = sum(countries.values()), round(sum(float(land.adults[:, g].sum()) for _, land, g in of))
        share = round(brief.total * people / sum(float(land.adults.sum()) for land in lands))
        floor = sum(int(land.group_floor[g]) for _, land, g in of)
        reason = f"at least {brief.subgroup_minimum} in all countries together"
        binding = Binding("subgroup minimum", floor, reason, without=share)
        found.append(
            SubgroupDesign(name, people, n, floor, countries, (binding,) if n == floor > share else (), _detection(n, brief))
        )
    return tuple(found)


def _choices(lands: Sequence[Land], size: NDArray[np.float64], prices: NDArray[np.float64], brief: Brief) -> tuple[Choice, ...]:
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
            n = _countries(lands, size, total, exponent, floors=floors)
            seen, where, error = _worst(lands, size, n, brief)
            found.append(Choice(total, exponent, seen, where, error, float((n * prices).sum())))
    efficient = not_dominated([(c.total, -c.worst_detection, c.weighted_error) for c in found])
    return tuple(replace(c, efficient=bool(e)) for c, e in zip(found, efficient, strict=True))


def _worst(lands: Sequence[Land], size: NDArray[np.float64], n: Integers, brief: Brief) -> tuple[float, str, float]:
    """The lowest chance of a country to see its rare allele, which country, and the error of the European frequency."""
    seen = detected(n, brief.country_frequency, sensitivity=brief.sensitivity, inbreeding=brief.inbreeding)
    worst = int(np.argmin(seen))
    return float(seen[worst]), lands[worst].census.country, weighted_error(size, n, 0.01)


def _sensitivity(censuses: Mapping[str, Census], brief: Brief) -> tuple[Variation, ...]:
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
    lands, _ = _lands(censuses, brief)
    size = np.array([float(land.census.people.sum()) for land in lands])
    least = sum(land.least for land in lands)
    n = _countries(lands, size, max(brief.total, least), brief.exponent)
    seen, where, error = _worst(lands, size, n, brief)
    cost = float(sum(k * land.price for k, land in zip(n, lands, strict=True)))
    return Variation(name, value, brief.country_floor, least, where, seen, error, cost)


def _assumptions(brief: Brief) -> tuple[Assumption, ...]:
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


def _below_in_proportion(lands: Sequence[Land], size: NDArray[np.float64], brief: Brief) -> Iterator[str]:
    """Which countries would be too small for their floor if the total were divided in proportion to inhabitants."""
    n = power_allocation(size, brief.total, exponent=1.0)
    below = [f"{land.census.country} ({k})" for land, k in zip(lands, n, strict=True) if k < land.floor]
    if below:
        yield (
            f"In proportion to inhabitants {', '.join(below)} would be below the floor of {brief.country_floor} "
            f"people in whom an allele of {brief.country_frequency:.1%} is seen with {brief.probability:.0%} probability."
        )


def _modelled(censuses: Mapping[str, Census]) -> Iterator[str]:
    """How the tables of countries were put together from margins, countries treated alike in one sentence."""
    by_note: dict[str, list[str]] = {}
    for code, census in censuses.items():
        for note in census.notes:
            by_note.setdefault(note, []).append(code)
    for note, codes in by_note.items():
        yield f"Modelled, {', '.join(codes)}: {note}."


def _not_supplied(censuses: Mapping[str, Census]) -> tuple[str, ...]:
    """Dimensions that at least one country lacks."""
    return tuple(dict.fromkeys(name for census in censuses.values() for name in census.not_supplied))
