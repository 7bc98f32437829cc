"""Who includes people, and in what: data providers with their documents, and cohorts of two kinds that never mix.

A *reference cohort* holds citizens as they come, healthy and diseased. The *clinical special category* holds people who were
sequenced because they are ill; it is a product of its own. They are different types, so that a function that counts a reference
cannot be handed a clinical cohort.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class DocumentKind(StrEnum):
    """A document that a provider must have before its people are included."""

    ETHICS_APPROVAL = "ethics_approval"
    DPIA = "dpia"
    AGREEMENT = "agreement"
    INFORMATION_SHEET = "information_sheet"


@dataclass(frozen=True)
class ProviderDocument:
    """A version of a document, known by the SHA-256 of its file. `until` is its last day (None: no end)."""

    kind: str
    version: str
    language: str
    since: date
    until: date | None
    digest: str


@dataclass(frozen=True)
class Provider:
    """The controller that includes people: biobank, cohort, hospital. `provider_id` is `GOE-<nation>-PROVIDER-<number>`."""

    provider_id: str
    name: str
    documents: tuple[ProviderDocument, ...] = ()

    def document(self, kind: DocumentKind, day: date) -> ProviderDocument | None:
        """The newest document of a kind that is in force on a day."""
        valid = [d for d in self.documents if d.kind == kind and d.since <= day and (d.until is None or day <= d.until)]
        return max(valid, key=lambda d: d.since, default=None)


@dataclass(frozen=True)
class ReferenceCohort:
    """Citizens as they come. Only these are counted as a nation's reference."""

    cohort_id: str
    title: str = ""


@dataclass(frozen=True)
class ClinicalCohort:
    """The clinical special category: WGS, or WES with the hash of its targets. Published as `FI_clinical`, never in Total."""

    cohort_id: str
    title: str = ""
    target: str = "WGS"
    target_bed: str = ""


Cohort = ReferenceCohort | ClinicalCohort


def clinical_population(nation: str) -> str:
    """The label of a nation's clinical special category.

    >>> clinical_population("FI")
    'FI_clinical'
    """
    return f"{nation}_clinical"


def cohort_fault(cohort: Cohort) -> str:
    """What is wrong with a cohort; empty where nothing is. An exome without its target regions cannot be counted.

    >>> cohort_fault(ClinicalCohort("GOE-FI-COHORT-2", target="WES"))
    'a WES cohort needs the BED file of its target regions'
    """
    if not isinstance(cohort, ClinicalCohort):
        return ""
    if cohort.target not in ("WGS", "WES"):
        return f"the target {cohort.target!r} is neither WGS nor WES"
    return "a WES cohort needs the BED file of its target regions" if cohort.target == "WES" and not cohort.target_bed else ""


def refused_from_reference(cohorts: Iterable[Cohort]) -> list[str]:
    """The cohorts among these whose people no reference release counts."""
    return [c.cohort_id for c in cohorts if not isinstance(c, ReferenceCohort)]
