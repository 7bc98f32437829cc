"""Write goe/data/design/population.csv: inhabitants of the countries of Europe by sex and age, from the United Nations.

    python scripts/make_census.py FOLDER_WITH_DEMOGRAPHICS

The folder holds `un_wpp2024_pop_sex_2024_2030_thousands.csv` (World Population Prospects 2024: by sex, to 2030) and
`un_wpp2019_pop_age5_sex_2015_2020_2025.csv` (World Population Prospects 2019: by sex and five years of age), both UN, CC BY
3.0 IGO. The first gives the totals of 2026, the second how they divide by age; countries without the second have totals only.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TOTALS, AGES = "2026", "2025"
CODES = {
    "Albania": "AL", "Andorra": "AD", "Armenia": "AM", "Austria": "AT", "Azerbaijan": "AZ", "Belarus": "BY", "Belgium": "BE",
    "Bosnia and Herzegovina": "BA", "Bulgaria": "BG", "Croatia": "HR", "Cyprus": "CY", "Czechia": "CZ", "Denmark": "DK",
    "Estonia": "EE", "Faroe Islands": "FO", "Finland": "FI", "France": "FR", "Georgia": "GE", "Germany": "DE",
    "Gibraltar": "GI", "Greece": "GR", "Guernsey": "GG", "Holy See": "VA", "Hungary": "HU", "Iceland": "IS", "Ireland": "IE",
    "Isle of Man": "IM", "Israel": "IL", "Italy": "IT", "Jersey": "JE", "Kosovo (under UNSC res. 1244)": "XK",
    "Latvia": "LV", "Liechtenstein": "LI", "Lithuania": "LT", "Luxembourg": "LU", "Malta": "MT", "Monaco": "MC",
    "Montenegro": "ME", "Netherlands": "NL", "North Macedonia": "MK", "Norway": "NO", "Poland": "PL", "Portugal": "PT",
    "Republic of Moldova": "MD", "Romania": "RO", "Russian Federation": "RU", "San Marino": "SM", "Serbia": "RS",
    "Slovakia": "SK", "Slovenia": "SI", "Spain": "ES", "Sweden": "SE", "Switzerland": "CH", "Turkiye": "TR", "Turkey": "TR",
    "Ukraine": "UA", "United Kingdom": "GB",
}  # fmt: skip
HEADING = "country,nuts,nuts_version,sex,age_band,birth_group,n,ref_date,source"


def totals(folder: Path) -> Iterator[tuple[str, str, str, float]]:
    with (folder / "un_wpp2024_pop_sex_2024_2030_thousands.csv").open() as file:
        for row in csv.DictReader(file):
            if row["year"] == TOTALS:
                yield from ((CODES[row["name"]], sex, "", float(row[f"pop{sex}"])) for sex in "FM")


def ages(folder: Path) -> Iterator[tuple[str, str, str, float]]:
    found: dict[tuple[str, str, str], float] = defaultdict(float)
    with (folder / "un_wpp2019_pop_age5_sex_2015_2020_2025.csv").open() as file:
        for row in csv.DictReader(file):
            if row["year"] == AGES:
                found[CODES[row["name"]], row["sex"], band(row["age"])] += float(row["pop_thousands"])
    yield from ((*key, thousands) for key, thousands in found.items())


def band(five_years: str) -> str:
    """Ten years for adults; under 20 and from 80 together. The tables cannot be cut at 18."""
    first = int(five_years.rstrip("+").split("-")[0])
    if first < 20:
        return "Y0-19"
    return "Y80+" if first >= 80 else f"Y{first // 10 * 10}-{first // 10 * 10 + 9}"


def main(folder: Path) -> None:
    parts = ((totals(folder), TOTALS, "UN WPP 2024"), (ages(folder), AGES, "UN WPP 2019"))
    lines = [
        f"{country},,,{sex},{age},,{round(1000 * thousands)},{year},{source}"
        for rows, year, source in parts
        for country, sex, age, thousands in sorted(rows)
    ]
    place = Path(__file__).parents[1] / "goe" / "data" / "design" / "population.csv"
    place.write_text("\n".join([HEADING, *lines]) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
