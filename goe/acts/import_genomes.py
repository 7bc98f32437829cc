"""Taking a genotype file into the store as a batch."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import goe
from goe.acts.progress import Progress, Silence
from goe.acts.recorded import record_if_missing
from goe.acts.setting import Node
from goe.errors import BadInput
from goe.rules.events import Deed
from goe.rules.words import Assembly, Scope, Target
from goe.store.checksums import sha256, sha256_text
from goe.store.formats.aligned import REACH, Aligned
from goe.store.formats.bed import Regions, read_bed
from goe.store.formats.fasta import FastaFile
from goe.store.formats.genotype_file import Findings, GenotypeFile
from goe.store.formats.gvcf import GvcfFiles
from goe.store.formats.mask import OFF, Mask
from goe.store.formats.part import Part, read_samples
from goe.store.formats.pgen import PgenFile, pvar_of
from goe.store.formats.plink import BedFile
from goe.store.formats.regions import intersection, read_regions, widened
from goe.store.formats.vcf import VcfFile
from goe.store.formats.vcf_text import Irregular, Job, Reading, read_parts
from goe.store.genomes.batch import BatchInfo, seal
from goe.store.genomes.callable import EVERYBODY, write_callable
from goe.store.genomes.pieces import Piece
from goe.store.genomes.writing import write_genotypes, write_pieces

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
    reference: Path | None = None,
    regions: str = "",
    samples: str = "",
    target: Target = Target.WGS,
    mask: Mask | None = None,
    label: str = "",
    pipeline: str = "",
    progress: Progress | None = None,
) -> Imported:
    """Store a VCF, BCF, PGEN or PLINK 1 file, or gVCF files together, as a new batch; what is in the store is not stored again.

    `assembly` settles a doubt and may not contradict the file; PLINK files need it. `callable_bed` says where the genomes were
    read besides the records; of gVCF files, which say so themselves, it keeps what lies in it. Exomes and panels need it.
    With a `reference` (FASTA), reference alleles are compared with it and indels are left-aligned. `regions` (typed, or a BED
    file) and `samples` (with commas, or a file) take a part. The genotype `mask` holds for calls and reference blocks alike.
    Genomes whose name is not registered are stored and counted nowhere. Raises BadInput with file and line; the store is then
    unchanged.
    """
    files = [file] if isinstance(file, Path) else list(file)
    if target is not Target.WGS and callable_bed is None:
        raise BadInput(
            f"the genomes were read in part only: {target.value}",
            expected="--callable with the BED file of the target regions",
            where=str(files[0]),
            remedy="give that file, because outside it nobody can be taken for homozygous reference",
        )
    chosen = _choose(node, files, assembly, mask, reference, regions, samples)
    opened = chosen.file
    bed = read_bed(callable_bed, opened.assembly) if callable_bed else None
    inputs = [[path.name, sha256(path)] for path in (*_inputs(files), *([callable_bed] if callable_bed else []))]
    inputs += chosen.said
    known = {c.genome for c in node.countable(Scope.ALLELE_FREQUENCY)}
    unregistered = sum(name not in known for name in opened.samples)
    if there := _stored(node, inputs, opened.assembly):
        record_if_missing(node, Deed.GENOMES_IMPORTED, there.batch_id, node.genomes.seals()[there.batch_id])
        return Imported(there, False, unregistered)
    named = files[0].name if len(files) == 1 else f"{len(files)} files"
    with node.genomes.incoming() as folder:
        order = _order(node, opened.samples)
        shown = progress or Silence()
        duplicates = _write(folder, opened, chosen.plain, order, shown, f"{node.name}: {named}")
        write_callable(folder, _callable(opened, bed, chosen.regions), np.argsort(order))
        info = {
            "label": label,
            "assembly": opened.assembly.value,
            "pipeline": pipeline or "not stated",
            "reference_verified": opened.reference_verified,
            "left_aligned": reference is not None,
            "synthetic": opened.synthetic,
            "inputs": inputs,
            "notes": _notes(opened, duplicates, unregistered, target, mask or Mask()),
            "imported": node.now,
            "software": f"goe {goe.__version__}",
        }
        try:
            batch_id = _admit(node, folder, info)
        except _StoredMeanwhile as other:
            return Imported(other.batch, False, unregistered)
    return Imported(node.genomes.batch(batch_id).info, True, unregistered)


@dataclass(frozen=True)
class _Chosen:
    """A file as far as it was asked for; `said` are the choices with their checksums, by which the batch is known again."""

    file: GenotypeFile
    plain: VcfFile | None  # the same where it is a whole VCF whose records are stored as they stand
    regions: Regions | None
    said: list[list[str]]


def _choose(
    node: Node,
    files: Sequence[Path],
    assembly: Assembly | None,
    mask: Mask | None,
    reference: Path | None,
    regions: str,
    samples: str,
) -> _Chosen:
    """The file opened, and what was asked of it. Regions need the assembly, so the file is opened before they are read."""
    default = Assembly(node.settings.assembly) if node.settings.assembly else None
    opened = open_genotypes(files, assembly, mask, default=default)
    fasta = FastaFile(reference, opened.assembly) if reference else None
    within = read_regions(regions, opened.assembly) if regions else None
    if within is not None:  # opened once more, to read no more than that
        needed = widened(within, REACH if fasta else 0)
        opened = open_genotypes(files, opened.assembly, mask, regions=needed)
    whole = Aligned(opened, fasta) if fasta else opened
    part = Part(whole, samples=read_samples(samples) if samples else None, regions=within)
    said = []
    if within is not None:
        said.append(
            ["--regions", sha256_text(*(f"{c}:{first.tolist()}-{last.tolist()}" for c, (first, last) in within.items()))]
        )
    if samples:
        said.append(["--samples", sha256_text(*sorted(part.samples))])
    plain = opened if isinstance(opened, VcfFile) and not (fasta or regions or samples or opened.provisional) else None
    return _Chosen(part, plain, within, said)


def _callable(opened: GenotypeFile, bed: Regions | None, regions: Regions | None) -> dict[int, Regions]:
    """Where each sample, or everybody, was read besides the records: what the file and the BED file say, within the regions."""
    found = opened.callable()
    if opened.called_apart:
        return found if bed is None else {sample: intersection(read, bed) for sample, read in found.items()}
    if bed is None:
        return found
    return {EVERYBODY: bed if regions is None else intersection(bed, regions)}


def _order(node: Node, samples: Sequence[str]) -> NDArray[np.int64]:
    """(samples,) which sample of the file stands at each place of the store.

    People of one region and karyotype stand together, since they are counted together; others come last, as in the file.
    """
    label = {c.genome: (c.region, c.letter) for c in node.countable(Scope.ALLELE_FREQUENCY)}
    last = ("~", "")
    return np.array(sorted(range(len(samples)), key=lambda i: label.get(samples[i], last)), dtype=np.int64)


def _write(
    folder: Path, opened: GenotypeFile, plain: VcfFile | None, order: NDArray[np.int64], progress: Progress, label: str
) -> int:
    """Write the genotypes of a file and return how many repeated variants were left out: the fast way where it can be gone."""
    if plain:
        names = [opened.samples[i] for i in order]
        job = Job(plain.path, plain.assembly, np.argsort(order))
        try:
            read = progress.track(read_parts(job, len(os.sched_getaffinity(0))), label)
            return write_pieces(folder, opened.assembly, names, _noted(read, opened))
        except Irregular:  # once more, line by line: that takes every VCF, or says what is wrong with it
            for path in folder.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            vars(opened.findings).update(vars(Findings()))
    return write_genotypes(folder, opened.assembly, opened.samples, progress.track(opened.records(), label), order)


def _noted(readings: Iterable[Reading], opened: GenotypeFile) -> Iterator[Piece]:
    """The pieces of a file, while what is to be said aloud is added up."""
    for reading in readings:
        for name in ("records", "star_alleles", "symbolic_alleles", "duplicates"):
            setattr(opened.findings, name, getattr(opened.findings, name) + getattr(reading, name))
        yield from reading.pieces


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


def open_genotypes(
    files: Sequence[Path],
    assembly: Assembly | None,
    mask: Mask | None = None,
    *,
    default: Assembly | None = None,
    regions: Regions | None = None,
) -> GenotypeFile:
    """A genotype file of any format that goe reads, by its ending, or several gVCF files. Raises BadInput for others.

    `default` is the assembly of PLINK files that do not say theirs; `regions` are those that need to be read.
    """
    file = files[0]
    if file.suffix == ".bed" and len(files) == 1:
        return BedFile(file, assembly or default)
    if file.suffix == ".pgen" and len(files) == 1:
        return PgenFile(file, assembly, default=default, regions=regions)
    for path in files:
        if not path.exists():
            raise BadInput("there is no such file", where=str(path), remedy="check the name")
        if not path.name.endswith(_VCF):
            raise BadInput("the file has another ending", expected=", ".join((*_VCF, ".pgen", ".bed")), where=str(path))
    opened = VcfFile(file, assembly, mask=mask, regions=regions)
    if opened.has_blocks:
        return GvcfFiles(files, assembly, mask, regions=regions)
    if len(files) > 1:
        raise BadInput("only gVCF files are stored together", expected="one file a batch", where=str(file))
    return opened


def is_gvcf(file: Path, assembly: Assembly | None) -> bool:
    """Whether a file is a gVCF, so that it can be stored together with others. Raises BadInput for a broken one."""
    return file.name.endswith(_VCF) and file.exists() and VcfFile(file, assembly).has_blocks


def _inputs(files: Sequence[Path]) -> list[Path]:
    if files[0].suffix == ".bed":
        return [files[0].with_suffix(s) for s in (".bed", ".bim", ".fam")]
    if files[0].suffix == ".pgen":
        return [files[0], pvar_of(files[0]), files[0].with_suffix(".psam")]
    return list(files)


def _notes(opened: GenotypeFile, duplicates: int, unregistered: int, target: Target, mask: Mask) -> list[str]:
    """What the steward should know about this file."""
    found = opened.findings
    counted = {
        "genomes without a registered participant, counted nowhere": unregistered,
        "symbolic alleles, listed but not interpreted": found.symbolic_alleles,
        "alleles '*' left out": found.star_alleles,
        "repeated variants left out, the first is kept": duplicates,
        f"calls set to missing by the genotype mask (DP {mask.depth}, GQ {mask.quality}, AB {mask.balance})": found.masked,
    }
    notes = [f"{number} {what}" for what, number in counted.items() if number]
    notes += [] if target is Target.WGS else [f"{target.value}: read in its target regions only"]
    return notes + ([] if opened.reference_verified else ["reference allele unverified: for structure only, not for a release"])
