"""The same with disclosure class controlled, on 420 synthetic people: what a published table and an answer give away."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from genomes import Site, person, store
from setting import Said, clock

from goe.acts.build_release import build_release
from goe.acts.combine_europe import combine_europe
from goe.acts.create import create_hub, create_node
from goe.acts.look_up import Reference, as_json
from goe.acts.setting import Node
from goe.errors import Conflict
from goe.rules.variants import parse_variant
from goe.rules.words import Assembly, DisclosureClass
from goe.store.release import COUNTS, TABLE, read_table

SYNTHETIC = "##goe_synthetic=true"
PEOPLE = 420  # 210 women, then 210 men
LETTERS = "F" * 210 + "M" * 210
NAMES = [f"S{i}" for i in range(PEOPLE)]

COMMON, RARE, NEVER, FIXED, ONE_SEX, FEW_HOM = range(100, 106)


def carriers(women: int, men: int, *, homozygous: tuple[int, int] = (0, 0)) -> list[str]:
    """Calls in which so many women and men are heterozygous, and so many homozygous."""
    return [
        call
        for het, hom in zip((women, men), homozygous, strict=True)
        for call in ["1/1"] * hom + ["0/1"] * het + ["0/0"] * (210 - het - hom)
    ]


SITES = [
    Site("1", COMMON, "A", "C", carriers(80, 70, homozygous=(40, 30)), "rs100"),
    Site("1", RARE, "A", "C", carriers(3, 5)),
    Site("1", NEVER, "A", "C", carriers(0, 0)),
    Site("1", FIXED, "A", "C", ["1/1"] * 418 + ["0/1", "1/1"]),
    Site("1", ONE_SEX, "A", "C", carriers(4, 60)),
    Site("1", FEW_HOM, "A", "C", carriers(80, 70, homozygous=(40, 3))),
]


def closed_node(folder: Path, people: int = PEOPLE, nation: str = "FI", sites: Sequence[Site] = SITES) -> Node:
    """A controlled node with synthetic people, all of whom consent; a batch holds the genomes of the first 420."""
    node = create_node(folder / nation, nation, disclosure_class=DisclosureClass.CONTROLLED, clock=clock)[0]
    node.registry.enrol([person(node, i + 1, LETTERS[i % PEOPLE], f"S{i}") for i in range(people)])
    store(node, folder, f"{nation}.vcf", NAMES, sites, header=SYNTHETIC)
    return node


def table(folder: Path) -> dict[int, dict[str, tuple[object, ...]]]:
    """Position -> population -> state and numbers."""
    found: dict[int, dict[str, tuple[object, ...]]] = {}
    for row in read_table(folder / TABLE).to_pylist():
        numbers = (row["state"], row["bound"], *(row[c] for c in COUNTS))
        found.setdefault(row["position"], {})[row["population"]] = numbers
    return found


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return closed_node(tmp_path)


def test_table__hides_what_is_small(node: Node) -> None:
    """A common variant is shown; a rare one and one never seen are not listed; a small sex hides both; few homozygotes too."""
    found = table(build_release(node, Assembly.GRCh37).folder)
    assert {RARE, NEVER}.isdisjoint(found)
    assert found[COMMON] == {
        "FI": ("value", None, 840, 290, 150, 70, 0),
        "FI_F": ("value", None, 420, 160, 80, 40, 0),
        "FI_M": ("value", None, 420, 130, 70, 30, 0),
    }
    assert found[ONE_SEX] == {
        "FI": ("value", None, 840, 64, None, None, None),
        "FI_F": ("suppressed", 64, 420, None, None, None, None),
        "FI_M": ("suppressed", 64, 420, None, None, None, None),
    }
    assert found[FEW_HOM]["FI"][2:] == (840, 236, 150, 43, 0)
    assert {found[FEW_HOM][n][4:] for n in ("FI_F", "FI_M")} == {(None, None, None)}


def test_table__says_nothing_of_a_few_carriers(tmp_path: Path) -> None:
    """Two nations that differ only in carriers below the floor publish the same bytes."""
    made = []
    for name, women in (("none", 0), ("few", 9)):
        (tmp_path / name).mkdir()
        sites = [*SITES[:1], Site("1", RARE, "A", "C", carriers(women, women)), *SITES[2:]]
        made.append(build_release(closed_node(tmp_path / name, sites=sites), Assembly.GRCh37).folder / TABLE)
    assert made[0].read_bytes() == made[1].read_bytes()


def test_answer__a_hidden_cell_is_null_with_a_bound(node: Node, goe: Callable[..., Said]) -> None:
    """By the command line, as JSON: the counts are null and the bound is the largest that may hide."""
    build_release(node, Assembly.GRCh37)
    answers = {}
    for position in (RARE, NEVER, ONE_SEX):
        said = goe("variant", "show", f"1-{position}-A-C", "--assembly", "GRCh37", "--json", "--dir", node.folder)
        assert said.code == 0
        answers[position] = {p["population"]: p for p in json.loads(said.out)["populations"]}
    assert answers[RARE] == answers[NEVER], "nothing and a few look the same"
    for hidden in (*answers[RARE].values(), answers[ONE_SEX]["FI_F"], answers[ONE_SEX]["FI_M"]):
        assert hidden["state"] == "suppressed" and hidden["bound"] >= 8
        assert {hidden[c] for c in (*COUNTS[1:], "allele_frequency", "faf95")} == {None}
    assert answers[ONE_SEX]["FI"]["allele_count"] == 64


def test_answer__nearly_everybody_carries_it__bound_is_true(node: Node) -> None:
    """837 of 840 alleles: a look-up may not say "at most 19"."""
    build_release(node, Assembly.GRCh37)
    answer = Reference(node).answer(parse_variant(f"1-{FIXED}-A-C"), Assembly.GRCh37)
    for name, count in {"FI": 839, "FI_F": 420, "FI_M": 419}.items():
        cell = answer.population(name)
        assert cell.state == "suppressed" and cell.bound >= count


def test_europe__bound_of_a_site_that_no_nation_lists_is_the_sum(tmp_path: Path) -> None:
    """Two nations may each hide 19 alleles: together 38."""
    sites = [SITES[0], Site("1", RARE, "A", "C", carriers(9, 9))]
    nodes = {code: closed_node(tmp_path, nation=code, sites=sites) for code in ("FI", "ES")}
    for made in nodes.values():
        build_release(made, Assembly.GRCh37)
    hub = create_hub(tmp_path / "hub", {code: (n.public_key,) for code, n in nodes.items()}, clock=clock)
    combine_europe(hub, nodes, Assembly.GRCh37)
    total = Reference(hub).answer(parse_variant(f"1-{RARE}-A-C"), Assembly.GRCh37).population("Total")
    assert total.state == "suppressed" and total.bound >= 36


def test_europe__adds_only_what_nations_show(tmp_path: Path) -> None:
    """A variant shown in Finland and hidden in Spain is Europe's with Finland's numbers; nothing of Spain follows."""
    (common,) = (s for s in SITES if s.position == COMMON)
    rare = Site("1", COMMON, "A", "C", carriers(2, 3))
    nodes = {"FI": closed_node(tmp_path, sites=[common]), "ES": closed_node(tmp_path, nation="ES", sites=[rare])}
    for made in nodes.values():
        build_release(made, Assembly.GRCh37)
    hub = create_hub(tmp_path / "hub", {code: (n.public_key,) for code, n in nodes.items()}, clock=clock)
    built = combine_europe(hub, nodes, Assembly.GRCh37)
    rows = table(built.folder)[COMMON]
    assert rows["Total"] == rows["FI"]
    answer = as_json(Reference(hub).answer(parse_variant(f"1-{COMMON}-A-C")))
    states = {p["population"]: (p["state"], p["allele_count"]) for p in answer["populations"]}
    assert states["ES"] == ("suppressed", None)


def test_one_more_person__is_refused_and_twenty_are_not(node: Node, tmp_path: Path) -> None:
    """The same question on nearly the same people would tell who joined; the release that stands is untouched."""
    first = build_release(node, Assembly.GRCh37)
    before = {p: p.read_bytes() for p in first.folder.iterdir()}
    node.registry.enrol([person(node, 1001 + i, "F", f"T{i + 1}") for i in range(20)])
    assert not build_release(node, Assembly.GRCh37).new, "people without a genome change nothing"
    one = [Site("1", COMMON, "A", "C", ["0/1"])]
    store(node, tmp_path, "one.vcf", ["T1"], one, header=SYNTHETIC)
    rows = len(node.ledger.rows())
    with pytest.raises(Conflict, match="differ by 1 "):
        build_release(node, Assembly.GRCh37)
    assert {p: p.read_bytes() for p in first.folder.iterdir()} == before
    assert node.releases.versions("GRCh37") == [first.version]
    assert len(node.ledger.rows()) == rows
    names = [f"T{i + 1}" for i in range(1, 20)]
    store(node, tmp_path, "more.vcf", names, [Site("1", COMMON, "A", "C", ["0/1"] * 19)], header=SYNTHETIC)
    assert build_release(node, Assembly.GRCh37).new


def test_new_batch_of_one_known_person__is_refused(node: Node, tmp_path: Path) -> None:
    """Calls at a site that was not read before would be that person's alone."""
    build_release(node, Assembly.GRCh37)
    store(node, tmp_path, "again.vcf", [NAMES[0]], [Site("1", 999, "A", "C", ["1/1"])], header=SYNTHETIC)
    with pytest.raises(Conflict, match="differ by 1 "):
        build_release(node, Assembly.GRCh37)


