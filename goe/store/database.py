"""Opening a database of a node, and bringing one to the newest schema with Alembic.

A database is a SQLite file, or a PostgreSQL database named by its address (`postgresql://user@host/name`). On PostgreSQL the
registry and the links may share one database or, better, lie in two with different users.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError

from goe.errors import BadInput, Conflict, Damaged, NotFound
from goe.store.schemas import SCHEMAS

Location = Path | str
"""A SQLite file, or the address of a PostgreSQL database."""

_MIGRATIONS = Path(__file__).parent / "migrations"


def create_database(location: Location, kind: str) -> None:
    """Make an empty database of a kind (`registry`, `links`, `ledger`), or bring an older one up to date, in one transaction.

    Raises BadInput for an address that is none, NotFound where no server answers, Damaged where something else is there.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("version_locations", str(_MIGRATIONS / kind))
    config.set_main_option("path_separator", "os")
    config.attributes["version_table"] = _version_table(location, kind)
    engine = _engine(location)
    try:
        with engine.execution_options(writing=True).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except SQLAlchemyError as error:
        if isinstance(error, OperationalError) and is_address(location):
            raise _unreachable(location, kind) from error
        raise Damaged(
            f"the {kind} database cannot be brought to the newest schema; it is as it was",
            where=shown(location),
            remedy="restore it from a copy, or use an empty database",
        ) from error
    finally:
        engine.dispose()


def open_database(location: Location, kind: str) -> Engine:
    """An engine on an existing database of the newest schema.

    Raises NotFound where there is none, Conflict where its schema is older or newer, Damaged where it is no database.
    """
    engine, found = _found_schema(location, kind)
    if found == SCHEMAS[kind][-1]:
        return engine
    older = found in SCHEMAS[kind]
    raise Conflict(
        f"the {kind} database has the {'older' if older else 'unknown'} schema {found!r}",
        expected=repr(SCHEMAS[kind][-1]),
        where=shown(location),
        remedy="run `goe node upgrade`, after a copy" if older else "use the version of goe that wrote it",
    )


def upgrade_database(location: Location, kind: str) -> bool:
    """Bring a database to the newest schema, in one transaction; whether anything was done. Raises as `open_database`."""
    engine, found = _found_schema(location, kind)
    engine.dispose()
    if found not in SCHEMAS[kind][:-1]:
        open_database(location, kind).dispose()
        return False
    create_database(location, kind)
    return True


def shown(location: Location) -> str:
    """A location as it may be printed: without a password."""
    return str(location) if isinstance(location, Path) else make_url(location).render_as_string(hide_password=True)


def is_address(location: Location) -> bool:
    """Whether this is the address of a server rather than a file."""
    return not isinstance(location, Path)


def _found_schema(location: Location, kind: str) -> tuple[Engine, str]:
    """An engine, and the schema that the database says it has."""
    if isinstance(location, Path) and not location.is_file():
        raise NotFound(
            f"there is no {kind} database", where=str(location), remedy="check --dir, or make a node with `goe node init`"
        )
    engine, table = _engine(location), _version_table(location, kind)
    try:
        with engine.connect() as connection:
            if is_address(location) and not inspect(connection).has_table(table):
                raise NotFound(
                    f"there is no {kind} in this database",
                    where=shown(location),
                    remedy="set the address before `goe node init`, which makes it",
                )
            return engine, connection.execute(text(f"SELECT version_num FROM {table}")).scalar_one()
    except OperationalError as error:
        if is_address(location):
            raise _unreachable(location, kind) from error
        raise Damaged(f"this is not a {kind} database", where=shown(location), remedy="restore it from a copy") from error
    except SQLAlchemyError as error:
        raise Damaged(f"this is not a {kind} database", where=shown(location), remedy="restore it from a copy") from error


def _version_table(location: Location, kind: str) -> str:
    """The table that holds the schema's name: on a server two kinds may share a database."""
    return f"alembic_version_{kind}" if is_address(location) else "alembic_version"


def _unreachable(location: Location, kind: str) -> NotFound:
    return NotFound(
        f"the {kind} database does not answer, or refuses this user",
        where=shown(location),
        remedy="check the address, and whether the server runs",
    )


def _engine(location: Location) -> Engine:
    return _sqlite(location) if isinstance(location, Path) else _postgresql(location)


def _postgresql(address: str) -> Engine:
    try:
        url = make_url(address)
    except ArgumentError:
        raise BadInput("this is not the address of a database", expected="postgresql://user@host/name") from None
    if url.get_backend_name() != "postgresql":
        raise BadInput(
            f"databases of the kind {url.get_backend_name()!r} are not known", expected="postgresql://user@host/name"
        )
    try:
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except (ImportError, NoSuchModuleError) as error:
        raise NotFound("the library psycopg is not installed", remedy="pip install 'goe[postgres]'") from error


def _sqlite(path: Path) -> Engine:
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
