"""Writing genotype files: what is written is read back the same, by our reader and by the field's own tools."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import definitions
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from setting import tool

from goe.rules.variants import CONTIGS
from goe.rules.words import Assembly
from goe.science.genotypes import CODES, Codes
from goe.store.formats.vcf import VcfFile
from goe.store.formats.write_bgzf import BgzfWriter, bins
from goe.store.formats.write_pgen import write_bed, write_pgen
from goe.store.formats.write_vcf import Heading, write_bcf, write_vcf
from goe.store.formats.write_vcf_zarr import region_index, write_vcf_zarr

ALTERNATES = ["C", "G", "CTT", "<CN0>", "<DEL>", "."]
FILTERS = ["PASS", ".", "q10", "q10;s50", "GT"]


def heading(samples: int, variants: int, seed: int, **said: Any) -> Heading:
    """Sites on many chromosomes, with every kind of allele, name and FILTER; long deletions among them."""
    draw = np.random.default_rng(seed)
    sites = {
        (int(draw.choice([0, 1, 9, 22, 23, 24])), int(draw.integers(1, 16_000)), "A" * int(draw.choice([1, 1, 1, 3, 40])), alt)
        for alt in draw.choice(ALTERNATES, variants).tolist()
    }
    contig, position, reference, alternate = zip(*sorted(sites), strict=True)
    table = {
        "contig": pa.array(contig, pa.int8()),
        "position": pa.array(position, pa.int32()),
        "reference": list(reference),
        "alternate": list(alternate),
        "rsid": draw.choice(["", "rs1", "rs123456789012"], len(sites)).tolist(),
        "filter": draw.choice(FILTERS, len(sites)).tolist(),
    }
    names = tuple(f"SYNTHETIC-{i}" for i in range(samples))
    sexes = "".join(draw.choice(list("FMU"), samples).tolist())
    fixed = {"synthetic": True, "reference_verified": True, "software": "goe test"} | said
    return Heading(Assembly.GRCh38, names, sexes, pa.table(table), **fixed)


def blocks(codes: Codes, size: int) -> list[Codes]:
    return [codes[i : i + size] for i in range(0, len(codes), size)]


def random_codes(top: Heading, seed: int) -> Codes:
    """Any code anywhere, but no alternate allele where the site has none."""
    draw = np.random.default_rng(seed)
    codes = draw.integers(0, CODES, (top.variants.num_rows, len(top.samples))).astype(np.uint8)
    without = np.array([alternate == "." for alternate in top.variants["alternate"].to_pylist()])
    codes[without] = draw.choice([0, 3, 6, 8, 9], (int(without.sum()), len(top.samples)))
    return codes


@pytest.mark.parametrize(("write", "ending"), [(write_vcf, ".vcf.gz"), (write_bcf, ".bcf")])
@given(samples=st.integers(1, 20), variants=st.integers(1, 40), seed=st.integers(0, 2**32), size=st.integers(1, 9))
def test_vcf_and_bcf__come_back_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    write: Callable[..., list[Path]],
    ending: str,
    samples: int,
    variants: int,
    seed: int,
    size: int,
) -> None:
    """All eleven genotypes, FILTER, rsID, symbolic alleles, and what the header says, whatever the blocks."""
    top = heading(samples, variants, seed, synthetic=bool(seed % 2), reference_verified=bool(seed % 3))
    codes = random_codes(top, seed)
    path = tmp_path_factory.mktemp("written") / f"x{ending}"
    assert [p.name for p in write(path, top, blocks(codes, size))] == [
        path.name,
        path.name + (".tbi" if "v" in ending else ".csi"),
    ]
    file = VcfFile(path)
    records = list(file.records())
    assert (file.samples, file.assembly, file.synthetic) == (top.samples, Assembly.GRCh38, top.synthetic)
    assert file.reference_verified == top.reference_verified
    found = [(r.contig, r.position, r.reference, r.alternate, r.rsid, r.filter) for r in records]
    assert found == [tuple(row.values()) for row in top.variants.to_pylist()]
    assert np.array_equal(np.stack([r.codes for r in records]), codes)


def query(*arguments: object) -> list[str]:
    form = "%CHROM\t%POS\t%ID\t%REF\t%ALT\t%FILTER[\t%GT]\n"
    done = subprocess.run(["bcftools", "query", "-f", form, *map(str, arguments)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


def spelt(top: Heading, codes: Codes) -> list[str]:
    """The lines that bcftools must print, from the codes."""
    lines = []
    for row, calls in zip(top.variants.to_pylist(), codes, strict=True):
        contig = {"MT": "chrM"}.get(CONTIGS[row["contig"]], f"chr{CONTIGS[row['contig']]}")
        site = [contig, str(row["position"]), row["rsid"] or ".", row["reference"], row["alternate"], row["filter"]]
        lines.append("\t".join([*site, *(definitions.SPELLING[c] for c in calls)]))
    return lines


@pytest.mark.oracle
@pytest.mark.parametrize(("write", "ending"), [(write_vcf, ".vcf.gz"), (write_bcf, ".bcf")])
def test_bcftools__reads_what_was_meant_and_finds_regions_by_the_index(
    tmp_path: Path, write: Callable[..., list[Path]], ending: str
) -> None:
    """A file of many members; every query by index equals the one that reads the whole file, deletions that reach in too."""
    tool("bcftools")
    top = heading(400, 1500, 7)
    codes, path = random_codes(top, 7), tmp_path / f"x{ending}"
    write(path, top, blocks(codes, 100))
    assert path.stat().st_size > 4 * 65536
    assert query(path) == spelt(top, codes)
    for seed in range(20):
        draw = np.random.default_rng(seed)
        first = int(draw.integers(1, 16_000))
        region = f"{draw.choice(['chr1', 'chr10', 'chrX', 'chrM', 'chr5'])}:{first}-{first + int(draw.integers(0, 3000))}"
        found = query("-r", region, "--regions-overlap", "1", path)
        assert found == query("-t", region, "--targets-overlap", "1", path)
    stats = subprocess.run(["bcftools", "index", "-n", path], capture_output=True, text=True, check=True)
    assert int(stats.stdout) == top.variants.num_rows


def test_bins__are_those_of_the_specification() -> None:
    """`reg2bin` of the SAM specification, section 5.3, written as there."""

    def reg2bin(beg: int, end: int) -> int:
        end -= 1
        for shift, offset in ((14, 4681), (17, 585), (20, 73), (23, 9), (26, 1)):
            if beg >> shift == end >> shift:
                return offset + (beg >> shift)
        return 0

    draw = np.random.default_rng(1)
    first = draw.integers(0, 1 << 28, 2000)
    last = first + 2 ** draw.integers(0, 28, 2000)
    assert bins(first, last).tolist() == [reg2bin(a, b) for a, b in zip(first.tolist(), last.tolist(), strict=True)]


def test_bgzf__what_does_not_shrink_is_stored(tmp_path: Path) -> None:
    import gzip

    noise = np.random.default_rng(1).bytes(200_000)
    with BgzfWriter(tmp_path / "x.gz") as file:
        for start in range(0, len(noise), 777):
            file.write(noise[start : start + 777])
    assert gzip.decompress((tmp_path / "x.gz").read_bytes()) == noise


@pytest.mark.oracle
def test_vcztools__reads_the_same_from_zarr(tmp_path: Path) -> None:
    """`vcztools view` of our VCF Zarr prints the records of our VCF, over several chunks of variants."""
    pytest.importorskip("vcztools")
    top = heading(30, 2600, 3)
    codes = random_codes(top, 3)
    write_vcf_zarr(tmp_path / "x.vcz", top, blocks(codes, 333))
    view = [sys.executable, "-m", "vcztools", "view", str(tmp_path / "x.vcz")]
    lines = subprocess.run(view, capture_output=True, text=True, check=True).stdout.splitlines()
    records = [line.split("\t") for line in lines if not line.startswith("#")]
    assert "##goe_synthetic=true" in lines
    found = ["\t".join([*r[:5], r[6], *r[9:]]) for r in records]
    assert found == spelt(top, codes)
    assert {r[5] for r in records} == {"."}, "no quality"
    part = subprocess.run([*view, "-r", "chrX:1-5000"], capture_output=True, text=True, check=True).stdout.splitlines()
    inside = [r for r in records if r[0] == "chrX" and int(r[1]) <= 5000]
    assert [line.split("\t") for line in part if not line.startswith("#")] == inside


def test_region_index__of_two_chunks() -> None:
    """By hand: 1,001 variants on one chromosome and one on the next make three stretches."""
    contig, position = np.array([0] * 1001 + [1]), np.array([*range(1, 1002), 5])
    length = np.ones(1002, dtype=np.int64)
    length[0] = 5000
    expected = [[0, 0, 1, 1000, 5000, 1000], [1, 0, 1001, 1001, 1001, 1], [1, 1, 5, 5, 5, 1]]
    assert region_index(contig, position, length).tolist() == expected


def plink_spelling(code: int, *, phased: bool) -> str:
    """What plink2 makes of a genotype on an autosome: half-calls are missing, haploid ones homozygous."""
    text = {6: "0/0", 7: "1/1", 8: "./.", 9: "./.", 10: "./."}.get(code, definitions.SPELLING[code])
    return text if phased else text.replace("1|0", "0/1").replace("|", "/")


@pytest.mark.oracle
@pytest.mark.parametrize("form", ["pgen", "bed"])
def test_plink2__validates_and_reads_what_was_meant(tmp_path: Path, form: str) -> None:
    tool("plink2", "bcftools")
    top = heading(37, 300, 11)
    on_autosomes = pc.less(top.variants["contig"], 22)
    has_alternate = pc.not_equal(top.variants["alternate"], ".")
    table = top.variants.filter(pc.and_(on_autosomes, has_alternate))
    top = Heading(top.assembly, top.samples, top.sexes, table, True, True, "goe test")
    codes = random_codes(top, 11)
    (write_pgen if form == "pgen" else write_bed)(tmp_path / f"x.{form}", top, blocks(codes, 50))
    given = ["--pfile" if form == "pgen" else "--bfile", str(tmp_path / "x")]
    if form == "pgen":
        assert (
            "done"
            in subprocess.run(
                ["plink2", *given, "--validate", "--out", tmp_path / "v"], capture_output=True, text=True, check=True
            ).stdout
        )
    back = ["--export", "vcf", "id-paste=iid", "--output-chr", "chrM", "--out", str(tmp_path / "back")]
    subprocess.run(["plink2", *given, *back], capture_output=True, check=True)
    found = [line.split("\t") for line in query(tmp_path / "back.vcf")]
    calls = [[plink_spelling(int(c), phased=form == "pgen") for c in row] for row in codes]
    assert [[_unphased_unless_het(g) for g in row[6:]] for row in found] == calls
    sites = [line.split("\t")[:6] for line in spelt(top, codes)]
    columns = [0, 1, 2, 3, 4, 5] if form == "pgen" else [0, 1, 3, 4]
    assert [[row[i] for i in columns] for row in found] == [[row[i] for i in columns] for row in sites]


def _unphased_unless_het(call: str) -> str:
    """plink2 writes every genotype of a phased site with a bar."""
    return call if call in ("0|1", "1|0") else call.replace("|", "/")


@pytest.mark.oracle
@pytest.mark.parametrize(("write", "ending", "flag"), [(write_bed, ".bed", "--bfile"), (write_pgen, ".pgen", "--pfile")])
def test_plink2__reads_alleles_longer_than_a_name_may_be(
    tmp_path: Path, write: Callable[..., list[Path]], ending: str, flag: str
) -> None:
    """Three insertions of 20,000 bases at one place without an rsID; plink2 refuses a name over 16,000 characters."""
    tool("plink2")
    if ending == ".pgen":
        pytest.importorskip("pgenlib", reason="the extra pgen is not installed")
    long = "A" + "CG" * 10_000
    alternates = [long, long[:-1] + "T", "C"]
    table = pa.table(
        {
            "contig": pa.array([0] * 3, pa.int8()),
            "position": pa.array([1000] * 3, pa.int32()),
            "reference": ["A"] * 3,
            "alternate": alternates,
            "rsid": [""] * 3,
            "filter": ["PASS"] * 3,
        }
    )
    top = Heading(Assembly.GRCh38, ("S0", "S1"), "FM", table, synthetic=True, reference_verified=True, software="goe test")
    write(tmp_path / f"x{ending}", top, [np.array([[0, 1], [1, 2], [0, 0]], dtype=np.uint8)])
    command = ["plink2", flag, str(tmp_path / "x"), "--freq", "--out", str(tmp_path / "out")]
    subprocess.run(command, check=True, capture_output=True)
    rows = [line.split() for line in (tmp_path / "out.afreq").read_text().splitlines()]
    found = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert [(row["ALT"], float(row["ALT_FREQS"])) for row in found] == list(zip(alternates, [0.25, 0.75, 0.0], strict=True))
    names = [row["ID"] for row in found]
    assert max(map(len, names)) < 100 and (ending == ".pgen" or (len(set(names)) == 3 and names[2] == "1-1000-A-C"))
