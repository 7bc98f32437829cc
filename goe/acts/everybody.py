"""Everybody with a genome in some batches of a node, counted or not: what a steward looks at.

A person is in it once at each variant, in the first batch that answers there. A genome that is not registered is a person of
its own. Nothing of this leaves the node.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from goe.acts.setting import Node
from goe.errors import BadInput, NotFound
from goe.rules.words import Assembly, Karyotype, Scope
from goe.store.genomes.batch import BatchInfo
from goe.store.genomes.cohort import Person, StoredCohort

PEOPLE = ("nation", "region", "karyotype", "genetic_group")
"""Columns that people can be told apart by."""


@dataclass(frozen=True)
class Everybody:
    """People with a genome, and where their genotypes are.

    batches   the batches looked at, oldest first
    cohort    their genotypes
    genome    (people,) name of the first genome of each, in the order of batches
    number    per batch (samples,) the person of each sample
    column    nation, region, recorded karyotype (empty where unregistered) and genetic group, each (people,)
    """

    batches: tuple[BatchInfo, ...]
    cohort: StoredCohort
    genome: NDArray[np.object_]
    number: tuple[NDArray[np.int64], ...]
    column: dict[str, NDArray[np.object_]]

    def __len__(self) -> int:
        return len(self.genome)

    @cached_property
    def sex(self) -> NDArray[np.int64]:
        """(people,) recorded karyotype as a number of `goe.science.ploidy.Sex`."""
        from goe.science.ploidy import Sex

        known = {"XX": Sex.XX, "XY": Sex.XY}
        return np.array([known.get(k, Sex.UNKNOWN) for k in self.column["karyotype"]], dtype=np.int64)


def chosen_batches(
    node: Node, assembly: Assembly | None, named: Sequence[str] = (), *, unverified: bool = False
) -> list[BatchInfo]:
    """The batches named, or all of an assembly, which must be said where there are several.

    Real genotypes are never mixed with synthetic ones, which are looked at only where there is nothing else, or by name.
    Batches whose reference alleles are unverified are left out unless `unverified`, or where there is nothing else. Raises
    NotFound for a batch that is not there, BadInput where batches are of different assemblies.
    """
    known = {b.batch_id: b for b in node.genomes.batches()}
    missing = [name for name in named if name not in known]
    if missing:
        raise NotFound(f"there is no batch {missing[0]!r}", expected=", ".join(known) or "a batch", where=str(node.folder))
    found = [known[name] for name in dict.fromkeys(named)] or [b for b in known.values() if assembly in (None, b.assembly)]
    if not found:
        raise NotFound("the node has no such batch", expected="a batch of genomes", where=str(node.folder))
    if len({b.assembly for b in found}) > 1:
        assemblies = " and ".join(sorted({b.assembly for b in found}))
        raise BadInput(f"the batches are of {assemblies}", expected="one assembly", remedy="say --assembly")
    if named:
        return found
    found = [b for b in found if not b.synthetic] or found
    return found if unverified else [b for b in found if b.reference_verified] or found


def everybody(node: Node, batches: Sequence[BatchInfo]) -> Everybody:
    """Everybody with a genome in these batches."""
    known = {c.genome: c for c in node.countable(Scope.ALLELE_FREQUENCY)}  # consenting or not
    stored = [node.genomes.batch(b.batch_id) for b in batches]
    people: dict[str, Person] = {}
    place: dict[str, tuple[int, str]] = {}  # of each person, and the first genome
    number_of: dict[str, int] = {}
    for genome in dict.fromkeys(name for batch in stored for name in batch.samples):
        of = known.get(genome)
        person = (
            Person(of.participant_id, node.name, of.letter, of.region, category=of.category)
            if of
            else Person(genome, node.name, "U")
        )
        people[genome] = person
        number_of[genome] = place.setdefault(person.person, (len(place), genome))[0]
    first = [genome for _, genome in place.values()]
    recorded = {k.letter: k.value for k in Karyotype}
    karyotype = [recorded[people[genome].sex] if genome in known else "" for genome in first]
    columns = {
        "nation": [people[genome].nation for genome in first],
        "region": [people[genome].region for genome in first],
        "karyotype": karyotype,
        "genetic_group": [people[genome].genetic_group for genome in first],
    }
    return Everybody(
        tuple(batches),
        StoredCohort.of(stored, people),
        np.array(first, dtype=object),
        tuple(np.array([number_of[name] for name in batch.samples], dtype=np.int64) for batch in stored),
        {name: np.array(values, dtype=object) for name, values in columns.items()},
    )
