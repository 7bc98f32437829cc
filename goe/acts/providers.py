"""Registering data providers with their documents, and cohorts of the two kinds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from goe.acts.setting import Node
from goe.errors import BadInput, Conflict, NotFound
from goe.rules.cohort import ClinicalCohort, DocumentKind, ReferenceCohort, cohort_fault
from goe.rules.events import Deed
from goe.rules.participant import pseudonym_fault
from goe.store.checksums import sha256
from goe.store.models import CohortRow, ProviderDocumentRow, ProviderRow
from goe.store.providers import CohortRecord, ProviderName, ProvidersDocument


def _check(identifier: str, kind: str, node: Node) -> None:
    if fault := pseudonym_fault(identifier, kind, node.name):
        raise BadInput("the identifier is not of the framework", expected=fault.removeprefix("expected "))


def add_provider(node: Node, provider_id: str, name: str) -> bool:
    """Register a data provider; whether it is new. Raises Conflict where another name is registered."""
    _check(provider_id, "PROVIDER", node)
    kept = node.registry.kept(ProviderRow, ProviderName)
    if there := kept.all(provider_id=provider_id):
        if there[0].name != name:
            raise Conflict(f"{provider_id} is registered with another name", expected="the name that it has")
        return False
    with node.ledger.deed(Deed.PROVIDER_RECORDED, provider_id, actor=node.settings.actor, time=node.now, details={}):
        kept.add([ProviderName(provider_id, name)])
    return True


def add_document(
    node: Node,
    provider_id: str,
    kind: DocumentKind,
    file: Path,
    *,
    version: str,
    language: str,
    since: date,
    until: date | None,
) -> bool:
    """Register a version of a provider's document by the hash of its file; whether it is new."""
    if not node.registry.kept(ProviderRow, ProviderName).all(provider_id=provider_id):
        raise NotFound("this provider is not registered", remedy="register it with `goe provider add`")
    if not file.is_file():
        raise NotFound("there is no such file", where=str(file))
    if until is not None and until < since:
        raise BadInput("the last day lies before the first", where="--until")
    one = ProvidersDocument(provider_id, kind.value, version, language, since, until, sha256(file))
    kept = node.registry.kept(ProviderDocumentRow, ProvidersDocument)
    if one in kept.all(provider_id=provider_id):
        return False
    details = {"kind": kind.value, "version": version, "digest": one.digest}
    with node.ledger.deed(Deed.PROVIDER_RECORDED, provider_id, actor=node.settings.actor, time=node.now, details=details):
        kept.add([one])
    return True


def add_cohort(
    node: Node,
    cohort_id: str,
    *,
    clinical: bool,
    title: str,
    target: str = "WGS",
    bed: Path | None = None,
    provider_id: str = "",
) -> bool:
    """Register a cohort; whether it is new. Raises Conflict where it is something else: its kind never changes."""
    _check(cohort_id, "COHORT", node)
    digest = sha256(bed) if bed else ""
    typed = ClinicalCohort(cohort_id, title, target, digest) if clinical else ReferenceCohort(cohort_id, title)
    if fault := cohort_fault(typed):
        raise BadInput(fault, expected="--bed", where=cohort_id)
    if not clinical and target != "WGS":
        raise BadInput("a reference cohort is of whole genomes", expected="--target WGS", where=cohort_id)
    record = CohortRecord(cohort_id, "clinical" if clinical else "reference", target, digest, title, provider_id or None)
    kept = node.registry.kept(CohortRow, CohortRecord)
    if there := kept.all(cohort_id=cohort_id):
        if there[0] != record:
            raise Conflict(f"{cohort_id} is registered with other values", expected="a new cohort, or the same values")
        return False
    details = {"kind": record.kind, "target": target}
    with node.ledger.deed(Deed.PROVIDER_RECORDED, cohort_id, actor=node.settings.actor, time=node.now, details=details):
        kept.add([record])
    return True
