"""Phenopackets v2 (ISO 4454): read as observations, written back with the same meaning.

What a feature, disease or measurement says in the columns of an observation stands there, the rest beside it as JSON, so
nothing is lost and nothing is said twice. The subject's own name is replaced by the pseudonym wherever the format names the
subject. Biosamples and files are not taken: they would join genotype and phenotype, which this platform keeps apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from goe.errors import BadInput
from goe.rules.codes import split_code
from goe.rules.observations import DISEASE, MEASUREMENT, PHENOTYPE, Observation, observation_faults
from goe.rules.participant import Participant, participant_faults
from goe.store.arrivals import Arrival, Context, Fault, Rejected, Source
from goe.store.registry import Enrolment

_SEX = {"FEMALE": "female", "MALE": "male", "OTHER_SEX": "other", "UNKNOWN_SEX": "unknown"}
_SPELT = {ours: theirs for theirs, ours in _SEX.items()}
_LISTS = {"phenotypicFeatures": PHENOTYPE, "diseases": DISEASE, "measurements": MEASUREMENT}
_TERM = {PHENOTYPE: "type", DISEASE: "term", MEASUREMENT: "assay"}
_WHOLE = {"interpretations": "interpretation", "medicalActions": "medical_action"}
_REFUSED = ("biosamples", "files")
_REFERENCES = ("subjectOrBiosampleId", "individualId")

Json = dict[str, Any]


def is_phenopackets(path: Path) -> bool:
    """Whether this is a JSON file, or a folder of them."""
    return path.suffix.lower() in (".json", ".jsonl") or (path.is_dir() and any(path.glob("*.json")))


def open_phenopackets(path: Path, context: Context) -> Source:
    """The phenopackets of a file (one, a list, or one per line) or folder as a source. Raises BadInput for what is no JSON."""
    return Source(("file", "packet", "subject"), lambda: _arrivals(path, context))


def _arrivals(path: Path, context: Context) -> Iterator[Arrival | Rejected]:
    for row, (name, packet) in enumerate(_packets(path), start=1):
        faults: list[Fault] = []
        found = _arrival(packet, row, name, context, faults) if _is_packet(packet, faults) else None
        cells = {"file": name, "packet": str(packet.get("id", "")) if isinstance(packet, dict) else ""}
        yield found if found and not faults else Rejected(row, cells, tuple(faults), name)


def _packets(path: Path) -> Iterator[tuple[str, Any]]:
    for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
        try:
            text = file.read_text(encoding="utf-8")
            found = [json.loads(line) for line in text.splitlines() if line] if file.suffix == ".jsonl" else json.loads(text)
        except FileNotFoundError:
            raise BadInput("there is no such file", where=str(path)) from None
        except ValueError as error:
            raise BadInput("the file cannot be read", expected="JSON in UTF-8", where=str(file)) from error
        yield from ((file.name, packet) for packet in (found if isinstance(found, list) else [found]))


def _is_packet(packet: Any, faults: list[Fault]) -> bool:
    """Whether this has what every phenopacket has."""
    if not isinstance(packet, dict) or not isinstance(packet.get("subject"), dict) or not packet["subject"].get("id"):
        faults.append(Fault("subject", "expected a phenopacket with a subject that has an id"))
        return False
    if not isinstance(packet.get("metaData"), dict):
        faults.append(Fault("metaData", "expected the metadata that every phenopacket has"))
    faults += [Fault(part, "is not taken: genotype and phenotype are kept apart") for part in _REFUSED if packet.get(part)]
    known = {"id", "subject", "metaData", *_LISTS, *_WHOLE, *_REFUSED}
    faults += [Fault(part, "is no part of a phenopacket, version 2") for part in packet.keys() - known]
    return not faults


def _arrival(packet: Json, row: int, name: str, context: Context, faults: list[Fault]) -> Arrival:
    theirs = packet["subject"]["id"]
    ours = context.pseudonym(theirs)
    packet = _renamed(packet, theirs, ours)
    subject = packet["subject"]
    born = str(subject.get("dateOfBirth", ""))[:10]
    person = Participant(
        ours,
        _SEX.get(subject.get("sex", "UNKNOWN_SEX"), subject.get("sex", "")),
        int(born[:4]) if born[:4].isdigit() else None,
        birth_date=born,
    )
    faults += [Fault(field, rule) for field, rule in participant_faults(person, context.nation, context.today.year).items()]
    seen = tuple(_observations(packet, ours))
    for one in seen:
        if one.kind in _TERM:
            faults += [
                Fault(f"{one.kind} {field}", rule, one.term) for field, rule in observation_faults(one, context.today).items()
            ]
    return Arrival(
        row, ours, {"file": name, "packet": packet.get("id", ""), "subject": ours}, Enrolment(person, (), ()), seen, where=name
    )


def _renamed(packet: Json, theirs: str, ours: str) -> Json:
    """The same, with the pseudonym where the format names the subject, and in the packet's own id."""
    spelt = "[^A-Za-z0-9]+".join(re.escape(part) for part in re.split("[^A-Za-z0-9]+", theirs) if part)
    name = re.sub(f"(?<![A-Za-z0-9]){spelt}(?![A-Za-z0-9])", ours, str(packet.get("id", ""))) if spelt else ""
    inner = {part: _in_place(value, theirs, ours) for part, value in packet.items()}
    return inner | {"id": name, "subject": packet["subject"] | {"id": ours}}


