"""A cohort from the census to the report, and what is wrong with its tables said so that it can be mended."""

from __future__ import annotations

import csv
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from setting import GOE, REPOSITORY, Said

from goe.acts.design_census import censuses
from goe.acts.design_curve import curve_of_spectrum
from goe.acts.design_floors import Brief
from goe.acts.design_pilot import related_pairs
from goe.acts.design_recommend import recommend
from goe.acts.setting import Root
from goe.rules.census import CensusRow, Subgroup
from goe.rules.design import Recommendation
from goe.rules.words import NATIONS, Assembly
from goe.store.formats.design_tables import SHIPPED, read_population, read_subgroups
from goe.store.formats.recommendation import read_recommendation, to_json

Goe = Callable[..., Said]
UNION = tuple(code for code in NATIONS if code not in ("CH", "GB", "IS", "LI", "NO"))
POPULATION = "country,nuts,nuts_version,sex,age_band,birth_group,n,ref_date,source"
BIOBANK = "pseudo_id,nuts,sex,year_birth,birth_group,consent_1mg,dna_ug,dna_din,health_flag"


def table(path: Path, heading: str, *rows: str) -> Path:
    path.write_text("\n".join([heading, *rows]) + "\n")
    return path


@pytest.fixture(scope="module")
def europe() -> Recommendation:
    """The default: the Union from the United Nations' tables, 500,000, with the example's minorities."""
    rows = [r for r in read_population(SHIPPED / "population.csv") if r.country in UNION]
    return recommend(censuses(rows, read_subgroups(SHIPPED / "subgroups_example.csv")), Brief())


def test_recommendation__sums_exactly_at_every_level(europe: Recommendation) -> None:
    of = {c.country: c.n for c in europe.countries}
    assert len(of) == 27 and sum(of.values()) == 500_000
    for code, n in of.items():
        assert sum(s.n for s in europe.strata if s.country == code) == n
        groups = [p.n for p in europe.parts if p.country == code and p.kind == "group"]
        assert not groups or sum(groups) == n


def test_recommendation__floors_hold_and_say_why(europe: Recommendation) -> None:
    assert all(c.n >= c.floor >= 1513 for c in europe.countries)
    assert all(p.n >= p.floor for p in europe.parts)
    for group in europe.subgroups:
        assert group.n >= min(1000, group.people) or group.subgroup == "Example minority F"
    small = next(s for s in europe.subgroups if s.subgroup == "Example minority F")
    assert small.n == 300 and small.binding[0].wants == 300
    assert any("300 people are available" in note for note in europe.notes)


def test_recommendation__in_proportion_three_countries_would_fall_below_the_floor(europe: Recommendation) -> None:
    """The numbers of the plan: Malta about 614, Luxembourg 772, Estonia 1,483."""
    below = {c.country: c.proportional for c in europe.countries if c.proportional < 1513}
    assert below == {"MT": 614, "LU": 772, "EE": 1483}
    assert any("EE (1483), LU (772), MT (614)" in note for note in europe.notes)


def test_recommendation__says_which_floor_binds_and_by_how_much() -> None:
    rows = [r for r in read_population(SHIPPED / "population.csv") if r.country in UNION]
    made = recommend(censuses(rows), Brief(exponent=1.0))
    bound = {c.country: c.binding[0].by for c in made.countries if c.binding}
    assert bound == pytest.approx({"MT": 1513 - 614, "LU": 1513 - 772, "EE": 1513 - 1483}, abs=5), (
        "the others' floors cost a few"
    )


def test_recommendation__sex_and_age_follow_the_census(europe: Recommendation) -> None:
    germany = [s for s in europe.strata if s.country == "DE"]
    n, people = sum(s.n for s in germany), sum(s.people for s in germany)
    for sex in "FM":
        share = sum(s.people for s in germany if s.sex == sex) / people
        assert sum(s.n for s in germany if s.sex == sex) / n == pytest.approx(share, abs=0.01)


def test_choices__more_people_never_see_less_and_the_chosen_one_is_among_them(europe: Recommendation) -> None:
    by_exponent: dict[float, list[float]] = {}
    for c in europe.choices:
        if c.total >= europe.least_total:
            by_exponent.setdefault(c.exponent, []).append(c.worst_detection)
    assert all(np.all(np.diff(seen) >= -1e-12) for seen in by_exponent.values())
    assert any(c.total == 500_000 and c.exponent == 0.7 and c.efficient for c in europe.choices)


