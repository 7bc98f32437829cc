"""The minimal data set: what a participant's record must hold, as a model that is data and has a version.

A model is a list of items in classes, each with a level per use case. A record is *formally complete* when every mandatory item
has a value or, where the model allows it, an HL7 null flavour. Since a complete record can therefore be empty, the *null
rate* is a number of its own. What version 1 leaves open is decided in `docs/minimal_dataset.md`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from goe.rules.codes import COUNTRIES, NULL_FLAVOURS, code_fault, nearest
from goe.rules.observations import first_day
from goe.rules.participant import Participant, Sample


class Level(StrEnum):
    """How much a use case asks for an item."""

    MANDATORY = "mandatory"
    CONDITIONAL = "conditional"
    RECOMMENDED = "recommended"
    OPTIONAL = "optional"


GENOME_OF_EUROPE = "genome_of_europe"
USE_CASES = (GENOME_OF_EUROPE, "cancer", "common_disease", "rare_disease", "infectious_disease")
REQUIRED_CLASSES = ("Subject", "Sample", "Sequence", "Digital Resource")
"""Classes of which a participant has at least one instance; in the others, levels bind where an instance exists."""

NULL = "HL7NF:"
"""A value that begins so is a null flavour."""


@dataclass(frozen=True)
class Choice:
    """A value that a list names, and its codes."""

    label: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One item of the model. `level` is as printed; `levels` says where a use case differs, by decision."""

    part: str  # the class
    name: str
    definition: str
    level: Level
    kind: str  # string, list, date, partial_date, date_time, integer, number, boolean
    levels: Mapping[str, Level] = field(default_factory=dict)
    condition: str = ""
    use_case: str = ""
    repeated: bool = False
    code: str = ""
    value_set: str = ""
    choices: tuple[Choice, ...] = ()
    open: bool = False
    null_flavours: bool = False

    @property
    def key(self) -> str:
        """Class and item, as a column of a file is headed: `Sequence.Target`."""
        return f"{self.part}.{self.name}"

    def level_in(self, use_case: str) -> Level:
        """The level in one use case."""
        return self.levels.get(use_case, self.level)


@dataclass(frozen=True)
class MinimalDataSet:
    """One version of the model."""

    version: str
    title: str
    items: tuple[Item, ...]

    @cached_property
    def parts(self) -> Mapping[str, tuple[Item, ...]]:
        """The items of each class."""
        return {part: tuple(i for i in self.items if i.part == part) for part in dict.fromkeys(i.part for i in self.items)}

    def item(self, key: str) -> Item | None:
        """The item of a column heading, or None."""
        return self._by_key.get(key)

    @cached_property
    def _by_key(self) -> Mapping[str, Item]:
        return {item.key: item for item in self.items}


@dataclass(frozen=True)
class MinimalValue:
    """One value of an item, or the null flavour in its place, about a participant or a sample."""

    about: str
    model: str
    part: str
    instance: int
    item: str
    place: int
    value: str = ""
    null_flavour: str = ""


Values = Mapping[str, Sequence[str]]
"""The values of one instance of a class by item name; a null flavour is written `HL7NF:UNK`."""


