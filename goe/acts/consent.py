"""Recording, withdrawing and explaining consent. A withdrawal says its ripple first: everything of ours that it touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from goe.acts.judged import CROSSWALK, policy_of, standing
from goe.acts.setting import Node
from goe.errors import BadInput, Conflict, NotFound
from goe.rules.consent import DPV_BASES, Answer, ConsentEvent, Giver, LegalBasis, OptOut, Standing, contradictions, may
from goe.rules.disclosure import FLOORS
from goe.rules.events import Deed
from goe.rules.participant import Participant
from goe.rules.purposes import Use, duo_faults
from goe.rules.words import Scope
from goe.signing import digest, sign
from goe.store.folders import unfinished
from goe.store.policies import crosswalk
from goe.store.release import MANIFEST, read_body


def person_of(node: Node, participant_id: str) -> Participant:
    """A registered participant. Raises NotFound."""
    found = node.registry.participant(participant_id)
    if found is None:
        raise NotFound("this participant is not registered", where=str(node.folder), remedy="list them: goe participants list")
    return found


def record_consent(
    node: Node,
    participant_id: str,
    events: Sequence[ConsentEvent],
    *,
    basis: LegalBasis | None = None,
    opt_out: OptOut | None = None,
) -> int:
    """Append what a person said, a legal basis, or an opt-out, all or none; what stands already, unchanged, is passed over.

    Raises BadInput for a day to come, a consent before birth, or an unknown code; Conflict where the opposite is recorded for
    the same day.
    """
    person = person_of(node, participant_id)
    facts = standing(node, person)
    _check(node, person, facts, events, basis, opt_out)
    new = [event for event in events if event not in facts.consents]
    bases = [basis] if basis and basis not in facts.bases else []
    outs = [opt_out] if opt_out and opt_out not in facts.opt_outs else []
    if not (new or bases or outs):
        return 0
    details = {"events": len(new), "bases": len(bases), "opt_outs": len(outs)}
    with (
        node.ledger.deed(Deed.CONSENT_RECORDED, "1 participant", actor=node.settings.actor, time=node.now, details=details),
        node.registry.writing() as writing,
    ):
        writing.add_consents((participant_id, event) for event in new)
        writing.add_bases((participant_id, one) for one in bases)
        writing.add_opt_outs((participant_id, one) for one in outs)
    return len(new) + len(bases) + len(outs)


def _check(
    node: Node,
    person: Participant,
    facts: Standing,
    events: Sequence[ConsentEvent],
    basis: LegalBasis | None,
    opt_out: OptOut | None,
) -> None:
    today = node.clock().date()
    days = [e.since for e in events] + ([basis.since] if basis else []) + ([opt_out.since] if opt_out else [])
    if not days:
        raise BadInput("there is nothing to record", expected="--given, --withheld, --basis, --opt-out or --opt-in")
    for day in days:
        if day > today:
            raise BadInput(f"the day {day} is to come", expected=f"a day up to {today}", where="--day")
        if person.birth_year is not None and day.year < person.birth_year:
            raise BadInput("the day lies before the person's birth", expected="a later day", where="--day")
    if basis and basis.basis not in DPV_BASES:
        raise BadInput(f"{basis.basis!r} is no legal basis", expected=", ".join(DPV_BASES), where="--basis")
    if faults := [fault for event in events for fault in duo_faults(event.duo)]:
        raise BadInput(faults[0], expected="a code such as DUO:0000042", where="--duo")
    same_day = [e for e in facts.consents if any((e.scope, e.since) == (n.scope, n.since) for n in events)]
    if found := contradictions([*same_day, *events]):
        raise Conflict(
            found[0], remedy="ask the person; a change of mind on the same day is a withdrawal, `goe consent withdraw`"
        )


@dataclass(frozen=True)
class Ripple:
    """What a withdrawal touches. `releases` counted the person and stay as they were published; what follows is `effect`."""

    batches: tuple[str, ...]
    releases: tuple[str, ...]
    analyses: tuple[str, ...]
    grants: tuple[str, ...]
    effect: tuple[str, ...]


def ripple(node: Node, participant_id: str, scopes: Sequence[Scope]) -> Ripple:
    """Everything of this node that holds or counted the person, and what happens to each when these scopes end."""
    person_of(node, participant_id)
    samples = node.registry.samples_of(participant_id)
    names, ids = {s.genome for s in samples}, {s.sample_id for s in samples}
    batches = [b.batch_id for b in node.genomes.batches() if names & set(node.genomes.batch(b.batch_id).samples)]
    counted = Scope.ALLELE_FREQUENCY in scopes
    releases = [name for name, pairs in _releases(node) if ids & {sample for sample, _ in pairs}] if counted else []
    analyses, grants = _documents(node, "analyses"), _documents(node, "grants")
    return Ripple(tuple(batches), tuple(releases), analyses, grants, _effect(node, scopes, counted=counted))


def _releases(node: Node) -> list[tuple[str, frozenset[tuple[str, str]]]]:
    """Every release of the reference and of the special category, with who was counted."""
    shelves = (("", node.releases), ("clinical ", node.clinical_releases))
    there = [(kind, of, a, v) for kind, of in shelves for a in of.assemblies() for v in of.versions(a)]
    bodies = {f"{kind}{a} {v}": read_body(of.path(a, v) / MANIFEST) for kind, of, a, v in there}
    return [(name, node.registry.epoch_pairs(int(body["epoch"]["number"]))) for name, body in bodies.items()]


def _documents(node: Node, kind: str) -> tuple[str, ...]:
    """Analyses and grants that are open at this node: their documents, by name."""
    return tuple(sorted(p.stem for p in (node.folder / "documents" / kind).glob("*.json")))


def _effect(node: Node, scopes: Sequence[Scope], *, counted: bool) -> tuple[str, ...]:
    change = FLOORS[node.registry.data_set().disclosure_class].change
    found = ["every individual use in these scopes, and every new specification's use, ends at once"]
    if counted:
        when = f"once {change} people have changed" if change else "at the next build"
        found.append(f"published releases stay as they are; the person is left out of the next counting epoch, {when}")
        found.append("a question already answered is not answered again on the changed set before that")
    else:
        found.append("the person stays counted in frequencies: that scope is not withdrawn")
    if set(scopes) == set(Scope):
        found.append("the genome stays in its batch, unused; `goe rights erase` is another request")
    return tuple(found)


def withdraw(node: Node, participant_id: str, scopes: Sequence[Scope], day: date) -> int:
    """End the scopes that are open, from a day on, and say how many were. Doing it again changes nothing."""
    person = person_of(node, participant_id)
    history = standing(node, person).consents
    if day > node.clock().date():
        raise BadInput(f"the day {day} is to come", expected=f"a day up to {node.clock().date()}", where="--day")
    new = [ConsentEvent(scope, False, max(day, _since(history, scope) or day)) for scope in scopes if _since(history, scope)]
    if not new:
        return 0
    details = {"scopes": sorted(e.scope.value for e in new)}
    deed = node.ledger.deed(Deed.CONSENT_WITHDRAWN, "1 participant", actor=node.settings.actor, time=node.now, details=details)
    with deed, node.registry.writing() as writing:
        writing.add_consents((participant_id, event) for event in new)
    return len(new)


def _since(history: Sequence[ConsentEvent], scope: Scope) -> date | None:
    """The day of the last yes to a scope; None where the last word was no, or none was said."""
    last: ConsentEvent | None = None
    for event in history:
        if event.scope == scope and (last is None or event.since >= last.since):
            last = event
    return last.since if last and last.given else None


def explain(node: Node, participant_id: str, use: Use, scope: Scope, day: date | None = None) -> Answer:
    """Whether this person's consent permits this use, in this scope, on this day, and why (not)."""
    return may(standing(node, person_of(node, participant_id)), use, scope, day or node.clock().date(), policy_of(node))


