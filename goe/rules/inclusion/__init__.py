"""The 1+MG-proof gate: four pillars, each a list of small criteria, and a verdict with reasons.

One function is one criterion. It says what it found (evidence), why that matters (reason) and what to do (fix). A criterion is
made known by its decorator, in a file of its pillar or in a new file of this folder; nothing else has to be touched:

    @criterion(Pillar.QUALITY, reads=("mean_autosome_coverage",))
    def coverage(person: Person, terms: Terms) -> Outcome: ...

`reads` is for speed alone: who says it is judged once for all people of the same values, and is handed those values and nothing
else of the person, so the finding cannot depend on more. Without it every person is judged.

Criteria look at one person, at a provider, or at the node; what is said of a provider or of the node is judged once and holds
for everybody there. Nothing here knows a clock: the day is part of the terms, so the same inputs give the same verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from importlib import import_module
from operator import attrgetter, itemgetter
from pkgutil import iter_modules
from typing import Any, NamedTuple

from goe.rules.cohort import Cohort, Provider
from goe.rules.consent import Policy, Standing
from goe.rules.purposes import Purpose, Use
from goe.rules.thresholds import Profile


class Result(StrEnum):
    """What a criterion found."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


WORST_FIRST = (Result.FAIL, Result.UNKNOWN, Result.WARN, Result.PASS)
"""The order in which findings decide a verdict."""


class Pillar(StrEnum):
    """The four pillars of the framework, in the order in which a person passes them."""

    CONSENT = "ELSI and consent"
    STANDARDS = "standards and minimal phenotypes"
    QUALITY = "data quality and interoperability"
    NODE = "connected node"


class Outcome(NamedTuple):
    """What one criterion says: what was found, why it matters, and what to do about it."""

    result: Result
    evidence: str
    reason: str = ""
    fix: str = ""


class Finding(NamedTuple):
    """An outcome with the name of its criterion."""

    pillar: Pillar
    criterion: str
    outcome: Outcome


@dataclass(frozen=True)
class Genome:
    """One genome of a person, as measured. `karyotype` is the recorded genetic one, `suggested` what genotypes suggest.

    `numbers` are metrics by name; `batches` are those of the store that hold it. `same_as` is another person's sample with
    the same genome (a duplicate enrolment or a swap); `relatives` counts close relatives among the people checked.
    """

    sample_id: str
    karyotype: str = "unknown"
    suggested: str = "unknown"
    numbers: Mapping[str, float] = field(default_factory=dict)
    batches: tuple[str, ...] = ()
    pipeline: str = ""
    same_as: str = ""
    relatives: int = 0


@dataclass(frozen=True)
class Person:
    """What the gate knows of one person. `missing`, `nulls` and `wrong` name items of the minimal data set.

    `missing` are mandatory items without a value; `nulls` those that hold a null flavour; `wrong` those whose value the model
    refuses; `mandatory` is how many there are (0: no record of the minimal data set at all).
    """

    participant_id: str
    standing: Standing
    sex_at_birth: str = ""
    country_of_origin: str = ""
    subgroup: str = ""
    provider: Provider | None = None
    cohort: Cohort | None = None
    genomes: tuple[Genome, ...] = ()
    mandatory: int = 0
    missing: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def primary(self) -> Genome | None:
        """The genome that is judged: the one with the highest coverage, the first where none is known."""
        if len(self.genomes) < 2:
            return self.genomes[0] if self.genomes else None
        return max(self.genomes, key=lambda g: g.numbers.get("mean_autosome_coverage", -1.0))


@dataclass(frozen=True)
class Pipeline:
    """How good a way of calling genotypes is: recall and precision against a truth set, and the shared control sample."""

    name: str
    recall: float | None = None
    precision: float | None = None
    control: str = ""
    truth_set: str = ""

    @property
    def fault(self) -> str:
        """What is not known of it; empty where nothing is missing."""
        known = (("recall", self.recall), ("precision", self.precision), ("control sample", self.control or None))
        missing = [name for name, value in known if value is None]
        return f"no {' and no '.join(missing)}" if missing else ""


