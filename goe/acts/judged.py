"""Gathering what the gate judges: each person's standing, minimal data set and genomes, person by person in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import isnan
from typing import Any

from goe.acts.admitted import kept_out
from goe.acts.setting import Node
from goe.rules.cohort import ClinicalCohort, Cohort, Provider, ProviderDocument, ReferenceCohort, refused_from_reference
from goe.rules.consent import ConsentEvent, Crosswalk, LegalBasis, OptOut, Policy, Standing, may
from goe.rules.inclusion import Genome, Person
from goe.rules.observations import first_day
from goe.rules.participant import Participant, Sample
from goe.rules.phenotypes import Completeness, MinimalValue, completeness, instances_of, wrong_items
from goe.rules.purposes import Purpose, Use
from goe.rules.words import Karyotype, Scope
from goe.signing import verify
from goe.store.consents import BASIS, OPT_OUT
from goe.store.dossiers import PERSON, Page, Row
from goe.store.models import CohortRow, ProviderDocumentRow, ProviderRow
from goe.store.policies import crosswalk, policy_file, read_policy
from goe.store.providers import CohortRecord, ProviderName, ProvidersDocument
from goe.store.release import read_document
from goe.store.rows import made_once, reading
from goe.store.tables import minimal_data_set

CROSSWALK = "goe/consent-crosswalk"


def policy_of(node: Node) -> Policy:
    """What the nation asks, with the crosswalks that a reviewer signed at this node."""
    return read_policy(policy_file(node.folder), node.name, _crosswalks(node))


def _crosswalks(node: Node) -> dict[str, Crosswalk]:
    found = {}
    for path in sorted((node.folder / "documents" / "crosswalks").glob("*.json")):
        body = verify(read_document(path), kind=CROSSWALK, trusted={node.name: node.public_keys}, where=str(path))
        one = crosswalk(body, str(path))
        found[one.document] = one
    return found


def standing(node: Node, participant: Participant) -> Standing:
    """The three facts of one person."""
    person = participant.participant_id
    bases, opt_outs = node.registry.bases().get(person, ()), node.registry.opt_outs().get(person, ())
    return _standing(participant, node.registry.history(person), bases, opt_outs)


def _standing(participant: Participant, consents, bases, opt_outs) -> Standing:  # type: ignore[no-untyped-def]
    died: date | None = first_day(participant.died_on) if participant.died_on else None
    return Standing(consents, bases, opt_outs, participant.birth_year, died)


def countable_people(node: Node) -> frozenset[str]:
    """Who may be counted in a reference today: permitted, and not of the clinical special category."""
    refused = frozenset(refused_from_reference(cohorts(node).values()))
    return frozenset(person for person, cohort in permitted_people(node).items() if cohort not in refused)


def permitted_people(node: Node) -> dict[str, str]:
    """Whom all three facts permit to be counted today and the gate lets in, with the cohort of each (empty: none)."""
    registry, today, policy = node.registry, node.clock().date(), policy_of(node)
    consents, bases, opt_outs = registry.consents(), registry.bases(), registry.opt_outs()
    use, out = Use(Purpose.REFERENCE), kept_out(node)
    found = {}
    for person, one in registry.participants().items():
        said = _standing(one, consents.get(person, ()), bases.get(person, ()), opt_outs.get(person, ()))
        if person not in out and may(said, use, Scope.ALLELE_FREQUENCY, today, policy).permitted:
            found[person] = one.cohort_id
    return found


def providers(node: Node) -> dict[str, Provider]:
    """Every data provider with its documents."""
    documents: dict[str, list[ProviderDocument]] = {}
    for d in node.registry.kept(ProviderDocumentRow, ProvidersDocument).all():
        one = ProviderDocument(d.kind, d.version, d.language, d.since, d.until, d.digest)
        documents.setdefault(d.provider_id, []).append(one)
    named = node.registry.kept(ProviderRow, ProviderName).all()
    return {p.provider_id: Provider(p.provider_id, p.name, tuple(documents.get(p.provider_id, ()))) for p in named}


def cohorts(node: Node) -> dict[str, Cohort]:
    """Every cohort, as the type that it is."""
    found = node.registry.kept(CohortRow, CohortRecord).all()
    return {
        c.cohort_id: ClinicalCohort(c.cohort_id, c.title, c.target, c.target_bed)
        if c.kind == "clinical"
        else ReferenceCohort(c.cohort_id, c.title)
        for c in found
    }


def people_of(node: Node, *, participant: str = "", cohort: str = "", genotypes: bool = False) -> Iterator[Person]:
    """The people asked about, in the order of their pseudonyms, with everything that the gate judges.

    The registry is read in pages; of people only the pseudonyms are all in memory.
    """
    names = [n for n in node.registry.names(cohort=cohort) if n == participant] if participant else None
    chosen = sorted(node.registry.names(cohort=cohort) if names is None else names, key=_number)
    gather = _Gathering(node, genotypes=genotypes)
    for page in node.registry.pages(chosen):
        for row in page.people.values():
            yield gather.person(row, page)


def _number(pseudonym: str) -> tuple[str, int]:
    head, _, number = pseudonym.rpartition("-")
    return head, int(number) if number.isdigit() else 0


_STANDINGS = 50_000  # that are remembered: people with the same history have one
_participant, _value = reading(Participant)[1], reading(MinimalValue)[1]
_BIRTH_YEAR, _ORIGIN, _AT_BIRTH, _SUBGROUP, _DIED, _PROVIDER, _COHORT = map(
    PERSON.index,
    ("birth_year", "country_of_origin", "sex_at_birth", "subgroup", "died_on", "provider_id", "cohort_id"),
)


class _Gathering:
    """Makes people of rows. Equal histories are one standing, so that the gate judges them once."""

    def __init__(self, node: Node, *, genotypes: bool) -> None:
        self._providers, self._cohorts = providers(node), cohorts(node)
        self._batches = _batches(node)
        self._called = {b.batch_id: b.pipeline for b in node.genomes.batches() if not b.release_fault}
        self._derived = _from_genotypes(node) if genotypes else {}
        self._standings: dict[Any, Standing] = {}
        self._event = made_once(ConsentEvent)[1]
        self._basis = made_once(LegalBasis)[1]
        self._opt_out = made_once(OptOut)[1]

    def person(self, row: Row, page: Page) -> Person:
        """One person of a page."""
        name = row[0]
        samples = page.samples.get(name, [])
        if len(samples) > 1:
            samples = sorted(samples, key=lambda s: _number(s[0]))
        full, wrong = self._record(row, samples, page) if page.values else (None, ())
        return Person(
            name,
            self._standing(tuple(page.said.get(name, ())), row[_BIRTH_YEAR], row[_DIED]),
            row[_AT_BIRTH] or "",
            row[_ORIGIN],
            row[_SUBGROUP] or "",
            self._providers.get(row[_PROVIDER]),
            self._cohorts.get(row[_COHORT]),
            tuple([self._genome(sample, page) for sample in samples]),
            full.asked if full else 0,
            full.missing if full else (),
            full.nulls if full else (),
            wrong,
        )

    def _standing(self, said: tuple[Row, ...], birth_year: int | None, died_on: str | None) -> Standing:
        found = self._standings.get((said, birth_year, died_on))
        if found is None:
            if len(self._standings) >= _STANDINGS:
                self._standings.clear()
            found = self._standing_of(said, birth_year, died_on)
            self._standings[said, birth_year, died_on] = found
        return found

    def _standing_of(self, said: tuple[Row, ...], birth_year: int | None, died_on: str | None) -> Standing:
        """The three facts of a person from the rows of what was said: `fact` tells them apart."""
        consents = tuple([self._event(row[1:-1]) for row in said if row[0] is None])
        bases = tuple([self._basis((row[-1], row[3], row[4])) for row in said if row[0] == BASIS])
        opt_outs = tuple([self._opt_out((row[2], row[3])) for row in said if row[0] == OPT_OUT])
        return Standing(consents, bases, opt_outs, birth_year, first_day(died_on) if died_on else None)

    def _genome(self, sample: Row, page: Page) -> Genome:
        """A genome with the numbers measured on it and the batches that hold it."""
        sample_id, name, karyotype = sample
        more, measured = self._derived.get(name, _NOTHING), page.numbers.get(sample_id, ())
        numbers = {metric: value for metric, value, _ in measured if value is not None}
        if more.numbers:
            numbers = {**more.numbers, **numbers}
        batches = self._batches.get(name, ())
        pipeline = next((p for _, _, p in reversed(measured) if p), "") or self._called_by(batches)
        return Genome(sample_id, karyotype, more.suggested, numbers, batches, pipeline, more.same_as, more.relatives)

    def _called_by(self, batches: tuple[str, ...]) -> str:
        """The pipeline of the newest batch that a release counts, where the laboratory's files name none."""
        return next((self._called[b] for b in reversed(batches) if self._called.get(b)), "")

    def _record(self, row: Row, samples: list[Row], page: Page) -> tuple[Completeness | None, tuple[str, ...]]:
        """How complete a person's minimal data set is, and what in it is wrong; None where there is no record of it."""
        about = [_value(one) for name in (row[0], *(s[0] for s in samples)) for one in page.values.get(name, ())]
        if not about:
            return None, ()
        own = [Sample(sample_id, genome, Karyotype(karyotype)) for sample_id, genome, karyotype in samples]
        model = minimal_data_set()
        return completeness(model, instances_of(_participant(row), own, about)), wrong_items(model, about)


