"""A part of a file: regions and samples against bcftools view, where the batch is callable then, names of chromosomes."""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from genomes import Site, counts, person, write_vcf
from setting import SHARED, Said, tool

from goe.acts.demonstrate import DEMO
from goe.acts.import_genomes import import_genomes, open_genotypes
from goe.acts.setting import Node
from goe.rules.variants import CONTIGS
from goe.rules.words import Assembly, Target
from goe.store.formats.mask import OFF
from goe.store.formats.part import Part
from goe.store.formats.regions import read_regions
from goe.store.formats.vcf import VcfFile, line_columns

SITES = DEMO / "FI" / "sites.GRCh38.vcf.gz"
REGIONS = "2:1000000-60000000 2:70000000-71000000;chr5 X:2781480-9000000"


def rows(node: Node, batch: int) -> tuple[list[tuple[object, ...]], tuple[str, ...]]:
    """The variants of a batch, and its samples."""
    stored = node.genomes.batch(f"batch-{batch}")
    table = stored.variants.to_pydict()
    keys = zip(table["contig"], table["position"], table["reference"], table["alternate"], strict=True)
    return list(keys), stored.samples


@pytest.mark.oracle
@pytest.mark.parametrize("form", ["bgzip with index", "bgzip", "bcf with index", "pgen", "bed file"])
def test_regions_and_samples__as_bcftools_view(node: Node, tmp_path: Path, form: str) -> None:
    """The same variants, people and genotypes, whether the file is read through its index or not."""
    tool("bcftools", "tabix", "plink2")
    file = tmp_path / ("x.bcf" if "bcf" in form else "x.vcf.gz")
    subprocess.run(["bcftools", "view", "-Ob" if "bcf" in form else "-Oz", "-o", file, SITES], check=True, capture_output=True)
    subprocess.run(["bcftools", "index", "-f", file], check=True)
    names = VcfFile(SITES).samples[3:40:5]
    oracle, said = tmp_path / "y.vcf", REGIONS
    contig = "chr5" if "chr2" in VcfFile(SITES)._reader.seqnames else "5"
    plain = REGIONS.replace("chr5", "5").replace(";", " ").split()
    asked = ",".join(r if contig == "5" else f"chr{r}" for r in plain)
    view = ["bcftools", "view", "-r", asked, "-s", ",".join(names), "-o", oracle, file]
    subprocess.run(view, check=True, capture_output=True)
    if "index" not in form:
        for index in tmp_path.glob("x.*.csi"):
            index.unlink()
    if form == "bed file":
        said = str(tmp_path / "r.bed")
        pairs = [(1, 999999, 60000000), (1, 69999999, 71000000), (4, 0, 181538259), (22, 2781479, 9000000)]
        (tmp_path / "r.bed").write_text("".join(f"chr{CONTIGS[c]}\t{a}\t{b}\n" for c, a, b in pairs))
    if form == "pgen":
        subprocess.run(["plink2", "--vcf", file, "--make-pgen", "--out", tmp_path / "x"], check=True, capture_output=True)
        file = tmp_path / "x.pgen"
    (tmp_path / "people.txt").write_text("\n".join(reversed(names)) + "\n")
    import_genomes(node, file, regions=said, samples=str(tmp_path / "people.txt"))
    import_genomes(node, oracle)
    assert rows(node, 1) == rows(node, 2) and 20 < len(rows(node, 1)[0]) < 900 and rows(node, 1)[1] == names
    if form != "pgen":  # which has no haploid calls
        parts = [
            [r.codes.tolist() for r in opened.records()]
            for opened in (
                Part(open_genotypes([file], None, regions=None), samples=names, regions=read_regions(said, Assembly.GRCh38)),
                open_genotypes([oracle], None),
            )
        ]
        assert parts[0] == parts[1]


