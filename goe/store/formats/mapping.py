"""A mapping: how a file that was made for something else says what the registry asks, written once in TOML.

[columns]              # ours = theirs
participant = "Subject id"
[values.sex]           # theirs = ours, in one of our columns
Frau = "female"
[constants]            # ours = the same for every row; {row} is the number of the row, from 1
consent_from = "2025-01-01"
sample = "GOE-FI-SAMPLE-{row}"
[measurements."Body mass index (BMI)-0.0"]   # a column of theirs that is a measurement
term = "LNC:39156-5"
unit = "kg/m2"
[questions."Ever smoked-0.0"]                # a column of theirs that is an answer to a questionnaire
questionnaire = "lifestyle"
[participants]         # their name of a person = our pseudonym; or file = "pseudonyms.csv" with both columns
HH20 = "GOE-FI-SUBJECT-1"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goe.errors import BadInput
from goe.store.formats.table import check_columns, heading, rows
from goe.store.settings import TABLE, TEXT, Shape, read_settings, setting

_TEXT_TABLE = Shape("a table of texts", lambda v: isinstance(v, dict) and all(isinstance(t, str) for t in v.values()))
_PARTS = ("columns", "values", "constants", "measurements", "questions", "participants")


@dataclass(frozen=True)
class Mapped:
    """A mapping as read; each part as in the module's example."""

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    measurements: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    questions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    participants: Mapping[str, str] = field(default_factory=dict)

    def names(self, theirs: list[str], path: Path) -> list[str]:
        """The columns that rows have after mapping. Raises BadInput for a column that the file lacks."""
        wanted = [*self.columns.values(), *self.measurements, *self.questions]
        lacking = [name for name in wanted if name not in theirs]
        if lacking:
            raise BadInput(f"the mapping names the column {lacking[0]!r}", expected="a column of the file", where=str(path))
        kept = [name for name in theirs if name not in self.columns.values()]
        return [*self.columns, *self.constants, *(name for name in kept if name not in (*self.columns, *self.constants))]

    def apply(self, numbered: Iterator[tuple[int, dict[str, str]]]) -> Iterator[tuple[int, dict[str, str], dict[str, str]]]:
        """Each row as it was read, and with our columns and values; columns that are not named stay."""
        if not (self.columns or self.values or self.constants):
            yield from ((line, row, row) for line, row in numbered)
            return
        taken = set(self.columns.values())
        for number, (line, row) in enumerate(numbered, start=1):
            ours = {name: value for name, value in row.items() if name not in taken}
            ours |= {name: row[theirs] for name, theirs in self.columns.items()}
            ours |= {name: value.replace("{row}", str(number)) for name, value in self.constants.items()}
            for name, spelt in self.values.items():
                ours[name] = spelt.get(ours.get(name, ""), ours.get(name, ""))
            yield line, row, ours


def read_mapping(path: Path | None) -> Mapped:
    """The mapping of a TOML file; the empty one where there is none. Raises BadInput for what it does not know."""
    if path is None:
        return Mapped()
    raw = read_settings(path)
    unknown = sorted(raw.keys() - set(_PARTS))
    if unknown:
        raise BadInput(f"unknown table {unknown[0]!r}", expected=", ".join(_PARTS), where=str(path))
    nested: dict[str, Any] = {name: _tables(raw, name, path) for name in ("values", "measurements", "questions")}
    for column, said in nested["measurements"].items():
        setting(said, "term", TEXT, path, within=f"measurements.{column}")
    for column, said in nested["questions"].items():
        setting(said, "questionnaire", TEXT, path, within=f"questions.{column}")
    flat = {name: setting(raw, name, _TEXT_TABLE, path) for name in ("columns", "constants") if name in raw}
    return Mapped(participants=_participants(raw, path), **flat, **nested)


def _tables(raw: Mapping[str, Any], name: str, path: Path) -> Mapping[str, Mapping[str, str]]:
    said = setting(raw, name, TABLE, path) if name in raw else {}
    return {inner: setting(said, inner, _TEXT_TABLE, path, within=name) for inner in said}


def _participants(raw: Mapping[str, Any], path: Path) -> Mapping[str, str]:
    """Their names of people and our pseudonyms, from the table or from the file that it names."""
    said: dict[str, str] = dict(setting(raw, "participants", _TEXT_TABLE, path)) if "participants" in raw else {}
    if "file" not in said:
        return said
    listed = path.parent / said.pop("file")
    names = heading(listed)
    check_columns(listed, names, ["name", "participant"])
    return said | {row["name"]: row["participant"] for _, row in rows(listed)}
