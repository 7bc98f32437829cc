"""Cut the demonstration's quality files: real WGS metrics where there are any, synthetic and labelled ones for everybody else.

    python scripts/cut_demo_quality.py SOURCE

SOURCE is the project's data pack. The seed is fixed; the same source gives the same bytes.
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

DEMO = Path(__file__).parents[1] / "goe" / "data" / "demo"
SEED = 20261
COLUMNS = ("MEAN_COVERAGE", "PCT_15X", "FREEMIX", "PERCENT_DUPLICATION")


def main(source: Path) -> None:
    real = {p.name.split(".")[0]: p for p in (source / "qc" / "ga4gh_wgs_metrics").glob("*.metrics.json")}
    for nation in ("FI", "GB", "ES", "IT"):
        chance = random.Random(f"{SEED} {nation}")
        folder = DEMO / nation / "quality"
        folder.mkdir(exist_ok=True)
        with (DEMO / nation / "participants.csv").open(newline="", encoding="utf-8") as file:
            genomes = sorted(row["genome"] for row in csv.DictReader(file))
        for name in genomes:
            if name in real:
                (folder / real[name].name).write_bytes(real[name].read_bytes())
        lines = ["\t".join(("Sample", *(f"synthetic-{column}" for column in COLUMNS)))]
        lines += ["\t".join((name, *_numbers(chance))) for name in genomes if name not in real]
        (folder / "synthetic_general_stats.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _numbers(chance: random.Random) -> tuple[str, ...]:
    """Invented numbers of an ordinary 30x genome: mean coverage, share at 15x, contamination, duplicates."""
    coverage = chance.gauss(32, 2)
    return (
        f"{coverage:.2f}",
        f"{chance.gauss(0.958, 0.001):.4f}",
        f"{chance.uniform(0, 0.003):.5f}",
        f"{chance.gauss(0.1, 0.01):.4f}",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
