"""Gathering what the gate judges: each person's standing, minimal data set and genomes, person by person in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from math import isnan

from goe.acts.admitted import kept_out
from goe.acts.setting import Node
from goe.rules.cohort import ClinicalCohort, Cohort, Provider, ProviderDocument, ReferenceCohort, refused_from_reference
from goe.rules.consent import Crosswalk, Policy, Standing, may
from goe.rules.inclusion import Genome, Person
from goe.rules.observations import first_day
from goe.rules.participant import Participant, Sample
from goe.rules.phenotypes import MinimalValue, completeness, instances_of
from goe.rules.purposes import Purpose, Use
from goe.rules.thresholds import Measurement
from goe.rules.words import Scope
from goe.signing import verify
from goe.store.models import CohortRow, MinimalValueRow, ProviderDocumentRow, ProviderRow, QualityRow
from goe.store.policies import crosswalk, policy_file, read_policy
from goe.store.providers import CohortRecord, ProviderName, ProvidersDocument
from goe.store.release import read_document
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
    """Who may be counted in a reference today: permitted by all three facts, let in by the gate, not clinical."""
    registry, today, policy = node.registry, node.clock().date(), policy_of(node)
    consents, bases, opt_outs = registry.consents(), registry.bases(), registry.opt_outs()
    refused = frozenset(refused_from_reference(cohorts(node).values()))
    use, out = Use(Purpose.REFERENCE), kept_out(node)
    return frozenset(
        p
        for p, one in registry.participants().items()
        if p not in out and one.cohort_id not in refused
        if may(
            _standing(one, consents.get(p, ()), bases.get(p, ()), opt_outs.get(p, ())),
            use,
            Scope.ALLELE_FREQUENCY,
            today,
            policy,
        ).permitted
    )


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
    """The people asked about, in the order of their pseudonyms, with everything that the gate judges."""
    registry = node.registry
    chosen = {
        p: one
        for p, one in registry.participants().items()
        if (not participant or p == participant) and (not cohort or one.cohort_id == cohort)
    }
    consents, bases, opt_outs = registry.consents(), registry.bases(), registry.opt_outs()
    said, samples, values = providers(node), _samples(node), _values(node, participant)
    genomes, kinds = _genomes(node, genotypes=genotypes), cohorts(node)
    for person in sorted(chosen, key=_number):
        one, own = chosen[person], samples.get(person, ())
        about = [v for name in (person, *(s.sample_id for s in own)) for v in values.get(name, ())]
        full = completeness(minimal_data_set(), instances_of(one, own, about)) if about else None
        yield Person(
            person,
            _standing(one, consents.get(person, ()), bases.get(person, ()), opt_outs.get(person, ())),
            sex_at_birth=one.sex_at_birth,
            country_of_origin=one.country_of_origin,
            subgroup=one.subgroup,
            provider=said.get(one.provider_id),
            cohort=kinds.get(one.cohort_id),
            genomes=tuple(genomes[s.sample_id] for s in own if s.sample_id in genomes),
            mandatory=full.asked if full else 0,
            missing=full.missing if full else (),
            nulls=("item",) * full.null if full else (),
        )


def _number(pseudonym: str) -> tuple[str, int]:
    head, _, number = pseudonym.rpartition("-")
    return head, int(number) if number.isdigit() else 0


def _samples(node: Node) -> Mapping[str, tuple[Sample, ...]]:
    links = node.registry.links()
    found: dict[str, tuple[Sample, ...]] = {}
    for sample in sorted(node.registry.samples().values(), key=lambda s: _number(s.sample_id)):
        person = links.get(sample.sample_id, "")
        found[person] = (*found.get(person, ()), sample)
    return found


def _values(node: Node, participant: str) -> Mapping[str, list[MinimalValue]]:
    found: dict[str, list[MinimalValue]] = {}
    for value in node.registry.kept(MinimalValueRow, MinimalValue).all():
        found.setdefault(value.about, []).append(value)
    return found


def _genomes(node: Node, *, genotypes: bool) -> dict[str, Genome]:
    """Every genome with the numbers measured on it and the batches that hold it."""
    numbers: dict[str, dict[str, float]] = {}
    pipelines: dict[str, str] = {}
    for m in node.registry.kept(QualityRow, Measurement).all():
        numbers.setdefault(m.sample_id, {})[m.metric] = m.value
        pipelines[m.sample_id] = m.pipeline or pipelines.get(m.sample_id, "")
    batches: dict[str, list[str]] = {}
    for batch in node.genomes.batches():
        for name in node.genomes.batch(batch.batch_id).samples:
            batches.setdefault(name, []).append(batch.batch_id)
    derived = _from_genotypes(node) if genotypes else {}
    found = {}
    for name, s in node.registry.samples().items():
        more = derived.get(name, _NOTHING)
        found[s.sample_id] = Genome(
            s.sample_id,
            s.karyotype.value,
            more.suggested,
            dict(sorted({**more.numbers, **numbers.get(s.sample_id, {})}.items())),
            tuple(sorted(batches.get(name, ()))),
            pipelines.get(s.sample_id, ""),
            more.same_as,
            more.relatives,
        )
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
