"""Opening a database of a node, and bringing a new one to the newest schema with Alembic."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from goe.errors import Conflict, Damaged, NotFound

NEWEST = {"registry": "registry_0001", "links": "links_0001", "ledger": "ledger_0001"}
"""The newest schema of each database; a test compares it with the migrations."""

_MIGRATIONS = Path(__file__).parent / "migrations"


def create_database(path: Path, kind: str) -> None:
    """Make an empty database of this kind (`registry`, `links`, `ledger`), or bring an older one up to date."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("version_locations", str(_MIGRATIONS / kind))
    config.set_main_option("path_separator", "os")
    engine = _engine(path)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()


def open_database(path: Path, kind: str) -> Engine:
    """An engine on an existing database of the newest schema.

    Raises NotFound where there is none, Conflict where its schema is older or newer, Damaged where it is no database.
    """
    if not path.is_file():
        raise NotFound(
            f"there is no {kind} database", where=str(path), remedy="check --dir, or make a node with `goe node init`"
        )
    engine = _engine(path)
    try:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    except SQLAlchemyError as error:
        raise Damaged(f"this is not a {kind} database", where=str(path), remedy="restore it from a copy") from error
    if found != NEWEST[kind]:
        raise Conflict(
            f"the {kind} database has schema {found!r}",
            expected=repr(NEWEST[kind]),
            where=str(path),
            remedy="use the version of goe that wrote it",
        )
    return engine


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})

    # SQLAlchemy's recipe for SQLite: the driver must not begin transactions by itself, and a writer takes the lock at once.
    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection) -> None:  # type: ignore[no-untyped-def]
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")

    return engine
