"""The 1+MG-proof gate at a node: judging its people, admitting them, and a signed certificate that others can check.

The same inputs give the same verdicts byte for byte: the day is an input, and nothing else of the clock is looked at. A
certificate names no person. It names each input by its hash: files plainly, people by a digest keyed with a secret of the node
(numbered pseudonyms could otherwise be tried out).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from json.encoder import encode_basestring as quoted
from pathlib import Path
from typing import Any

from goe.acts.admitted import CERTIFICATE, VERDICTS, applied, last_verdicts
from goe.acts.judged import people_of, policy_of
from goe.acts.pipelines import pipelines, pipelines_hash
from goe.acts.setting import Hub, Node, Place, Root, secret
from goe.acts.verify import _key_faults, verify_genomes, verify_ledger
from goe.errors import BadInput, GoeError, NotFound
from goe.rules.consent import Crosswalk, Policy
from goe.rules.events import Deed
from goe.rules.inclusion import (
    Funnel,
    Gate,
    NodeFacts,
    Person,
    Result,
    Terms,
    Verdict,
    changed,
    criteria,
    finding_as_json,
)
from goe.rules.thresholds import Profile
from goe.rules.words import NATIONS
from goe.signing import canonical, digest, sign, verify
from goe.store.checksums import sha256
from goe.store.folders import unfinished
from goe.store.policies import DEFAULT_PROFILE, policy_file, profile_file, profiles, read_profile
from goe.store.release import read_document
from goe.store.tables import DATA, MINIMAL_DATA_SET

KIND = "goe/inclusion-certificate"


@dataclass(frozen=True)
class Question:
    """Whom the gate is asked about, and by what: everybody, one participant or one cohort; a threshold profile; a day."""

    participant: str = ""
    cohort: str = ""
    profile: str = DEFAULT_PROFILE
    day: date | None = None
    genotypes: bool = False


class Check:
    """The gate over a node's people. `verdicts` judges them one by one; afterwards the funnel and the digests are known."""

    def __init__(self, node: Node, asked: Question, facts: NodeFacts | None = None) -> None:
        """`facts` are what was known of the node on an earlier day; without, the node is looked at now."""
        self.node, self.asked = node, asked
        self.day = asked.day or node.clock().date()
        self._profile_file = profile_file(asked.profile)
        self.profile = read_profile(self._profile_file)
        self.policy: Policy = policy_of(node)
        self.terms = Terms(self.day, self.policy, self.profile, facts or _facts(node), pipelines(node))
        self.funnel = Funnel()
        self._findings = _SpeltOnce(lambda finding: canonical(finding_as_json(finding)))
        self._records = _SpeltOnce(lambda record: repr(record).encode())
        self._people = hmac.new(secret(node.folder, "epoch"), digestmod=hashlib.sha256)
        self._verdicts = hashlib.sha256()

    def verdicts(self) -> Iterator[Verdict]:
        """A verdict on each person, by pseudonym. Raises NotFound where nobody was asked about."""
        gate = Gate(self.terms)
        asked = self.asked
        for person in people_of(self.node, participant=asked.participant, cohort=asked.cohort, genotypes=asked.genotypes):
            verdict = gate.judge(person)
            self._people.update(self._line(person))
            self._verdicts.update(self.line(verdict))
            self.funnel.add(verdict)
            yield verdict
        if not self.funnel.people:
            remedy = "list them: goe participants list"
            raise NotFound("there is nobody to check", expected="a registered participant or cohort", remedy=remedy)

    def line(self, verdict: Verdict) -> bytes:
        """A verdict in canonical JSON with its end of line. Most findings are the same for many people and are spelt once."""
        findings = b",".join(self._findings.all(verdict.findings))
        end = f'"id":{quoted(verdict.participant_id)},"verdict":"{verdict.result.value}"}}\n'
        return b'{"criteria":[' + findings + b"]," + end.encode()

    def _line(self, person: Person) -> bytes:
        """Everything that was looked at of a person. What many people share is spelt once."""
        standing = person.standing
        said = (*standing.consents, *standing.bases, *standing.opt_outs, person.provider, person.cohort)
        genomes = [
            (g.sample_id, g.karyotype, g.suggested, sorted(g.numbers.items()), g.batches, g.pipeline, g.same_as, g.relatives)
            for g in person.genomes
        ]
        own = (
            person.participant_id,
            *(str(standing.birth_year), str(standing.died), person.sex_at_birth, person.country_of_origin, person.subgroup),
            *(person.mandatory, person.missing, person.nulls, person.wrong, genomes),
        )
        return b"|".join([repr(own).encode(), *self._records.all(said)]) + b"\n"

    def body(self) -> dict[str, Any]:
        """What a certificate says, once everybody was judged."""
        node = self.node
        return {
            "node": node.name,
            "data_set": self.terms.node.data_set_id,
            "of": self.asked.participant or self.asked.cohort or "everybody",
            "genotypes": self.asked.genotypes,
            "day": self.day.isoformat(),
            "profile": self.profile.label,
            "node_facts": dict(vars(self.terms.node)),
            "inputs": self._inputs(),
            "summary": {result.value: number for result, number in self.funnel.summary.items()},
            "admitted": self.funnel.admitted,
            "steps": [{"pillar": s.pillar.value, "came": s.came, "went_on": s.went_on} for s in self.funnel.steps],
            "verdicts": self._verdicts.hexdigest(),
        }

    def _inputs(self) -> dict[str, str]:
        """Every input by its hash."""
        model = DATA / "minimal_dataset" / MINIMAL_DATA_SET / "items.json"
        return {
            "threshold profile": sha256(self._profile_file),
            "national policy": sha256(policy_file(self.node.folder)),
            "crosswalks": digest([_crosswalk(c) for _, c in sorted(self.policy.crosswalks.items())]),
            "pipelines": pipelines_hash(self.node),
            f"minimal data set {MINIMAL_DATA_SET}": sha256(model),
            f"{len(criteria())} criteria": _code(),
            "people, consents, documents and quality": self._people.hexdigest(),
        }


