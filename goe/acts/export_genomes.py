"""Handing genotypes out of the store in a format that other tools read, for the node's own secure environment."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa

import goe
from goe.acts.choose_genomes import Chosen, choose_genomes
from goe.acts.count_genomes import region_place
from goe.acts.progress import Progress, Silence
from goe.acts.setting import Node
from goe.errors import BadInput
from goe.rules.events import Deed
from goe.rules.words import Assembly, Scope
from goe.science.genotypes import Codes
from goe.store.folders import unfinished
from goe.store.formats.write_pgen import write_bed, write_pgen
from goe.store.formats.write_vcf import Heading, write_bcf, write_vcf
from goe.store.formats.write_vcf_zarr import write_vcf_zarr

Writer = Callable[[Path, Heading, Iterable[Codes]], list[Path]]

ENDINGS: dict[str, Writer] = {
    ".vcf.gz": write_vcf,
    ".bcf": write_bcf,
    ".pgen": write_pgen,
    ".bed": write_bed,
    ".vcz": write_vcf_zarr,
}
FORMATS = {"vcf": ".vcf.gz", "bcf": ".bcf", "pgen": ".pgen", "bed": ".bed", "zarr": ".vcz"}
_EXTRA = {".pgen": ("pgenlib", "pgen"), ".vcz": ("zarr", "vcfzarr")}


@dataclass(frozen=True)
class Exported:
    """What was written: the files, how many genomes and variants, and how many people were left out for want of consent."""

    files: tuple[Path, ...]
    genomes: int
    variants: int
    left_out: int
    unnamed: int  # names asked for that are not among the genomes


def export_genomes(
    node: Node,
    path: Path,
    *,
    assembly: Assembly,
    form: str = "",
    batch: str = "",
    within: str = "",
    names: Collection[str] = (),
    everyone: bool = False,
    scope: Scope = Scope.ALLELE_FREQUENCY,
    progress: Progress | None = None,
) -> Exported:
    """Write the genotypes of those who consent to `scope` today, or of `everyone`, to a file in the format of its ending.

    Without `batch`, the batches that a release may count are joined: where one does not list a variant, its genomes are
    homozygous reference if they were read there, else a no-call. `names` are the genomes wanted, all without. `within` is a
    region. Files appear whole or not at all, and replace what was there. Raises BadInput.
    """
    ending = _ending(path, form)
    place = region_place(within, assembly) if within else None
    chosen = choose_genomes(node, assembly, batch=batch, everyone=everyone, scope=scope)
    unnamed = len(set(names) - {name for column in chosen.columns for name in column.genomes})
    if names:
        chosen = _named(chosen, frozenset(names))
    heading = _heading(chosen, chosen.variants(place))
    details = {"genomes": len(chosen.columns), "variants": heading.variants.num_rows, "format": ending, "everyone": everyone}
    with unfinished(path.parent, "export") as folder:
        blocks = _watched(chosen, heading, progress or Silence())
        written = ENDINGS[ending](folder / path.name, heading, blocks)
        object_ = f"{assembly}, {batch or 'all batches'}, {len(chosen.columns)} genomes"
        with node.ledger.deed(Deed.GENOMES_EXPORTED, object_, actor=node.settings.actor, time=node.now, details=details):
            files = tuple(_moved(file, path.parent / file.name) for file in reversed(written))  # the one asked for last
    return Exported(files[::-1], len(chosen.columns), heading.variants.num_rows, chosen.left_out, unnamed)


def _ending(path: Path, form: str) -> str:
    """The ending that decides the format. Raises BadInput for another, and where a library is missing."""
    found = next((ending for ending in ENDINGS if path.name.endswith(ending) and path.name != ending), "")
    if not found or (form and FORMATS.get(form) != found):
        expected = FORMATS.get(form) or ", ".join(ENDINGS)
        raise BadInput(f"the file is named {path.name!r}", expected=f"a name ending with {expected}", where=str(path))
    library, extra = _EXTRA.get(found, ("", ""))
    if library and find_spec(library) is None:
        raise BadInput(
            f"{found} needs the library {library}", where=str(path), remedy=f"install it with: pip install 'goe[{extra}]'"
        )
    return found


def _named(chosen: Chosen, names: frozenset[str]) -> Chosen:
    kept = [i for i, column in enumerate(chosen.columns) if column.genomes & names]
    if not kept:
        raise BadInput(
            "none of the names is a genome that may be shown", expected="names of genomes, one a line", where="--people"
        )
    return chosen.only(kept)


def _heading(chosen: Chosen, variants: pa.Table) -> Heading:
    infos = [b.info for b in chosen.batches]
    return Heading(
        assembly=chosen.assembly,
        samples=tuple(c.name for c in chosen.columns),
        sexes="".join(c.sex for c in chosen.columns),
        variants=variants,
        synthetic=any(b.synthetic for b in infos),
        reference_verified=all(b.reference_verified for b in infos),
        software=f"goe {goe.__version__}",
    )


def _watched(chosen: Chosen, heading: Heading, progress: Progress) -> Iterator[Codes]:
    """The blocks while they are written; somebody who waits sees how many variants are done."""
    done = iter(progress.track(range(heading.variants.num_rows), "variants", heading.variants.num_rows))
    for block in chosen.joined(heading.variants).blocks():
        yield block.codes
        for _ in range(block.last - block.first):
            next(done, None)


def _moved(file: Path, place: Path) -> Path:
    """Put a finished file, or folder, in its place."""
    if place.is_dir():
        shutil.rmtree(place)
    return file.replace(place)


def read_names(path: Path) -> list[str]:
    """Names of genomes, one a line. Raises BadInput for a file that has none."""
    try:
        names = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("the file cannot be read", expected="names of genomes, one a line", where=str(path)) from error
    if not names:
        raise BadInput("the file is empty", expected="names of genomes, one a line", where=str(path))
    return names
