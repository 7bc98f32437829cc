"""Time and memory of cohort design: a recommendation of 27 countries x 40 subgroups x 10 regions, and 5,000 people of 100,000.

    python benchmarks/design.py [--runs 3]

Prints one table: median and range of the wall time of the whole process, and the peak memory. Run it on a quiet machine. All
people and numbers are invented.
"""

from __future__ import annotations

import argparse
import csv
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

GOE = Path(sys.executable).with_name("goe")
BANDS = ((20, "Y20-29"), (30, "Y30-39"), (40, "Y40-49"), (50, "Y50-59"), (60, "Y60-69"), (70, "Y70-79"), (80, "Y80+"))
EU = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]
REGIONS = 12


def write(path: Path, heading: str, rows: list[tuple[object, ...]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading.split(","))
        writer.writerows(rows)
    return path


def europe(box: Path, random: np.random.Generator) -> tuple[Path, Path]:
    """Ten regions of each country, and forty subgroups in all of them."""
    size = {code: 500_000 * (1 + random.pareto(1.2)) for code in EU}
    census = [
        (code, f"{'EL' if code == 'GR' else code}{r}", 2024, n / 10, 2026, "invented")
        for code, n in size.items()
        for r in range(10)
    ]
    groups = [
        (c, f"group {g}", int(n * random.uniform(1e-3, 8e-3)), "", "invented") for c, n in size.items() for g in range(40)
    ]
    counted = [(*row[:3], round(row[3]), *row[4:]) for row in census]
    return (
        write(box / "census.csv", "country,nuts,nuts_version,n,ref_date,source", counted),
        write(box / "groups.csv", "country,subgroup,n,available,source", groups),
    )  # fmt: skip


def biobank(box: Path, random: np.random.Generator, people: int) -> tuple[Path, Path, Path]:
    """A census of Finland by 12 regions x sex x age x 12 groups (2,016 cells), a biobank, and 6,000 pairs of relatives."""
    groups = ["NAT", *(f"group {g}" for g in range(11))]
    census = [
        ("FI", f"FI{1 + r:X}", 2024, sex, band, g, 200 + int(random.exponential(2000 if g == "NAT" else 200)), 2026, "invented")
        for r in range(REGIONS) for sex in "FM" for _, band in BANDS for g in groups
    ]  # fmt: skip
    rows = []
    for i in range(people):
        r, g = int(random.integers(REGIONS)), groups[0] if random.random() < 0.8 else groups[int(random.integers(1, 12))]
        rows.append(
            (f"P{i}", f"FI{1 + r:X}", "FM"[int(random.integers(2))], int(random.integers(1936, 2007)), g, "yes", "population")
        )
    pairs = [(f"P{a}", f"P{b}", 0.25) for a, b in random.integers(0, people, (6000, 2)) if a != b]
    return (
        write(box / "fi.csv", "country,nuts,nuts_version,sex,age_band,birth_group,n,ref_date,source", census),
        write(box / "biobank.csv", "pseudo_id,nuts,sex,year_birth,birth_group,consent_1mg,health_flag", rows),
        write(box / "kinship.csv", "id1,id2,kinship", pairs),
    )  # fmt: skip


def timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def peak_memory(command: list[str]) -> float:
    """Peak resident memory in MB, measured in a process of its own so that earlier children do not count."""
    code = "import resource,subprocess,sys;subprocess.run(sys.argv[1:],check=True,stdout=-3,stderr=-3);" \
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"  # fmt: skip
    out = subprocess.run([sys.executable, "-c", code, *command], check=True, capture_output=True, text=True)
    return int(out.stdout) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--goe", default=str(GOE))
    parser.add_argument("--people", type=int, default=100_000)
    said = parser.parse_args()
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        box = Path(name)
        census, groups = europe(box, random)
        fi, people, pairs = biobank(box, random, said.people)
        national = [
            said.goe,
            "design",
            "recommend",
            "--nations",
            "FI",
            "--total",
            "5000",
            "--population",
            str(fi),
            "--rare",
            "0.001",
        ]
        jobs = {
            "27 countries x 40 subgroups x 10 regions": [
                said.goe, "design", "recommend", "--population", str(census),
                "--subgroups", str(groups), "--out", f"{box}/europe",
            ],
            f"{said.people // 20} of {said.people} people": [
                said.goe, "design", "select", str(people), "--design", f"{box}/fi", "--country", "FI", "--number",
                str(said.people // 20), "--kinship", str(pairs), "--out", f"{box}/chosen",
            ],
        }  # fmt: skip
        subprocess.run([*national, "--out", f"{box}/fi"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {said.runs} runs\n")
        print("| what | median s | range s | peak MB |\n| --- | --- | --- | --- |")
        for what, command in jobs.items():
            times = sorted(timed(command) for _ in range(said.runs))
            span = f"{times[0]:.1f}-{times[-1]:.1f}"
            print(f"| {what} | {statistics.median(times):.1f} | {span} | {peak_memory(command):.0f} |")


if __name__ == "__main__":
    main()
