"""The demonstration: a Europe of four real nations, made from the data in the package through the same doors as a real one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goe.acts.build_release import Built, build_release
from goe.acts.combine_europe import combine_europe
from goe.acts.create import create_hub, create_node, whole_folder
from goe.acts.enrol import enrol
from goe.acts.import_genomes import import_genomes
from goe.acts.import_quality import import_quality
from goe.acts.include import Question, apply
from goe.acts.progress import Progress, Silence
from goe.acts.setting import Clock, Hub, Node, Root, open_place, system_clock
from goe.errors import Conflict
from goe.rules.words import NATIONS, Assembly, DisclosureClass
from goe.store.release import MANIFEST, read_body
from goe.store.settings import read_settings, write_settings
from goe.store.tables import DATA

DEMO = DATA / "demo"


@dataclass(frozen=True)
class Demonstration:
    """The root, whether it was made now, and Europe's releases."""

    root: Root
    new: bool
    europe: tuple[Built, ...]


def demonstrate(folder: Path, *, progress: Progress | None = None, clock: Clock = system_clock) -> Demonstration:
    """Make the demonstration in a folder, or open the one that is there. It appears there whole or not at all.

    Raises Conflict where the folder holds anything else.
    """
    progress = progress or Silence()
    new = not (folder / "europe.toml").is_file()
    if new:
        with whole_folder(folder) as draft:
            _make(draft, progress, clock)
    root = open_place(folder, clock)
    if not isinstance(root, Root):
        raise Conflict("this folder is a single node or hub", expected="a new folder or a demonstration", where=str(folder))
    return Demonstration(root, new, tuple(_newest(root.hub, Assembly(a)) for a in root.hub.releases.assemblies()))


def _newest(hub: Hub, assembly: Assembly) -> Built:
    """The newest European release of an assembly, as it is."""
    version = hub.releases.versions(assembly)[-1]
    body = read_body(hub.releases.path(assembly, version) / MANIFEST)
    people = sum(n["people"].get(code) or 0 for code, n in body["nations"].items() if n["answered"])
    return Built(hub.releases.path(assembly, version), version, assembly, False, body["variants"], people, {})


def _make(folder: Path, progress: Progress, clock: Clock) -> None:
    said = read_settings(DEMO / "demo.toml")
    nations: list[str] = said["nations"]
    nodes = {code: _make_node(folder / code, code, said, progress, clock) for code in nations}
    members = {code: (node.public_key,) for code, node in nodes.items()}
    shared = {name: said[name] for name in ("title", "notice", "citation", "examples", "captions")}
    hub = create_hub(folder / "hub", members, settings=shared, clock=clock)
    for assembly in Assembly:
        combine_europe(hub, nodes, assembly, version=said["release"])
    write_settings(folder / "europe.toml", {"hub": "hub", "nodes": nations}, heading="A demonstration: the hub and four nodes")


def _make_node(folder: Path, code: str, said: dict[str, Any], progress: Progress, clock: Clock) -> Node:
    shown = {name: said[name] for name in ("notice", "citation", "examples", "captions")}
    node, _ = create_node(folder, code, disclosure_class=DisclosureClass.OPEN, settings=shown, clock=clock)
    enrolled = enrol(node, DEMO / code / "synthetic_minimal_dataset.csv")  # the participants, with their minimal data set
    progress.say(f"{NATIONS[code]}: {enrolled.new} participants registered")
    for batch in read_settings(DEMO / code / "batches.toml")["batch"]:
        import_genomes(
            node,
            DEMO / code / batch["file"],
            assembly=Assembly(batch["assembly"]),
            label=batch["label"],
            pipeline=batch["pipeline"],
            progress=progress,
        )
    _include(node, DEMO / code / "quality", progress)
    for assembly in Assembly:
        built = build_release(node, assembly, version=said["release"], progress=progress)
        progress.say(
            f"{NATIONS[code]}: {assembly} release {built.version}, {built.variants} variants, {built.people} people counted"
        )
    return node


def _include(node: Node, quality: Path, progress: Progress) -> None:
    """Register what was measured on the genomes, really or not, and pass the people through the gate."""
    import_quality(node, sorted(quality.glob("*.json")), pipeline="1000 Genomes high coverage")
    import_quality(node, sorted(quality.glob("*.txt")), pipeline="synthetic")
    body = apply(node, Question()).certificate["body"]
    progress.say(f"{NATIONS[node.name]}: {body['admitted']} of {sum(body['summary'].values())} people pass the gate")
