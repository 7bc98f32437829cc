"""The demonstration's counts are those of bcftools and of plink2, at every site and in every group."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from setting import tool

from goe.acts.count import cohort, releasable
from goe.acts.demonstrate import DEMO
from goe.acts.products import countable, reference
from goe.acts.setting import Node, Root
from goe.analyses.allele_frequency import allele_frequency
from goe.pooling import here
from goe.rules.variants import CONTIGS, minimal
from goe.rules.words import Assembly
from goe.science.counting import count_outcomes
from goe.store.release import COUNTS, TABLE, read_table

FILES = {"GRCh37": ("lct.GRCh37.vcf.gz", "chr22.GRCh37.vcf.gz"), "GRCh38": ("sites.GRCh38.vcf.gz",)}
NATIONS = ("FI", "GB", "ES", "IT")
Key = tuple[str, int, str, str]
Numbers = tuple[int, ...]  # in the order of COUNTS: AN, AC, het, hom, hemi


def run(*command: object) -> str:
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout


def key(contig: str, position: str, reference: str, alternate: str) -> Key:
    return contig, *minimal(int(position), reference.upper(), alternate.upper() if alternate.isalpha() else alternate)


def released(node: Node, assembly: str) -> dict[str, dict[Key, Numbers]]:
    """Population -> variant -> counts, from the published table."""
    found: dict[str, dict[Key, Numbers]] = {}
    for row in read_table(node.releases.path(assembly, "2026.1") / TABLE).to_pylist():
        name = CONTIGS[row["contig"]], row["position"], row["reference"], row["alternate"]
        found.setdefault(row["population"], {})[name] = tuple(row[c] for c in COUNTS)
    return found


def counted_genomes(node: Node) -> dict[str, str]:
    """Genomes of those who consent, with the sex letter."""
    members = {sample for sample, _ in countable(node, reference(node))}
    return {genome: s.karyotype.letter for genome, s in node.registry.samples().items() if s.sample_id in members}


def split(file: Path, genomes: dict[str, str], folder: Path) -> Path:
    """The file of these people, one alternate allele per record, by bcftools."""
    names, subset, made = folder / "names", folder / "subset.bcf", folder / f"{file.stem}.split.vcf"
    names.write_text("\n".join(genomes) + "\n")
    run("bcftools", "view", "-S", names, "-Ob", "-o", subset, file)
    run("bcftools", "norm", "-m-", "-Ov", "-o", made, subset)
    return made


@pytest.mark.oracle
@pytest.mark.parametrize("assembly", FILES)
@pytest.mark.parametrize("nation", NATIONS)
def test_every_site_and_group_equals_bcftools(demo: Root, nation: str, assembly: str, tmp_path: Path) -> None:
    """AN, AC, heterozygotes, homozygotes, hemizygotes, on autosomes and X, by nation and sex: same sites, same numbers."""
    tool("bcftools")
    node = demo.nodes[nation]
    genomes = counted_genomes(node)
    groups = tmp_path / "groups"
    groups.write_text("".join(f"{g}\t{nation},{nation}_{letter}\n" for g, letter in genomes.items()))
    populations = sorted({nation} | {f"{nation}_{letter}" for letter in genomes.values()})
    tags = [f"%{tag}_{p}" for p in populations for tag in ("AN", "AC", "AC_Het", "AC_Hom", "AC_Hemi")]
    expected: dict[str, dict[Key, Numbers]] = {p: {} for p in populations}
    for file in FILES[assembly]:
        filled = tmp_path / "filled.bcf"
        vcf = split(DEMO / nation / file, genomes, tmp_path)
        run("bcftools", "+fill-tags", vcf, "-Ob", "-o", filled, "--", "-S", groups, "-t", "AN,AC,AC_Het,AC_Hom,AC_Hemi")
        for line in run(
            "bcftools", "query", "-f", "\t".join(["%CHROM", "%POS", "%REF", "%ALT", *tags]) + "\n", filled
        ).splitlines():
            fields = line.split("\t")
            for place, population in enumerate(populations):
                an, ac, het, hom, hemi = map(int, fields[4 + 5 * place : 9 + 5 * place])
                expected[population].setdefault(key(*fields[:4]), (an, ac, het, hom // 2, hemi))
    assert released(node, assembly) == expected


def plink2_counts(vcf_or_bed: list[object], sexes: Path | None, letter: str, folder: Path, *options: str) -> dict[Key, Numbers]:
    """Variant -> (AN, AC, het, hom, hemi) of one sex (or everybody) by plink2."""
    out = folder / f"counted{letter}"
    chosen = {"F": ["--keep-females"], "M": ["--keep-males"], "": []}[letter]
    sex = ["--update-sex", sexes] if sexes else []
    columns = "cols=chrom,pos,ref,alt,homref,refalt,altxy,hapref,hapalt,missing"
    run("plink2", *vcf_or_bed, *sex, *options, *chosen, "--threads", "1", "--geno-counts", columns, "--out", out)
    found: dict[Key, Numbers] = {}
    for line in out.with_suffix(".gcount").read_text().splitlines()[1:]:
        contig, position, _, reference, alternate, *numbers = line.split("\t")
        ref, het, hom, hap_ref, hap_alt, _missing = map(int, numbers)
        name = key({"23": "X", "PAR1": "X", "PAR2": "X"}.get(contig, contig), position, reference, alternate)
        an = 2 * (ref + het + hom) + hap_ref + hap_alt
        found.setdefault(name, (an, het + 2 * hom + hap_alt, het, hom, hap_alt))
    return found


@pytest.mark.oracle
@pytest.mark.parametrize("assembly", FILES)
@pytest.mark.parametrize("nation", NATIONS)
def test_every_site_and_group_equals_plink2(demo: Root, nation: str, assembly: str, tmp_path: Path) -> None:
    """The same, counted by plink2 with sex given and the pseudo-autosomal regions split off."""
    tool("bcftools", "plink2")
    node = demo.nodes[nation]
    genomes = counted_genomes(node)
    sexes = tmp_path / "sexes"
    sexes.write_text("#IID\tSEX\n" + "".join(f"{g}\t{ {'F': 2, 'M': 1}[letter] }\n" for g, letter in genomes.items()))
    par = ("--split-par", "hg38") if assembly == "GRCh38" else ()
    expected: dict[str, dict[Key, Numbers]] = {f"{nation}_F": {}, f"{nation}_M": {}}
    for file in FILES[assembly]:
        vcf = split(DEMO / nation / file, genomes, tmp_path)
        for letter in "FM":
            expected[f"{nation}_{letter}"] |= plink2_counts(["--vcf", vcf], sexes, letter, tmp_path, *par)
    women, men = expected[f"{nation}_F"], expected[f"{nation}_M"]
    expected[nation] = {k: tuple(a + b for a, b in zip(women[k], men[k], strict=True)) for k in women}
    assert released(node, assembly) == expected


@pytest.mark.oracle
def test_bed_reader_equals_plink2(demo: Root, tmp_path: Path) -> None:
    """Every SNP of a PLINK 1 file, read by us and counted, has plink2's counts (A2 as reference)."""
    tool("plink2")
    node = demo.nodes["FI"]
    batch = node.genomes.batch("batch-4")
    found: dict[Key, Numbers] = {}
    everybody = np.zeros(len(batch.samples), dtype=np.int64)
    rows = batch.variants.to_pylist()
    for block in batch.blocks():
        six = count_outcomes(block.packed, everybody, 1, everybody + 2)[:, :, 0].T
        for row, numbers in zip(rows[block.first : block.last], six, strict=True):
            found[CONTIGS[row["contig"]], row["position"], row["reference"], row["alternate"]] = tuple(map(int, numbers[:5]))
    assert found == plink2_counts(["--bfile", DEMO / "FI" / "structure"], None, "", tmp_path)
    assert len(found) == 14079


