"""Where the tests run: the repository, the clock, the command line, other tools, and the words for what was tried."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
SHARED = REPOSITORY.parent / "shared"
GOE = [sys.executable, "-c", "from goe.cli import main; main()"]


def clock() -> datetime:
    """The day on which everything in the tests happens."""
    return datetime(2026, 11, 1, 12, tzinfo=UTC)


def tool(*names: str) -> None:
    """Skip the test where one of these tools is not installed; `.ci/run` installs them."""
    for name in names:
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")


@dataclass(frozen=True)
class Said:
    """What a command left behind: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Attempt:
    """One run of `goe demo` that was ended by a signal: whether the folder was there then, and whole; what it said."""

    signal: signal.Signals
    there: bool
    whole: bool
    said: str


@dataclass(frozen=True)
class Interrupted:
    """A demonstration made by the command line, after several runs of it were killed."""

    folder: Path
    attempts: tuple[Attempt, ...]
    last: subprocess.CompletedProcess[str]
