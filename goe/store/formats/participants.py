"""Reading participants, their consents and their samples from CSV or TSV, one row per sample; and what is known of them besides.

A participant who was sequenced twice stands on two rows that differ in `sample`, `genome` and what is said of the sample alone.
Three kinds of file are told apart by their headings: people, observations (a measurement or diagnosis each), answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from zlib import crc32

from goe.errors import BadInput
from goe.rules.codes import nearest, split_code
from goe.rules.consent import ConsentEvent, Giver, Manner
from goe.rules.observations import KINDS, MEASUREMENT, Answer, Observation, day_fault, first_day, observation_faults
from goe.rules.participant import Participant, Sample, participant_faults, pseudonym_fault
from goe.rules.phenotypes import NULL, Item, MinimalValue, value_fault
from goe.rules.words import Karyotype, Scope
from goe.rules.words import nation as iso_nation
from goe.store.arrivals import Arrival, Context, Fault, Rejected, Source
from goe.store.formats import table
from goe.store.formats.mapping import Mapped
from goe.store.registry import Enrolment
from goe.store.tables import MINIMAL_DATA_SET, minimal_data_set

COLUMNS = {
    "participant": "pseudonym of the person, GOE-<nation>-SUBJECT-<number>",
    "sample": "pseudonym of the genome, GOE-<nation>-SAMPLE-<number>",
    "genome": "name of the genome in genotype files",
    "sex": "as recorded: female, male, other or unknown; or HL7NF: and a null flavour",
    "karyotype": "genetic: XX, XY or unknown; decides ploidy",
    "birth_year": "four digits, or nothing",
    "region": "NUTS code of residence, or nothing",
    "country_of_origin": "ISO 3166-1 code, or nothing",
    "consent_from": "day from which the consents hold, YYYY-MM-DD",
    "allele_frequency": "yes or no: may be counted in frequencies",
    "subject_level_query": "yes or no: may be found by a query about individuals",
    "secondary_use": "yes or no: may be used in further research",
}
"""Columns that a file of people has, and what they hold."""

OPTIONAL = {
    "recontact": "yes, no or nothing: may be contacted again",
    "incidental_findings": "yes, no or nothing: wants to be told of them",
    "cross_border": "yes, no or nothing: may be used in other countries",
    "consent_until": "last day of the consents, or nothing",
    "consent_document": "version of the form",
    "consent_language": "language in which it was read, such as fi",
    "consent_manner": "opt_in, broad or opt_out; nothing is opt_in",
    "consent_giver": "self or guardian; nothing is self",
    "consent_duo": "DUO codes, separated by spaces",
    "birth_date": "YYYY-MM-DD or YYYY-MM, or nothing",
    "sex_at_birth": "F, M, OTH, ASKU or UNK, or nothing",
    "subgroup": "self-reported descent group, where the nation's policy lets it be kept",
    "died_on": "day, month or year of death, or nothing",
    "guardian": "yes where another person consents for this one",
    "cohort": "cohort in which the person was included, GOE-<nation>-COHORT-<number>",
    "provider": "who included the person, GOE-<nation>-PROVIDER-<number>",
}
"""Columns that it may have; besides, any item of the minimal data set, headed `Class.Item`."""

OBSERVATIONS = {
    "participant": "pseudonym of a registered person",
    "kind": f"{', '.join(KINDS[:3])}",
    "term": "what was observed, such as SCT:73211009, HP:0001631 or LNC:8480-6",
    "label": "the term in words, or nothing",
    "absent": "yes where it was looked for and not found",
    "value": "number, or nothing",
    "text": "value in words, or nothing",
    "unit": "UCUM unit of the number, such as mm[Hg]",
    "day": "YYYY-MM-DD, YYYY-MM or YYYY, or nothing",
}
"""Columns of a file of observations: one row per observation, the same term on other days on other rows."""

ANSWERS = {
    "participant": "pseudonym of a registered person",
    "questionnaire": "name of the questionnaire",
    "version": "its version, or nothing",
    "question": "code or name of the question",
    "answer": "what was answered",
    "day": "YYYY-MM-DD, YYYY-MM or YYYY, or nothing",
}
"""Columns of a file of answers to a questionnaire on health or lifestyle."""

_SCOPES = tuple(Scope)
_OF_THE_GENOME = ("sample", "genome")  # every other column is of the person and says the same on each of the person's rows
_OF_THE_SAMPLE = ("Sample", "Sequence", "Sample_Relation", "TNM", "Variant", "Digital Resource", "Target_Gene")
_EUROSTAT = ("EL", "UK")  # where Eurostat's codes are not ISO's
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN = 20  # faults listed before the rest is only counted

Found = list[Fault]
Cells = Mapping[str, str]
Reader = Callable[[int, Cells, Context, Found], Arrival | None]


def open_table(path: Path, context: Context, mapped: Mapped) -> Source:
    """A CSV or TSV file as a source. Raises BadInput for its heading, or for the errors of a spreadsheet in any cell."""
    theirs = table.heading(path)
    table.refuse_spreadsheet_errors(path)
    names = mapped.names(theirs, path)
    wanted, read = _kind_of_file(names, mapped, path)
    table.check_columns(path, names, wanted)

    def arrivals() -> Iterator[tuple[Arrival | Rejected, Cells]]:
        for line, row, ours in mapped.apply(table.rows(path)):
            if context.pseudonyms:
                ours = {**ours, "participant": context.pseudonym(ours["participant"])}
            faults: Found = []
            found = read(line, ours, context, faults)
            yield (replace(found, cells=row) if found else Rejected(line, row, tuple(faults))), ours

    return Source(tuple(theirs), _once_each(arrivals, names) if "sample" in wanted else lambda: (one for one, _ in arrivals()))


def _kind_of_file(names: list[str], mapped: Mapped, path: Path) -> tuple[list[str], Reader]:
    """The columns that a file with this heading must have, and what reads its rows."""
    if "question" in names:
        return [*ANSWERS], _answer
    if "term" in names:
        return ["participant", "kind", "term", "day"], _observation
    return [*COLUMNS], _people(names, mapped, path)


def read_participants(path: Path, nation: str, today: date) -> list[Enrolment]:
    """Every person of a file as an enrolment. Raises BadInput with all faults, by row and column, if there is any.

    A row is the line of the file on which it ends.
    """
    people: dict[str, Enrolment] = {}
    rejected: list[Rejected] = []
    for one in open_table(path, Context(nation, today), Mapped()).rows():
        if isinstance(one, Rejected):
            rejected.append(one)
        elif one.enrolment:
            before = people.get(one.participant_id)
            people[one.participant_id] = (
                replace(before, samples=before.samples + one.enrolment.samples) if before else one.enrolment
            )
    if rejected:
        raise refusal(rejected, path)
    return list(people.values())


def refusal(rejected: list[Rejected], path: Path, *, remedy: str = "correct these cells and import the file again") -> BadInput:
    """All faults of a file in one sentence, by row and column and without the values."""
    number = sum(len(one.faults) for one in rejected)
    shown = [str(replace(one, faults=(fault,))) for one in rejected[:_SHOWN] for fault in one.faults][:_SHOWN]
    more = f" (and {number - len(shown)} more)" if number > len(shown) else ""
    return BadInput(f"{number} fault(s), nothing was registered: " + "; ".join(shown) + more, where=str(path), remedy=remedy)


def _once_each(
    arrivals: Callable[[], Iterator[tuple[Arrival | Rejected, Cells]]], names: list[str]
) -> Callable[[], Iterator[Arrival | Rejected]]:
    """The same rows; one that names a genome again, or says otherwise of a person than the person's first row, is rejected."""
    of_person = [n for n in names if n not in _OF_THE_GENOME and n.split(".")[0] not in _OF_THE_SAMPLE]

    def checked() -> Iterator[Arrival | Rejected]:
        first: dict[str, dict[str, int]] = {column: {} for column in _OF_THE_GENOME}
        people: dict[str, tuple[int, bytes]] = {}
        for one, cells in arrivals():
            faults = [
                Fault(column, f"occurs more than once, first in row {before}", cells[column])
                for column in _OF_THE_GENOME
                if cells[column] and (before := first[column].setdefault(cells[column], one.row)) != one.row
            ]
            prints = _fingerprints(cells, of_person)
            row, before_ = people.setdefault(cells["participant"], (one.row, prints))
            if before_ != prints:
                faults += _disagreements(cells, of_person, prints, before_, row)
            if faults:
                known = one.faults if isinstance(one, Rejected) else ()
                yield Rejected(one.row, one.cells, (*known, *faults))
            else:
                yield one

    return checked