def test_other_assembly__over_nearly_the_same_people_is_refused(node: Node, tmp_path: Path) -> None:
    """Positions can be lifted from one assembly to the other, so the two releases could be subtracted."""
    build_release(node, Assembly.GRCh37)
    site = Site("1", COMMON, "A", "C", ["0/1"] * (len(NAMES) - 1))
    store(node, tmp_path, "lifted.vcf", NAMES[1:], [site], header=SYNTHETIC, assembly="GRCh38")
    with pytest.raises(Conflict, match="differ by 1 from those of release GRCh37"):
        build_release(node, Assembly.GRCh38)


def test_one_late_genome__of_a_person_long_registered_is_refused(tmp_path: Path) -> None:
    """Registered with the others, sequenced alone: two releases would differ by exactly this person's alleles."""
    node = closed_node(tmp_path, people=PEOPLE + 1)
    build_release(node, Assembly.GRCh37)
    store(node, tmp_path, "late.vcf", [f"S{PEOPLE}"], [Site("1", COMMON, "A", "C", ["1/1"])], header=SYNTHETIC)
    with pytest.raises(Conflict):
        build_release(node, Assembly.GRCh37)


def test_small_nation__publishes_nothing(tmp_path: Path) -> None:
    """A controlled node with fewer than 200 people: no number of its people leaves it."""
    node = create_node(tmp_path / "FI", "FI", clock=clock)[0]
    names = NAMES[:150]
    node.registry.enrol([person(node, i + 1, "FM"[i % 2], name) for i, name in enumerate(names)])
    store(node, tmp_path, "few.vcf", names, [Site("1", COMMON, "A", "C", ["0/1"] * 75 + ["0/0"] * 75)], header=SYNTHETIC)
    with pytest.raises(Conflict, match="150 people would be counted"):
        build_release(node, Assembly.GRCh37)
    assert node.releases.assemblies() == []
