"""The allele number: who is counted at which site, by what a file says and by who is in it (contracts, section 6)."""

from __future__ import annotations

from pathlib import Path

import definitions
import pytest
from genomes import Site, counts, person, store

from goe.acts.build_release import build_release
from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node
from goe.rules.words import Assembly
from goe.science.ploidy import PSEUDO_AUTOSOMAL
from goe.store.release import TABLE, read_table

CALLS = [*definitions.SPELLING, "./0", "./1", "1|.", ".|0", ".|.", "0|0", "1|1"]


def places(assembly: str) -> list[tuple[str, int]]:
    """An autosome, the mitochondrion, and both sides of every border of the pseudo-autosomal regions."""
    borders = [
        (contig, position + step)
        for contig in ("X", "Y")
        for first, last in PSEUDO_AUTOSOMAL[assembly][contig]
        for position, step in ((first, -1), (first, 0), (last, 0), (last, 1))
    ]
    return [("7", 1), ("7", 500), *sorted(borders), ("X", 156040895 if assembly == "GRCh38" else 155270560), ("MT", 16569)]


@pytest.mark.parametrize("assembly", list(Assembly))
def test_every_spelling_counts_as_defined__each_karyotype_and_region(node: Node, tmp_path: Path, assembly: str) -> None:
    """Half calls, haploid calls, no-calls, men written diploid on X, women on Y: as the slow definition counts them."""
    people = [(letter, call) for letter in "FMU" for call in CALLS]
    names = [f"G{i}" for i in range(len(people))]
    node.registry.enrol([person(node, i + 1, letter, names[i]) for i, (letter, _) in enumerate(people)])
    order = ["7", "X", "Y", "MT"]
    sites = [
        Site(contig, position, "A", "C", [call for _, call in people])
        for contig, position in sorted(places(assembly), key=lambda p: (order.index(p[0]), p[1]))
    ]
    store(node, tmp_path, "all.vcf", names, sites, assembly=assembly)
    for letter in "FMU":
        found = counts(node, assembly, letter)
        mine = [call for who, call in people if who == letter]
        expected = {
            f"{s.contig}-{s.position}-A-C": definitions.count(
                mine, definitions.region(s.contig, s.position, assembly), [letter] * len(mine)
            )
            for s in sites
        }
        assert found == expected


def test_multiallelic_site__each_allele_on_its_own(node: Node, tmp_path: Path) -> None:
    """Another alternate allele counts as read and not this one; `*` is left out; alleles are trimmed; symbols are counted."""
    names = ["A", "B", "C", "D"]
    node.registry.enrol([person(node, i + 1, "F", name) for i, name in enumerate(names)])
    sites = [
        Site("1", 100, "A", "C,G,*", ["1/2", "0/3", "2/2", "./1"]),
        Site("1", 200, "CAG", "CAT,C", ["0/1", "1/2", "0/0", "2/2"]),
        Site("1", 300, "T", "<CN0>", ["0/1", "1/1", "0/0", "./."]),
    ]
    store(node, tmp_path, "multi.vcf", names, sites)
    found = {name: numbers[:4] for name, numbers in counts(node).items()}
    assert found == {
        "1-100-A-C": (7, 2, 1, 0),
        "1-100-A-G": (7, 3, 1, 1),
        "1-202-G-T": (8, 2, 2, 0),
        "1-200-CAG-C": (8, 3, 1, 1),
        "1-300-T-<CN0>": (6, 3, 1, 1),
    }


def test_two_batches__a_person_once_and_no_claim_outside_listed_sites(node: Node, tmp_path: Path) -> None:
    """Ann is in both batches and counted once; a site of one batch leaves the people of the other out of the allele number."""
    node.registry.enrol([person(node, i + 1, "F", name) for i, name in enumerate(["Ann", "Bea", "Cia"])])
    store(
        node,
        tmp_path,
        "one.vcf",
        ["Ann", "Bea"],
        [Site("1", 10, "A", "C", ["1/1", "0/1"]), Site("1", 30, "A", "C", ["./.", "0/0"])],
    )
    store(
        node,
        tmp_path,
        "two.vcf",
        ["Cia", "Ann"],
        [
            Site("1", 10, "A", "C", ["0/1", "0/0"]),
            Site("1", 20, "A", "C", ["0/1", "1/1"]),
            Site("1", 30, "A", "C", ["1/1", "1/1"]),
        ],
    )
    found = {name: numbers[:2] for name, numbers in counts(node).items()}
    assert found["1-10-A-C"] == (6, 4), "Ann with her first batch"
    assert found["1-20-A-C"] == (4, 3), "Bea was not read there"
    assert found["1-30-A-C"] == (4, 2), "Ann's first sample was read there and not called: it stands"


