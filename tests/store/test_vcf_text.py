"""The fast reader of VCF text stores what the slow one stores, or leaves the file to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from genomes import vcf_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goe.rules.words import Assembly
from goe.science.genotypes import unpack
from goe.store.formats import bgzf
from goe.store.formats.mask import OFF
from goe.store.formats.vcf import VcfFile
from goe.store.formats.vcf_text import Irregular, Job, read_parts
from goe.store.genomes.batch import StoredBatch, seal
from goe.store.genomes.writing import write_genotypes, write_pieces
from goe.synthetic.vcf import END
from goe.synthetic.vcf import bgzf as blocked

PLAIN = ["0|0", "0|0", "0|0", "0|1", "1|0", "1|1", "./.", ".|.", "0/1", "0/0", "1/1"]
ANY = [*PLAIN, "0", "1", ".", "0/.", ".|1", "1|2", "2/2", "0|2", "10|3"]
HEADER = '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">\n'
INFO = {
    "batch_id": "batch-1", "label": "", "assembly": "GRCh37", "pipeline": "", "reference_verified": True, "synthetic": False,
    "inputs": [], "notes": [], "imported": "", "software": "",
}  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> tuple[str, int]:
    """The text of a VCF with regular and odd lines, repeated variants, indels, men on X; and its number of samples."""
    samples = draw(st.integers(1, 90))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    lines, position = [], 2_600_000  # near the end of the pseudo-autosomal region
    for _ in range(draw(st.integers(1, 60))):
        position += int(random.integers(0, 4000))
        kind = random.choice(["plain", "plain", "plain", "sparse", "odd", "haploid"])
        alternates = ["ACGT", "GG", "<DEL>", "*", "CC", "AA", "TT", "AC", "AG", "AT"]
        alt, cells = str(random.choice(["C", "G", "CA", "<INS>"])), random.choice(PLAIN, samples)
        if kind == "sparse":
            cells = np.where(random.random(samples) < 0.05, cells, "0|0")
        if kind == "odd":
            alt, cells = ",".join(alternates), random.choice(ANY, samples)
        if kind == "haploid":
            cells = np.where(np.arange(samples) % 2 == 0, random.choice(["0", "1", "."], samples), cells)
        reference = "A" if alt != "CA" else "CAA"
        names = [str(random.choice([".", "rs7"])), reference, alt, ".", str(random.choice(["PASS", ".", "q10;s50"])), "X=1"]
        lines.append("\t".join(["X", str(position), *names, "GT", *cells]))
    head = vcf_text([f"S{i}" for i in range(samples)], [], header=HEADER)
    return head + "\n".join(lines) + draw(st.sampled_from(["\n", ""])), samples


def stored(folder: Path) -> tuple[list[dict[str, object]], NDArray[np.uint8]]:
    """The variants and the codes of a batch."""
    seal(folder, INFO)
    batch = StoredBatch(folder)
    return batch.variants.to_pylist(), np.concatenate([unpack(b.packed) for b in batch.blocks()])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=files(), blocks=st.sampled_from([1, 2, 512]), seed=st.integers(0, 99))
def test_fast_and_slow_reader__store_the_same(
    file: tuple[str, int], blocks: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever the parts of the file are, and in whatever order the store keeps the samples."""
    text, samples = file
    folder = tmp_path_factory.mktemp("vcf")
    path = folder / "x.vcf.gz"
    cut = np.random.default_rng(seed).integers(1, len(text) + 1)
    path.write_bytes(blocked(text[:cut].encode()) + blocked(text[cut:].encode()) + END)
    order = np.random.default_rng(seed).permutation(samples)
    slow, fast = folder / "slow", folder / "fast"
    slow.mkdir(), fast.mkdir()
    opened = VcfFile(path, mask=OFF)
    dropped = write_genotypes(slow, opened.assembly, opened.samples, opened.records(), order)
    readings = list(read_parts(Job(path, opened.assembly, np.argsort(order)), 1, blocks))
    names = [opened.samples[i] for i in order]
    again = write_pieces(fast, opened.assembly, names, (piece for reading in readings for piece in reading.pieces))
    assert dropped == again + sum(r.duplicates for r in readings)
    for name in ("records", "star_alleles", "symbolic_alleles"):
        assert getattr(opened.findings, name) == sum(getattr(r, name) for r in readings)
    (rows, codes), (fast_rows, fast_codes) = stored(slow), stored(fast)
    assert rows == fast_rows
    assert np.array_equal(codes, fast_codes)


