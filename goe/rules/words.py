"""The words that every part shares: nations, assemblies, sex, populations, states of an answer.

They are settled in one place so that a label in a file, a column of a table and a sentence on a page cannot drift apart.
"""

from __future__ import annotations

from enum import StrEnum

NATIONS: dict[str, str] = {
    "AT": "Austria", "BE": "Belgium", "BG": "Bulgaria", "CH": "Switzerland", "CY": "Cyprus", "CZ": "Czechia",
    "DE": "Germany", "DK": "Denmark", "EE": "Estonia", "ES": "Spain", "FI": "Finland", "FR": "France",
    "GB": "United Kingdom", "GR": "Greece", "HR": "Croatia", "HU": "Hungary", "IE": "Ireland", "IS": "Iceland",
    "IT": "Italy", "LI": "Liechtenstein", "LT": "Lithuania", "LU": "Luxembourg", "LV": "Latvia", "MT": "Malta",
    "NL": "Netherlands", "NO": "Norway", "PL": "Poland", "PT": "Portugal", "RO": "Romania", "SE": "Sweden",
    "SI": "Slovenia", "SK": "Slovakia",
}  # fmt: skip
"""Nations that can take part, by ISO 3166-1 alpha-2 code."""

_ELSEWHERE = {"EL": "GR", "UK": "GB"}  # Eurostat's codes, translated at the border


def nation(code: str) -> str:
    """The ISO code of a nation, from an ISO or Eurostat code in any case.

    Raises ValueError for a code that is no nation of the programme.

    >>> nation("el")
    'GR'
    """
    upper = code.strip().upper()
    upper = _ELSEWHERE.get(upper, upper)
    if upper not in NATIONS:
        raise ValueError(f"{code!r} is not one of the nations {', '.join(NATIONS)}")
    return upper


class Assembly(StrEnum):
    """A reference genome; a batch and a release each have exactly one."""

    GRCh37 = "GRCh37"
    GRCh38 = "GRCh38"


class Target(StrEnum):
    """What of a genome was sequenced."""

    WGS = "wgs"
    EXOME = "exome"
    PANEL = "panel"


class Karyotype(StrEnum):
    """Genetic sex chromosomes of a sample, which decide ploidy; never an administrative gender."""

    XX = "XX"
    XY = "XY"
    UNKNOWN = "unknown"

    @property
    def letter(self) -> str:
        """The sex letter of a population label: F, M, or U where the karyotype is not known."""
        return {"XX": "F", "XY": "M"}.get(self.value, "U")


class State(StrEnum):
    """What kind of answer a population gives about a variant: a blank, a zero and a secret are three different answers."""

    VALUE = "value"
    OBSERVED_ZERO = "observed_zero"
    NOT_CALLABLE = "not_callable"
    SUPPRESSED = "suppressed"
    OFFLINE = "offline"


class Scope(StrEnum):
    """What a participant can consent to."""

    ALLELE_FREQUENCY = "allele_frequency"
    SUBJECT_LEVEL_QUERY = "subject_level_query"
    SECONDARY_USE = "secondary_use"
    RECONTACT = "recontact"
    INCIDENTAL_FINDINGS = "incidental_findings"
    CROSS_BORDER = "cross_border"


class DisclosureClass(StrEnum):
    """Who may see what of a data set; see `goe.rules.disclosure`."""

    OPEN = "open"
    REGISTERED = "registered"
    CONTROLLED = "controlled"


TOTAL = "Total"
"""The population label of everybody counted in every nation that answers."""


def nation_of(population: str) -> str | None:
    """The nation that a population label belongs to, or None for labels of all Europe.

    >>> nation_of("FI_M"), nation_of("Total")
    ('FI', None)
    """
    head = population.split("_", 1)[0]
    return head if head in NATIONS else None
