"""Whether somebody who arrives may be registered, given what is registered: new, known, with more samples, or refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from goe.rules.consent import ConsentEvent
from goe.rules.participant import Participant, Sample


@dataclass(frozen=True)
class Reception:
    """What is to be done with one arrival: register or complete the person, add samples; or refuse, by column and reason."""

    new: bool = False
    completed: bool = False
    samples: tuple[Sample, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def receive_person(
    person: Participant,
    events: tuple[ConsentEvent, ...],
    registered: Participant | None,
    history: tuple[ConsentEvent, ...],
    *,
    gone: bool,
    partial: bool = False,
) -> tuple[tuple[str, str], ...]:
    """Why this person may not be registered so, by column; empty where it may, or where it is registered just so.

    A `partial` record, such as a phenopacket's, says nothing where it is empty.
    """
    if gone:
        return (("participant", "this participant was erased and may not come back"),)
    if registered is None:
        return ()
    if withdrawn := _withdrawn(events, history):
        return ((withdrawn, "was withdrawn since: a new consent is recorded with `goe consent record`"),)
    if person.cohort_id and registered.cohort_id and person.cohort_id != registered.cohort_id:
        return (("cohort", "the participant is in another cohort already; a person is in one cohort"),)
    said = [f for f in fields(Participant) if not partial or getattr(person, f.name) not in (f.default, "unknown")]
    differ = [f.name for f in said if getattr(person, f.name) != getattr(registered, f.name)]
    differ += ["consents"] if events != history[: len(events)] else []
    return (("participant", f"registered with other values ({', '.join(differ)})"),) if differ else ()


def completes(person: Participant, registered: Participant | None, history: tuple[ConsentEvent, ...]) -> bool:
    """Whether a whole record completes one that a phenopacket, say, left with little and without any consent."""
    if registered is None or history or person == registered:
        return False
    known = [f.name for f in fields(Participant) if getattr(registered, f.name) not in (f.default, "unknown")]
    return all(getattr(person, name) == getattr(registered, name) for name in known)


def _withdrawn(events: Iterable[ConsentEvent], history: Iterable[ConsentEvent]) -> str:
    """The first scope that the file says yes to, and to which the person said yes once and no in the end."""
    last: dict[str, ConsentEvent] = {}
    once: set[str] = set()
    for event in history:
        once |= {event.scope} if event.given else set()
        if event.scope not in last or event.since >= last[event.scope].since:
            last[event.scope] = event
    return next((e.scope.value for e in events if e.given and e.scope in once and _took_back(last[e.scope], e)), "")


def _took_back(last: ConsentEvent, said: ConsentEvent) -> bool:
    return not last.given and last.since >= said.since


def receive_samples(
    person: str,
    given: Iterable[Sample],
    *,
    samples: Mapping[str, Sample],
    genomes: Mapping[str, Sample],
    links: Mapping[str, str],
) -> Reception:
    """Which of the samples given are new, and which names are taken by others."""
    refused, new = [], []
    for sample in given:
        if sample.sample_id not in samples and sample.genome not in genomes:
            new.append(sample)
        elif samples.get(sample.sample_id) != sample:
            taken = "sample" if sample.sample_id in samples else "genome"
            refused.append((taken, "registered with other values, or of another genome"))
        elif links.get(sample.sample_id) != person:
            refused.append(("sample", "registered with other values: it is of another participant"))
    return Reception(samples=tuple(new), refused=tuple(refused))