def test_recommendation__file_reads_back_the_same(europe: Recommendation, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(to_json(europe))
    assert to_json(read_recommendation(path)) == to_json(europe)
    raw = json.loads(path.read_text())
    assert {"total", "countries", "strata", "assumptions"} <= raw.keys()
    assert {"country", "n", "proportional", "floor", "binding", "detection", "cost"} <= raw["countries"][0].keys()
    assert set(raw["countries"][0]["detection"]) == {"0.01", "0.005", "0.001"}


def test_recommend__writes_a_folder_that_needs_nothing_else(goe: Goe, tmp_path: Path) -> None:
    out = tmp_path / "made"
    said = goe("design", "recommend", "--out", out, "--subgroups", "example")
    assert said.code == 0 and "500000 genomes" in said.err
    first = {p.name: p.read_bytes() for p in out.iterdir()}
    assert {"recommendation.json", "report.html", "countries.csv", "composition.csv"} <= first.keys()
    page = first["report.html"].decode()
    assert "src=" not in page and "http" not in page.replace("http-equiv", "") and "<script" not in page
    assert "Malta" in page and "invented example" in page and "CC BY 3.0 IGO" in page
    assert goe("design", "recommend", "--out", out, "--subgroups", "example").code == 0
    assert {p.name: p.read_bytes() for p in out.iterdir()} == first, "running it again changes nothing"


def test_recommend__prices_by_stage(goe: Goe, tmp_path: Path) -> None:
    """100 euro to sample, of whom 80 % go on to be sequenced for 200: 325 euro for each genome, 50 a week."""
    costs = table(
        tmp_path / "c.csv", "country,stage,unit_eur,yield,capacity_week", "MT,sampling,100,0.8,50", "MT,sequencing,200,,"
    )
    goe("design", "recommend", "--nations", "MT", "--total", 2000, "--costs", costs, "--out", tmp_path / "o")
    malta = json.loads((tmp_path / "o" / "recommendation.json").read_text())["countries"][0]
    assert malta["cost"] == pytest.approx(2000 * (100 / 0.8 + 200)) and malta["weeks"] == pytest.approx(2000 / 0.8 / 50)


REGIONS = ("FI,FI19,2024,F,,,600000,2026,x", "FI,FI19,2024,M,,,600000,2026,x", "FI,FI1B,2024,F,,,800000,2026,x",
           "FI,FI1B,2024,M,,,800000,2026,x")  # fmt: skip
BAD_CENSUS = {
    "margins that disagree": ((*REGIONS, "FI,,,,Y20+,,3000000,2026,x"), "2800000 by region x sex", "own ref_date"),
    "a negative cell": (("FI,,,F,,,-5,2026,x",), "row 2, column n: expected a number from 0", "correct"),
    "a missing cell": (("FI,,,F,,,,2026,x",), "the number is missing; write 0", "correct"),
    "an unknown NUTS version": (("FI,FI19,2013,F,,,5,2026,x",), "column nuts_version: expected 2016, 2021, 2024", "correct"),
    "a region of another country": (("FI,SE11,2024,F,,,5,2026,x",), "expected a region of the row's country", "correct"),
    "two sets of age bands": (
        ("FI,,,F,Y20-39,,10,2026,x", "FI,,,F,Y40+,,10,2026,x", "FI,,,,Y20+,,20,2026,x"),
        "do not have the same age bands", "one set of labels",
    ),
    "nobody": (("FI,,,F,,,0,2026,x",), "no inhabitants", "leave the country out"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_CENSUS)
def test_bad_census__is_named_and_nothing_is_written(case: str, goe: Goe, tmp_path: Path) -> None:
    rows, found, remedy = BAD_CENSUS[case]
    census = table(tmp_path / "p.csv", POPULATION, *rows)
    said = goe("design", "recommend", "--nations", "FI", "--total", 5000, "--population", census, "--out", tmp_path / "o")
    assert said.code == 1 and found in said.err and remedy in said.err
    assert not (tmp_path / "o").exists()


ASKED = {
    "a floor above what is available": ("FI,FI19,,9000000,,pride", "above the 1200000 people available", "lower the minimum"),
    "floors above the total": ("FI,FI19,,6000,,pride", "the floors need 6", "raise --total to"),
    "a region that is not there": ("FI,FI20,,10,,why", "'FI20' in FI; expected FI19, FI1B", ""),
    "a group where there are none": ("FI,,Sami,10,,why", "the dimension was not supplied", ""),
    "no reason": ("FI,FI19,,10,,", "column reason", ""),
    "a maximum below the minimum": ("FI,FI19,,10,5,why", "below the minimum", ""),
}


@pytest.mark.parametrize("case", ASKED)
def test_impossible_requirement__is_explained_by_how_much(case: str, goe: Goe, tmp_path: Path) -> None:
    row, found, remedy = ASKED[case]
    census = table(tmp_path / "p.csv", POPULATION, *REGIONS)
    asked = table(tmp_path / "r.csv", "country,nuts,group,minimum,maximum,reason", row)
    said = goe("design", "recommend", "--nations", "FI", "--total", 5000, "--population", census, "--requirements", asked,
               "--out", tmp_path / "o")  # fmt: skip
    assert said.code == 1 and found in said.err and remedy in said.err


def test_requirement__binds_and_its_reason_stands_in_the_report(goe: Goe, tmp_path: Path) -> None:
    census = table(tmp_path / "p.csv", POPULATION, *REGIONS)
    asked = table(tmp_path / "r.csv", "country,nuts,group,minimum,maximum,reason", "FI,FI19,,3000,,a founder population")
    goe("design", "recommend", "--nations", "FI", "--total", 5000, "--population", census, "--requirements", asked,
        "--out", tmp_path / "o")  # fmt: skip
    made = read_recommendation(tmp_path / "o" / "recommendation.json")
    part = next(p for p in made.parts if p.name == "FI19")
    assert part.n == 3000 and part.binding[0].reason == "a founder population" and part.binding[0].by == 3000 - 2143


def test_margins__are_joined_by_fitting_and_the_cells_flagged(tmp_path: Path) -> None:
    """Two margins of the same people: the joint table is their product where nothing says otherwise, and is called modelled."""
    census = table(tmp_path / "p.csv", POPULATION, "FI,FI19,2024,,,,300,2026,x", "FI,FI1B,2024,,,,700,2026,x",
                   "FI,,,F,,,600,2026,x", "FI,,,M,,,400,2026,x")  # fmt: skip
    found = censuses(read_population(census))["FI"]
    assert found.modelled and found.people[:, 0, :, 0].round(6).tolist() == [[180, 120], [420, 280]]
    assert found.not_supplied == ("group", "age_band")


def test_strata__that_genetics_merges_share_one_floor(goe: Goe, tmp_path: Path) -> None:
    census = table(tmp_path / "p.csv", POPULATION, *REGIONS, "FI,FI1C,2024,F,,,100,2026,x", "FI,FI1C,2024,M,,,900,2026,x")
    strata = tmp_path / "s.json"
    strata.write_text('{"strata": [["FI1C", "FI19"], ["FI1B"]]}')
    said = ("design", "recommend", "--nations", "FI", "--total", 2000, "--population", census)
    assert goe(*said, "--strata", strata, "--out", tmp_path / "o").code == 0
    made = read_recommendation(tmp_path / "o" / "recommendation.json")
    assert {p.name for p in made.parts} == {"FI19+FI1C", "FI1B"}
    assert goe(*said, "--out", tmp_path / "o").code == 0
    small = next(p for p in read_recommendation(tmp_path / "o" / "recommendation.json").parts if p.name == "FI1C")
    assert small.n == 151 == small.binding[0].wants, "on its own it needs its own floor"
    bank = biobank(tmp_path / "b.csv", 900, ("FI19", "FI1C", "FI1B"))
    goe(*said, "--strata", strata, "--out", tmp_path / "o")
    found = goe(
        "design", "select", bank, "--design", tmp_path / "o", "--country", "FI", "--number", 100, "--out", tmp_path / "x"
    )
    assert found.code == 0 and "FI19+FI1C" in found.out
    strata.write_text('{"strata": [["FI99", "FI19"]]}')
    assert "no region FI99" in goe(*said, "--strata", strata, "--out", tmp_path / "o").err


def test_forty_subgroups__over_27_countries_get_their_minimum() -> None:
    """Ten regions in each country; every subgroup has 1,000 people in all, and each floor of a country holds."""
    random = np.random.default_rng(3)
    rows, groups = [], []
    for code in UNION:
        size = int(400_000 * (1 + random.pareto(1.2)))
        rows += [CensusRow(code, f"{code}{r}", "", "", "", size / 10, "2026", "x") for r in range(10)]
        held = random.choice(40, 12, replace=False)
        groups += [Subgroup(code, f"group {g}", size * random.uniform(1e-4, 8e-3), 10**9, "x") for g in held]
    made = recommend(censuses(rows, groups), Brief())
    assert sum(c.n for c in made.countries) == 500_000
    assert all(s.n >= min(1000, s.people - 27) for s in made.subgroups)
    assert all(p.n >= p.floor for p in made.parts) and all(c.n >= c.floor for c in made.countries)


# The biobank


@pytest.fixture
def planned(goe: Goe, tmp_path: Path) -> Path:
    """A plan of 2,000 for two regions of Finland."""
    census = table(tmp_path / "p.csv", POPULATION, *REGIONS)
    goe("design", "recommend", "--nations", "FI", "--total", 2000, "--population", census, "--out", tmp_path / "plan")
    return tmp_path / "plan"


def biobank(path: Path, people: int, regions: tuple[str, ...] = ("FI19", "FI1B")) -> Path:
    rows = [f"P{i},{regions[i % len(regions)]},{'FM'[i // 2 % 2]},{1950 + i % 50},,yes,2,7,population" for i in range(people)]
    rows += [
        "X1,FI19,F,1980,,no,2,7,population",
        "X2,FI19,F,1980,,yes,2,7,clinical:ORPHA:558",
        "X3,FI20,F,1980,,yes,2,7,population",
    ]
    return table(path, BIOBANK, *rows)


def chosen(folder: Path) -> list[dict[str, str]]:
    with (folder / "selection.csv").open() as file:
        return list(csv.DictReader(file))


def test_select__meets_the_quotas_leaves_relatives_out_and_publishes_chances(goe: Goe, planned: Path, tmp_path: Path) -> None:
    pairs = table(tmp_path / "k.csv", "id1,id2,kinship", "P0,P4,0.25", "P4,P8,0.25", "P1,P5,0.05")
    said = goe("design", "select", biobank(tmp_path / "b.csv", 1200), "--design", planned, "--country", "FI", "--number", 200,
               "--kinship", pairs, "--out", tmp_path / "s", "--json")  # fmt: skip
    assert said.code == 0
    told, people = json.loads(said.out), chosen(tmp_path / "s")
    assert len({p["pseudo_id"] for p in people}) == 200
    assert all(q["wanted"] == q["got"] for q in told["quotas"])
    assert not {"P4", "X1", "X2", "X3"} & {p["pseudo_id"] for p in people}
    assert sum(told["relatives_left_out"].values()) == 1, (
        "of P0, P4 and P8 the middle one; P1 and P5 are too far apart to matter"
    )
    assert set(told["left_out"].values()) == {1} and len(told["left_out"]) == 3
    weight = sum(1 / float(p["chance"]) for p in people)
    assert weight == pytest.approx(1199, rel=0.02), "the inverse chances add up to who could be chosen"
    assert "P0" not in said.err + said.out


def test_select__the_same_seed_chooses_the_same_people(goe: Goe, planned: Path, tmp_path: Path) -> None:
    bank = biobank(tmp_path / "b.csv", 1200)
    said = [("a", 7), ("b", 7), ("c", 8)]
    for name, seed in said:
        goe(
            "design",
            "select",
            bank,
            "--design",
            planned,
            "--country",
            "FI",
            "--number",
            200,
            "--seed",
            seed,
            "--out",
            tmp_path / name,
        )
    first, again, other = (chosen(tmp_path / name) for name, _ in said)
    assert first == again != other


def test_select__picks_carriers_for_coverage_and_gives_them_no_chance(goe: Goe, planned: Path, tmp_path: Path) -> None:
    carriers = table(tmp_path / "v.csv", "pseudo_id,variant", *(f"P{i},v{i}" for i in range(0, 1200, 3)))
    goe("design", "select", biobank(tmp_path / "b.csv", 1200), "--design", planned, "--country", "FI", "--number", 200,
        "--carriers", carriers, "--random-share", 0.75, "--out", tmp_path / "s")  # fmt: skip
    people = chosen(tmp_path / "s")
    picked = [p for p in people if p["drawn"] == "for coverage"]
    assert len(picked) == pytest.approx(50, abs=3) and all(p["chance"] == "" for p in picked)
    assert all(int(p["pseudo_id"][1:]) % 3 == 0 for p in picked), "each adds a variant"


def test_select__a_region_nobody_belongs_to_is_named(goe: Goe, planned: Path, tmp_path: Path) -> None:
    said = goe("design", "select", biobank(tmp_path / "b.csv", 900, ("FI19",)), "--design", planned, "--country", "FI",
               "--number", 100, "--out", tmp_path / "s")  # fmt: skip
    assert said.code == 0 and "region FI1B: 57 wanted, nobody in the biobank who can be asked belongs to it" in said.err


def test_select__a_floor_that_cannot_be_met_says_by_how_much(goe: Goe, planned: Path, tmp_path: Path) -> None:
    asked = table(tmp_path / "r.csv", "country,nuts,group,minimum,maximum,reason", "FI,FI1B,,50,,why")
    said = goe("design", "select", biobank(tmp_path / "b.csv", 900, ("FI19",)), "--design", planned, "--country", "FI",
               "--number", 100, "--requirements", asked, "--out", tmp_path / "s")  # fmt: skip
    assert said.code == 1 and "FI1B needs 50, 0 can be asked" in said.err and not (tmp_path / "s").exists()


def test_select__too_few_people_and_bad_rows(goe: Goe, planned: Path, tmp_path: Path) -> None:
    said = goe(
        "design", "select", biobank(tmp_path / "b.csv", 50), "--design", planned, "--country", "FI", "--out", tmp_path / "s"
    )
    assert said.code == 1 and "50 people can be asked and are unrelated, 2000 are wanted" in said.err
    bad = table(tmp_path / "c.csv", BIOBANK, "Secret,FI19,X,19,,maybe,2,7,ill")
    said = goe("design", "select", bad, "--design", planned, "--country", "FI", "--out", tmp_path / "s")
    assert said.code == 1 and "row 2, column sex" in said.err and "Secret" not in said.err and "maybe" not in said.err


# Weights


def test_weigh__brings_the_margins_back_and_says_who_is_missing(goe: Goe, tmp_path: Path) -> None:
    census = table(tmp_path / "p.csv", POPULATION, "FI,FI19,2024,,,,4000,2026,x", "FI,FI1B,2024,,,,3000,2026,x",
                   "FI,FI1C,2024,,,,2000,2026,x", "FI,FI1D,2024,,,,1000,2026,x")  # fmt: skip
    parts = [("FI19", 400), ("FI1B", 150), ("FI1C", 60), ("FI1D", 10)]
    rows = [f"M{r}{i},{r},,F,40,,by chance" for r, n in parts for i in range(n)] + ["C1,FI1D,,F,40,,for coverage"]
    cohort = table(tmp_path / "c.csv", "member,nuts,group,sex,age,chance,drawn", *rows)
    said = goe(
        "design", "weigh", cohort, "--country", "FI", "--population", census, "--out", tmp_path / "w", "--next", 380, "--json"
    )
    told = json.loads(said.out)
    assert told["summary"]["cv"] == pytest.approx(0.53398, abs=2e-5)
    assert told["summary"]["margins"]["region"]["jensen_shannon_bits"] == pytest.approx(0.06072, abs=5e-6)
    assert told["without_weight"] == 1 and told["summary"]["weights_trimmed"] == 10
    assert told["next_people"] == {"region FI1B": 150, "region FI1C": 140, "region FI1D": 90}, (
        "1,000 in proportion, less those there"
    )
    with (tmp_path / "w" / "weights.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 620
    verdict = {r["label"]: r["verdict"] for r in told["rows"]}
    assert verdict["FI19"] == "above" and verdict["FI1D"] == "below"


def test_weigh__the_r_indicator_is_of_the_invited(goe: Goe, tmp_path: Path) -> None:
    """620 of 10,000 invited people take part, as unequally as in the plan's example."""
    sizes = (("FI19", 400, 4000), ("FI1B", 150, 3000), ("FI1C", 60, 2000), ("FI1D", 10, 1000))
    census = table(tmp_path / "p.csv", POPULATION, *(f"FI,{r},2024,,,,{50 * w},2026,x" for r, _, w in sizes))
    rows = [f"{r}{i},{r},F,40,{'yes' if i < n else 'no'}" for r, n, w in sizes for i in range(w)]
    cohort = table(tmp_path / "c.csv", "member,nuts,sex,age,took_part", *rows)
    said = goe("design", "weigh", cohort, "--country", "FI", "--population", census, "--out", tmp_path / "w", "--json")
    summary = json.loads(said.out)["summary"]
    assert summary["r_indicator"] == pytest.approx(0.93379, abs=5e-6) and summary["people"] == 620


def test_weigh__small_strata_are_not_shown(goe: Goe, tmp_path: Path) -> None:
    census = table(tmp_path / "p.csv", POPULATION, "FI,FI19,2024,,,,4000,2026,x", "FI,FI1B,2024,,,,3000,2026,x")
    rows = [f"M{i},{'FI1B' if i < 7 else 'FI19'},,F,40,," for i in range(90)]
    cohort = table(tmp_path / "c.csv", "member,nuts,group,sex,age,chance,drawn", *rows)
    said = goe("design", "weigh", cohort, "--country", "FI", "--population", census, "--out", tmp_path / "w", "--json")
    row = next(r for r in json.loads(said.out)["rows"] if r["label"] == "FI1B")
    assert row["people"] is None and row["ratio"] is None and row["verdict"] == "suppressed, fewer than 10"


# The pilot


def test_curve__of_the_demonstration_warns_of_its_size_and_feeds_the_report(goe: Goe, demo: Root, tmp_path: Path) -> None:
    said = goe("design", "curve", "--dir", demo.folder, "--assembly", "GRCh37", "--json")
    curves = json.loads(said.out)
    assert [c["stratum"] for c in curves] == ["everybody", "FI", "GB", "ES", "IT"]
    assert "below 500 the curve beyond it is weak" in said.err
    (tmp_path / "c.json").write_text(said.out)
    made = goe(
        "design", "recommend", "--nations", "FI", "--total", 2000, "--curve", tmp_path / "c.json", "--out", tmp_path / "o"
    )
    assert made.code == 0 and "How many variants there are to find" in (tmp_path / "o" / "report.html").read_text()


def test_curve__is_refused_beyond_twenty_pilots(goe: Goe, demo: Root) -> None:
    said = goe("design", "curve", "--dir", demo.folder, "--assembly", "GRCh37", "--people", 100_000)
    assert said.code == 1 and "more than 20 times the pilot" in said.err


def test_curve__says_when_singletons_look_like_errors(goe: Goe, tmp_path: Path) -> None:
    heading = "stratum,chromosomes,copies,variants"
    rows = [f"x,1200,{k},{n}" for k, n in ((1, 9000), (2, 600), (3, 350), (4, 200), (6, 150), (10, 80), (40, 60), (200, 40))]
    spectrum = table(tmp_path / "s.csv", heading, *rows)
    said = goe("design", "curve", "--spectrum", spectrum, "--people", "600,1200")
    assert said.code == 0 and "15.0 singletons to a doubleton" in said.err and "--false-singletons" in said.err
    said = goe("design", "curve", "--spectrum", table(tmp_path / "t.csv", heading, "x,10,10,5"))
    assert said.code == 1 and "row 2, column copies: expected 1 to chromosomes - 1" in said.err


def test_curve__of_a_pilot_with_relatives_says_so() -> None:
    spectrum = np.array([0.0, 900, 300, *([20] * 1197), 0])
    found = curve_of_spectrum(spectrum, [600, 1200], relatives=3)
    assert found.warnings == ("The pilot has 3 pairs of relatives, who share variants; keep one of each pair.",)
    assert "could not be looked for" in curve_of_spectrum(spectrum, [1200], relatives=None).warnings[0]


def test_related_pairs__are_looked_for_only_where_a_batch_spans_the_genome(demo: Root) -> None:
    assert related_pairs(demo, Assembly.GRCh37) is not None
    assert related_pairs(demo, Assembly.GRCh37, most_people=10) is None


def test_strata__nations_stay_apart_and_unsure_regions_are_merged(goe: Goe, demo: Root, tmp_path: Path) -> None:
    said = goe("design", "strata", "--dir", demo.folder, "--assembly", "GRCh37", "--axes", "--json")
    found = json.loads(said.out)
    assert sorted(found["strata"]) == [["ES"], ["FI"], ["GB"], ["IT"]]
    assert all(p["fst"] > 1e-3 and p["z"] > 3 for p in found["pairs"])
    places = {a["group"]: a["axis_1"] for a in found["axes"]}
    assert sorted(places, key=places.__getitem__) in (["IT", "ES", "GB", "FI"], ["FI", "GB", "ES", "IT"])
    beside = table(tmp_path / "n.csv", "first,second", "FI19,FI1C")
    said = goe(
        "design",
        "strata",
        "--dir",
        demo.folder / "FI",
        "--assembly",
        "GRCh37",
        "--by",
        "region",
        "--neighbours",
        beside,
        "--json",
    )
    assert sorted(json.loads(said.out)["strata"]) == [["FI19", "FI1C"], ["FI1B"], ["FI1D"]]


def test_published__the_numbers_of_the_real_programme(goe: Goe) -> None:
    found = json.loads(goe("design", "published", "--json").out)
    assert round(found["slope"], 2) == 0.96 and round(found["correlation"], 3) == 0.998 and found["total"] == 73_689
    seen = {r["country"]: round(r["sees_funded"], 2) for r in found["rows"]}
    assert {code: seen[code] for code in ("CY", "EE", "LV", "DE")} == {"CY": 0.46, "EE": 0.52, "LV": 0.61, "DE": 1.0}
    change = {r["country"]: round(100 * r["change"]) for r in found["rows"]}
    assert (change["DE"], change["FR"], change["IT"]) == (-2, -5, -11)


def test_published__too_high_a_floor_is_refused(goe: Goe) -> None:
    said = goe("design", "published", "--floor", 5000)
    assert said.code == 1 and "6311 people more than there are" in said.err


def test_report__is_shown_on_the_portal_and_written_in_the_ledger(
    goe: Goe, demo: Root, tmp_path: Path, copy_of: Callable[[Path], Path]
) -> None:
    from starlette.testclient import TestClient

    from goe.acts.look_up import Reference
    from goe.acts.setting import open_place
    from goe.web.app import create_app

    folder = copy_of(demo.folder)
    goe("design", "recommend", "--out", tmp_path / "o", "--total", 100_000)
    client = TestClient(create_app(Reference(open_place(folder)), version="0"), base_url="http://localhost")
    assert client.get("/design").status_code == 404
    assert goe("design", "report", tmp_path / "o", "--publish", "--dir", folder).code == 0
    client = TestClient(create_app(Reference(open_place(folder)), version="0"), base_url="http://localhost")
    page = client.get("/design")
    assert page.status_code == 200 and "100\u202f000 genomes for 27 nations" in page.text and "style=" not in page.text
    assert '<a href="/design"' in client.get("/").text
    assert any(row["verb"] == "design:publish" for row in open_place(folder).hub.ledger.rows())  # type: ignore[union-attr]


def test_report__of_a_folder_without_a_recommendation(goe: Goe, tmp_path: Path) -> None:
    said = goe("design", "report", tmp_path)
    assert said.code == 1 and "there is no such file" in said.err
    (tmp_path / "recommendation.json").write_text('{"format": "another"}')
    assert "this is no recommendation" in goe("design", "report", tmp_path).err


@pytest.mark.parametrize(
    "name", ["population", "subgroups", "requirements", "costs", "biobank", "kinship", "carriers", "cohort"]
)
def test_template__is_the_heading_that_is_read(name: str, goe: Goe) -> None:
    said = goe("design", "template", name)
    assert said.code == 0 and all(column in said.err for column in said.out.strip().split(","))
    assert goe("design", "template", "nothing").code == 1


def test_the_walk_in_the_documents__runs_as_it_stands(tmp_path: Path) -> None:
    """Every command and every piece of Python of the page, one after the other, in an empty folder."""
    text = (REPOSITORY / "docs" / "cohort_design.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(sh|python)\n(.*?)```", text, flags=re.DOTALL)
    said = ""
    for kind, block in blocks:
        if kind == "python":
            subprocess.run([sys.executable, "-c", block], cwd=tmp_path, check=True)
        for line in block.strip().splitlines() if kind == "sh" else ():
            command, _, into = line.partition(" > ")
            done = subprocess.run([*GOE, *shlex.split(command)[1:]], cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{line}: {done.stderr}"
            said += done.stderr
            if into:
                (tmp_path / into).write_text(done.stdout)
    assert all(line in said for line in text.split("say\n\n```\n")[1].split("```")[0].strip().splitlines())
    assert {"selection.csv", "selection.json"} == {p.name for p in (tmp_path / "chosen").iterdir()}
