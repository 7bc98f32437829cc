"""Quality files of real tools, read as their tools wrote them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from setting import SHARED

from goe.errors import BadInput
from goe.rules.thresholds import METRICS
from goe.store.formats.quality import read_quality
from goe.store.policies import profile_file, profiles, read_profile

QC = SHARED / "data" / "qc"
pytestmark = pytest.mark.skipif(not QC.is_dir(), reason="the shared data pack is not here")


@pytest.mark.parametrize(
    ("path", "sample", "numbers"),
    [  # copied from the files by eye
        ("picard/WgsMetrics/test2.wgs.metrics.txt", "test2", {"mean_autosome_coverage": 2.718558, "pct_autosomes_15x": 0.0552}),
        ("picard/WgsMetrics/PMC01-01_AB082422_S5_L005_R1_001.txt", "PMC01-01_AB082422", {"mean_autosome_coverage": 26.418221}),
        ("picard/MarkDuplicates/GATK_output/test2.dup_metrics.txt", "test2", {"pct_duplicates": 6.7166}),
        ("verifybamid/example_data.selfSM", "sample_name", {"cross_contamination_rate": 0.00037}),
        ("mosdepth/shallow/shallow.mosdepth.summary.txt", "shallow", {"mean_autosome_coverage": 0.4}),
        ("samtools/stats/SRR1067503_1.fastq.gz_bowtie_srtd.bam_dedup.bam_samtools_stats.txt",
         "SRR1067503_1.fastq.gz_bowtie_srtd", {"pct_reads_mapped": 100 * 16201191 / 29071646}),
        ("picard/VariantCallingMetrics/single_sample.gvcf.variant_calling_detail_metrics", "single_sample",
         {"ratio_heterozygous_homzygous_snv": 0.790524, "count_snvs": 2106624}),
    ],
)  # fmt: skip
def test_a_tool__is_read(path: str, sample: str, numbers: dict[str, float]) -> None:
    found = read_quality(QC / "multiqc" / path)
    assert list(found) == [sample]
    assert {name: found[sample][name] for name in numbers} == pytest.approx(numbers)


def test_the_100_real_files__join_the_panel() -> None:
    """Every GA4GH file gives all its metrics, under the name of a person of the 1000 Genomes Project."""
    with (SHARED / "data" / "reference" / "panel.tsv").open(newline="") as file:
        panel = {row[0] for row in csv.reader(file, delimiter="\t")}
    files = sorted((QC / "ga4gh_wgs_metrics").glob("*.json"))
    assert len(files) == 100
    for path in files:
        [(sample, numbers)] = read_quality(path).items()
        assert sample in panel
        said = json.loads(path.read_text())["wgs_qc_metrics"]
        assert numbers == {**said["aln_metrics"], **said["variant_metrics"]}


def test_dragen__is_read(tmp_path: Path) -> None:
    """Rows of one read group are left out; a per cent stands in the last column."""
    path = tmp_path / "S1.mapping_metrics.csv"
    path.write_text(
        "MAPPING/ALIGNING SUMMARY,,Total input reads,1000,100.00\n"
        "MAPPING/ALIGNING SUMMARY,,Number of duplicate marked reads,87,8.70\n"
        "MAPPING/ALIGNING SUMMARY,,Estimated sample contamination,0.0004\n"
        "COVERAGE SUMMARY,,PCT of genome with coverage [  15x: inf),95.81\n"
        "COVERAGE SUMMARY,,Average autosomal coverage over genome,34.50\n"
        "MAPPING/ALIGNING PER RG,RG1,Number of duplicate marked reads,80,8.00\n"
    )
    assert read_quality(path) == {
        "S1": {
            "pct_duplicates": 8.7,
            "cross_contamination_rate": 0.0004,
            "pct_autosomes_15x": 95.81,
            "mean_autosome_coverage": 34.5,
        }
    }


def test_multiqc__is_read_by_the_ends_of_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "multiqc_general_stats.txt"
    path.write_text("Sample\tPicard_mqc-generalstats-picard-MEAN_COVERAGE\tverifybamid-FREEMIX\nA\t31.5\t0.002\nB\t2.7\t\n")
    assert read_quality(path) == {
        "A": {"mean_autosome_coverage": 31.5, "cross_contamination_rate": 0.002},
        "B": {"mean_autosome_coverage": 2.7},
    }


@pytest.mark.parametrize(
    "content", ["", "x\n", '{"wgs_qc_metrics": 3}', "## METRICS CLASS\tpicard.WgsMetrics", "Sample\tx\nA\t1\n"]
)
def test_another_file__is_refused_with_a_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.txt"
    path.write_text(content)
    with pytest.raises(BadInput):
        read_quality(path)


@pytest.mark.parametrize("name", profiles())
def test_every_threshold__has_a_source(name: str) -> None:
    profile = read_profile(profile_file(name))
    assert "official" in profile.about, "a profile says that it is not the official one"
    for threshold in profile.thresholds.values():
        assert threshold.source
        assert threshold.metric in METRICS