_SPELT = 100_000  # things that are kept spelt; some ten megabytes


class _SpeltOnce:
    """Spells things as bytes, each object once. An object is kept with its bytes, so that no other one gets its number."""

    def __init__(self, spell: Callable[[Any], bytes]) -> None:
        self._spell = spell
        self._bytes: dict[int, bytes] = {}
        self._objects: list[Any] = []

    def all(self, things: Sequence[Any]) -> list[bytes]:
        """The bytes of each."""
        known = self._bytes
        try:
            return [known[number] for number in map(id, things)]
        except KeyError:
            if len(known) >= _SPELT:
                known.clear()
                self._objects.clear()
            for thing in things:
                if id(thing) not in known:
                    known[id(thing)] = self._spell(thing)
                    self._objects.append(thing)
            return [known[id(thing)] for thing in things]


def _crosswalk(one: Crosswalk) -> list[Any]:
    """Everything that a reviewer signed, as JSON has it."""
    return [one.document, sorted(one.scopes), list(one.duo), one.reviewer, one.signed_on.isoformat()]


def _code() -> str:
    """One hash over the rules that judge."""
    rules = Path(__file__).parents[1] / "rules"
    found = hashlib.sha256()
    for path in sorted([*rules.glob("inclusion/*.py"), *(rules / f"{n}.py" for n in ("consent", "purposes", "thresholds"))]):
        found.update(path.read_bytes())
    return found.hexdigest()


def _facts(node: Node) -> NodeFacts:
    """What can be said of the node itself."""
    data_set = node.registry.data_set()
    try:
        key_fault = "; ".join(_key_faults(node))
    except GoeError as error:
        key_fault = error.found
    return NodeFacts(
        node.name,
        data_set.data_set_id,
        data_set.disclosure_class.value,
        key_fault=key_fault,
        ledger_fault=_first(verify_ledger(node).faults),
        genome_fault=_first(verify_genomes(node).faults),
        hub_known=_known_to_hub(node),
        title=node.settings.title,
    )


def _first(faults: tuple[str, ...]) -> str:
    return faults[0] if faults else ""


def _known_to_hub(node: Node) -> bool | None:
    """Whether the hub beside this node has its key; None where there is no hub beside it."""
    from goe.acts.setting import open_place

    if not (node.folder.parent / "hub" / "hub.toml").is_file():
        return None
    hub = open_place(node.folder.parent / "hub", node.clock)
    assert isinstance(hub, Hub)
    return any(key in hub.members.get(node.name, ()) for key in node.public_keys)


