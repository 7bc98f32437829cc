"""Records as rows: a frozen dataclass is kept in a table whose columns are named as its fields.

Enumerations are kept as their value, tuples of codes as text separated by spaces. A field that says nothing more than its
default is kept as NULL, and NULL is read as the default, so a record may gain fields and old rows stay readable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any, cast, get_type_hints

from sqlalchemy import Connection, Date, Engine, Table, delete, select
from sqlalchemy.exc import IntegrityError

from goe.store.rows import Record, T, from_column, reading


def table_of(row: Any) -> Table:
    """The table of a model."""
    return cast(Table, row.__table__)


class Kept:
    """The records of one type, in one table of one database."""

    def __init__(self, engine: Engine, row: Any, record: type[T]) -> None:
        self._engine, self._table, self._record = engine, table_of(row), record

    def add(self, records: Iterable[Record]) -> None:
        """Add records, all or none."""
        with self._engine.execution_options(writing=True).begin() as connection:
            add_records(connection, self._table, list(records))

    def all(self, **where: Any) -> list[Any]:
        """The records whose fields have these values, in the order of the table's key."""
        with self._engine.connect() as connection:
            return list(read_records(connection, self._table, self._record, where))

    def remove(self, **where: Any) -> int:
        """Remove the records whose fields have these values, and say how many. Refuses to empty the table unasked."""
        if not where:
            raise ValueError("say which records")
        chosen = delete(self._table).where(*(self._table.c[name] == value for name, value in where.items()))
        with self._engine.execution_options(writing=True).begin() as connection:
            return connection.execute(chosen).rowcount


def read_records(connection: Connection, table: Table, record: type[T], where: Mapping[str, Any]) -> list[T]:
    """The records of a table whose columns have these values, or one of these values, in the order of its key."""
    names, make = reading(record)
    conditions = (
        table.c[name].in_(value) if isinstance(value, list | set | frozenset) else table.c[name] == value
        for name, value in where.items()
    )
    wanted = select(*(table.c[name] for name in names)).where(*conditions).order_by(*table.primary_key.columns)
    return [make(tuple(row)) for row in connection.execute(wanted)]


def add_records(connection: Connection, table: Table, records: Sequence[Record], **also: Any) -> None:
    """Insert records; `also` are columns that they do not hold and all share."""
    if records:
        names, values = _writing(type(records[0]), table)
        shared = tuple(also.values())
        insert_many(connection, table, (*names, *also), [(*values(one), *shared) for one in records])


def add_records_of(connection: Connection, table: Table, column: str, said: Sequence[tuple[str, Record]]) -> None:
    """Insert pairs of whom a record is of, kept in `column`, and the record."""
    if said:
        names, values = _writing(type(said[0][1]), table)
        insert_many(connection, table, (column, *names), [(whose, *values(one)) for whose, one in said])


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that name the same columns."""
    if rows:
        insert_many(connection, table, tuple(rows[0]), [tuple(row.values()) for row in rows])


def insert_many(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows of these columns through the driver: COPY on PostgreSQL, one prepared statement on SQLite.

    SQLAlchemy's own way costs as much again as the database for every row.
    """
    columns = ", ".join(f'"{name}"' for name in names)
    driver: Any = connection.connection.driver_connection
    days = [i for i, name in enumerate(names) if isinstance(table.c[name].type, Date)]
    try:
        if connection.dialect.name == "postgresql":
            with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(names))
            driver.executemany(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', _with_days_as_text(rows, days))
    except connection.dialect.loaded_dbapi.IntegrityError as error:  # as SQLAlchemy would have it
        raise IntegrityError(f"INSERT INTO {table.name}", None, error) from error


def _with_days_as_text(rows: Sequence[tuple[Any, ...]], days: list[int]) -> Iterable[Sequence[Any]]:
    """SQLite has no days: they are kept as ISO 8601 text, which is how SQLAlchemy reads them."""
    if not days:
        return rows
    return ([v.isoformat() if i in days and v is not None else v for i, v in enumerate(row)] for row in rows)


def row_of(record: Record, table: Table) -> dict[str, Any]:
    """One record as a row."""
    names, values = _writing(type(record), table)
    return dict(zip(names, values(record), strict=True))


@lru_cache
def _writing(record: type[Any], table: Table) -> tuple[tuple[str, ...], Callable[[Any], list[Any]]]:
    """The columns of a record, and what makes their values from it."""
    hints = get_type_hints(record)
    names = tuple(f.name for f in fields(record))
    turned = [i for i, name in enumerate(names) if from_column(hints[name])]
    empty = [(i, f.default) for i, f in enumerate(fields(record)) if f.default is not MISSING and table.c[f.name].nullable]
    of = attrgetter(*names)

    def values(one: Any) -> list[Any]:
        row = list(of(one))
        for i, default in empty:
            if row[i] == default:
                row[i] = None
        for i in turned:
            row[i] = _to_column(row[i])
        return row

    return names, values


def _to_column(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    return " ".join(value) if isinstance(value, tuple) else value
