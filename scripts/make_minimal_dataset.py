"""Make goe/data/minimal_dataset/<version>/items.json from the programme's table of the minimal data set.

    python scripts/make_minimal_dataset.py ../shared/specs/minimal_dataset_v1.tsv v1

The table restates the sheets as printed. What the sheets leave open or contradict is decided here, in DECISIONS, and explained
in docs/minimal_dataset.md.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "goe" / "data" / "minimal_dataset"
TITLES = {"v1": "1+MG/GDI minimal data set, version 1 (February 2025)"}
PARTICIPANT_LEVEL = (
    "Subject", "Sample", "Sequence", "Diagnosis", "Treatment", "Environmental Exposure", "Biomarker", "Sample_Relation", "TNM",
    "Variant", "Digital Resource", "Target_Gene",
)  # fmt: skip

# (class, item): what differs from the printed level, per use case, or from the printed cardinality and type.
DECISIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("Subject", "Country of origin"): {"levels": {"genome_of_europe": "mandatory", "common_disease": "mandatory"}},
    ("Subject", "Date_of_Last_Follow_up"): {"levels": {"cancer": "mandatory"}},
    ("Subject", "Administrative gender"): {"values": ["male", "female", "other", "unknown"]},
    ("Subject", "biological sex at birth"): {"values": ["F", "M", "ASKU", "OTH", "UNK"]},
    ("Sample", "Anatomical sample location"): {"levels": {"genome_of_europe": "recommended", "cancer": "mandatory"}},
    ("Sample", "Pathological state"): {"levels": {"genome_of_europe": "recommended", "cancer": "mandatory"}},
    ("Sample", "Biospecimen_Type"): {"levels": {"genome_of_europe": "optional", "cancer": "mandatory"}},
    ("Sample", "ID"): {"levels": {"genome_of_europe": "mandatory", "cancer": "mandatory"}},
    ("Sample", "Storage_Conditions"): {"repeated": True},
    ("Sequence", "Breadth of coverage"): {"repeated": False},
    ("Sequence", "Wet lab protocol"): {"repeated": False},
    ("Sequence", "Participated in proficiency testing"): {"condition": "accreditation"},
    ("Sequence", "Alignment_software"): {"condition": "aligned"},
    ("Sequence", "Panel_of_Normals_Description"): {"condition": "panel_of_normals"},
    ("Sequence", "Variant_calling"): {"levels": {"genome_of_europe": "recommended"}},
    ("Variant", "Variant_calling_software_deviation"): {"levels": {"genome_of_europe": "recommended"}},
    ("Digital Resource", "Version"): {"kind": "string"},
    ("Digital Resource", "Name"): {"repeated": False},
    ("Environmental Exposure", "Type Of Tobacco Used"): {"condition": "smoker"},
    ("Environmental Exposure", "Smoking amount"): {"condition": "smoker"},
    ("Environmental Exposure", "Pack years"): {"condition": "smoker"},
    ("Diagnosis", "Diagnosis"): {"condition": "undiagnosed"},
    ("Diagnosis", "Provisional diagnosis / clinical diagnosis"): {"condition": "undiagnosed"},
    ("Biomarker", "Type"): {"condition": "biomarker"},
    ("Biomarker", "Subtype"): {"condition": "biomarker"},
    ("Target_Gene", "URI"): {"condition": "unlabelled_gene"},
    ("Target_Gene", "Label"): {"condition": "unlabelled_gene"},
    ("Treatment", "treatmentCode"): {"condition": "drug"},
}  # fmt: skip

_KIND = {
    "date | gYearMonth | gYear": "partial_date",
    "date": "date",
    "dateTime": "date_time",
    "list": "list",
    "boolean": "boolean",
    "integer": "integer",
    "double": "number",
    "float": "number",
}
_CODE = re.compile(r"[A-Za-z0-9.]+:[A-Za-z0-9]+")
_PROSE = ("children", "codes", "list", "ValueSet", "see ", "MeSH", "UCUM", "ATC", "HGNC", "ISO ", "EFO", "EDAM", "versions of")


def main(table: Path, version: str) -> None:
    with table.open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file, delimiter="\t") if r["class"] in PARTICIPANT_LEVEL]
    left = DECISIONS.keys() - {(r["class"], r["item"]) for r in rows}
    assert not left, f"decisions about items that the table lacks: {left}"
    body = {"version": version, "title": TITLES[version], "items": [_item(row) for row in rows]}
    path = DATA / version / "items.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{path}: {len(rows)} items")


def _item(row: dict[str, str]) -> dict[str, Any]:
    decided = DECISIONS.get((row["class"], row["item"]), {})
    kind = decided.get("kind", _KIND.get(row["type"], "string"))
    values = (
        [{"label": v, "codes": []} for v in decided["values"]]
        if "values" in decided
        else _values(row)
        if kind == "list"
        else []
    )
    return {
        "class": row["class"],
        "item": row["item"],
        "definition": row["definition"],
        "level": row["level"],
        "levels": decided.get("levels", {}),
        "condition": decided.get("condition", ""),
        "use_case": row["use_case"].strip("()").replace("blank", ""),
        "cardinality": row["cardinality"].strip("()").replace("blank", ""),
        "repeated": decided.get("repeated", "n" in row["cardinality"].split("..")[-1]),
        "kind": kind,
        "code": row["item_code"],
        "value_set": row["value_set"],
        "values": values,
        "open": any(word in row["value_set"] + row["notes"] for word in ("...", "extended")),
        "null_flavours": kind == "list" and (row["level"] == "mandatory" or _flavours(row) or _goe(decided)),
    }


def _goe(decided: dict[str, Any]) -> bool:
    return bool(decided.get("levels", {}).get("genome_of_europe") == "mandatory")


def _flavours(row: dict[str, str]) -> bool:
    return "NULL" in row["value_set"].upper().replace("NULLFLAVOR", "NULL") or "HL7NF" in row["value_set"]


def _values(row: dict[str, str]) -> list[dict[str, Any]]:
    """The values that the sheet lists, with their codes; none where it names a branch of a terminology instead."""
    text = row["value_set"]
    if not text or ";" not in text or any(word in text.split(";")[0] for word in _PROSE):
        return []
    later = {label.strip(): codes for label, _, codes in (part.rpartition("=") for part in row["later_codes"].split(";"))}
    return [_value(v.strip(), later) for part in text.split(";") for v in _alternatives(part) if v.strip() and "NULL" not in v]


def _alternatives(part: str) -> list[str]:
    """`Imaging: X-Rays | MRI` names two values, `Watchful waiting=A|B` one with two codes."""
    return part.partition(": ")[2].split(" | ") if " | " in part and ": " in part else [part]


def _value(part: str, later: dict[str, str]) -> dict[str, Any]:
    label, _, codes = part.rpartition("=")
    label = (label or part).replace("_", " ").strip()
    return {"label": label, "codes": _CODE.findall(codes if "=" in part else later.get(label, ""))}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
