"""Choosing people: the largest set of whom no two are related.

Frequencies, principal components and association tests want people who are independent. Dropping one person of each related
pair at random loses more than necessary; here the most people are kept that can be, family by family.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

EXACT_UP_TO = 400  # people in one connected component; beyond it (families never reach it) only the greedy choice is made
BRANCHES = 5_000  # tried per component before the best set found so far is taken


@dataclass(frozen=True)
class Unrelated:
    """A choice of people of whom no two are related.

    kept   (people,) bool
    exact  whether it is proven that no choice is better; False if a component was too large to search completely
    """

    kept: NDArray[np.bool_]
    exact: bool


def largest_unrelated(pairs: Integers, people: int, weight: Integers | None = None) -> Unrelated:
    """As many of `people` as can be kept so that none of `pairs`, (pairs, 2) of indices, are both kept.

    Of equally many, those with the larger sum of `weight`, (people,) whole numbers from 0 (such as the number of called
    genotypes, or 1 for a member of a minority); then the one with the smallest index that tells them apart. So the answer does
    not depend on the order of the pairs. This is the maximum independent set of each connected component of the graph of
    relatives, found by branch and bound: exact for families; a component of more than 400 people, or one that needs more than
    5,000 branches, gets the best found by then, at least as good as the greedy choice of whoever has the fewest relatives.

    >>> largest_unrelated(np.array([[0, 1], [1, 2]]), 4).kept.tolist()
    [True, False, True, True]
    """
    priority = np.zeros(people, dtype=np.int64) if weight is None else weight
    if len(priority) and priority.min() < 0:
        raise ValueError("a weight cannot be negative")
    kept, exact = np.ones(people, dtype=np.bool_), True
    for members, relatives in _components(pairs, people):
        chosen, proven = _best_set(relatives, [int(priority[m]) for m in members])
        kept[members] = False
        kept[[members[place] for place in chosen]] = True
        exact &= proven
    return Unrelated(kept, exact)


def lost(kept: NDArray[np.bool_], stratum: Integers, strata: int) -> Integers:
    """(strata,) people not kept, by stratum; `stratum` is (people,), 0 to strata - 1, or -1 for a person in none."""
    return np.bincount(stratum[~kept & (stratum >= 0)], minlength=strata).astype(np.int64)


def _components(pairs: Integers, people: int) -> Iterator[tuple[list[int], list[set[int]]]]:
    """Connected groups of relatives: their indices, ascending, and for each the places in the group of its relatives."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = pairs[pairs[:, 0] != pairs[:, 1]]
    if not len(edges):
        return
    graph = coo_array((np.ones(len(edges), dtype=np.int8), (edges[:, 0], edges[:, 1])), shape=(people, people))
    label = connected_components(graph, directed=False)[1]
    groups: dict[int, list[int]] = {}
    for person in np.unique(edges).tolist():
        groups.setdefault(int(label[person]), []).append(person)
    place = {person: i for members in groups.values() for i, person in enumerate(members)}
    relatives: dict[int, set[int]] = {person: set() for person in place}
    for i, j in edges.tolist():
        relatives[i].add(place[j])
        relatives[j].add(place[i])
    for members in groups.values():
        yield members, [relatives[m] for m in members]


def _best_set(relatives: list[set[int]], weights: list[int]) -> tuple[list[int], bool]:
    """The places chosen in one component, and whether no choice is better."""
    greedy = _fewest_relatives_first(relatives, weights)
    if len(relatives) > EXACT_UP_TO:
        return greedy, False
    search = _Search([sum(1 << i for i in near) for near in relatives], _values(weights), sum(1 << i for i in greedy))
    search.run()
    return list(_places(search.chosen)), search.branches <= BRANCHES


def _fewest_relatives_first(relatives: list[set[int]], weights: list[int]) -> list[int]:
    """Again and again whoever has the fewest relatives left, of equals the one of the largest weight, then the first."""
    number = [len(near) for near in relatives]
    left, chosen = set(range(len(relatives))), []
    queue = [(number[i], -weights[i], i) for i in left]
    heapify(queue)
    while queue:
        fewest, _, i = heappop(queue)
        if i not in left or fewest != number[i]:
            continue  # chosen or ruled out, or in the queue again with fewer
        chosen.append(i)
        gone = (relatives[i] & left) | {i}
        left -= gone
        for j in sorted({k for g in gone for k in relatives[g] & left}):
            number[j] = len(relatives[j] & left)
            heappush(queue, (number[j], -weights[j], j))
    return chosen


def _values(weights: list[int]) -> list[int]:
    """One whole number per person whose sums compare first by number of people, then by weight, then by smallest index.

    The lowest bits are one per person, so no two sets are worth the same and the best one is unique.
    """
    size, room = len(weights), sum(weights).bit_length()
    return [(1 << (size + room)) + (w << size) + (1 << (size - 1 - place)) for place, w in enumerate(weights)]


def _places(members: int) -> Iterator[int]:
    """The places of the bits set."""
    while members:
        lowest = members & -members
        yield lowest.bit_length() - 1
        members ^= lowest


class _Search:
    """Branch and bound for the independent set of the largest value; sets of people are the bits of a whole number."""

    def __init__(self, relatives: list[int], value: list[int], start: int):
        self.relatives, self.value = relatives, value
        self.chosen, self.worth = start, sum(value[i] for i in _places(start))
        self.branches = 0

    def run(self) -> None:
        """Search everything, or until the branches are used up; `chosen` is the best set found."""
        self._branch((1 << len(self.value)) - 1, 0, 0)

    def _branch(self, left: int, chosen: int, worth: int) -> None:
        """Improve the best set by sets that add some of `left` to `chosen`."""
        self.branches += 1
        left, chosen, worth = self._settled(left, chosen, worth)
        if not left:
            if worth > self.worth:
                self.chosen, self.worth = chosen, worth
            return
        if self.branches > BRANCHES or worth + self._bound(left) <= self.worth:
            return
        most = max(_places(left), key=lambda i: ((self.relatives[i] & left).bit_count(), self.value[i]))
        self._branch(left & ~(self.relatives[most] | 1 << most), chosen | 1 << most, worth + self.value[most])
        self._branch(left & ~(1 << most), chosen, worth)

    def _settled(self, left: int, chosen: int, worth: int) -> tuple[int, int, int]:
        """Take everybody whose relatives left are worth less together: they are in some best set."""
        again = True
        while again:
            again = False
            for i in _places(left):
                near = self.relatives[i] & left
                if left >> i & 1 and self.value[i] >= sum(self.value[j] for j in _places(near)):
                    left, chosen, worth, again = left & ~(near | 1 << i), chosen | 1 << i, worth + self.value[i], True
        return left, chosen, worth

    def _bound(self, left: int) -> int:
        """No set is worth more than the best member of each of some groups, everybody in a group related to everybody else."""
        total = 0
        while left:
            start = left & -left
            group, common = start, self.relatives[start.bit_length() - 1] & left
            best = self.value[start.bit_length() - 1]
            while common:
                i = (common & -common).bit_length() - 1
                group, common, best = group | 1 << i, common & self.relatives[i], max(best, self.value[i])
            total += best
            left &= ~group
        return total
