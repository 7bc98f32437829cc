"""Make the demonstration's records of the minimal data set: invented and labelled so, beside each nation's participants.

    python scripts/cut_demo_minimal.py

Reads `participants.csv` and `quality/` of each nation (run `cut_demo_data.py` and `cut_demo_quality.py` before), and writes
`synthetic_minimal_dataset.csv`: the same people, with a column for each mandatory item that their record does not hold. The
depth is the coverage of the quality files, rounded; everything else is invented, and `Digital Resource.Name` says so in every
row. A few records hold so many null flavours that the gate warns of them. The seed is fixed; the same input gives the same
bytes.
"""

from __future__ import annotations

import csv
import json
import random
from datetime import date, timedelta
from pathlib import Path

DEMO = Path(__file__).parents[1] / "goe" / "data" / "demo"
SEED = 20262
LABEL = "synthetic record of the goe demonstration"
LISTS = {
    "Sample.Organism": "NCIT:C14225",
    "Sequence.Target": "Whole genome sequencing",
    "Sequence.Sequencing_Platform": "synthetic",
    "Sequence.Initial_input_file_format": "EDAM:format_1930",
    "Sequence.Final_output_file_format": "EDAM:format_3016",
}
"""Mandatory lists: what most records say; a null flavour may stand for it. EDAM's formats are FASTQ and VCF."""
SPARSE = 0.05  # share of records in which every list but the target is a null flavour: 4 of 16 mandatory values


def main() -> None:
    for nation in ("FI", "GB", "ES", "IT"):
        chance = random.Random(f"{SEED} {nation}")
        with (DEMO / nation / "participants.csv").open(newline="", encoding="utf-8") as file:
            people = list(csv.DictReader(file))
        depth = _depths(DEMO / nation / "quality")
        rows = [person | _record(chance, depth[person["genome"]]) for person in people]
        with (DEMO / nation / "synthetic_minimal_dataset.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _record(chance: random.Random, depth: float) -> dict[str, str]:
    """The mandatory items of one person."""
    sparse = chance.random() < SPARSE
    lists = {item: "HL7NF:UNK" if sparse and item != "Sequence.Target" else value for item, value in LISTS.items()}
    return lists | {
        "Sequence.Participated in proficiency testing": "false",
        "Sequence.Average depth of coverage": str(round(depth)),
        "Sequence.Alignment_Genome": "GRCh38",
        "Digital Resource.Name": LABEL,
        "Digital Resource.Version": "1",
        "Digital Resource.Date used": str(date(2025, 1, 1) + timedelta(days=int(chance.random() * 365))),
    }


def _depths(folder: Path) -> dict[str, float]:
    """Mean coverage of each genome, from the real files and the invented ones."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))
        found[path.name.split(".")[0]] = float(body["wgs_qc_metrics"]["aln_metrics"]["mean_autosome_coverage"])
    with (folder / "synthetic_general_stats.txt").open(newline="", encoding="utf-8") as file:
        found |= {row["Sample"]: float(row["synthetic-MEAN_COVERAGE"]) for row in csv.DictReader(file, delimiter="\t")}
    return found


if __name__ == "__main__":
    main()
