"""Reading what laboratories measure on genomes: GA4GH JSON, Picard, mosdepth, samtools, verifyBamID, DRAGEN and MultiQC files.

Each reader turns one tool's numbers into metrics by their GA4GH names (`goe.rules.thresholds.METRICS`), with rates as fractions
and `pct_...` in per cent, and leaves out what has no name there. A sample is named by the file's content where it says so, else
by the file's name up to the first ending that the tools add, as MultiQC does.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from goe.errors import BadInput
from goe.rules.thresholds import METRICS

Numbers = dict[str, dict[str, float]]
"""Metrics by sample, as the file names it."""

_ENDINGS = re.compile(
    r"(\.metrics|\.mosdepth|\.wgs|\.selfSM|\.sorted|\.bam|\.cram|\.dup|\.txt|\.json|\.csv|\.tsv|_S\d+_L\d+"
    r"|\.wgs_coverage_metrics|\.mapping_metrics|\.vc_metrics|\.samtools|_metrics).*$"
)


def read_quality(path: Path) -> Numbers:
    """The numbers of a file, by sample. Raises BadInput for a file of no known tool, or one without a number we know."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput("there is no such file", where=str(path)) from None
    except (UnicodeDecodeError, IsADirectoryError):
        raise BadInput("this is not a text file", expected="a report of a quality tool", where=str(path)) from None
    reader = next((read for is_it, read in _READERS if is_it(path, text)), None)
    if reader is None:
        raise BadInput(
            "the file is of no tool that goe knows",
            expected="GA4GH WGS metrics, Picard, mosdepth summary, samtools stats, verifyBamID, DRAGEN or MultiQC general data",
            where=str(path),
        )
    try:
        found = {sample: numbers for sample, numbers in reader(path, text).items() if numbers}
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise BadInput(
            "the file is not as its tool writes it", where=str(path), remedy="write it again with the tool"
        ) from error
    if not found:
        raise BadInput("the file holds no number of a genome", expected=", ".join(list(METRICS)[:4]) + " ...", where=str(path))
    return found


def _sample(path: Path) -> str:
    return _ENDINGS.sub("", path.name)


def _ga4gh(path: Path, text: str) -> Numbers:
    """GA4GH WGS QC metrics, as npm-sample-qc writes them."""
    body = json.loads(text)
    said = {name: value for part in body["wgs_qc_metrics"].values() for name, value in part.items()}
    return {str(body["biosample"]["id"]): {n: float(v) for n, v in said.items() if n in METRICS and v is not None}}


_PICARD: Mapping[str, Mapping[str, tuple[str, float]]] = {
    "WgsMetrics": {
        "MEAN_COVERAGE": ("mean_autosome_coverage", 1),
        "MAD_COVERAGE": ("mad_autosome_coverage", 1),
        "PCT_15X": ("pct_autosomes_15x", 100),
        "PCT_20X": ("pct_autosomes_20x", 100),
    },
    "DuplicationMetrics": {"PERCENT_DUPLICATION": ("pct_duplicates", 100)},
    "InsertSizeMetrics": {
        "MEAN_INSERT_SIZE": ("mean_insert_size", 1),
        "STANDARD_DEVIATION": ("insert_size_std_deviation", 1),
    },
    "AlignmentSummaryMetrics": {"PCT_PF_READS_ALIGNED": ("pct_reads_mapped", 100), "PCT_CHIMERAS": ("pct_chimeras", 100)},
    "VariantCallingDetailMetrics": {
        "HET_HOMVAR_RATIO": ("ratio_heterozygous_homzygous_snv", 1),
        "TOTAL_SNPS": ("count_snvs", 1),
    },
}
"""Columns of Picard's metrics classes, with our name and the factor to it. Picard's own rates are fractions."""


