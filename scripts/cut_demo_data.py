"""Cut the demo data of goe out of the data pack: 404 real genomes of four nations, with synthetic papers.

    python scripts/cut_demo_data.py SOURCE [OUT]

SOURCE is the folder of the data pack (its `reference/` and `prs/` are read); OUT is `goe/data/demo` unless given.
Needs `bgzip` (htslib) on the path and numpy.

Real: the genotypes and the sex of 404 people of the 1000 Genomes Project. Finland's are the project's FIN, Britain's GBR,
Spain's IBS, and Italy's TSI (the Tuscans), as far as they are in the LCT file. Every site of the source is kept, also where
a nation does not vary, and so is every missing genotype; only INFO is dropped.

Synthetic, always from `SEED`: pseudonyms, birth years, regions, consents, and all genotypes of `scores.GRCh38.vcf.gz`. No FASTA
stands behind that file: REF is the score's other allele and ALT its effect allele, which need not be so on the genome.

The same source gives the same bytes: no dates, everything sorted, BGZF without a time stamp. Random numbers come from
`random.Random`, orders and picks only from its `random()`, whose sequence Python promises to keep. Another version of bgzip
may compress the same text into other bytes.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import itertools
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

import numpy as np

SEED = 20260
NATIONS = {"FI": "FIN", "GB": "GBR", "ES": "IBS", "IT": "TSI"}  # nation -> population label of 1000 Genomes
# NUTS-2 regions a synthetic participant may come from; the Italian ones lie around Tuscany, where the genomes come from.
REGIONS = {
    "FI": ("FI19", "FI1B", "FI1C", "FI1D"),
    "GB": ("UKD3", "UKI3", "UKJ4", "UKK3", "UKM6"),
    "ES": ("ES11", "ES30", "ES41", "ES51", "ES61"),
    "IT": ("ITH5", "ITI1", "ITI2", "ITI4"),
}
PEOPLE_WITHOUT_SCOPE = 3  # per nation: they refuse the allele-frequency scope and are counted nowhere
LACTASE = "rs4988235"
LACTASE_COUNTS = {"FI": (117, 198), "GB": (131, 182), "ES": (98, 214), "IT": (19, 214)}  # AC, AN over everybody
EXAMPLES = (LACTASE, "2-136608646-G-A", "rs9617528", "X-40502332-A-C")

F_ST = 0.005  # between the nations, of the synthetic genotypes
MISSING_RATE = 0.002
SCORES = ("PGS000001_hmPOS_GRCh38.txt.gz", "PGS000002_hmPOS_GRCh38.txt.gz", "PGS000802_hmPOS_GRCh37.txt")
CHAIN = "hg19ToHg38.over.chain.gz"

SYMBOLIC = {  # as the header of 1000 Genomes phase 3 describes them
    "CN0": "Copy number allele: 0 copies",
    "CN2": "Copy number allele: 2 copies",
    "CN3": "Copy number allele: 3 copies",
    "CN4": "Copy number allele: 4 copies",
    "INS:ME:ALU": "Insertion of ALU element",
    "INS:ME:SVA": "Insertion of SVA element",
}
NOTICE = (
    "Genomes and sex are real: {people} people of the 1000 Genomes Project. "
    "Consents, birth years, regions and the score sites are synthetic."
)
CITATION = (
    "The 1000 Genomes Project Consortium, Nature 2012;491:56-65 and Nature 2015;526:68-74; "
    "Byrska-Bishop et al., Cell 2022;185:3426-3440"
)


@dataclass(frozen=True)
class Origin:
    """A file of the data pack that is cut by people, and the repository it was found in."""

    file: str
    source: str
    repository: str
    path: str
    repository_licence: str
    pipeline: str
    label: str


LCT = Origin(
    file="lct.GRCh37.vcf.gz",
    source="1kg_p3_LCT_2q21_dense.GRCh37.vcf.gz",
    repository="cran/Ravages@23f7cac283181b1e5bda57e67a1dd12af70b2693",
    path="data/LCT.haplotypes.rda",
    repository_licence="GPL-3",
    pipeline="1000 Genomes phase 3",
    label="LCT region, 1000 Genomes phase 3",
)
CHR22 = Origin(
    file="chr22.GRCh37.vcf.gz",
    source="1kg_p3_chr22_16.05-17.57Mb.GRCh37.vcf.gz",
    repository="CNAG-Biomedical-Informatics/beacon2-cbi-tools@b12cdcabb4f74a09ae6b10676341a6605fd75878",
    path="testdata/vcf/cineca_annotated/fully_annotated.vcf.gz",
    repository_licence="GPL-3",
    pipeline="1000 Genomes phase 3",
    label="Chromosome 22 region, 1000 Genomes phase 3",
)
SITES = Origin(
    file="sites.GRCh38.vcf.gz",
    source="1kg_hc3202_pgs1k.GRCh38.vcf.gz",
    repository="PGScatalog/pygscatalog@2d2d6c42085ff543455e23be0820c286a85f7190",
    path="pgscatalog.utils/packages/pgscatalog.calc/tests/data/vcf/tiny1000G.vcf.gz",
    repository_licence="Apache-2.0",
    pipeline="1000 Genomes high coverage",
    label="1,004 sites, 1000 Genomes high coverage",
)
STRUCTURE = Origin(
    file="structure.bed",
    source="1kg_p1_autosomes14k.GRCh37.bed",
    repository="gabraham/flashpca@b8044f13607a072125828547684fde8b081d6191",
    path="HapMap3/1kg.ref.phase1_release_v3.20101123_thinned_autosomal_overlap.{bed,bim,fam}",
    repository_licence="GPL-3",
    pipeline="1000 Genomes phase 1",
    label="14,079 SNPs for structure, 1000 Genomes phase 1",
)
SCORE_REPOSITORY = "PGScatalog/pygscatalog@2d2d6c42085ff543455e23be0820c286a85f7190"
PANEL_REPOSITORY = "adimitromanolakis/sim1000G@a07bd8f4cf69b7d3f5a24138e8f799d61025f04b"


@dataclass(frozen=True)
class Site:
    """One site of a score on GRCh38: `frequency` is that of the effect allele (ALT), where the score gives one."""

    chrom: str
    position: int
    name: str
    ref: str
    alt: str
    frequency: float | None


def say(message: str) -> None:
    """Progress, on stderr."""
    print(message, file=sys.stderr)


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a text file, gzipped or not, without their ends."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as text:
        for line in text:
            yield line.rstrip("\n")


def random_for(*purpose: str) -> Random:
    """A generator of its own for each purpose, so that a change in one does not move the others."""
    return Random("/".join((str(SEED), *purpose)))


def shuffled(items: Iterable[str], random: Random) -> list[str]:
    """A random order; sorts by `random()`, whose sequence is promised, which that of `shuffle` is not."""
    return [item for _, item in sorted((random.random(), item) for item in items)]


def pick(items: tuple[str, ...], random: Random) -> str:
    """One of the items."""
    return items[int(random.random() * len(items))]


# People


def sample_names(vcf: Path) -> list[str]:
    """The samples of a VCF file, in its order."""
    return next(line.split("\t")[9:] for line in lines_of(vcf) if line.startswith("#CHROM"))


def read_panel(path: Path) -> dict[str, dict[str, str]]:
    """The 1000 Genomes panel by sample name."""
    with path.open(newline="") as text:
        return {row["sample"]: row for row in csv.DictReader(text, delimiter="\t")}


def people_of(population: str, panel: dict[str, dict[str, str]], genotyped: Iterable[str]) -> list[str]:
    """The people of a population who really are in the genotype file; the panel lists a few more."""
    return sorted(name for name in genotyped if panel[name]["pop"] == population)


def genotypes_at(vcf: Path, rsid: str) -> dict[str, str]:
    """Everybody's genotype at one site, as it is written."""
    record = next(line for line in lines_of(vcf) if f"\t{rsid}\t" in line[:200])
    return dict(zip(sample_names(vcf), record.split("\t")[9:], strict=True))


