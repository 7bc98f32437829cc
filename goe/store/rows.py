"""What makes a record from the values of a row; needs no database library, so that a count can start without one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from datetime import date
from enum import StrEnum
from functools import lru_cache
from types import UnionType
from typing import Any, ClassVar, Protocol, TypeVar, get_args, get_origin, get_type_hints


class Record(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


T = TypeVar("T", bound=Record)


def made_once(record: type[T]) -> tuple[tuple[str, ...], Callable[[tuple[Any, ...]], T]]:
    """The columns of a record, and what makes it from their values; equal rows give one record, so thousands cost little."""
    names, make = reading(record)
    made: dict[tuple[Any, ...], T] = {}

    def once(row: tuple[Any, ...]) -> T:
        found = made.get(row)
        return found if found is not None else made.setdefault(row, make(row))

    return names, once


@lru_cache
def reading(record: type[Any]) -> tuple[tuple[str, ...], Callable[[tuple[Any, ...]], Any]]:
    """The columns of a record, and what makes it from their values."""
    hints = get_type_hints(record)
    names = tuple(f.name for f in fields(record))
    turns = [(i, turn) for i, name in enumerate(names) if (turn := from_column(hints[name]))]
    defaults = [None if f.default is MISSING else f.default for f in fields(record)]

    def make(row: tuple[Any, ...]) -> Any:
        values = [default if value is None else value for value, default in zip(row, defaults, strict=True)]
        for i, turn in turns:
            text = values[i]
            if isinstance(text, str):
                values[i] = turn(text)
        return record(*values)

    return names, make


def from_column(hint: Any) -> Callable[[str], Any] | None:
    """What turns the text of a column into a field of this type; None where the value is the field already."""
    if get_origin(hint) is tuple:
        return lambda text: tuple(text.split())
    inner = [part for part in get_args(hint) if part is not type(None)] if isinstance(hint, UnionType) else [hint]
    if inner[0] is date:
        return date.fromisoformat  # where a row comes from SQLite as it is kept
    return inner[0] if isinstance(inner[0], type) and issubclass(inner[0], StrEnum) else None