def _in_place(value: Any, theirs: str, ours: str) -> Any:
    """The same, with the pseudonym in every field that refers to the subject."""
    if isinstance(value, dict):
        return {
            key: ours if key in _REFERENCES and inner == theirs else _in_place(inner, theirs, ours)
            for key, inner in value.items()
        }
    return [_in_place(inner, theirs, ours) for inner in value] if isinstance(value, list) else value


def _observations(packet: Json, person: str) -> Iterator[Observation]:
    source = f"phenopacket:{packet.get('id', '')}"
    whole = {name: packet["subject"][name] for name in packet["subject"].keys() - {"id", "sex", "dateOfBirth"}}
    yield Observation(person, "packet", "", packet.get("id", ""), source=source)
    yield Observation(person, "meta_data", "", "metaData", source=source, details=_text(packet["metaData"]))
    if whole:
        yield Observation(person, "subject", "", "subject", source=source, details=_text(whole))
    for part, kind in _LISTS.items():
        yield from (_of_term(dict(said), kind, person, source) for said in packet.get(part, ()))
    for part, kind in _WHOLE.items():
        yield from (Observation(person, kind, "", part, source=source, details=_text(said)) for said in packet.get(part, ()))


def _of_term(said: Json, kind: str, person: str, source: str) -> Observation:
    term = said.pop(_TERM[kind], {})
    system, code = split_code(term.get("id", ""))
    if (spelt := term.get("id", "").partition(":")[0]) != system:
        said["_prefix"] = spelt
    excluded = bool(said.pop("excluded", False))
    value, unit = _quantity(said) if kind == MEASUREMENT else (None, "")
    day = said.get("timeObserved", {}).get("timestamp", "")[:10] if kind == MEASUREMENT else ""
    details = _text(said) if said else ""
    return Observation(person, kind, system, code, term.get("label", ""), excluded, value, "", unit, day, source, details)


def _quantity(said: Json) -> tuple[float | None, str]:
    """Number and UCUM unit, taken out of a measurement where it holds a plain quantity."""
    quantity = said.get("value", {}).get("quantity", {})
    unit = quantity.get("unit", {}).get("id", "")
    if set(quantity) != {"unit", "value"} or not unit.startswith("UCUM:"):
        return None, ""
    del said["value"]
    if label := quantity["unit"].get("label"):
        said["_unit_label"] = label
    return float(quantity["value"]), unit.removeprefix("UCUM:")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def phenopackets_of(person: Participant, observations: Iterable[Observation]) -> list[Json]:
    """What is registered of a participant as phenopackets: one per packet that was read, one for everything else."""
    sources: dict[str, list[Observation]] = {}
    for one in observations:
        sources.setdefault(one.source if one.source.startswith("phenopacket:") else "", []).append(one)
    return [_packet(person, seen) for seen in sources.values()] or [_packet(person, [])]


def _packet(person: Participant, seen: list[Observation]) -> Json:
    of_kind: dict[str, list[Observation]] = {}
    for one in seen:
        of_kind.setdefault(one.kind, []).append(one)
    named = of_kind.get("packet")
    subject: Json = {"id": person.participant_id, "sex": _SPELT.get(person.sex, "UNKNOWN_SEX")}
    if len(person.birth_date) == 10:
        subject["dateOfBirth"] = f"{person.birth_date}T00:00:00Z"
    for one in of_kind.get("subject", ()):
        subject |= json.loads(one.details)
    packet: Json = {"id": named[0].code if named else f"{person.participant_id}-packet", "subject": subject}
    packet |= {part: [_said(one) for one in of_kind[kind]] for part, kind in _LISTS.items() if kind in of_kind}
    packet |= {part: [json.loads(o.details) for o in of_kind[kind]] for part, kind in _WHOLE.items() if kind in of_kind}
    metadata = of_kind.get("meta_data")
    return packet | {"metaData": json.loads(metadata[0].details) if metadata else _metadata(seen)}


def _said(one: Observation) -> Json:
    details: Json = json.loads(one.details) if one.details else {}
    prefix, unit_label = details.pop("_prefix", one.system), details.pop("_unit_label", None)
    term = {"id": f"{prefix}:{one.code}"} | ({"label": one.label} if one.label else {})
    said: Json = {_TERM[one.kind]: term} | ({"excluded": True} if one.excluded else {}) | details
    if one.value is not None:
        unit = {"id": f"UCUM:{one.unit}"} | ({"label": unit_label} if unit_label else {})
        said["value"] = {"quantity": {"unit": unit, "value": one.value}}
    elif one.text:
        said["value"] = {"ontologyClass": {"id": "", "label": one.text}}
    if one.kind == MEASUREMENT and len(one.day) == 10 and "timeObserved" not in said:
        said["timeObserved"] = {"timestamp": f"{one.day}T00:00:00Z"}
    return said


def _metadata(seen: list[Observation]) -> Mapping[str, Any]:
    """Metadata for what did not come as a phenopacket: the systems used, no person and no moment."""
    resources = [{"id": s.lower(), "namespacePrefix": s} for s in sorted({o.system for o in seen if o.system})]
    return {"createdBy": "goe", "phenopacketSchemaVersion": "2.0.2", "resources": resources}
