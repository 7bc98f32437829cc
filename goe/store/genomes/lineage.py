"""Which batch stands in whose place: a batch that was rewritten without some genomes names those that it replaces.

The newest of a line is the one that counts, and it keeps the place of the first, since a person in several batches is counted
in the one that came first. What was replaced is out of sight from the moment in which its successor appears.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from goe.store.places import Place


def number(batch_id: str) -> int:
    """The number in the name of a batch."""
    return int(batch_id.split("-")[1])


def replaced(where: Place) -> tuple[str, ...]:
    """The batches that this one replaces, oldest first; none where it does not say."""
    try:
        return tuple(map(str, json.loads(where.read("manifest.json")).get("replaces", [])))
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return ()  # whoever reads the manifest next says what is wrong with it


def standing(lines: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The batches that no other replaces, each in the place of the first of its line."""
    gone = {name for line in lines.values() for name in line}
    return sorted(lines.keys() - gone, key=lambda name: number((*lines[name], name)[0]))
