"""Taking a genotype file into the store as a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import goe
from goe.acts.progress import Progress, Silence
from goe.acts.recorded import record_if_missing
from goe.acts.setting import Node
from goe.errors import BadInput
from goe.rules.events import Deed
from goe.rules.words import Assembly
from goe.store.checksums import sha256
from goe.store.formats.bed import Regions, read_bed
from goe.store.formats.genotype_file import GenotypeFile
from goe.store.formats.gvcf import GvcfFiles
from goe.store.formats.mask import OFF, Mask
from goe.store.formats.plink import BedFile
from goe.store.formats.vcf import VcfFile
from goe.store.genomes.batch import BatchInfo, seal, write_genotypes
from goe.store.genomes.callable import EVERYBODY, write_callable

__all__ = ["OFF", "Imported", "import_genomes", "is_gvcf", "open_genotypes"]

_VCF = (".vcf", ".vcf.gz", ".vcf.bgz", ".bcf")


@dataclass(frozen=True)
class Imported:
    """What became of a file: the batch, whether it was there already, and genomes without a registered participant."""

    batch: BatchInfo
    new: bool
    unregistered: int


def import_genomes(
    node: Node,
    file: Path | Sequence[Path],
    *,
    assembly: Assembly | None = None,
    callable_bed: Path | None = None,
    mask: Mask | None = None,
    label: str = "",
    pipeline: str = "",
    progress: Progress | None = None,
) -> Imported:
    """Store a VCF, BCF or PLINK 1 file, or gVCF files together, as a new batch; what is in the store is not stored again.

    `assembly` settles a doubt and may not contradict the file; PLINK files need it. `callable_bed` says where the genomes of a
    VCF were read besides its records; gVCF files say so themselves, after the genotype `mask`. Genomes whose name is not
    registered are stored and counted nowhere. Raises BadInput with file and line; the store is then unchanged.
    """
    files = [file] if isinstance(file, Path) else list(file)
    default = Assembly(node.settings.assembly) if _is_plink(files[0]) and node.settings.assembly else None
    opened = open_genotypes(files, assembly or default, mask)
    regions = _bed(callable_bed, opened)
    inputs = [[path.name, sha256(path)] for path in (*_inputs(files), *([callable_bed] if callable_bed else []))]
    known = {s.genome for s in node.registry.samples().values()}
    unregistered = sum(name not in known for name in opened.samples)
    if there := _stored(node, inputs, opened.assembly):
        record_if_missing(node, Deed.GENOMES_IMPORTED, there.batch_id, node.genomes.seals()[there.batch_id])
        return Imported(there, False, unregistered)
    named = files[0].name if len(files) == 1 else f"{len(files)} files"
    with node.genomes.incoming() as folder:
        records = (progress or Silence()).track(opened.records(), f"{node.name}: {named}")
        duplicates = write_genotypes(folder, opened.assembly, opened.samples, records)
        write_callable(folder, regions or opened.callable())
        info = {
            "label": label,
            "assembly": opened.assembly.value,
            "pipeline": pipeline or "not stated",
            "reference_verified": opened.reference_verified,
            "synthetic": opened.synthetic,
            "inputs": inputs,
            "notes": _notes(opened, duplicates, unregistered),
            "imported": node.now,
            "software": f"goe {goe.__version__}",
        }
        try:
            batch_id = _admit(node, folder, info)
        except _StoredMeanwhile as other:
            return Imported(other.batch, False, unregistered)
    return Imported(node.genomes.batch(batch_id).info, True, unregistered)


def _admit(node: Node, folder: Path, info: dict[str, Any]) -> str:
    """Give a written batch its number and its seal, and make it part of the store. Raises _StoredMeanwhile."""
    with node.ledger.deed(
        Deed.GENOMES_IMPORTED, "", actor=node.settings.actor, time=node.now, details={}
    ) as entry:  # the ledger is locked here, so the number is ours
        if there := _stored(node, info["inputs"], Assembly(info["assembly"])):
            raise _StoredMeanwhile(there)
        batch_id: str = node.genomes.next_id()
        entry["object"], entry["details_hash"] = batch_id, seal(folder, {**info, "batch_id": batch_id})
        node.genomes.admit(folder, batch_id)
    return batch_id


class _StoredMeanwhile(Exception):
    """Another process stored the same file while this one read it; leaving the deed with it writes nothing."""

    def __init__(self, batch: BatchInfo) -> None:
        self.batch = batch


def _stored(node: Node, inputs: list[list[str]], assembly: Assembly) -> BatchInfo | None:
    """The batch that was made from these files, known by their content."""
    wanted = [sha for _, sha in inputs]
    return next((b for b in node.genomes.batches() if [s for _, s in b.inputs] == wanted and b.assembly == assembly), None)


def open_genotypes(files: Sequence[Path], assembly: Assembly | None, mask: Mask | None = None) -> GenotypeFile:
    """A genotype file of any format that goe reads, by its ending, or several gVCF files. Raises BadInput for others."""
    file = files[0]
    if _is_plink(file) and len(files) == 1:
        return BedFile(file, assembly)
    for path in files:
        if not path.exists():
            raise BadInput("there is no such file", where=str(path), remedy="check the name")
        if not path.name.endswith(_VCF):
            raise BadInput("the file has another ending", expected=", ".join((*_VCF, ".bed")), where=str(path))
    opened = VcfFile(file, assembly)
    if opened.has_blocks:
        return GvcfFiles(files, assembly, mask)
    if len(files) > 1:
        raise BadInput("only gVCF files are stored together", expected="one file a batch", where=str(file))
    return opened


def is_gvcf(file: Path, assembly: Assembly | None) -> bool:
    """Whether a file is a gVCF, so that it can be stored together with others. Raises BadInput for a broken one."""
    return file.name.endswith(_VCF) and file.exists() and VcfFile(file, assembly).has_blocks


def _bed(path: Path | None, opened: GenotypeFile) -> dict[int, Regions] | None:
    """The regions of a BED file, for everybody. Raises BadInput where the files say themselves what was read."""
    if path is None:
        return None
    if isinstance(opened, GvcfFiles):
        raise BadInput("gVCF files say themselves where they were read", expected="no --callable", where=str(path))
    return {EVERYBODY: read_bed(path, opened.assembly)}


def _is_plink(file: Path) -> bool:
    return file.suffix == ".bed"


def _inputs(files: Sequence[Path]) -> list[Path]:
    if _is_plink(files[0]):
        return [files[0].with_suffix(s) for s in (".bed", ".bim", ".fam")]
    return list(files)


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