def timeline(node: Node, participant_id: str) -> list[dict[str, str]]:
    """What was said and recorded of one person, each of the three facts by its own name, by day."""
    facts = standing(node, person_of(node, participant_id))
    rows: list[dict[str, str]] = [
        {
            "day": e.since.isoformat(),
            "fact": "ethics consent",
            "what": e.scope.value,
            "said": "yes" if e.given else "no",
            "until": e.until.isoformat() if e.until else "",
            "how": f"{e.manner.value}{'' if e.giver is Giver.SELF else ', by a guardian'}",
            "form": " ".join(filter(None, (e.document, e.language))),
            "terms": " ".join((*e.duo, *e.countries, *(f"not {c}" for c in e.not_countries))),
        }
        for e in facts.consents
    ]
    blank = {"until": "", "how": "", "form": "", "terms": ""}
    rows += [{"day": b.since.isoformat(), "fact": "legal basis", "what": b.basis, "said": "", **blank} for b in facts.bases]
    rows += [
        {
            "day": o.since.isoformat(),
            "fact": "EHDS opt-out",
            "what": "secondary use",
            "said": "out" if o.out else "back in",
            **blank,
        }
        for o in facts.opt_outs
    ]
    return sorted(rows, key=lambda row: row["day"])


def sign_crosswalk(node: Node, body: Mapping[str, Any], where: str) -> Path:
    """Sign what a reviewer judged an older form to cover, and keep it; the newest of a form holds. Raises BadInput."""
    import json

    found, home = crosswalk(dict(body), where), node.folder / "documents" / "crosswalks"
    document = sign(CROSSWALK, dict(body), key=node.key, issued=node.now)
    name = f"{digest(found.document)[:16]}.json"
    deed = node.ledger.deed(
        Deed.CONSENT_RECORDED, f"crosswalk {found.document}", actor=node.settings.actor, time=node.now, details=dict(body)
    )
    with deed, unfinished(home, "crosswalk") as folder:
        (folder / name).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (folder / name).replace(home / name)
    return home / name
