"""`--cluster`: the same table from workers; what is asked of Slurm; every wrong word refused in one sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from setting import Said, clock

from goe.acts.cluster import PATIENCE, Jobs, jobs_of, scale, slurm_cluster
from goe.acts.setting import Root, open_node
from goe.errors import BadInput, Unavailable
from goe.pooling import Total

pytest.importorskip("distributed", reason="the extra cluster is not installed")
COUNT = ("genomes", "count", "--assembly", "GRCh37", "--by", "region,sex,batch", "-r", "2:136500000-136700000")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[str]:
    """A scheduler and a worker, started by hand as an operator would; their address."""
    file = tmp_path / "scheduler.json"
    command = [sys.executable, "-m"]
    alone = ["--scheduler-file", str(file), "--no-dashboard"]
    scheduler = [*command, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *alone]
    worker = [*command, "distributed.cli.dask_worker", "--nthreads", "1", *alone, "--local-directory", str(tmp_path)]
    started = [subprocess.Popen(c, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for c in (scheduler, worker)]
    try:
        for _ in range(300):
            if file.exists() and (found := re.search(r"tcp://127[.0-9]+:\d+", file.read_text())):
                break
            time.sleep(0.1)
        from distributed import Client

        with Client(found[0], timeout=30) as client:
            client.wait_for_workers(1, timeout=30)
        yield found[0]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)


def test_local__counts_as_this_process_does(demo: Root, goe: Callable[..., Said]) -> None:
    node = demo.nodes["FI"].folder
    near, far = goe(*COUNT, "--dir", node), goe(*COUNT, "--dir", node, "--cluster", "local:2")
    assert near.code == 0 and len(near.out.splitlines()) > 1000
    assert far == near, "the same on stdout, and nothing more on stderr"


def test_address__counts_as_this_process_does(demo: Root, goe: Callable[..., Said], running: str) -> None:
    node = demo.nodes["ES"].folder
    assert goe(*COUNT, "--dir", node, "--cluster", running) == goe(*COUNT, "--dir", node)


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        ("sluurm", "expected local"),
        ("local:0", "expected local"),
        ("tls://", "expected local"),
        ("tcp://192.0.2.7:8786", "not encrypted"),
        ("tls://127.0.0.1:9", "certificates"),
    ],
)
def test_wrong_cluster__is_refused_in_a_sentence(demo: Root, goe: Callable[..., Said], cluster: str, said: str) -> None:
    answer = goe(*COUNT, "--dir", demo.nodes["FI"].folder, "--cluster", cluster)
    assert answer.code == 1 and answer.out == ""
    assert said in answer.err and len(answer.err.splitlines()) == 1, answer.err


def test_a_scheduler_that_does_not_answer__is_given_up() -> None:
    """After ten seconds unless told otherwise; who waits longer than a moment hears it, who does not hears nothing."""
    heard: list[str] = []
    with pytest.raises(Unavailable, match="does not answer"), scale("tcp://127.0.0.1:9", patience=1, say=heard.append):
        pass
    assert heard == [] and PATIENCE == 10
    with pytest.raises(Unavailable, match="does not answer"), scale("tcp://127.0.0.1:9", patience=3, say=heard.append):
        pass
    assert heard == ["Waiting for the scheduler at tcp://127.0.0.1:9, 3 s at most."]


@dataclass(frozen=True)
class Deadly:
    """A cohort of one batch that no worker survives."""

    batches: tuple[str, ...] = ("",)


def die(batch: str) -> Total:
    os._exit(1)


def test_workers_that_keep_dying__end_it_with_a_reason() -> None:
    with pytest.raises(Unavailable, match="died again and again"), scale("local:1") as run:
        run(Deadly())(die)


def test_workers__are_gone_afterwards() -> None:
    with scale("local:1") as run:
        (pid,) = run.args[0].run(os.getpid).values()
    with pytest.raises(ProcessLookupError):
        for _ in range(50):
            os.kill(pid, 0)
            time.sleep(0.1)


def test_slurm__is_asked_for_what_the_settings_say(tmp_path: Path) -> None:
    pytest.importorskip("dask_jobqueue", reason="the extra cluster is not installed")
    jobs = Jobs(queue="long", account="goe", cores="4", memory="32GiB", walltime="12:00:00")
    with slurm_cluster(jobs, tmp_path / "shared") as cluster:
        script = cluster.job_script()
        (folder,) = (tmp_path / "shared").iterdir()
        assert folder.stat().st_mode & 0o077 == 0 and list(folder.glob("*key.pem"))
    asked = set(re.findall(r"^#SBATCH (.*)$", script, re.M))
    assert {"-J goe", "-p long", "-A goe", "--cpus-per-task=4", "--mem=32G", "-t 12:00:00"} <= asked
    (command,) = [line for line in script.splitlines() if line.startswith(sys.executable)]
    assert "distributed.cli.dask_worker tls://" in command and "--nthreads 4" in command and "--tls-key" in command
    assert "PRIVATE KEY" not in script, "the key lies in a file, never in the script"
    assert list((tmp_path / "shared").iterdir()) == [], "certificates are gone with the cluster"


def test_slurm__comes_from_settings_and_environment(
    demo: Root, copy_of: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of(demo.nodes["FI"].folder)
    with (folder / "node.toml").open("a") as file:
        file.write('\n[cluster]\nqueue = "short"\ncores = 2\n')
    monkeypatch.setenv("GOE_CLUSTER_QUEUE", "long")
    assert open_node(folder, clock=clock).settings.cluster == Jobs(queue="long", cores="2")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("memory", "lots", "8GiB"),
        ("walltime", "a day", "08:00:00"),
        ("jobs", 0, "whole number"),
        ("queue", "x\n#SBATCH --uid=0", "letters"),
        ("folder", "/shared; rm", "path"),
        ("nodes", 3, "queue, account"),
    ],
)
def test_slurm__wrong_settings_are_refused(name: str, value: object, said: str) -> None:
    with pytest.raises(BadInput, match=re.escape(f"cluster.{name}")) as refused:
        jobs_of({name: value}, {}, "node.toml")
    assert said in str(refused.value)


def test_absent_library__is_named() -> None:
    """A process that cannot import distributed says which extra to install."""
    code = "import sys; sys.modules['distributed'] = None\nfrom goe.acts.cluster import scale\nwith scale('local'): pass"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "NotFound" in said.stderr and "goe[cluster]" in said.stderr
