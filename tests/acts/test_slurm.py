"""A real Slurm of one machine, started for the test: jobs are submitted, workers come, the table is the same, jobs go."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from setting import Said, tool

from goe.acts.setting import Root

SETTINGS = """
ClusterName=goe
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={controller}
SlurmdPort={daemon}
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=4000 State=UNKNOWN
PartitionName=long Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """One controller and one daemon, with the settings that this folder holds."""
    tool("sbatch", "scancel", "sinfo", "slurmctld", "slurmd")
    if os.getuid() != 0:
        pytest.skip("slurmd needs root")
    pytest.importorskip("dask_jobqueue", reason="the extra cluster is not installed")
    folder = tmp_path / "slurm"
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    said = {"host": socket.gethostname().split(".")[0], "user": getpass.getuser(), "cpus": os.cpu_count() or 1}
    settings = SETTINGS.format(**said, folder=folder, controller=free_port(), daemon=free_port())
    (folder / "slurm.conf").write_text(settings)
    monkeypatch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    daemons = [subprocess.Popen([name, "-D", "-f", str(folder / "slurm.conf")], **quiet) for name in ("slurmctld", "slurmd")]
    try:
        state = ""
        for _ in range(150):
            state = subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True, check=False).stdout.strip()
            if state == "idle":
                break
            time.sleep(0.2)
        if state != "idle":
            pytest.skip(f"Slurm does not start on this machine ({state or 'no answer'})")
        yield folder
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
            daemon.wait(timeout=30)


def test_slurm__counts_as_this_process_does(
    demo: Root, goe: Callable[..., Said], copy_of: Callable[[Path], Path], slurm: Path
) -> None:
    node = copy_of(demo.nodes["IT"].folder)
    with (node / "node.toml").open("a") as file:
        file.write('\n[cluster]\nqueue = "long"\njobs = 1\nmemory = "1GiB"\nwalltime = "00:10:00"\n')
    count = ("genomes", "count", "--dir", node, "--assembly", "GRCh37", "--by", "sex,batch", "-r", "2:136500000-136700000")
    near, far = goe(*count), goe(*count, "--cluster", "slurm")
    assert near.code == 0 and len(near.out.splitlines()) > 1000
    assert far == near, far.err
    log = (slurm / "slurmctld.log").read_text()
    assert "_slurm_rpc_submit_batch_job: JobId=1" in log, "a job was submitted"
    for _ in range(100):
        left = subprocess.run(["squeue", "-h", "-t", "R,PD"], capture_output=True, text=True, check=True).stdout
        if not left:
            break
        time.sleep(0.1)
    assert left == "", "no job outlives the command"
    assert not list((node / "cluster").glob(".certificates-*"))
