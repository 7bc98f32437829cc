"""Where store, keys, clock and configuration meet: opening a folder as a root, a hub or a node.

    D/                      a root: europe.toml names the hub and the nodes
      hub/                  hub.toml, registry.sqlite, ledger.sqlite, releases/, keys/
      FI/ GB/ ...           node.toml, registry.sqlite, links.sqlite, ledger.sqlite, genomes/, releases/, keys/

A setting is taken from the file, then from the environment variable `GOE_<SETTING>`, then from the option of a command.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goe.acts.cluster import Jobs, jobs_of
from goe.errors import BadInput, Damaged, NotFound
from goe.rules.words import Assembly, Scope, nation
from goe.signing import Key
from goe.store.settings import PUBLIC_KEYS, TABLE, TEXT, TEXTS, read_settings, setting

if TYPE_CHECKING:  # imported where they are used, so that a look-up does not wait for the databases
    from goe.store.countable import Countable
    from goe.store.genomes.collection import Genomes
    from goe.store.kept import KeptValues
    from goe.store.ledger import Ledger
    from goe.store.registry import Registry
    from goe.store.release import Releases

Clock = Callable[[], datetime]

SECRET_BYTES = 32  # of the signing key (Ed25519) and of the key of counting epochs


def system_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Settings:
    """What an operator can say about an installation.

    `title` is its name on pages; `notice` stands on a ribbon above every page (what is synthetic, say); `citation` is how to
    cite its data; `examples` are searches offered on the home page; `captions` say more about a nation's people on the map;
    `assembly` is the default of a node's imports (empty: none); `actor` is the role written in the ledger; `database` and
    `links_database` are the addresses of PostgreSQL databases for the registry and the links (empty: files in the folder);
    `genomes` is the URL of a storage for the batches (empty: a folder); `cluster` is what `--cluster slurm` asks of Slurm.
    """

    title: str = "Genome of Europe"
    notice: str = ""
    citation: str = ""
    assembly: str = ""
    actor: str = "steward"
    database: str = ""
    links_database: str = ""
    genomes: str = ""
    examples: tuple[str, ...] = ()
    captions: Mapping[str, str] = field(default_factory=dict)
    cluster: Jobs = field(default_factory=Jobs)


@dataclass(frozen=True)
class Installation:
    """A node or the hub: a folder with its settings, and the clock handed in."""

    folder: Path
    name: str  # the nation's code, or "hub"
    settings: Settings
    clock: Clock

    @property
    def now(self) -> str:
        """The time of a deed, to the second, ISO 8601 in UTC."""
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @cached_property
    def ledger(self) -> Ledger:
        """What was done here."""
        from goe.store.ledger import Ledger

        return Ledger(self.folder / "ledger.sqlite")

    @cached_property
    def releases(self) -> Releases:
        """What was published here."""
        from goe.store.release import Releases

        return Releases(self.folder / "releases")

    @cached_property
    def clinical_releases(self) -> Releases:
        """What was published here of the clinical special category: a folder of its own, which no look-up reads."""
        from goe.store.release import Releases

        return Releases(self.folder / "releases" / "clinical")

    @property
    def key(self) -> Key:
        """The signing key."""
        return Key.from_bytes(self.name, secret(self.folder, "signing"))

    @property
    def public_key(self) -> str:
        """The public half of the signing key, to be pinned by others. Raises Damaged where it is missing or no key."""
        return self.public_keys[0]

    @property
    def public_keys(self) -> tuple[str, ...]:
        """The lines of `signing.pub`: the key in use, then those that it replaced, so that old signatures stay verifiable."""
        path = self.folder / "keys" / "signing.pub"
        if not path.is_file():
            raise Damaged("the public key is missing", where=str(path), remedy="restore it from a copy")
        found = tuple(path.read_text(errors="replace").split())
        if not found or not all(re.fullmatch("[0-9a-f]{64}", key) for key in found):
            raise Damaged(
                "this is not a public key", expected="64 hex digits", where=str(path), remedy="restore it from a copy"
            )
        return found


class Node(Installation):
    """The installation of one nation."""

    @property
    def databases(self) -> Mapping[str, Path | str]:
        """Where each database is: a file of the folder, or the address of a server."""
        return {
            "registry": self.settings.database or self.folder / "registry.sqlite",
            "links": self.settings.links_database or self.folder / "links.sqlite",
            "ledger": self.folder / "ledger.sqlite",
        }

    @cached_property
    def registry(self) -> Registry:
        """Participants, consents, samples, epochs."""
        from goe.store.registry import Registry

        return Registry(self.folder, database=self.settings.database, links_database=self.settings.links_database)

    def countable(self, scope: Scope) -> list[Countable]:
        """Every genome of a registered participant, with what a count asks of the person."""
        from goe.store.countable import countable

        databases = {"database": self.settings.database, "links_database": self.settings.links_database}
        return countable(self.folder, scope, **databases)

    @cached_property
    def genomes(self) -> Genomes:
        """The batches of genomes."""
        from goe.store.genomes.collection import Genomes

        return Genomes(self.folder / "genomes", self.settings.genomes)

    @cached_property
    def kept(self) -> KeptValues:
        """Values of its people that never leave it."""
        from goe.store.kept import KeptValues

        return KeptValues(self.folder / "kept", secret(self.folder, "epoch"))


@dataclass(frozen=True)
class Hub(Installation):
    """The coordination centre. `members` are the nations it knows, with the public keys pinned for each."""

    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Root:
    """A folder that holds a hub and nodes side by side, as a demonstration does."""

    folder: Path
    hub: Hub
    nodes: Mapping[str, Node]


Place = Root | Hub | Node


def open_place(folder: Path, clock: Clock = system_clock) -> Place:
    """The root, hub or node in a folder. Raises NotFound where there is none of them."""
    if (folder / "node.toml").is_file():
        return _node(folder, clock)
    if (folder / "hub.toml").is_file():
        return _hub(folder, clock)
    if (folder / "europe.toml").is_file():
        return _root(folder, clock)
    missing = "this is a file" if folder.exists() else "there is no such folder"
    raise NotFound(
        "this folder is not a node, a hub or a root" if folder.is_dir() else missing,
        expected="a folder with node.toml, hub.toml or europe.toml",
        where=str(folder),
        remedy="say the folder with --dir, or make a node with `goe node init` or the demonstration with `goe demo`",
    )


def open_node(folder: Path, country: str | None = None, clock: Clock = system_clock) -> Node:
    """The node in a folder, or the one of this country under a root. Raises NotFound with the nodes that there are."""
    place = open_place(folder, clock)
    if isinstance(place, Node):
        if country and _nation(country) != place.name:
            raise NotFound(f"this is the node of {place.name}", expected=country, where=str(folder))
        return place
    if isinstance(place, Hub):
        raise NotFound("this is the hub", expected="a node", where=str(folder), remedy="say the node's folder with --dir")
    known = ", ".join(place.nodes)
    if country is None:
        raise BadInput(f"this root has the nodes {known}", expected="one of them", where=str(folder), remedy="say --country")
    if _nation(country) not in place.nodes:
        raise NotFound(f"there is no node {country}", expected=f"one of {known}", where=str(folder))
    return place.nodes[_nation(country)]


def _nation(code: str, where: str = "--country") -> str:
    try:
        return nation(code)
    except ValueError as error:
        raise BadInput(str(error), where=where) from None


def secret(folder: Path, name: str) -> bytes:
    """A secret of an installation. Raises Damaged where it is missing or others can read it."""
    path = folder / "keys" / f"{name}.key"
    if not path.is_file():
        raise Damaged("the key is missing", where=str(path), remedy="restore it from a copy")
    if path.stat().st_mode & 0o077:
        raise Damaged("other users can read the key", expected="mode 0600", where=str(path), remedy=f"run: chmod 600 {path}")
    found = path.read_bytes()
    if len(found) != SECRET_BYTES:
        raise Damaged(
            f"the key has {len(found)} bytes", expected=str(SECRET_BYTES), where=str(path), remedy="restore it from a copy"
        )
    return found


def _root(folder: Path, clock: Clock) -> Root:
    path = folder / "europe.toml"
    raw = read_settings(path)
    nodes, hub = setting(raw, "nodes", TEXTS, path), setting(raw, "hub", TEXT, path)
    return Root(folder, _hub(folder / hub, clock), {code: _node(folder / code, clock) for code in nodes})


def _node(folder: Path, clock: Clock) -> Node:
    path = folder / "node.toml"
    raw = read_settings(path)
    country = _nation(setting(raw, "country", TEXT, path), f"{path}, setting country")
    return Node(folder, country, _settings(raw, path), clock)


def _hub(folder: Path, clock: Clock) -> Hub:
    path = folder / "hub.toml"
    raw = read_settings(path)
    said = setting(raw, "members", TABLE, path) if "members" in raw else {}
    members = {
        _nation(code, f"{path}, table members"): tuple(setting(said, code, PUBLIC_KEYS, path, within="members"))
        for code in said
    }
    return Hub(folder, "hub", _settings(raw, path), clock, members)


def _settings(raw: Mapping[str, Any], path: Path) -> Settings:
    """The settings of a file, with those of the environment over them."""
    names = {f.name for f in fields(Settings)}
    unknown = raw.keys() - names - {"country", "members"}
    if unknown:
        raise BadInput(f"unknown setting {sorted(unknown)[0]!r}", expected=", ".join(sorted(names)), where=str(path))
    texts = {f.name for f in fields(Settings) if isinstance(f.default, str)}
    variables = {name: f"GOE_{name.upper()}" for name in texts if f"GOE_{name.upper()}" in os.environ}
    found: dict[str, Any] = {name: setting(raw, name, TEXT, path) for name in texts if name in raw}
    found |= {name: os.environ[variable] for name, variable in variables.items()}
    if "examples" in raw:
        found["examples"] = tuple(setting(raw, "examples", TEXTS, path))
    if "captions" in raw:
        said = setting(raw, "captions", TABLE, path)
        found["captions"] = {code: setting(said, code, TEXT, path, within="captions") for code in said}
    said = setting(raw, "cluster", TABLE, path) if "cluster" in raw else {}
    settings = Settings(**found, cluster=jobs_of(said, os.environ, str(path)))
    if settings.assembly and settings.assembly not in set(Assembly):
        where = "environment variable GOE_ASSEMBLY" if "assembly" in variables else f"{path}, setting assembly"
        raise BadInput(f"found {settings.assembly!r}", expected="GRCh37 or GRCh38", where=where)
    return settings
