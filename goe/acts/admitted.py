"""Whom the gate let in when it was applied last; before it was ever applied, it keeps nobody out."""

from __future__ import annotations

import json
from pathlib import Path

from goe.acts.setting import Node
from goe.rules.inclusion import Result

CERTIFICATE, VERDICTS = "certificate.json", "verdicts.jsonl"


def applied(node: Node) -> list[Path]:
    """The folders of the gates that were applied, oldest first."""
    return sorted(p for p in (node.folder / "documents" / "inclusion").glob("[0-9]*") if p.is_dir())


def last_verdicts(node: Node) -> dict[str, Result]:
    """The verdicts of the gate that was applied last; empty where none was."""
    folders = applied(node)
    if not folders:
        return {}
    with (folders[-1] / VERDICTS).open(encoding="utf-8") as file:
        lines = (json.loads(line) for line in file)
        return {line["id"]: Result(line["verdict"]) for line in lines}


def kept_out(node: Node) -> frozenset[str]:
    """The people whom the gate kept out when it was applied last."""
    blocked = (Result.FAIL, Result.UNKNOWN)
    return frozenset(person for person, result in last_verdicts(node).items() if result in blocked)
