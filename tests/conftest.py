"""What many tests need: the demonstration (made once), an empty node, the command line."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from servers import new_database, server
from setting import GOE, Attempt, Interrupted, Said, clock

from goe.acts.create import create_node
from goe.acts.demonstrate import demonstrate
from goe.acts.setting import Node, Root
from goe.cli import main
from goe.rules.words import DisclosureClass

settings.register_profile("goe", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("goe")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Root:
    """The demonstration; to be read, never changed."""
    return demonstrate(tmp_path_factory.mktemp("made") / "demo", clock=clock).root


@pytest.fixture(scope="session")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Interrupted:
    """`goe demo` ended at random moments by Ctrl-C and by kill, then once more in peace."""
    folder = tmp_path_factory.mktemp("again") / "demo"
    command = [*GOE, "demo", "--no-serve", "--dir", str(folder)]
    moments = random.Random(20261101)
    attempts = []
    for sort in (signal.SIGINT, signal.SIGKILL, signal.SIGINT, signal.SIGKILL):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(moments.uniform(1, 4))
        process.send_signal(sort)
        said = process.communicate(timeout=60)[1]
        attempts.append(Attempt(sort, folder.exists(), (folder / "europe.toml").is_file(), said))
    last = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    return Interrupted(folder, tuple(attempts), last)


@pytest.fixture(scope="session")
def workers() -> Iterator[Any]:
    """A client of two workers that are processes of their own."""
    distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")
    local = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(**local) as cluster, distributed.Client(cluster) as client:
        yield client


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Makes a new empty database on a PostgreSQL server of our own, and says its address."""
    numbers = itertools.count()
    with server() as address:
        yield lambda: new_database(address, f"test{next(numbers)}")


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """An empty Finnish node of the class open."""
    return create_node(tmp_path / "FI", "FI", disclosure_class=DisclosureClass.OPEN, clock=clock)[0]


@pytest.fixture
def goe(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Run the command line in this process, with what C libraries write captured too."""
    for name in [n for n in os.environ if n.startswith("GOE_")]:
        monkeypatch.delenv(name)

    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["goe", *map(str, arguments)])
        capfd.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return Said(code, *capfd.readouterr())

    return run


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """Copies a folder to where it may be damaged."""

    def copy(folder: Path) -> Path:
        return shutil.copytree(folder, tmp_path / "copies" / folder.name)

    return copy
