"""PLINK 2 files against plink2 itself, and against the VCF that they were made from."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from genomes import Site, counts, person, write_vcf
from setting import SHARED, tool

from goe.acts.demonstrate import DEMO
from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node
from goe.errors import BadInput
from goe.rules.words import Assembly
from goe.science.genotypes import Genotype
from goe.store.formats.genotype_file import Record
from goe.store.formats.pgen import PgenFile
from goe.store.formats.vcf import VcfFile

pytestmark = pytest.mark.oracle
pytest.importorskip("pgenlib", reason="Pgenlib is not installed")

NAMES = [f"S{i}" for i in range(5)]
SITES = [
    Site("1", 100, "A", "C", ["0|1", "1|0", "0/1", "1|1", "./."], "rs7", "PASS"),
    Site("1", 200, "A", "C,G", ["0|1", "1|2", "2|1", "0/2", "./."], "rs1;rs2", "q10"),
    Site("2", 300, "CAG", "CAT,C,CAGAG", ["0/1", "1/2", "0/0", "2|3", "3/3"]),
    Site("2", 400, "T", "<DEL>", ["0/1", "1/1", "0/0", "./.", "0/0"]),
    Site("X", 5000000, "A", "G", ["0", "1", "0/1", "1/1", "."]),
]
SEX = dict(zip(NAMES, "MMFFM", strict=True))


def plink2(*arguments: object) -> None:
    tool("plink2")
    subprocess.run(["plink2", *map(str, arguments)], check=True, capture_output=True)


def make_pgen(folder: Path, *, zst: bool = False) -> Path:
    """A fileset that plink2 made of a VCF, with the sexes of its people."""
    header = '##FILTER=<ID=q10,Description="q"> ##ALT=<ID=DEL,Description="x">'
    vcf = write_vcf(folder / "x.vcf", NAMES, SITES, header=header)
    rows = [f"{name}\t{1 if sex == 'M' else 2}" for name, sex in SEX.items()]
    (folder / "sexes.psam").write_text("#IID\tSEX\n" + "\n".join(rows) + "\n")
    (folder / "x.psam").unlink(missing_ok=True)
    kind = ["--make-pgen", "vzs"] if zst else ["--make-pgen"]
    plink2("--vcf", vcf, "--psam", folder / "sexes.psam", "--split-par", "b37", *kind, "--out", folder / "x")
    return folder / "x.pgen"


def same(ours: list[Record], theirs: list[Record]) -> None:
    """The same variants, names, filters and genotypes."""
    assert [(r.contig, r.position, r.reference, r.alternate) for r in ours] == [
        (r.contig, r.position, r.reference, r.alternate) for r in theirs
    ]
    for one, other in zip(ours, theirs, strict=True):
        assert one.codes.tolist() == other.codes.tolist(), (one.contig, one.position)
        assert (one.rsid, one.filter) == (other.rsid, other.filter)


@pytest.mark.parametrize("zst", [False, True])
def test_fileset__reads_as_the_vcf_that_it_was_made_from(tmp_path: Path, zst: bool) -> None:
    """Multi-allelic, phased and symbolic; on X a haploid call was made homozygous by plink2, and stays as it is written."""
    opened = PgenFile(make_pgen(tmp_path, zst=zst))
    ours, theirs = list(opened.records()), list(VcfFile(tmp_path / "x.vcf").records())
    assert opened.assembly is Assembly.GRCh37 and opened.reference_verified
    same([r for r in ours if r.contig < 22], [r for r in theirs if r.contig < 22])
    g = Genotype
    assert ours[-1].codes.tolist() == [g.HOM_REF, g.HOM_ALT, g.HET, g.HOM_ALT, g.MISSING]


def test_store__counts_like_the_vcf(tmp_path: Path, node: Node) -> None:
    """With the karyotypes of the registry, X included."""
    node.registry.enrol([person(node, i + 1, SEX[name], name) for i, name in enumerate(NAMES)])
    import_genomes(node, make_pgen(tmp_path))
    found = counts(node)
    assert found["1-200-A-C"] == (8, 3, 3, 0, 0, 1) and found["1-200-A-G"] == (8, 3, 3, 0, 0, 1)
    assert found["X-5000000-A-G"] == (6, 4, 1, 1, 1, 1)


@pytest.mark.parametrize("file", ["1kg_hc3202_pgs1k.GRCh38", "1kg_p3_chr22_16.05-17.57Mb.GRCh37"])
def test_real_file__equals_plink2_export(tmp_path: Path, file: str) -> None:
    """Every genotype of real data, phase included, equals what plink2 itself writes back."""
    vcf = SHARED / "data" / "reference" / f"{file}.vcf.gz"
    if not vcf.is_file():
        pytest.skip("the shared reference data are not beside the checkout")
    plink2("--vcf", vcf, "--make-pgen", "--out", tmp_path / "x")
    plink2("--pfile", tmp_path / "x", "--export", "vcf", "bgz", "--out", tmp_path / "back")
    assembly = Assembly(file.split(".")[-1])
    ours, theirs = PgenFile(tmp_path / "x.pgen", assembly), VcfFile(tmp_path / "back.vcf.gz", assembly)
    checked = 0
    for one, other in zip(ours.records(), theirs.records(), strict=True):
        checked += 1
        assert (one.position, one.reference, one.alternate) == (other.position, other.reference, other.alternate)
        haploid = np.isin(other.codes, (Genotype.HAPLOID_REF, Genotype.HAPLOID_ALT, Genotype.HAPLOID_MISSING))
        assert (one.codes == other.codes)[~haploid].all(), (one.contig, one.position)
    assert checked > 1000


def test_provisional_reference__is_for_structure_only(tmp_path: Path, node: Node) -> None:
    """plink2 marks what it took from a PLINK 1 fileset: in the .pgen, and as PR in a VCF that it writes."""
    plink2("--bfile", DEMO / "FI" / "structure", "--make-pgen", "--out", tmp_path / "p")
    plink2("--pfile", tmp_path / "p", "--chr", "1", "--export", "vcf", "--out", tmp_path / "v")
    for file in (tmp_path / "p.pgen", tmp_path / "v.vcf"):
        done = import_genomes(node, file, assembly=Assembly.GRCh37)
        assert done.batch.release_fault == "reference allele unverified"
    known = make_pgen(tmp_path)
    pvar = known.with_suffix(".pvar")
    lines = [line for line in pvar.read_text().splitlines() if not line.startswith("##")]
    lines = [
        "##INFO=<ID=PR,Number=0,Type=Flag,Description=x>",
        *(f"{line}\t{'INFO' if i == 0 else 'PR'}" for i, line in enumerate(lines)),
    ]
    pvar.write_text("\n".join(lines) + "\n")
    assert import_genomes(node, known, assembly=Assembly.GRCh37).batch.release_fault


def test_assembly__is_asked_for_unless_the_pvar_has_lengths(tmp_path: Path) -> None:
    plink2("--bfile", DEMO / "FI" / "structure", "--make-pgen", "--out", tmp_path / "p")
    with pytest.raises(BadInput, match="--assembly"):
        PgenFile(tmp_path / "p.pgen")
    with pytest.raises(BadInput, match="--assembly says GRCh38; expected GRCh37"):
        PgenFile(make_pgen(tmp_path), Assembly.GRCh38)
