"""`goe genomes count`: the same numbers as the release, by any grouping, in any place."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from setting import Said

from goe.acts.setting import Root
from goe.store.release import TABLE

NUMBERS = ("ac", "an", "het", "hom", "hemi")
COLUMNS = ("allele_count", "allele_number", "heterozygote_count", "homozygote_count", "hemizygote_count")


def rows(said: Said) -> list[dict[str, str]]:
    assert said.code == 0, said.err
    return list(csv.DictReader(io.StringIO(said.out), delimiter="\t"))


@pytest.mark.parametrize("assembly", ["GRCh37", "GRCh38"])
def test_by_sex__equals_the_release_at_every_site(demo: Root, goe: Callable[..., Said], assembly: str, tmp_path: Path) -> None:
    node, out = demo.nodes["FI"], tmp_path / "counts.parquet"
    assert goe("genomes", "count", "--dir", node.folder, "--assembly", assembly, "--by", "sex", "-o", out).code == 0
    mine = {
        (r["chrom"], r["pos"], r["ref"], r["alt"], f"FI_{r['group']}"): tuple(r[n] for n in NUMBERS)
        for r in pq.read_table(out).to_pylist()
    }
    from goe.rules.variants import CONTIGS

    released = pq.read_table(node.releases.path(assembly, "2026.1") / TABLE).to_pylist()
    theirs = {
        (CONTIGS[r["contig"]], r["position"], r["reference"], r["alternate"], r["population"]): tuple(r[c] for c in COLUMNS)
        for r in released
        if r["population"] != "FI"
    }
    assert mine == theirs


def test_parts__add_up_to_the_whole(demo: Root, goe: Callable[..., Said]) -> None:
    """Regions and sexes of a stretch of chromosome 2 add up to Total there, missing calls included."""
    base = ["genomes", "count", "--dir", demo.nodes["IT"].folder, "--assembly", "GRCh37", "-r", "2:136,600,000-136,610,000"]
    whole = {tuple(r[c] for c in ("pos", "ref", "alt")): r for r in rows(goe(*base))}
    assert len(whole) > 100
    assert {r["group"] for r in whole.values()} == {"Total"}
    sums: dict[tuple[str, ...], list[int]] = {}
    for r in rows(goe(*base, "--by", "region,sex")):
        found = sums.setdefault(tuple(r[c] for c in ("pos", "ref", "alt")), [0] * 6)
        for i, name in enumerate((*NUMBERS, "missing")):
            found[i] += int(r[name])
    assert sums == {key: [int(r[n]) for n in (*NUMBERS, "missing")] for key, r in whole.items()}


def test_everyone__ignores_consent_and_says_so(demo: Root, goe: Callable[..., Said]) -> None:
    base = ["genomes", "count", "--dir", demo.folder, "--country", "FI", "--assembly", "GRCh37", "-r", "2:136608646"]
    (counted,), everyone = rows(goe(*base)), goe(*base, "--everyone")
    (all_of_them,) = rows(everyone)
    assert (counted["ac"], counted["an"]) == ("112", "192")
    assert (all_of_them["ac"], all_of_them["an"]) == ("117", "198")
    assert "consent" in everyone.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--by", "height"], "height"),
        (["-r", "99:5"], "not a region"),
        (["-r", "22:9-5"], "22:9-5"),
        (["-r", "22:1-999999999"], "22"),
        (["-o", "x.txt"], ".txt"),
    ],
)
def test_nonsense__is_refused_with_a_reason(demo: Root, goe: Callable[..., Said], arguments: list[str], said: str) -> None:
    answer = goe("genomes", "count", "--dir", demo.nodes["FI"].folder, "--assembly", "GRCh37", *arguments)
    assert answer.code == 1
    assert said in answer.err and len(answer.err.splitlines()) == 1
    assert answer.out == ""


def test_assembly__must_be_said_where_there_are_two(demo: Root, goe: Callable[..., Said]) -> None:
    answer = goe("genomes", "count", "--dir", demo.nodes["FI"].folder)
    assert answer.code == 1 and "--assembly" in answer.err
