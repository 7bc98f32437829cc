"""Reference alleles and left-alignment against a FASTA file, as bcftools norm does it."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from genomes import Site, counts, person, write_vcf
from setting import tool

from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node
from goe.errors import BadInput
from goe.rules.variants import minimal
from goe.rules.words import Assembly
from goe.store.formats.aligned import Aligned
from goe.store.formats.fasta import FastaFile
from goe.store.formats.vcf import VcfFile

LENGTH = 16569  # of the mitochondrion, the shortest chromosome


def sequence(seed: int) -> str:
    """A chromosome full of tandem repeats, with a few unknown bases. Made up."""
    chance = random.Random(seed)
    found = ""
    while len(found) < LENGTH:
        unit = "".join(chance.choices("ACGT", k=chance.choice([1, 1, 2, 2, 3, 4, 7])))
        found += unit * chance.randint(1, 12) + "".join(chance.choices("ACGTN", [9, 9, 9, 9, 1], k=chance.randint(0, 9)))
    return found[:LENGTH]


def write_fasta(path: Path, bases: str, *, name: str = "MT", width: int = 60, index: bool = True) -> Path:
    """A FASTA file in lines of one width, lower case here and there as in real ones, and its index."""
    lines = [bases[i : i + width] for i in range(0, len(bases), width)]
    lines = [line.lower() if number % 3 else line for number, line in enumerate(lines)]
    path.write_text(f">{name} made up\n" + "\n".join(lines) + "\n")
    if index:
        row = [name, len(bases), len(name) + len(" made up") + 2, width, width + 1]
        path.with_name(path.name + ".fai").write_text("\t".join(map(str, row)) + "\n")
    return path


def indels(bases: str, seed: int) -> list[Site]:
    """Insertions and deletions of repeat units at every place of a repeat, substitutions between, in order."""
    chance, sites = random.Random(seed), []
    for position in sorted(chance.sample(range(2, LENGTH - 60), 1500)):
        length, base = chance.choice([1, 1, 2, 2, 3, 4, 7]), bases[position - 1]
        piece = bases[position - 1 : position - 1 + 1 + length]
        if "N" in piece:
            continue
        other = chance.choice([b for b in "ACGT" if b != base])
        ref, alt = chance.choice([(piece, base), (base, piece), (base, other), (piece + bases[position + length], piece)])
        alternates = alt if ref == base or len(piece) < 3 else f"{alt},{piece[:2]}"
        if "N" not in ref and len({ref, *alternates.split(",")}) == 1 + len(alternates.split(",")):
            sites.append(Site("MT", position, ref, alternates, [chance.choice(["0/1", "1|0", "1/1", "0/0"])]))
    return sites


@pytest.mark.oracle
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_indels_in_repeats__as_bcftools_norm(tmp_path: Path, seed: int) -> None:
    """Each variant stands where bcftools puts it, and in order."""
    tool("bcftools")
    bases = sequence(seed)
    fasta, sites = write_fasta(tmp_path / "x.fa", bases), indels(bases, seed)
    vcf = write_vcf(tmp_path / "x.vcf", ["S"], sites)
    split = subprocess.run(["bcftools", "norm", "-m-any", vcf], check=True, capture_output=True).stdout
    norm = ["bcftools", "norm", "-f", str(fasta), "-"]
    text = subprocess.run(norm, input=split, check=True, capture_output=True).stdout
    ask = ["bcftools", "query", "-f", "%POS\t%REF\t%ALT\n"]
    lines = subprocess.run(ask, input=text, check=True, capture_output=True).stdout.decode().upper().splitlines()
    theirs = sorted(minimal(int(pos), ref, alt) for pos, ref, alt in (line.split("\t") for line in lines))
    found = list(Aligned(VcfFile(vcf), FastaFile(fasta, Assembly.GRCh37)).records())
    ours = [(r.position, r.reference, r.alternate) for r in found]
    assert len(ours) == len(theirs) and ours == sorted(ours) and [r.start for r in found] == [r.position for r in found]
    unlike = set(theirs) - set(ours)
    assert all(ref[0] == "N" for _, ref, _ in unlike) and len(unlike) < 40, "ours end before an unknown base, bcftools' on it"
    assert all(bases[p - 2] == "N" for p, _, _ in set(ours) - set(theirs)), "right behind it"
    before = [(r.position, r.reference, r.alternate) for r in VcfFile(vcf).records()]
    assert len(ours) > 1000 and len(set(before) - set(ours)) > 300, "many were shifted"


def test_same_deletion_spelt_twice__is_one_variant_with_a_reference(node: Node, tmp_path: Path) -> None:
    """Two batches that anchor a deletion at both ends of a repeat: two variants without a reference, one with it."""
    bases = "G" * 1000 + "CACACA" + "T" * (LENGTH - 1006)
    fasta = write_fasta(tmp_path / "x.fa", bases, name="chrM")
    node.registry.enrol([person(node, i + 1, "F", f"S{i}") for i in range(2)])
    for i, site in enumerate([Site("MT", 1000, "GCA", "G", ["1/1"]), Site("MT", 1004, "ACA", "A", ["1/1"])]):
        file = write_vcf(tmp_path / f"{i}.vcf", [f"S{i}"], [site])
        done = import_genomes(node, file, reference=fasta)
        assert done.batch.left_aligned
    assert {k: v[:2] for k, v in counts(node).items()} == {"MT-1000-GCA-G": (2, 2)}
    assert not import_genomes(node, write_vcf(tmp_path / "n.vcf", ["N"], [Site("MT", 5, "G", "C", ["1"])])).batch.left_aligned


def test_gvcf_files_that_spell_a_deletion_differently__keep_both_carriers(node: Node, tmp_path: Path) -> None:
    """Left-aligned they are one variant of two people."""
    fasta = write_fasta(tmp_path / "x.fa", "G" * 1000 + "CACACA" + "T" * (LENGTH - 1006))
    node.registry.enrol([person(node, i + 1, "F", f"S{i}") for i in range(2)])
    sites = [Site("MT", 1000, "GCA", "G,<NON_REF>", ["1/1"]), Site("MT", 1004, "ACA", "A,<NON_REF>", ["1/1"])]
    files = [write_vcf(tmp_path / f"{i}.g.vcf", [f"S{i}"], [site]) for i, site in enumerate(sites)]
    import_genomes(node, files, reference=fasta)
    assert {k: v[:2] for k, v in counts(node).items()} == {"MT-1000-GCA-G": (2, 2)}


def test_deletion_at_the_first_base__stays(tmp_path: Path) -> None:
    """There is nothing before it."""
    fasta = FastaFile(write_fasta(tmp_path / "x.fa", "A" * LENGTH), Assembly.GRCh37)
    vcf = write_vcf(tmp_path / "x.vcf", ["S"], [Site("MT", 9, "AA", "A", ["0/1"])])
    [found] = Aligned(VcfFile(vcf), fasta).records()
    assert (found.position, found.reference, found.alternate) == (1, "AA", "A")


def test_ambiguous_base__is_the_first_that_it_may_be(tmp_path: Path) -> None:
    """VCF 4.3, section 1.6.1: R (A or G) is written A."""
    fasta = FastaFile(write_fasta(tmp_path / "x.fa", "R" + "Y" + "C" * (LENGTH - 2)), Assembly.GRCh38)
    assert fasta.bases(24, 1, 3) == "ACC"


def test_mismatches__are_all_counted_and_the_first_is_named(node: Node, tmp_path: Path) -> None:
    fasta = write_fasta(tmp_path / "x.fa", "ACGT" * (LENGTH // 4) + "A")
    sites = [Site("MT", p, r, "G" if r != "G" else "A", ["0/1"]) for p, r in ((1, "A"), (2, "A"), (4, "T"), (5, "T"))]
    vcf = write_vcf(tmp_path / "x.vcf", ["S"], sites)
    with pytest.raises(BadInput, match=r"2 of 4 variants .* the first is A at MT:2, expected C"):
        import_genomes(node, vcf, reference=fasta)
    assert node.genomes.batches() == [] and not list((node.folder / "genomes").iterdir())