def without_scope(nation: str, people: list[str], genotype: dict[str, str]) -> set[str]:
    """The three who refuse the allele-frequency scope; at least one carries the lactase allele, so that its count changes."""
    order = shuffled(people, random_for("refusals", nation))
    first = next(person for person in order if "1" in genotype[person])
    return {first, *[person for person in order if person != first][: PEOPLE_WITHOUT_SCOPE - 1]}


def participants(
    nation: str, people: list[str], panel: dict[str, dict[str, str]], refusing: set[str]
) -> Iterator[dict[str, str]]:
    """The synthetic papers of the real people of a nation, by sample number."""
    random = random_for("papers", nation)
    subject_number = {p: i for i, p in enumerate(shuffled(people, random_for("subjects", nation)), start=1)}
    for number, person in enumerate(shuffled(people, random_for("samples", nation)), start=1):
        sex = panel[person]["sex"]
        yield {
            "participant": f"GOE-{nation}-SUBJECT-{subject_number[person]}",
            "sample": f"GOE-{nation}-SAMPLE-{number}",
            "genome": person,
            "sex": sex,
            "karyotype": {"male": "XY", "female": "XX"}[sex],
            "birth_year": str(1940 + int(random.random() * 65)),
            "region": pick(REGIONS[nation], random),
            "country_of_origin": nation,
            "consent_from": (date(2024, 1, 1) + timedelta(days=int(random.random() * 731))).isoformat(),
            "allele_frequency": "no" if person in refusing else "yes",
            "subject_level_query": "yes" if random.random() < 0.8 else "no",
            "secondary_use": "yes" if random.random() < 0.9 else "no",
        }