WRONG = {
    "an allele beyond the alternates": ("0|1", "0|2"),
    "a letter for an allele": ("0|1", "0|x"),
    "three alleles": ("0|1", "0|1|1"),
    "a cell too many": ("0|1", "0|1\t0|1"),
    "a cell too few": ("\t0|1", ""),
    "an empty cell": ("0|1", ""),
    "no chromosome": ("X\t3000", "GL1\t3000"),
    "before the one before": ("X\t3000", "X\t1000"),
    "beyond the chromosome": ("X\t3000", "X\t999999999"),
    "a letter for a position": ("X\t3000", "X\t3k"),
    "another base": ("\tA\tC\t", "\tA\tZ\t"),
    "the reference as alternate": ("\tA\tC\t", "\tA\tA\t"),
    "a reference block": ("\tA\tC\t", "\tA\t<NON_REF>\t"),
    "no genotype": ("\tGT\t", "\tDP\t"),
    "further fields": ("\tGT\t0|0\t0|0\t0|1", "\tGT:DP\t0|0:9\t0|0:9\t0|1:9"),
    "a field too many": ("0|1", "0|1:5"),
    "a position with an underscore": ("X\t3000", "X\t3_000"),
    "a position with a space": ("X\t3000", "X\t 3000"),
    "a filter that is nothing": ("PASS\t.\tGT\t0|0\t0|0", "q10;\t.\tGT\t0|0\t0|0"),
    "a zero byte": ("PASS\t.\tGT\t0|0\t0|0", "PASS\tA=\0\tGT\t0|0\t0|0"),
    "a comment between records": ("X\t3000", "#X\nX\t3000"),
    "line ends of two characters": ("0|1", "0|1\r"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_whatever_is_not_regular__is_left_to_the_slow_reader(fault: str, tmp_path: Path) -> None:
    head = vcf_text(["A", "B", "C"], [])
    good = "X\t2000\t.\tG\tT\t.\tPASS\t.\tGT\t0|0\t1|1\t0|0\nX\t3000\t.\tA\tC\t.\tPASS\t.\tGT\t0|0\t0|0\t0|1\n"
    path = tmp_path / "x.vcf.gz"
    job = Job(path, Assembly.GRCh37, np.arange(3))
    path.write_bytes(blocked((head + good).encode()) + END)
    assert sum(r.records for r in read_parts(job, 1)) == 2
    wrong = good.replace(*WRONG[fault])
    assert wrong != good
    path.write_bytes(blocked((head + wrong).encode()) + END)
    with pytest.raises(Irregular):
        list(read_parts(job, 1))


def test_a_file_without_records__is_left_to_the_slow_reader(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf.gz"
    path.write_bytes(blocked(vcf_text(["A"], []).encode()) + END)
    with pytest.raises(Irregular):
        list(read_parts(Job(path, Assembly.GRCh37, np.arange(1)), 1))


def test_a_damaged_block__is_left_to_the_slow_reader(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf.gz"
    data = bytearray(blocked(vcf_text(["A"], []).encode()) + END)
    data[40] ^= 1
    path.write_bytes(data)
    with pytest.raises(Irregular):
        list(read_parts(Job(path, Assembly.GRCh37, np.arange(1)), 1))
    path.write_bytes(b"##fileformat=VCFv4.2\n")
    with pytest.raises(bgzf.NotBlocked):
        bgzf.parts(path, 1)


def test_many_processes__read_what_one_reads(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    cells = random.choice(["0|0", "0|1", "1|1"], (3000, 300), p=[0.9, 0.08, 0.02])
    lines = [f"1\t{i + 1}\t.\tA\tC\t.\tPASS\t.\tGT\t" + "\t".join(row) for i, row in enumerate(cells)]
    path = tmp_path / "x.vcf.gz"
    path.write_bytes(blocked((vcf_text([f"S{i}" for i in range(300)], []) + "\n".join(lines) + "\n").encode()) + END)
    job = Job(path, Assembly.GRCh37, np.arange(300))
    one, two = (list(read_parts(job, workers, 4)) for workers in (1, 2))
    assert sum(r.records for r in one) == 3000 and len(one) > 8
    assert [r.first for r in one] == [r.first for r in two]
    assert all(np.array_equal(unpack(a.pieces[0].packed), unpack(b.pieces[0].packed)) for a, b in zip(one, two, strict=True))