def _batches(node: Node) -> dict[str, tuple[str, ...]]:
    """The batches of the store that hold each genome, by its name in files."""
    found: dict[str, tuple[str, ...]] = {}
    once: dict[tuple[str, ...], tuple[str, ...]] = {}
    for batch in sorted(node.genomes.batches(), key=lambda b: b.batch_id):
        for name in node.genomes.batch(batch.batch_id).samples:
            more = (*found.get(name, ()), batch.batch_id)
            found[name] = once.setdefault(more, more)
    return found


_AUTOSOMES, _SITES = 10, 5_000  # fewer, or from one region alone: kinship would be chance
_NOTHING = Genome("")


def _from_genotypes(node: Node) -> dict[str, Genome]:
    """What the newest batch with verified alleles says of each genome: call rate, karyotype, relatives, twins."""
    from goe.acts.examine_genomes import genome_quality
    from goe.acts.find_relatives import relatives

    batch = next((b for b in reversed(node.genomes.batches()) if not b.release_fault), None)
    if batch is None:
        return {}
    samples, links = node.registry.samples(), node.registry.links()
    rows = genome_quality(node, batch.assembly, [batch.batch_id]).per_batch.to_pylist()
    found = {
        row["genome"]: Genome("", suggested=row["karyotype"], numbers={"call_rate": row["call_rate"]})
        for row in rows
        if not isnan(row["call_rate"])
    }
    person = {name: links.get(s.sample_id, "") for name, s in samples.items()}
    contigs = set(node.genomes.batch(batch.batch_id).variants["contig"].to_pylist())
    enough = len(contigs - {22, 23, 24}) >= _AUTOSOMES
    pairs = relatives(node, batch.assembly, [batch.batch_id], above=0.177).pairs.to_pylist() if enough else []
    for pair in (p for p in pairs if p["sites"] >= _SITES):
        for one, other in ((pair["first"], pair["second"]), (pair["second"], pair["first"])):
            if one in found and other in samples and person.get(one) != person.get(other):
                was = found[one]
                twin = samples[other].sample_id if pair["kinship"] > 0.354 else was.same_as
                found[one] = Genome("", was.karyotype, was.suggested, was.numbers, same_as=twin, relatives=was.relatives + 1)
    return found
