"""Taking a genotype file into the store as a batch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import goe
from goe.acts.progress import Progress, Silence
from goe.acts.setting import Node
from goe.errors import BadInput
from goe.rules.events import Deed
from goe.rules.words import Assembly
from goe.store.checksums import sha256
from goe.store.formats.genotype_file import GenotypeFile
from goe.store.formats.plink import BedFile
from goe.store.formats.vcf import VcfFile
from goe.store.genomes.batch import BatchInfo, seal, write_genotypes

_VCF = (".vcf", ".vcf.gz", ".vcf.bgz", ".bcf")


@dataclass(frozen=True)
class Imported:
    """What became of a file: the batch, whether it was there already, and genomes without a registered participant."""

    batch: BatchInfo
    new: bool
    unregistered: int


def import_genomes(
    node: Node,
    file: Path,
    *,
    assembly: Assembly | None = None,
    label: str = "",
    pipeline: str = "",
    progress: Progress | None = None,
) -> Imported:
    """Store a VCF, BCF or PLINK 1 file as a new batch; a file that is in the store already is not stored again.

    `assembly` settles a doubt and may not contradict the file; PLINK files need it. Genomes whose name is not registered are
    stored and counted nowhere. Raises BadInput with file and line; the store is then unchanged.
    """
    progress = progress or Silence()
    opened = open_genotypes(
        file, assembly or (Assembly(node.settings.assembly) if _is_plink(file) and node.settings.assembly else None)
    )
    inputs = [[path.name, sha256(path)] for path in _inputs(file)]
    known = {s.genome for s in node.registry.samples().values()}
    unregistered = sum(name not in known for name in opened.samples)
    if known_batch := _stored(node, inputs, opened.assembly):
        return Imported(known_batch, False, unregistered)
    with node.genomes.incoming() as folder:
        records = progress.track(opened.records(), f"{node.name}: {file.name}")
        duplicates = write_genotypes(folder, opened.assembly, opened.samples, records)
        info = {
            "label": label or file.name,
            "assembly": opened.assembly.value,
            "pipeline": pipeline or "not stated",
            "reference_verified": opened.reference_verified,
            "synthetic": opened.synthetic,
            "inputs": inputs,
            "notes": _notes(opened, duplicates, unregistered),
            "imported": node.now,
            "software": f"goe {goe.__version__}",
        }
        deed = node.ledger.deed(Deed.GENOMES_IMPORTED, "", actor=node.settings.actor, time=node.now, details={})
        try:
            with deed as entry:  # the ledger is locked here, so the number is ours
                if _stored(node, inputs, opened.assembly):
                    raise _StoredMeanwhile
                batch_id = entry["object"] = node.genomes.next_id()
                entry["details_hash"] = seal(folder, {**info, "batch_id": batch_id})
                node.genomes.admit(folder, batch_id)
        except _StoredMeanwhile:
            meanwhile = _stored(node, inputs, opened.assembly)
            assert meanwhile is not None
            return Imported(meanwhile, False, unregistered)
    return Imported(node.genomes.batch(batch_id).info, True, unregistered)


class _StoredMeanwhile(Exception):
    """Another process stored the same file while this one read it; leaving the deed with it writes nothing."""


def _stored(node: Node, inputs: list[list[str]], assembly: Assembly) -> BatchInfo | None:
    """The batch that was made from these files, known by their content."""
    wanted = [sha for _, sha in inputs]
    return next((b for b in node.genomes.batches() if [s for _, s in b.inputs] == wanted and b.assembly == assembly), None)


def open_genotypes(file: Path, assembly: Assembly | None) -> GenotypeFile:
    """A genotype file of any format that goe reads, by its ending. Raises BadInput for another ending."""
    if _is_plink(file):
        return BedFile(file, assembly)
    if file.name.endswith(_VCF):
        return VcfFile(file, assembly)
    if not file.exists():
        raise BadInput("there is no such file", where=str(file), remedy="check the name")
    raise BadInput("the file has another ending", expected=", ".join((*_VCF, ".bed")), where=str(file))


def _is_plink(file: Path) -> bool:
    return file.suffix == ".bed"


def _inputs(file: Path) -> list[Path]:
    return [file.with_suffix(s) for s in (".bed", ".bim", ".fam")] if _is_plink(file) else [file]


def _notes(opened: GenotypeFile, duplicates: int, unregistered: int) -> list[str]:
    """What the steward should know about this file."""
    found = opened.findings
    counted = {
        "genomes without a registered participant, counted nowhere": unregistered,
        "symbolic alleles, listed but not interpreted": found.symbolic_alleles,
        "alleles '*' left out": found.star_alleles,
        "repeated variants left out, the first is kept": duplicates,
    }
    notes = [f"{number} {what}" for what, number in counted.items() if number]
    return notes + ([] if opened.reference_verified else ["reference allele unverified: for structure only, not for a release"])
