"""The folders of `select` and `weigh`: read the tables, do the work, write what was found whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from goe.acts.design_census import Census, censuses
from goe.acts.design_curve import SPECTRUM
from goe.acts.design_report import JSON, NEIGHBOURS
from goe.acts.design_select import Selection, Terms, select
from goe.acts.design_weigh import Member, weigh
from goe.acts.setting import system_clock
from goe.errors import BadInput
from goe.rules.census import MAJORITY, first_age, number_fault, nuts_fault
from goe.rules.words import nation
from goe.store.folders import unfinished
from goe.store.formats.biobank import BIOBANK, KINSHIP, Candidate, read_biobank, read_kinship
from goe.store.formats.design_tables import (
    COSTS,
    POPULATION,
    REQUIREMENTS,
    SHIPPED,
    SUBGROUPS,
    read_population,
    read_requirements,
    read_subgroups,
    sha256,
)
from goe.store.formats.recommendation import read_recommendation
from goe.store.formats.rows import Row, read_rows

CARRIERS = {"pseudo_id": "pseudonym in the biobank", "variant": "a rare variant that the person carries"}
COHORT = {
    "member": "pseudonym",
    "nuts": "region of the census, or nothing",
    "group": "group of origin, or nothing",
    "sex": "F or M",
    "age": "in years",
    "chance": "chance of inclusion as `goe design select` gave it, or nothing where all had the same",
    "drawn": "by chance, or for coverage: those have no chance and get no weight",
    "took_part": "no for people who were invited and did not take part; yes or nothing otherwise",
}
TEMPLATES: dict[str, dict[str, str]] = {
    "population": POPULATION, "subgroups": SUBGROUPS, "requirements": REQUIREMENTS, "costs": COSTS, "biobank": BIOBANK,
    "kinship": KINSHIP, "carriers": CARRIERS, "cohort": COHORT, "neighbours": NEIGHBOURS, "spectrum": SPECTRUM,
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """The files of a selection, the nation, and how many people (None: as the design plans)."""

    biobank: Path
    design: Path
    country: str
    number: int | None = None
    kinship: Path | None = None
    carriers: Path | None = None
    requirements: Path | None = None


def write_selection(out: Path, asked: Asked, *, seed: int, **terms: Any) -> dict[str, Any]:
    """Choose people and write selection.csv and selection.json; what is returned names nobody."""
    made = read_recommendation(asked.design / JSON)
    country = _nation(asked.country)
    candidates = read_biobank(asked.biobank)
    planned = sum(c.n for c in made.countries if c.country == country)
    found = select(
        made,
        country,
        candidates,
        Terms(asked.number or planned, system_clock().year, seed, **terms),
        kinship=read_kinship(asked.kinship) if asked.kinship else (),
        floors=read_requirements(asked.requirements) if asked.requirements else (),
        carried=_carried(asked.carriers, candidates) if asked.carriers else None,
    )
    files = [p for p in (asked.biobank, asked.design / JSON, asked.kinship, asked.carriers, asked.requirements) if p]
    told = _told(found, seed, terms, files)
    _write_folder(out, {"selection.csv": _people(found, candidates)}, {"selection.json": told})
    return told


def write_weights(
    out: Path, cohort: Path, country: str, *, population: Sequence[Path], subgroups: Path | None, following: int, from_age: int,
    floor: int,
) -> dict[str, Any]:  # fmt: skip
    """Weigh a cohort and write weights.csv and representativeness.json; what is returned names nobody."""
    code = _nation(country)
    rows = [row for path in population or [SHIPPED / "population.csv"] for row in read_population(path) if row.country == code]
    if not rows:
        raise BadInput(f"the population table has no {code}", where="--country")
    minorities = [g for g in read_subgroups(subgroups) if g.country == code] if subgroups else []
    census = censuses(rows, minorities)[code]
    members = [
        _member(row, census)
        for row in read_rows(cohort, list(COHORT), _cohort_faults, optional=("nuts", "group", "chance", "drawn", "took_part"))
    ]
    found = weigh(census, members, following=following, from_age=from_age, floor=floor)
    told = {
        "summary": dict(found.summary), "rows": list(found.rows), "next_people": dict(found.next_people),
        "without_weight": found.without_weight, "notes": list(found.notes),
        "inputs": {p.name: sha256(p) for p in (cohort, *population)},
    }  # fmt: skip
    weights = [{"member": m, "weight": f"{w:.9g}"} for m, w in zip(found.weighted, found.weights.weight, strict=True)]
    _write_folder(out, {"weights.csv": weights}, {"representativeness.json": told})
    return told


def _told(found: Selection, seed: int, terms: Mapping[str, Any], files: Sequence[Path]) -> dict[str, Any]:
    return {
        "chosen": len(found.chosen),
        "by_chance": sum(c.chance is not None for c in found.chosen),
        "seed": seed,
        "terms": dict(terms),
        "quotas": list(found.quotas),
        "missed": list(found.missed),
        "left_out": dict(found.left_out),
        "relatives_left_out": dict(found.relatives_left_out),
        "unrelated_is_exact": found.unrelated_is_exact,
        "inputs": {p.name: sha256(p) for p in files},
    }


def _people(found: Selection, candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    return [
        {
            "pseudo_id": candidates[c.candidate].pseudo_id, "region": c.cell[0], "group": c.cell[1], "sex": c.cell[2],
            "age_band": c.cell[3], "drawn": c.drawn, "chance": "" if c.chance is None else f"{c.chance:.9g}",
        }
        for c in found.chosen
    ]  # fmt: skip


def _carried(path: Path, candidates: Sequence[Candidate]) -> Any:
    """(candidates, variants) sparse: 1 where a person carries a variant."""
    from scipy.sparse import csr_array

    rows = read_rows(path, list(CARRIERS), lambda row: {} if row["variant"] else {"variant": "expected a variant"})
    place = {c.pseudo_id: i for i, c in enumerate(candidates)}
    known = [r for r in rows if r["pseudo_id"] in place]
    variant = {name: k for k, name in enumerate(dict.fromkeys(r["variant"] for r in known))}
    ij = np.array([(place[r["pseudo_id"]], variant[r["variant"]]) for r in known], dtype=np.int64).reshape(-1, 2)
    return csr_array((np.ones(len(ij)), (ij[:, 0], ij[:, 1])), shape=(len(candidates), max(len(variant), 1)))


def _member(row: Row, census: Census) -> Member:
    labels = []
    for name, known in zip(("nuts", "group", "sex", "age"), census.labels, strict=True):
        labels.append("" if known == ("",) else _label(name, row[name], known))
    return Member(
        row["member"],
        tuple(labels),
        float(row["chance"]) if row["chance"] else None,
        row["drawn"] == "for coverage",
        row["took_part"] != "no",
    )


def _label(name: str, value: str, known: Sequence[str]) -> str:
    if name == "age":
        fits = [b for b in known if first_age(b) <= int(value)]
        return max(fits, key=first_age) if fits else "?"
    if name == "nuts":
        return next((k for k in known if k and value.startswith(k)), "?")
    return value or (MAJORITY if MAJORITY in known else "?")


def _cohort_faults(row: Row) -> dict[str, str]:
    faults = {"nuts": nuts_fault(row["nuts"], row["nuts"][:2].replace("EL", "GR").replace("UK", "GB"))}
    if not row["member"]:
        faults["member"] = "expected a pseudonym"
    if row["sex"] not in ("F", "M"):
        faults["sex"] = "expected F or M"
    if not (row["age"].isdecimal() and int(row["age"]) < 130):
        faults["age"] = "expected whole years"
    if row["chance"] and (number_fault(row["chance"]) or not 0 < float(row["chance"]) <= 1):
        faults["chance"] = "expected a chance above 0, up to 1, or nothing"
    if row["took_part"] not in ("", "yes", "no"):
        faults["took_part"] = "expected yes, no, or nothing"
    if row["drawn"] not in ("", "by chance", "for coverage"):
        faults["drawn"] = "expected by chance, for coverage, or nothing"
    return {column: fault for column, fault in faults.items() if fault}


def _nation(code: str) -> str:
    try:
        return nation(code)
    except ValueError as error:
        raise BadInput(str(error), where="--country") from None


def _write_folder(out: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]], documents: Mapping[str, Any]) -> None:
    """Write the files beside and rename them into the folder."""
    with unfinished(out.absolute().parent, out.absolute().name) as draft:
        for name, rows in tables.items():
            with (draft / name).open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        for name, value in documents.items():
            (draft / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        out.mkdir(parents=True, exist_ok=True)
        for made in sorted(draft.iterdir()):
            made.replace(out / made.name)
