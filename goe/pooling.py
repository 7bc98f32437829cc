"""One verb: the sum, over everyone who takes part, of a local statistic.

Most statistics depend on people only through sums over people. An author writes a *totals record* whose fields add, a
*statistic* (batch -> totals) and an *analysis* (pooled -> answer). `here` makes a `pooled` that adds over the batches of one
cohort, `on_cluster` does so on the workers of a cluster, `across` adds over nations. The analysis cannot tell which, so the
answer is the same: a batch adds up to a nation, nations add up to Europe.

A second verb, `kept`, is for values of single people (a score, a place on the axes): they are kept at their node, and only a
receipt returns.
"""

from __future__ import annotations

import operator
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from typing import Annotated, Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from goe.science.genotypes import Packed
from goe.science.ploidy import Region

# What a field of a totals record counts. The disclosure rules read these names.
Alleles = Annotated[NDArray[np.int32], "alleles"]
PeopleCount = Annotated[NDArray[np.int32], "people"]


@dataclass(frozen=True)
class Total:
    """Totals add field by field; a record inherits that and never writes it.

    They form a group (there is a zero, and subtraction), so masks that cancel, noise, and the removal of a withdrawn person
    are written once for all analyses.
    """

    def __add__(self, other: Self) -> Self:
        """The totals of two disjoint sets of people, together."""
        return self._combined(operator.add, other)

    def __sub__(self, other: Self) -> Self:
        """The totals of these people without those."""
        return self._combined(operator.sub, other)

    def _combined(self, operation: Callable[[Any, Any], Any], other: Self) -> Self:
        return type(self)(*(operation(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)))


@dataclass(frozen=True)
class People:
    """A column table of the samples of a batch, in their order in storage; every column is (samples,).

    `nation` and `sex` (F, M, U) are always there. Groups, covariates and weights are further columns.
    """

    columns: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.columns["nation"])

    def cell(self, by: Sequence[str], cells: Sequence[Sequence[str]]) -> NDArray[np.int64]:
        """(samples,) the index in `cells` of each person's values in the columns `by`; -1 where no cell fits."""
        index = {tuple(values): i for i, values in enumerate(cells)}
        rows = zip(*(self.columns[name] for name in by), strict=True)
        return np.array([index.get(tuple(map(str, row)), -1) for row in rows], dtype=np.int64)


@dataclass(frozen=True)
class Variants:
    """The agreed variants of a cohort, sorted by contig, position, alleles; every array is (variants,).

    `contig` is an index into `goe.rules.variants.CONTIGS`, `position` is 1-based, alleles are strings.
    """

    contig: NDArray[np.int8]
    position: NDArray[np.int64]
    reference: NDArray[np.object_]
    alternate: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.position)


@dataclass(frozen=True)
class Block:
    """Genotypes of consecutive stored variants of one ploidy region.

    row     (block variants,) index of each in the cohort's variants
    packed  the genotypes, (block variants, samples)
    region  which ploidy rule holds here
    mask    (samples,) bool: who is counted at these variants (a person sequenced twice only once)
    """

    row: NDArray[np.int64]
    packed: Packed
    region: Region
    mask: NDArray[np.bool_]


class Batch(Protocol):
    """One immutable import of genomes, seen against the variants of its cohort."""

    @property
    def people(self) -> People:
        """Who is in the batch."""

    @property
    def person(self) -> NDArray[np.object_]:
        """(samples,) whose genome each is, by a pseudonym of the node; "" where it is nobody's who may be counted."""

    @property
    def variants(self) -> Variants:
        """The variants of the whole cohort, the same for all its batches."""

    @property
    def size(self) -> int:
        """How many variants the cohort has, which is cheaper than to list them."""

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(samples,) who may be counted at all."""

    def blocks(self) -> Iterator[Block]:
        """The genotypes, block by block; a variant that no block names is not callable in this batch."""


class Cohort(Protocol):
    """People counted together: batches of one assembly."""

    @property
    def variants(self) -> Variants:
        """The union of the batches' variants, in genome order."""

    @property
    def batches(self) -> Sequence[Batch]:
        """The imports it consists of."""


class Adds(Protocol):
    """What is found for disjoint sets of people adds up to what is found for all of them."""

    def __add__(self, other: Self) -> Self:
        """What is found for both."""


T = TypeVar("T", bound=Adds)
Part = TypeVar("Part")
Function = TypeVar("Function", bound=Callable[..., Any])


class Pooled(Protocol):
    """The verb that an analysis is given: `pooled(statistic, **parameters)` is the statistic's sum over everyone."""

    def __call__(self, statistic: Callable[..., T], **parameters: Any) -> T:
        """The sum of `statistic(batch, **parameters)` over all people who take part."""


def here(cohort: Cohort) -> Pooled:
    """Pool over the batches of one cohort, in this process."""

    def pooled(statistic: Callable[..., T], **parameters: Any) -> T:
        return in_pairs((statistic(batch, **parameters) for batch in cohort.batches), operator.add)

    return pooled


def across(nations: Iterable[Pooled]) -> Pooled:
    """Pool over nations, each a `Pooled` of its own that answers with its sum over people.

    Only totals cross a border: the values of single people are refused with TypeError.
    """
    members = tuple(nations)

    def pooled(statistic: Callable[..., T], **parameters: Any) -> T:
        return in_pairs((_total(member(statistic, **parameters)) for member in members), operator.add)

    return pooled


def _total(answer: T) -> T:
    if not isinstance(answer, Total):
        raise TypeError(f"a {type(answer).__name__} does not leave its node; only a Total does")
    return answer


