"""Commands about the cohort that is wanted: how many people, whom, and what each alternative costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from goe.cli.options import HERE, AssemblyOption, Country, Dir, Json, Output, print_json, print_table, say, write_rows
from goe.errors import BadInput
from goe.rules.words import NATIONS, Assembly, nation

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
    strata: Annotated[
        Path | None, typer.Option("--strata", help="What `goe design strata --json` printed: regions that are one stratum.")
    ] = None,
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
        int | None,
        typer.Option(
            "--subgroup-minimum",
            min=0,
            help="Least people of a subgroup in all countries.",
            show_default="1000, or 0 for one nation",
        ),
    ] = None,
    from_age: Annotated[int, typer.Option("--from-age", min=0, max=100, help="Youngest age.")] = 18,
    euro: Annotated[float, typer.Option("--euro", min=1, help="Euro per genome, where --costs says nothing.")] = 445.0,
    json: Json = False,
) -> None:
    """Recommend size and composition, and write the report: JSON, tables, and a page that needs nothing else."""
    from goe.acts.design_curve import read_curves
    from goe.acts.design_floors import Brief
    from goe.acts.design_report import HTML, JSON, design, example_subgroups, write_report
    from goe.pages.design import chance
    from goe.pages.design import euro as in_euro

    chosen = _nations(nations)
    least = subgroup_minimum if subgroup_minimum is not None else 1000 if len(chosen) > 1 else 0
    brief = Brief(
        total=total, exponent=exponent, group_exponent=group_exponent, country_frequency=rare, part_frequency=part,
        probability=probability, sensitivity=sensitivity, inbreeding=inbreeding, subgroup_minimum=least,
        from_age=from_age, genome_eur=euro,
    )  # fmt: skip
    table = example_subgroups() if subgroups == "example" else Path(subgroups) if subgroups else None
    made = design(
        chosen, brief, population=population, subgroups=table, requirements=requirements, costs=costs, strata=strata,
        curves=read_curves(curve),
    )  # fmt: skip
    write_report(made, out)
    rows = [
        {"country": c.country, "n": c.n, "proportional": c.proportional, "floor": c.floor,
         "sees_0.1%": _plain(chance(c.detection["0.001"])), "cost_eur": round(c.cost),
         "binding": "; ".join(f"{b.constraint}, by {b.by}" for b in c.binding)}
        for c in made.countries
    ]  # fmt: skip
    if json:
        typer.echo((out / JSON).read_text(encoding="utf-8"), nl=False)
    else:
        print_table(rows, numbers=frozenset(rows[0]) - {"country", "binding"})
    for note in made.notes:
        say(note)
    say(f"{made.total} genomes, {_plain(in_euro(made.cost))}; the floors alone need {made.least_total}. Report: {out / HTML}")


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


@app.command("published")
def published(
    floor: Annotated[
        int | None, typer.Option("--floor", min=0, help="Least people of a country.", show_default="0.1 % at 95 %")
    ] = None,
    exponent: Annotated[float, typer.Option("--exponent", min=0, max=1, help="1: in proportion; 0: all the same.")] = 1.0,
    sensitivity: Annotated[float, typer.Option("--sensitivity", min=0.5, max=1, help="Of calling a heterozygote.")] = 1.0,
    json: Json = False,
) -> None:
    """Show the published allocation of Genome of Europe, and what a floor inside the same total would do."""
    from goe.acts.design_published import published as published_allocation

    found = published_allocation(floor=floor, exponent=exponent, sensitivity=sensitivity)
    if json:
        print_json({**vars(found), "rows": list(found.rows)})
    else:
        print_table(_short(found.rows), numbers=frozenset(found.rows[0]) - {"country"})
    say(
        f"{found.total} genomes in {len(found.rows)} countries; log-log slope on inhabitants {found.slope:.2f}, "
        f"r {found.correlation:.3f}; "
        f"floor {found.floor}."
    )


@app.command("curve")
def curve(
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    by: Annotated[str, typer.Option("--by", help="Also a curve for each nation or region.")] = "nation",
    spectrum: Annotated[Path | None, typer.Option("--spectrum", help="Site-frequency spectra, instead of a node.")] = None,
    people: Annotated[str, typer.Option("--people", help="Numbers of people, with commas.", show_default="to 20 pilots")] = "",
    false_singletons: Annotated[
        float, typer.Option("--false-singletons", min=0, max=0.99, help="Share of singletons that are errors.")
    ] = 0.0,
    json: Json = False,
    output: Output = None,
) -> None:
    """Draw the discovery curve of a pilot: variants among more people, exactly within it and estimated beyond."""
    from goe.acts import design_curve
    from goe.acts.design_pilot import pilot, related_pairs
    from goe.acts.setting import open_node, open_place

    asked = _whole_numbers(people)
    if spectrum:
        curves = [
            design_curve.curve_of_spectrum(s, asked, stratum=name, false_singletons=false_singletons)
            for name, s in design_curve.read_spectrum(spectrum).items()
        ]
    else:
        place = open_node(directory, country) if country else open_place(directory)
        which = _assembly(place, assembly)
        found, pairs = pilot(place, which, by=by), related_pairs(place, which)
        curves = design_curve.curves_of(found, asked, false_singletons=false_singletons, relatives=pairs)
        if len(found.groups) > 1:
            say(
                f"All {len(found.groups)} groups together show {design_curve.union(found):.0f} variants, by their joint counts."
            )
    rows = [row for c in curves for row in design_curve.curve_rows(c)]
    if output:
        write_rows(rows, output)
    elif json:
        print_json([design_curve.as_json(c) for c in curves])
    else:
        print_table(rows, numbers=frozenset({"people", "expected", "low", "high"}))
    for c in curves:
        for warning in c.warnings:
            say(f"{c.stratum}: {warning}" if c.stratum else warning)


@app.command("strata")
def strata(
    directory: Dir = HERE,
    country: Country = None,
    assembly: AssemblyOption = None,
    by: Annotated[str, typer.Option("--by", help="Compare nations or regions.")] = "nation",
    neighbours: Annotated[Path | None, typer.Option("--neighbours", help="Pairs of groups that touch, two columns.")] = None,
    axes: Annotated[bool, typer.Option("--axes", help="Also each nation's place on two principal axes.")] = False,
    json: Json = False,
    output: Output = None,
) -> None:
    """Compare groups by F_ST, and merge neighbours only where genetics allows."""
    from goe.acts.design_curve import axes_of, strata_of
    from goe.acts.design_pilot import pilot
    from goe.acts.design_report import read_neighbours
    from goe.acts.setting import open_node, open_place

    place = open_node(directory, country) if country else open_place(directory)
    which = _assembly(place, assembly)
    found = strata_of(pilot(place, which, by=by, structure=True), read_neighbours(neighbours) if neighbours else None)
    places = list(axes_of(place, which)) if axes else []
    if output:
        write_rows(found.pairs, output)
    elif json:
        print_json({**vars(found), "pairs": list(found.pairs), "axes": places})
    else:
        print_table(found.pairs, numbers=frozenset({"fst", "error", "z"}))
        if places:
            print_table(places, numbers=frozenset(places[0]) - {"group"})
    for stratum in found.strata:
        say(f"One stratum: {', '.join(stratum)}.")
    for note in found.notes:
        say(note)


@app.command("select")
def select(
    biobank: Annotated[Path, typer.Argument(help="biobank.csv: who could be asked.")],
    design: Annotated[Path, typer.Option("--design", help="Folder that `recommend` wrote.")],
    country: Annotated[str, typer.Option("--country", help="The nation's code.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the selection.")],
    number: Annotated[int | None, typer.Option("--number", min=1, help="People to choose.", show_default="as planned")] = None,
    kinship: Annotated[Path | None, typer.Option("--kinship", help="Pairs of relatives.")] = None,
    carriers: Annotated[Path | None, typer.Option("--carriers", help="Rare variants that people carry.")] = None,
    requirements: Annotated[Path | None, typer.Option("--requirements", help="Minima that must hold.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the draw; kept with the result.")] = 1,
    random_share: Annotated[
        float, typer.Option("--random-share", min=0, max=1, help="Drawn by chance, with --carriers.")
    ] = 0.8,
    above: Annotated[float, typer.Option("--above", min=0.01, max=0.5, help="Kinship of two who are not both kept.")] = 0.0884,
    dna_ug: Annotated[float, typer.Option("--dna-ug", min=0, help="Least DNA.")] = 0.0,
    din: Annotated[float, typer.Option("--din", min=0, max=10, help="Least DNA integrity number.")] = 0.0,
    json: Json = False,
) -> None:
    """Choose whom to ask from a biobank: by quota, unrelated, by chance, with the chance of each published."""
    from goe.acts.design_folders import Asked, write_selection

    found = write_selection(
        out,
        Asked(biobank, design, country, number, kinship, carriers, requirements),
        seed=seed, random_share=random_share, kinship=above, least_dna_ug=dna_ug, least_din=din,
    )  # fmt: skip
    if json:
        print_json(found)
    else:
        print_table(found["quotas"], numbers=frozenset({"wanted", "got", "available"}))
    for sentence in found["missed"]:
        say(sentence)
    for reason, people in found["left_out"].items():
        say(f"{people} left out: {reason}.")
    say(
        f"{found['chosen']} people chosen, {found['by_chance']} by chance with seed {seed}; "
        f"{sum(found['relatives_left_out'].values())} relatives left out. Whom: {out / 'selection.csv'}"
    )


@app.command("weigh")
def weigh(
    cohort: Annotated[Path, typer.Argument(help="cohort.csv: who takes part.")],
    country: Annotated[str, typer.Option("--country", help="The nation's code.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of weights and comparison.")],
    population: Population = [],  # noqa: B006
    subgroups: Annotated[Path | None, typer.Option("--subgroups", help="Table of minorities.")] = None,
    following: Annotated[int, typer.Option("--next", min=1, help="Of whom the next so many should be.")] = 1000,
    from_age: Annotated[int, typer.Option("--from-age", min=0, max=100, help="Youngest age.")] = 18,
    floor: Annotated[int, typer.Option("--floor", min=0, help="Strata of fewer people are not shown.")] = 10,
    json: Json = False,
) -> None:
    """Weigh a cohort to its census, say how representative it is, and of whom the next people should be."""
    from goe.acts.design_folders import write_weights

    found = write_weights(
        out, cohort, country, population=population, subgroups=subgroups, following=following, from_age=from_age, floor=floor
    )
    if json:
        print_json(found)
    else:
        print_table(found["rows"], numbers=frozenset({"people", "census_share", "ratio", "low", "high", "difference"}))
    s = found["summary"]
    say(
        f"{s['people']} people: {100 * s['coverage']:.1f} % of the population is covered; CV {s['cv']:.2f}; design effect "
        f"{s['design_effect']:.2f}, as good as {s['effective_people']:.0f} people with equal weights."
    )
    largest = sorted(found["next_people"].items(), key=lambda item: -item[1])[:8]
    say(f"The next {following} should be: " + ", ".join(f"{n} {name}" for name, n in largest) + ".")
    for note in found["notes"]:
        say(note)


@app.command("template")
def template(
    table: Annotated[
        str,
        typer.Argument(
            help="population, subgroups, requirements, costs, biobank, kinship, carriers, cohort, neighbours or spectrum."
        ),
    ],
) -> None:
    """Print the heading of a table and what its columns hold."""
    from goe.acts.design_folders import TEMPLATES

    if table not in TEMPLATES:
        raise BadInput(f"there is no table {table!r}", expected=", ".join(TEMPLATES))
    typer.echo(",".join(TEMPLATES[table]))
    for column, meaning in TEMPLATES[table].items():
        say(f"{column}: {meaning}")


def _assembly(place: Any, assembly: Assembly | None) -> Assembly:
    """The assembly asked for, or the only one there is."""
    from goe.acts.design_pilot import nodes_of

    there = sorted({b.assembly for node in nodes_of(place) for b in node.genomes.batches()})
    if assembly is None and len(there) != 1:
        raise BadInput(f"there are batches of {' and '.join(there) or 'no assembly'}", expected="--assembly")
    return assembly or there[0]


def _whole_numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise BadInput(f"found {text!r}", expected="whole numbers with commas between", where="--people")
    return [int(part) for part in parts]


def _short(rows: Any) -> list[dict[str, Any]]:
    """Rows with three figures after the point."""
    return [{name: round(v, 3) if isinstance(v, float) else v for name, v in row.items()} for row in rows]


def _plain(text: str) -> str:
    """With ordinary spaces, for a terminal."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")