def _picard(path: Path, text: str) -> Numbers:
    """Picard's metrics files: a class, a heading and rows of it; for pairs the last category (PAIR) says it of both reads.

    CollectWgsMetrics covers the whole genome unless it was given the autosomes; its mean is taken as it is.
    """
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("## METRICS CLASS"))
    wanted = _PICARD.get(re.split(r"[.$]", lines[start].split("\t")[1].strip())[-1], {})
    names = lines[start + 1].split("\t")
    found: Numbers = {}
    for line in lines[start + 2 :]:
        if not line.strip():
            break
        cells = dict(zip(names, line.split("\t"), strict=False))
        if cells.get("PAIR_ORIENTATION", "FR") != "FR":
            continue  # reads that face each other are the library; the others are its accidents
        sample = cells.get("SAMPLE_ALIAS") or cells.get("SAMPLE") or _sample(path)
        numbers = {
            ours: float(cells[theirs]) * factor for theirs, (ours, factor) in wanted.items() if _is_number(cells.get(theirs))
        }
        found.setdefault(sample, {}).update(numbers)
    return found


def _mosdepth(path: Path, text: str) -> Numbers:
    """The summary of mosdepth: the mean over chromosomes 1 to 22, weighted by length; the total where none is named so."""
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t"))
    autosomes = [r for r in rows if re.fullmatch(r"(chr)?([1-9]|1[0-9]|2[0-2])", r["chrom"])]
    chosen = autosomes or [r for r in rows if r["chrom"] == "total"]
    bases, length = sum(float(r["bases"]) for r in chosen), sum(float(r["length"]) for r in chosen)
    return {_sample(path): {"mean_autosome_coverage": bases / length}}


def _samtools(path: Path, text: str) -> Numbers:
    """The summary numbers (SN) of samtools stats; shares are of the reads themselves."""
    rows = (line.split("\t") for line in text.splitlines() if line.startswith("SN\t"))
    said = {row[1].rstrip(":"): float(row[2]) for row in rows if _is_number(row[2])}
    reads = said["sequences"]
    shares = {
        "pct_reads_mapped": "reads mapped",
        "pct_duplicates": "reads duplicated",
        "pct_reads_properly_paired": "reads properly paired",
    }
    numbers = {ours: 100 * said[theirs] / reads for ours, theirs in shares.items() if theirs in said and reads}
    if not said.get("reads paired"):
        numbers.pop("pct_reads_properly_paired", None)
    if said.get("insert size average"):
        numbers["mean_insert_size"] = said["insert size average"]
        numbers["insert_size_std_deviation"] = said["insert size standard deviation"]
    return {_sample(path): numbers}


def _verify_bam_id(path: Path, text: str) -> Numbers:
    """The selfSM file of verifyBamID: FREEMIX, the share of another person's DNA."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("#")), delimiter="\t")
    return {row["SEQ_ID"]: {"cross_contamination_rate": float(row["FREEMIX"])} for row in rows if _is_number(row["FREEMIX"])}


_DRAGEN: Mapping[str, tuple[str, float, bool]] = {
    "Average autosomal coverage over genome": ("mean_autosome_coverage", 1, False),
    "PCT of genome with coverage [15x:inf)": ("pct_autosomes_15x", 1, False),
    "PCT of genome with coverage [20x:inf)": ("pct_autosomes_20x", 1, False),
    "Estimated sample contamination": ("cross_contamination_rate", 1, False),
    "Number of duplicate marked reads": ("pct_duplicates", 1, True),
    "Mapped reads": ("pct_reads_mapped", 1, True),
    "Properly paired reads": ("pct_reads_properly_paired", 1, True),
    "Insert length: mean": ("mean_insert_size", 1, False),
    "Insert length: standard deviation": ("insert_size_std_deviation", 1, False),
    "Q30 bases": ("yield_bp_q30", 1, False),
    "Ti/Tv ratio": ("ratio_transitions_transversions_snv", 1, False),
    "Het/Hom ratio": ("ratio_heterozygous_homzygous_snv", 1, False),
}
"""DRAGEN's words, with our name, the factor, and whether the per cent in the last column is meant."""