def in_pairs(parts: Iterable[Part], add: Callable[[Part, Part], Part]) -> Part:
    """The sum of some parts: neighbours first, then pairs of neighbours, an odd one at the end waiting for the next round.

    This is the order of every sum over batches, here and on a cluster, so that reals round alike in both; it depends on the
    number of batches alone. (a + b) + (c + d) also rounds less than ((a + b) + c) + d. Parts may be taken from a stream:
    only about log2 of their number is held. Raises ValueError where there is none.

    >>> in_pairs("abcde", lambda left, right: f"({left}{right})")
    '(((ab)(cd))e)'
    """
    held: list[tuple[int, Part]] = []  # how many parts went into each sum; powers of two, descending
    for part in parts:
        size = 1
        while held and held[-1][0] == size:
            part, size = add(held.pop()[1], part), 2 * size
        held.append((size, part))
    if not held:
        raise ValueError("there is nothing to add: nobody takes part")
    return reduce(lambda right, left: add(left, right), (part for _, part in reversed(held)))


class Client(Protocol):
    """As much as we use of `distributed.Client`, which is handed in: what it submits is run again where a worker is lost."""

    def submit(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """The promise of `function(*arguments)`, arguments being values or promises."""


RETRIES = 2  # of a part that raised an error: on a shared file system some errors pass


def on_cluster(cohort: Cohort, client: Client) -> Pooled:
    """Pool over the batches of one cohort on the workers of a cluster; the answer is the one that `here` gives, bit for bit.

    Functions travel as the names of their module and of themselves, never as code, so goe is installed on the workers; a batch
    travels as it pickles, by its path, and is opened once by the workers that read it. Totals are added there too, two by
    two (`in_pairs`); one total comes back. Raises TypeError for a statistic that has no name to travel by.
    """
    batches = [client.submit(pickle.loads, pickle.dumps(batch), pure=False, retries=RETRIES) for batch in cohort.batches]

    def pooled(statistic: Callable[..., T], **parameters: Any) -> T:
        asked = client.submit(bytes, pickle.dumps((_named(statistic), parameters)), pure=False)
        parts = [client.submit(_answer, batch, asked, pure=False, retries=RETRIES) for batch in batches]
        answer: T = in_pairs(parts, lambda left, right: client.submit(operator.add, left, right, pure=False)).result()
        return answer

    return pooled


def _named(statistic: Function) -> Function:
    """The statistic, if another process finds it by the names of its module and of itself."""
    module, name = statistic.__module__, statistic.__qualname__
    if module == "__main__" or getattr(sys.modules[module], name, None) is not statistic:
        raise TypeError(f"{name} travels by name: put it at the top level of an installed module")
    return statistic


def _answer(batch: Batch, asked: bytes) -> Any:
    """On a worker: what a batch answers to a question."""
    statistic, parameters = pickle.loads(asked)
    return statistic(batch, **parameters)


Columns = Mapping[str, NDArray[Any]]  # name -> numbers, one each


@dataclass(frozen=True, repr=False)  # no repr, so that no log of a worker shows a person
class ByPerson:
    """Values of single people, which add over the batches that a person is in. They never leave their node.

    person  (people,) pseudonyms of the node, sorted, each once
    values  name -> (people,) numbers
    """

    person: NDArray[np.object_]
    values: Columns

    def __add__(self, other: ByPerson) -> ByPerson:
        """The values of everyone in either, added for those in both."""
        person = np.union1d(self.person, other.person)
        mine, theirs = np.searchsorted(person, self.person), np.searchsorted(person, other.person)
        values = {name: np.zeros(len(person), np.result_type(v, other.values[name])) for name, v in self.values.items()}
        for name, sums in values.items():
            sums[mine] += self.values[name]
            sums[theirs] += other.values[name]
        return ByPerson(person, values)


@dataclass(frozen=True)
class Kept:
    """The receipt of what a node keeps: under which name, of how many people, and its SHA-256. No value is in it."""

    name: str
    people: int
    sha256: str


Keeper = Callable[[str, ByPerson], Kept]
"""Where a node keeps values of its people: called with a name and the values, it stores them and hands out the receipt."""


class Keeping(Protocol):
    """The verb: `kept(statistic, name=..., **parameters)` computes values at each node and leaves them there.

    The statistic gives a batch's columns of (samples,) numbers, which add over the batches of a person: a score is a sum
    over variants, so each batch gives its part, of those whom the block's mask counts there.
    """

    def __call__(self, statistic: Callable[..., Columns], *, name: str, **parameters: Any) -> tuple[Kept, ...]:
        """One receipt for each node that takes part."""


def kept_by(pooled: Pooled, keeper: Keeper) -> Keeping:
    """Keep at one node, computing as `pooled` does: `here` or `on_cluster`. `across` refuses, since values do not travel."""

    def kept(statistic: Callable[..., Columns], *, name: str, **parameters: Any) -> tuple[Kept, ...]:
        return (keeper(name, pooled(_by_person, of=_named(statistic), given=parameters)),)

    return kept


def kept_across(nodes: Iterable[Keeping]) -> Keeping:
    """Keep at each of several nodes; their receipts come back, in their order."""
    members = tuple(nodes)

    def kept(statistic: Callable[..., Columns], *, name: str, **parameters: Any) -> tuple[Kept, ...]:
        return tuple(receipt for member in members for receipt in member(statistic, name=name, **parameters))

    return kept


def _by_person(batch: Batch, *, of: Callable[..., Columns], given: Mapping[str, Any]) -> ByPerson:
    """The values of those of a batch who are counted."""
    counted = np.flatnonzero(batch.mask)
    counted = counted[np.argsort(batch.person[counted])]
    return ByPerson(batch.person[counted], {name: np.asarray(v)[counted] for name, v in of(batch, **given).items()})