_PRINT = 4  # bytes per column


def _fingerprints(cells: Cells, columns: list[str]) -> bytes:
    """A checksum per column: what is remembered of each person's first row, since whole rows of a nation would not fit."""
    return b"".join([_fingerprint(cells[name]) for name in columns])


@lru_cache(maxsize=50_000)
def _fingerprint(text: str) -> bytes:
    return crc32((iso_nation(text) if text in _EUROSTAT else text).encode()).to_bytes(_PRINT, "big")


def _disagreements(cells: Cells, columns: list[str], now: bytes, before: bytes, row: int) -> Found:
    places = range(0, len(now), _PRINT)
    differ = [name for name, i in zip(columns, places, strict=True) if now[i : i + _PRINT] != before[i : i + _PRINT]]
    return [Fault(name, f"differs from row {row}, the same participant", cells[name]) for name in differ]


def _people(names: list[str], mapped: Mapped, path: Path) -> Reader:
    """What reads the rows of a file of people that has these columns. Raises BadInput for a column that nobody knows."""
    model = minimal_data_set()
    items = {name: item for name in names if (item := model.item(name))}
    besides = {**COLUMNS, **OPTIONAL}
    for name in names:
        if name not in besides and name not in items and "." in name and name.split(".")[0] in model.parts:
            meant = nearest(name, (i.key for i in model.items))
            raise BadInput(f"the minimal data set has no item {name!r}", expected=meant or "Class.Item", where=f"{path} line 1")
    has = frozenset(names) & OPTIONAL.keys()

    def read(line: int, row: Cells, context: Context, faults: Found) -> Arrival | None:
        person = _participant(row, has, context, faults)
        consents = _consents(row, has, person, context, faults)
        sample = _sample(row, context, faults)
        observations = (
            tuple(_measured(row, mapped, person.participant_id, path, context, faults)) if mapped.measurements else ()
        )
        answers = tuple(_answered(row, mapped, person.participant_id)) if mapped.questions else ()
        values = tuple(_values(row, items, person.participant_id, sample.sample_id, faults)) if items else ()
        if faults:
            return None
        enrolment = Enrolment(person, consents, (sample,))
        return Arrival(line, person.participant_id, row, enrolment, observations, answers, values)

    return read


