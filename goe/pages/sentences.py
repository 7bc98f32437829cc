"""What an answer says in words: the same sentence on the map, in the table and in a heading.

A blank, a zero and a secret are three different answers, and each is said aloud.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from goe.pages import numbers
from goe.rules.frequencies import Heterogeneity, NationInRelease, PopulationFrequency, VariantAnswer
from goe.rules.variants import Variant
from goe.rules.words import NATIONS, State

STATE_NAMES: dict[State, tuple[str, str]] = {
    State.VALUE: ("Value", "measured, see the scale"),
    State.OBSERVED_ZERO: ("Observed zero", "looked for, not seen"),
    State.NOT_CALLABLE: ("Not callable", "the site could not be read"),
    State.SUPPRESSED: ("Suppressed", "too few people to show"),
    State.OFFLINE: ("Node offline", "last signed answer, not in the sum"),
}
"""Each state: its name, and what it means in a few words."""

NO_DATA = ("No data yet", "not in this release")
LONGEST_TITLE = 28  # characters that a heading holds on a phone without breaking an id to pieces
SEXES = {"F": "Women", "M": "Men", "U": "Sex not known"}


@dataclass(frozen=True)
class Claim:
    """A verdict: what is claimed, what it means, and the evidence behind it."""

    claim: str
    meaning: str
    evidence: str


def name(nation: str, captions: Mapping[str, str]) -> str:
    """What a nation's people are called in this release: "Tuscans in Italy", or simply "Finland"."""
    return captions.get(nation) or NATIONS.get(nation, nation)


def code(nation: str) -> str:
    """The two letters shown for a nation; everybody knows the United Kingdom as UK."""
    return "UK" if nation == "GB" else nation


def of_alleles(answer: PopulationFrequency) -> str:
    """Count and denominator: "98 of 214 alleles"."""
    return f"{numbers.count(answer.allele_count)} of {numbers.count(answer.allele_number)} alleles"


def if_it_exists(answer: PopulationFrequency) -> str:
    """What an observed zero still allows, from the upper limit of its interval; empty where that is not known."""
    if answer.interval is None or not answer.interval[1]:
        return ""
    return f"If it exists, rarer than {numbers.rarer_than(answer.interval[1])}"


def hidden_count(answer: PopulationFrequency) -> str:
    """What a suppressed cell may be told to hide: "at most 10 of 2 924"."""
    if answer.bound is None:
        return "too few people to show"
    of = f" of {numbers.count(answer.allele_number)} alleles" if answer.allele_number else ""
    return f"at most {numbers.count(answer.bound)}{of}"


def in_words(answer: PopulationFrequency, part: NationInRelease | None) -> str:
    """The sentence beside a population that has no plain value; empty for one that has."""
    if answer.state is State.OBSERVED_ZERO:
        return ". ".join(s for s in ("Observed zero", if_it_exists(answer)) if s)
    if answer.state is State.NOT_CALLABLE:
        people = f" in any of {numbers.count(part.people)} genomes" if part and part.people else " there"
        return f"Not callable. The site could not be read{people}"
    if answer.state is State.SUPPRESSED:
        hidden = hidden_count(answer)
        return f"Suppressed. {hidden[0].upper()}{hidden[1:]}; the floor protects people"
    if answer.state is State.OFFLINE:
        signed = f" Signed answer of {numbers.day(part.signed_on)}; not in the sum" if part and part.signed_on else ""
        return f"Offline.{signed or ' Not in the sum'}"
    return ""


def spoken(answer: PopulationFrequency) -> str:
    """The answer as a screen reader hears it on the map, after the nation's name."""
    if answer.state is State.VALUE:
        return f"{numbers.frequency(answer.allele_frequency)}, {of_alleles(answer)}"
    if answer.state is State.OBSERVED_ZERO:
        return f"observed zero, none of {numbers.count(answer.allele_number)} alleles"
    if answer.state is State.SUPPRESSED:
        return f"suppressed, {hidden_count(answer)}"
    return {State.NOT_CALLABLE: "not callable, the site could not be read"}.get(answer.state, "node offline, not in the sum")


def kind_of_change(variant: Variant) -> str:
    """What the variant does to the sequence: "single nucleotide", "deletion of 2 bases", "symbolic allele"."""
    reference, alternate = variant.reference, variant.alternate
    if not alternate.isalpha():
        return "symbolic allele"
    if len(reference) == len(alternate):
        return "single nucleotide" if len(reference) == 1 else f"substitution of {numbers.count(len(reference))} bases"
    longer = len(alternate) - len(reference)
    if min(len(reference), len(alternate)) > 1:
        return "complex change"
    return f"{'insertion' if longer > 0 else 'deletion'} of {numbers.count(abs(longer))} base{'s' if abs(longer) > 1 else ''}"


def title(answer: VariantAnswer) -> str:
    """What a page about the variant is called: its rsID, its id, or where it is and what it does if that is too long."""
    whole = answer.rsid or str(answer.variant)
    if len(whole) <= LONGEST_TITLE:
        return whole
    return f"{answer.variant.contig}-{answer.variant.position}, {kind_of_change(answer.variant)}"


def filter_words(text: str) -> str:
    """The site's filter as a tag says it; empty where it is not known."""
    return {"": "", ".": "", "PASS": "passed filters"}.get(text, f"filter {text}")


def allele(variant: Variant) -> str:
    """The alternate allele, short enough for a heading."""
    return variant.alternate if len(variant.alternate) <= 12 else "the alternate allele"


def differences(answer: VariantAnswer, captions: Mapping[str, str]) -> Claim | None:
    """Whether nations differ, in a claim with its evidence; None where fewer than two can be compared."""
    found = answer.heterogeneity
    valued = [n for n in answer.nations if n.state is State.VALUE]
    counted = [n for n in answer.nations if n.state in (State.VALUE, State.OBSERVED_ZERO)]
    if found is None or not valued or len(counted) < 2:
        return None
    highest, lowest = (_value(n, captions) for n in (counted[0], counted[-1]))
    return Claim(_claim(found), f"From {lowest} to {highest}{_consequence(found)}", _evidence(found))


def _value(nation: PopulationFrequency, captions: Mapping[str, str]) -> str:
    return f"{numbers.frequency(nation.allele_frequency)} ({name(nation.nation or '', captions)})"


def _claim(found: Heterogeneity) -> str:
    if found.p_value < 1e-8 and found.f_st > 0.05:
        return "Nations differ a great deal."
    return "Nations differ." if found.p_value < 0.001 else "No difference between nations is shown."


def _consequence(found: Heterogeneity) -> str:
    great = found.p_value < 1e-8 and found.f_st > 0.05
    return "; the European mean describes no nation well." if great else "."


def _evidence(found: Heterogeneity) -> str:
    chi_square = f"{found.chi_square:.0f}" if found.chi_square >= 100 else f"{found.chi_square:.1f}"
    return (
        f" {numbers.signed(found.f_st, 2 if abs(found.f_st) >= 0.01 else 3)} (Hudson), "
        f"χ² {chi_square} on {found.degrees_of_freedom} d.f., p {numbers.p_value(found.p_value)}."
    )
