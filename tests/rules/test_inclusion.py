"""The gate: verdicts with reasons, the funnel, and that a criterion is a function and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from goe.rules import inclusion
from goe.rules.cohort import ClinicalCohort, DocumentKind, Provider, ProviderDocument, ReferenceCohort, cohort_fault
from goe.rules.consent import ConsentEvent, LegalBasis, Manner, Policy, Standing
from goe.rules.inclusion import (
    Funnel,
    Gate,
    Genome,
    NodeFacts,
    Outcome,
    Person,
    Pillar,
    Pipeline,
    Result,
    Terms,
    Verdict,
    as_json,
    criterion,
)
from goe.rules.thresholds import Profile, Threshold
from goe.rules.words import Scope

DAY = date(2026, 11, 1)
YES = tuple(
    ConsentEvent(scope, True, date(2025, 1, 1), document="B", language="fi")
    for scope in (Scope.ALLELE_FREQUENCY, Scope.CROSS_BORDER)
)
PROVIDER = Provider(
    "GOE-FI-PROVIDER-1",
    "Biobank",
    tuple(ProviderDocument(k, "1", "fi", date(2024, 1, 1), None, "0" * 64) for k in DocumentKind),
)
GOOD = Person(
    "GOE-FI-SUBJECT-1",
    Standing(YES, (LegalBasis("dpv:PublicInterest", date(2025, 1, 1)),), birth_year=1960),
    sex_at_birth="female",
    country_of_origin="FI",
    provider=PROVIDER,
    genomes=(Genome("GOE-FI-SAMPLE-1", "XX", "XX", {"mean_autosome_coverage": 33.0}, ("batch-1",), "P"),),
    mandatory=14,
)
PROFILE = Profile(
    "p", "1", "", {"mean_autosome_coverage": Threshold("mean_autosome_coverage", "here", fail_below=15, warn_below=30)}
)
NODE = NodeFacts("FI", "GOE-FI-DATASET-1", "open", "", "", "", True, "Genome of Finland")
TERMS = Terms(DAY, Policy(), PROFILE, NODE, {"P": Pipeline("P", 0.999, 0.998, "NA12878")})


def judged(person: Person, terms: Terms = TERMS) -> Verdict:
    return Gate(terms).judge(person)


def finding(person: Person, name: str, terms: Terms = TERMS) -> Outcome:
    return next(f.outcome for f in judged(person, terms).findings if f.criterion == name)


def with_genome(**change: object) -> Person:
    return replace(GOOD, genomes=(replace(GOOD.genomes[0], **change),))  # type: ignore[arg-type]


def test_who_has_everything__passes_every_criterion() -> None:
    verdict = judged(GOOD)
    assert [f for f in verdict.findings if f.outcome.result is not Result.PASS] == []
    assert verdict.admitted
    assert {f.pillar for f in verdict.findings} == set(Pillar)


@pytest.mark.parametrize(
    ("person", "name", "result", "evidence"),
    [
        (replace(GOOD, standing=Standing()), "allele_frequency_consent", Result.FAIL, "no consent to allele_frequency"),
        (replace(GOOD, standing=Standing((replace(YES[0], manner=Manner.PRESUMED),))), "active_consent", Result.FAIL,
         "not asked"),
        (replace(GOOD, standing=Standing(YES[:1])), "cross_border_use", Result.WARN, "not asked"),
        (replace(GOOD, standing=Standing(YES)), "legal_basis", Result.WARN, "no legal basis"),
        (replace(GOOD, standing=Standing((replace(YES[0], duo=("X",)),))), "data_use_codes", Result.FAIL, "'X'"),
        (replace(GOOD, standing=Standing(YES, birth_year=2025 + 1)), "consent_after_birth", Result.FAIL,
         "older than the person"),
        (replace(GOOD, provider=None), "ethics_approval", Result.UNKNOWN, "no data provider"),
        (replace(GOOD, provider=Provider("P", "x")), "impact_assessment", Result.UNKNOWN, "no data protection"),
        (replace(GOOD, subgroup="x"), "subgroup_policy", Result.FAIL, "a subgroup is recorded"),
        (replace(GOOD, participant_id="Anna"), "identifier", Result.FAIL, "not one of the framework"),
        (replace(GOOD, missing=("Sequence.Target",)), "mandatory_items", Result.FAIL, "1 of 14 mandatory items"),
        (replace(GOOD, mandatory=0), "mandatory_items", Result.UNKNOWN, "no record"),
        (replace(GOOD, nulls=("a", "b", "c")), "null_rate", Result.WARN, "(21%)"),
        (replace(GOOD, nulls=("a", "b")), "null_rate", Result.PASS, "(14%)"),
        (replace(GOOD, country_of_origin=""), "country_of_origin", Result.WARN, "not recorded"),
        (with_genome(numbers={"mean_autosome_coverage": 2.718558}), "coverage", Result.FAIL,
         "2.7× mean coverage; the profile asks"),
        (with_genome(numbers={"mean_autosome_coverage": 15.0}), "coverage", Result.WARN, "15.0×"),
        (with_genome(numbers={"mean_autosome_coverage": 30.0}), "coverage", Result.PASS, "30.0×"),
        (with_genome(numbers={}), "coverage", Result.UNKNOWN, "not measured"),
        (with_genome(suggested="XY"), "sex_as_recorded", Result.WARN, "differ"),
        (replace(with_genome(suggested="XY"), sex_at_birth=""), "sex_as_recorded", Result.PASS, "no sex at birth"),
        (with_genome(same_as="GOE-FI-SAMPLE-9"), "enrolled_once", Result.WARN, "GOE-FI-SAMPLE-9"),
        (with_genome(relatives=2), "close_relatives", Result.WARN, "2 close relatives"),
        (with_genome(pipeline="other"), "pipeline_compared", Result.WARN, "no truth set"),
        (with_genome(batches=()), "genome_in_store", Result.UNKNOWN, "no genome"),
        (replace(GOOD, cohort=ReferenceCohort("C")), "cohort_kind", Result.PASS, "reference cohort"),
        (replace(GOOD, cohort=ClinicalCohort("C")), "cohort_kind", Result.WARN, "special category"),
        (replace(GOOD, cohort=ClinicalCohort("C", target="WES")), "cohort_kind", Result.FAIL, "BED file"),
    ],
)  # fmt: skip
def test_criterion__finds_what_it_is_for(person: Person, name: str, result: Result, evidence: str) -> None:
    found = finding(person, name)
    assert found.result is result
    assert evidence in found.evidence


def test_an_expired_document__fails() -> None:
    old = replace(PROVIDER, documents=tuple(replace(d, until=date(2026, 10, 31)) for d in PROVIDER.documents))
    assert finding(replace(GOOD, provider=old), "ethics_approval").result is Result.FAIL


@pytest.mark.parametrize(("blocks", "result", "admitted"), [(False, Result.WARN, True), (True, Result.UNKNOWN, False)])
def test_an_open_question__blocks_where_the_nation_says_so(blocks: bool, result: Result, admitted: bool) -> None:
    verdict = judged(with_genome(numbers={}), replace(TERMS, policy=Policy(unknown_blocks=blocks)))
    assert (verdict.result, verdict.admitted) == (result, admitted)


def test_every_finding_that_is_not_a_pass__says_why() -> None:
    """And each failure says what to do."""
    worst = replace(GOOD, standing=Standing(), provider=None, missing=("a",), genomes=(), subgroup="x", participant_id="x")
    bad_node = NodeFacts("FI", "x", key_fault="k", ledger_fault="l", genome_fault="g")
    for found in judged(worst, replace(TERMS, node=bad_node)).findings:
        if found.outcome.result is not Result.PASS:
            assert found.outcome.reason, found
        if found.outcome.result is Result.FAIL:
            assert found.outcome.fix, found


def test_the_funnel__adds_up() -> None:
    people = [
        GOOD,
        replace(GOOD, standing=Standing()),
        with_genome(numbers={"mean_autosome_coverage": 2.0}),
        with_genome(numbers={}),
    ]
    funnel, gate = Funnel(), Gate(TERMS)
    for person in people:
        funnel.add(gate.judge(person))
    assert [(s.came, s.went_on) for s in funnel.steps] == [(4, 3), (3, 3), (3, 2), (2, 2)]
    assert funnel.summary == {Result.PASS: 1, Result.WARN: 1, Result.FAIL: 2, Result.UNKNOWN: 0}
    assert funnel.admitted == 2
    assert funnel.counts[Pillar.QUALITY, "coverage", Result.UNKNOWN] == 1


def test_the_json__is_as_promised() -> None:
    shown = as_json(judged(GOOD))
    assert set(shown) == {"id", "verdict", "criteria"}
    assert set(shown["criteria"][0]) == {"pillar", "criterion", "result", "evidence", "reason", "fix"}


@pytest.fixture
def one_more() -> Iterator[None]:
    @criterion(Pillar.STANDARDS)
    def never(person: Person, terms: Terms) -> Outcome:
        return Outcome(Result.FAIL, "never", "always", "nothing")

    inclusion.criteria.cache_clear()
    yield
    del inclusion._known["never"]
    inclusion.criteria.cache_clear()


def test_a_criterion__is_a_function_and_nothing_else(one_more: None) -> None:
    verdict = judged(GOOD)
    assert verdict.result is Result.FAIL
    assert verdict.stops_at is Pillar.STANDARDS


def test_people_judged_together__are_judged_as_each_alone() -> None:
    """One gate that remembers, over people who differ in one thing each, against every criterion asked directly."""
    numbers = GOOD.genomes[0].numbers
    people = [
        GOOD,
        replace(GOOD, standing=Standing(YES[:1])),
        replace(GOOD, standing=Standing(YES, birth_year=2020)),
        replace(GOOD, sex_at_birth="male"),
        replace(GOOD, country_of_origin=""),
        replace(GOOD, subgroup="x"),
        replace(GOOD, missing=("Sequence.Target",)),
        replace(GOOD, nulls=("a", "b", "c", "d")),
        replace(GOOD, wrong=("Sample.Organism",)),
        replace(GOOD, mandatory=0),
        replace(GOOD, provider=None),
        replace(GOOD, cohort=ClinicalCohort("C", target="WES")),
        replace(GOOD, genomes=()),
        replace(GOOD, genomes=(GOOD.genomes[0], replace(GOOD.genomes[0], sample_id="2", numbers=numbers | {"call_rate": 0.5}))),
        with_genome(numbers={"mean_autosome_coverage": 2.7, "cross_contamination_rate": 0.2}),
        with_genome(numbers={"mean_autosome_coverage": 2.7, "cross_contamination_rate": 0.001}),
        with_genome(pipeline="other"),
        with_genome(suggested="XY"),
    ]
    gate = Gate(TERMS)
    about = {"person": lambda p: p, "provider": lambda p: p.provider, "node": lambda p: NODE}
    for person in [*people, *people]:
        assert [f.outcome for f in gate.judge(person).findings] == [
            look(about[of](person), TERMS) for _, _, of, look in inclusion.criteria()
        ]


def test_an_exome__needs_its_targets() -> None:
    assert cohort_fault(ClinicalCohort("C", target="WES", target_bed="0" * 64)) == ""
    assert cohort_fault(ClinicalCohort("C", target="chip")) != ""
