"""Registering participants, their consents and their samples from a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from goe.acts.setting import Node
from goe.errors import Conflict
from goe.rules.events import Deed
from goe.store.formats.participants import COLUMNS, read_participants
from goe.store.registry import Enrolment

TEMPLATE = COLUMNS
"""Columns of the file that `enrol` reads, and what they hold."""


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
    known = _Known(node)
    new = [p for p in people if not known.has(p, str(file))]
    if new:
        details = {"participants": len(new)}
        deed = node.ledger.deed(
            Deed.PARTICIPANTS_ENROLLED, f"{len(new)} participants", actor=node.settings.actor, time=node.now, details=details
        )
        with deed:
            node.registry.enrol(new)
    return Enrolled(len(new), len(people) - len(new))


class _Known:
    """What the registry has, read once."""

    def __init__(self, node: Node) -> None:
        self._participants, self._consents = node.registry.participants(), node.registry.consents()
        self._genomes = node.registry.samples()
        # A link to nobody is what a killed import leaves behind; it does not count.
        self._links = {s: p for s, p in node.registry.links().items() if p in self._participants}

    def has(self, enrolment: Enrolment, where: str) -> bool:
        """Whether exactly this is registered. Raises Conflict where one of its names stands for something else."""
        person, samples = enrolment.participant, enrolment.samples
        found: list[object] = [self._participants.get(person.participant_id), self._consents.get(person.participant_id)]
        found += [self._links.get(s.sample_id) for s in samples] + [self._genomes.get(s.genome) for s in samples]
        if all(part is None for part in found):
            return False
        if found == [person, enrolment.consents, *(person.participant_id for _ in samples), *samples]:
            return True
        raise Conflict(
            f"{person.participant_id} or its sample is registered with other values",
            expected="new people, or rows that are unchanged",
            where=where,
            remedy="remove the row; changes of registered people come with the registry's own commands",
        )
