"""A recommended cohort as pages show it: rows, figures and sentences, the same on the portal and in the report."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goe.pages import europe, figures, numbers
from goe.pages.figures import Axis, Chart, Dot, Line
from goe.pages.scale import Mark
from goe.rules.census import BIRTH_GROUPS, DIMENSION_WORDS, MAJORITY
from goe.rules.design import Choice, CountryDesign, Curve, PartDesign, Recommendation, SubgroupDesign
from goe.rules.words import NATIONS

RARE = "0.001"
MOST_PARTS = 60  # regions and groups on a page


@dataclass(frozen=True)
class Bar:
    """One row of the pyramid: widths in per cent of the half, the census as a place in it."""

    band: str
    women: float
    men: float
    census_women: float
    census_men: float


@dataclass(frozen=True)
class Minority:
    """A subgroup: its bar in per cent of the longest, where its minimum stands, and the interval that its number gives."""

    name: str
    n: int
    ratio: float
    bar: float
    minimum: float
    detection: float
    low: float
    high: float
    countries: str
    binding: str


@dataclass(frozen=True)
class Ratio:
    """The map's value of a nation: genomes per 1,000 inhabitants."""

    code: str
    value: float


@dataclass(frozen=True)
class View:
    """Everything that the template needs."""

    made: Recommendation
    title: str
    lead: tuple[str, ...]
    countries: tuple[CountryDesign, ...]
    map: europe.Picture
    scale: tuple[Mark, ...]
    scale_top: float
    pyramid: tuple[Bar, ...]
    pyramid_top: float
    pyramid_spoken: str
    minorities: tuple[Minority, ...]
    curve: Chart | None
    front: Chart
    errors: Chart
    missing: str
    has_groups: bool
    modelled: int
    worst: float
    parts: tuple[PartDesign, ...]


def view(made: Recommendation) -> View:
    """A recommendation as its pages show it."""
    ratios = [Ratio(c.country, 1000 * c.n / c.inhabitants) for c in made.countries if c.country in NATIONS]
    top = _round_up(max((r.value for r in ratios), default=1.0))
    bars, longest = _pyramid(made)
    return View(
        made=made,
        title=f"{numbers.count(made.total)} genomes for {_place(made)}",
        lead=_lead(made),
        countries=tuple(sorted(made.countries, key=lambda c: NATIONS.get(c.country, c.country))),
        map=_map(ratios, top),
        scale=tuple(Mark(25.0 * k, f"{top * k / 4:g}") for k in range(5)),
        scale_top=top,
        pyramid=bars,
        pyramid_top=longest,
        pyramid_spoken=_spoken_pyramid(bars),
        minorities=_minorities(made.subgroups, made),
        curve=discovery_chart(made.curves[0]) if made.curves else None,
        front=_front(made),
        errors=_errors(made),
        missing=_listed([DIMENSION_WORDS[name] for name in made.not_supplied]),
        has_groups=any(p.kind == "group" for p in made.parts),
        modelled=sum(s.modelled for s in made.strata),
        worst=min(c.detection[RARE] for c in made.countries),
        parts=_parts(made),
    )


def name_of(country: str) -> str:
    """A country's name, or its code where it is no nation of the programme."""
    return NATIONS.get(country, country)


def group_name(group: str) -> str:
    """A group of origin in words."""
    return "everybody else" if group == MAJORITY else BIRTH_GROUPS.get(group, group)


def euro(amount: float) -> str:
    """An amount in euro: millions with one decimal from a million on."""
    return f"EUR{numbers.NO_BREAK}{amount / 1e6:.1f}{numbers.NO_BREAK}million" if amount >= 1e6 else (
        f"EUR{numbers.NO_BREAK}{numbers.count(round(amount))}"
    )  # fmt: skip


def chance(p: float) -> str:
    r"""A probability in per cent, never rounded up to certainty.

    >>> chance(0.9997), chance(0.46)
    ('99.9\u202f%', '46.0\u202f%')
    """
    return f"{math.floor(min(p, 0.9999999) * 1000 + 1e-9) / 10:.1f}{numbers.NARROW}%"


