"""Looking at the genomes of a batch one by one, for the steward's eyes: how good each is, and who is related to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.acts.setting import Node
from goe.errors import BadInput, NotFound
from goe.rules.words import Assembly
from goe.science import quality
from goe.science.by_person import by_person
from goe.science.counting import count_outcomes
from goe.science.genotypes import OUTCOMES, Packed
from goe.science.ploidy import Region, Sex
from goe.science.relatedness import THIRD_DEGREE_ABOVE, Pairs, Relation, compare, related, relation
from goe.science.sampling import largest_unrelated
from goe.science.trios import trios
from goe.store.genomes.batch import StoredBatch

ENOUGH_X = 20
"""Heterozygous sites that a woman would be expected to have on X; with fewer, chance decides and no karyotype is suggested."""

_LETTER = {Sex.XX: "XX", Sex.XY: "XY", Sex.UNKNOWN: "unknown"}


def genome_quality(node: Node, batch_id: str) -> list[dict[str, Any]]:
    """One row per genome of a batch: counts, ratios, inbreeding, and the karyotype that the genotypes suggest.

    Frequencies and singletons are those of the batch. `recorded_karyotype` is the registry's (empty where the genome is not
    registered). A ratio is None where its divisor is 0. Raises NotFound for a batch that is not there.
    """
    batch = _batch(node, batch_id)
    samples = len(batch.samples)
    numbers = np.zeros((samples, len(quality.NUMBERS)), dtype=np.int64)
    expected, x_expected = np.zeros(samples), np.zeros(samples)
    for first, last, region, packed in _parts(batch):
        carriers, frequency, number = _of_everybody(packed)
        kind = quality.kinds(*(np.asarray(batch.variants[c][first:last], dtype=object) for c in ("reference", "alternate")))
        numbers += quality.sample_numbers(packed, region, kind, carriers == 1)
        if region is Region.AUTOSOME:
            expected += quality.expected_homozygous(packed, frequency, number)
        elif region is Region.X:
            x_expected += quality.expected_homozygous(packed, frequency, number)
    n = {name: numbers[:, i] for i, name in enumerate(quality.NUMBERS)}
    ratios = quality.sample_quality(numbers)
    f = quality.inbreeding(n["called"] - n["het"], expected, n["called"])
    x_f = quality.inbreeding(n["x_called"] - n["x_het"], x_expected, n["x_called"])
    suggested = quality.karyotype(x_f, ratios.y_call_rate)
    suggested[n["x_called"] - x_expected < ENOUGH_X] = Sex.UNKNOWN
    recorded = node.registry.samples()
    return [
        {
            "genome": name,
            **{k: int(v[i]) for k, v in n.items()},
            **{k: _number(v[i]) for k, v in vars(ratios).items()},
            "inbreeding": _number(f[i]),
            "x_inbreeding": _number(x_f[i]),
            "karyotype": _LETTER[Sex(int(suggested[i]))],
            "recorded_karyotype": recorded[name].karyotype.value if name in recorded else "",
        }
        for i, name in enumerate(batch.samples)
    ]


@dataclass(frozen=True)
class Relatives:
    """Who is related to whom in a batch, and the largest set of genomes of whom no two are.

    `pairs` and `trios` name genomes. `kept` is the size of the unrelated set, `lost` how many each karyotype loses to it.
    """

    pairs: list[dict[str, Any]]
    trios: list[tuple[str, str, str]]
    genomes: int
    kept: int
    exact: bool
    lost: dict[str, int]


def relatives(node: Node, batch_id: str, *, above: float = THIRD_DEGREE_ABOVE, unrelated_below: float = 0.0884) -> Relatives:
    """Pairs of genomes of a batch whose KING-robust kinship is at least `above`, trios, and the largest unrelated set.

    Only autosomes are used. KING-robust misleads between people of different admixture: it is then too low. With the library
    numba installed pairs are screened first; without, every pair is compared. Raises BadInput for a batch without autosomes.
    """
    batch = _batch(node, batch_id)
    blocks = [packed for *_, region, packed in _parts(batch) if region is Region.AUTOSOME]
    if not blocks:
        raise BadInput(f"{batch_id} has no autosomal variants", expected="autosomes", where=str(node.folder))
    people = by_person(blocks)
    if find_spec("numba"):
        pairs = related(people, above=above)
    else:
        every = compare(people, *np.triu_indices(people.samples, 1))
        pairs = every.where(every.kinship >= above)
    recorded = node.registry.samples()
    karyotype = [recorded[name].karyotype.value if name in recorded else "unknown" for name in batch.samples]
    sex = np.array([{"XX": Sex.XX, "XY": Sex.XY}.get(k, Sex.UNKNOWN) for k in karyotype], dtype=np.int64)
    close = pairs.where(pairs.kinship >= unrelated_below)
    chosen = largest_unrelated(np.stack([close.first, close.second], axis=1), people.samples)
    found = trios(people, pairs, sex)
    lost = [k for k, kept in zip(karyotype, chosen.kept, strict=True) if not kept]
    return Relatives(
        pairs=_rows(pairs, batch.samples),
        trios=[(batch.samples[c], batch.samples[f], batch.samples[m]) for c, f, m in found.tolist()],
        genomes=people.samples,
        kept=int(chosen.kept.sum()),
        exact=chosen.exact,
        lost={k: lost.count(k) for k in sorted(set(karyotype))},
    )


def newest_batch(node: Node, assembly: Assembly | None) -> str:
    """The last batch imported, of an assembly if one is said. Raises NotFound where there is none."""
    found = [b.batch_id for b in node.genomes.batches() if assembly in (None, b.assembly)]
    if not found:
        raise NotFound("the node has no such batch", expected="a batch of genomes", where=str(node.folder))
    return found[-1]


def _batch(node: Node, batch_id: str) -> StoredBatch:
    known = [b.batch_id for b in node.genomes.batches()]
    if batch_id not in known:
        raise NotFound(f"there is no batch {batch_id!r}", expected=", ".join(known) or "a batch", where=str(node.folder))
    return node.genomes.batch(batch_id)


def _parts(batch: StoredBatch) -> list[tuple[int, int, Region, Packed]]:
    return [(b.first, b.last, b.region, b.packed) for b in batch.blocks()]


def _of_everybody(packed: Packed) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """(variants,) people with the allele, its frequency, and alleles called, over the whole block as written."""
    everybody, both = np.zeros(packed.samples, dtype=np.int64), np.full(packed.samples, 2)
    outcome = dict(zip(OUTCOMES, count_outcomes(packed, everybody, 1, both)[:, :, 0].astype(np.int64), strict=True))
    carriers = outcome["heterozygote"] + outcome["homozygote"] + outcome["hemizygote"]
    number = outcome["allele_number"]
    return carriers, outcome["allele_count"] / np.maximum(number, 1), number


def _rows(pairs: Pairs, names: Sequence[str]) -> list[dict[str, Any]]:
    kind = relation(pairs)
    order = np.argsort(-pairs.kinship, kind="stable")
    return [
        {
            "first": names[pairs.first[i]],
            "second": names[pairs.second[i]],
            "relation": Relation(int(kind[i])).name.lower().replace("_", " "),
            "kinship": float(pairs.kinship[i]),
            "ibs0": float(pairs.ibs0[i] / max(int(pairs.sites[i]), 1)),  # share of sites without a common allele
            "sites": int(pairs.sites[i]),
        }
        for i in order.tolist()
    ]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
