"""An answer to take away: as a table, as JSON, as a command and as a few lines of Python. Plain digits, no fine spaces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from goe.pages import sentences
from goe.rules.frequencies import PopulationFrequency, VariantAnswer

_COLUMNS = (
    "variant", "assembly", "release", "population", "state", "allele_count", "allele_number", "allele_frequency",
    "interval_lower", "interval_upper", "heterozygote_count", "homozygote_count", "hemizygote_count", "faf95", "bound",
)  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """One text that a button copies."""

    key: str
    button: str
    name: str
    text: str


def copies(answer: VariantAnswer, as_json: Mapping[str, Any], address: str) -> tuple[Copy, ...]:
    """The texts of the toolbar; `address` is where the JSON lies, with scheme and host."""
    return (
        Copy("tsv", "Copy as TSV", "Tab-separated values", tsv(answer)),
        Copy("json", "JSON", "JSON", json.dumps(as_json, indent=1, ensure_ascii=False)),
        Copy("curl", "curl", "curl command", f"curl -fsS '{address}'"),
        Copy("python", "Python", "Python program", _python(address)),
    )


def tsv(answer: VariantAnswer) -> str:
    """The whole answer as tab-separated values with a header; an empty field is a number that is not shown."""
    lines = ["\t".join(_COLUMNS)]
    for p in answer.populations:
        fields = (answer.variant, answer.assembly, answer.release, p.population, p.state.value, *_numbers(p))
        lines.append("\t".join("" if f is None else str(f) for f in fields))
    return "\n".join(lines)


def citation(title: str, answer: VariantAnswer, credit: str) -> str:
    """How this answer is cited: a release does not change, so it needs no day of access."""
    what = f"{title}, release {answer.release} ({answer.assembly}), variant {answer.variant}."
    made_up = " Synthetic genotypes." if answer.synthetic else ""
    return f"{what}{made_up} {credit}".strip()


def summary(title: str, answer: VariantAnswer) -> str:
    """One sentence about the page, for those who list it."""
    head = answer.headline
    if head is None or not head.allele_number:
        return f"{answer.variant} in {title}."
    return f"{answer.variant} in {title}: {sentences.of_alleles(head)}."


def _numbers(p: PopulationFrequency) -> tuple[str | int | None, ...]:
    lower, upper = p.interval or (None, None)
    return (
        p.allele_count, p.allele_number, _short(p.allele_frequency), _short(lower), _short(upper),
        p.heterozygote_count, p.homozygote_count, p.hemizygote_count, _short(p.faf95), p.bound,
    )  # fmt: skip


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.6g}"


def _python(address: str) -> str:
    return (
        "import json\nfrom urllib.request import urlopen\n\n"
        f'answer = json.load(urlopen("{address}"))\n'
        'for row in answer["populations"]:\n'
        '    print(row["population"], row["state"], row["allele_count"], row["allele_number"], row["allele_frequency"])'
    )
