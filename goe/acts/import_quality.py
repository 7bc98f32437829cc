"""Registering what laboratories measured on genomes, and comparing deliveries with their manifests."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from goe.acts.delivered import GENOTYPES, Delivered, doubts, read_delivered, swapped
from goe.acts.setting import Node
from goe.errors import BadInput, Conflict
from goe.rules.events import Deed
from goe.rules.thresholds import Measurement
from goe.store.checksums import sha256
from goe.store.formats.quality import read_quality
from goe.store.models import QualityRow


@dataclass(frozen=True)
class Taken:
    """What quality files brought: numbers that are new, files read before, and samples that nobody here has."""

    new: int
    samples: int
    known_files: int
    strangers: tuple[str, ...]


def import_quality(node: Node, files: Sequence[Path], *, pipeline: str = "") -> Taken:
    """Register the numbers of quality files, all or none. A sample is joined by the name of its genome, or its pseudonym.

    Samples that are not registered are named and left out. A file that was read before is passed over. Raises Conflict where
    two files give one genome different values of one metric.
    """
    by_name = {**{s.sample_id: s.sample_id for s in node.registry.samples().values()}}
    by_name |= {genome: s.sample_id for genome, s in node.registry.samples().items()}
    kept = node.registry.kept(QualityRow, Measurement).all()
    read_before = {m.source for m in kept}
    said = {(m.sample_id, m.metric): m.value for m in kept}
    new: list[Measurement] = []
    strangers, known = set(), 0
    for file in files:
        numbers, source = read_quality(file), sha256(file)
        if source in read_before:
            known += 1
            continue
        read_before.add(source)
        for name, metrics in numbers.items():
            sample = by_name.get(name)
            if sample is None:
                strangers.add(name)
                continue
            for metric, value in metrics.items():
                if said.setdefault((sample, metric), value) != value:
                    remedy = "leave out the file that is wrong"
                    raise Conflict(f"another file gives this genome another {metric}", where=str(file), remedy=remedy)
                new.append(Measurement(sample, metric, value, source, pipeline))
    if new:
        details = {"files": len(files), "numbers": len(new)}
        deed = node.ledger.deed(
            Deed.QUALITY_IMPORTED, f"{len(new)} numbers", actor=node.settings.actor, time=node.now, details=details
        )
        with deed, node.registry.writing() as writing:
            writing.add(QualityRow, new)
    return Taken(len(new), len({m.sample_id for m in new}), known, tuple(sorted(strangers)))


MANIFEST_COLUMNS = ("barcode", "genome", "file", "sha256")


@dataclass(frozen=True)
class DeliveryFault:
    """What is wrong with one line of a delivery's manifest, or with the whole."""

    where: str
    fault: str


def delivery_faults(node: Node, manifest: Path) -> tuple[int, list[DeliveryFault]]:
    """How many lines a delivery's manifest has, and what is wrong with it.

    Files that are missing or changed, barcodes or genomes that stand twice or are unknown here, genotypes of another sex than
    recorded or of another genome than the one stored under the name, pairs that look swapped, and files in the folder that no
    line names. The manifest is a CSV with `barcode,genome,file,sha256`; files lie
    beside it. Raises BadInput where it is no such table.
    """
    if not manifest.is_file():
        raise BadInput("there is no such file", where=str(manifest))
    with manifest.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if missing := set(MANIFEST_COLUMNS) - set(reader.fieldnames or ()):
            raise BadInput(
                f"the column {sorted(missing)[0]} is missing", expected=",".join(MANIFEST_COLUMNS), where=str(manifest)
            )
        rows = list(reader)
    known, faults = node.registry.samples(), []
    seen: dict[tuple[str, str], int] = {}
    delivered: dict[str, tuple[str, Delivered]] = {}
    for line, row in enumerate(rows, start=2):
        where = f"{manifest.name} row {line}"
        for column in ("barcode", "genome", "file"):
            if (first := seen.setdefault((column, row[column]), line)) != line:
                faults.append(DeliveryFault(where, f"the {column} is that of row {first}: a duplicate, or a swap"))
        if row["genome"] not in known:
            faults.append(DeliveryFault(where, "the genome is not registered here"))
        path = manifest.parent / row["file"]
        if not path.is_file():
            faults.append(DeliveryFault(where, "the file is missing"))
        elif sha256(path) != row["sha256"].strip().lower():
            faults.append(DeliveryFault(where, "the file is not the one that was sent: its checksum differs"))
        elif path.name.endswith(GENOTYPES):
            try:
                delivered[row["genome"]] = where, read_delivered(path, row["genome"])
            except BadInput as error:
                faults.append(DeliveryFault(where, f"the file cannot be read as genotypes: {error.found}"))
    found = doubts(node, [one for _, one in delivered.values()])
    faults += [DeliveryFault(delivered[doubt.genome][0], doubt.fault) for doubt in found]
    faults += [DeliveryFault(manifest.name, f"{one} and {other} look swapped") for one, other in swapped(found)]
    named = {row["file"] for row in rows}
    there = (p.name for p in sorted(manifest.parent.iterdir()) if p.is_file() and p != manifest)
    faults += [DeliveryFault(name, "the file is in no row of the manifest") for name in there if name not in named]
    return len(rows), faults
