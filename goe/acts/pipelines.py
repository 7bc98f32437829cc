"""How good a way of calling genotypes is: recall and precision against a truth set, and the control sample that nations share.

Kept for each pipeline label in `documents/pipelines`, as what was measured and by what; a later record replaces the former,
which the ledger still proves by its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from goe.acts.setting import Node
from goe.errors import BadInput, NotFound
from goe.rules.events import Deed
from goe.rules.inclusion import Pipeline
from goe.rules.thresholds import Measurement
from goe.signing import digest
from goe.store.checksums import sha256
from goe.store.models import QualityRow
from goe.store.release import read_document, write_document


@dataclass(frozen=True)
class Used:
    """A pipeline label, the batches and how many measured genomes have it, and what is recorded of it, if anything."""

    name: str
    batches: tuple[str, ...]
    genomes: int
    recorded: Pipeline | None


def record_pipeline(node: Node, said: Pipeline, *, report: Path | None = None) -> bool:
    """Keep what was measured of a pipeline; whether that is new.

    Recall and precision are shares from 0 to 1. Raises BadInput where a number cannot be one or nothing is said, NotFound where
    there is no report.
    """
    _check(said)
    if report is not None and not report.is_file():
        raise NotFound("there is no such file", where=str(report))
    shares = {"recall": said.recall, "precision": said.precision}
    body = {name: str(value) for name, value in shares.items() if value is not None}
    body |= {"pipeline": said.name, "control_sample": said.control, "truth_set": said.truth_set}
    body["report"] = sha256(report) if report else ""
    path = _folder(node) / f"{hashlib.sha256(said.name.encode()).hexdigest()[:16]}.json"
    if path.is_file() and read_document(path) == body:
        return False
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    deed = node.ledger.deed(
        Deed.PIPELINE_RECORDED, "a pipeline's truth set", actor=node.settings.actor, time=node.now, details=body
    )
    with deed:
        beside = path.with_suffix(".unfinished")
        write_document(beside, body)
        beside.replace(path)
    return True


def _check(said: Pipeline) -> None:
    if not said.name.strip():
        raise BadInput("the pipeline has no label", expected="the one given with --pipeline at import")
    for name, value in (("recall", said.recall), ("precision", said.precision)):
        if value is not None and not 0 <= value <= 1:
            raise BadInput(f"the {name} is no share", expected="a number from 0 to 1, 0.9987 for example")
    if (said.recall is not None or said.precision is not None) and not said.truth_set:
        raise BadInput("recall and precision are of a truth set, and none is named", remedy="name it with --truth-set")
    if said.recall is None and said.precision is None and not said.control:
        raise BadInput("there is nothing to record", expected="--recall, --precision or --control-sample")


def pipelines(node: Node) -> dict[str, Pipeline]:
    """What is recorded of each pipeline, by its label."""
    found = {}
    for path in sorted(_folder(node).glob("*.json")):
        body = read_document(path)
        recall, precision = (float(body[name]) if name in body else None for name in ("recall", "precision"))
        found[body["pipeline"]] = Pipeline(body["pipeline"], recall, precision, body["control_sample"], body["truth_set"])
    return found


def pipelines_hash(node: Node) -> str:
    """One hash over what is recorded of the pipelines."""
    return digest([read_document(path) for path in sorted(_folder(node).glob("*.json"))])


def used_pipelines(node: Node) -> list[Used]:
    """Every label that a batch or a measurement has, and every one of which something is recorded."""
    recorded = pipelines(node)
    batches: dict[str, list[str]] = {}
    for batch in node.genomes.batches():
        batches.setdefault(batch.pipeline, []).append(batch.batch_id)
    genomes: dict[str, set[str]] = {}
    for label, sample in _measured(node):
        genomes.setdefault(label, set()).add(sample)
    labels = sorted((batches.keys() | genomes.keys() | recorded.keys()) - {""})
    return [Used(n, tuple(batches.get(n, ())), len(genomes.get(n, ())), recorded.get(n)) for n in labels]


def _measured(node: Node) -> Iterator[tuple[str, str]]:
    for one in node.registry.kept(QualityRow, Measurement).all():
        yield one.pipeline, one.sample_id


def _folder(node: Node) -> Path:
    return node.folder / "documents" / "pipelines"
