"""A PostgreSQL server of our own for the tests: a cluster in a temporary folder, spoken to through a socket there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

UNPRIVILEGED = "nobody"


def binaries() -> Path:
    """The folder of PostgreSQL's programs; Debian keeps them out of the path. Skips the test where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(p) for p in [shutil.which("initdb")] if p]
    if not found:
        pytest.skip("PostgreSQL is not installed")
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    return found[-1].parent


@contextmanager
def server() -> Iterator[str]:
    """A running server; what is yielded is the address of its first database, without a name."""
    programs = binaries()
    folder = Path(tempfile.mkdtemp(prefix="goe-pg-"))  # short: the path of a socket has at most 107 bytes
    as_other = ["runuser", "-u", UNPRIVILEGED, "--"] if os.getuid() == 0 else []  # the server refuses to run as root
    if as_other:
        shutil.chown(folder, UNPRIVILEGED)

    def run(program: str, *arguments: str) -> None:
        command = [*as_other, str(programs / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, env={**os.environ, "LC_ALL": "C.UTF-8"})

    try:
        run("initdb", "-U", "goe", "--auth=trust", "-E", "UTF8", "--no-sync")
        run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", f"-c listen_addresses='' -k {folder} -c fsync=off")
        try:
            yield f"postgresql://goe@/{{name}}?host={folder}"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(address: str, name: str) -> str:
    """A new empty database on a server, by its address."""
    import psycopg

    with psycopg.connect(address.format(name="postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return address.format(name=name)
