"""On a cluster as here: the same bits, in the same order of adding, also where a worker is killed; what stays at its node."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from goe.pooling import ByPerson, Kept, Total, across, here, in_pairs, kept_across, kept_by, on_cluster


@dataclass(frozen=True)
class Numbers:
    """A batch of people, each with a whole and a real number."""

    name: int
    person: NDArray[np.object_]
    mask: NDArray[np.bool_]
    whole: NDArray[np.int64]
    real: NDArray[np.float64]


@dataclass(frozen=True)
class Numbered:
    batches: list[Numbers]


@dataclass(frozen=True)
class Sums(Total):
    whole: NDArray[np.int64]
    real: NDArray[np.float64]


def sums(batch: Any, *, weight: float = 1.0) -> Sums:
    return Sums(np.array([batch.whole.sum()]), np.array([(batch.real * weight).sum()]))


def slow_sums(batch: Any, *, folder: Path) -> Sums:
    """Leaves a note of each evaluation: which batch, by which process."""
    (folder / f"{batch.name}-{os.getpid()}").touch()
    time.sleep(0.3)
    return sums(batch)


def numbers(batch: Any) -> dict[str, NDArray[Any]]:
    return {"whole": batch.whole, "real": batch.real}


def cohort(batches: int, people: int = 12, seed: int = 1) -> Numbered:
    """People of whom some are in several batches; reals of very different size, so that the order of adding shows."""
    random = np.random.default_rng(seed)
    every = np.array([f"GOE-FI-SUBJECT-{n}" for n in range(3 * people)], dtype=object)
    return Numbered(
        [
            Numbers(
                n,
                random.choice(every, people, replace=False),
                random.random(people) < 0.8,
                random.integers(0, 2**40, people),
                random.normal(size=people) * 10.0 ** random.integers(-8, 9, people),
            )
            for n in range(batches)
        ]
    )


def bits(total: Sums) -> tuple[bytes, bytes]:
    return total.whole.tobytes(), total.real.tobytes()


def rounds(parts: list[str]) -> str:
    """The rule as it is told: neighbours in pairs, an odd one waits; round after round."""
    while len(parts) > 1:
        pairs = [f"({a}{b})" for a, b in zip(parts[::2], parts[1::2], strict=False)]
        parts = pairs + parts[len(pairs) * 2 :]
    return parts[0]


@pytest.mark.parametrize("number", [*range(1, 40), 100, 1023])
def test_order_of_adding__is_neighbours_in_rounds(number: int) -> None:
    parts = [f"{n}." for n in range(number)]
    assert in_pairs(iter(parts), lambda a, b: f"({a}{b})") == rounds(parts)


def test_order_of_adding__of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nobody"):
        in_pairs([], lambda a, b: a)


@pytest.mark.parametrize("number", [1, 2, 7, 20])
def test_cluster__gives_the_bits_of_here_reals_too(workers: Any, number: int) -> None:
    people = cohort(number)
    near, far = here(people)(sums, weight=0.3), on_cluster(people, workers)(sums, weight=0.3)
    assert bits(near) == bits(far) == bits(on_cluster(people, workers)(sums, weight=0.3))
    assert int(far.whole[0]) == sum(int(n) for b in people.batches for n in b.whole)


def test_order_of_adding__matters_for_these_reals() -> None:
    """Else the test above could not fail."""
    people = cohort(20)
    forth, back = here(people)(sums).real, here(Numbered(people.batches[::-1]))(sums).real
    assert forth.tobytes() != back.tobytes() and np.isclose(forth, back).all()


def test_killed_worker__changes_nothing(workers: Any, tmp_path: Path) -> None:
    """A worker that has begun its third part is killed; what it had done and was doing is done again elsewhere."""
    people, killed = cohort(12), []

    def kill() -> None:
        while not killed:
            done = [path.name.split("-")[1] for path in tmp_path.iterdir()]
            killed.extend([int(pid) for pid in set(done) if done.count(pid) >= 3][:1])
            time.sleep(0.01)
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    far = on_cluster(people, workers)(slow_sums, folder=tmp_path)
    killer.join()
    evaluated = [path.name.split("-") for path in tmp_path.iterdir()]
    by_killed = {batch for batch, pid in evaluated if int(pid) == killed[0]}
    assert len(by_killed) >= 3
    assert by_killed & {batch for batch, pid in evaluated if int(pid) != killed[0]}, "a part of the killed was done again"
    assert bits(far) == bits(here(people)(sums))


def test_statistic__travels_by_name_or_not_at_all(workers: Any) -> None:
    pooled = on_cluster(cohort(2), workers)
    with pytest.raises(TypeError, match="installed module"):
        pooled(lambda batch: sums(batch))
    with pytest.raises(TypeError, match="installed module"):
        kept_by(pooled, lambda name, values: Kept(name, 0, ""))(lambda batch: {}, name="x")


def by_hand(people: Numbered) -> dict[str, int]:
    found: dict[str, int] = {}
    for batch in people.batches:
        for person, counted, number in zip(batch.person, batch.mask, batch.whole, strict=True):
            if counted:
                found[person] = found.get(person, 0) + int(number)
    return found


def test_kept__is_the_sum_over_the_batches_of_a_person(workers: Any) -> None:
    people, stored = cohort(7), []

    def keeper(name: str, values: ByPerson) -> Kept:
        stored.append(values)
        return Kept(name, len(values.person), "")

    receipts = [kept_by(pooled, keeper)(numbers, name="n") for pooled in (here(people), on_cluster(people, workers))]
    near, far = stored
    assert dict(zip(near.person, near.values["whole"].tolist(), strict=True)) == by_hand(people)
    assert list(near.person) == sorted(by_hand(people))
    assert all(near.values[name].tobytes() == far.values[name].tobytes() for name in ("whole", "real"))
    assert receipts == [(Kept("n", len(by_hand(people)), ""),)] * 2


def test_kept__values_of_people_do_not_cross_a_border() -> None:
    nations = across([here(cohort(2)), here(cohort(2, seed=2))])
    with pytest.raises(TypeError, match="does not leave its node"):
        kept_by(nations, lambda name, values: Kept(name, 0, ""))(numbers, name="n")


def test_kept__across_nations_brings_receipts_only() -> None:
    def node(seed: int) -> Any:
        return kept_by(here(cohort(2, seed=seed)), lambda name, values: Kept(name, len(values.person), str(seed)))

    receipts = kept_across([node(1), node(2)])(numbers, name="n")
    assert [(r.name, r.people, r.sha256) for r in receipts] == [("n", len(by_hand(cohort(2, seed=s))), str(s)) for s in (1, 2)]


def test_values_of_people__show_nobody_in_a_log() -> None:
    values = ByPerson(np.array(["GOE-FI-SUBJECT-1"], dtype=object), {"score": np.array([1.5])})
    assert "SUBJECT" not in repr(values) and "1.5" not in repr(values)
