"""The genotype store against plink2, bcftools and bio2zarr on one synthetic nation: whole processes, interleaved runs.

    python benchmarks/genotypes.py DATA [--runs 5] [--only small] [--once]

DATA is a folder for the files, made with `goe synthetic make` where they are missing (half an hour, 6 GB): 10,000 people at
40,000 and at 400,000 sites, with 0.3 % of calls missing and without; 4,000,000 sites are the 400,000 ten times elsewhere.
Prints tables: median and range of the wall time, CPU time, peak memory of all processes of a command together, and the ratio to
the peer. Counts of both are compared at every site before anything is timed. `--once` adds the slow peers, one run each.

Run it on a quiet machine. plink2 needs OpenBLAS behind it for a fair comparison (Debian: libopenblas0-pthread).
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

GOE = str(Path(sys.executable).with_name("goe"))
CODE, PEOPLE = "DE", 10_000
REGIONS = [f"DE{c}" for c in "123456789A"]  # ten groups of people
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
_DEBIAN = Path("/usr/lib/plink2/plink2-avx2")  # what Debian's plink2, a shell script, starts
PLINK = [str(_DEBIAN if _DEBIAN.exists() else shutil.which("plink2")), "--threads", "2"]


@dataclass
class Run:
    """What one run of a command took: seconds of wall and CPU time, and the peak memory of its processes together in MB."""

    wall: float
    cpu: float
    memory: float


@dataclass
class Job:
    """One line of the table."""

    name: str
    goe: Callable[[], Sequence[str]]
    peer: Callable[[], Sequence[str]]
    runs: dict[str, list[Run]] = field(default_factory=lambda: {"goe": [], "peer": []})


def run(command: Sequence[str]) -> Run:
    """Run a command and measure it. Raises CalledProcessError where it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENVIRONMENT)
    peak, done = [0.0], threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, peak, done))
    watch.start()
    said = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    done.set()
    watch.join()
    if status:
        raise RuntimeError(f"{' '.join(command)}: {said.decode()[-800:]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, peak[0])


def _watch(pid: int, peak: list[float], done: threading.Event) -> None:
    """Add up the memory of a process and its children, ten times a second."""
    while not done.wait(0.1):
        peak[0] = max(peak[0], sum(_memory(p) for p in _family(pid)))


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(p for child in children for p in _family(int(child)))]


def _memory(pid: int) -> float:
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def quiet(*command: object) -> None:
    """Run a command that is not measured."""
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)


class Data:
    """One synthetic nation: its VCF, the same in plink2's format, and in a node."""

    def __init__(self, folder: Path, sites: int, missing: float) -> None:
        self.name = f"{sites // 1000}k{'' if missing else '_complete'}"
        self.folder, self.sites, self.missing = folder / self.name, sites, missing
        self.vcf = self.folder / CODE / "genomes.GRCh38.vcf.gz"
        self.people, self.psam = self.folder / "people.csv", self.folder / "people.psam"
        self.node, self.pgen = self.folder / "node", self.folder / "plink"

    def make(self) -> None:
        """Make what is missing."""
        if not self.vcf.is_file():
            quiet(GOE, "synthetic", "make", "--out", self.folder, "--nations", CODE, "--people", PEOPLE, "--sites", self.sites,
                  "--seed", 1, "--missing", self.missing)  # fmt: skip
        if not self.psam.is_file():
            self._write_people()
        if not self.node.is_dir():
            self.new_node(self.node)
            quiet(GOE, "genomes", "import", self.vcf, "--dir", self.node)
        if not self.pgen.with_suffix(".pgen").is_file():
            quiet(*PLINK, "--vcf", self.vcf, "--psam", self.psam, "--make-pgen", "--out", self.pgen)

    def new_node(self, folder: Path) -> None:
        """An empty node with its people."""
        shutil.rmtree(folder, ignore_errors=True)
        quiet(GOE, "node", "init", "--dir", folder, "--country", CODE, "--assembly", "GRCh38")
        quiet(GOE, "participants", "import", self.people, "--dir", folder)

    def _write_people(self) -> None:
        """The registry with ten regions, and the same people for plink2. Sex is read off X, so that nobody's is unknown."""
        with (self.folder / CODE / "participants.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        line = subprocess.run(
            f"zcat {self.vcf} | grep -m1 ^chrX", shell=True, check=True, capture_output=True, text=True
        ).stdout
        haploid = ["|" not in cell and "/" not in cell for cell in line.rstrip("\n").split("\t")[9:]]
        for i, row in enumerate(rows):
            row["region"], row["karyotype"] = REGIONS[i * 7919 % len(REGIONS)], "XY" if haploid[i] else "XX"
        with self.people.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        lines = [f"{row['genome']}\t{1 if male else 2}\t{row['region']}" for row, male in zip(rows, haploid, strict=True)]
        self.psam.write_text("\n".join(["#IID\tSEX\tREGION", *lines]) + "\n")

    def bytes(self) -> tuple[int, int]:
        """Bytes of our genotypes and of plink2's, both with phase and without the table of variants."""
        ours = sum(p.stat().st_size for p in (self.node / "genomes/batch-1/calls.zarr").rglob("*") if p.is_file())
        return ours, self.pgen.with_suffix(".pgen").stat().st_size


