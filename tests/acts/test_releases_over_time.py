"""Releases one after the other: what a refusal leaves behind, what may be built next, and what a killed run left."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from genomes import Site, person, store
from setting import Said, clock

from goe.acts.build_release import build_release
from goe.acts.combine_europe import combine_europe
from goe.acts.create import create_hub, create_node
from goe.acts.import_genomes import import_genomes
from goe.acts.look_up import Reference
from goe.acts.setting import Node, Root
from goe.acts.verify import check
from goe.errors import BadInput, Conflict
from goe.rules.variants import parse_variant
from goe.rules.words import Assembly, DisclosureClass, State
from goe.store.release import MANIFEST, read_body

SYNTHETIC = "##goe_synthetic=true"


def people(node: Node, folder: Path, count: int, first: int = 0, *, assembly: str = "GRCh37", enrol: bool = True) -> None:
    """Synthetic people with a genome each, in one batch."""
    names = [f"S{i}" for i in range(first, first + count)]
    if enrol:
        node.registry.enrol([person(node, i + 1, "F", f"S{i}") for i in range(first, first + count)])
    site = Site("1", 100, "A", "C", ["0/1"] * count)
    store(node, folder, f"{assembly}-{first}.vcf", names, [site], header=SYNTHETIC, assembly=assembly)


@pytest.fixture
def closed(tmp_path: Path) -> Node:
    return create_node(tmp_path / "FI", "FI", clock=clock)[0]


def test_a_refused_release__leaves_nothing_and_blocks_nothing(closed: Node, tmp_path: Path) -> None:
    """195 people are too few; ten more are enough, although only ten changed: nothing had been published."""
    people(closed, tmp_path, 195)
    rows = len(closed.ledger.rows())
    with pytest.raises(Conflict, match="195 people"):
        build_release(closed, Assembly.GRCh37)
    assert len(closed.ledger.rows()) == rows
    assert closed.registry.newest_epoch() is None
    people(closed, tmp_path, 10, first=195)
    assert build_release(closed, Assembly.GRCh37).people == 205


def test_other_assembly__refused_for_one_missing_genome_is_built_once_it_is_imported(closed: Node, tmp_path: Path) -> None:
    """The remedy that the refusal names works."""
    people(closed, tmp_path, 250)
    people(closed, tmp_path, 249, assembly="GRCh38", enrol=False)
    assert build_release(closed, Assembly.GRCh37).new
    with pytest.raises(Conflict, match="import the missing genomes"):
        build_release(closed, Assembly.GRCh38)
    people(closed, tmp_path, 1, first=249, assembly="GRCh38", enrol=False)
    assert build_release(closed, Assembly.GRCh38).new
    assert not build_release(closed, Assembly.GRCh37).new


def test_a_third_release__is_compared_with_the_first_too(closed: Node, tmp_path: Path) -> None:
    """Twenty join, and a later set that differs by one from the first set is refused, whatever was published between."""
    people(closed, tmp_path, 230)
    build_release(closed, Assembly.GRCh37, version="2026.1")
    people(closed, tmp_path, 20, first=230)
    build_release(closed, Assembly.GRCh37, version="2026.2")
    shutil.rmtree(closed.genomes.folder / "batch-2")  # as a withdrawal of all but one of the twenty would leave it
    people(closed, tmp_path, 1, first=230, enrol=False)
    with pytest.raises(Conflict, match=r"release GRCh37 2026\.1"):
        build_release(closed, Assembly.GRCh37)


def test_manifest__names_no_file_of_genomes(node: Node, tmp_path: Path) -> None:
    """A file is often named after the person in it."""
    node.registry.enrol([person(node, 1, "F", "S0")])
    store(node, tmp_path, "Matti_Virtanen.vcf", ["S0"], [Site("1", 100, "A", "C", ["0/1"])])
    folder = build_release(node, Assembly.GRCh37).folder
    assert "Virtanen" not in (folder / MANIFEST).read_text()


@pytest.mark.parametrize("version", ["²", "1.x", "", "../up", "2026.1.2.3.4"])
def test_version__that_is_none_is_refused_and_changes_nothing(node: Node, tmp_path: Path, version: str) -> None:
    people(node, tmp_path, 3)
    with pytest.raises(BadInput, match="numbers and dots"):
        build_release(node, Assembly.GRCh37, version=version)
    assert node.releases.assemblies() == []
    assert build_release(node, Assembly.GRCh37).version == "2026.1"


def test_version__is_never_used_again_even_when_the_release_is_gone(node: Node, tmp_path: Path) -> None:
    people(node, tmp_path, 3)
    first = build_release(node, Assembly.GRCh37)
    shutil.rmtree(first.folder)
    assert any("the folder has not" in fault for finding in check(node.folder) for fault in finding.faults)
    with pytest.raises(Conflict):
        build_release(node, Assembly.GRCh37, version=first.version)
    assert build_release(node, Assembly.GRCh37).version == "2026.2"
    with pytest.raises(Conflict, match=r"a version after 2026\.2"):
        people(node, tmp_path, 1, first=3)
        build_release(node, Assembly.GRCh37, version="2025.9")


def test_europe__keeps_up_when_nations_release_one_after_the_other(tmp_path: Path) -> None:
    """Both reach 2026.2, one after the other; Europe gets a name of its own each time and a repeated run changes nothing."""
    nodes = {c: create_node(tmp_path / c, c, disclosure_class=DisclosureClass.OPEN, clock=clock)[0] for c in ("FI", "GB")}
    hub = create_hub(tmp_path / "hub", {c: (n.public_key,) for c, n in nodes.items()}, clock=clock)
    made = []
    for first in (0, 3):
        for code, node in nodes.items():
            people(node, tmp_path / code, 3, first=first)
            build_release(node, Assembly.GRCh37)
            made.append(combine_europe(hub, nodes, Assembly.GRCh37))
    assert [m.new for m in made] == [True] * 4
    assert len({m.version for m in made}) == 4
    assert not combine_europe(hub, nodes, Assembly.GRCh37).new
    assert [m.people for m in made] == [3, 6, 9, 12]


def test_filter__of_europe_is_the_worst_of_its_nations(tmp_path: Path) -> None:
    """PASS in one nation and a failed filter in another is a failed filter, whatever its first letter; "." is not PASS."""
    filters = {"FI": ("q10", "LowQual", ".", "PASS"), "GB": ("PASS", "PASS", "PASS", "PASS")}
    nodes = {}
    for code, said in filters.items():
        nodes[code] = create_node(tmp_path / code, code, disclosure_class=DisclosureClass.OPEN, clock=clock)[0]
        nodes[code].registry.enrol([person(nodes[code], 1, "F", "S0")])
        sites = [Site("1", 100 + i, "A", "C", ["0/1"], filter=name) for i, name in enumerate(said)]
        head = "##FILTER=<ID=q10,Description=x> ##FILTER=<ID=LowQual,Description=x>"
        store(nodes[code], tmp_path, f"{code}.vcf", ["S0"], sites, header=head)
        build_release(nodes[code], Assembly.GRCh37)
    hub = create_hub(tmp_path / "hub", {c: (n.public_key,) for c, n in nodes.items()}, clock=clock)
    combine_europe(hub, nodes, Assembly.GRCh37)
    found = [row["filter"] for p in range(100, 104) for row in _rows(hub.releases.path("GRCh37", "2026.1"), p)]
    assert found == ["q10", "LowQual", ".", "PASS"]


def _rows(folder: Path, position: int) -> list[dict[str, object]]:
    from goe.store.release import TABLE, read_site

    return [row for row in read_site(folder / TABLE, 0, position) if row["population"] == "Total"]


@pytest.mark.parametrize(
    ("asked", "state", "number"),
    [
        ("1-100-A-T", State.OBSERVED_ZERO, 4),  # of two listed alleles, the one with fewer calls answers
        ("1-100-A-<DEL>", State.NOT_CALLABLE, 0),  # nobody looked for it
        ("1-100-A-ATT", State.NOT_CALLABLE, 0),  # a substitution does not answer for an insertion
        ("1-200-A-T", State.NOT_CALLABLE, 0),  # nor an insertion for a substitution
        ("1-200-A-AGG", State.OBSERVED_ZERO, 6),
    ],
)
def test_absent_allele__is_answered_by_one_of_its_kind(
    node: Node, tmp_path: Path, asked: str, state: State, number: int
) -> None:
    node.registry.enrol([person(node, i + 1, "F", f"S{i}") for i in range(3)])
    sites = [
        Site("1", 100, "A", "C", ["0/1", "0/0", "0/0"]),
        Site("1", 100, "A", "G", ["0/1", "0/0", "./."]),
        Site("1", 200, "A", "AT", ["0/1", "0/0", "0/0"]),
    ]
    store(node, tmp_path, "a.vcf", [f"S{i}" for i in range(3)], sites)
    build_release(node, Assembly.GRCh37)
    cell = Reference(node).answer(parse_variant(asked), Assembly.GRCh37).population("FI")
    assert (cell.state, cell.allele_number) == (state, number)


def test_a_batch_without_its_ledger_row__is_completed_by_importing_again(node: Node, tmp_path: Path) -> None:
    """As a run leaves it that is killed between the batch and the ledger."""
    import sqlite3

    people(node, tmp_path, 2)
    with sqlite3.connect(node.folder / "ledger.sqlite") as ledger:
        ledger.execute("DELETE FROM ledger WHERE verb = 'genomes:import'")
    assert any(finding.faults for finding in check(node.folder))
    assert not import_genomes(node, tmp_path / "GRCh37-0.vcf").new
    assert [f.faults for f in check(node.folder) if f.faults] == []


def test_people_without_links__do_not_happen_and_links_to_nobody_are_replaced(node: Node) -> None:
    """The links are committed first; what a kill between the two leaves is a link to nobody."""
    import sqlite3

    with sqlite3.connect(node.folder / "links.sqlite") as links:
        links.execute("INSERT INTO link VALUES ('GOE-FI-SAMPLE-10', 'GOE-FI-SUBJECT-99')")
    node.registry.enrol([person(node, 1, "F", "S0")])
    assert node.registry.links() == {"GOE-FI-SAMPLE-10": "GOE-FI-SUBJECT-1"}


def test_a_nations_part__swapped_for_another_release_is_found(demo: Root, copy_of: Callable[[Path], Path]) -> None:
    """Properly signed, and still not the one that was added up."""
    folder = copy_of(demo.folder)
    hub = folder / "hub" / "releases" / "GRCh37" / "2026.1" / "nations" / "GB"
    document = json.loads((hub / MANIFEST).read_text())
    from goe.acts.setting import open_place
    from goe.signing import sign

    root = open_place(folder, clock)
    assert isinstance(root, Root)
    body = {**document["body"], "release": "2026.2"}
    again = sign(document["type"], body, key=root.nodes["GB"].key, issued=document["issued"])
    (hub / MANIFEST).write_text(json.dumps(again))
    faults = [fault for finding in check(folder) for fault in finding.faults]
    assert faults == ["the part of GB is not the one that was added up"]


def test_a_changed_table__is_not_looked_up_in(demo: Root, copy_of: Callable[[Path], Path], goe: Callable[..., Said]) -> None:
    folder = copy_of(demo.folder)
    table = folder / "hub" / "releases" / "GRCh37" / "2026.1" / "frequencies.parquet"
    table.write_bytes(table.read_bytes()[:-1] + b"X")
    said = goe("variant", "show", "rs4988235", "--dir", folder)
    assert said.code == 1 and "was changed" in said.err
    assert read_body(table.with_name(MANIFEST))["release"] == "2026.1"


@pytest.mark.parametrize("kind", ["empty folder", "link to an empty folder", "where one stands"])
def test_node__is_made_in_a_folder_that_is_there(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mount points and links cannot be replaced, so the node is moved in."""
    (tmp_path / "real").mkdir()
    place = tmp_path / "real"
    if kind == "link to an empty folder":
        place = tmp_path / "link"
        place.symlink_to(tmp_path / "real")
    if kind == "where one stands":
        monkeypatch.chdir(place)
        place = Path()
    made = create_node(place, "FI", clock=clock)[1]
    assert made and not create_node(place, "FI", clock=clock)[1]
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o750
    assert not [p for p in (tmp_path / "real").iterdir() if p.name.startswith(".")]


