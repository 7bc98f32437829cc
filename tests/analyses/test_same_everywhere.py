"""For every analysis there is: any partition of the people into batches and nations gives the same bits, on a cluster too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import Any

import definitions
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import goe.analyses
from goe.pooling import Block, People, Variants, across, here, on_cluster
from goe.science.genotypes import CODES, pack
from goe.science.ploidy import Region

ANALYSES = sorted(p.stem for p in Path(goe.analyses.__path__[0]).glob("*.py") if p.stem != "__init__")
NATIONS, SEXES = ("FI", "ES", "IT"), ("F", "M", "U")
CELLS = [(nation, sex) for nation in NATIONS for sex in SEXES]
PARAMETERS: dict[str, dict[str, Any]] = {
    "allele_frequency": {"cells": CELLS},
    "genotype_counts": {"cells": CELLS, "by": ("nation", "sex")},
}
"""What each analysis is asked; a new analysis needs a line here."""


@dataclass(frozen=True)
class BatchInMemory:
    """Some people's genotypes, in blocks of one ploidy region cut at random places."""

    people: People
    variants: Variants
    mask: NDArray[np.bool_]
    codes: NDArray[np.uint8]  # (variants, samples)
    region: Sequence[Region]
    cuts: frozenset[int]

    @property
    def size(self) -> int:
        return len(self.variants)

    def blocks(self) -> Iterator[Block]:
        first = 0
        for last in range(1, len(self.codes) + 1):
            if last == len(self.codes) or last in self.cuts or self.region[last] != self.region[first]:
                rows = np.arange(first, last)
                yield Block(rows, pack(self.codes[first:last]), self.region[first], self.mask)
                first = last


@dataclass(frozen=True)
class CohortInMemory:
    """Batches of one assembly."""

    variants: Variants
    batches: Sequence[BatchInMemory]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[BatchInMemory, list[list[int]], list[list[int]]]:
    """Everybody in one batch; a partition of the people into batches; a partition of the batches into nodes."""
    people, variants = draw(st.integers(1, 140)), draw(st.integers(1, 12))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    region = sorted(draw(st.lists(st.sampled_from(list(Region)), min_size=variants, max_size=variants)))
    rare = random.random((variants, 1)) < 0.6
    codes = np.where(rare & (random.random((variants, people)) < 0.95), 0, random.integers(0, CODES, (variants, people)))
    whole = BatchInMemory(
        People({"nation": random.choice(NATIONS, people), "sex": random.choice(SEXES, people)}),
        Variants(
            np.zeros(variants, np.int8), np.arange(variants), np.full(variants, "A", object), np.full(variants, "C", object)
        ),
        random.random(people) < 0.9,
        codes.astype(np.uint8),
        region,
        frozenset(random.integers(0, variants, 3).tolist()),
    )
    label = random.integers(0, draw(st.integers(1, 6)), people)
    batches = [np.flatnonzero(label == value).tolist() for value in np.unique(label)]
    node = random.integers(0, draw(st.integers(1, 4)), len(batches))
    return whole, batches, [np.flatnonzero(node == value).tolist() for value in np.unique(node)]


def part(whole: BatchInMemory, chosen: list[int]) -> BatchInMemory:
    """The batch of these people."""
    columns = {name: column[chosen] for name, column in whole.people.columns.items()}
    cuts = frozenset(c + len(chosen) % 3 for c in whole.cuts)
    return BatchInMemory(People(columns), whole.variants, whole.mask[chosen], whole.codes[:, chosen], whole.region, cuts)


def arrays(total: Any) -> dict[str, bytes]:
    return {f.name: np.ascontiguousarray(getattr(total, f.name)).tobytes() for f in fields(total)}


def test_every_analysis__is_asked_here() -> None:
    assert sorted(PARAMETERS) == ANALYSES


@pytest.mark.parametrize("name", ANALYSES)
@settings(max_examples=80)
@given(world=worlds())
def test_any_partition__gives_the_same_totals(name: str, world: tuple[BatchInMemory, list[list[int]], list[list[int]]]) -> None:
    """One batch, many batches, many nodes: the same bytes, integers throughout."""
    whole, batches, nodes = world
    analysis = getattr(import_module(f"goe.analyses.{name}"), name)
    alone = analysis(here(CohortInMemory(whole.variants, [whole])), **PARAMETERS[name])
    parts = [part(whole, people) for people in batches]
    together = analysis(here(CohortInMemory(whole.variants, parts)), **PARAMETERS[name])
    cohorts = [CohortInMemory(whole.variants, [parts[b] for b in node]) for node in nodes]
    far = analysis(across([here(cohort) for cohort in cohorts]), **PARAMETERS[name])
    assert arrays(alone) == arrays(together) == arrays(far)
    assert all(np.issubdtype(getattr(alone, f.name).dtype, np.integer) for f in fields(alone))
    without = analysis(here(CohortInMemory(whole.variants, parts[1:])), **PARAMETERS[name]) if parts[1:] else alone - alone
    first = analysis(here(CohortInMemory(whole.variants, parts[:1])), **PARAMETERS[name])
    assert arrays(alone - first) == arrays(without), "totals subtract: people can be taken out again"


@pytest.mark.parametrize("name", ANALYSES)
@settings(max_examples=12)
@given(world=worlds())
def test_cluster__gives_the_same_totals(
    name: str, workers: Any, world: tuple[BatchInMemory, list[list[int]], list[list[int]]]
) -> None:
    """The batches of a node, and nodes that each have a cluster: the bytes of one process."""
    whole, batches, nodes = world
    analysis = getattr(import_module(f"goe.analyses.{name}"), name)
    parts = [part(whole, people) for people in batches]
    near = analysis(here(CohortInMemory(whole.variants, parts)), **PARAMETERS[name])
    far = analysis(on_cluster(CohortInMemory(whole.variants, parts), workers), **PARAMETERS[name])
    cohorts = [CohortInMemory(whole.variants, [parts[b] for b in node]) for node in nodes]
    farther = analysis(across([on_cluster(cohort, workers) for cohort in cohorts]), **PARAMETERS[name])
    assert arrays(near) == arrays(far) == arrays(farther)


@settings(max_examples=40)
@given(world=worlds())
def test_allele_frequency__is_the_count_genotype_by_genotype(
    world: tuple[BatchInMemory, list[list[int]], list[list[int]]],
) -> None:
    """Every cell of nation and sex, by the slow definition."""
    from goe.analyses.allele_frequency import allele_frequency

    whole, batches, _ = world
    parts = [part(whole, people) for people in batches]
    found = allele_frequency(here(CohortInMemory(whole.variants, parts)), cells=CELLS)
    counted = [np.asarray(getattr(found, f.name)) for f in fields(found)]
    columns = whole.people.columns
    for cell, (nation, sex) in enumerate(CELLS):
        members = np.flatnonzero((columns["nation"] == nation) & (columns["sex"] == sex) & whole.mask)
        for row, region in enumerate(whole.region):
            calls = [definitions.SPELLING[whole.codes[row, person]] for person in members]
            expected = definitions.count(calls, region.name, [sex] * len(calls))
            assert tuple(int(c[row, cell]) for c in counted) == expected
