"""Rows of data providers, their documents and cohorts as the registry keeps them; `goe.rules.cohort` makes types of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class ProviderName:
    """A provider without its documents."""

    provider_id: str
    name: str


@dataclass(frozen=True)
class ProvidersDocument:
    """A version of a document of a provider."""

    provider_id: str
    kind: str
    version: str
    language: str
    since: date
    until: date | None
    digest: str


@dataclass(frozen=True)
class CohortRecord:
    """A cohort of either kind: `reference` or `clinical`."""

    cohort_id: str
    kind: str
    target: str = "WGS"
    target_bed: str = ""
    title: str = ""
    provider_id: str | None = None