def jobs(data: Data, box: Path) -> list[Job]:
    """What is measured on one nation."""
    fresh, at = box / "fresh", ["--dir", str(data.node)]
    pfile = [*PLINK, "--pfile", str(data.pgen)]
    common = ["--autosome", "--maf", "0.05", "--make-king-table", "--king-table-filter", "0.0884"]

    def import_() -> list[str]:
        data.new_node(fresh)
        return [GOE, "genomes", "import", str(data.vcf), "--dir", str(fresh)]

    def goe(*words: str) -> Callable[[], Sequence[str]]:
        return lambda: [GOE, "genomes", *words, *at]

    def plink(*words: str, out: str) -> Callable[[], Sequence[str]]:
        return lambda: [*pfile, *words, "--out", str(box / out)]

    related = ["relatives", "--above", "0.0884", "--unrelated-below", "0.5"]  # pairs alone, as the peer
    counted = ["--loop-cats", "REGION", "--geno-counts"]
    vcf = ["--vcf", str(data.vcf), "--psam", str(data.psam), "--make-pgen"]
    return [
        Job("import", import_, lambda: [*PLINK, *vcf, "--out", str(box / "imported")]),
        Job("counts of 10 groups (to Parquet)", goe("count", "--everyone", "--by", "region", "-o", f"{box}/c.parquet"),
            plink(*counted, out="c")),
        Job("counts of 10 groups (to text)", goe("count", "--everyone", "--by", "region", "-o", f"{box}/c.tsv"),
            plink(*counted, out="c")),
        Job("quality of each sample", goe("quality", "-o", f"{box}/q.tsv"), plink("--sample-counts", "--missing", out="q")),
        Job("KING of all pairs at sites from 5 %",
             goe(*related, "-o", f"{box}/k.tsv"), plink(*common, out="k")),
    ]  # fmt: skip


def compare_counts(data: Data, box: Path) -> int:
    """Sites at which our counts differ from plink2's in any group; what both wrote is read."""
    import pyarrow.parquet as pq

    quiet(GOE, "genomes", "count", "--everyone", "--by", "region", "--dir", data.node, "-o", box / "c.parquet")
    quiet(*PLINK, "--pfile", data.pgen, "--loop-cats", "REGION", "--geno-counts", "--out", box / "c")
    ours = pq.read_table(box / "c.parquet")
    numbers = {name: ours[name].to_numpy().reshape(-1, len(REGIONS)) for name in ("ac", "het", "hom", "hemi", "missing")}
    wrong = np.zeros(len(numbers["ac"]), dtype=bool)
    for i, region in enumerate(REGIONS):
        theirs = np.loadtxt(box / f"c.{region}.gcount", skiprows=1, usecols=range(4, 10), dtype=np.int64)
        _, het, hom, _, hemi, missing = theirs.T
        expected = {"ac": het + 2 * hom + hemi, "het": het, "hom": hom, "hemi": hemi, "missing": missing}
        for name, value in expected.items():
            wrong |= numbers[name][:, i] != value
    return int(wrong.sum())