@dataclass(frozen=True)
class Completeness:
    """How complete a record is in one use case. `asked` are the values it must have, `null` those that are null
    flavours (`nulls` names their items).
    """

    missing: tuple[str, ...]
    missing_recommended: tuple[str, ...]
    asked: int
    null: int
    nulls: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Formally complete: nothing mandatory is missing."""
        return not self.missing

    @property
    def null_rate(self) -> float:
        """The share of the mandatory values that say nothing, 0 to 1."""
        return self.null / self.asked if self.asked else 0.0


def value_fault(item: Item, text: str) -> str:
    """What is wrong with a value of an item, with what was probably meant; empty where nothing is."""
    if text.startswith(NULL):
        return _null_fault(item, text)
    return _FAULTS.get(item.kind, _string_fault)(item, text)


def _null_fault(item: Item, text: str) -> str:
    if text.removeprefix(NULL) not in NULL_FLAVOURS:
        return code_fault(text)
    return "" if item.null_flavours else "a null flavour is not allowed here: it stands for a value of a mandatory list only"


def _list_fault(item: Item, text: str) -> str:
    if item.key == "Subject.Country of origin":
        return "" if text.split("-")[0] in COUNTRIES else "expected an ISO 3166-1 alpha-2 country, or an ISO 3166-2 subdivision"
    labels = [choice.label for choice in item.choices]
    codes = [code for choice in item.choices for code in choice.codes]
    if text in labels or text in codes:
        return ""
    if not labels or item.open:
        return code_fault(text) if re.match(r"(SCT|SNOMED|HP|ICD10|ORPHA|OMIM|NCIT):", text) else ""
    meant = nearest(text, labels)
    return "not in the value set" + (f"; did you mean {meant!r}?" if meant else f", such as {labels[0]!r}")


def _string_fault(_item: Item, text: str) -> str:
    return "" if text else "expected a value"


def _shape(pattern: str, expected: str) -> Callable[[Item, str], str]:
    return lambda _item, text: "" if re.fullmatch(pattern, text) else f"expected {expected}"


def _date_fault(item: Item, text: str) -> str:
    whole = item.kind == "partial_date" or len(text) >= 10
    return "" if whole and first_day(text[:10]) else "expected a day YYYY-MM-DD" + (", a month or a year" if not whole else "")


_FAULTS: dict[str, Callable[[Item, str], str]] = {
    "list": _list_fault,
    "integer": _shape(r"[+-]?[0-9]+", "a whole number"),
    "number": _shape(r"[+-]?[0-9]+(\.[0-9]+)?", "a number"),
    "boolean": _shape("true|false", "true or false"),
    "date": _date_fault,
    "partial_date": _date_fault,
    "date_time": _date_fault,
}


def _holds(values: Values, name: str, *wanted: str) -> bool:
    return any(value in wanted for value in values.get(name, ()))


_SMOKERS = (
    "SCT:449868002",
    "SCT:428041000124106",
    "SCT:8517006",
    "Smokes tobacco daily",
    "Occasional tobacco smoker",
    "Ex-smoker",
)
_ALIGNED = ("BAM", "CRAM", "EDAM:format_2572", "EDAM:format_3462")
_DRUGS = ("Chemotherapy", "SCT:367336001", "Medication", "SCT:18629005", "Hormonal therapy", "SCT:169413002")

CONDITIONS: dict[str, Callable[[Values], bool]] = {
    "accreditation": lambda v: not (_holds(v, "ISO 15189 accredited", "true") or _holds(v, "ISO 17025 accredited", "true")),
    "aligned": lambda v: _holds(v, "Final_output_file_format", *_ALIGNED),
    "panel_of_normals": lambda v: _holds(v, "Panel_of_Normals_Included", "true"),
    "smoker": lambda v: _holds(v, "Tobacco Use Status", *_SMOKERS),
    "undiagnosed": lambda v: not (v.get("Diagnosis") or v.get("Provisional diagnosis / clinical diagnosis")),
    "biomarker": lambda v: bool(v.get("Purpose")),
    "unlabelled_gene": lambda v: not (v.get("URI") or v.get("Label")),
    "drug": lambda v: _holds(v, "Type", *_DRUGS),
}
"""When a conditional item is asked for, by the other values of its instance. A test compares the names with the model."""


def completeness(
    model: MinimalDataSet, instances: Iterable[tuple[str, Values]], use_case: str = GENOME_OF_EUROPE
) -> Completeness:
    """How complete a participant's record is: `instances` are its classes with their values, each instance by itself."""
    found = list(instances)
    classes = {part for part, _ in found}
    found += [(part, {}) for part in REQUIRED_CLASSES if part not in classes]
    missing: list[str] = []
    recommended: list[str] = []
    nulls: list[str] = []
    asked = 0
    for part, values in found:
        for item in model.parts.get(part, ()):
            given = values.get(item.name, ())
            if _is_asked(item, values, use_case):
                asked += 1
                nulls += [item.key] if given and all(value.startswith(NULL) for value in given) else []
                missing += [] if given else [item.key]
            elif not given and item.level_in(use_case) is Level.RECOMMENDED:
                recommended.append(item.key)
    return Completeness(tuple(dict.fromkeys(missing)), tuple(dict.fromkeys(recommended)), asked, len(nulls), tuple(nulls))


def wrong_items(model: MinimalDataSet, values: Iterable[MinimalValue]) -> tuple[str, ...]:
    """The items that hold a value which the model refuses, or that it does not know, each once.

    An import refuses such values; a newer model, or another program that wrote the registry, can leave them.
    """
    wrong: dict[str, None] = {}
    for v in values:
        key, text = f"{v.part}.{v.item}", NULL + v.null_flavour if v.null_flavour else v.value
        item = model.item(key)
        if item is None or value_fault(item, text):
            wrong[key] = None
    return tuple(wrong)


def _is_asked(item: Item, values: Values, use_case: str) -> bool:
    """Whether this instance must have the item."""
    return CONDITIONS[item.condition](values) if item.condition else item.level_in(use_case) is Level.MANDATORY


def instances_of(
    participant: Participant, samples: Iterable[Sample], values: Iterable[MinimalValue]
) -> list[tuple[str, dict[str, list[str]]]]:
    """The instances of classes that a participant's record and its stored values amount to."""
    birth = participant.birth_date or (str(participant.birth_year) if participant.birth_year else "")
    subject = {
        "Subject ID": participant.participant_id,
        "Birth Date": birth,
        "Administrative gender": participant.sex,
        "biological sex at birth": participant.sex_at_birth,
        "Country of origin": participant.country_of_origin,
    }
    found: dict[tuple[str, str, int], dict[str, list[str]]] = {}
    found["Subject", participant.participant_id, 1] = {name: [value] for name, value in subject.items() if value}
    for sample in samples:
        found["Sample", sample.sample_id, 1] = {"ID": [sample.sample_id]}
    for v in sorted(values, key=lambda v: (v.part, v.about, v.instance, v.item, v.place)):
        said = found.setdefault((v.part, v.about, v.instance), {})
        said.setdefault(v.item, []).append(NULL + v.null_flavour if v.null_flavour else v.value)
    return [(part, said) for (part, _, _), said in found.items()]
