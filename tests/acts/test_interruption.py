"""Ctrl-C, kill, and two at once: what was done is whole, what was not left nothing, and the next run works."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

from genomes import Site, write_vcf
from setting import GOE, Interrupted, clock

from goe.acts.create import create_node
from goe.acts.setting import Node, open_node
from goe.acts.verify import check, verify_ledger


def test_demo__killed_at_any_moment__is_whole_or_not_there(interrupted: Interrupted) -> None:
    """By Ctrl-C and by kill; nobody sees a trace; afterwards the next run makes it, and nothing unfinished stays beside it."""
    for attempt in interrupted.attempts:
        assert attempt.there == attempt.whole, attempt
        assert "Traceback" not in attempt.said, attempt.said
    assert interrupted.last.returncode == 0, interrupted.last.stderr
    assert interrupted.last.stdout == "", "progress and messages go to stderr"
    assert [p.name for p in interrupted.folder.parent.iterdir()] == [interrupted.folder.name]
    assert [finding for finding in check(interrupted.folder) if finding.faults] == []


def test_demo__a_second_run_reuses_what_is_there(interrupted: Interrupted) -> None:
    """Nothing is written: every file keeps its bytes and its time."""
    before = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in interrupted.folder.rglob("*") if p.is_file()}
    again = subprocess.run(
        [*GOE, "demo", "--no-serve", "--dir", interrupted.folder], capture_output=True, text=True, timeout=60, check=True
    )
    assert "There already" in again.stderr
    assert {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in interrupted.folder.rglob("*") if p.is_file()} == before


def large(path: Path, samples: int, variants: int, start: int = 1) -> Path:
    """A VCF that takes a moment to import; synthetic."""
    draw = random.Random(start)
    calls = ["\t".join(draw.choices(["0/0", "0/1", "1/1"], weights=[8, 1, 1], k=samples)).split("\t") for _ in range(20)]
    sites = [Site("1", start + i, "A", "C", calls[i % 20]) for i in range(variants)]
    return write_vcf(path, [f"S{i}" for i in range(samples)], sites, header="##goe_synthetic=true")


def empty(tmp_path: Path) -> Node:
    return create_node(tmp_path / "FI", "FI", clock=clock)[0]


def test_import__killed__leaves_the_store_as_before(tmp_path: Path) -> None:
    """Neither batch nor ledger row; what the killed run had begun is gone after the next one."""
    node, file = empty(tmp_path), large(tmp_path / "large.vcf", 300, 12_000)
    command = [*GOE, "genomes", "import", str(file), "--dir", str(node.folder)]
    for sort in (signal.SIGKILL, signal.SIGINT):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while not list((node.folder / "genomes").iterdir()) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(sort)
        assert "Traceback" not in process.communicate(timeout=60)[1]
        assert process.returncode != 0
        assert node.genomes.batches() == []
        assert [row["verb"] for row in node.ledger.rows()] == ["node:create"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert [p.name for p in (node.folder / "genomes").iterdir()] == ["batch-1"]
    assert node.genomes.faults() == {}


def test_two_imports_at_once__both_stand(tmp_path: Path) -> None:
    """Two processes take two files into one node: two batches with names of their own, and a whole ledger."""
    node = empty(tmp_path)
    files = [large(tmp_path / f"{i}.vcf", 20, 3000, start=1 + 5000 * i) for i in range(2)]
    running = [
        subprocess.Popen([*GOE, "genomes", "import", str(f), "--dir", str(node.folder)], stderr=subprocess.PIPE, text=True)
        for f in files
    ]
    for process in running:
        said = process.communicate(timeout=120)[1]
        assert process.returncode == 0, said
    batches = node.genomes.batches()
    assert [b.batch_id for b in batches] == ["batch-1", "batch-2"]
    assert {b.inputs[0][0] for b in batches} == {"0.vcf", "1.vcf"}
    assert node.genomes.faults() == {} and verify_ledger(node).faults == ()
    assert sorted(r["object"] for r in node.ledger.rows()[1:]) == ["batch-1", "batch-2"]


def test_the_same_file_twice_at_once__is_one_batch(tmp_path: Path) -> None:
    """Whichever is first, the file is in the store once."""
    node, file = empty(tmp_path), large(tmp_path / "same.vcf", 20, 3000)
    command = [*GOE, "genomes", "import", str(file), "--dir", str(node.folder)]
    running = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    assert len(open_node(node.folder).genomes.batches()) == 1