@dataclass(frozen=True)
class NodeFacts:
    """What the gate knows of the node itself. Faults are sentences; empty where all is well; None where nobody looked."""

    nation: str
    data_set_id: str = ""
    disclosure_class: str = ""
    key_fault: str | None = None
    ledger_fault: str | None = None
    genome_fault: str | None = None
    hub_known: bool | None = None
    title: str = ""


@dataclass(frozen=True)
class Terms:
    """What everybody is judged by: the day, the nation's policy, the threshold profile, the use that people are to serve."""

    day: date
    policy: Policy
    profile: Profile
    node: NodeFacts
    pipelines: Mapping[str, Pipeline] = field(default_factory=dict)
    use: Use = field(default_factory=lambda: Use(Purpose.REFERENCE))


Criterion = Callable[..., Outcome]
_known: dict[str, tuple[Pillar, str, Criterion]] = {}
_reads: dict[str, tuple[str, ...]] = {}


def criterion(pillar: Pillar, of: str = "person", reads: tuple[str, ...] = ()) -> Callable[[Criterion], Criterion]:
    """Make a function a criterion of a pillar, judged of a `person`, of a person's `provider`, or of the `node`.

    `reads` names everything of a person that it looks at: fields of `Person`, `karyotype`, `suggested` or `pipeline` of the
    genome that is judged, metrics of that genome. Empty: it may look at all.
    """

    def known(function: Criterion) -> Criterion:
        if function.__name__ in _known:
            raise ValueError(f"there are two criteria called {function.__name__}")
        _known[function.__name__] = (pillar, of, function)
        _reads[function.__name__] = reads
        return function

    return known


@cache
def criteria() -> tuple[tuple[Pillar, str, str, Criterion], ...]:
    """Every criterion: pillar, name, of what it is judged, and the function, pillar by pillar."""
    for module in sorted(m.name for m in iter_modules(__path__)):
        import_module(f"{__name__}.{module}")
    order = list(Pillar)
    return tuple(sorted(((p, name, of, f) for name, (p, of, f) in _known.items()), key=lambda c: order.index(c[0])))


class Verdict(NamedTuple):
    """What the gate says of one person. `results` are those of the findings, in the order of the criteria."""

    participant_id: str
    result: Result
    findings: tuple[Finding, ...]
    admitted: bool
    results: tuple[Result, ...]

    def of(self, *results: Result) -> tuple[Finding, ...]:
        """The findings with one of these results."""
        return tuple(f for f in self.findings if f.outcome.result in results)

    @property
    def stops_at(self) -> Pillar | None:
        """The first pillar that keeps the person out; None for who is admitted."""
        blocking = Result.FAIL if Result.FAIL in self.results else Result.UNKNOWN
        return None if self.admitted else next(f.pillar for f in self.findings if f.outcome.result is blocking)


Found = tuple[tuple[Finding, ...], tuple[Result, ...], Any]
"""Findings of some criteria, their results beside them, and of whom: records known by identity live as long as the finding."""


@dataclass(frozen=True)
class _Alike:
    """Criteria that read the same of a person, and what they found for each combination of values that was met."""

    reads: tuple[str, ...]
    criteria: tuple[tuple[Pillar, str, Criterion], ...]
    met: dict[Any, Found] = field(default_factory=dict)

    @cached_property
    def key(self) -> Any:
        """Under what name the values of a person stand together, if they do."""
        return self.reads[0] if len(self.reads) == 1 else self.reads

    @cached_property
    def single(self) -> bool:
        """Whether they do."""
        return self.reads == _FEW or len(self.reads) == 1


