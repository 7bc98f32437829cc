"""A release: the same counts give the same bytes, it never changes, Europe is the sum, and damage is found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from genomes import Site, person, store
from setting import Interrupted, clock

from goe.acts.build_release import build_release
from goe.acts.combine_europe import combine_europe
from goe.acts.create import create_hub
from goe.acts.look_up import Reference
from goe.acts.setting import Node, Root, open_place
from goe.acts.verify import check, verify_ledger, verify_releases
from goe.errors import Conflict, Damaged
from goe.rules.variants import Variant, parse_variant
from goe.rules.words import Assembly
from goe.signing import Key, sign
from goe.store.release import COUNTS, KEY, MANIFEST, TABLE, read_document, read_table, write_document

VERSION = "2026.1"


def test_two_demonstrations__byte_identical_tables(demo: Root, interrupted: Interrupted) -> None:
    """Every table of a second, independent root has the bytes of the first; only keys, times and signatures differ."""
    tables = sorted(p.relative_to(demo.folder) for p in demo.folder.rglob(TABLE))
    assert len(tables) == 2 * (4 + 1 + 4), "per assembly four nations, Europe, and its copies of the nations'"
    for name in tables:
        assert (demo.folder / name).read_bytes() == (interrupted.folder / name).read_bytes(), name


def test_rebuilding__same_people_and_batches_leave_the_release_as_it_is(node: Node, tmp_path: Path) -> None:
    """Building again answers with the release that stands; its version cannot be written over; new data make a new one."""
    node.registry.enrol([person(node, 1, "F", "Ann"), person(node, 2, "M", "Bo")])
    store(node, tmp_path, "a.vcf", ["Ann"], [Site("1", 10, "A", "C", ["0/1"])])
    first = build_release(node, Assembly.GRCh37)
    before = {p: p.read_bytes() for p in first.folder.iterdir()}
    again = build_release(node, Assembly.GRCh37)
    assert (first.new, again.new, again.version) == (True, False, first.version)
    store(node, tmp_path, "b.vcf", ["Bo"], [Site("1", 10, "A", "C", ["1/1"])])
    with pytest.raises(Conflict):
        build_release(node, Assembly.GRCh37, version=first.version)
    second = build_release(node, Assembly.GRCh37)
    assert (second.new, second.version) == (True, "2026.2")
    assert {p: p.read_bytes() for p in first.folder.iterdir()} == before
    assert not list(first.folder.parent.glob(".*")), "nothing half-written is left"


@pytest.mark.parametrize("assembly", list(Assembly))
def test_europe__is_the_sum_of_the_nations_and_a_nation_that_of_its_sexes(demo: Root, assembly: Assembly) -> None:
    """At every variant and for each of the five numbers; in the demonstration everybody is a woman or a man."""
    sums: dict[tuple[object, ...], dict[str, tuple[int, ...]]] = {}
    for row in read_table(demo.hub.releases.path(assembly, VERSION) / TABLE).to_pylist():
        sums.setdefault(tuple(row[k] for k in KEY), {})[row["population"]] = tuple(row[c] for c in COUNTS)
    assert len(sums) == {"GRCh37": 13116, "GRCh38": 1004}[assembly]

    def added(rows: list[tuple[int, ...]]) -> tuple[int, ...]:
        return tuple(map(sum, zip(*rows, strict=True)))

    for site in sums.values():
        assert site["Total"] == added([site[n] for n in demo.nodes])
        for nation in demo.nodes:
            assert site[nation] == added([site[f"{nation}_F"], site[f"{nation}_M"]])


def test_member_without_a_release__is_offline_and_named(demo: Root, tmp_path: Path) -> None:
    """Europe over two of four members says which did not answer, instead of leaving them out in silence."""
    hub = create_hub(tmp_path / "hub", {code: (n.public_key,) for code, n in demo.nodes.items()}, clock=clock)
    combine_europe(hub, {code: demo.nodes[code] for code in ("FI", "GB")}, Assembly.GRCh37)
    answer = Reference(hub).answer(parse_variant("2-136608646-G-A"))
    assert not isinstance(answer, tuple)
    states = {p.population: p.state.value for p in answer.populations if p.is_nation}
    assert states == {"FI": "value", "GB": "value", "ES": "offline", "IT": "offline"}
    total = answer.population("Total")
    assert total is not None and (total.allele_count, total.allele_number) == (112 + 126, 192 + 176)
    assert verify_releases(hub)[0].faults == ()


@pytest.mark.parametrize(
    ("variant", "states"),
    [
        (Variant("2", 136608646, "G", "A"), {"value"}),
        (Variant("2", 136608646, "G", "T"), {"observed_zero"}),
        (Variant("2", 136608647, "A", "T"), {"not_callable"}),
    ],
)
def test_look_up__observed_not_observed_and_no_data(demo: Root, variant: Variant, states: set[str]) -> None:
    answer = Reference(demo).answer(variant, Assembly.GRCh37)
    assert {p.state.value for p in answer.populations} == states
    assert len(answer.populations) == 13
    for p in answer.populations:
        assert (p.allele_number or 0) > 0 or p.state == "not_callable"


def test_whole_demonstration__nothing_is_wrong(demo: Root) -> None:
    findings = check(demo.folder)
    assert [f for f in findings if f.faults] == []
    assert {f.place for f in findings} == {"hub", "FI", "GB", "ES", "IT"}


def flip(path: Path) -> None:
    """Change one byte in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def faults(folder: Path) -> list[str]:
    return [f"{found.subject}: {fault}" for found in check(folder) for fault in found.faults]