def write_participants(path: Path, rows: Iterable[dict[str, str]]) -> None:
    """One row per person."""
    table = list(rows)
    with path.open("w", newline="") as text:
        writer = csv.DictWriter(text, table[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


# Real genotypes: VCF


def title_line(people: list[str]) -> str:
    """The line of a VCF file that names its columns."""
    return "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *people])


def write_bgzf(path: Path, lines: Iterable[str]) -> None:
    """A block-gzipped text file, without a time stamp."""
    text = "".join(line + "\n" for line in lines)
    path.write_bytes(subprocess.run(["bgzip", "-c", "-l", "9"], input=text.encode(), stdout=subprocess.PIPE, check=True).stdout)


def meta_lines(vcf: Path, *starts: str) -> list[str]:
    """The header lines of a VCF file that start so."""
    header = itertools.takewhile(lambda line: line.startswith("##"), lines_of(vcf))
    return [line for line in header if line.startswith(starts)]


def contig_lines(vcf: Path, chroms: set[str]) -> list[str]:
    """The `##contig` lines of these chromosomes, whose lengths tell the assembly."""
    return [line for line in meta_lines(vcf, "##contig=") if line.split("ID=")[1].split(",")[0] in chroms]


def read_sites(vcf: Path) -> list[list[str]]:
    """CHROM, POS, ID, REF and ALT of every record."""
    return [line.split("\t", 5)[:5] for line in lines_of(vcf) if not line.startswith("#")]


def slimmed_header(vcf: Path, origin: Origin) -> list[str]:
    """The header lines that a reader of genotypes needs: no INFO, no history, only the contigs that occur."""
    sites = read_sites(vcf)
    symbolic = {allele[1:-1] for site in sites for allele in site[4].split(",") if allele.startswith("<")}
    return [
        *meta_lines(vcf, "##fileformat="),
        *meta_lines(vcf, "##FILTER="),
        *[f'##ALT=<ID={allele},Description="{SYMBOLIC[allele]}">' for allele in sorted(symbolic)],
        *meta_lines(vcf, "##FORMAT=<ID=GT,"),
        *meta_lines(vcf, "##reference="),
        f"##source={origin.pipeline}, cut by people from {origin.repository} {origin.path}",
        *contig_lines(vcf, {site[0] for site in sites}),
    ]


def columns_of(vcf: Path, people: list[str]) -> Iterator[str]:
    """The records of a VCF file for some people only, in this order; genotypes as they are, INFO dropped."""
    column = [9 + i for i in map(sample_names(vcf).index, people)]
    for fields in (line.split("\t") for line in lines_of(vcf) if not line.startswith("#")):
        if fields[8] != "GT":
            raise SystemExit(
                f"{vcf.name}: FORMAT {fields[8]} found, GT alone expected; this script would misread the genotypes"
            )
        yield "\t".join([*fields[:7], ".", "GT", *[fields[c] for c in column]])


def cut_vcf(source: Path, out: Path, nations: dict[str, list[str]], origin: Origin) -> None:
    """Each nation's columns of a VCF file, with all sites."""
    vcf = source / "reference" / origin.source
    header = slimmed_header(vcf, origin)
    for nation, people in nations.items():
        records = list(columns_of(vcf, people))
        write_bgzf(out / nation / origin.file, [*header, title_line(people), *records])
    say(f"{origin.file}: {len(records)} sites")


# Real genotypes: PLINK 1


def read_bed(path: Path, people: int) -> np.ndarray:
    """The two-bit genotype codes of a variant-major PLINK 1 file, uint8 (variants, people)."""
    raw = np.fromfile(path, dtype=np.uint8)
    if raw[:3].tobytes() != b"\x6c\x1b\x01":
        raise SystemExit(f"{path.name} is not a variant-major PLINK 1 .bed file")
    packed = raw[3:].reshape(-1, (people + 3) // 4)
    return np.stack([packed >> shift & 3 for shift in (0, 2, 4, 6)], axis=2).reshape(len(packed), -1)[:, :people]


def write_bed(path: Path, code: np.ndarray) -> None:
    """Write two-bit codes, uint8 (variants, people); the last byte of a variant is filled with zeros."""
    padded = np.pad(code, ((0, 0), (0, -code.shape[1] % 4))).reshape(len(code), -1, 4)
    packed = padded[..., 0] | padded[..., 1] << 2 | padded[..., 2] << 4 | padded[..., 3] << 6
    path.write_bytes(b"\x6c\x1b\x01" + packed.astype(np.uint8).tobytes())


def cut_plink(source: Path, out: Path, nations: dict[str, list[str]], origin: Origin) -> None:
    """Each nation's people of a PLINK 1 file set: the same variants and alleles; people who are not in it are left out."""
    bed = source / "reference" / origin.source
    family = [line.split() for line in lines_of(bed.with_suffix(".fam"))]
    code = read_bed(bed, len(family))
    for nation, people in nations.items():
        row = [i for i, fields in enumerate(family) if fields[1] in set(people)]
        stem = out / nation / origin.file
        write_bed(stem, code[:, row])
        stem.with_suffix(".fam").write_text("".join("\t".join(family[i]) + "\n" for i in row))
        stem.with_suffix(".bim").write_bytes(bed.with_suffix(".bim").read_bytes())
        say(f"{nation}/{origin.file}: {len(row)} of {len(people)} people, {len(code)} sites")


# Synthetic genotypes at the sites of three scores


def lift(points: set[tuple[str, int]], chain: Path) -> dict[tuple[str, int], tuple[str, int]]:
    """1-based positions on GRCh37 -> GRCh38, by a UCSC chain file; what does not lift, or changes strand, is not in the answer.

    A chain is a header `chain score tName tSize tStrand tStart tEnd qName qSize qStrand qStart qEnd id` and lines
    `size dt dq`: an aligned block and the gaps that follow it. Chains come best first, so the first one that holds a
    position settles it.
    """
    settled: dict[tuple[str, int], tuple[str, int] | None] = {}
    waiting: set[int] = set()
    for fields in map(str.split, lines_of(chain)):
        if fields and fields[0] == "chain":
            chrom, start, end = fields[2].removeprefix("chr"), int(fields[5]), int(fields[6])
            to_chrom, strand, to_start = fields[7].removeprefix("chr"), fields[9], int(fields[10])
            waiting = {p for c, p in points if c == chrom and start < p <= end and (c, p) not in settled}
        elif fields and waiting:
            size = int(fields[0])
            for position in [p for p in waiting if start < p <= start + size]:
                settled[chrom, position] = (to_chrom, position - start + to_start) if strand == "+" else None
                waiting.remove(position)
            if len(fields) == 3:
                start, to_start = start + size + int(fields[1]), to_start + size + int(fields[2])
    return {point: place for point, place in settled.items() if place is not None}


def read_score(path: Path) -> list[dict[str, str]]:
    """The rows of a PGS Catalog scoring file."""
    return list(csv.DictReader((line for line in lines_of(path) if not line.startswith("#")), delimiter="\t"))


def score_facts(path: Path) -> dict[str, str]:
    """The header of a PGS Catalog scoring file: identifier, name, trait, citation."""
    return dict(line[1:].split("=", 1) for line in lines_of(path) if line.startswith("#") and "=" in line)


def sites_of_score(path: Path, chain: Path) -> Iterator[Site]:
    """The sites of one score on GRCh38; those that do not lift are left out and named."""
    rows = read_score(path)
    place = {(row["hm_chr"], int(row["hm_pos"])): (row["hm_chr"], int(row["hm_pos"])) for row in rows}
    if score_facts(path)["HmPOS_build"] == "GRCh37":
        place = lift(set(place), chain)
    for row in rows:
        here = place.get((row["hm_chr"], int(row["hm_pos"])))
        if here is None:
            say(f"{path.name}: {row['hm_rsID']} does not lift to GRCh38 on the same strand; left out")
            continue
        frequency = row.get("allelefrequency_effect")
        yield Site(*here, row["hm_rsID"], row["other_allele"], row["effect_allele"], float(frequency) if frequency else None)


def score_sites(source: Path) -> list[Site]:
    """The sites of the three scores, each position once, sorted; real genotypes go first, so none that `SITES` has."""
    taken = {(chrom, int(position)) for chrom, position, *_ in read_sites(source / "reference" / SITES.source)}
    real, repeated, sites = 0, 0, {}
    for site in (s for score in SCORES for s in sites_of_score(source / "prs" / score, source / "prs" / CHAIN)):
        place = (site.chrom, site.position)
        real += place in taken
        repeated += place in sites
        if place not in taken and place not in sites:
            sites[place] = site
    say(f"scores: {len(sites)} sites; left out {repeated} repeated positions and {real} that are in {SITES.file}")
    return sorted(sites.values(), key=lambda site: (int(site.chrom), site.position))  # the three scores are autosomal


def european_frequency(site: Site, random: Random) -> float:
    """The score's frequency of the effect allele, or a draw from Beta(2, 2) kept between 5 and 95 %."""
    drawn = min(max(random.betavariate(2, 2), 0.05), 0.95)
    return drawn if site.frequency is None else site.frequency


def national_frequency(p: float, random: Random) -> float:
    """A nation's frequency around Europe's *p* (Balding & Nichols 1995, Genetica 96:3-12): Beta(p(1-F)/F, (1-p)(1-F)/F)."""
    spread = (1 - F_ST) / F_ST
    return random.betavariate(p * spread, (1 - p) * spread)


def drawn_genotype(p: float, random: Random) -> str:
    """One unphased genotype in Hardy-Weinberg proportions; now and then a missing one."""
    alleles = sorted(int(random.random() < p) for _ in range(2))
    return "./." if random.random() < MISSING_RATE else f"{alleles[0]}/{alleles[1]}"


def synthetic_header(contigs: list[str]) -> list[str]:
    """The header of the synthetic file, which says that it is one."""
    return [
        "##fileformat=VCFv4.3",
        '##FILTER=<ID=PASS,Description="All filters passed">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        "##reference=GRCh38",
        f"##source=synthetic genotypes, made by scripts/cut_demo_data.py with seed {SEED}",
        "##goe_synthetic=true",
        *contigs,
    ]


def draw_scores(source: Path, out: Path, nations: dict[str, list[str]]) -> None:
    """Synthetic genotypes of everybody at the sites of the scores."""
    sites = score_sites(source)
    random = random_for("frequencies")
    frequency = [european_frequency(site, random) for site in sites]
    header = synthetic_header(contig_lines(source / "reference" / SITES.source, {site.chrom for site in sites}))
    for nation, people in nations.items():
        random = random_for("genotypes", nation)
        body = []
        for site, p in zip(sites, frequency, strict=True):
            p_here = national_frequency(p, random)
            genotype = [drawn_genotype(p_here, random) for _ in people]
            body.append(
                "\t".join([site.chrom, str(site.position), site.name, site.ref, site.alt, ".", ".", ".", "GT", *genotype])
            )
        write_bgzf(out / nation / "scores.GRCh38.vcf.gz", [*header, title_line(people), *body])


# What says what the files are


def batches_toml() -> str:
    """The batch files of a nation, in the order of their import; the same for every nation."""
    rows = [(o.file, o.label, o.file.split(".")[1], o.pipeline) for o in (LCT, CHR22, SITES)]
    rows.append((STRUCTURE.file, STRUCTURE.label, "GRCh37", STRUCTURE.pipeline))
    rows.append(("scores.GRCh38.vcf.gz", "Sites of three scores, synthetic genotypes", "GRCh38", "synthetic"))
    return "\n".join(
        f'[[batch]]\nfile = "{file}"\nlabel = "{label}"\nassembly = "{assembly}"\npipeline = "{pipeline}"\n'
        for file, label, assembly, pipeline in rows
    )


def demo_toml(people: int) -> str:
    """What the demo as a whole is called, and what it says of itself."""
    examples = ", ".join(f'"{example}"' for example in EXAMPLES)
    nations = ", ".join(f'"{nation}"' for nation in NATIONS)
    return f"""title = "Genome of Europe"
notice = "{NOTICE.format(people=people)}"
citation = "{CITATION}"
release = "2026.1"
nations = [{nations}]
examples = [{examples}]

[captions]
IT = "Tuscans in Italy"
"""


def notice_md(source: Path, nations: dict[str, list[str]]) -> str:
    """Where the demo data come from, under which terms, what is synthetic, and how to make them again."""
    facts = [score_facts(source / "prs" / score) for score in SCORES]
    scores = "\n".join(f"| {f['pgs_id']} | {f['pgs_name']} | {f['trait_reported']} | {f['citation']} |" for f in facts)
    cut = "\n".join(
        f"| `{o.file}` | {o.pipeline} | {o.repository} | `{o.path}` | {o.repository_licence} |"
        for o in (LCT, CHR22, SITES, STRUCTURE)
    )
    counts = ", ".join(f"{nation} {len(people)} ({NATIONS[nation]})" for nation, people in nations.items())
    return f"""# The demo data of goe

{sum(map(len, nations.values()))} people of the 1000 Genomes Project: {counts}.
Italy's are Tuscans and are shown as "Tuscans in Italy".

## Real: genotypes and sex

The genotypes come from the 1000 Genomes Project, whose data the International Genome Sample Resource (IGSR) gives out as open
data without embargo: they may be used and passed on freely, and whoever uses them cites

* The 1000 Genomes Project Consortium. An integrated map of genetic variation from 1,092 human genomes. Nature 2012;491:56-65.
* The 1000 Genomes Project Consortium. A global reference for human genetic variation. Nature 2015;526:68-74.
* Byrska-Bishop M et al. High-coverage whole-genome sequencing of the expanded 1000 Genomes Project cohort including 602 trios.
  Cell 2022;185:3426-3440.

They did not come straight from IGSR but from copies in these public repositories. The last column is the licence that a
repository states for itself; the genotypes are the project's.

| file | call set | repository | path | repository's licence |
|---|---|---|---|---|
{cut}
| sex, population | 1000 Genomes | {PANEL_REPOSITORY} | `inst/extdata/20130606_g1k.ped` | GPL (>= 2) |

All sites and all missing genotypes are kept as the copies have them; INFO is dropped. In `structure.bim` the second allele is
not always the reference allele: use these files for structure, never for frequencies. `structure.fam` gives no sex.

## Synthetic: everything else

* `participants.csv`: pseudonyms, birth years, regions, countries of origin, dates and scopes of consent. They say nothing about
  the people whose genomes stand beside them. Exactly three per nation are made to refuse the allele-frequency scope.
* `scores.GRCh38.vcf.gz`: all genotypes. Hardy-Weinberg draws at the sites of three scores, from the score's own frequency
  or an invented one, with F_ST {F_ST} between nations and about {MISSING_RATE:.1%} missing. REF is the score's other allele and
  ALT its effect allele, whatever the genome has there: never take a frequency or a score of them for a real one. Sites that
  do not lift to GRCh38 on the same strand, repeated positions, and positions that `sites.GRCh38.vcf.gz` holds are left out.

The sites are those of three scores of the PGS Catalog, as found in {SCORE_REPOSITORY}
(Apache-2.0). The PGS Catalog's data are available under EMBL-EBI's terms of use; whoever uses a score cites its paper and the
catalogue (Lambert SA et al. Nat Genet 2021;53:420-425).

| score | name | trait | citation |
|---|---|---|---|
{scores}

Positions of PGS000802 were lifted from GRCh37 with UCSC's `hg19ToHg38.over.chain.gz`.

## To make them again

    python scripts/cut_demo_data.py SOURCE

SOURCE is the project's data pack. The seed is {SEED}; the same source gives the same bytes.
"""


def cut_people(source: Path, out: Path, nations: dict[str, list[str]], panel: dict[str, dict[str, str]]) -> None:
    """The papers of each nation, after a check that the people are the right ones."""
    genotype = genotypes_at(source / "reference" / LCT.source, LACTASE)
    for nation, people in nations.items():
        allele_count = sum(genotype[person].count("1") for person in people)
        if (allele_count, 2 * len(people)) != LACTASE_COUNTS[nation]:
            raise SystemExit(f"{nation}: {LACTASE} A counts {allele_count}/{2 * len(people)}, not {LACTASE_COUNTS[nation]}")
        refusing = without_scope(nation, people, genotype)
        write_participants(out / nation / "participants.csv", participants(nation, people, panel, refusing))
        (out / nation / "batches.toml").write_text(batches_toml())


def cut(source: Path, out: Path) -> None:
    """Write the whole demo folder."""
    panel = read_panel(source / "reference" / "panel.tsv")
    genotyped = sample_names(source / "reference" / LCT.source)
    nations = {nation: people_of(population, panel, genotyped) for nation, population in NATIONS.items()}
    for nation in nations:
        (out / nation).mkdir(parents=True, exist_ok=True)
    cut_people(source, out, nations, panel)
    for origin in (LCT, CHR22, SITES):
        cut_vcf(source, out, nations, origin)
    cut_plink(source, out, nations, STRUCTURE)
    draw_scores(source, out, nations)
    (out / "demo.toml").write_text(demo_toml(sum(map(len, nations.values()))))
    (out / "NOTICE.md").write_text(notice_md(source, nations))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="the folder of the data pack")
    parser.add_argument("out", type=Path, nargs="?", default=Path(__file__).parents[1] / "goe" / "data" / "demo")
    arguments = parser.parse_args()
    cut(arguments.source, arguments.out)


if __name__ == "__main__":
    main()
