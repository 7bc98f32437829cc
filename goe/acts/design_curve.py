"""Discovery curves and genetic strata from the genomes of a pilot: a node's own store, or a spectrum in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.acts.design_pilot import EVERYBODY, Pilot, dosages
from goe.acts.setting import Place
from goe.errors import BadInput
from goe.rules.design import Curve
from goe.rules.words import Assembly
from goe.science import discovery
from goe.science.structure import Fst, hudson_fst_jackknife, merged, principal_axes
from goe.store.formats.recommendation import curve_from
from goe.store.formats.rows import Row, read_rows

SPECTRUM = {
    "stratum": "name of the people, or nothing",
    "chromosomes": "chromosomes of the pilot, twice its people",
    "copies": "1 to chromosomes - 1",
    "variants": "variants of which so many copies were seen",
}
_CALLED = 0.9  # of a group's chromosomes: sites read in fewer are left out of its spectrum
_SUSPICIOUS = 8.0  # singletons to doubletons; growth alone makes 2 to 5
_BLOCK = 5_000_000  # bases of a jackknife block


@dataclass(frozen=True)
class Strata:
    """Groups compared: F_ST of each pair, the groups merged where genetics allows, and their place on two principal axes."""

    pairs: tuple[dict[str, Any], ...]
    strata: tuple[tuple[str, ...], ...]
    axes: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]


def curves_of(
    found: Pilot, people: Sequence[int], *, false_singletons: float = 0.0, relatives: int | None = None
) -> list[Curve]:
    """The curve of everybody and of each group; groups of fewer than two people are passed over."""
    whole = [found.together] if len(found.groups) > 1 else []
    curves = [_curve_of_group(p, g, people, false_singletons, relatives) for p in (*whole, found) for g in range(len(p.groups))]
    return [c for c in curves if c]


def curve_of_spectrum(
    spectrum: NDArray[Any],
    people: Sequence[int],
    *,
    stratum: str = "",
    false_singletons: float = 0.0,
    relatives: int | None = 0,
) -> Curve:
    """A curve with the warnings that it deserves. Raises BadInput beyond twenty times the pilot."""
    pilot = (len(spectrum) - 1) // 2
    cleaned = discovery.without_errors(spectrum, false_singletons)
    far = max(people, default=0) or discovery.FARTHEST * pilot
    if far > discovery.FARTHEST * pilot:
        raise BadInput(
            f"{far} people are more than {discovery.FARTHEST} times the pilot of {pilot}{f' ({stratum})' if stratum else ''}",
            expected=f"at most {discovery.FARTHEST * pilot}", where="--people",
            remedy="no estimator is near the truth so far out: ask for fewer, or sequence a larger pilot first",
        )  # fmt: skip
    asked = sorted({*_inside(pilot), *(people or [round(pilot * k) for k in (1.5, 2, 3, 5, 7.5, 10, 15, 20)])})
    try:
        expected = discovery.expected_variants(cleaned, asked)
    except ValueError as error:
        raise BadInput(f"no curve can be drawn: {error}", remedy="use a pilot of whole genomes, not of an array") from None
    return Curve(
        people=tuple(int(n) for n in expected.people),
        expected=tuple(float(v) for v in expected.variants),
        low=tuple(float(v) for v in expected.low),
        high=tuple(float(v) for v in expected.high),
        pilot=pilot,
        stratum=stratum,
        warnings=tuple(_warnings(np.asarray(spectrum), pilot, false_singletons, relatives)),
    )


def read_spectrum(path: Path) -> dict[str, NDArray[np.float64]]:
    """Spectra by stratum from spectrum.csv. Raises BadInput."""
    rows = read_rows(path, list(SPECTRUM), _spectrum_faults, optional=("stratum",))
    sizes: dict[str, int] = {}
    for r in rows:
        if sizes.setdefault(r["stratum"], int(r["chromosomes"])) != int(r["chromosomes"]):
            raise BadInput("a stratum has two numbers of chromosomes", expected="the same on each of its rows", where=str(path))
    spectra = {name: np.zeros(n + 1) for name, n in sizes.items()}
    for r in rows:
        spectra[r["stratum"]][int(r["copies"])] += float(r["variants"])
    return spectra


def union(found: Pilot) -> float:
    """Variants seen in all groups together, by the joint counts, at sites called in nearly everybody."""
    fit = (found.number >= _CALLED * 2 * found.people).all(axis=1)
    count, number = found.count[fit], found.number[fit]
    return float(((count.sum(axis=1) > 0) & (count.sum(axis=1) < number.sum(axis=1))).sum())


def strata_of(found: Pilot, neighbours: Sequence[tuple[str, str]] | None = None) -> Strata:
    """F_ST of every pair of groups, and which neighbours genetics allows to merge; without a table all are neighbours."""
    if len(found.groups) < 2:
        raise BadInput("there is one group only", expected="two or more to compare", remedy="say --by, or --dir of a root")
    block = found.contig * 1000 + found.position // _BLOCK
    fst: dict[tuple[str, str], Fst] = {}
    for i, j in combinations(range(len(found.groups)), 2):
        a, b = sorted((found.groups[i], found.groups[j]))
        fst[a, b] = hudson_fst_jackknife(found.count[:, [i, j]], found.number[:, [i, j]], block)
    beside = list(combinations(found.groups, 2)) if neighbours is None else list(neighbours)
    if unknown := sorted({g for pair in beside for g in pair} - set(found.groups)):
        raise BadInput(f"the table of neighbours names {unknown[0]}", expected=", ".join(found.groups), where="--neighbours")
    return Strata(
        pairs=tuple({"first": a, "second": b, "fst": f.value, "error": f.error, "z": f.z} for (a, b), f in fst.items()),
        strata=tuple(tuple(s) for s in merged(found.groups, fst, beside)),
        axes=(),
        notes=tuple(_strata_notes(found, neighbours, len(np.unique(block)))),
    )


def axes_of(place: Place, assembly: Assembly, least: int = 10) -> tuple[dict[str, Any], ...]:
    """Mean and spread of each nation on two principal axes; groups of fewer people than `least` are left out."""
    table, nation = dosages(place, assembly)
    places, share = principal_axes(table)
    of = np.array(nation)
    return tuple(
        {
            "group": name,
            "people": int((of == name).sum()),
            **{f"axis_{k + 1}": float(places[of == name, k].mean()) for k in range(places.shape[1])},
            **{f"spread_{k + 1}": float(places[of == name, k].std()) for k in range(places.shape[1])},
            **{f"variance_{k + 1}": float(share[k]) for k in range(places.shape[1])},
        }
        for name in dict.fromkeys(nation)
        if (of == name).sum() >= least
    )


def read_curves(paths: Sequence[Path]) -> list[Curve]:
    """Curves from files that `goe design curve --json` printed. Raises BadInput where a file is none."""
    return [curve for path in paths for curve in _read(path)]


def curve_rows(curve: Curve) -> list[dict[str, Any]]:
    """A curve as rows of a table."""
    columns = (curve.people, curve.expected, curve.low, curve.high)
    return [
        {"stratum": curve.stratum, "people": n, "expected": e, "low": low, "high": high,
         "in_pilot": "yes" if n <= curve.pilot else "no"}
        for n, e, low, high in zip(*columns, strict=True)
    ]  # fmt: skip


def as_json(curve: Curve) -> dict[str, Any]:
    """A curve as the object that is printed and read again."""
    return asdict(curve)


def _curve_of_group(
    p: Pilot, group: int, people: Sequence[int], false_singletons: float, relatives: int | None
) -> Curve | None:
    chromosomes = 2 * int(_CALLED * p.people[group])
    if chromosomes < 4:
        return None
    spectrum = discovery.projected_spectrum(p.count[:, group], p.number[:, group], chromosomes)
    whole = p.groups[group] == EVERYBODY or len(p.groups) == 1
    within = people if whole else [n for n in people if n <= discovery.FARTHEST * chromosomes // 2]
    return curve_of_spectrum(
        spectrum, within, stratum=p.groups[group], false_singletons=false_singletons, relatives=relatives if whole else 0
    )


def _inside(pilot: int) -> list[int]:
    return sorted({max(1, round(pilot * k / 10)) for k in range(1, 11)})


def _warnings(spectrum: NDArray[Any], pilot: int, false_singletons: float, relatives: int | None) -> list[str]:
    found = []
    if pilot < discovery.ENOUGH:
        found.append(f"The pilot has {pilot} people; below {discovery.ENOUGH} the curve beyond it is weak.")
    if spectrum[2] and spectrum[1] > _SUSPICIOUS * spectrum[2] and not false_singletons:
        found.append(
            f"There are {spectrum[1] / spectrum[2]:.1f} singletons to a doubleton: errors of calling are likely. "
            "Filter them, or say their share with --false-singletons."
        )
    if relatives is None:
        found.append("Whether the pilot holds relatives could not be looked for: no batch spans the genome.")
    if relatives:
        found.append(f"The pilot has {relatives} pairs of relatives, who share variants; keep one of each pair.")
    return found


def _strata_notes(found: Pilot, neighbours: object, blocks: int) -> list[str]:
    notes = [] if neighbours is not None else ["No table of neighbours was given: any two groups may be merged."]
    if blocks < 20:
        notes.append(f"The sites lie in {blocks} blocks of 5 Mb; below 20 the errors of F_ST are not to be trusted.")
    small = [g for g, n in zip(found.groups, found.people, strict=True) if n < 20]
    return notes + ([f"Fewer than 20 people: {', '.join(small)}."] if small else [])


def _spectrum_faults(row: Row) -> Mapping[str, str]:
    if not (row["chromosomes"].isdecimal() and int(row["chromosomes"]) >= 4):
        return {"chromosomes": "expected a whole number from 4"}
    if not (row["copies"].isdecimal() and 1 <= int(row["copies"]) < int(row["chromosomes"])):
        return {"copies": "expected 1 to chromosomes - 1"}
    try:
        return {} if float(row["variants"]) >= 0 else {"variants": "expected a number from 0"}
    except ValueError:
        return {"variants": "expected a number from 0"}


def _read(path: Path) -> list[Curve]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return [curve_from(row) for row in raw]
    except FileNotFoundError:
        raise BadInput("there is no such file", where=str(path)) from None
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(
            "this is no discovery curve", expected="what `goe design curve --json` printed", where=str(path)
        ) from error
