"""Who may be counted is the same whether a database library reads it or Python's own module."""

from __future__ import annotations

from pathlib import Path

import pytest

from goe.acts.setting import Root
from goe.errors import Conflict, NotFound
from goe.rules.words import Scope
from goe.store.countable import countable


@pytest.mark.parametrize("scope", list(Scope))
def test_countable__is_what_the_registry_says(demo: Root, scope: Scope) -> None:
    for node in demo.nodes.values():
        found = countable(node.folder, scope)
        assert found and found == node.registry.countable(scope)


def test_countable__says_what_is_wrong_as_the_registry_does(demo: Root, tmp_path: Path) -> None:
    import shutil
    import sqlite3

    with pytest.raises(NotFound):
        countable(tmp_path, Scope.ALLELE_FREQUENCY)
    for name in ("registry.sqlite", "links.sqlite"):
        shutil.copy(demo.nodes["FI"].folder / name, tmp_path)
    with sqlite3.connect(tmp_path / "registry.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'registry_9999'")
    connection.close()
    with pytest.raises(Conflict):
        countable(tmp_path, Scope.ALLELE_FREQUENCY)