def test_two_samples_of_a_person_in_one_batch__the_first_counts(node: Node, tmp_path: Path) -> None:
    node.registry.enrol([person(node, 1, "F", "Ann", "Ann-again"), person(node, 2, "F", "Bea")])
    store(node, tmp_path, "twice.vcf", ["Bea", "Ann", "Ann-again"], [Site("1", 10, "A", "C", ["0/0", "0/1", "1/1"])])
    assert counts(node)["1-10-A-C"][:2] == (4, 1)


def test_repeated_record__counted_once(node: Node, tmp_path: Path) -> None:
    """The same variant twice in a file, spelt alike or not, counts with its first record; the import says so."""
    node.registry.enrol([person(node, 1, "F", "Ann")])
    twice = [Site("1", 9, "TA", "TC", ["0/1"]), Site("1", 10, "A", "C", ["1/1"])]
    done = store(node, tmp_path, "twice.vcf", ["Ann"], twice)
    assert counts(node)["1-10-A-C"][:2] == (2, 1)
    assert any("repeated" in note for note in done.batch.notes)


def test_same_variant_on_both_sides_of_a_ploidy_border__counted_once(node: Node, tmp_path: Path) -> None:
    """A record that begins in PAR1 and changes the first base behind it is the variant behind it: on X, once."""
    node.registry.enrol([person(node, 1, "M", "Bo")])
    twice = [Site("X", 2699520, "TA", "TC", ["1/1"]), Site("X", 2699521, "A", "C", ["1"])]
    store(node, tmp_path, "border.vcf", ["Bo"], twice)
    assert counts(node)["X-2699521-A-C"] == (1, 1, 0, 0, 1, 0)


def test_unregistered_genome__stored_said_aloud_counted_nowhere(node: Node, tmp_path: Path) -> None:
    node.registry.enrol([person(node, 1, "F", "Ann")])
    done = store(node, tmp_path, "more.vcf", ["Ann", "Nobody"], [Site("1", 10, "A", "C", ["0/1", "1/1"])])
    assert (done.unregistered, done.batch.samples) == (1, 2)
    assert counts(node)["1-10-A-C"][:2] == (2, 1)
    assert any("without a registered participant" in note for note in done.batch.notes)


def test_no_scope__not_counted_in_the_release(node: Node, tmp_path: Path) -> None:
    """Whoever lacks the allele-frequency scope adds nothing to a published table."""
    node.registry.enrol([person(node, 1, "F", "Ann"), person(node, 2, "M", "Bo", counted=False)])
    store(node, tmp_path, "two.vcf", ["Ann", "Bo"], [Site("1", 10, "A", "C", ["0/1", "1/1"])])
    built = build_release(node, Assembly.GRCh37)
    rows = {
        row["population"]: (row["allele_number"], row["allele_count"]) for row in read_table(built.folder / TABLE).to_pylist()
    }
    assert rows == {"FI": (2, 1), "FI_F": (2, 1)}


def test_same_file_again__is_no_new_batch(node: Node, tmp_path: Path) -> None:
    """Importing is safe to repeat: the batch that is there stands, and the ledger has no second row."""
    site = [Site("1", 10, "A", "C", ["0/1"])]
    first = store(node, tmp_path, "a.vcf.gz", ["Ann"], site)
    rows = len(node.ledger.rows())
    again = import_genomes(node, tmp_path / "a.vcf.gz")
    assert (first.new, again.new, again.batch.batch_id) == (True, False, first.batch.batch_id)
    assert len(node.genomes.batches()) == 1
    assert len(node.ledger.rows()) == rows


def test_many_variants__blocks_do_not_matter(node: Node, tmp_path: Path) -> None:
    """More variants than one block holds, unsorted by trimming, are counted as the definition counts them."""
    sites = [Site("3", 10 + i, "AC", "AG" if i % 3 else "A", ["0/1", "1/1" if i % 7 else "./."]) for i in range(9000)]
    node.registry.enrol([person(node, 1, "F", "Ann"), person(node, 2, "M", "Bo")])
    store(node, tmp_path, "many.vcf", ["Ann", "Bo"], sites)
    found = counts(node)
    assert len(found) == 9000
    for i, s in enumerate(sites):
        name = f"3-{s.position + 1}-C-G" if i % 3 else f"3-{s.position}-AC-A"
        assert found[name] == definitions.count(list(s.calls), "AUTOSOME", ["F", "M"])
