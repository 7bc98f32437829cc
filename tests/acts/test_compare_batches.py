"""`goe genomes compare`: a caller that loses alleles is seen, chance and another ancestry are not taken for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from definitions import chi_square
from genomes import Site, person, store
from numpy.typing import NDArray
from setting import Said

from goe.acts.compare_batches import ANCESTRIES_DIFFER, COMPARABLE, NOT_COMPARABLE, WITHOUT_FLAGGED, compare
from goe.acts.setting import Node, Root
from goe.errors import BadInput, Damaged
from goe.store.genomes.flags import path_of, read_flags

SITES, PEOPLE = 1000, 120
CALL = ["0/0", "0/1", "1/1", "./."]


def genotypes(seed: int, p: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.random.default_rng(seed).binomial(2, p[:, None], (SITES, PEOPLE))


def write(node: Node, folder: Path, name: str, g: NDArray[np.int64], people: list[str] | None = None) -> None:
    sites = [Site("1", 1_000_000 + 10 * i, "A", "G", [CALL[x] for x in row]) for i, row in enumerate(g.tolist())]
    names = people or [f"{name}{i}" for i in range(g.shape[1])]
    store(node, folder, f"{name}.vcf", names, sites, header="##goe_synthetic=true")


@pytest.fixture
def p() -> NDArray[np.float64]:
    return np.random.default_rng(1).uniform(0.1, 0.9, SITES)


def test_a_caller__is_flagged_and_kept(node: Node, tmp_path: Path, p: NDArray[np.float64]) -> None:
    """The third batch reads heterozygotes as homozygous reference at five sites; the second agrees with the first."""
    broken = genotypes(4, p)
    chosen = np.flatnonzero((p > 0.4) & (p < 0.6))[:5]
    broken[chosen] = np.where(broken[chosen] == 1, 0, broken[chosen])
    for name, g in (("a", genotypes(2, p)), ("b", genotypes(3, p)), ("c", broken)):
        write(node, tmp_path, name, g)
    found, flagged = compare(node)
    verdicts = {(a.first, a.second): a.verdict for a in found}
    assert verdicts["batch-1", "batch-2"] == COMPARABLE
    assert verdicts["batch-1", "batch-3"] == verdicts["batch-2", "batch-3"] == WITHOUT_FLAGGED
    rows = flagged.to_pylist()
    assert {r["position"] for r in rows} == {1_000_000 + 10 * int(i) for i in chosen}
    assert {r["second"] for r in rows} == {"batch-3"} and all(r["frequency_second"] < r["frequency_first"] for r in rows)
    kept, said = read_flags(node.genomes.folder, "GRCh37")
    assert kept.to_pylist() == rows and [v["verdict"] for v in said] == [a.verdict for a in found]
    assert [r["verb"] for r in node.ledger.rows()][-1] == "genomes:compare"
    again, _ = compare(node, "batch-1", "batch-3")
    assert again[0] == next(a for a in found if (a.first, a.second) == ("batch-1", "batch-3"))
    kept_again, said_again = read_flags(node.genomes.folder, "GRCh37")
    assert len(kept_again) == len(rows) and len(said_again) == 3


def test_the_statistic__is_of_alleles_without_those_missing(node: Node, tmp_path: Path, p: NDArray[np.float64]) -> None:
    """The p-value of a flagged site is Pearson's, after genomic control, by the slow definition."""
    first, second = genotypes(2, p), genotypes(3, p)
    site = int(np.argmin(abs(p - 0.5)))
    second[site] = np.where(np.arange(PEOPLE) % 3 == 0, 3, 0)
    write(node, tmp_path, "a", first)
    write(node, tmp_path, "b", second)
    (found,), flagged = compare(node)
    (row,) = (r for r in flagged.to_pylist() if r["position"] == 1_000_000 + 10 * site)
    called = 2 * int((second[site] != 3).sum())
    statistic, degrees, _ = chi_square([int(first[site].sum()), 0], [2 * PEOPLE, called])
    from scipy.stats import chi2

    assert row["p"] == pytest.approx(float(chi2.sf(statistic / max(found.inflation, 1), degrees)))


def test_too_many_sites__are_not_comparable_and_ancestry_is_told_apart(
    node: Node, tmp_path: Path, p: NDArray[np.float64]
) -> None:
    broken = genotypes(4, p)
    chosen = np.flatnonzero((p > 0.3) & (p < 0.7))[:100]
    broken[chosen] = np.where(broken[chosen] == 1, 0, broken[chosen])
    drifted = np.clip(np.random.default_rng(9).normal(p, 0.12), 0.02, 0.98)
    for name, g in (("a", genotypes(2, p)), ("b", broken), ("c", genotypes(5, drifted))):
        write(node, tmp_path, name, g)
    verdicts = {(a.first, a.second): a.verdict for a in compare(node)[0]}
    assert verdicts["batch-1", "batch-2"] == NOT_COMPARABLE
    assert verdicts["batch-1", "batch-3"] == ANCESTRIES_DIFFER


def test_the_same_people__are_not_compared_with_themselves(node: Node, tmp_path: Path, p: NDArray[np.float64]) -> None:
    g = genotypes(2, p)
    write(node, tmp_path, "a", g, [f"A{i}" for i in range(PEOPLE)])
    write(node, tmp_path, "b", g, [f"B{i}" for i in range(PEOPLE)])
    node.registry.enrol([person(node, i + 1, "F", f"A{i}", f"B{i}") for i in range(PEOPLE)])
    (found,), _ = compare(node)
    assert found.tested == 0 and found.verdict == "too little in common"


def test_command__exits_one_where_the_answer_is_no(
    node: Node, demo: Root, goe: Callable[..., Said], tmp_path: Path, p: NDArray[np.float64]
) -> None:
    write(node, tmp_path, "a", genotypes(2, p))
    alone = goe("genomes", "compare", "--dir", node.folder)
    assert alone.code == 1 and "1 batch" in alone.err
    write(node, tmp_path, "b", genotypes(3, p))
    said = goe("genomes", "compare", "--dir", node.folder, "--json")
    assert said.code == 0 and json.loads(said.out)["pairs"][0]["verdict"] == COMPARABLE
    write(node, tmp_path, "c", genotypes(5, 1 - p))
    assert goe("genomes", "compare", "batch-1", "batch-3", "--dir", node.folder).code == 1
    assert goe("genomes", "compare", "batch-1", "--dir", node.folder).code == 1
    with pytest.raises(BadInput, match="height"):
        compare(node, by="height")
    path_of(node.genomes.folder, "GRCh37").write_text("not a table")
    with pytest.raises(Damaged):
        read_flags(node.genomes.folder, "GRCh37")
