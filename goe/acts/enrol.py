"""Registering participants, their consents and their samples from a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from goe.acts.setting import Node
from goe.errors import Conflict
from goe.rules.events import Deed
from goe.store.formats.participants import read_participants
from goe.store.registry import Enrolment


@dataclass(frozen=True)
class Enrolled:
    """How many people a file added, and how many it named that were registered already."""

    new: int
    known: int


def enrol(node: Node, file: Path) -> Enrolled:
    """Register the people of a CSV file, all or none. A row that is registered already, unchanged, is passed over.

    Raises BadInput with every fault of the file; Conflict where a row says otherwise than the registry.
    """
    people = read_participants(file, node.name, node.clock().date())
    new = [p for p in people if not _is_known(node, p, str(file))] if node.registry.participants() else people
    if new:
        details = {"participants": len(new)}
        deed = node.ledger.deed(
            Deed.PARTICIPANTS_ENROLLED, f"{len(new)} participants", actor=node.settings.actor, time=node.now, details=details
        )
        with deed:
            node.registry.enrol(new)
    return Enrolled(len(new), len(people) - len(new))


def _is_known(node: Node, enrolment: Enrolment, where: str) -> bool:
    """Whether the registry has exactly this. Raises Conflict where it has something else under one of the three names."""
    participants, consents = node.registry.participants(), node.registry.consents()
    samples, links = node.registry.samples(), node.registry.links()
    person, sample = enrolment.participant, enrolment.samples[0]
    there = (participants.get(person.participant_id), links.get(sample.sample_id), samples.get(sample.genome))
    if there == (None, None, None):
        return False
    same = there == (person, person.participant_id, sample) and consents.get(person.participant_id) == enrolment.consents
    if not same:
        raise Conflict(
            f"{person.participant_id} or its sample is registered with other values",
            expected="new people, or rows that are unchanged",
            where=where,
            remedy="remove the row; changes of registered people come with the registry's own commands",
        )
    return True
