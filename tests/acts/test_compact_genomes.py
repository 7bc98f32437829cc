"""`goe genomes compact`: who may not be kept is gone for good, and everybody else counts as before, whatever ends the run."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from genomes import LETTER, Site, counts, person, store, write_vcf
from setting import GOE, Said, clock

from goe.acts.build_release import build_release
from goe.acts.compact_genomes import compact_genomes, withdrawn_genomes
from goe.acts.create import create_node
from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node, open_node
from goe.acts.verify import verify_genomes, verify_ledger
from goe.errors import Conflict
from goe.rules.consent import ConsentEvent
from goe.rules.participant import Participant, Sample
from goe.rules.withdrawal import has_withdrawn
from goe.rules.words import Assembly, DisclosureClass, Scope
from goe.store.genomes.collection import Genomes
from goe.store.places import place
from goe.store.registry import Enrolment

CALLS = ["0/0", "0/1", "1/1", "./.", "0|1", "1|0", "0/.", "1/.", "0", "1", "."]
NAMES = [f"SYNTHETIC-{i}" for i in range(10)]
GONE = ("SYNTHETIC-2", "SYNTHETIC-4")


def withdrawn(node: Node, number: int, letter: str, genome: str) -> Enrolment:
    """A synthetic participant who consented to everything and took it all back."""
    events = [ConsentEvent(s, given, date(2026, month, 1)) for given, month in ((True, 1), (False, 6)) for s in Scope]
    sample = Sample(f"GOE-{node.name}-SAMPLE-{number * 10}", genome, LETTER[letter])
    return Enrolment(Participant(f"GOE-{node.name}-SUBJECT-{number}", "unknown"), tuple(events), (sample,))


def filled(node: Node, folder: Path, seed: int = 1) -> None:
    """Three batches: people in two of them, callable regions, two people who have withdrawn, a genome nobody knows."""
    draw = random.Random(seed)
    letters = [draw.choice("FMU") for _ in NAMES]
    node.registry.enrol(
        [
            withdrawn(node, i + 1, letters[i], name) if name in GONE else person(node, i + 1, letters[i], name)
            for i, name in enumerate(NAMES)
        ]
    )
    bed = folder / "read.bed"
    bed.write_text("3\t5\t30\nX\t2700000\t2700020\n")
    for number, people in enumerate(
        [NAMES[:6], [*NAMES[3:8], "SYNTHETIC-unknown"], [NAMES[2], NAMES[4], *NAMES[7:], NAMES[0]]]
    ):
        places = [("3", p) for p in sorted(draw.sample(range(1, 40), 20))]
        places += [("X", p) for p in sorted(draw.sample(range(2_700_000, 2_700_030), 9))]
        sites = [
            Site(c, p, "A", "C", draw.choices(CALLS, k=len(people)), "rs5", draw.choice(["PASS", "low"])) for c, p in places
        ]
        lone = ["0/1" if name == NAMES[2] else "0/0" for name in people]
        sites.append(Site("X", 2_800_000, "A", "C", lone))  # nobody else carries it
        file = write_vcf(folder / f"{number}.vcf", people, sites, header="##goe_synthetic=true ##FILTER=<ID=low,Description=l>")
        import_genomes(node, file, callable_bed=bed if number else None)


def counted(goe: Callable[..., Said], node: Node, *arguments: str) -> str:
    said = goe("genomes", "count", "--dir", node.folder, *arguments)
    assert said.code == 0, said.err
    return said.out


def sound(node: Node) -> bool:
    return verify_genomes(node).faults == () and verify_ledger(node).faults == ()


@pytest.mark.parametrize("seed", range(3))
def test_the_others__count_exactly_as_before(node: Node, goe: Callable[..., Said], tmp_path: Path, seed: int) -> None:
    """Byte for byte, by sex; the places of people in two batches stay; the withdrawn are in no file any more."""
    filled(node, tmp_path, seed)
    before = counted(goe, node, "--by", "sex")
    assert withdrawn_genomes(node) == set(GONE)
    dry = goe("genomes", "compact", "--dir", node.folder, "--dry-run")
    assert dry.code == 0 and "batch-1 would be rewritten as a new batch: 2 genomes removed, 4 kept" in dry.err
    assert [b.batch_id for b in node.genomes.batches()] == ["batch-1", "batch-2", "batch-3"]
    said = goe("genomes", "compact", "--dir", node.folder)
    assert said.code == 0 and "SYNTHETIC" not in said.err + said.out
    assert [b.batch_id for b in node.genomes.batches()] == ["batch-4", "batch-5", "batch-6"], "each in the place of the old"
    assert {p.name for p in (node.folder / "genomes").iterdir()} == {"batch-4", "batch-5", "batch-6"}
    assert counted(goe, node, "--by", "sex") == before
    assert "X\t2800000\tA\tC\tTotal\t0\t" in counted(goe, node), "a variant that nobody carries any more stays listed"
    for b in node.genomes.batches():
        assert not set(GONE) & set(node.genomes.batch(b.batch_id).samples)
    assert sound(node)
    assert "genomes:compact" in [r["verb"] for r in node.ledger.rows()]
    rows = len(node.ledger.rows())
    assert "No batch" in goe("genomes", "compact", "--dir", node.folder).err
    assert len(node.ledger.rows()) == rows, "again changes nothing"


def test_the_same_file__is_not_taken_in_again(node: Node, tmp_path: Path) -> None:
    """The rewritten batch knows the file that it comes from, so the removed genomes do not come back with it."""
    filled(node, tmp_path)
    compact_genomes(node, GONE)
    rows = len(node.ledger.rows())
    again = import_genomes(node, tmp_path / "0.vcf")
    assert (again.new, again.batch.batch_id) == (False, "batch-4")
    assert len(node.ledger.rows()) == rows and sound(node)


def test_also__names_more_and_a_number_is_never_used_twice(node: Node, goe: Callable[..., Said], tmp_path: Path) -> None:
    """Everybody of the last batch is removed: it stays, empty, with its variants, and the next import gets a new number."""
    filled(node, tmp_path)
    also = tmp_path / "also"
    also.write_text("\n".join([NAMES[2], NAMES[4], *NAMES[7:], NAMES[0], "SYNTHETIC-unknown", "NOBODY"]))
    said = goe("genomes", "compact", "--dir", node.folder, "--also", also, "--json")
    assert said.code == 0, said.err
    assert [b.samples for b in node.genomes.batches()] == [3, 3, 0]
    assert "\t2800000\t" in counted(goe, node)
    shown = goe("genomes", "show", "batch-3", "--dir", node.folder)
    assert shown.code == 1 and "rewritten as batch-6" in shown.err
    done = store(node, tmp_path, "new.vcf", ["SYNTHETIC-7"], [Site("3", 5, "A", "C", ["0/1"])])
    assert done.batch.batch_id == "batch-7" and sound(node)


def states_of_a_killed_run(node: Node, tmp_path: Path) -> list[Node]:
    """The same node as runs that were cut short leave it: the old batches still there, with and without the ledger's rows."""
    before = tmp_path / "before"
    shutil.copytree(node.folder, before)
    compact_genomes(node, GONE)
    made = []
    for number, ledger in enumerate((node.folder, before)):
        folder = tmp_path / f"state-{number}"
        shutil.copytree(node.folder, folder)
        for old in (before / "genomes").iterdir():
            shutil.copytree(old, folder / "genomes" / old.name)
        shutil.copy(ledger / "ledger.sqlite", folder / "ledger.sqlite")
        made.append(open_node(folder, clock=clock))
    return made


