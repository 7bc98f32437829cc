"""Commands about the cohort that is wanted: how many people, whom, and what each alternative costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from goe.cli.options import HERE, Country, Dir, Json, Output, print_json, print_table, say, write_rows
from goe.errors import BadInput
from goe.rules.words import NATIONS, nation

app = typer.Typer(help="Cohort design: how many, whom, and at what price.", no_args_is_help=True)

_NOT_IN_THE_UNION = ("CH", "GB", "IS", "LI", "NO")
Nations = Annotated[str, typer.Option("--nations", help="Codes with commas between, or EU for its 27 members.")]
Population = Annotated[
    list[Path], typer.Option("--population", help="Census tables, CSV or Parquet.", show_default="United Nations")
]
Probability = Annotated[float, typer.Option("--probability", min=0.5, max=0.9999, help="Of detection, in every floor.")]


@app.command("recommend")
def recommend(
    out: Annotated[Path, typer.Option("--out", help="Folder of the report.")],
    nations: Nations = "EU",
    total: Annotated[int, typer.Option("--total", min=1, help="Genomes to divide.")] = 500_000,
    population: Population = [],  # noqa: B006
    subgroups: Annotated[
        str, typer.Option("--subgroups", help="Table of minorities; `example` for the invented one.", show_default="none")
    ] = "",
    requirements: Annotated[Path | None, typer.Option("--requirements", help="Table of minima and maxima.")] = None,
    costs: Annotated[Path | None, typer.Option("--costs", help="Table of prices by country and stage.")] = None,
    curve: Annotated[list[Path], typer.Option("--curve", help="What `goe design curve --json` printed.")] = [],  # noqa: B006
    exponent: Annotated[float, typer.Option("--exponent", min=0, max=1, help="1: in proportion; 0: all the same.")] = 0.7,
    group_exponent: Annotated[
        float, typer.Option("--group-exponent", min=0, max=1, help="Likewise between groups of origin in a country.")
    ] = 0.5,
    rare: Annotated[
        float, typer.Option("--rare", min=1e-5, max=0.5, help="Frequency of the allele that each country should see.")
    ] = 0.001,
    part: Annotated[
        float, typer.Option("--part", min=1e-5, max=0.5, help="Frequency of the allele for regions and minorities.")
    ] = 0.01,
    probability: Probability = 0.95,
    sensitivity: Annotated[float, typer.Option("--sensitivity", min=0.5, max=1, help="Of calling a heterozygote.")] = 0.99,
    inbreeding: Annotated[float, typer.Option("--inbreeding", min=0, max=0.5, help="Wright's F.")] = 0.0,
    subgroup_minimum: Annotated[
        int, typer.Option("--subgroup-minimum", min=0, help="Least people of a subgroup in all countries.")
    ] = 1000,
    from_age: Annotated[int, typer.Option("--from-age", min=0, max=100, help="Youngest age.")] = 18,
    euro: Annotated[float, typer.Option("--euro", min=1, help="Euro per genome, where --costs says nothing.")] = 445.0,
    json: Json = False,
) -> None:
    """Recommend size and composition, and write the report: JSON, tables, and a page that needs nothing else."""
    from goe.acts.design_curve import read_curves
    from goe.acts.design_recommend import Brief
    from goe.acts.design_report import HTML, JSON, SHIPPED, design, write_report
    from goe.pages.design import chance, euro as in_euro

    brief = Brief(
        total=total, exponent=exponent, group_exponent=group_exponent, country_frequency=rare, part_frequency=part,
        probability=probability, sensitivity=sensitivity, inbreeding=inbreeding, subgroup_minimum=subgroup_minimum,
        from_age=from_age, genome_eur=euro,
    )  # fmt: skip
    table = SHIPPED / "subgroups_example.csv" if subgroups == "example" else Path(subgroups) if subgroups else None
    made = design(
        _nations(nations), brief, population=population, subgroups=table, requirements=requirements, costs=costs,
        curves=read_curves(curve),
    )  # fmt: skip
    write_report(made, out)
    rows = [
        {"country": c.country, "n": c.n, "proportional": c.proportional, "floor": c.floor,
         "sees_0.1%": chance(c.detection["0.001"]), "cost_eur": round(c.cost),
         "binding": "; ".join(f"{b.constraint}, by {b.by}" for b in c.binding)}
        for c in made.countries
    ]  # fmt: skip
    if json:
        typer.echo((out / JSON).read_text(encoding="utf-8"), nl=False)
    else:
        print_table(rows, numbers=frozenset(rows[0]) - {"country", "binding"})
    for note in made.notes:
        say(note)
    say(f"{made.total} genomes, {in_euro(made.cost)}; the floors alone need {made.least_total}. Report: {out / HTML}")


@app.command("report")
def report(
    folder: Annotated[Path, typer.Argument(help="Folder that `recommend` wrote.")],
    publish: Annotated[bool, typer.Option("--publish", help="Show it on the portal of --dir.")] = False,
    directory: Dir = HERE,
    country: Country = None,
) -> None:
    """Write the tables and the page of a recommendation again from its JSON, and show it on the portal if asked."""
    from goe.acts.design_report import HTML, report_again
    from goe.acts.design_report import publish as publish_design
    from goe.acts.setting import open_node, open_place

    report_again(folder)
    say(f"Report: {folder / HTML}")
    if publish:
        place = open_node(directory, country) if country else open_place(directory)
        say(f"Shown on the portal at /design: {publish_design(folder, place)}")


def _nations(text: str) -> tuple[str, ...]:
    """The codes of a list, each once, or of the European Union. Raises BadInput for another word."""
    if text.strip().upper() == "EU":
        return tuple(code for code in NATIONS if code not in _NOT_IN_THE_UNION)
    try:
        return tuple(dict.fromkeys(nation(part) for part in text.split(",")))
    except ValueError as error:
        raise BadInput(str(error), where="--nations") from None