def test_controlled_release__is_said_to_be_for_signed_in_users(closed: Node, tmp_path: Path) -> None:
    """It is there; to say that nothing was published would be false."""
    from goe.errors import NotFound

    people(closed, tmp_path, 210)
    build_release(closed, Assembly.GRCh37)
    reference = Reference(closed, anonymous=True)
    assert reference.closed and reference.releases == ()
    with pytest.raises(NotFound, match="signed-in users"):
        reference.answer(parse_variant("1-100-A-C"))


def test_a_replaced_key__leaves_old_releases_verifiable(node: Node, tmp_path: Path) -> None:
    """The new public key stands before the old one; without the old one the release is no longer known."""
    from goe.errors import Damaged
    from goe.signing import Key

    people(node, tmp_path, 3)
    build_release(node, Assembly.GRCh37)
    new, keys = Key.generate("FI"), node.folder / "keys"
    (keys / "signing.key").write_bytes(new.to_bytes())
    (keys / "signing.pub").write_text(f"{new.public}\n{node.public_key}\n")
    assert [f for f in check(node.folder) if f.faults] == []
    assert Reference(node).releases[0].release == "2026.1"
    (keys / "signing.pub").write_text(f"{new.public}\n")
    with pytest.raises(Damaged, match="not known here"):
        Reference(node)