def _participant(row: Cells, has: frozenset[str], context: Context, faults: Found) -> Participant:
    year, origin = row["birth_year"], row["country_of_origin"]
    born = row["birth_date"] if "birth_date" in has else ""
    digits = year.isascii() and year.isdigit() and len(year) == 4
    if year and not digits:
        faults.append(Fault("birth_year", "expected four digits, or nothing", year))
    said = first_day(born) if born else None
    if said and digits and year and said.year != int(year):
        faults.append(Fault("birth_date", "is not in the birth year", born))
    person = Participant(
        row["participant"],
        row["sex"],
        said.year if said else int(year) if digits and year else None,
        iso_nation(origin) if origin in _EUROSTAT else origin,
        row["region"],
        *((born, row.get("sex_at_birth", ""), row.get("subgroup", ""), row.get("died_on", ""), row.get("guardian") == "yes",
           row.get("provider", ""), row.get("cohort", "")) if has else ()),
    )  # fmt: skip
    wrong = participant_faults(person, context.nation, context.today.year)
    if has:
        wrong |= _more_faults(person, row, context)
    faults += [Fault(column, rule, row[column]) for column, rule in wrong.items()]
    return person


def _more_faults(person: Participant, row: Cells, context: Context) -> dict[str, str]:
    """The faults of the columns that a file need not have."""
    faults = {}
    for column, text in (("birth_date", person.birth_date), ("died_on", person.died_on)):
        if text and (fault := day_fault(text, context.today)):
            faults[column] = fault
    born, died = first_day(person.birth_date) if person.birth_date else None, first_day(person.died_on)
    if died and (died.year < (person.birth_year or 0) or (born and len(person.died_on) == 10 and died < born)):
        faults["died_on"] = "lies before the birth"
    if person.sex_at_birth not in ("", "F", "M", "OTH", "ASKU", "UNK"):
        faults["sex_at_birth"] = "expected F, M, OTH, ASKU or UNK, or nothing"
    if row.get("guardian", "") not in ("", "yes", "no"):
        faults["guardian"] = "expected yes, no or nothing"
    for column, kind, text in (("provider", "PROVIDER", person.provider_id), ("cohort", "COHORT", person.cohort_id)):
        if text and (fault := pseudonym_fault(text, kind, context.nation)):
            faults[column] = fault
    return faults