def test_a_changed_byte__in_every_file_of_a_batch_is_found(demo: Root, copy_of: Callable[[Path], Path]) -> None:
    """And so are a missing file and an added one."""
    folder = copy_of(demo.nodes["FI"].folder / "genomes")
    batch = folder / "batch-3"
    genomes = type(demo.nodes["FI"].genomes)(folder)
    files = [p for p in sorted(batch.rglob("*")) if p.is_file() and p.name != "manifest.json"]
    assert len(files) > 15
    for path in files:
        content = path.read_bytes()
        for damage in (flip, Path.unlink) if content else (Path.unlink,):
            damage(path)
            assert genomes.faults() == {"batch-3": [f"{path.relative_to(batch).as_posix()}: changed, missing or new"]}
            path.write_bytes(content)
    (batch / "calls.zarr" / "added").write_text("")
    assert "batch-3" in genomes.faults()


def test_a_changed_manifest_of_a_batch__is_found(demo: Root, copy_of: Callable[[Path], Path]) -> None:
    """Were it not, a PLINK batch could be called verified and slip into a release."""
    folder = copy_of(demo.nodes["FI"].folder)
    manifest = folder / "genomes" / "batch-4" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "reference_verified": True}))
    assert faults(folder)


@pytest.mark.parametrize("name", [TABLE, MANIFEST])
def test_a_changed_byte__in_a_release_is_found(demo: Root, copy_of: Callable[[Path], Path], name: str) -> None:
    """In a nation's release, in Europe's, and in Europe's copy of a nation's."""
    for folder in (demo.nodes["FI"].folder, demo.hub.folder):
        copied = copy_of(folder)
        for path in sorted(copied.glob(f"releases/GRCh38/**/{name}")):
            content = path.read_bytes()
            flip(path)
            assert faults(copied), path
            path.write_bytes(content)
        assert faults(copied) == []


def test_a_changed_value__in_a_manifest_is_found_by_its_hash(demo: Root, copy_of: Callable[[Path], Path]) -> None:
    """Every value of the signed body is covered."""
    folder = copy_of(demo.nodes["ES"].folder)
    path = folder / "releases" / "GRCh38" / VERSION / MANIFEST
    document = read_document(path)
    for field in document["body"]:
        write_document(path, {**document, "body": {**document["body"], field: "changed"}})
        assert any("does not match its hash" in fault for fault in faults(folder)), field
    for field in ("sender", "issued", "type", "version", "hash"):
        write_document(path, {**document, field: "changed"})
        assert faults(folder), field


