"""Write goe/data/inhabitants.csv: the inhabitants of each nation, from the United Nations' World Population Prospects 2024.

    python scripts/make_inhabitants.py FOLDER_WITH_DEMOGRAPHICS

The folder holds `un_wpp2024_pop_sex_2024_2030_thousands.csv` and `countries_m49.csv` (UN, CC BY 3.0 IGO).
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from goe.rules.words import NATIONS

YEAR = "2026"
ELSEWHERE = {"Czech Republic": "CZ", "Czechia": "CZ"}


def main(folder: Path) -> None:
    codes = {name: code for code, name in NATIONS.items()} | ELSEWHERE
    with (folder / "un_wpp2024_pop_sex_2024_2030_thousands.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["year"] == YEAR and row["name"] in codes]
    found = {codes[row["name"]]: round(1000 * (float(row["popM"]) + float(row["popF"]))) for row in rows}
    missing = NATIONS.keys() - found
    if missing:
        raise SystemExit(f"no inhabitants for {sorted(missing)}")
    lines = ["nation,inhabitants", *(f"{code},{found[code]}" for code in sorted(found))]
    (Path(__file__).parents[1] / "goe" / "data" / "inhabitants.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
