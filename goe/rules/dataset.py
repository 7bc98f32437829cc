"""What a nation publishes from: a data set, with a version and a disclosure class.

A reference cohort and the clinical special category are different types, so that a clinical genome cannot be counted as a
reference genome by mistake: `goe.acts` builds a reference release from a `ReferenceDataSet` and from nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goe.rules.words import DisclosureClass


@dataclass(frozen=True)
class ReferenceDataSet:
    """Citizens as they come, who mirror the population of a nation."""

    data_set_id: str
    version: int
    disclosure_class: DisclosureClass
    kind: ClassVar[str] = "reference"


@dataclass(frozen=True)
class ClinicalDataSet:
    """The clinical special category: people who were sequenced because they are ill. Seen with a visa of its own."""

    data_set_id: str
    version: int
    disclosure_class: DisclosureClass
    kind: ClassVar[str] = "clinical"


DataSet = ReferenceDataSet | ClinicalDataSet


@dataclass(frozen=True)
class CountingEpoch:
    """The frozen set of people that statistics are computed on.

    `digest` is keyed with a secret of the node: a plain hash of a short list of numbered pseudonyms could be tried out, and
    would then say who is missing from it.
    """

    number: int
    digest: str
    people: int
