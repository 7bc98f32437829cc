"""The folder of a recommendation: JSON for programs, CSV for spreadsheets, one HTML page that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from goe import __version__, pages
from goe.acts.design_census import Census, censuses
from goe.acts.design_floors import Brief
from goe.acts.design_recommend import recommend
from goe.acts.setting import Hub, Node, Root
from goe.errors import BadInput, NotFound
from goe.rules.census import MERGED, CensusRow, Subgroup
from goe.rules.design import Curve, Recommendation, Source
from goe.rules.events import Deed
from goe.signing import digest
from goe.store.folders import unfinished
from goe.store.formats.design_tables import (
    SHIPPED,
    read_costs,
    read_population,
    read_requirements,
    read_subgroups,
    sha256,
)
from goe.store.formats.recommendation import read_recommendation, to_json, write_tables
from goe.store.formats.rows import read_rows

NEIGHBOURS = {"first": "a region or nation", "second": "one that touches it"}
JSON, HTML = "recommendation.json", "report.html"
PUBLISHED = Path("documents") / "design" / JSON


def design(
    nations: Sequence[str],
    brief: Brief,
    *,
    population: Sequence[Path] = (),
    subgroups: Path | None = None,
    requirements: Path | None = None,
    costs: Path | None = None,
    strata: Path | None = None,
    curves: Sequence[Curve] = (),
) -> Recommendation:
    """The recommendation for these nations from files, or from the shipped tables of the United Nations where none is given."""
    files = list(population) or [SHIPPED / "population.csv"]
    rows = [row for path in files for row in read_population(path)]
    sources = [_source(path, "population") for path in files]
    if strata:
        rows = _merged(rows, read_strata(strata), strata)
    minorities = read_subgroups(subgroups) if subgroups else []
    chosen = _census(rows, minorities, nations)
    brief = replace(
        brief,
        requirements=tuple(read_requirements(requirements)) if requirements else (),
        stages=tuple(read_costs(costs)) if costs else (),
    )
    given = ((subgroups, "subgroups"), (requirements, "requirements"), (costs, "costs"), (strata, "genetic strata"))
    sources += [_source(path, what) for path, what in given if path]
    notes = ["The table of subgroups is an invented example."] if subgroups == example_subgroups() else []
    return replace(recommend(chosen, brief, sources, notes), curves=tuple(curves))


def example_subgroups() -> Path:
    """The invented table of minorities that shows the format."""
    return SHIPPED / "subgroups_example.csv"


def read_neighbours(path: Path) -> list[tuple[str, str]]:
    """Pairs of groups that touch. Raises BadInput."""
    rows = read_rows(path, list(NEIGHBOURS), lambda row: {name: "expected a name" for name in row if not row[name]})
    return [(r["first"], r["second"]) for r in rows]


def read_strata(path: Path) -> list[list[str]]:
    """Genetic strata from what `goe design strata --json` printed. Raises BadInput where it is something else."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))["strata"]
        return [[str(region) for region in stratum] for stratum in raw]
    except FileNotFoundError:
        raise BadInput("there is no such file", where=str(path)) from None
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("these are no strata", expected="what `goe design strata --json` printed", where=str(path)) from error


def _merged(rows: list[CensusRow], strata: list[list[str]], path: Path) -> list[CensusRow]:
    """The census with the regions of one genetic stratum under one name, FI19+FI1C. Raises BadInput for an unknown region."""
    there = {row.nuts for row in rows}
    name = {region: MERGED.join(sorted(stratum)) for stratum in strata for region in stratum}
    if unknown := sorted(name.keys() - there):
        known = ", ".join(sorted(there - {""})[:20])
        raise BadInput(f"the population has no region {unknown[0]}", expected=known, where=str(path))
    return [replace(row, nuts=name.get(row.nuts, row.nuts)) for row in rows]


def _census(rows: list[CensusRow], minorities: list[Subgroup], nations: Sequence[str]) -> dict[str, Census]:
    there = {row.country for row in rows}
    if missing := [code for code in nations if code not in there]:
        raise BadInput(
            f"the population table has no {', '.join(missing)}", expected=", ".join(sorted(there)), where="--nations",
            remedy="add their rows, or name other nations",
        )  # fmt: skip
    wanted = set(nations)
    return censuses([r for r in rows if r.country in wanted], [m for m in minorities if m.country in wanted])


def _source(path: Path, what: str) -> Source:
    with path.open("rb") as file:
        lines = sum(1 for _ in file)
    return Source(path.name, what, sha256(path), max(lines - 1, 0) if path.suffix == ".csv" else 0)


def write_report(made: Recommendation, out: Path) -> None:
    """Write the folder anew, beside and then renamed; what a former run wrote there is replaced, other files are kept."""
    with unfinished(out.absolute().parent, out.absolute().name) as draft:
        (draft / JSON).write_text(to_json(made), encoding="utf-8")
        write_tables(made, draft)
        (draft / HTML).write_text(pages.design_report(made, version=__version__), encoding="utf-8")
        out.mkdir(parents=True, exist_ok=True)
        for file in sorted(draft.iterdir()):
            file.replace(out / file.name)


def report_again(folder: Path) -> Recommendation:
    """Write tables and page of a folder from its JSON."""
    made = read_recommendation(folder / JSON)
    write_report(made, folder)
    return made


def publish(folder: Path, place: Root | Hub | Node) -> Path:
    """Show a recommendation on the portal of a place: its JSON is copied there and the deed written in the ledger."""
    made = read_recommendation(folder / JSON)
    home = place.hub if isinstance(place, Root) else place
    text, path = to_json(made), home.folder / PUBLISHED
    details = {"recommendation": digest({"text": text})}
    with home.ledger.deed(Deed.DESIGN_PUBLISHED, home.name, actor=home.settings.actor, time=home.now, details=details):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.unfinished")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    return path


def published(folder: Path) -> Recommendation:
    """The recommendation shown by an installation. Raises NotFound where it shows none."""
    if not (folder / PUBLISHED).is_file():
        raise NotFound("no design is shown here", remedy="run `goe design report FOLDER --publish`")
    return read_recommendation(folder / PUBLISHED)