EVERYBODY = {"FI": (117, 198), "GB": (131, 182), "ES": (98, 214), "IT": (19, 214)}
CONSENTING = {"FI": (112, 192), "GB": (126, 176), "ES": (94, 208), "IT": (18, 208)}


@pytest.mark.parametrize("nation", NATIONS)
def test_lactase_persistence__everybody_and_those_who_consent(demo: Root, nation: str) -> None:
    """A of rs4988235: the published counts with everybody, and what three people without the scope leave."""
    node = demo.nodes[nation]
    fit, left_out = releasable(node.genomes.batches(), Assembly.GRCh37)
    everybody = cohort(node, fit, None)
    total = allele_frequency(here(everybody), cells=[(nation, "F"), (nation, "M")]).of([0, 1])
    row = int(np.flatnonzero(everybody.variants.position == 136608646)[0])
    assert (int(total.allele_count[row]), int(total.allele_number[row])) == EVERYBODY[nation]
    an, ac, *_ = released(node, "GRCh37")[nation]["2", 136608646, "G", "A"]
    assert (ac, an) == CONSENTING[nation]
    assert everybody.people - len({sample for sample, _ in countable(node, reference(node))}) == 3
    assert set(left_out) == {"batch-4"}, "the PLINK batch is for structure, never in a release"
