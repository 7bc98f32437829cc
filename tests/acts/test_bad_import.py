"""Bad input at import beyond the file itself: reference, regions, samples, PGEN filesets, gVCF blocks; nothing is changed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from genomes import Site, write_vcf
from setting import Said, tool

from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node
from goe.rules.variants import contig_length
from goe.rules.words import Assembly

LENGTH = 16569


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() if p.is_file() else b"" for p in sorted(folder.rglob("*"))}


@pytest.fixture
def refused(node: Node, tmp_path: Path, goe: Callable[..., Said]) -> Callable[..., str]:
    """Runs an import that must fail, on a node with a batch; the one sentence, after a look at every byte of the node."""
    import_genomes(node, write_vcf(tmp_path / "before.vcf", ["P"], [Site("1", 10, "A", "C", ["0/1"])]))

    def run(*arguments: object) -> str:
        before = contents(node.folder)
        said = goe("genomes", "import", *arguments, "--dir", node.folder)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("goe: ") and said.err.count("\n") == 1 and said.err.endswith(".\n"), said.err
        assert contents(node.folder) == before
        return said.err

    return run


def vcf(folder: Path, **said: str) -> Path:
    return write_vcf(
        folder / "x.vcf", ["A", "B"], [Site("MT", 5, "A", "C", ["0/1", "0/0"]), Site("MT", 9, "A", "C", ["0/1", "0/0"])], **said
    )


def fasta(folder: Path, text: str = "A" * LENGTH, *, index: str = f"MT\t{LENGTH}\t4\t{LENGTH}\t{LENGTH + 1}\n") -> Path:
    (folder / "r.fa").write_text(f">MT\n{text}\n")
    if index:
        (folder / "r.fa.fai").write_text(index)
    return folder / "r.fa"


def test_reference__mismatches_are_counted(refused: Callable[..., str], tmp_path: Path) -> None:
    said = refused(vcf(tmp_path), "--reference", fasta(tmp_path, "G" * LENGTH))
    assert "2 of 2 variants" in said and "the first is A at MT:5, expected G" in said


def test_reference__without_its_index(refused: Callable[..., str], tmp_path: Path) -> None:
    file = fasta(tmp_path, index="")
    assert f"samtools faidx {file}" in refused(vcf(tmp_path), "--reference", file)


REFERENCES: dict[str, tuple[str, str, str]] = {
    "of the other assembly": (f"1\t{contig_length(Assembly.GRCh38, '1')}\t4\t60\t61\n", "", "its length in GRCh37"),
    "of another index": (f"22\t{contig_length(Assembly.GRCh37, '22')}\t4\t60\t61\n", "", "index does not belong"),
    "of no chromosome": ("GL000191.1\t100\t4\t60\t61\n", "", "no chromosome"),
    "with a broken index": ("MT\tlong\n", "", "r.fa.fai line 1"),
    "that is no FASTA": ("MT\t9\t4\t60\t61\n", "ACGT", "does not begin like a FASTA"),
    "that is empty": ("MT\t9\t4\t60\t61\n", "\0", "missing or empty"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFERENCES)
def test_reference(refused: Callable[..., str], tmp_path: Path, case: str) -> None:
    index, text, place = REFERENCES[case]
    file = fasta(tmp_path, index=index)
    if text:
        file.write_text(text.strip("\0"))
    assert place in refused(vcf(tmp_path), "--reference", file)


def test_reference__compressed(refused: Callable[..., str], tmp_path: Path) -> None:
    subprocess.run(["gzip", fasta(tmp_path)], check=True)
    said = refused(vcf(tmp_path), "--reference", tmp_path / "r.fa.gz")
    assert "the FASTA file is compressed" in said and "gunzip" in said


def test_assembly__of_the_lengths_decides(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "--assembly says GRCh37; expected GRCh38" in refused(vcf(tmp_path, assembly="GRCh38"), "--assembly", "GRCh37")


@pytest.mark.parametrize(
    ("options", "place"),
    [
        (["--regions", "MT:16000-16570"], "positions from 1 to 16569"),
        (["--regions", "2:5-1"], "does not lie on chromosome 2"),
        (["--regions", "99:5-10"], "neither a region nor a file"),
        (["--regions", "regions.bed"], "neither a region nor a file"),
        (["--samples", "A,Nobody,Else"], "2 of the 3 samples asked for"),
        (["--samples", " , "], "no sample is named"),
        (["--target", "exome"], "--callable"),
    ],
)
def test_part(refused: Callable[..., str], tmp_path: Path, options: list[str], place: str) -> None:
    said = refused(vcf(tmp_path), *options)
    assert place in said and "Nobody" not in said, "a name may be personal"


@pytest.mark.parametrize("option", ["--regions", "--callable"])
def test_bed__beyond_the_contig(refused: Callable[..., str], tmp_path: Path, option: str) -> None:
    (tmp_path / "r.bed").write_text(f"1\t0\t10\nMT\t0\t{LENGTH + 1}\n")
    assert "r.bed line 2: the region 0-16570 does not lie on chromosome MT" in refused(
        vcf(tmp_path), option, tmp_path / "r.bed"
    )


def pgen(folder: Path) -> Path:
    tool("plink2")
    pytest.importorskip("pgenlib", reason="Pgenlib is not installed")
    sites = [Site("1", p, "A", "C,G", ["0/1", "1/2", "0/0"]) for p in (5, 9, 13)]
    file = write_vcf(folder / "p.vcf", ["A", "B", "C"], sites)
    subprocess.run(["plink2", "--vcf", file, "--make-pgen", "--out", folder / "p"], check=True, capture_output=True)
    return folder / "p.pgen"


def less(path: Path) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


PGEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "fewer in .psam": (lambda f: less(f.with_suffix(".psam")), "p.psam: the file has 2 samples; expected 3, as p.pgen says"),
    "fewer in .pvar": (lambda f: less(f.with_suffix(".pvar")), "p.pvar: the file has 2 variants; expected 3, as p.pgen says"),
    "no .psam": (lambda f: f.with_suffix(".psam").unlink(), "p.psam: the file is missing"),
    "no .pvar": (lambda f: f.with_suffix(".pvar").unlink(), "p.pvar: the file is missing"),
    "twice in .psam": (lambda f: change(f.with_suffix(".psam"), "\nB", "\nA"), "a sample name occurs twice"),
    "truncated": (lambda f: f.write_bytes(f.read_bytes()[:-3]), "Pgenlib cannot"),
    "shorter than its head": (lambda f: f.write_bytes(f.read_bytes()[:9]), "missing or too short"),
    "a .bed": (lambda f: f.write_bytes(b"\x6c\x1b\x01" + bytes(30)), "does not begin like a .pgen"),
    "unsorted": (lambda f: change(f.with_suffix(".pvar"), "1\t13\t", "1\t7\t"), "sorted by chromosome"),
    "beyond the contig": (lambda f: change(f.with_suffix(".pvar"), "1\t13\t", "1\t249250622\t"), "1 to 249250621"),
    "unknown contig": (lambda f: change(f.with_suffix(".pvar"), "1\t13\t", "HLA\t7\t"), "'HLA' is not a chromosome"),
    "no base": (lambda f: change(f.with_suffix(".pvar"), "13\t.\tA\tC,G", "13\t.\tA\tQ,G"), "field ALT"),
    "short line": (lambda f: change(f.with_suffix(".pvar"), "13\t.\tA\tC,G", "13\t.\tA"), "columns"),
    "no text": (lambda f: f.with_suffix(".pvar").write_bytes(b"\xff\xfe\x00" * 9), "not text"),
    "no heading": (lambda f: change(f.with_suffix(".pvar"), "#CHROM", "##CHROM"), "the heading is missing"),
}  # fmt: skip


@pytest.mark.oracle
@pytest.mark.parametrize("case", PGEN)
def test_pgen(refused: Callable[..., str], tmp_path: Path, case: str) -> None:
    """A fileset whose parts disagree, or are not what they should be."""
    damage, place = PGEN[case]
    file = pgen(tmp_path)
    damage(file)
    assert place in refused(file, "--assembly", "GRCh37")


BLOCK = '##INFO=<ID=END,Number=1,Type=Integer,Description="x">'


def gvcf(folder: Path, name: str, sample: str, blocks: Sequence[tuple[int, int]]) -> Path:
    sites = [Site("1", first, "A", "<NON_REF>", ["0/0"], filter=f"END={last}") for first, last in blocks]
    file = write_vcf(folder / name, [sample], sites, header=BLOCK)
    text = file.read_text()
    for _, last in blocks:
        text = text.replace(f"\tEND={last}\t.\t", f"\t.\tEND={last}\t")
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("blocks", "place"),
    [([(5, 20), (18, 30)], "overlaps the one up to 20"), ([(5, 9), (30, 40), (10, 20)], "sorted by chromosome")],
)
def test_blocks(refused: Callable[..., str], tmp_path: Path, blocks: list[tuple[int, int]], place: str) -> None:
    """Blocks that overlap or run backwards."""
    assert place in refused(gvcf(tmp_path, "x.g.vcf", "A", blocks))


def test_sample__twice_in_one_batch(refused: Callable[..., str], tmp_path: Path) -> None:
    files = [gvcf(tmp_path, f"{i}.g.vcf", "A", [(5, 20 + i)]) for i in range(2)]
    assert "a sample name occurs twice" in refused(*files)


def test_three_files__a_command_that_stopped_is_given_again(node: Node, tmp_path: Path, goe: Callable[..., Said]) -> None:
    """Two are stored before the third fails; after it is mended the two are recognised and only the third is read."""
    files = [write_vcf(tmp_path / f"{i}.vcf", [f"S{i}"], [Site("1", 10, "A", "C", ["0/1"])]) for i in range(3)]
    whole = files[2].read_text()
    files[2].write_text(whole.replace("0/1", "0/7"))
    said = goe("genomes", "import", *files, "--dir", node.folder)
    assert (
        said.code == 1 and "2.vcf line" in said.err and [b.batch_id for b in node.genomes.batches()] == ["batch-1", "batch-2"]
    )
    kept, ledger = contents(node.folder / "genomes"), len(node.ledger.rows())
    files[2].write_text(whole)
    said = goe("genomes", "import", *files, "--dir", node.folder)
    lines = [line for line in said.err.splitlines() if "stored" in line]
    assert said.code == 0 and [("already" in line) for line in lines] == [True, True, False]
    after = contents(node.folder / "genomes")
    assert {path: after[path] for path in kept} == kept and len(node.ledger.rows()) == ledger + 1
    assert [b.batch_id for b in node.genomes.batches()] == ["batch-1", "batch-2", "batch-3"]
