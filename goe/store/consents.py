"""The consent table: three facts of a person in one history, told apart by `fact`.

An ethics consent has no `fact` (the table was made for it), a legal basis and an opt-out name theirs. Rows are only ever
added: the order of their numbers is the order of recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, Select, select

from goe.rules.consent import ConsentEvent, LegalBasis, OptOut
from goe.rules.words import Scope
from goe.store.models import ConsentRow
from goe.store.records import add_records_of, insert_rows, row_of, table_of
from goe.store.rows import made_once

CONSENTS = table_of(ConsentRow)
BASIS, OPT_OUT = "legal_basis", "ehds_opt_out"

Said = Iterable[tuple[str, Any]]
"""Pairs of a participant's pseudonym and what is recorded of the person."""


def add_consents(connection: Connection, said: Said) -> None:
    """Append ethics consents."""
    add_records_of(connection, CONSENTS, "participant_id", list(said))


def add_bases(connection: Connection, said: Said) -> None:
    """Append legal bases of processing."""
    also = {"fact": BASIS, "scope": "", "given": True}
    insert_rows(connection, CONSENTS, [{"participant_id": person, **row_of(basis, CONSENTS), **also} for person, basis in said])


def add_opt_outs(connection: Connection, said: Said) -> None:
    """Append opt-outs from secondary use, or what took them back."""
    also = {"fact": OPT_OUT, "scope": ""}
    insert_rows(
        connection, CONSENTS, [{"participant_id": person, "given": opt.out, "since": opt.since, **also} for person, opt in said]
    )


def consents(connection: Connection, *, scope: Scope | None = None, of: list[str] | None = None) -> dict[str, tuple[Any, ...]]:
    """Ethics consents by participant, in the order of recording; of one scope or of some people where these are given."""
    names, made = made_once(ConsentEvent)
    wanted = _wanted(names, None, of)
    return _histories(connection, wanted.where(CONSENTS.c.scope == scope.value) if scope else wanted, made)


def bases(connection: Connection, *, of: list[str] | None = None) -> dict[str, tuple[Any, ...]]:
    """Legal bases by participant, in the order of recording."""
    names, made = made_once(LegalBasis)
    return _histories(connection, _wanted(names, BASIS, of), made)


def opt_outs(connection: Connection, *, of: list[str] | None = None) -> dict[str, tuple[Any, ...]]:
    """Opt-outs by participant, in the order of recording."""
    _, made = made_once(OptOut)
    return _histories(connection, _wanted(("given", "since"), OPT_OUT, of), made)


def _wanted(names: Iterable[str], fact: str | None, of: list[str] | None) -> Select[Any]:
    wanted = select(CONSENTS.c.participant_id, *(CONSENTS.c[name] for name in names)).order_by(CONSENTS.c.number)
    wanted = wanted.where(CONSENTS.c.fact.is_(None) if fact is None else CONSENTS.c.fact == fact)
    return wanted if of is None else wanted.where(CONSENTS.c.participant_id.in_(of))


def _histories(connection: Connection, wanted: Select[Any], made: Callable[[Any], Any]) -> dict[str, tuple[Any, ...]]:
    """What the statement finds, by participant. Rows are taken as the driver gives them: a nation has millions."""
    compiled = wanted.compile(connection, compile_kwargs={"literal_binds": True})
    cursor: Any = connection.connection.cursor()
    try:
        cursor.execute(str(compiled))
        histories: dict[str, list[Any]] = {}
        for row in cursor:
            histories.setdefault(row[0], []).append(made(row[1:]))
    finally:
        cursor.close()
    return {person: tuple(events) for person, events in histories.items()}