def test_cut_short_after_the_switch__counts_the_same_and_the_next_run_completes_it(
    node: Node, goe: Callable[..., Said], tmp_path: Path
) -> None:
    filled(node, tmp_path)
    before = counted(goe, node, "--by", "sex")
    for state in states_of_a_killed_run(node, tmp_path):
        assert counted(goe, state, "--by", "sex") == before
        assert goe("genomes", "compact", "--dir", state.folder).code == 0
        assert {p.name for p in (state.folder / "genomes").iterdir()} == {"batch-4", "batch-5", "batch-6"}
        assert counted(goe, state, "--by", "sex") == before
        assert sound(open_node(state.folder))


def test_killed_at_any_moment__counts_the_same(goe: Callable[..., Said], node: Node, tmp_path: Path) -> None:
    filled(node, tmp_path)
    before, draw = counted(goe, node, "--by", "sex"), random.Random(20261101)
    for moment in (0.5, 0.7, 0.9, draw.uniform(0.4, 1.6), draw.uniform(0.4, 1.6)):
        process = subprocess.Popen([*GOE, "genomes", "compact", "--dir", node.folder], stderr=subprocess.PIPE, text=True)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        assert "Traceback" not in process.communicate()[1]
        assert counted(goe, node, "--by", "sex") == before
    assert goe("genomes", "compact", "--dir", node.folder).code == 0
    assert counted(goe, node, "--by", "sex") == before
    assert not any(set(GONE) & set(node.genomes.batch(b.batch_id).samples) for b in node.genomes.batches())
    assert sound(node)
    left = {p.name for p in (node.folder / "genomes").iterdir()}
    assert left == {b.batch_id for b in node.genomes.batches()}, "nothing unfinished stays"


