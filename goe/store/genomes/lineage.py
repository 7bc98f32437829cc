"""Which batch stands in whose place: a batch that was rewritten without some genomes names those that it replaces.

The newest of a line is the one that counts, and it keeps the place of the first, since a person in several batches is counted
in the one that came first. What was replaced is out of sight from the moment in which its successor appears.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path


def number(batch_id: str) -> int:
    """The number in the name of a batch."""
    return int(batch_id.split("-")[1])


def replaced(folder: Path) -> tuple[str, ...]:
    """The batches that this one replaces, oldest first; none where it does not say."""
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8")).get("replaces", [])
        return tuple(map(str, found))
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return ()  # whoever reads the manifest next says what is wrong with it


def standing(paths: Sequence[Path]) -> list[Path]:
    """The batches that no other replaces, each in the place of the first of its line."""
    lines = {path: replaced(path) for path in paths}
    gone = {name for line in lines.values() for name in line}
    there = [path for path in paths if path.name not in gone]
    return sorted(there, key=lambda path: number((*lines[path], path.name)[0]))


def successors(paths: Sequence[Path]) -> dict[str, str]:
    """The batch that stands today in the place of each one that was replaced."""
    return {name: path.name for path in standing(paths) for name in replaced(path)}
