"""Pillar 3: data quality and interoperability. Bounds come from the threshold profile, with its source."""

from __future__ import annotations

from goe.rules.cohort import ClinicalCohort, cohort_fault
from goe.rules.inclusion import Outcome, Person, Pillar, Result, Terms, criterion
from goe.rules.thresholds import METRICS, Threshold

_AGAIN = "ask the laboratory to sequence again"


def _within(person: Person, terms: Terms, metric: str, reason: str, fix: str) -> Outcome:
    """A metric of the person's genome against the bounds of the profile."""
    bounds = terms.profile.thresholds.get(metric)
    if bounds is None:
        return _UNBOUNDED[metric]
    genome, words = person.primary, METRICS[metric].words
    value = genome.numbers.get(metric) if genome else None
    if value is None:
        return Outcome(Result.UNKNOWN, f"not measured: {words}", reason, "import the laboratory's quality files")
    beyond = _beyond(value, bounds)
    found = f"{METRICS[metric].written(value)} {words}"
    if beyond is None:
        return Outcome(Result.PASS, found)
    result, bound, side = beyond
    asked = (
        f"{found}; the profile {'asks for' if result is Result.FAIL else 'looks for'} {side} {METRICS[metric].written(bound)}"
    )
    return Outcome(
        result, asked, f"{reason} ({bounds.source})", fix if result is Result.FAIL else "nothing now; look at the batch"
    )


_UNBOUNDED = {name: Outcome(Result.PASS, f"the profile sets no bound for: {m.words}") for name, m in METRICS.items()}


def _beyond(value: float, bounds: Threshold) -> tuple[Result, float, str] | None:
    if bounds.fail_below is not None and value < bounds.fail_below:
        return Result.FAIL, bounds.fail_below, "at least"
    if bounds.fail_above is not None and value > bounds.fail_above:
        return Result.FAIL, bounds.fail_above, "at most"
    if bounds.warn_below is not None and value < bounds.warn_below:
        return Result.WARN, bounds.warn_below, "at least"
    if bounds.warn_above is not None and value > bounds.warn_above:
        return Result.WARN, bounds.warn_above, "at most"
    return None


@criterion(Pillar.QUALITY)
def genome_in_store(person: Person, terms: Terms) -> Outcome:
    """The person has a genome in the store."""
    if any(genome.batches for genome in person.genomes):
        return _STORED
    return _NOT_STORED


_STORED = Outcome(Result.PASS, "a genome is in the store")
_NOT_STORED = Outcome(
    Result.UNKNOWN, "no genome in the store", "there is nothing to count yet", "import it with `goe genomes import`"
)


@criterion(Pillar.QUALITY, reads=("mean_autosome_coverage", "cross_contamination_rate"))
def coverage(person: Person, terms: Terms) -> Outcome:
    """The genome was read often enough on average."""
    return _within(
        person,
        terms,
        "mean_autosome_coverage",
        "with too few reads over a place, one of a person's two alleles is missed",
        f"{_AGAIN}{_library(person)}",
    )


def _library(person: Person) -> str:
    """Whether the same library can be used again, where that is known."""
    rate = person.primary.numbers.get("cross_contamination_rate") if person.primary else None
    if rate is None:
        return ""
    written = METRICS["cross_contamination_rate"].written(rate)
    return (
        f"; the library is fine: {written} contamination" if rate <= 0.01 else f", from a new library: {written} contamination"
    )


@criterion(Pillar.QUALITY, reads=("pct_autosomes_15x",))
def breadth(person: Person, terms: Terms) -> Outcome:
    """Enough of the autosomes were read at least 15 times."""
    return _within(person, terms, "pct_autosomes_15x", "places that were hardly read look like places without variants", _AGAIN)


@criterion(Pillar.QUALITY, reads=("yield_bp_q30",))
def sequence_yield(person: Person, terms: Terms) -> Outcome:
    """There are enough bases of good quality."""
    return _within(person, terms, "yield_bp_q30", "few good bases mean few certain genotypes", _AGAIN)


@criterion(Pillar.QUALITY, reads=("cross_contamination_rate",))
def contamination(person: Person, terms: Terms) -> Outcome:
    """The sample holds one person's DNA."""
    reason = "DNA of a second person makes heterozygotes that are not there"
    return _within(
        person, terms, "cross_contamination_rate", reason, "ask the laboratory for a new library, from the tube if need be"
    )


@criterion(Pillar.QUALITY, reads=("pct_duplicates",))
def duplicate_reads(person: Person, terms: Terms) -> Outcome:
    """Few reads are copies of each other."""
    return _within(person, terms, "pct_duplicates", "copies of one molecule count as one", f"{_AGAIN}, from more DNA")


@criterion(Pillar.QUALITY, reads=("pct_chimeras",))
def chimeric_reads(person: Person, terms: Terms) -> Outcome:
    """Few reads join places that are not neighbours."""
    return _within(
        person, terms, "pct_chimeras", "they look like rearrangements that are not there", f"{_AGAIN}, from a new library"
    )


@criterion(Pillar.QUALITY, reads=("mean_insert_size",))
def insert_size(person: Person, terms: Terms) -> Outcome:
    """Fragments are long enough."""
    return _within(
        person, terms, "mean_insert_size", "short fragments are read twice and map badly", f"{_AGAIN}, from a new library"
    )