def test_on_object_storage__the_same(node: Node, tmp_path: Path) -> None:
    """Batches that lie at a URL are replaced there, and nothing of the old ones is left."""
    node.__dict__["genomes"] = Genomes(tmp_path / "writing", f"memory://{tmp_path.name}")
    filled(node, tmp_path)
    before = counts(node)
    compact_genomes(node, GONE)
    assert [b.batch_id for b in node.genomes.batches()] == ["batch-4", "batch-5", "batch-6"]
    assert sorted(place(f"memory://{tmp_path.name}").folders()) == ["batch-4", "batch-5", "batch-6"]
    after = counts(node)
    assert after.keys() == before.keys() and after["X-2800000-A-C"][1] == 0 < before["X-2800000-A-C"][1]
    assert sound(node)


def test_disclosure__a_rewritten_batch_is_not_a_change_of_everybody(tmp_path: Path) -> None:
    """One person less among 205 is one change, so the next release is refused as it would be without rewriting."""
    node = create_node(tmp_path / "FI", "FI", disclosure_class=DisclosureClass.REGISTERED, clock=clock)[0]
    names = [f"SYNTHETIC-{i}" for i in range(205)]
    node.registry.enrol([person(node, i + 1, "FM"[i % 2], name) for i, name in enumerate(names)])
    store(node, tmp_path, "a.vcf", names, [Site("3", 5, "A", "C", ["0/1"] * 205)], header="##goe_synthetic=true")
    build_release(node, Assembly.GRCh37)
    compact_genomes(node, [names[0]])
    with pytest.raises(Conflict, match="differ by 1 "):
        build_release(node, Assembly.GRCh37, version="2027.1")


YES, NO, LATER = (True, date(2026, 1, 1)), (False, date(2026, 6, 1)), (True, date(2026, 12, 1))


def test_withdrawal__a_yes_that_has_run_out_is_none() -> None:
    lapsed = ConsentEvent(Scope.ALLELE_FREQUENCY, True, date(2026, 1, 1), until=date(2026, 2, 1))
    assert not has_withdrawn([lapsed], date(2026, 11, 1))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, False),
        ({Scope.ALLELE_FREQUENCY: [YES]}, False),
        ({Scope.ALLELE_FREQUENCY: [NO]}, False),
        ({Scope.ALLELE_FREQUENCY: [YES, NO]}, True),
        ({Scope.ALLELE_FREQUENCY: [YES, NO], Scope.SECONDARY_USE: [YES]}, False),
        ({Scope.ALLELE_FREQUENCY: [YES, NO], Scope.SECONDARY_USE: [LATER]}, False),
        ({Scope.ALLELE_FREQUENCY: [YES, (False, date(2027, 1, 1))]}, False),
    ],
)
def test_withdrawal__every_scope_and_in_force(said: dict[Scope, list[tuple[bool, date]]], expected: bool) -> None:
    history = [ConsentEvent(scope, given, since) for scope, events in said.items() for given, since in events]
    assert has_withdrawn(history, date(2026, 11, 1)) == expected