def discovery_chart(curve: Curve) -> Chart:
    """Variants found against people, with the band of the estimators and the pilot marked."""
    x, y = Axis(0, curve.people[-1]), Axis(0, max(curve.high) * 1.05)
    inside = [(n, e) for n, e in zip(curve.people, curve.expected, strict=True) if n <= curve.pilot]
    beyond = [(n, e) for n, e in zip(curve.people, curve.expected, strict=True) if n >= curve.pilot]
    levels = figures.ticks(0, y.high, 4)
    at_pilot = inside[-1]
    return Chart(
        spoken=f"Variants expected: {numbers.count(round(at_pilot[1]))} in the pilot of {numbers.count(curve.pilot)} people, "
        f"{numbers.count(round(curve.expected[-1]))} among {numbers.count(curve.people[-1])}",
        across=figures.marks_across(figures.ticks(0, x.high, 5), x),
        down=figures.marks_down(levels, y, [figures.whole(v) for v in levels]),
        lines=(Line(figures.path_of(inside, x, y), "solid"), Line(figures.path_of(beyond, x, y), "dashed")),
        band=figures.band_of(list(zip(curve.people, curve.low, curve.high, strict=True)), x, y),
        dots=(Dot(100 * x.at(curve.pilot), figures.HEIGHT * (1 - y.at(at_pilot[1])), "pilot"),),
    )


def _place(made: Recommendation) -> str:
    return name_of(made.countries[0].country) if len(made.countries) == 1 else f"{len(made.countries)} nations"


def _lead(made: Recommendation) -> tuple[str, ...]:
    worst = min(made.countries, key=lambda c: c.detection[RARE])
    binding = [c for c in made.countries if c.binding]
    floors = {c.floor for c in made.countries}
    first = (
        f"It costs {euro(made.cost)}. Even in {name_of(worst.country)}, the least certain, an allele that one chromosome in "
        f"1{numbers.NARROW}000 carries is seen at all with {chance(worst.detection[RARE])} probability."
    )
    if binding:
        told = _listed([f"{name_of(c.country)} (raised by {numbers.count(c.binding[0].by)})" for c in binding[:6]])
        second = f"A constraint decides the number of {told}; elsewhere the rule of allocation does."
    else:
        least = f" of {numbers.count(min(floors))} people" if len(floors) == 1 else ""
        second = f"No country is held up by its floor{least}: the rule of allocation gives each more."
    third = (
        f"The floors alone need {numbers.count(made.least_total)} people; everything above buys precision and rarer alleles."
    )
    return (first, second, third)


def _parts(made: Recommendation) -> tuple[PartDesign, ...]:
    """Regions and groups: all of them where they are few, else those whose number a floor sets, up to what a page holds."""
    chosen = made.parts if len(made.parts) <= MOST_PARTS else [p for p in made.parts if p.binding]
    return tuple(chosen[:MOST_PARTS])


def _map(ratios: Sequence[Ratio], top: float) -> europe.Picture:
    return europe.value_map(
        "Map of Europe: genomes per 1,000 inhabitants. The table below has the same numbers.",
        {r.code: min(9, int(10 * r.value / top)) for r in ratios},
        {r.code: f"{r.value:.2f}" for r in ratios},
        " genomes per 1,000 inhabitants",
    )


def _round_up(value: float) -> float:
    decade = 10.0 ** math.floor(math.log10(value))
    return next(round(decade * k, 12) for k in (1, 2, 4, 5, 8, 10) if decade * k >= value)


def _pyramid(made: Recommendation) -> tuple[tuple[Bar, ...], float]:
    """Shares of adults by sex and band over all countries, cohort and census, in per cent of the longest."""
    cohort: dict[tuple[str, str], float] = defaultdict(float)
    census: dict[tuple[str, str], float] = defaultdict(float)
    for s in made.strata:
        cohort[s.sex, s.age_band] += s.n
    weight = _census_by_age(made)
    for key, people in weight.items():
        census[key] += people
    bands = sorted({band for _, band in cohort if band}, key=lambda b: -int(b[1:].split("-")[0].rstrip("+")))
    if not bands or ("F", bands[0]) not in {(s, b) for s, b in cohort}:
        return (), 0.0
    n, people = sum(cohort.values()), sum(census.values())
    longest = max(*(v / n for v in cohort.values()), *(v / people for v in census.values()))
    top = math.ceil(100 * longest / 4) * 4

    def wide(value: float, whole: float) -> float:
        return 10000 * value / whole / top

    return (
        tuple(
            Bar(
                band[1:].replace("+", " and over").replace("-", "–"),
                wide(cohort["F", band], n), wide(cohort["M", band], n),
                wide(census["F", band], people), wide(census["M", band], people),
            )
            for band in bands
        ),
        float(top),
    )  # fmt: skip


