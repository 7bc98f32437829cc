"""Folders that appear whole or not at all: written beside their place under a hidden name, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def unfinished(parent: Path, name: str) -> Iterator[Path]:
    """A new hidden folder in `parent` to write into. What is still there at the end, not renamed, is removed.

    Folders that killed processes left behind under the same name are removed first.
    """
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f".{name}-unfinished-*"):
        if not _is_running(int(left.name.split("-")[-2])):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{name}-unfinished-{os.getpid()}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