def test_regions__a_deletion_into_two_regions_comes_once(tmp_path: Path, node: Node) -> None:
    """And one that begins before the region is not in it; through the index and without."""
    tool("bgzip", "tabix")
    sites = [Site("1", p, "A" * 9 + "C", "A" * 9, ["0/1"]) for p in (95, 100, 104, 109)]
    for number, compress in enumerate(["bgzip", "gzip"]):
        file = write_vcf(tmp_path / f"{number}.vcf", [f"S{number}"], sites)
        subprocess.run([compress, file], check=True)
        if compress == "bgzip":
            subprocess.run(["tabix", f"{file}.gz"], check=True)
        import_genomes(node, Path(f"{file}.gz"), regions="1:105-110 1:112-120")
        assert [key[1] for key in rows(node, number + 1)[0]] == [108, 112, 117]


def test_regions__bound_where_the_batch_is_callable(tmp_path: Path, node: Node) -> None:
    """Another batch's sites: reference only where the BED file and the region both reach."""
    node.registry.enrol([person(node, i + 1, "F", f"S{i}") for i in range(2)])
    (tmp_path / "read.bed").write_text("1\t0\t150\n")
    file = write_vcf(tmp_path / "a.vcf", ["S0"], [Site("1", p, "A", "C", ["0/1"]) for p in (90, 110, 130)])
    import_genomes(node, file, callable_bed=tmp_path / "read.bed", regions="1:100-200")
    sites = [Site("1", p, "A", "G", ["0/1"]) for p in (95, 120, 160)]
    import_genomes(node, write_vcf(tmp_path / "b.vcf", ["S1"], sites))
    found = {name: numbers[:2] for name, numbers in counts(node).items()}
    assert found == {
        **{f"1-{p}-A-C": (2, 1) for p in (110, 130)},
        **{"1-95-A-G": (2, 1), "1-120-A-G": (4, 1), "1-160-A-G": (2, 1)},
    }


def test_part__of_the_same_file_is_another_batch_and_is_known_again(tmp_path: Path, node: Node) -> None:
    file = write_vcf(
        tmp_path / "a.vcf", ["A", "B"], [Site("1", 10, "A", "C", ["0/1", "0/0"]), Site("2", 10, "A", "C", ["0/1", "0/0"])]
    )
    asked: list[dict[str, str]] = [
        {},
        {"regions": "1"},
        {"regions": "2:1-10"},
        {"samples": "A"},
        {"samples": "B", "regions": "1"},
    ]
    assert [import_genomes(node, file, **said).new for said in asked] == [True] * 5  # type: ignore[arg-type]
    again = [*asked[:3], {"samples": "A,A"}, {"samples": "B", "regions": "chr1:1-249250621"}]
    assert [import_genomes(node, file, **said).batch.batch_id for said in again] == [f"batch-{i}" for i in range(1, 6)]  # type: ignore[arg-type]


@pytest.mark.parametrize("assembly", list(Assembly))
def test_names_with_chr__are_the_same_chromosomes(tmp_path: Path, node: Node, assembly: Assembly) -> None:
    """In the header, the records and a region, in both assemblies; chrM is MT."""
    node.registry.enrol([person(node, i + 1, sex, f"{sex}0") for i, sex in enumerate("MF")])
    sites = [Site(c, 5000000 if c != "MT" else 73, "A", "C", ["1", "0/1" if c in "1X" else "0"]) for c in ("1", "X", "Y", "MT")]
    plain = write_vcf(tmp_path / "plain.vcf", ["M0", "F0"], sites, assembly=assembly)
    text = plain.read_text().replace("ID=MT,", "ID=M,").replace("\nMT\t", "\nM\t")
    for contig in (*CONTIGS, "M"):
        text = text.replace(f"##contig=<ID={contig},", f"##contig=<ID=chr{contig},").replace(
            f"\n{contig}\t", f"\nchr{contig}\t"
        )
    (tmp_path / "chr.vcf").write_text(text)
    same = [[(r.contig, r.position, r.codes.tolist()) for r in VcfFile(f).records()] for f in (plain, tmp_path / "chr.vcf")]
    assert same[0] == same[1] and VcfFile(tmp_path / "chr.vcf").assembly is assembly
    import_genomes(node, tmp_path / "chr.vcf")
    found = {name: numbers[:2] for name, numbers in counts(node, assembly).items()}
    assert found == {"1-5000000-A-C": (3, 2), "X-5000000-A-C": (3, 2), "Y-5000000-A-C": (1, 1), "MT-73-A-C": (2, 1)}


