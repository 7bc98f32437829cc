"""A part of a genotype file: some of its samples, some regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from goe.errors import BadInput
from goe.store.formats.bed import Regions
from goe.store.formats.genotype_file import GenotypeFile, Record
from goe.store.formats.regions import intersection, overlaps


class Part:
    """The file as far as it was asked for; see `goe.store.formats.genotype_file.GenotypeFile`.

    Without samples or regions it is the whole file. Raises BadInput where a sample is not in the file.
    """

    def __init__(self, file: GenotypeFile, *, samples: Sequence[str] | None = None, regions: Regions | None = None) -> None:
        self._file, self._regions = file, regions
        self._columns = _columns(file, samples)
        self.samples = tuple(file.samples[i] for i in self._columns)
        self.path, self.assembly, self.findings = file.path, file.assembly, file.findings
        self.synthetic, self.called_apart = file.synthetic, file.called_apart

    @property
    def reference_verified(self) -> bool:
        """As the file says."""
        return self._file.reference_verified

    def records(self) -> Iterator[Record]:
        """The variants that lie in the regions, with the codes of the samples."""
        whole = len(self._columns) == len(self._file.samples)
        for record in self._file.records():
            if overlaps(self._regions, record.contig, record.position, record.position):
                masked = None if record.masked is None else record.masked[self._columns]
                self.findings.masked += 0 if masked is None else int(masked.sum())
                yield record if whole else replace(record, codes=record.codes[self._columns], masked=masked)

    def callable(self) -> dict[int, Regions]:
        """Where each sample was read besides, within the regions."""
        found = self._file.callable()
        mine = {new: found[int(old)] for new, old in enumerate(self._columns) if int(old) in found}
        return mine if self._regions is None else {i: intersection(read, self._regions) for i, read in mine.items()}


def read_samples(asked: str) -> tuple[str, ...]:
    """Names of samples: a file with one a line, or names with commas between them. Raises BadInput."""
    path = Path(asked)
    if path.is_file():
        try:
            names = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        except UnicodeDecodeError as error:
            raise BadInput("the file is not text", expected="one sample a line", where=asked) from error
    else:
        names = [name.strip() for name in asked.split(",")]
    found = tuple(dict.fromkeys(name for name in names if name))
    if not found:
        raise BadInput("no sample is named", expected="names with commas, or a file with one a line", where="--samples")
    return found


def _columns(file: GenotypeFile, samples: Sequence[str] | None) -> np.ndarray:
    if samples is None:
        return np.arange(len(file.samples))
    absent = sum(name not in set(file.samples) for name in samples)
    if absent:
        raise BadInput(
            f"{absent} of the {len(samples)} samples asked for are not in the file",
            expected=f"names among its {len(file.samples)} samples",
            where=f"{file.path}, --samples",
        )
    return np.flatnonzero(np.isin(np.array(file.samples, dtype=object), np.array(samples, dtype=object)))