class Gate:
    """Judges people by the same terms. What holds for a provider, the node, or everybody of the same values is judged once."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._shared: dict[int, Found] = {}
        self._said: dict[tuple[Result, ...], tuple[Result, bool]] = {}
        self._findings: dict[Finding, Finding] = {}
        every = list(enumerate(criteria()))
        shared = [place for place, (_, _, of, _) in every if of != "person"]
        alone = [(place, (p, name, f)) for place, (p, name, of, f) in every if of == "person" and not _reads[name]]
        alike: dict[tuple[str, ...], list[tuple[int, tuple[Pillar, str, Criterion]]]] = {}
        for place, (pillar, name, of, look) in every:
            if of == "person" and _reads[name]:
                reads = _FEW if set(_reads[name]) <= set(_FEW) else _reads[name]
                alike.setdefault(reads, []).append((place, (pillar, name, look)))
        self._alone = [c for _, c in alone]
        self._alike = [_Alike(reads, tuple(c for _, c in some)) for reads, some in alike.items()]
        places = [*shared, *(place for place, _ in alone), *(place for some in alike.values() for place, _ in some)]
        self._in_order: Callable[[Any], Any] = itemgetter(*(places.index(i) for i in range(len(places))))

    def judge(self, person: Person) -> Verdict:
        """The verdict on one person."""
        shared = self._shared.get(id(person.provider)) or self._of_provider(person.provider)
        found, said = [*shared[0]], [*shared[1]]
        for pillar, name, look in self._alone:
            outcome = look(person, self._terms)
            found.append(self._once(Finding(pillar, name, outcome)))
            said.append(outcome[0])
        values = self._values(person)
        for some in self._alike:
            key = values.get(some.key) if some.single else tuple([values.get(name) for name in some.reads])
            more = some.met.get(key) or self._meet(some, key, person)
            found += more[0]
            said += more[1]
        in_order = self._in_order(said)
        result, admitted = self._said.get(in_order) or self._conclude(in_order)
        return Verdict(person.participant_id, result, self._in_order(found), admitted, in_order)

    def _conclude(self, results: tuple[Result, ...]) -> tuple[Result, bool]:
        found = set(results)
        if Result.UNKNOWN in found and not self._terms.policy.unknown_blocks:
            found = found - {Result.UNKNOWN} | {Result.WARN}  # an open question is a reason to look, where it does not block
        result = next(r for r in WORST_FIRST if r in found)
        return self._said.setdefault(results, (result, result in (Result.PASS, Result.WARN)))

    def _values(self, person: Person) -> dict[str, Any]:
        """What criteria can say they read, by name. Of records the identity: who reads the registry makes equal ones once."""
        genome = person.primary
        values: dict[Any, Any] = dict(genome.numbers) if genome else {}
        values["standing"] = id(person.standing)
        values[_FEW] = (*_few(person), id(person.cohort), *(_few_of_genome(genome) if genome else ()))
        return values

    def _meet(self, some: _Alike, key: Any, person: Person) -> Found:
        """What these criteria find in a person of whom nothing is known but what they read."""
        if len(some.met) >= _MET:
            some.met.clear()
        bare = _bare(person, some.reads)
        return some.met.setdefault(key, self._look(some.criteria, bare, bare))

    def _of_provider(self, provider: Provider | None) -> Found:
        """What is said of a provider and of the node, judged once."""
        about = {"provider": provider, "node": self._terms.node}
        looks = [(pillar, name, look, about[of]) for pillar, name, of, look in criteria() if of != "person"]
        found = tuple([self._once(Finding(pillar, name, look(one, self._terms))) for pillar, name, look, one in looks])
        return self._shared.setdefault(id(provider), (found, tuple([f.outcome.result for f in found]), provider))

    def _look(self, some: Iterable[tuple[Pillar, str, Criterion]], about: Any, person: Person) -> Found:
        found = tuple([self._once(Finding(pillar, name, look(person, self._terms))) for pillar, name, look in some])
        return found, tuple([f.outcome.result for f in found]), about

    def _once(self, finding: Finding) -> Finding:
        """The same finding as one object, so that it is spelt once."""
        if len(self._findings) >= _MET:
            self._findings.clear()
        return self._findings.setdefault(finding, finding)


_MET = 100_000  # combinations of values, and findings, that are remembered; some ten megabytes
_OF_GENOME = ("karyotype", "suggested", "pipeline")
_OF_PERSON = ("sex_at_birth", "country_of_origin", "subgroup", "mandatory", "missing", "nulls", "wrong")
_FEW = (*_OF_PERSON, "cohort", *_OF_GENOME)
"""What takes so few values that criteria which read any of these are judged together."""
_RECORDS = ("standing", "cohort")
_few, _few_of_genome = attrgetter(*_OF_PERSON), attrgetter(*_OF_GENOME)


def _bare(person: Person, reads: tuple[str, ...]) -> Person:
    """A person of whom only these values are known."""
    own: dict[str, Any] = {"standing": Standing()} | {
        name: getattr(person, name) for name in reads if name in _RECORDS or name in _OF_PERSON
    }
    genome = person.primary
    of_genome = {name: getattr(genome, name) for name in reads if name in _OF_GENOME} if genome else {}
    numbers = {name: genome.numbers[name] for name in reads if name in genome.numbers} if genome else {}
    known = (Genome("", **of_genome, numbers=numbers),) if of_genome or numbers else ()
    return Person("", genomes=known, **own)


@dataclass(frozen=True)
class Step:
    """One pillar of the funnel: how many came to it, and how many went on."""

    pillar: Pillar
    came: int
    went_on: int


@dataclass
class Funnel:
    """Counts over people as they are judged: verdicts, where people stop, and how often each criterion said what."""

    summary: dict[Result, int] = field(
        default_factory=lambda: dict.fromkeys((Result.PASS, Result.WARN, Result.FAIL, Result.UNKNOWN), 0)
    )
    stops: dict[Pillar, int] = field(default_factory=lambda: dict.fromkeys(Pillar, 0))
    admitted: int = 0
    patterns: dict[tuple[Result, ...], int] = field(default_factory=dict)  # results in the order of the criteria: few differ

    def add(self, verdict: Verdict) -> None:
        """Count one person."""
        self.summary[verdict.result] += 1
        self.admitted += verdict.admitted
        stop = None if verdict.admitted else verdict.stops_at
        if stop is not None:
            self.stops[stop] += 1
        self.patterns[verdict.results] = self.patterns.get(verdict.results, 0) + 1

    @property
    def counts(self) -> dict[tuple[Pillar, str, Result], int]:
        """How many people each criterion gave each result, in the order of the criteria."""
        found: dict[tuple[Pillar, str, Result], int] = {}
        for place, (pillar, name, _, _) in enumerate(criteria()):
            for pattern, people in self.patterns.items():
                key = (pillar, name, pattern[place])
                found[key] = found.get(key, 0) + people
        return found

    @property
    def people(self) -> int:
        """Everybody who was judged."""
        return sum(self.summary.values())

    @property
    def steps(self) -> tuple[Step, ...]:
        """The funnel, pillar by pillar."""
        came, steps = self.people, []
        for pillar in Pillar:
            steps.append(Step(pillar, came, came - self.stops[pillar]))
            came -= self.stops[pillar]
        return tuple(steps)


def as_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as programs read it."""
    return {
        "id": verdict.participant_id,
        "verdict": verdict.result.value,
        "criteria": [finding_as_json(finding) for finding in verdict.findings],
    }


def finding_as_json(finding: Finding) -> dict[str, str]:
    """A finding as programs read it."""
    pillar, name, outcome = finding
    return {"pillar": pillar.value, "criterion": name, **{k: str(v) for k, v in outcome._asdict().items()}}


def changed(before: Mapping[str, Result], after: Mapping[str, Result]) -> list[tuple[str, Result | None, Result | None]]:
    """People whose verdict is another one, with the old and the new; None where there was, or is, none.

    >>> changed({"a": Result.PASS}, {"a": Result.FAIL, "b": Result.PASS})
    [('a', <Result.PASS: 'pass'>, <Result.FAIL: 'fail'>), ('b', None, <Result.PASS: 'pass'>)]
    """
    names = sorted(before.keys() | after.keys())
    return [(n, before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n)]


def worst_first(findings: Iterable[Finding]) -> Sequence[Finding]:
    """Findings in the order in which a steward works on them."""
    return sorted(findings, key=lambda f: WORST_FIRST.index(f.outcome.result))
