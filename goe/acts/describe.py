"""Reading the registry: who is in it, what is known of one person, and handing it out as a table or as phenopackets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from goe.acts.setting import Node
from goe.errors import NotFound
from goe.rules.consent import ConsentEvent
from goe.rules.observations import Answer, Observation
from goe.rules.participant import Participant, Sample
from goe.rules.phenotypes import GENOME_OF_EUROPE, NULL, Completeness, MinimalValue, completeness, instances_of
from goe.store.formats.participants import COLUMNS, OPTIONAL
from goe.store.formats.phenopacket import phenopackets_of
from goe.store.models import AnswerRow, MinimalValueRow, ObservationRow
from goe.store.tables import minimal_data_set


@dataclass(frozen=True)
class Description:
    """Everything that is registered of one participant."""

    participant: Participant
    samples: tuple[Sample, ...]
    consents: tuple[ConsentEvent, ...]
    observations: tuple[Observation, ...]
    answers: tuple[Answer, ...]
    values: tuple[MinimalValue, ...]
    completeness: Completeness  # of the minimal data set


def describe(node: Node, participant_id: str, *, use_case: str = GENOME_OF_EUROPE) -> Description:
    """Everything that is registered of one participant. Raises NotFound."""
    person = node.registry.participant(participant_id)
    if person is None:
        raise NotFound("this participant is not registered", where=str(node.folder), remedy="list them: goe participants list")
    samples = node.registry.samples_of(participant_id)
    about = {participant_id, *(s.sample_id for s in samples)}
    values = tuple(node.registry.kept(MinimalValueRow, MinimalValue).all(about=about))
    return Description(
        person,
        samples,
        node.registry.history(participant_id),
        tuple(node.registry.kept(ObservationRow, Observation).all(participant_id=participant_id)),
        tuple(node.registry.kept(AnswerRow, Answer).all(participant_id=participant_id)),
        values,
        completeness(minimal_data_set(), instances_of(person, samples, values), use_case),
    )


def list_participants(node: Node) -> list[dict[str, Any]]:
    """Every participant with what a steward looks for: year and country, cohort, number of genomes, scopes given."""
    genomes: dict[str, int] = {}
    for person in node.registry.links().values():
        genomes[person] = genomes.get(person, 0) + 1
    consents = node.registry.consents()
    return [
        {
            "participant": p.participant_id,
            "sex": p.sex,
            "birth_year": p.birth_year,
            "country_of_origin": p.country_of_origin,
            "region": p.region,
            "cohort": p.cohort_id,
            "genomes": genomes.get(p.participant_id, 0),
            "consents": " ".join(sorted(_given(consents.get(p.participant_id, ())))),
        }
        for p in node.registry.participants().values()
    ]


def _given(history: tuple[ConsentEvent, ...]) -> set[str]:
    """The scopes whose last event is a yes."""
    last: dict[str, ConsentEvent] = {}
    for event in history:
        if event.scope not in last or event.since >= last[event.scope].since:
            last[event.scope] = event
    return {scope for scope, event in last.items() if event.given}


def export_table(node: Node) -> list[dict[str, str]]:
    """Every participant and sample as rows that `enrol` reads, with the minimal data set; without observations and answers.

    Consents are handed out as first recorded: a file holds one day of consent, a history stays in the registry.
    """
    people, consents = node.registry.participants(), node.registry.consents()
    links, values = node.registry.links(), _cells(node)
    columns = sorted({column for cells in values.values() for column in cells})
    return [
        _row(people[person], s, consents.get(person, ()))
        | {column: values.get(s.sample_id, {}).get(column) or values.get(person, {}).get(column, "") for column in columns}
        for s in sorted(node.registry.samples().values(), key=lambda s: s.sample_id)
        if (person := links.get(s.sample_id, "")) in people
    ]


def _cells(node: Node) -> dict[str, dict[str, str]]:
    """The values of the minimal data set as cells of a file, by whom they are about."""
    cells: dict[str, dict[str, list[str]]] = {}
    for v in node.registry.kept(MinimalValueRow, MinimalValue).all():
        cells.setdefault(v.about, {}).setdefault(f"{v.part}.{v.item}", []).append(
            NULL + v.null_flavour if v.null_flavour else v.value
        )
    return {about: {column: " | ".join(said) for column, said in of.items()} for about, of in cells.items()}


def _row(p: Participant, s: Sample, history: tuple[ConsentEvent, ...]) -> dict[str, str]:
    first: dict[str, ConsentEvent] = {}
    for event in history:
        first.setdefault(event.scope.value, event)
    one = next(iter(first.values()), None)
    row = dict.fromkeys([*COLUMNS, *OPTIONAL], "")
    row |= {
        "participant": p.participant_id,
        "sample": s.sample_id,
        "genome": s.genome,
        "sex": p.sex,
        "karyotype": s.karyotype.value,
    }
    row |= {"birth_year": str(p.birth_year or ""), "region": p.region, "country_of_origin": p.country_of_origin}
    row |= {scope: "yes" if event.given else "no" for scope, event in first.items()}
    row |= {name: getattr(p, name) for name in ("birth_date", "sex_at_birth", "subgroup", "died_on")}
    row |= {"guardian": "yes" if p.guardian else "", "cohort": p.cohort_id, "provider": p.provider_id}
    if one:
        row |= {"consent_from": str(one.since), "consent_until": str(one.until or ""), "consent_document": one.document}
        row |= {"consent_language": one.language, "consent_manner": one.manner.value, "consent_giver": one.giver.value}
        row |= {"consent_duo": " ".join(one.duo)}
    return row


def export_phenopackets(node: Node, participant_id: str | None = None) -> Iterator[dict[str, Any]]:
    """Participants as phenopackets: each packet that was read, and one for what came otherwise. Raises NotFound."""
    if participant_id:
        found = describe(node, participant_id)
        yield from phenopackets_of(found.participant, found.observations)
        return
    seen: dict[str, list[Observation]] = {}
    for one in node.registry.kept(ObservationRow, Observation).all():
        seen.setdefault(one.participant_id, []).append(one)
    for name, person in node.registry.participants().items():
        yield from phenopackets_of(person, seen.get(name, []))
