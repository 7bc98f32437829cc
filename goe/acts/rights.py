"""Answering what data subjects may ask: access, rectification, objection, erasure, and what follows from a death.

What an erasure means for the store, the ledger, backups and issued releases is written down in `docs/rights.md`; the sentences
of `MEANING` are what the command prints before it acts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from goe.acts.consent import person_of, ripple, timeline
from goe.acts.describe import describe
from goe.acts.setting import Node
from goe.errors import BadInput
from goe.rules.consent import OptOut
from goe.rules.events import Deed
from goe.rules.thresholds import Measurement
from goe.rules.words import Scope
from goe.store.erasure import erase as erase_rows
from goe.store.models import QualityRow

MEANING = {
    "registry and links": "everything about the person is removed; the pseudonyms are spent and never given again",
    "store": "batches are never rewritten: the genotypes stay, unnamed in the registry, and are counted nowhere",
    "ledger": "rows name no person, so nothing has to be removed; that an erasure was done is written down",
    "releases": "what was published stays: sums of many people; later releases do not count the person",
    "backups": "copies expire; after restoring one, erase again the pseudonyms that the newer copy lists as spent",
}


def access(node: Node, participant_id: str) -> dict[str, Any]:
    """Everything that the node holds of a person, for the person (GDPR Art. 15), and what it was used for."""
    found = describe(node, participant_id)
    ids = [s.sample_id for s in found.samples]
    touched = ripple(node, participant_id, list(Scope))
    with node.ledger.deed(
        Deed.RIGHT_EXERCISED, "access", actor=node.settings.actor, time=node.now, details={"right": "access"}
    ):
        return {
            "participant": dict(vars(found.participant)),
            "samples": [{"sample": s.sample_id, "genome": s.genome, "karyotype": s.karyotype.value} for s in found.samples],
            "said": timeline(node, participant_id),
            "observations": [_plain(o) for o in found.observations],
            "answers": [_plain(a) for a in found.answers],
            "minimal_data_set": [_plain(v) for v in found.values],
            "quality": [_plain(m) for m in node.registry.kept(QualityRow, Measurement).all(sample_id=ids)],
            "genomes_in": list(touched.batches),
            "counted_in": list(touched.releases),
        }


def _plain(record: Any) -> dict[str, Any]:
    return {k: v if isinstance(v, int | float | bool | type(None)) else str(v) for k, v in vars(record).items()}


def rectify(node: Node, participant_id: str, changes: dict[str, str]) -> int:
    """Correct fields of a person's record (GDPR Art. 16), and say how many changed. Raises BadInput for a wrong value."""
    from goe.rules.participant import participant_faults

    person = person_of(node, participant_id)
    allowed = ("sex", "birth_year", "country_of_origin", "region", "sex_at_birth", "birth_date")
    if unknown := sorted(changes.keys() - set(allowed)):
        raise BadInput(f"{unknown[0]!r} cannot be corrected here", expected=", ".join(allowed), where="--set")
    values: dict[str, Any] = dict(changes)
    if "birth_year" in values:
        if not str(values["birth_year"]).isdigit():
            raise BadInput("the birth year is not a number", expected="four digits", where="--set")
        values["birth_year"] = int(values["birth_year"])
    corrected = replace(person, **values)
    if faults := participant_faults(corrected, node.name, node.clock().year):
        field, fault = next(iter(faults.items()))
        raise BadInput(fault, where=f"--set {field}")
    changed = [name for name in values if getattr(person, name) != getattr(corrected, name)]
    if changed:
        with node.ledger.deed(
            Deed.RIGHT_EXERCISED, "rectification", actor=node.settings.actor, time=node.now, details={"fields": changed}
        ):
            node.registry.amend(corrected)
    return len(changed)


def object_to_use(node: Node, participant_id: str, day: date) -> bool:
    """Record an objection to secondary use (GDPR Art. 21, EHDS Art. 71); whether it is new."""
    person_of(node, participant_id)
    said = node.registry.opt_outs().get(participant_id, ())
    if said and said[-1].out:
        return False
    with (
        node.ledger.deed(
            Deed.RIGHT_EXERCISED, "objection", actor=node.settings.actor, time=node.now, details={"right": "objection"}
        ),
        node.registry.writing() as writing,
    ):
        writing.add_opt_outs([(participant_id, OptOut(True, day))])
    return True


def record_death(node: Node, participant_id: str, day: date) -> bool:
    """Record that a person has died; what the consent is worth afterwards the nation's policy says."""
    person = person_of(node, participant_id)
    if person.died_on == day.isoformat():
        return False
    if day > node.clock().date() or (person.birth_year and day.year < person.birth_year):
        raise BadInput("the day of death cannot be", expected="a day after the birth, up to today", where="--day")
    with node.ledger.deed(Deed.RIGHT_EXERCISED, "death", actor=node.settings.actor, time=node.now, details={"right": "death"}):
        node.registry.amend(replace(person, died_on=day.isoformat()))
    return True


def erase(node: Node, participant_id: str) -> None:
    """Erase a person (GDPR Art. 17), in the sense of `MEANING`. Raises NotFound where the person is not registered."""
    person_of(node, participant_id)
    samples = [s.sample_id for s in node.registry.samples_of(participant_id)]
    with (
        node.ledger.deed(
            Deed.RIGHT_EXERCISED, "erasure", actor=node.settings.actor, time=node.now, details={"right": "erasure"}
        ),
        node.registry.writing() as writing,
    ):
        erase_rows(writing, participant_id, samples, node.clock().date())
