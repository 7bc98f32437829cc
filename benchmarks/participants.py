"""Seconds, rows per second and memory of an import of synthetic participants, on SQLite and on PostgreSQL.

    python benchmarks/participants.py [--people 500000] [--database postgresql://... --links postgresql://...]

Each import runs in a process of its own, whole, with the command's start. The databases named must be empty. Goals: at least
5,000 rows a second, below 1 GB. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from goe.store.formats.participants import COLUMNS

CODE = """
import resource, sys
from goe.cli import main
try:
    main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)
"""


def write_people(path: Path, people: int) -> None:
    """People as a nation would send them; synthetic, the seed is fixed."""
    chance = random.Random(4)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "Sequence.Target", "Sequence.Average depth of coverage", "Sample.Organism"])
        for i in range(1, people + 1):
            sex = chance.choice(["female", "male"])
            day = f"{chance.randint(2022, 2025)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            said = [chance.choice(["yes", "yes", "yes", "no"]) for _ in range(3)]
            row = [f"GOE-FI-SUBJECT-{i}", f"GOE-FI-SAMPLE-{i}", f"S{i}", sex, "XX" if sex == "female" else "XY"]
            row += [str(chance.randint(1930, 2004)), f"FI1{chance.choice('BCD')}", chance.choice(["FI", "FI", "SE", "EE"]), day]
            writer.writerow([*row, *said, "Whole genome sequencing", str(chance.randint(28, 42)), "NCIT:C14225"])


def run(*arguments: object) -> tuple[float, int]:
    """Seconds of a command, and its peak memory in MB."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", CODE, *map(str, arguments)], check=True, stderr=subprocess.PIPE, text=True)
    return time.perf_counter() - start, int(done.stderr.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=500_000)
    parser.add_argument("--database", default="")
    parser.add_argument("--links", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_people(folder / "people.csv", asked.people)
        print(f"{'database':<12} {'deed':<8} {'seconds':>8} {'rows/s':>8} {'MB':>6}")
        for kind in ["SQLite", *(["PostgreSQL"] if asked.database else [])]:
            if kind == "PostgreSQL":
                os.environ |= {"GOE_DATABASE": asked.database, "GOE_LINKS_DATABASE": asked.links or asked.database}
            node = folder / kind / "FI"
            run("node", "init", "--country", "FI", "--dir", node)
            for deed in ("import", "again"):
                seconds, memory = run("participants", "import", folder / "people.csv", "--dir", node)
                print(f"{kind:<12} {deed:<8} {seconds:>8.1f} {asked.people / seconds:>8.0f} {memory:>6}")


if __name__ == "__main__":
    main()