@pytest.mark.parametrize("target", ["exome", "panel"])
def test_exome__only_with_its_target(node: Node, tmp_path: Path, goe: Callable[..., Said], target: str) -> None:
    file = write_vcf(tmp_path / "x.vcf", ["A"], [Site("1", 10, "A", "C", ["0/1"])])
    said = goe("genomes", "import", file, "--target", target, "--dir", node.folder)
    assert said.code == 1 and f"read in part only: {target}; expected --callable" in said.err and said.err.count("\n") == 1
    assert node.genomes.batches() == []
    (tmp_path / "t.bed").write_text("1\t0\t100\n")
    done = import_genomes(node, file, target=Target(target), callable_bed=tmp_path / "t.bed")
    assert f"{target}: read in its target regions only" in done.batch.notes


def test_exome_gvcf__is_callable_within_its_target(node: Node, tmp_path: Path) -> None:
    """A believed block of 34 real GATK files reaches beyond the target: it counts within it only."""
    files = sorted((SHARED / "data" / "qc" / "gvcf").glob("*.g.vcf.gz"))[:3]
    if not files:
        pytest.skip("the shared gVCF files are not beside the checkout")
    import_genomes(node, files)
    whole = node.genomes.batch("batch-1").callable
    contig, regions = next(iter(whole._regions.items()))
    first, last = (int(x) for x in max((pair for pair in zip(*regions[0], strict=True)), key=lambda pair: pair[1] - pair[0]))
    middle = (first + last) // 2
    (tmp_path / "t.bed").write_text(f"{CONTIGS[contig]}\t0\t{middle}\n")
    import_genomes(node, files, callable_bed=tmp_path / "t.bed", target=Target.EXOME)
    import numpy as np

    places = np.array([middle, middle + 1])
    assert whole.reads(contig, places)[:, 0].tolist() == [True, True]
    assert node.genomes.batch("batch-2").callable.reads(contig, places)[:, 0].tolist() == [True, False]


@pytest.mark.parametrize("length", [10, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_columns__are_counted_across_pieces(tmp_path: Path, length: int) -> None:
    """Lines of any length, with and without an end of line, plain and compressed."""
    lines = ["a\tb", "x" * length + "\t\t", "", "1\t" * 7 + "y" * length]
    for end in ("\n", ""):
        text = ("\n".join(lines) + end).encode()
        for name, content in (("x", text), ("x.gz", gzip.compress(text))):
            (tmp_path / name).write_bytes(content)
            assert list(line_columns(tmp_path / name)) == [line.count("\t") + 1 for line in lines]


def test_off__believes_all(tmp_path: Path) -> None:
    """A file opened for its part keeps the mask that was asked for."""
    depth = "##FORMAT=<ID=DP,Number=1,Type=Integer,Description=x>"
    file = write_vcf(tmp_path / "x.vcf", ["S"], [Site("1", 10, "A", "C", ["0/1:1"])], header=depth)
    file.write_text(file.read_text().replace("\tGT\t", "\tGT:DP\t"))
    regions = read_regions("1", Assembly.GRCh37)
    opened = [open_genotypes([file], None, mask, regions=regions) for mask in (OFF, None)]
    assert [[r.codes.tolist() for r in each.records()] for each in opened] == [[[1]], [[3]]]