def tile(data: Data, folder: Path, times: int) -> Data:
    """The same nation with every variant so many times, at other positions: a store and a PGEN written block by block."""
    import pgenlib
    import pyarrow as pa

    from goe.rules.variants import CONTIGS
    from goe.science.ploidy import Region
    from goe.store.genomes.batch import StoredBatch, seal
    from goe.store.genomes.pieces import Piece
    from goe.store.genomes.writing import write_pieces

    made = Data(folder, data.sites * times, data.missing)
    if made.pgen.with_suffix(".pgen").is_file():
        return made
    made.folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(data.people, made.people), shutil.copy(data.psam, made.psam)
    made.new_node(made.node)
    batch, out = StoredBatch(data.node / "genomes/batch-1"), made.node / "genomes/batch-1"
    table = batch.variants
    contig = table["contig"].to_numpy()
    start = {c: 2_800_000 if CONTIGS[c] == "X" else 1 for c in np.unique(contig).tolist()}

    def pieces():  # type: ignore[no-untyped-def]
        place = dict(start)
        for c in start:
            blocks = [b for b in batch.blocks() if contig[b.first] == c]
            for block in [b for _ in range(times) for b in blocks]:
                n = block.last - block.first
                part = table.slice(block.first, n)
                texts = (part[name].to_pylist() for name in ("reference", "alternate", "rsid", "filter"))
                yield Piece(
                    c, Region(block.region), np.arange(place[c], place[c] + 300 * n, 300, dtype=np.int32), *texts, block.packed
                )
                place[c] += 300 * n

    out.parent.mkdir(exist_ok=True)
    out.mkdir()
    write_pieces(out, "GRCh38", batch.samples, pieces())
    info = {name: getattr(batch.info, name) for name in batch.info.__dataclass_fields__}
    seal(out, {**info, "inputs": [list(pair) for pair in info["inputs"]], "notes": list(info["notes"])})
    made_table = StoredBatch(out).table(0, made.sites)
    assert made_table.num_rows == made.sites
    order = np.concatenate([np.tile(np.flatnonzero(contig == c), times) for c in start])
    shutil.copy(data.psam, made.pgen.with_suffix(".psam"))
    with made.pgen.with_suffix(".pvar").open("w") as file:
        file.write("#CHROM\tPOS\tID\tREF\tALT\n")
        for batch_ in made_table.to_batches(100_000):
            rows = pa.Table.from_batches([batch_]).to_pylist()
            file.writelines(f"{CONTIGS[r['contig']]}\t{r['position']}\t.\t{r['reference']}\t{r['alternate']}\n" for r in rows)
    reader = pgenlib.PgenReader(bytes(data.pgen.with_suffix(".pgen")))
    writer = pgenlib.PgenWriter(bytes(made.pgen.with_suffix(".pgen")), PEOPLE, variant_ct=made.sites, nonref_flags=False)
    buffer = np.empty(PEOPLE, dtype=np.int8)
    for row in order.tolist():
        reader.read(row, buffer)
        writer.append_biallelic(buffer)
    writer.close()
    return made


def measure(found: list[Job], runs: int) -> None:
    """Both sides in turns, so that a change of the machine meets both; of three runs or more a first one warms the files."""
    for job in found:
        for number in range(runs + (runs >= 3)):
            for side, command in (("goe", job.goe), ("peer", job.peer)):
                took = run(command())
                if number or runs < 3:
                    job.runs[side].append(took)
        print(line(job), flush=True)


def line(job: Job) -> str:
    """A row of the table."""
    cells = []
    for side in ("goe", "peer"):
        wall = sorted(r.wall for r in job.runs[side])
        cpu, memory = (statistics.median(getattr(r, n) for r in job.runs[side]) for n in ("cpu", "memory"))
        cells.append(f"{statistics.median(wall):.2f} ({wall[0]:.2f}-{wall[-1]:.2f}) | {cpu:.2f} | {memory:.0f}")
    middle = {side: [statistics.median(getattr(r, n) for r in job.runs[side]) for n in ("wall", "cpu")] for side in job.runs}
    ratio = [ours / theirs for ours, theirs in zip(middle["goe"], middle["peer"], strict=True)]
    return f"| {job.name} | {cells[0]} | {cells[1]} | {ratio[0]:.2f} | {ratio[1]:.2f} |"


def look_up(data: Data) -> str:
    """Carriers of variants drawn at random, in one process with the store open: milliseconds."""
    from goe.science.genotypes import unpack
    from goe.store.genomes.batch import StoredBatch

    batch = StoredBatch(data.node / "genomes/batch-1")
    rows = np.random.default_rng(1).integers(0, batch.info.variants, 2000).tolist()
    table = batch.variants
    asked = [tuple(table[c][r].as_py() for c in ("contig", "position", "reference", "alternate")) for r in rows]
    took = []
    for variant, row in zip(asked, rows, strict=True):
        start = time.perf_counter()
        found = batch.find(*variant)
        packed = batch.one(found).packed if found is not None else None
        carriers = np.flatnonzero(unpack(packed)[0] != packed.default) if packed else None
        took.append((time.perf_counter() - start) * 1000)
        assert found == row and carriers is not None
    return f"median {np.median(took):.2f}, p99 {np.quantile(took, 0.99):.2f}, most {max(took):.1f}"