def _consents(
    row: Cells, has: frozenset[str], person: Participant, context: Context, faults: Found
) -> tuple[ConsentEvent, ...]:
    since = _day(row["consent_from"])
    if since is None or since > context.today:
        faults.append(Fault("consent_from", f"expected a day YYYY-MM-DD up to {context.today}", row["consent_from"]))
    elif since.year < (person.birth_year or 0) or (len(person.birth_date) == 10 and str(since) < person.birth_date):
        faults.append(Fault("consent_from", "the consent lies before the birth", row["consent_from"]))
    said = {}
    for scope in _SCOPES:
        asked = scope.value in COLUMNS
        if asked or scope.value in has:
            said[scope] = text = row[scope.value]
            if text not in (("yes", "no") if asked else ("yes", "no", "")):
                faults.append(Fault(scope.value, "expected yes or no" + _meant(text, ("yes", "no")), text))
    more = _circumstances(row, has, faults) if has else ()
    return tuple(_event(s, text == "yes", since, more) for s, text in said.items() if text) if since and not faults else ()


def _circumstances(row: Cells, has: frozenset[str], faults: Found) -> tuple[object, ...]:
    """What is said of the consents besides: until, manner, giver, document, language, DUO codes."""
    until_text, manner, giver = (row.get(f"consent_{name}", "") for name in ("until", "manner", "giver"))
    until = _day(until_text)
    if until_text and until is None:
        faults.append(Fault("consent_until", "expected a day YYYY-MM-DD, or nothing", until_text))
    if manner and manner not in set(Manner):
        faults.append(Fault("consent_manner", f"expected {', '.join(Manner)}" + _meant(manner, Manner), manner))
    if giver and giver not in set(Giver):
        faults.append(Fault("consent_giver", f"expected {', '.join(Giver)}" + _meant(giver, Giver), giver))
    codes = tuple(row.get("consent_duo", "").split())
    for code in codes:
        if not re.fullmatch(r"DUO:[0-9]{7}", code):
            faults.append(Fault("consent_duo", "expected codes such as DUO:0000042", row["consent_duo"]))
    if faults:
        return ()
    return (until, Manner(manner or Manner.ACTIVE), Giver(giver or Giver.SELF), row.get("consent_document", ""),
            row.get("consent_language", ""), codes)  # fmt: skip


@lru_cache(maxsize=100_000)  # many people say the same on the same day, and a record is made once for all of them
def _event(scope: Scope, given: bool, since: date, more: tuple[object, ...]) -> ConsentEvent:
    return ConsentEvent(scope, given, since, *more)  # type: ignore[arg-type]


def _sample(row: Cells, context: Context, faults: Found) -> Sample:
    if fault := pseudonym_fault(row["sample"], "SAMPLE", context.nation):
        faults.append(Fault("sample", fault, row["sample"]))
    if not row["genome"]:
        faults.append(Fault("genome", "expected the name of the genome in genotype files"))
    karyotype = row["karyotype"]
    if karyotype not in _KARYOTYPES:
        faults.append(Fault("karyotype", "expected XX, XY or unknown" + _meant(karyotype, Karyotype), karyotype))
    return Sample(row["sample"], row["genome"], _KARYOTYPES.get(karyotype, Karyotype.UNKNOWN))


_KARYOTYPES = {k.value: k for k in Karyotype}


