"""The ledger: what was done, in rows that each carry the hash of the row before.

Changing, removing or inserting a row breaks the chain from there on. Removing rows from the end does not; that is seen by
comparing with the last hash that another installation holds (checkpoints come with the exchange of documents).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from goe.errors import Conflict, Damaged
from goe.rules.events import Deed
from goe.signing import digest
from goe.store.database import open_database
from goe.store.models import LedgerRow

GENESIS = "0" * 64
_HASHED = ("seq", "time", "actor", "verb", "object", "decision", "reason", "details_hash", "previous_hash")


@dataclass(frozen=True)
class Fault:
    """The first row at which the chain does not hold, and why."""

    seq: int
    reason: str


class Ledger:
    """The ledger of one node or hub."""

    def __init__(self, path: Path) -> None:
        self._path, self._engine = path, open_database(path, "ledger")

    @contextmanager
    def deed(
        self, verb: Deed, object_: str, *, actor: str, time: str, details: Mapping[str, Any], reason: str = ""
    ) -> Iterator[dict[str, Any]]:
        """Do something and write it down: the row is kept only if the body of the `with` ends well.

        What is yielded is the row to be; the body may still correct its `object`.

        The ledger is locked meanwhile, so deeds of one installation happen one after the other.
        """
        with Session(self._engine.execution_options(writing=True)) as session, session.begin():
            with self._reading():
                last = session.scalars(select(LedgerRow).order_by(LedgerRow.seq.desc()).limit(1)).first()
            content = {
                "seq": last.seq + 1 if last else 1,
                "time": time,
                "actor": actor,
                "verb": str(verb),
                "object": object_,
                "decision": "done",
                "reason": reason,
                "details_hash": digest(details),
                "previous_hash": last.hash if last else GENESIS,
            }
            yield content
            session.add(LedgerRow(**content, hash=digest(content)))

    def rows(self) -> list[dict[str, Any]]:
        """Every row, oldest first. Raises Damaged."""
        with self._reading(), Session(self._engine) as session:
            rows = session.scalars(select(LedgerRow).order_by(LedgerRow.seq))
            return [{name: getattr(row, name) for name in (*_HASHED, "hash")} for row in rows]

    def first_fault(self) -> Fault | None:
        """Where the chain is broken, or None where every row holds."""
        previous = GENESIS
        for place, row in enumerate(self.rows(), start=1):
            if row["seq"] != place:
                return Fault(row["seq"], f"row {place} is missing")
            if row["previous_hash"] != previous:
                return Fault(row["seq"], "it does not continue the row before it")
            if _hash(row) != row["hash"]:
                return Fault(row["seq"], "its content does not match its hash, so it was changed")
            previous = row["hash"]
        return None

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turns what the database refuses into Damaged, or into Conflict where another process holds the lock."""
        where = str(self._path)
        try:
            yield
        except DatabaseError as error:
            if "locked" in str(error.orig):
                raise Conflict("another process is writing the ledger", where=where, remedy="wait, and run it again") from error
            raise Damaged("the ledger cannot be read", where=where, remedy="restore it from a copy") from error


def _hash(row: Mapping[str, Any]) -> str | None:
    """The hash that a row should have; None where it holds what no row of ours does."""
    try:
        return digest({name: row[name] for name in _HASHED})
    except (TypeError, ValueError):
        return None