def _dragen(path: Path, text: str) -> Numbers:
    """DRAGEN's metrics: section, read group, metric, value, per cent, with commas; rows of a read group are left out."""
    numbers = {}
    for row in csv.reader(io.StringIO(text)):
        if len(row) < 4 or row[1].strip():
            continue
        name = re.sub(r"\[\s*(\d+)x:\s*inf\s*\)", r"[\1x:inf)", row[2].strip())
        ours = _DRAGEN.get(name)
        value = row[-1] if ours and ours[2] and len(row) > 4 else row[3]
        if ours and _is_number(value):
            numbers[ours[0]] = float(value) * ours[1]
    return {_sample(path): numbers}


_MULTIQC: Mapping[str, tuple[str, float]] = {
    "MEAN_COVERAGE": ("mean_autosome_coverage", 1),
    "mean_coverage": ("mean_autosome_coverage", 1),
    "median_coverage": ("", 1),
    "PCT_15X": ("pct_autosomes_15x", 100),
    "PCT_20X": ("pct_autosomes_20x", 100),
    "15_x_pc": ("pct_autosomes_15x", 1),
    "20_x_pc": ("pct_autosomes_20x", 1),
    "FREEMIX": ("cross_contamination_rate", 1),
    "PERCENT_DUPLICATION": ("pct_duplicates", 100),
    "summed_mean": ("mean_insert_size", 1),
    "reads_mapped_percent": ("pct_reads_mapped", 1),
    "reads_properly_paired_percent": ("pct_reads_properly_paired", 1),
    "PCT_PF_READS_ALIGNED": ("pct_reads_mapped", 100),
}
"""Columns of MultiQC's general statistics, without the module's prefix, with our name and the factor."""


def _multiqc(path: Path, text: str) -> Numbers:
    """`multiqc_general_stats.txt` (or .json): a row per sample; a column is `<module>...-<name>`."""
    rows: dict[str, Mapping[str, Any]]
    if text.lstrip().startswith("{"):
        body = json.loads(text)
        parts = body["report_general_stats_data"]
        rows = {}
        for part in parts if isinstance(parts, list) else parts.values():
            for sample, said in part.items():
                rows[sample] = {**rows.get(sample, {}), **(said if isinstance(said, Mapping) else {})}
    else:
        rows = {row["Sample"]: row for row in csv.DictReader(io.StringIO(text), delimiter="\t")}
    found: Numbers = {}
    for sample, said in rows.items():
        named = {str(column).rsplit("-", 1)[-1]: value for column, value in said.items()}
        found[sample] = {
            ours: float(named[theirs]) * factor
            for theirs, (ours, factor) in _MULTIQC.items()
            if ours and _is_number(named.get(theirs))
        }
    return found


def _is_number(text: Any) -> bool:
    try:
        return text is not None and abs(float(text)) < 1e15
    except (TypeError, ValueError):
        return False


_READERS: tuple[tuple[Callable[[Path, str], bool], Callable[[Path, str], Numbers]], ...] = (
    (lambda p, t: t.lstrip().startswith("{") and '"wgs_qc_metrics"' in t, _ga4gh),
    (lambda p, t: t.lstrip().startswith("{") and '"report_general_stats_data"' in t, _multiqc),
    (lambda p, t: "## METRICS CLASS" in t, _picard),
    (lambda p, t: t.startswith("chrom\tlength\tbases\tmean"), _mosdepth),
    (lambda p, t: "\nSN\t" in t or t.startswith("SN\t"), _samtools),
    (lambda p, t: t.startswith("#SEQ_ID\tRG"), _verify_bam_id),
    (lambda p, t: re.match(r"[A-Z/ ]+(SUMMARY|STATISTICS),", t) is not None, _dragen),
    (lambda p, t: t.startswith("Sample\t"), _multiqc),
)
"""How a file is known by its content, and what reads it; the first that fits."""
