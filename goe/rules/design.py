"""A cohort's design as records: what is recommended, why, at what price, and how it would change.

The acts compute them, the pages show them, the files keep them. None of them names a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FREQUENCIES = (0.01, 0.005, 0.001)
"""The allele frequencies at which the chance of detection is told."""


@dataclass(frozen=True)
class Assumption:
    """Something taken as given, and where it comes from."""

    name: str
    value: float | str
    source: str


@dataclass(frozen=True)
class Binding:
    """A constraint that sets a number: what it asks and why, and what there would be without it but with all others."""

    constraint: str
    wants: int
    reason: str
    without: int

    @property
    def by(self) -> int:
        """By how many people it binds."""
        return abs(self.wants - self.without)


@dataclass(frozen=True)
class CountryDesign:
    """One country of the recommendation. `proportional` is its number in proportion to inhabitants, for comparison.

    `detection` is the chance of seeing an allele of each frequency at all; `error` the relative standard error of an allele of
    1 %; `design_effect` what its composition costs (Kish); `weeks` the time at the capacity given, None where none is.
    """

    country: str
    n: int
    inhabitants: int
    adults: int
    proportional: int
    floor: int
    binding: tuple[Binding, ...]
    detection: Mapping[str, float]
    error: float
    design_effect: float
    cost: float
    weeks: float | None = None


@dataclass(frozen=True)
class PartDesign:
    """A region of a country, or a group of origin in it; `kind` says which."""

    kind: str
    country: str
    name: str
    n: int
    people: int
    floor: int
    modelled: bool
    binding: tuple[Binding, ...]
    detection: Mapping[str, float]
    cost: float


@dataclass(frozen=True)
class Stratum:
    """One cell: so many people of this region, group, sex and age band; an empty dimension was not supplied."""

    country: str
    region: str
    group: str
    sex: str
    age_band: str
    n: int
    people: int
    modelled: bool
    cost: float


@dataclass(frozen=True)
class SubgroupDesign:
    """A minority over all countries: its people, its number in the cohort, and the least that was asked for."""

    subgroup: str
    people: int
    n: int
    minimum: int
    countries: Mapping[str, int]
    binding: tuple[Binding, ...]
    detection: Mapping[str, float]


@dataclass(frozen=True)
class Choice:
    """A total and an exponent of allocation, and what they give: one point of the trade-off. `efficient`: none beats it."""

    total: int
    exponent: float
    worst_detection: float
    worst_country: str
    weighted_error: float
    cost: float
    efficient: bool = False


@dataclass(frozen=True)
class Variation:
    """The recommendation with one assumption changed, all else as it is."""

    assumption: str
    value: str
    country_floor: int
    least_total: int
    worst_country: str
    worst_detection: float
    weighted_error: float
    cost: float


@dataclass(frozen=True)
class Source:
    """A table that went in: its name, what it is, its SHA-256, and how many rows it has."""

    name: str
    what: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class Curve:
    """Variants expected among so many people: the headline and the band of estimators. `inside`: within the pilot, exact."""

    people: tuple[int, ...]
    expected: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    pilot: int
    stratum: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recommendation:
    """Size and composition, with everything that they rest on."""

    total: int
    cost: float
    least_total: int
    countries: tuple[CountryDesign, ...]
    parts: tuple[PartDesign, ...]
    strata: tuple[Stratum, ...]
    subgroups: tuple[SubgroupDesign, ...]
    assumptions: tuple[Assumption, ...]
    choices: tuple[Choice, ...]
    sensitivity: tuple[Variation, ...]
    next_thousand: Mapping[str, int]
    not_supplied: tuple[str, ...]
    notes: tuple[str, ...]
    sources: tuple[Source, ...]
    curves: tuple[Curve, ...] = field(default=())