@dataclass(frozen=True)
class Applied:
    """An applied gate: its folder, its certificate, whether it is new, and whose verdict is another one than before."""

    folder: Path
    certificate: Mapping[str, Any]
    new: bool
    changed: tuple[tuple[str, Result | None, Result | None], ...]


def apply(node: Node, asked: Question) -> Applied:
    """Judge everybody, keep the verdicts, sign the certificate. Who fails is counted nowhere until the gate is applied again.

    The same inputs on the same day change nothing. Raises BadInput where only some people are asked about.
    """
    if asked.participant or asked.cohort:
        raise BadInput("the gate is applied to everybody", remedy="leave out --participant and --cohort")
    check, home = Check(node, asked), node.folder / "documents" / "inclusion"
    before = last_verdicts(node)
    after: dict[str, Result] = {}
    number = len(applied(node)) + 1
    with unfinished(home, f"{number:04d}") as folder:
        with (folder / VERDICTS).open("wb") as file:
            for verdict in check.verdicts():
                after[verdict.participant_id] = verdict.result
                file.write(check.line(verdict))
        body = check.body()
        last = applied(node)[-1] if applied(node) else None
        if last and read_document(last / CERTIFICATE)["body"] == body:
            return Applied(last, read_document(last / CERTIFICATE), False, ())
        document = sign(KIND, body, key=node.key, issued=node.now)
        (folder / CERTIFICATE).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        said = f"certificate {number}"
        deed = node.ledger.deed(Deed.INCLUSION_APPLIED, said, actor=node.settings.actor, time=node.now, details={})
        with deed as row:
            row["details_hash"] = digest(body)
            folder.chmod(0o750)
            folder.rename(home / f"{number:04d}")
    return Applied(home / f"{number:04d}", document, True, tuple(changed(before, after)) if before else ())


@dataclass(frozen=True)
class Verified:
    """What was found of a certificate: who signed it, what it says, and what could be computed again (None: not here)."""

    sender: str
    body: Mapping[str, Any]
    inputs: tuple[tuple[str, bool], ...] | None = None
    reproduced: bool | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return self.reproduced is not False


def verify_certificate(path: Path, *, place: Place | None, key: str = "") -> Verified:
    """Check a certificate's signature; at the node that signed it, judge everybody again on its day and compare.

    Raises Damaged where it was altered or its signer is not known, BadInput where there is no key to check it with.
    """
    document = read_document(path)
    sender = str(document.get("sender"))
    trusted = _trusted(place, sender, key)
    body = verify(document, kind=KIND, trusted=trusted, where=str(path))
    node = _node_of(place, sender)
    if node is None:
        return Verified(sender, body)
    of = "" if body["of"] == "everybody" else body["of"]
    cohort = of if "-COHORT-" in of else ""
    name = body["profile"].rsplit(" ", 1)[0]
    asked = Question("" if cohort else of, cohort, name, date.fromisoformat(body["day"]), body["genotypes"])
    check = Check(node, asked, NodeFacts(**body["node_facts"]))
    for _ in check.verdicts():
        pass
    again = check.body()
    inputs = tuple((what, again["inputs"].get(what) == hash_) for what, hash_ in body["inputs"].items())
    return Verified(sender, body, inputs, again["verdicts"] == body["verdicts"])


def _trusted(place: Place | None, sender: str, key: str) -> dict[str, tuple[str, ...]]:
    if key:
        return {sender: (key.strip().lower(),)} if sender in NATIONS else {}
    if isinstance(place, Hub):
        return dict(place.members)
    node = _node_of(place, sender)
    if node is None and place is None:
        raise BadInput("there is no key to check the signature with", remedy="say the signer's public key with --key")
    return {sender: node.public_keys} if node else {}


def _node_of(place: Place | None, sender: str) -> Node | None:
    if isinstance(place, Root):
        return place.nodes.get(sender)
    return place if isinstance(place, Node) and place.name == sender else None


def shipped_profiles() -> list[Profile]:
    """The threshold profiles that ship with goe."""
    return [read_profile(profile_file(name)) for name in profiles()]
