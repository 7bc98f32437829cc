"""The table of a variant by nation and sex, and the table of a release: rows ready to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goe.pages import addresses, numbers, sentences
from goe.pages.scale import Mark, Scale, axis_for, scale_for
from goe.rules.frequencies import NationInRelease, PopulationFrequency, ReleaseSummary, VariantAnswer
from goe.rules.words import NATIONS, TOTAL, Assembly, State

Downloads = Mapping[tuple[Assembly, str], frozenset[str]]
"""Which files of a nation's release there are: a set of "manifest" and "table"."""

_SHOWN = (State.VALUE, State.OBSERVED_ZERO)


@dataclass(frozen=True)
class Strip:
    """A dot and a line on the common axis, in per cent of its width."""

    look: str
    dot: float
    left: float
    right: float


@dataclass(frozen=True)
class Row:
    """One population: a nation (`look` "nation"), a sex within it ("sub"), or all Europe ("total")."""

    look: str
    nation: str
    name: str
    answer: PopulationFrequency
    words: str = ""
    key: str = ""
    strip: Strip | None = None
    opens: bool = False
    closes: bool = False


@dataclass(frozen=True)
class NationTable:
    """Rows by nation and sex on one axis, Europe last."""

    axis: tuple[Mark, ...]
    rows: tuple[Row, ...]
    has_hemizygotes: bool
    without_data: str


def nation_table(answer: VariantAnswer, captions: Mapping[str, str], parts: Mapping[str, NationInRelease]) -> NationTable:
    """The table of one variant; `parts` are the nations' parts in its release."""
    axis, scale, rows = axis_for(answer.populations), scale_for(answer.nations), []
    for nation in answer.nations:
        within = _sexes(answer, nation)
        step = scale.step(nation.allele_frequency or 0) if scale and nation.state is State.VALUE else None
        rows.append(
            Row(
                look="nation",
                nation=nation.population,
                name=sentences.name(nation.population, captions),
                answer=nation,
                words=sentences.in_words(nation, parts.get(nation.population)),
                key="" if step is None else f"k{step}",
                strip=_strip(nation, axis, ""),
                opens=bool(within),
            )
        )
        rows += [
            Row(
                look="sub",
                nation=nation.population,
                name=sentences.SEXES[sex.population[-1]],
                answer=sex,
                words="" if sex.state in _SHOWN else sentences.STATE_NAMES[sex.state][0],
                strip=_strip(sex, axis, "part"),
                closes=sex is within[-1],
            )
            for sex in within
        ]
    europe = answer.population(TOTAL)
    if europe:
        rows.append(Row("total", "", "Europe", europe, sentences.in_words(europe, None), strip=_strip(europe, axis, "all")))
    return NationTable(
        axis=axis.ticks(4, in_unit=False) if any(row.strip for row in rows) else (),
        rows=tuple(rows),
        has_hemizygotes=any(p.hemizygote_count for p in answer.populations),
        without_data=_without_data(len(answer.nations)) if europe else "",
    )


def _sexes(answer: VariantAnswer, nation: PopulationFrequency) -> list[PopulationFrequency]:
    """Women, men and unknown within a nation that shows a number; people of unknown sex only where there are any."""
    if nation.state not in _SHOWN:
        return []
    found = [answer.population(f"{nation.population}_{letter}") for letter in sentences.SEXES]
    return [p for p in found if p and not (p.population.endswith("_U") and not p.allele_number)]


def _strip(answer: PopulationFrequency, axis: Scale, look: str) -> Strip | None:
    if answer.state not in _SHOWN or answer.interval is None:
        return None
    left, right = (min(100.0, 100 * bound / axis.top) for bound in answer.interval)
    value = answer.allele_frequency or 0
    return Strip("none" if value == 0 else look, min(100.0, 100 * value / axis.top), left, right)


def _without_data(nations: int) -> str:
    missing = len(NATIONS) - nations
    if missing <= 0:
        return ""
    return "1 nation has no data in this release." if missing == 1 else f"{missing} nations have no data in this release."


@dataclass(frozen=True)
class File:
    """A link to one published file; `of` completes its name for those who hear it."""

    text: str
    href: str
    of: str


@dataclass(frozen=True)
class ReleaseRow:
    """One nation's part in the releases: its people, and what can be taken away."""

    nation: str
    name: str
    part: NationInRelease
    assemblies: str
    files: tuple[tuple[str, tuple[File, ...]], ...]


def release_rows(
    releases: Sequence[ReleaseSummary], captions: Mapping[str, str], downloads: Downloads
) -> tuple[ReleaseRow, ...]:
    """One row per nation, or several where its people differ between assemblies."""
    groups: dict[tuple[str, int | None, int | None, int | None, str, bool], list[tuple[Assembly, NationInRelease]]] = {}
    for release in releases:
        for n in release.nations:
            key = (n.nation, n.people, n.women, n.men, numbers.day(n.signed_on), n.answered)
            groups.setdefault(key, []).append((release.assembly, n))
    rows = [
        ReleaseRow(
            nation=key[0],
            name=parts[0][1].caption or sentences.name(key[0], captions),
            part=parts[0][1],
            assemblies=", ".join(assembly for assembly, _ in parts),
            files=files_of(key[0], [assembly for assembly, _ in parts], downloads, captions),
        )
        for key, parts in groups.items()
    ]
    return tuple(sorted(rows, key=lambda row: (NATIONS.get(row.nation, row.nation), row.assemblies)))


def files_of(
    nation: str, assemblies: Sequence[Assembly], downloads: Downloads, captions: Mapping[str, str]
) -> tuple[tuple[str, tuple[File, ...]], ...]:
    """Links to the files that exist, by assembly."""
    who = "Europe" if nation == TOTAL else sentences.name(nation, captions)
    found = []
    for assembly in assemblies:
        there = downloads.get((assembly, nation), frozenset())
        of = f"{who}, {assembly}"
        table = [File("Parquet", addresses.table(nation, assembly), of)] if "table" in there else []
        signed = [File("manifest", addresses.manifest(nation, assembly), of)] if "manifest" in there else []
        if table or signed:
            found.append((str(assembly), (*table, *signed)))
    return tuple(found)
