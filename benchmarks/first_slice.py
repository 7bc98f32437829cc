"""Time and memory of what a newcomer does first, whole process each time.

    python benchmarks/first_slice.py [--runs 5]

Prints one table: median and range of the wall time, and the peak memory. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOE = Path(sys.executable).with_name("goe")


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
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as box:
        made = f"{box}/made"
        subprocess.run([GOE, "demo", "--no-serve", "--dir", made], check=True, stderr=subprocess.DEVNULL)
        jobs = {
            "goe --help": lambda i: [str(GOE), "--help"],
            "goe demo --no-serve (new)": lambda i: [str(GOE), "demo", "--no-serve", "--dir", f"{box}/new{i}"],
            "goe demo --no-serve (again)": lambda i: [str(GOE), "demo", "--no-serve", "--dir", made],
            "goe variant show": lambda i: [str(GOE), "variant", "show", "2-136608646-G-A", "--dir", made],
        }
        print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {runs} runs\n")
        print("| command | median s | range s | peak MB |\n| --- | --- | --- | --- |")
        for name, command in jobs.items():
            times = sorted(timed(command(i)) for i in range(runs))
            span = f"{times[0]:.2f}-{times[-1]:.2f}"
            print(f"| `{name}` | {statistics.median(times):.2f} | {span} | {peak_memory(command('m')):.0f} |")


if __name__ == "__main__":
    main()
