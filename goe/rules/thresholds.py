"""Thresholds of sequencing quality: versioned profiles in which every number has a source. None of them is the official one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A number that is measured on a genome: its GA4GH name where it has one, what people call it, and how it is written.

    `scale` turns the stored number into what is written (bases into gigabases, say); `digits` stand after the point.
    """

    name: str
    words: str
    unit: str
    digits: int
    scale: float = 1.0

    def written(self, value: float) -> str:
        """The number as a person reads it.

        >>> METRICS["mean_autosome_coverage"].written(2.718558)
        '2.7×'
        """
        return f"{value * self.scale:.{self.digits}f}{self.unit}"


METRICS: Mapping[str, Metric] = {
    m.name: m
    for m in (
        Metric("mean_autosome_coverage", "mean coverage", "×", 1),
        Metric("pct_autosomes_15x", "of the autosomes read at least 15 times", " %", 1),
        Metric("pct_autosomes_20x", "of the autosomes read at least 20 times", " %", 1),
        Metric("yield_bp_q30", "of bases with quality 30 or more", " Gb", 1, 1e-9),
        Metric("cross_contamination_rate", "contamination by another person's DNA", " %", 2, 100),
        Metric("pct_duplicates", "duplicate reads", " %", 1),
        Metric("pct_chimeras", "chimeric reads", " %", 1),
        Metric("mean_insert_size", "mean insert size", " bp", 0),
        Metric("insert_size_std_deviation", "standard deviation of the insert size", " bp", 0),
        Metric("mad_autosome_coverage", "median absolute deviation of coverage", "×", 0),
        Metric("pct_reads_mapped", "reads mapped", " %", 1),
        Metric("pct_reads_properly_paired", "reads properly paired", " %", 1),
        Metric("ratio_transitions_transversions_snv", "transitions per transversion", "", 2),
        Metric("ratio_heterozygous_homzygous_snv", "heterozygous per homozygous SNV", "", 2),
        Metric("ratio_heterozygous_homzygous_indel", "heterozygous per homozygous indel", "", 2),
        Metric("ratio_insertion_deletion", "insertions per deletion", "", 2),
        Metric("count_snvs", "SNVs", "", 0),
        Metric("count_insertions", "insertions", "", 0),
        Metric("count_deletions", "deletions", "", 0),
        Metric("call_rate", "of genotypes called", " %", 1, 100),
    )
}
"""Every metric by name. Rates are fractions and `pct_...` are per cent, as in GA4GH's definitions (their spelling is kept)."""


@dataclass(frozen=True)
class Threshold:
    """Bounds of one metric. Beyond `fail_...` a genome fails; beyond `warn_...` it is worth a look. None: no bound."""

    metric: str
    source: str
    fail_below: float | None = None
    fail_above: float | None = None
    warn_below: float | None = None
    warn_above: float | None = None


@dataclass(frozen=True)
class Profile:
    """A named, versioned set of thresholds. `null_rate` is the share of null flavours in mandatory items that warns."""

    name: str
    version: str
    about: str
    thresholds: Mapping[str, Threshold]
    null_rate: float = 0.2

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Measurement:
    """One number that was measured on a genome. `source` is the SHA-256 of the file that says so; `pipeline` made it."""

    sample_id: str
    metric: str
    value: float
    source: str
    pipeline: str = ""
