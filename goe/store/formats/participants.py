"""Reading participants, their consents and their samples from CSV or TSV, one row per sample; and what else is known of them.

A participant who was sequenced twice stands on two rows that differ in `sample`, `genome` and what is said of the sample alone.
Three kinds of file are told apart by their headings: people, observations (a measurement or diagnosis each), answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from goe.errors import BadInput
from goe.rules.codes import nearest, split_code
from goe.rules.consent import ConsentEvent, Giver, Manner
from goe.rules.observations import MEASUREMENT, Answer, Observation, day_fault, first_day, observation_faults
from goe.rules.participant import Participant, Sample, participant_faults, pseudonym_fault
from goe.rules.phenotypes import NULL, Item, MinimalValue, value_fault
from goe.rules.words import Karyotype, Scope
from goe.rules.words import nation as iso_nation
from goe.store.arrivals import Arrival, Cells, Context, Fault, Found, Reader, Rejected, Source
from goe.store.formats import table
from goe.store.formats.mapping import Mapped
from goe.store.formats.once import EUROSTAT, OF_THE_SAMPLE, once_each
from goe.store.formats.repeated import ANSWERS, number, read_answer, read_observation
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

_SCOPES = tuple((scope, scope.value, scope.value in COLUMNS) for scope in Scope)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN = 20  # faults listed before the rest is only counted


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

    return Source(tuple(theirs), once_each(arrivals, names) if "sample" in wanted else lambda: (one for one, _ in arrivals()))


def _kind_of_file(names: list[str], mapped: Mapped, path: Path) -> tuple[list[str], Reader]:
    """The columns that a file with this heading must have, and what reads its rows."""
    if "question" in names:
        return [*ANSWERS], read_answer
    if "term" in names:
        return ["participant", "kind", "term", "day"], read_observation
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


def refusal(
    rejected: list[Rejected], path: Path, *, faults: int = 0, remedy: str = "correct these cells and import the file again"
) -> BadInput:
    """The first faults of a file in one sentence, by row and column and without the values; `faults` is their whole number."""
    number = faults or sum(len(one.faults) for one in rejected)
    shown = [str(replace(one, faults=(fault,))) for one in rejected[:_SHOWN] for fault in one.faults][:_SHOWN]
    more = f" (and {number - len(shown)} more)" if number > len(shown) else ""
    return BadInput(f"{number} fault(s), nothing was registered: " + "; ".join(shown) + more, where=str(path), remedy=remedy)


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
        iso_nation(origin) if origin in EUROSTAT else origin,
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
    for scope, name, asked in _SCOPES:
        if asked or name in has:
            said[scope] = text = row[name]
            if text not in (("yes", "no") if asked else ("yes", "no", "")):
                faults.append(Fault(name, "expected yes or no" + _meant(text, ("yes", "no")), text))
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
            about = sample if item.part in OF_THE_SAMPLE else person
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
        value, day = number(text), row.get(said.get("day", ""), "")
        words, unit = ("", said.get("unit", "")) if value is not None else (text, "")
        kind, label, source = said.get("kind", MEASUREMENT), said.get("label", ""), f"table:{column}"
        seen = Observation(person, kind, system, code, label, False, value, words, unit, day, source)
        faults += [Fault(column, f"{field}: {rule}", text) for field, rule in observation_faults(seen, context.today).items()]
        yield seen


def _answered(row: Cells, mapped: Mapped, person: str) -> Iterator[Answer]:
    """The columns that the mapping calls answers to a questionnaire."""
    for column, said in mapped.questions.items():
        if row[column]:
            yield Answer(person, said["questionnaire"], said.get("version", ""), said.get("question", column), row[column])


def _meant(text: str, known: object) -> str:
    meant = nearest(text, known) if text else ""  # type: ignore[arg-type]
    return f"; did you mean {meant}?" if meant else ""


@lru_cache(maxsize=100_000)
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