@criterion(Pillar.QUALITY, reads=("pct_reads_mapped",))
def mapped_reads(person: Person, terms: Terms) -> Outcome:
    """Reads come from the human genome."""
    return _within(person, terms, "pct_reads_mapped", "reads that map nowhere come from elsewhere", "look for foreign DNA")


@criterion(Pillar.QUALITY, reads=("ratio_transitions_transversions_snv",))
def transitions(person: Person, terms: Terms) -> Outcome:
    """Transitions per transversion are as in human genomes."""
    reason = "random errors pull the ratio towards 0.5"
    return _within(person, terms, "ratio_transitions_transversions_snv", reason, "call the genotypes again")


@criterion(Pillar.QUALITY, reads=("call_rate",))
def call_rate(person: Person, terms: Terms) -> Outcome:
    """Most genotypes were called."""
    return _within(
        person, terms, "call_rate", "a person with many no-calls is counted at few places", "call the genotypes again"
    )


@criterion(Pillar.QUALITY, reads=("sex_at_birth", "karyotype", "suggested"))
def sex_as_recorded(person: Person, terms: Terms) -> Outcome:
    """The genetic karyotype fits the sex at birth, where that was recorded. A private hint to the steward, never a failure.

    The administrative gender is no quality check and is not looked at.
    """
    genome = person.primary
    expected = {"female": "XX", "male": "XY"}.get(person.sex_at_birth)
    if expected is None or genome is None:
        return _NO_SEX
    found = genome.suggested if genome.suggested != "unknown" else genome.karyotype
    if found in ("unknown", expected):
        return _SEX_FITS
    return _SEX_DIFFERS


_NO_SEX = Outcome(Result.PASS, "no sex at birth is recorded to compare with")
_SEX_FITS = Outcome(Result.PASS, "nothing speaks against the sex recorded at birth")
_SEX_DIFFERS = Outcome(
    Result.WARN,
    "the genetic karyotype and the sex recorded at birth differ",
    "samples may be swapped; it may also simply be so",
    "compare the tube labels of this batch; keep it to yourself",
)


@criterion(Pillar.QUALITY)
def enrolled_once(person: Person, terms: Terms) -> Outcome:
    """No other person has the same genome."""
    twin = next((g.same_as for g in person.genomes if g.same_as), "")
    if not twin:
        return _ONCE
    reason = "one of them would be counted twice: a second enrolment, a swapped tube, or an identical twin"
    return Outcome(Result.WARN, f"the same genome as {twin}", reason, "ask the providers which it is")


_ONCE = Outcome(Result.PASS, "no other person has this genome")


@criterion(Pillar.QUALITY)
def close_relatives(person: Person, terms: Terms) -> Outcome:
    """Close relatives among those counted are known: they bias frequencies a little, and each other's privacy a lot."""
    number = sum(g.relatives for g in person.genomes)
    if not number:
        return _NO_RELATIVES
    reason = "relatives carry the same alleles; the release's definition says whether they stay"
    return Outcome(Result.WARN, f"{number} close relative{'s' if number > 1 else ''} among the people checked", reason)


_NO_RELATIVES = Outcome(Result.PASS, "no close relative is known among the people checked")


@criterion(Pillar.QUALITY, reads=("pipeline",))
def pipeline_compared(person: Person, terms: Terms) -> Outcome:
    """The way of calling genotypes was measured against a truth set, and a shared control sample was run."""
    genome = person.primary
    pipeline = terms.pipelines.get(genome.pipeline) if genome else None
    if pipeline is None:
        return _NOT_COMPARED
    if pipeline.fault:
        return Outcome(Result.WARN, f"{pipeline.fault} is recorded for this pipeline", _COMPARABLE, _COMPARE)
    against = f" against {pipeline.truth_set}" if pipeline.truth_set else ""
    found = f"recall {pipeline.recall:.4f}, precision {pipeline.precision:.4f}{against}, control {pipeline.control}"
    return Outcome(Result.PASS, found)


_COMPARABLE = "nations' data may not be comparable"
_COMPARE = "call a truth sample and the shared control with the same pipeline, and record them with `goe include pipeline`"
_NOT_COMPARED = Outcome(Result.WARN, "no truth set and no control sample for this pipeline", _COMPARABLE, _COMPARE)


@criterion(Pillar.QUALITY, reads=("cohort",))
def cohort_kind(person: Person, terms: Terms) -> Outcome:
    """The person's cohort is one that a reference counts; the clinical special category is a product of its own."""
    if person.cohort is None:
        return _NO_COHORT
    fault = cohort_fault(person.cohort)
    if fault:
        return Outcome(Result.FAIL, fault, "what was not read cannot be counted", "import the BED file with the cohort")
    return _CLINICAL if isinstance(person.cohort, ClinicalCohort) else _REFERENCE


_NO_COHORT = Outcome(Result.PASS, "in the node's reference cohort")
_REFERENCE = Outcome(Result.PASS, "in a reference cohort")
_CLINICAL = Outcome(
    Result.WARN,
    "in the clinical special category",
    "people sequenced because of an illness would bias the reference; they are counted apart and never in Total",
)