def slow_peers(data: Data, box: Path) -> None:
    """bcftools and bio2zarr, one run each."""
    groups = box / "groups"
    groups.write_text("".join(f"{a}\t{c}\n" for a, _, c in (x.split("\t") for x in data.psam.read_text().splitlines()[1:])))
    bcf = str(box / "x.bcf")
    vcf2zarr = [sys.executable, "-m", "bio2zarr", "vcf2zarr"]
    jobs_ = {
        "bcftools view -Ob (import)": ["bcftools", "view", "--threads", "2", "-Ob", "-o", bcf, str(data.vcf)],
        "bcftools +fill-tags, 10 groups": ["bcftools", "+fill-tags", bcf, "-Ob", "-o", f"{box}/y.bcf", "--", "-S", str(groups),
                                           "-t", "AN,AC,AC_Het,AC_Hom,AC_Hemi"],
        "vcf2zarr explode": [*vcf2zarr, "explode", "-f", "-Q", "-p", "2", str(data.vcf), f"{box}/x.icf"],
        "vcf2zarr encode": [*vcf2zarr, "encode", "-f", "-Q", "-p", "2", f"{box}/x.icf", f"{box}/x.vcz"],
    }  # fmt: skip
    quiet("bcftools", "index", "-f", data.vcf)
    for name, command in jobs_.items():
        took = run(command)
        print(f"| {name} | {took.wall:.1f} | {took.cpu:.1f} | {took.memory:.0f} |", flush=True)


def machine() -> str:
    """What it runs on, and the versions."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    plink = subprocess.run([PLINK[0], "--version"], check=True, capture_output=True, text=True).stdout.strip()
    linked = subprocess.run(["ldd", PLINK[0]], check=True, capture_output=True, text=True).stdout
    blas = sorted({str(Path(found).resolve()) for found in re.findall(r"=> (\S*(?:blas|lapack)\S*)", linked)})
    cores = len(os.sched_getaffinity(0))
    return (
        f"{model[1] if model else '?'}, {cores} cores, Python {platform.python_version()}, numpy {np.__version__}; {plink}, "
        f"linked with {', '.join(Path(b).name for b in blas) or 'no BLAS'} in {blas[0].split('/')[-2] if blas else '-'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=["small", "large", "tiled"])
    parser.add_argument("--once", action="store_true")
    said = parser.parse_args()
    box = said.data / "box"
    box.mkdir(parents=True, exist_ok=True)
    print(machine())
    heading = (
        "| job | goe: wall s (range) | CPU s | peak MB | plink2: wall s (range) | CPU s | peak MB | wall ratio | CPU ratio |"
    )
    for sites in [n for n, size in ((40_000, "small"), (400_000, "large")) if said.only in (None, size)]:
        for missing in (0.003, 0.0):
            data = Data(said.data, sites, missing)
            data.make()
            ours, theirs = data.bytes()
            print(f"\n{PEOPLE:,} people, {sites:,} sites, {missing:.1%} of calls missing. Counts that differ from plink2's: "
                  f"{compare_counts(data, box)} sites. Genotypes: {ours:,} bytes, PGEN {theirs:,}, ratio {ours / theirs:.2f}. "
                  f"Look-up of a variant's carriers, ms: {look_up(data)}.\n\n{heading}\n|{' --- |' * 9}")  # fmt: skip
            measure(jobs(data, box), said.runs)
            if said.once and sites == 40_000 and missing:
                slow_peers(data, box)
    if said.only in (None, "tiled"):
        data = Data(said.data, 400_000, 0.003)
        data.make()
        tiled = tile(data, said.data, 10)
        print(f"\n{PEOPLE:,} people, {tiled.sites:,} sites (tiled). Counts that differ: {compare_counts(tiled, box)} sites.")
        print(f"\n{heading}\n|{' --- |' * 9}")
        measure([job for job in jobs(tiled, box) if "counts" in job.name], min(said.runs, 3))


if __name__ == "__main__":
    main()