def test_a_manifest_signed_by_another_key__is_refused_by_the_hub(demo: Root, copy_of: Callable[[Path], Path]) -> None:
    """Even with hash and signature that fit each other: the key is not the one pinned for the nation."""
    folder = copy_of(demo.folder)
    for path in (folder / "FI", folder / "hub" / "releases" / "GRCh38" / VERSION / "nations" / "FI"):
        place = path if path.name == MANIFEST else path / MANIFEST
        place = folder / "FI" / "releases" / "GRCh38" / VERSION / MANIFEST if path == folder / "FI" else place
        document = read_document(place)
        write_document(place, sign(document["type"], document["body"], key=Key.generate("FI"), issued=document["issued"]))
    root = open_place(folder, clock)
    assert isinstance(root, Root)
    wrong = {f.place for installation in (root.hub, *root.nodes.values()) for f in verify_releases(installation) if f.faults}
    assert wrong == {"hub", "FI"}
    with pytest.raises(Damaged, match="not known here"):
        combine_europe(root.hub, root.nodes, Assembly.GRCh38, version="2026.2")


def test_european_table__not_the_sum_is_found_even_when_signed_by_the_hub(demo: Root, copy_of: Callable[[Path], Path]) -> None:
    """A hub that publishes other numbers than the nations signed gives itself away."""
    folder = copy_of(demo.hub.folder)
    place = folder / "releases" / "GRCh38" / VERSION
    (place / TABLE).write_bytes((place / "nations" / "FI" / TABLE).read_bytes())
    hub = open_place(folder, clock)
    assert not isinstance(hub, Root)
    document = read_document(place / MANIFEST)
    from goe.store.release import file_list

    body = {**document["body"], "files": file_list(place, [TABLE])}
    write_document(place / MANIFEST, sign(document["type"], body, key=hub.key, issued=document["issued"]))
    assert any("not the sum" in fault for fault in faults(folder))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger SET object = 'batch-9' WHERE seq = 3",
        "UPDATE ledger SET time = '2020-01-01T00:00:00Z' WHERE seq = 1",
        "UPDATE ledger SET details_hash = hash WHERE seq = 2",
        "UPDATE ledger SET previous_hash = hash WHERE seq = 2",
        "DELETE FROM ledger WHERE seq = 1",
        "DELETE FROM ledger WHERE seq = 4",
        "UPDATE ledger SET seq = seq + 100 WHERE seq = 5",
    ],
)
def test_a_changed_row__of_the_ledger_is_found(demo: Root, copy_of: Callable[[Path], Path], change: str) -> None:
    folder = copy_of(demo.nodes["IT"].folder)
    node = open_place(folder, clock)
    assert isinstance(node, Node) and verify_ledger(node).faults == ()
    with sqlite3.connect(folder / "ledger.sqlite") as ledger:
        assert ledger.execute(change).rowcount == 1
    assert verify_ledger(node).faults


def test_ledger__tells_what_was_done_and_names_nobody(demo: Root) -> None:
    """One row per deed, in order, with the time that was handed in; no person, no genome, no variant."""
    node = demo.nodes["FI"]
    rows = node.ledger.rows()
    imported = [f"batch-{i}" for i in range(1, 6)]
    assert [(r["verb"], r["object"]) for r in rows] == [
        ("node:create", "FI"),
        ("participants:enrol", "99 participants"),
        *(("genomes:import", batch) for batch in imported),
        ("quality:import", "64 numbers"),
        ("quality:import", "380 numbers"),
        ("inclusion:apply", "certificate 1"),
        ("epoch:take", "epoch 1"),
        ("release:build", "GRCh37 2026.1"),
        ("release:build", "GRCh38 2026.1"),
    ]
    assert {r["time"] for r in rows} == {"2026-11-01T12:00:00Z"}
    text = json.dumps(rows)
    assert not any(genome in text for genome in node.registry.samples())
    assert "SUBJECT" not in text and "SAMPLE" not in text
