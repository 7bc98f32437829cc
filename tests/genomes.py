"""Writing small files of genomes and people for tests. Everything made here is synthetic."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from goe.acts.count import cohort, releasable
from goe.acts.import_genomes import Imported, import_genomes
from goe.acts.setting import Node
from goe.analyses.allele_frequency import allele_frequency
from goe.pooling import here
from goe.rules.consent import ConsentEvent
from goe.rules.participant import Participant, Sample
from goe.rules.variants import CONTIGS, contig_length
from goe.rules.words import Assembly, Karyotype, Scope
from goe.store.registry import Enrolment

LETTER = {"F": Karyotype.XX, "M": Karyotype.XY, "U": Karyotype.UNKNOWN}


@dataclass(frozen=True)
class Site:
    """One record of a VCF: `calls` as spelt there, one per sample."""

    contig: str
    position: int
    reference: str
    alternate: str
    calls: Sequence[str]
    name: str = "."
    filter: str = "PASS"


def vcf_text(samples: Sequence[str], sites: Sequence[Site], *, assembly: str = "GRCh37", header: str = "") -> str:
    """A VCF with the contigs of an assembly."""
    contigs = [f"##contig=<ID={c},length={contig_length(Assembly(assembly), c)}>" for c in CONTIGS]
    head = ["##fileformat=VCFv4.2", *contigs, '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">', *header.split()]
    head += ["\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples])]
    rows = [
        "\t".join([s.contig, str(s.position), s.name, s.reference, s.alternate, ".", s.filter, ".", "GT", *s.calls])
        for s in sites
    ]
    return "\n".join([*head, *rows]) + "\n"


def write_vcf(path: Path, samples: Sequence[str], sites: Sequence[Site], **said: str) -> Path:
    """Write a VCF, compressed where the name says so."""
    content = vcf_text(samples, sites, **said).encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path


def person(node: Node, number: int, letter: str, *genomes: str, counted: bool = True) -> Enrolment:
    """A synthetic participant with one sample per genome, who consents to being counted or not."""
    since = date(2026, 1, 1)
    sample = [Sample(f"GOE-{node.name}-SAMPLE-{number * 10 + i}", name, LETTER[letter]) for i, name in enumerate(genomes)]
    consents = tuple(ConsentEvent(scope, counted and scope is Scope.ALLELE_FREQUENCY, since) for scope in Scope)
    return Enrolment(Participant(f"GOE-{node.name}-SUBJECT-{number}", "unknown"), consents, tuple(sample))


def store(node: Node, folder: Path, name: str, samples: Sequence[str], sites: Sequence[Site], **said: str) -> Imported:
    """Write a VCF and import it."""
    return import_genomes(node, write_vcf(folder / name, samples, sites, **said))


def counts(node: Node, assembly: str = "GRCh37", letters: str = "FMU") -> dict[str, tuple[int, ...]]:
    """Variant -> (AN, AC, het, hom, hemi, missing) of everybody registered, over all batches that a release counts."""
    fit, _ = releasable(node.genomes.batches(), Assembly(assembly))
    counted = cohort(node, fit, None)
    cells = [(node.name, letter) for letter in letters]
    total = allele_frequency(here(counted), cells=cells).of(range(len(cells)))
    v = counted.variants
    return {
        f"{CONTIGS[v.contig[i]]}-{v.position[i]}-{v.reference[i]}-{v.alternate[i]}": tuple(
            int(getattr(total, name)[i]) for name in total.__dataclass_fields__
        )
        for i in range(len(v))
    }
