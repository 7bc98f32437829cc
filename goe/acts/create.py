"""Making an empty node or hub: folders, databases, keys, settings, and the first ledger entry, all or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from goe.acts.setting import Clock, Hub, Node, open_place, system_clock
from goe.errors import Conflict
from goe.rules.dataset import ReferenceDataSet
from goe.rules.events import Deed
from goe.rules.words import NATIONS, Assembly, DisclosureClass
from goe.signing import Key
from goe.store.database import create_database, upgrade_database
from goe.store.folders import unfinished
from goe.store.settings import write_settings


@contextmanager
def whole_folder(place: Path) -> Iterator[Path]:
    """A hidden folder to work in, which becomes `place` when the body ends well and vanishes otherwise.

    Raises Conflict where `place` exists and is not an empty folder.
    """
    place, name = place.absolute(), place.absolute().name
    if not place.exists() and not place.is_symlink():
        with unfinished(place.parent, name) as folder:
            yield folder
            folder.chmod(0o750)
            folder.rename(place)
        return
    if not place.is_dir() or any(not p.name.startswith(f".{name}-unfinished-") for p in place.iterdir()):
        raise Conflict(
            "the folder is not empty", expected="a new or empty folder", where=str(place), remedy="choose another --dir"
        )
    # A folder that is there may be a mount point, a link, or where the person stands, and cannot be replaced: everything is
    # moved in, the settings that make it a place last.
    with unfinished(place, name) as folder:
        yield folder
        place.chmod(0o750)
        for part in sorted(folder.iterdir(), key=lambda p: p.suffix == ".toml"):
            part.rename(place / part.name)


def create_node(
    folder: Path,
    nation: str,
    *,
    assembly: Assembly | None = None,
    disclosure_class: DisclosureClass = DisclosureClass.CONTROLLED,
    settings: Mapping[str, object] | None = None,
    clock: Clock = system_clock,
) -> tuple[Node, bool]:
    """The empty node of a nation in a folder, and whether it was made now. Doing it again changes nothing.

    Raises Conflict where the folder holds something else, a node of another nation for example.
    """
    if (folder / "node.toml").is_file():
        there = open_place(folder, clock)
        if isinstance(there, Node) and there.name == nation:
            return there, False
        raise Conflict(
            f"this is the node of {getattr(there, 'name', '?')}", expected=f"a new folder for {nation}", where=str(folder)
        )
    said = {"country": nation, "title": f"Genome of {NATIONS[nation]}", "assembly": assembly.value if assembly else ""}
    with whole_folder(folder) as draft:
        for name in ("genomes", "releases", "documents"):
            (draft / name).mkdir()
        _make_keys(draft, nation)
        write_settings(draft / "node.toml", {**said, **(settings or {})}, heading=f"The node of {NATIONS[nation]}")
        node = open_place(draft, clock)
        assert isinstance(node, Node)
        for kind, location in node.databases.items():
            create_database(location, kind)
        data_set = ReferenceDataSet(f"GOE-{nation}-DATASET-1", 1, disclosure_class)
        details = {"data_set": data_set.data_set_id, "public_key": node.public_key}
        with node.ledger.deed(Deed.NODE_CREATED, nation, actor=node.settings.actor, time=node.now, details=details):
            node.registry.add_data_set(data_set)
    made = open_place(folder, clock)
    assert isinstance(made, Node)
    return made, True


def upgrade_node(node: Node) -> tuple[str, ...]:
    """Bring a node's databases to the newest schema, each in one transaction; which ones were older.

    The ledger comes first, so that the deed can be written. Raises Conflict where a schema is not known.
    """
    older = tuple(kind for kind in ("ledger", "links", "registry") if upgrade_database(node.databases[kind], kind))
    if older:
        details = {"databases": list(older)}
        with node.ledger.deed(Deed.NODE_UPGRADED, node.name, actor=node.settings.actor, time=node.now, details=details):
            pass
    return older


def create_hub(
    folder: Path,
    members: Mapping[str, tuple[str, ...]],
    *,
    settings: Mapping[str, object] | None = None,
    clock: Clock = system_clock,
) -> Hub:
    """The hub in a folder, with the public keys of the nations that it accepts."""
    said = {**(settings or {}), "members": {code: list(keys) for code, keys in members.items()}}
    with whole_folder(folder) as draft:
        for kind in ("registry", "ledger"):
            create_database(draft / f"{kind}.sqlite", kind)
        for name in ("releases", "documents"):
            (draft / name).mkdir()
        _make_keys(draft, "hub")
        write_settings(draft / "hub.toml", said, heading="The hub of the coordination centre")
        hub = open_place(draft, clock)
        assert isinstance(hub, Hub)
        details = {"members": sorted(members), "public_key": hub.public_key}
        with hub.ledger.deed(Deed.NODE_CREATED, "hub", actor=hub.settings.actor, time=hub.now, details=details):
            pass
    made = open_place(folder, clock)
    assert isinstance(made, Hub)
    return made


def _make_keys(folder: Path, owner: str) -> None:
    """A signing key, and the secret that keys the digest of counting epochs; readable by the owner of the process alone."""
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    signing = Key.generate(owner)
    for name, content in (("signing.key", signing.to_bytes()), ("epoch.key", secrets.token_bytes(32))):
        (keys / name).touch(mode=0o600)
        (keys / name).write_bytes(content)
    (keys / "signing.pub").write_text(signing.public + "\n")
