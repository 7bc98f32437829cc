"""The genotype mask of plain VCF files, against bcftools and by hand; the same rule as for gVCF files."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from genomes import Site, write_vcf
from setting import tool

from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node
from goe.errors import BadInput
from goe.science.genotypes import Genotype
from goe.store.formats.mask import OFF, Evidence, Mask
from goe.store.formats.vcf import VcfFile

LINES = " ".join(f"##FORMAT=<ID={f},Number={n},Type=Integer,Description=x>" for f, n in (("AD", "R"), ("DP", "1"), ("GQ", "1")))


def write(path: Path, form: str, calls: Sequence[Sequence[str]], alternate: str = "C") -> Path:
    """A VCF with more fields than GT; `calls` are (records, samples)."""
    names = [f"S{i}" for i in range(len(calls[0]))]
    write_vcf(path, names, [Site("1", 10 + i, "A", alternate, row) for i, row in enumerate(calls)], header=LINES)
    path.write_text(path.read_text().replace("\tGT\t", f"\t{form}\t"))
    return path


def codes(path: Path, mask: Mask | None = None) -> list[list[int]]:
    return [r.codes.tolist() for r in VcfFile(path, mask=mask).records()]


@pytest.mark.oracle
@pytest.mark.parametrize("seed", [1, 2])
def test_depth_and_quality__as_bcftools_filter(tmp_path: Path, seed: int) -> None:
    """Random calls of every spelling, values missing here and there: the same calls are set to missing."""
    tool("bcftools")
    chance = random.Random(seed)
    spelling = ["0/0", "0/1", "1|0", "1/1", "./.", "0", "1", ".", "1/2", "0|2"]
    depth, quality = [".", *map(str, range(6, 16))], [".", *map(str, range(15, 26))]
    depth, quality = [".", *map(str, range(6, 16))], [".", *map(str, range(15, 26))]
    rows = [[":".join(map(chance.choice, (spelling, depth, quality))) for _ in range(40)] for _ in range(60)]
    file = write(tmp_path / "x.vcf", "GT:DP:GQ", rows, "C,G")
    command = ["bcftools", "filter", "-S", ".", "-e", "FMT/GQ<20 | FMT/DP<10", "-o", tmp_path / "y.vcf", file]
    subprocess.run(command, check=True, capture_output=True)
    ours, theirs = codes(file), codes(tmp_path / "y.vcf", OFF)
    haploid = {Genotype.HAPLOID_MISSING: Genotype.MISSING}  # bcftools may write two dots for one
    assert [[haploid.get(c, c) for c in row] for row in ours] == [[haploid.get(c, c) for c in row] for row in theirs]
    assert ours != codes(file, OFF)


@pytest.mark.parametrize(
    ("call", "believed"),
    [
        ("0/1:2,8,0", True),  # a fifth is enough
        ("0/1:8,2,0", True),
        ("0/1:17,4,0", False),
        ("0/1:0,0,9", True),  # no read of either: nothing is known against it
        ("0/2:10,0,2", False),
        ("0/2:6,90,6", True),  # the third allele's reads are not asked
        ("1/2:90,5,5", True),
        ("1|2:0,9,1", False),
        ("1/1:9,1,0", True),  # asked of heterozygotes only
        ("0/1:.", True),
        ("0/1:.,.,.", True),
        ("0/1:9,.,0", True),
        ("0/1", True),
        ("1:9,1,0", True),
        ("./1:9,1,0", True),
    ],
)
def test_balance__is_of_the_two_called_alleles(tmp_path: Path, call: str, believed: bool) -> None:
    file = write(tmp_path / "x.vcf", "GT:AD", [[call, "0/0:9,0,0"]], "C,G")
    found, plain = codes(file), codes(file, OFF)
    assert (found == plain) == believed
    assert [row[1] for row in found] == [Genotype.HOM_REF] * 2


def test_ploidy__of_a_masked_call_stays(tmp_path: Path) -> None:
    """A haploid call becomes a haploid no-call; what was none is not counted as masked."""
    file = write(tmp_path / "x.vcf", "GT:DP", [["1:3", "0:3", ".:3", "1/1:3", "./.:3", "./1:3", "0/1:30"]])
    [record] = VcfFile(file).records()
    g = Genotype
    assert record.codes.tolist() == [*[g.HAPLOID_MISSING] * 3, *[g.MISSING] * 3, g.HET]
    assert record.masked is not None and record.masked.tolist() == [True, True, False, True, False, True, False]


def test_batch__says_how_many_calls_were_masked(node: Node, tmp_path: Path) -> None:
    file = write(tmp_path / "x.vcf", "GT:DP:GQ", [["0/1:9:60", "0/0:30:5", "0/0:30:60"], ["0/1:30:60", "./.:1:1", "1/1:1:60"]])
    assert any(n.startswith("3 calls set to missing") for n in import_genomes(node, file).batch.notes)
    other = write(tmp_path / "y.vcf", "GT:DP:GQ", [["0/1:9:60", "0/0:30:5", "0/1:30:61"]])
    assert not any("mask" in n for n in import_genomes(node, other, mask=OFF).batch.notes)
    some = write(tmp_path / "z.vcf", "GT:DP:GQ", [["0/1:9:60", "0/0:30:5", "0/1:30:62"]])
    assert any(n.startswith("1 calls set to missing") for n in import_genomes(node, some, samples="S1,S2").batch.notes)


def test_file_without_the_fields__is_untouched(tmp_path: Path) -> None:
    file = write_vcf(tmp_path / "x.vcf", ["S"], [Site("1", 10, "A", "C", ["0/1"])])
    [record] = VcfFile(file).records()
    assert record.masked is None and record.codes.tolist() == [Genotype.HET]


def test_field_that_is_text__is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "x.vcf", "GT:DP", [["0/1:ten"]])
    file.write_text(file.read_text().replace("ID=DP,Number=1,Type=Integer", "ID=DP,Number=1,Type=String"))
    with pytest.raises(BadInput, match=r"line \d+, DP: the field is not numbers"):
        list(VcfFile(file).records())


def test_many_at_once__is_each_alone() -> None:
    """The rule over arrays is the rule for one call, written out."""
    chance = np.random.default_rng(7)
    depth, quality = chance.integers(-1, 20, 500), chance.integers(-1, 40, 500)
    reads, first, second = chance.integers(-1, 12, (500, 3)), chance.integers(-2, 3, 500), chance.integers(-2, 3, 500)
    found = Mask().doubts(Evidence(depth, quality, reads), first, second)
    for i in range(500):
        a, b = int(first[i]), int(second[i])
        pair = [int(reads[i, a]), int(reads[i, b])] if min(a, b) >= 0 and a != b else []
        unbalanced = bool(pair) and min(pair) >= 0 and min(pair) < 0.2 * sum(pair)
        assert found[i] == (0 <= depth[i] < 10 or 0 <= quality[i] < 20 or unbalanced)
