"""Carriers by group, one person at a list of sites, and what a batch says of itself."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from genomes import Site, person, store, write_vcf
from setting import Said

from goe.acts.choose_genomes import choose_genomes
from goe.acts.genotype_sites import genotype_sites, read_sites
from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node, Root
from goe.errors import BadInput
from goe.rules.variants import parse_variant
from goe.rules.words import Assembly


def small(node: Node, folder: Path) -> None:
    """Ann in two batches, Bo (XY), Cia, Dan without consent; the second batch was read in a region."""
    people = [("Ann", "F"), ("Bo", "M"), ("Cia", "F"), ("Dan", "M")]
    node.registry.enrol([person(node, i + 1, s, name, counted=name != "Dan") for i, (name, s) in enumerate(people)])
    first = [
        Site("3", 10, "A", "C", ["0|1", "1/1", "1/1"], "rs10"),
        Site("3", 20, "A", "C", ["./.", "1/.", "0/0"]),
        Site("X", 2_800_000, "A", "C", ["0/1", "1", "0"]),
    ]
    store(node, folder, "one.vcf", ["Ann", "Bo", "Dan"], first)
    bed = folder / "read.bed"
    bed.write_text("3\t9\t40\nX\t2800000\t2800010\nY\t2800000\t2800010\n")
    second = write_vcf(folder / "two.vcf", ["Ann", "Cia"], [Site("3", 20, "A", "C", ["1/1", "1|0"])])
    import_genomes(node, second, callable_bed=bed)


SITES = ["3-20-A-C", "3-10-A-C", "3-30-A-C", "3-50-A-C", "X-2800000-A-C", "X-2800005-A-C", "Y-2800005-A-C", "3-10-A-C"]


def test_one_person_at_sites__every_way_to_know(node: Node, goe: Callable[..., Said], tmp_path: Path) -> None:
    """By hand. The first batch that speaks is taken, though it has a no-call; where none does, the site is not callable."""
    small(node, tmp_path)
    sites = tmp_path / "sites.txt"
    sites.write_text("\n".join(SITES))
    expected = {
        "Ann": [
            ("./.", "no_call", "listed"),
            ("0|1", "het", "listed"),
            ("0/0", "hom_ref", "callable"),
            ("", "not_callable", ""),
            ("0/1", "het", "listed"),
            ("0/0", "hom_ref", "callable"),
            ("", "not_callable", ""),
            ("0|1", "het", "listed"),
        ],
        "Bo": [
            ("1/.", "half_call", "listed"),
            ("1/1", "hom_alt", "listed"),
            ("", "not_callable", ""),
            ("", "not_callable", ""),
            ("1", "haploid_alt", "listed"),
            ("", "not_callable", ""),
            ("", "not_callable", ""),
            ("1/1", "hom_alt", "listed"),
        ],
        "Cia": [
            ("1|0", "het", "listed"),
            ("0/0", "hom_ref", "callable"),
            ("0/0", "hom_ref", "callable"),
            ("", "not_callable", ""),
            ("", "not_callable", ""),
            ("0/0", "hom_ref", "callable"),
            ("", "not_callable", ""),
            ("0/0", "hom_ref", "callable"),
        ],
    }
    for name, known in expected.items():
        said = goe("genomes", "of", name, "--sites", sites, "--dir", node.folder, "--json")
        assert said.code == 0, said.err
        assert [(r["genotype"], r["state"], r["known"]) for r in json.loads(said.out)] == known
    assert node.ledger.rows()[-1]["verb"] == "genomes:look" and "Cia" not in str(node.ledger.rows()[-1])
    for name in ("Dan", "Nobody"):
        said = goe("genomes", "of", name, "--sites", sites, "--dir", node.folder)
        assert said.code == 1 and "may be shown" in said.err and name not in said.err
    assert goe("genomes", "of", "Dan", "--sites", sites, "--dir", node.folder, "--everyone").code == 0


def test_many_people_at_sites__alternate_alleles(node: Node, tmp_path: Path) -> None:
    """The matrix that scores start from: half-calls, no-calls and what was not read are -1; men have one X."""
    small(node, tmp_path)
    found = genotype_sites(choose_genomes(node, Assembly.GRCh37), [parse_variant(s) for s in SITES])
    order = [found.genomes.index(name) for name in ("Ann", "Bo", "Cia")]
    expected = [[-1, -1, 1], [1, 2, 0], [0, -1, 0], [-1, -1, -1], [1, 1, -1], [0, -1, 0], [-1, -1, -1], [1, 2, 0]]
    assert found.alternate_count()[:, order].tolist() == expected
    assert found.codes.shape == found.source.shape == found.copies.shape == (8, 3)


FORMS = {
    "ids.txt": "chr3:10:a:c\n3-20-A-C\n",
    "table.tsv": "rsid\talt\tref\tpos\tchrom\nrs1\tC\tA\t10\t3\n.\tC\tA\t20\tchr3\n",
    "plain.tsv": "3 10 A C\n3 20 A C\n",
    "x.vcf": "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\n3\t10\trs1\tA\tC\n3\t20\t.\tA\tC,*\n",
    "pgs.txt": "#pgs_id=PGS1\nchr_name\tchr_position\teffect_allele\tother_allele\n3\t10\tC\tA\n3\t20\tC\tA\n".replace(
        "#", "##"
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_lists_of_sites__in_every_form(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FORMS[name])
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(FORMS[name].encode()))
    wanted = [parse_variant("3-10-A-C"), parse_variant("3-20-A-C")]
    assert read_sites(tmp_path / name, Assembly.GRCh37) == read_sites(tmp_path / f"{name}.gz", Assembly.GRCh37) == wanted


@pytest.mark.parametrize(
    ("content", "said"), [("", "no sites"), ("3-10-A-C\nrs5\n", "line 2"), ("3 10\n", "2 columns"), ("17-83000000-A-C", "end")]
)
def test_lists_of_sites__nonsense_is_refused(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "sites.txt").write_text(content)
    with pytest.raises(BadInput, match=said):
        read_sites(tmp_path / "sites.txt", Assembly.GRCh37)


def test_carriers_of_a_variant__by_hand(node: Node, goe: Callable[..., Said], tmp_path: Path) -> None:
    small(node, tmp_path)
    kinds = ("group", "people", "carriers", "het", "hom", "hemi", "half", "no_call", "not_callable")

    def rows(*arguments: str) -> list[tuple[object, ...]]:
        said = goe("genomes", "carriers", *arguments, "--dir", node.folder, "--json")
        assert said.code == 0, said.err
        return [tuple(r[k] for k in kinds) for r in json.loads(said.out)]

    assert rows("3-20-A-C") == [("Total", 3, 2, 1, 0, 0, 1, 1, 0)]
    assert rows("rs10", "--by", "sex") == [("F", 2, 1, 1, 0, 0, 0, 0, 0), ("M", 1, 1, 0, 1, 0, 0, 0, 0)]
    assert rows("X:2800000") == [("Total", 3, 2, 1, 0, 1, 0, 0, 1)]
    assert rows("Y-2800005-A-C") == [("Total", 1, 0, 0, 0, 0, 0, 0, 1)], "women have no Y"
    assert rows("3-35-G-T") == [("Total", 3, 0, 0, 0, 0, 0, 0, 1)], "not listed: read in the second batch"
    assert rows("3-10-A-C", "--everyone")[0][1:3] == (4, 3)
    said = goe("genomes", "carriers", "3:1-15", "--names", "--dir", node.folder, "--json")
    assert {(r["genome"], r["genotype"], r["sex"]) for r in json.loads(said.out)} == {("Ann", "0|1", "F"), ("Bo", "1/1", "M")}
    assert node.ledger.rows()[-1]["verb"] == "genomes:look"
    for asked in ("rs11", "4:1-100", "3-0-A-C", "nonsense", "3:9-1"):
        said = goe("genomes", "carriers", asked, "--dir", node.folder)
        assert said.code == 1 and len(said.err.splitlines()) == 1


def test_carriers__agree_with_the_counts_of_real_people(demo: Root, goe: Callable[..., Said], tmp_path: Path) -> None:
    """Heterozygous, homozygous and hemizygous people by sex, at every site of GRCh38, X with them."""
    folder = shutil.copytree(demo.nodes["GB"].folder, tmp_path / "GB")
    counts = goe("genomes", "count", "--dir", folder, "--assembly", "GRCh38", "--by", "sex").out.splitlines()[1:]
    expected = {tuple(line.split("\t")[:5]): tuple(map(int, line.split("\t")[7:10])) for line in counts}
    found = {}
    for contig in sorted({key[0] for key in expected}):
        said = goe("genomes", "carriers", contig, "--dir", folder, "--assembly", "GRCh38", "--by", "sex", "--json")
        for r in json.loads(said.out):
            key = (r["chrom"], str(r["pos"]), r["ref"], r["alt"], r["group"])
            found[key] = (r["het"], r["hom"], r["hemi"])
    assert found == expected


def test_show__says_what_the_manifest_says_and_the_size(node: Node, goe: Callable[..., Said], tmp_path: Path) -> None:
    small(node, tmp_path)
    found = json.loads(goe("genomes", "show", "batch-2", "--dir", node.folder, "--json").out)
    files = [p for p in (node.folder / "genomes" / "batch-2").rglob("*") if p.is_file()]
    assert (found["bytes"], found["files"]) == (sum(p.stat().st_size for p in files), len(files))
    assert (found["samples"], found["sites"], found["callable_bases"]) == (2, {"3": 1}, 31 + 10 + 10)
    assert "two.vcf" in goe("genomes", "show", "batch-2", "--dir", node.folder).out
    assert goe("genomes", "show", "batch-9", "--dir", node.folder).code == 1


def test_phase_and_order__of_a_real_person(demo: Root, tmp_path: Path) -> None:
    """Sites of the LCT region asked in reverse come back in reverse, with the phase of the imported file."""
    node = demo.nodes["FI"]
    chosen = choose_genomes(node, Assembly.GRCh37)
    listed = chosen.variants().slice(100, 50).to_pylist()
    from goe.rules.variants import CONTIGS, Variant

    sites = [Variant(CONTIGS[r["contig"]], r["position"], r["reference"], r["alternate"]) for r in listed]
    ahead, back = genotype_sites(chosen, sites), genotype_sites(chosen, sites[::-1])
    assert np.array_equal(ahead.codes, back.codes[::-1])
    from goe.store.formats.vcf import VcfFile

    path = Path(__import__("goe").__file__).parent / "data" / "demo" / "FI" / "lct.GRCh37.vcf.gz"
    file = VcfFile(path)
    order = [file.samples.index(name) for name in ahead.genomes]
    codes = {(r.position, r.reference, r.alternate): r.codes[order] for r in file.records()}
    for site, row in zip(sites, ahead.codes, strict=True):
        assert np.array_equal(codes[site.position, site.reference, site.alternate], row)
