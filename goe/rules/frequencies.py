"""What an answer about one variant looks like: one record per population, in one of five states.

The same records stand behind the command line, the JSON, the page and the file, so that they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

from goe.rules.variants import Variant
from goe.rules.words import TOTAL, Assembly, State, nation_of


@dataclass(frozen=True)
class PopulationFrequency:
    """The answer of one population about one variant.

    Counts are None where there is no number to show. `allele_count`, `allele_number` count alleles; the others count
    people. `homozygote_count` counts people with two copies of the alternate allele, `hemizygote_count` people with one
    copy and no second chromosome. `faf95` is the lower bound of the one-sided 95 % Poisson interval of the frequency.
    `bound` is the largest count a suppressed cell may hide. `interval` is the Wilson 95 % interval of the frequency.
    """

    population: str
    state: State
    allele_count: int | None = None
    allele_number: int | None = None
    heterozygote_count: int | None = None
    homozygote_count: int | None = None
    hemizygote_count: int | None = None
    faf95: float | None = None
    bound: int | None = None
    interval: tuple[float, float] | None = None

    @property
    def allele_frequency(self) -> float | None:
        """AC / AN; None where nobody is called or the count is not shown."""
        if self.allele_count is None or not self.allele_number:
            return None
        return self.allele_count / self.allele_number

    @property
    def nation(self) -> str | None:
        """ISO code of the nation, None for all Europe."""
        return nation_of(self.population)

    @property
    def is_nation(self) -> bool:
        """Whether this is a whole nation, not a sex or group within it."""
        return self.population == self.nation


@dataclass(frozen=True)
class Heterogeneity:
    """How much nations differ at one variant: chi-square of homogeneity and Hudson's F_ST over nations with a value."""

    nations: int
    chi_square: float
    degrees_of_freedom: int
    p_value: float
    f_st: float


@dataclass(frozen=True)
class VariantAnswer:
    """Everything the release says about one variant, ready to show.

    `synthetic` says that the genotypes behind it are made up. `rsid` is empty where not known.
    `weighted_frequency` is the mean of the nations' frequencies weighted by the number of their inhabitants, over the
    nations with a value (None where fewer than two have one).
    """

    variant: Variant
    assembly: Assembly
    release: str
    epoch: str
    populations: tuple[PopulationFrequency, ...]
    rsid: str = ""
    filter: str = ""
    synthetic: bool = False
    heterogeneity: Heterogeneity | None = None
    weighted_frequency: float | None = None

    def population(self, label: str) -> PopulationFrequency | None:
        """The answer of one population, None where the release does not know it."""
        return next((p for p in self.populations if p.population == label), None)

    @property
    def headline(self) -> PopulationFrequency | None:
        """The population that answers first: all Europe, or the nation where only one is served."""
        return self.population(TOTAL) or next((p for p in self.populations if p.is_nation), None)

    @property
    def nations(self) -> tuple[PopulationFrequency, ...]:
        """Whole nations, most frequent first; those without a value follow in alphabetical order."""
        whole = [p for p in self.populations if p.is_nation]
        return tuple(
            sorted(whole, key=lambda p: (-(p.allele_frequency if p.allele_frequency is not None else -1), p.population))
        )

    @property
    def observed(self) -> bool:
        """Whether any population saw the alternate allele, or hides a count of it."""
        return any(p.state in (State.VALUE, State.SUPPRESSED) for p in self.populations)


@dataclass(frozen=True)
class NationInRelease:
    """One nation's part in a release: who was counted, and when the nation signed."""

    nation: str
    people: int | None
    women: int | None
    men: int | None
    signed_on: str
    answered: bool
    caption: str = ""


@dataclass(frozen=True)
class ReleaseSummary:
    """One release as a home page tells it."""

    assembly: Assembly
    release: str
    created: str
    variants: int
    nations: tuple[NationInRelease, ...]
    disclosure_class: str
    synthetic: bool = False

    @property
    def people(self) -> int:
        """People counted in all nations that answered."""
        return sum(n.people or 0 for n in self.nations if n.answered)


@dataclass(frozen=True)
class Unresolved:
    """A look-up that needs one more word from the asker: which assembly, or which allele.

    `reason` is a sentence; `assemblies` are those the asker may choose from; `suggestions` are ids that exist there.
    """

    variant: Variant
    reason: str
    assemblies: tuple[Assembly, ...] = ()
    suggestions: tuple[tuple[Assembly, Variant], ...] = ()