def _values(row: Cells, items: Mapping[str, Item], person: str, sample: str, faults: Found) -> Iterator[MinimalValue]:
    """The values of the minimal data set on a row; several of a repeated item are separated by `|`."""
    for name, item in items.items():
        texts = [part.strip() for part in row[name].split("|")] if item.repeated else [row[name]]
        for place, text in enumerate(filter(None, texts), start=1):
            if fault := _value_fault(item.key, text):
                faults.append(Fault(name, fault, text))
            about = sample if item.part in _OF_THE_SAMPLE else person
            null = text.removeprefix(NULL) if text.startswith(NULL) else ""
            yield MinimalValue(about, MINIMAL_DATA_SET, item.part, 1, item.name, place, "" if null else text, null)


@lru_cache(maxsize=10_000)
def _value_fault(key: str, text: str) -> str:
    item = minimal_data_set().item(key)
    assert item
    return value_fault(item, text)


def _measured(row: Cells, mapped: Mapped, person: str, path: Path, context: Context, faults: Found) -> Iterator[Observation]:
    """The columns that the mapping calls measurements."""
    for column, said in mapped.measurements.items():
        if not (text := row[column]):
            continue
        system, code = split_code(said["term"])
        number = _number(text)
        seen = Observation(
            person, said.get("kind", MEASUREMENT), system, code, said.get("label", ""), False, number, "" if number is not None else text,
            said.get("unit", "") if number is not None else "", row.get(said.get("day", ""), ""), f"table:{column}",
        )  # fmt: skip
        faults += [Fault(column, f"{field}: {rule}", text) for field, rule in observation_faults(seen, context.today).items()]
        yield seen


def _answered(row: Cells, mapped: Mapped, person: str) -> Iterator[Answer]:
    """The columns that the mapping calls answers to a questionnaire."""
    for column, said in mapped.questions.items():
        if row[column]:
            yield Answer(person, said["questionnaire"], said.get("version", ""), said.get("question", column), row[column])


def _observation(line: int, row: Cells, context: Context, faults: Found) -> Arrival | None:
    _check_person(row, context, faults)
    system, code = split_code(row["term"])
    number = _number(row.get("value", ""))
    if row.get("value") and number is None:
        faults.append(Fault("value", "expected a number; words go into the column text", row["value"]))
    if row.get("absent", "") not in ("", "yes", "no"):
        faults.append(Fault("absent", "expected yes, no or nothing", row["absent"]))
    seen = Observation(
        row["participant"], row["kind"], system, code, row.get("label", ""), row.get("absent") == "yes", number,
        row.get("text", ""), row.get("unit", ""), row["day"], "table",
    )  # fmt: skip
    columns = {"code": "term"}
    wrong = observation_faults(seen, context.today)
    faults += [Fault(columns.get(name, name), rule, row.get(columns.get(name, name), "")) for name, rule in wrong.items()]
    if number is not None and row["kind"] == MEASUREMENT and not seen.unit:
        faults.append(Fault("unit", "a measured number needs its UCUM unit; 1 for a plain number"))
    return None if faults else Arrival(line, seen.participant_id, row, observations=(seen,))


def _answer(line: int, row: Cells, context: Context, faults: Found) -> Arrival | None:
    _check_person(row, context, faults)
    for column in ("questionnaire", "question", "answer"):
        if not row[column]:
            faults.append(Fault(column, "expected a value"))
    if row["day"] and (fault := day_fault(row["day"], context.today)):
        faults.append(Fault("day", fault, row["day"]))
    said = Answer(row["participant"], row["questionnaire"], row["version"], row["question"], row["answer"], row["day"])
    return None if faults else Arrival(line, said.participant_id, row, answers=(said,))


def _check_person(row: Cells, context: Context, faults: Found) -> None:
    if fault := pseudonym_fault(row["participant"], "SUBJECT", context.nation):
        faults.append(Fault("participant", fault, row["participant"]))


def _number(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _meant(text: str, known: object) -> str:
    meant = nearest(text, known) if text else ""  # type: ignore[arg-type]
    return f"; did you mean {meant}?" if meant else ""


@lru_cache(maxsize=100_000)
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
