"""Inventing a Europe: genomes, registries and what is true of them, and a root of nodes and hub made from these files.

OUT/<CC>/genomes.GRCh38.vcf.gz    every site of Europe, BGZF
OUT/<CC>/participants.csv         what `goe participants import` reads
OUT/truth.json                    parameters, sizes, relatives, the minority: it is synthetic, so it may be told
"""

from __future__ import annotations

import csv
import json
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

import goe
from goe.acts.build_release import Built, build_release
from goe.acts.combine_europe import combine_europe
from goe.acts.create import create_hub, create_node, whole_folder
from goe.acts.enrol import enrol
from goe.acts.import_genomes import import_genomes
from goe.acts.progress import Progress, Silence
from goe.acts.setting import Clock, Node, system_clock
from goe.errors import BadInput, Conflict, GoeError
from goe.rules.disclosure import FLOORS
from goe.rules.words import NATIONS, DisclosureClass
from goe.store.formats.participants import COLUMNS
from goe.store.settings import write_settings
from goe.store.tables import inhabitants
from goe.synthetic import genomes, history, vcf
from goe.synthetic.people import People, counted, invent, registry_rows, sizes

GENOMES = f"genomes.{genomes.ASSEMBLY}.vcf.gz"
NOTICE = "Everything here is synthetic: genomes, people, consents and regions are invented by a simulation. Nobody is real."
_WORTH_PROCESSES = 40  # stretches; starting other processes takes about a second


@dataclass(frozen=True)
class Recipe:
    """What to invent. `sites` are simulated and each comes `tile` times; `missing` is the share of calls that are missing."""

    nations: tuple[str, ...]
    people: int = 400
    sites: int = 5000
    seed: int = 1
    tile: int = 1
    missing: float = 0.003


@dataclass(frozen=True)
class Synthesised:
    """What was made: people per nation, sites in each file, and Europe's release where a root was asked for."""

    people: dict[str, int]
    sites: int
    europe: Built | None


def synthesise(
    out: Path,
    recipe: Recipe,
    *,
    root: Path | None = None,
    disclosure_class: DisclosureClass = DisclosureClass.CONTROLLED,
    workers: int = 1,
    progress: Progress | None = None,
    clock: Clock = system_clock,
) -> Synthesised:
    """Invent a Europe in a folder, and if asked make a root from it. The same recipe gives the same files, byte for byte.

    Raises NotFound without msprime, Conflict where a folder is not empty, BadInput for a recipe that cannot be followed.
    """
    progress = progress or Silence()
    history.msprime_here()
    _check_folders(out, root)
    if root:
        _check_groups(recipe, disclosure_class)
    with whole_folder(out) as draft:
        plan = _plan(recipe)
        _write_people(draft, recipe, plan.people)
        _write_genomes(draft, recipe, plan, workers, progress)
    europe = make_root(root, out, recipe, disclosure_class, progress, clock) if root else None
    numbers = {code: len(plan.people.of(code)) for code in recipe.nations}
    return Synthesised(numbers, recipe.sites * recipe.tile, europe)


def _check_folders(out: Path, root: Path | None) -> None:
    """Raise Conflict for a folder that is not empty and BadInput for two that lie in each other, before hours of work."""
    for place in (out, *([root] if root else [])):
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise Conflict("the folder is not empty", expected="a new or empty folder", where=str(place))
    if root and (root.resolve().is_relative_to(out.resolve()) or out.resolve().is_relative_to(root.resolve())):
        raise BadInput("files and root are to be in the same folder", expected="two folders apart", where=str(root))


def _sizes(recipe: Recipe) -> dict[str, int]:
    """People of each nation. Raises BadInput where they are too few."""
    try:
        return sizes(recipe.people, {code: inhabitants()[code] for code in recipe.nations})
    except ValueError as error:
        raise BadInput(str(error), expected="more people or fewer nations") from None


def _check_groups(recipe: Recipe, disclosure_class: DisclosureClass) -> None:
    """Raise BadInput where no nation would have people enough for a release of the class."""
    least, most = FLOORS[disclosure_class].group, counted(max(_sizes(recipe).values()))
    if most < least:
        raise BadInput(
            f"the largest nation would have {most} people who may be counted",
            expected=f"at least {least} for a release of the class {disclosure_class}",
            remedy="ask for more --people, fewer --nations, or --disclosure-class open",
        )


def _plan(recipe: Recipe) -> genomes.Plan:
    """People and places of the sites. Raises BadInput where they cannot be."""
    numbers = _sizes(recipe)
    try:
        people = invent(numbers, np.random.default_rng([recipe.seed, 0]))
        return genomes.lay_out(recipe.seed, people, recipe.sites, missing=recipe.missing, tile=recipe.tile)
    except ValueError as error:
        raise BadInput(str(error), expected="fewer sites or a smaller --tile") from None


