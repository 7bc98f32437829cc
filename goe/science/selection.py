"""Choosing people from those who could be asked: numbers per cell, then people within each cell.

Choosing numbers per cell (region x sex x age x group) is a whole-number programme of a few thousand variables, solved exactly
in well under a second; choosing persons directly would be one of a hundred thousand. Within a cell most people are drawn by
chance, so that their chance is known and frequencies can be weighted; the rest may be picked for the variants they add, and
have no such chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Integers = NDArray[np.int64]
_FLOOR_WEIGHT = 1e4  # a missed floor is worse than any sum of missed quotas of a person each
_PLAN_WEIGHT = 0.01  # a quota is worth more than a cell


@dataclass(frozen=True)
class Quota:
    """So many people are wanted in these cells, (cells,) bool; a floor is hard, other quotas are met as nearly as can be."""

    name: str
    cells: NDArray[np.bool_]
    wanted: int
    is_floor: bool = False
    weight: float = 1.0


@dataclass(frozen=True)
class Numbers:
    """(cells,) people of each cell, and what each quota got."""

    people: Integers
    got: tuple[int, ...]


def numbers_per_cell(available: ArrayLike, total: int, quotas: Sequence[Quota], planned: ArrayLike | None = None) -> Numbers:
    """Whole numbers within what is available that sum to `total` and miss the quotas by the least weighted sum.

    `planned` are (cells,) numbers to stay near, fractions allowed: without them quotas are met from a few cells, and people
    of the others have no chance. Floors are missed only where they cannot all be met; the caller compares `got` with
    `wanted`. Raises ValueError where fewer than `total` are available.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, hstack, identity, vstack

    room = np.asarray(available, dtype=np.int64)
    if room.sum() < total:
        raise ValueError(f"{room.sum()} people are available, {total} are wanted")
    if not total:
        return Numbers(np.zeros_like(room), (0,) * len(quotas))
    q, c = len(quotas), len(room)
    near = _within(room, total, planned)
    member = csr_array(np.array([quota.cells for quota in quotas], dtype=np.float64).reshape(q, c))
    weight = np.array([quota.weight * (_FLOOR_WEIGHT if quota.is_floor else 1) for quota in quotas])
    above = np.array([0.0 if quota.is_floor else w for quota, w in zip(quotas, weight, strict=True)])
    wanted = np.array([quota.wanted for quota in quotas], dtype=np.float64)
    # variables: people of each cell less the whole part of its plan; misses of each quota; distances from the plan
    low = np.floor(near).astype(np.int64)
    parts = [
        hstack([csr_array(np.ones((1, c))), csr_array((1, 2 * q + 2 * c))]),
        hstack([member, identity(q), -identity(q), csr_array((q, 2 * c))]),
        hstack([identity(c), csr_array((c, 2 * q)), identity(c), -identity(c)]),
    ]
    right = np.concatenate([[total - low.sum()], wanted - member @ low, near - low])
    found = milp(
        np.concatenate([np.zeros(c), weight, above, np.full(2 * c, _PLAN_WEIGHT)]),
        constraints=LinearConstraint(vstack(parts), right, right),
        integrality=np.concatenate([np.ones(c), np.zeros(2 * q + 2 * c)]),
        bounds=Bounds(
            np.concatenate([-low, np.zeros(2 * q + 2 * c)]), np.concatenate([room - low, np.full(2 * q + 2 * c, np.inf)])
        ),
        options={"time_limit": 40.0, "mip_rel_gap": 1e-3},
    )
    if found.x is None:
        raise ValueError("no numbers were found within the time allowed")
    people = low + np.rint(found.x[:c]).astype(np.int64)
    return Numbers(people, tuple(int(people[quota.cells].sum()) for quota in quotas))


def _within(room: Integers, total: int, planned: ArrayLike | None) -> NDArray[np.float64]:
    """The plan scaled to the total and cut to what is available; in proportion to that where there is no plan."""
    plan = room.astype(np.float64) if planned is None else np.asarray(planned, dtype=np.float64)
    scaled = plan * total / plan.sum() if plan.sum() else room * total / room.sum()
    return np.asarray(np.minimum(scaled, room))


def systematic(size: int, number: int, random: np.random.Generator) -> Integers:
    """(number,) places of a systematic random sample from a list: everybody has the chance number / size.

    One random start, then equal steps, so a list sorted by age or place is covered evenly.

    >>> systematic(10, 5, np.random.default_rng(1)).tolist()
    [1, 3, 5, 7, 9]
    """
    if not number:
        return np.zeros(0, dtype=np.int64)
    return np.floor((random.random() + np.arange(number)) * size / number).astype(np.int64)


def coverage_greedy(carried: Any, taken: ArrayLike, candidates: ArrayLike, number: int) -> Integers:
    """(up to number,) candidates, each adding the most variants not yet carried by anybody taken.

    `carried` is a sparse (people, variants) matrix in rows, 1 where a person carries a variant. As a person's gain only
    falls, the next best is found without counting everybody anew (Minoux 1978); within 1 - 1/e of the best set (Nemhauser et
    al. 1978).
    """
    seen = np.zeros(carried.shape[1], dtype=np.bool_)
    for person in np.asarray(taken, dtype=np.int64):
        seen[_variants(carried, int(person))] = True
    queue = [(-int((~seen[_variants(carried, p)]).sum()), p) for p in np.asarray(candidates, dtype=np.int64).tolist()]
    heapify(queue)
    return np.array(list(_picked(carried, seen, queue, number)), dtype=np.int64)


def _picked(carried: Any, seen: NDArray[np.bool_], queue: list[tuple[int, int]], number: int) -> Iterator[int]:
    while queue and number:
        _, person = heappop(queue)
        gain = int((~seen[_variants(carried, person)]).sum())
        if queue and -gain > queue[0][0]:
            heappush(queue, (-gain, person))
            continue
        seen[_variants(carried, person)] = True
        number -= 1
        yield person


def _variants(carried: Any, person: int) -> Integers:
    found: Integers = carried.indices[carried.indptr[person] : carried.indptr[person + 1]]
    return found
