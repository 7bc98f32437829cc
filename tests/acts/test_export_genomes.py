"""`goe genomes export`: what is handed out adds up to what is counted, and comes back the same."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from genomes import Site, counts, person, store, write_vcf
from setting import Said, clock, tool

from goe.acts.count import cohort, consenting, releasable
from goe.acts.create import create_node
from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node, Root, open_node
from goe.acts.verify import verify_ledger
from goe.rules.variants import CONTIGS
from goe.rules.words import Assembly, DisclosureClass
from goe.science.genotypes import unpack

CALLS = ["0/0", "0/1", "1/1", "./.", "0|1", "1|0", "0/.", "1/.", "0", "1", "."]


def random_batches(node: Node, folder: Path, seed: int) -> list[str]:
    """Three batches with other sites, other people (some in two), and callable regions in two of them."""
    draw = random.Random(seed)
    names = [f"SYNTHETIC-{i}" for i in range(12)]
    letters = [draw.choice("FMU") for _ in names]
    twice = {0: "SYNTHETIC-0-again", 1: "SYNTHETIC-1-again"}
    node.registry.enrol(
        [
            person(node, i + 1, letters[i], name, *([twice[i]] if i in twice else []), counted=i != 5)
            for i, name in enumerate(names)
        ]
    )
    for number, people in enumerate(
        [[*names[:5], "SYNTHETIC-unknown"], [*names[3:8], twice[0], names[9]], [names[9], names[1], twice[1], *names[10:]]]
    ):
        places = sorted({(c, draw.randint(1, 40)) for c in (3, 11) for _ in range(15)})
        places += sorted({("X", draw.randint(2_700_000, 2_700_030)) for _ in range(10)})
        sites = [
            Site(
                str(c), p, "A", alt, draw.choices(CALLS, k=len(people)), draw.choice([".", "rs5"]), draw.choice(["PASS", "low"])
            )
            for c, p in places
            for alt in draw.sample(["C", "G"], draw.choice([1, 2]))
        ]
        bed = folder / f"{number}.bed"
        bed.write_text("3\t5\t20\n11\t0\t30\nX\t2700000\t2700020\n")
        file = write_vcf(folder / f"{number}.vcf", people, sites, header="##goe_synthetic=true ##FILTER=<ID=low,Description=l>")
        import_genomes(node, file, callable_bed=bed if number else None)
    return names


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ending", [".vcf.gz", ".bcf"])
def test_joined_batches__count_as_the_store_counts(
    node: Node, goe: Callable[..., Said], tmp_path: Path, seed: int, ending: str
) -> None:
    """Exported, imported into a node of its own, and counted: the same alleles and genotypes at every site.

    (A no-call and a genome that was not read are one thing in a VCF, so `missing` is not compared.)
    """
    random_batches(node, tmp_path, seed)
    out = tmp_path / f"out{ending}"
    said = goe("genomes", "export", "--dir", node.folder, "-o", out, "--everyone")
    assert said.code == 0 and "consent" in said.err
    other = create_node(tmp_path / "other", "FI", disclosure_class=DisclosureClass.OPEN, clock=clock)[0]
    other.registry.enrol(
        [
            person(other, i + 1, node.registry.samples()[g].karyotype.letter, g)
            for i, g in enumerate(g for g in node.registry.samples() if not g.endswith("again"))
        ]
    )
    imported = import_genomes(other, out)
    assert imported.batch.synthetic
    assert {k: v[:5] for k, v in counts(other).items()} == {k: v[:5] for k, v in counts(node).items()}
    assert [r["verb"] for r in node.ledger.rows()][-1] == "genomes:export"
    assert verify_ledger(node).faults == ()


def test_consent__who_did_not_give_it_is_not_in_the_file(node: Node, goe: Callable[..., Said], tmp_path: Path) -> None:
    names = random_batches(node, tmp_path, 1)
    said = goe("genomes", "export", "--dir", node.folder, "-o", tmp_path / "x.bcf")
    assert said.code == 0, said.err
    from goe.store.formats.vcf import VcfFile

    shown = VcfFile(tmp_path / "x.bcf").samples
    assert set(shown) == set(names) - {"SYNTHETIC-5", "SYNTHETIC-8"}, "5 does not consent, 8 has no genome"
    fit, _ = releasable(node.genomes.batches(), Assembly.GRCh37)
    assert len(shown) == cohort(node, fit, consenting(node)).people
    assert "2 people or unregistered genomes are left out" in said.err
    wanted = tmp_path / "names.txt"
    wanted.write_text("SYNTHETIC-5\nSYNTHETIC-1-again\n")
    said = goe("genomes", "export", "--dir", node.folder, "-o", tmp_path / "x.bcf", "--people", wanted)
    assert VcfFile(tmp_path / "x.bcf").samples == ("SYNTHETIC-1",), "a person is one column"
    assert "1 of the names" in said.err and "SYNTHETIC" not in said.err


@pytest.mark.parametrize("ending", [".vcf.gz", ".bcf"])
def test_one_batch__round_trip_loses_nothing(demo: Root, goe: Callable[..., Said], tmp_path: Path, ending: str) -> None:
    """Every batch of Finland in the demonstration: codes, alleles, rsID, FILTER, samples, and what is said of it."""
    copy = open_node(Path(shutil.copytree(demo.nodes["FI"].folder, tmp_path / "FI")))
    other = create_node(tmp_path / "other", "FI", clock=clock)[0]
    for info in copy.genomes.batches():
        out = tmp_path / f"{info.batch_id}{ending}"
        assert goe("genomes", "export", "--dir", copy.folder, "-o", out, "--batch", info.batch_id, "--everyone").code == 0
        old, new = copy.genomes.batch(info.batch_id), other.genomes.batch(import_genomes(other, out).batch.batch_id)
        assert sorted(new.samples) == sorted(old.samples)
        order = [new.samples.index(name) for name in old.samples]
        assert (new.info.assembly, new.info.synthetic) == (info.assembly, info.synthetic)
        assert new.info.reference_verified == info.reference_verified, "an unverified allele does not become verified"
        same = [column for column in old.variants.column_names if column != "filter"]
        assert new.variants.select(same).to_pylist() == old.variants.select(same).to_pylist()
        filters = [name or "." for name in old.variants["filter"].to_pylist()]  # PLINK 1 knows none
        assert new.variants["filter"].to_pylist() == filters
        mine, theirs = (np.concatenate([unpack(block.packed) for block in b.blocks()]) for b in (new, old))
        assert np.array_equal(mine[:, order], theirs)


@pytest.mark.oracle
@pytest.mark.parametrize("assembly", ["GRCh37", "GRCh38"])
def test_pgen__plink2_counts_as_we_do(demo: Root, goe: Callable[..., Said], tmp_path: Path, assembly: str) -> None:
    """Real people, autosomes and X: alleles and genotypes by sex at every site of the file, against `goe genomes count`."""
    tool("plink2")
    folder = shutil.copytree(demo.nodes["IT"].folder, tmp_path / "IT")
    assert goe("genomes", "export", "--dir", folder, "--assembly", assembly, "-o", tmp_path / "x.pgen").code == 0
    counted = goe("genomes", "count", "--dir", folder, "--assembly", assembly, "--by", "sex").out.splitlines()[1:]
    rows = [line.split("\t") for line in counted]
    par = ["--split-par", "hg38"] if assembly == "GRCh38" else []
    for sex, keep in (("F", "--keep-females"), ("M", "--keep-males")):
        command = ["plink2", "--pfile", tmp_path / "x", keep, *par, "--geno-counts", "--out", tmp_path / sex]
        subprocess.run(command, check=True, capture_output=True)
        theirs = []
        for line in (tmp_path / f"{sex}.gcount").read_text().splitlines()[1:]:
            ref, het, hom, hap_ref, hap_alt, _ = map(int, line.split("\t")[-6:])
            theirs.append((het + 2 * hom + hap_alt, 2 * (ref + het + hom) + hap_ref + hap_alt, het, hom, hap_alt))
        assert theirs == [tuple(map(int, row[5:10])) for row in rows if row[4] == sex]


def test_interrupted_and_refused__leave_nothing(node: Node, goe: Callable[..., Said], tmp_path: Path) -> None:
    random_batches(node, tmp_path, 2)
    out = tmp_path / "out"
    out.mkdir()
    base = ["genomes", "export", "--dir", node.folder]
    for arguments, reason in [
        (["-o", out / "x.txt"], "ending"),
        (["-o", out / "x.bcf", "--format", "pgen"], ".pgen"),
        (["-o", out / "x.bcf", "-r", "99:1"], "not a region"),
        (["-o", out / "x.bcf", "--assembly", "GRCh37", "--batch", "batch-9"], "batch-1"),
        (["-o", out / "x.bcf", "--assembly", "GRCh38"], "GRCh38"),
        (["-o", out / "x.bcf", "--scope", "secondary_use"], "nobody"),
        (["-o", out / "x.bcf", "--people", out / "none"], "cannot be read"),
    ]:
        said = goe(*base, *arguments)
        assert said.code == 1 and reason in said.err and len(said.err.splitlines()) == 1, said.err
    assert list(out.iterdir()) == []
    assert "genomes:export" not in [r["verb"] for r in node.ledger.rows()]


def test_chromosomes_in_another_order__are_put_in_genome_order(node: Node, goe: Callable[..., Said], tmp_path: Path) -> None:
    """A file with chromosome 10 before 2 is stored as it comes and handed out sorted."""
    sites = [Site(c, p, "A", "C", ["0/1" if p == 5 else "1/1"]) for c in ("10", "2", "X") for p in (5, 9)]
    node.registry.enrol([person(node, 1, "F", "Ann")])
    store(node, tmp_path, "odd.vcf", ["Ann"], sites)
    store(node, tmp_path, "more.vcf", ["Ann"], [Site("2", 7, "A", "C", ["1|0"])])
    assert goe("genomes", "export", "--dir", node.folder, "-o", tmp_path / "x.vcf.gz").code == 0
    from goe.store.formats.vcf import VcfFile

    found = [(CONTIGS[r.contig], r.position, int(r.codes[0])) for r in VcfFile(tmp_path / "x.vcf.gz").records()]
    assert found == [("2", 5, 1), ("2", 7, 5), ("2", 9, 2), ("10", 5, 1), ("10", 9, 2), ("X", 5, 1), ("X", 9, 2)]