def _census_by_age(made: Recommendation) -> Mapping[tuple[str, str], float]:
    """Adults of all countries by sex and age band."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for s in made.strata:
        found[s.sex, s.age_band] += s.people
    return found


def _spoken_pyramid(bars: Sequence[Bar]) -> str:
    if not bars:
        return ""
    off = max(max(abs(b.women - b.census_women), abs(b.men - b.census_men)) for b in bars)
    return f"Women and men by age, cohort against census; the largest difference is {off:.1f} per cent of the axis."


def _minorities(groups: Sequence[SubgroupDesign], made: Recommendation) -> tuple[Minority, ...]:
    longest = max((g.n for g in groups), default=1)
    adults = sum(c.adults for c in made.countries)
    found = []
    for g in sorted(groups, key=lambda g: -g.n):
        low, high = _wilson(0.01, 2 * g.n)
        found.append(
            Minority(
                group_name(g.subgroup), g.n, (g.n / made.total) / (g.people / adults) if g.people else 0.0,
                100 * g.n / longest, 100 * min(1.0, g.minimum / longest), g.detection["0.01"], low, high,
                ", ".join(f"{name_of(c)} {numbers.count(n)}" for c, n in sorted(g.countries.items(), key=lambda x: -x[1])[:6]),
                g.binding[0].reason if g.binding else "",
            )
        )  # fmt: skip
    return tuple(found)


def _wilson(p: float, alleles: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a frequency observed in so many alleles."""
    z, n = 1.959963984540054, max(alleles, 1)
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def _by_exponent(made: Recommendation) -> dict[float, list[Choice]]:
    found: dict[float, list[Choice]] = defaultdict(list)
    for c in made.choices:
        found[c.exponent].append(c)
    return dict(sorted(found.items(), reverse=True))


def _front(made: Recommendation) -> Chart:
    """The worst country's chance of seeing its rare allele, by total and rule of allocation."""
    y = Axis(min(0.9, *(c.worst_detection for c in made.choices)) - 0.02, 1.0)
    levels = figures.ticks(y.low, 1.0, 4)
    return _choices_chart(made, y, levels, [f"{100 * v:g}{numbers.NARROW}%" for v in levels], lambda c: c.worst_detection)


def _errors(made: Recommendation) -> Chart:
    """The error of the European frequency of a 1 % allele, by total and rule of allocation."""
    y = Axis(0, 1e5 * max(c.weighted_error for c in made.choices) * 1.05)
    levels = figures.ticks(0, y.high, 4)
    return _choices_chart(made, y, levels, [f"{v / 1e3:g}{numbers.NARROW}%" for v in levels], lambda c: 1e5 * c.weighted_error)


def _choices_chart(made: Recommendation, y: Axis, levels, texts, value) -> Chart:  # type: ignore[no-untyped-def]
    groups = _by_exponent(made)
    x = Axis(0, max(c.total for c in made.choices))
    lines, dots = [], []
    for exponent, choices in groups.items():
        last = choices[-1]
        chosen = next((c for c in choices if c.total == made.total and exponent == _exponent(made)), None)
        lines.append(
            Line(figures.path_of([(c.total, value(c)) for c in choices], x, y), "solid" if chosen else "other",
                 f"a = {exponent:g}",
                 100 * x.at(last.total), figures.HEIGHT * (1 - y.at(value(last))))
        )  # fmt: skip
        dots += [Dot(100 * x.at(c.total), figures.HEIGHT * (1 - y.at(value(c))), look="open") for c in choices if c.efficient]
        if chosen:
            dots.append(Dot(100 * x.at(chosen.total), figures.HEIGHT * (1 - y.at(value(chosen))), "recommended"))
    return Chart(
        spoken="One line for each rule of allocation, from proportional (a = 1) to equal numbers (a = 0)",
        across=figures.marks_across(figures.ticks(0, x.high, 5), x),
        down=figures.marks_down(levels, y, texts),
        lines=figures.named_apart(lines),
        dots=tuple(sorted(dots, key=lambda d: d.look, reverse=True)),
    )


def _exponent(made: Recommendation) -> float:
    return float(made.assumptions[0].value)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
