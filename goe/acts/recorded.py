"""Completing the ledger after a killed run: a deed that stands but is not written down is written down."""

from __future__ import annotations

from goe.acts.setting import Installation
from goe.rules.events import Deed


def record_if_missing(installation: Installation, verb: Deed, object_: str, details_hash: str) -> None:
    """Write a ledger row for something that is there, unless there is one."""
    rows = installation.ledger.rows()
    if any(row["details_hash"] == details_hash or (row["verb"] == verb and row["object"] == object_) for row in rows):
        return
    actor, reason = installation.settings.actor, "found without a row, after a run that was cut short"
    with installation.ledger.deed(verb, object_, actor=actor, time=installation.now, details={}, reason=reason) as entry:
        entry["details_hash"] = details_hash