def _write_people(folder: Path, recipe: Recipe, people: People) -> None:
    """The nations' registries, and the truth."""
    told: dict[str, Any] = {}
    for index, code in enumerate(recipe.nations):
        rows = list(registry_rows(people, code, np.random.default_rng([recipe.seed, 5, index])))
        (folder / code).mkdir()
        with (folder / code / "participants.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(COLUMNS), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        told[code] = _truth_of(people, code, rows)
    fst, index_of = history.expected_fst(), history.DEMES.index
    truth = {
        "synthetic": True,
        "notice": NOTICE,
        "software": f"goe {goe.__version__}, msprime {history.msprime_here().__version__}",
        "parameters": asdict(recipe),
        "assembly": genomes.ASSEMBLY,
        "nations": told,
        "fst_of_the_history": {
            f"{a}-{b}": round(float(fst[index_of(a), index_of(b)]), 6)
            for i, a in enumerate((*recipe.nations, history.MINORITY))
            for b in (*recipe.nations, history.MINORITY)[i + 1 :]
        },
    }
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


def _truth_of(people: People, code: str, rows: Sequence[dict[str, str]]) -> dict[str, Any]:
    members = people.of(code)
    demes = [history.DEMES[d] for d in people.deme(members)]
    return {
        "people": len(rows),
        "male": int(people.is_male[members].sum()),
        "counted_in_frequencies": sum(row["allele_frequency"] == "yes" for row in rows),
        "born_elsewhere": sum(row["country_of_origin"] != code for row in rows),
        "minority": demes.count(history.MINORITY),
        "minority_genomes": [row["genome"] for row, deme in zip(rows, demes, strict=True) if deme == history.MINORITY],
        "relatives": people.relatives(code),
    }


def _write_genomes(folder: Path, recipe: Recipe, plan: genomes.Plan, workers: int, progress: Progress) -> None:
    """Stretch after stretch, appended to every nation's file."""
    said = " ".join(f"{name}={value}" for name, value in asdict(recipe).items() if name != "nations")
    source = (
        f"goe synthetic, invented by msprime {history.msprime_here().__version__}; {said} nations={','.join(recipe.nations)}"
    )
    paths = [folder / code / GENOMES for code in recipe.nations]
    for code, path in zip(recipe.nations, paths, strict=True):
        path.write_bytes(vcf.bgzf(vcf.header(source, recipe.tile, plan.people.genomes(code))))
    with _texts(plan, workers) as texts:
        for pieces in progress.track(texts, "Synthetic genomes", total=len(plan.stretches)):
            for path, piece in zip(paths, pieces, strict=True):
                with path.open("ab") as file:
                    file.write(piece)
    for path in paths:
        with path.open("ab") as file:
            file.write(vcf.END)


@contextmanager
def _texts(plan: genomes.Plan, workers: int) -> Iterator[Iterator[list[bytes]]]:
    """The text of each stretch in order, made by this process or by several."""
    if workers < 2 or len(plan.stretches) < _WORTH_PROCESSES:
        yield (vcf.stretch_text(plan, stretch) for stretch in plan.stretches)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_remember, initargs=(plan,))
    try:
        yield pool.map(_text_of, range(len(plan.stretches)))
    except BrokenProcessPool:
        raise GoeError("a process ended unexpectedly", expected="memory for all", remedy="use fewer --workers") from None
    finally:
        pool.shutdown(cancel_futures=True)


_remembered: list[genomes.Plan] = []  # in a process of the pool: the plan, sent once


def _remember(plan: genomes.Plan) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked hears Ctrl-C, and ends this one
    _remembered.append(plan)


def _text_of(number: int) -> list[bytes]:
    return vcf.stretch_text(_remembered[0], _remembered[0].stretches[number])


def make_root(
    root: Path, out: Path, recipe: Recipe, disclosure_class: DisclosureClass, progress: Progress, clock: Clock = system_clock
) -> Built:
    """A hub and nodes from the files of `synthesise`, through the same acts as real ones; returns Europe's release."""
    with whole_folder(root) as draft:
        nodes = {
            code: _make_node(draft / code, code, out, recipe, disclosure_class, progress, clock) for code in recipe.nations
        }
        members = {code: (node.public_key,) for code, node in nodes.items()}
        settings = {"title": "Synthetic Genome of Europe", "notice": NOTICE, "citation": _citation(recipe)}
        hub = create_hub(draft / "hub", members, settings=settings, clock=clock)
        europe = combine_europe(hub, nodes, genomes.ASSEMBLY)
        write_settings(
            draft / "europe.toml", {"hub": "hub", "nodes": list(recipe.nations)}, heading="A synthetic Europe: nobody is real"
        )
    progress.say(f"Synthetic Europe: release {europe.version}, {europe.variants} variants listed")
    return europe


def _make_node(
    folder: Path, code: str, out: Path, recipe: Recipe, disclosure_class: DisclosureClass, progress: Progress, clock: Clock
) -> Node:
    settings = {"title": f"Synthetic genome of {NATIONS[code]}", "notice": NOTICE, "citation": _citation(recipe)}
    node, _ = create_node(folder, code, disclosure_class=disclosure_class, settings=settings, clock=clock)
    enrolled = enrol(node, out / code / "participants.csv")
    import_genomes(
        node,
        out / code / GENOMES,
        label=f"Synthetic genomes, seed {recipe.seed}",
        pipeline="goe synthetic",
        progress=progress,
    )
    able, least = counted(enrolled.new), FLOORS[disclosure_class].group
    if able < least:  # as in life, the nation waits, and Europe names it as offline
        progress.say(f"Synthetic {NATIONS[code]}: {enrolled.new} people, {able} to be counted; a release needs {least}")
        return node
    built = build_release(node, genomes.ASSEMBLY, progress=progress)
    progress.say(f"Synthetic {NATIONS[code]}: {enrolled.new} people, release {built.version}, {built.variants} variants listed")
    return node


def _citation(recipe: Recipe) -> str:
    return f"Synthetic data made by goe synthetic, seed {recipe.seed}; not to be cited as data about anybody"
