"""The invented people: how many in each nation, who is whose child, of what ancestry, and what the registry says of them.

Most are *founders*, whose genomes the history gives; a few are children of founders, seen or unseen, and inherit by Mendel's
laws. People stand nation by nation, in the order of the genotype files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from goe.rules.words import Karyotype
from goe.synthetic.history import DEMES, MEETS_MINORITY, MINORITY, neighbours

MINORITY_SHARE = {True: 0.06, False: 0.02}  # of a nation's people, by whether the nation meets the minority
BORN_ELSEWHERE = 0.02
DUOS, SIBLINGS, TRIOS = 0.01, 0.01, 0.005  # families per person: one parent and child, two siblings, both parents and child
WITHOUT_FREQUENCY_SCOPE = 0.03
_LEAST = 8  # people of the smallest nation

# NUTS 2021, level 1: what follows the country's letters.
_REGIONS = {
    "AT": "123", "BE": "123", "BG": "34", "DE": "123456789ABCDEFG", "ES": "1234567", "FI": "12", "FR": "1BCDEFGHIJKLMY",
    "GB": "CDEFGHIJKLMN", "GR": "3456", "HU": "123", "IT": "CFGHI", "NL": "1234", "PL": "2456789", "PT": "123", "RO": "1234",
    "SE": "123",
}  # fmt: skip
_NUTS = {"GR": "EL", "GB": "UK"}


@dataclass(frozen=True)
class People:
    """Everybody, and the founders whom they descend from.

    founder_deme   (founders,) index into DEMES; founders stand deme by deme, as msprime numbers them
    nation         (people,) index into `nations`
    founder        (people,) index of the founder that this person is, -1 for a child
    mother, father (people,) founders that this person is the child of, -1 for a founder
    is_male        (people,) has X and Y
    """

    nations: tuple[str, ...]
    founder_deme: NDArray[np.int64]
    nation: NDArray[np.int64]
    founder: NDArray[np.int64]
    mother: NDArray[np.int64]
    father: NDArray[np.int64]
    is_male: NDArray[np.bool_]

    def of(self, code: str) -> NDArray[np.int64]:
        """(people of the nation,) their indices."""
        return np.flatnonzero(self.nation == self.nations.index(code))

    def genomes(self, code: str) -> list[str]:
        """Names of a nation's genomes in files."""
        return [f"SYNTHETIC-{code}-{i + 1}" for i in range(len(self.of(code)))]

    def deme(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        """(members,) the deme that each descends from, a child through its mother."""
        own = np.where(self.founder[members] >= 0, self.founder[members], self.mother[members])
        return self.founder_deme[own]

    def relatives(self, code: str) -> list[tuple[str, str, str]]:
        """Pairs of a nation's genomes that are parent and child, or siblings."""
        members, names = self.of(code), self.genomes(code)
        by_founder = {int(f): name for f, name in zip(self.founder[members], names, strict=True) if f >= 0}
        by_mother: dict[int, str] = {}
        pairs = []
        for person, name in zip(members, names, strict=True):
            if self.founder[person] >= 0:
                continue
            parents = (int(self.mother[person]), int(self.father[person]))
            pairs += [(by_founder[p], name, "parent-child") for p in parents if p in by_founder]
            if parents[0] in by_mother:
                pairs.append((by_mother[parents[0]], name, "siblings"))
            by_mother[parents[0]] = name
        return pairs


def sizes(people: int, inhabitants: Mapping[str, int]) -> dict[str, int]:
    """How many of the people each nation has: in proportion to inhabitants, and at least a third of an equal share.

    Raises ValueError where a nation would have fewer than eight.

    >>> sizes(400, {"FI": 5_619_395, "GB": 70_113_733})
    {'FI': 86, 'GB': 314}
    """
    least = people // (3 * len(inhabitants))
    if least < _LEAST:
        raise ValueError(f"{people} people are too few for {len(inhabitants)} nations")
    share = np.array(list(inhabitants.values()), dtype=np.float64)
    exact = (people - least * len(share)) * share / share.sum()
    whole = np.floor(exact).astype(int)
    whole[np.argsort(whole - exact, kind="stable")[: people - least * len(share) - whole.sum()]] += 1
    return {code: least + int(n) for code, n in zip(inhabitants, whole, strict=True)}


def invent(numbers: Mapping[str, int], rng: np.random.Generator) -> People:
    """People of each nation, with their families and ancestry. `numbers` is people per nation."""
    deme: list[int] = []  # of each founder, in the order of invention
    columns: dict[str, list[int]] = {name: [] for name in ("nation", "founder", "mother", "father", "is_male")}
    for index, (code, number) in enumerate(numbers.items()):
        found = _nation(code, number, deme, rng)
        order = rng.permutation(number)
        for name, values in found.items():
            columns[name] += np.array(values)[order].tolist()
        columns["nation"] += [index] * number
    rank = np.argsort(np.argsort(deme, kind="stable"))  # founder in order of invention -> deme by deme
    renumbered = {
        name: np.where(np.array(columns[name]) >= 0, rank[columns[name]], -1) for name in ("founder", "mother", "father")
    }
    return People(
        tuple(numbers),
        np.sort(np.array(deme)),
        np.array(columns["nation"]),
        renumbered["founder"],
        renumbered["mother"],
        renumbered["father"],
        np.array(columns["is_male"], dtype=np.bool_),
    )


def _nation(code: str, number: int, deme: list[int], rng: np.random.Generator) -> dict[str, list[int]]:
    """One nation's people, families first; their founders are appended to `deme`."""
    home = DEMES.index(code)
    found: dict[str, list[int]] = {name: [] for name in ("founder", "mother", "father", "is_male")}

    def founder(where: int) -> int:
        deme.append(where)
        return len(deme) - 1

    def person(own: int, mother: int, father: int, is_male: bool) -> None:
        for name, value in zip(found, (own, mother, father, is_male), strict=True):
            found[name].append(int(value))

    def family(children: int, *, seen: Sequence[str]) -> None:
        mother, father = founder(home), founder(home)
        if "mother" in seen:
            person(mother, -1, -1, False)
        if "father" in seen:
            person(father, -1, -1, True)
        for _ in range(children):
            person(-1, mother, father, bool(rng.random() < 0.5))

    for _ in range(max(1, round(DUOS * number))):
        family(1, seen=["mother" if rng.random() < 0.5 else "father"])
    for _ in range(max(1, round(SIBLINGS * number))):
        family(2, seen=[])
    for _ in range(max(1, round(TRIOS * number))):
        family(1, seen=["mother", "father"])
    for where in _ancestry(code, number, number - len(found["founder"]), rng):
        person(founder(where), -1, -1, bool(rng.random() < 0.5))
    return found


def _ancestry(code: str, number: int, unrelated: int, rng: np.random.Generator) -> list[int]:
    """The demes of a nation's unrelated people: the minority, those who came from neighbours, and home."""
    minority = min(unrelated, max(1, round(MINORITY_SHARE[code in MEETS_MINORITY] * number)))
    came = min(unrelated - minority, round(BORN_ELSEWHERE * number))
    elsewhere = [DEMES.index(str(n)) for n in rng.choice(neighbours(code), came)]
    return [DEMES.index(MINORITY)] * minority + elsewhere + [DEMES.index(code)] * (unrelated - minority - came)


def registry_rows(people: People, code: str, rng: np.random.Generator) -> Iterator[dict[str, str]]:
    """A nation's people as rows of the file that `goe participants import` reads."""
    members = people.of(code)
    number = len(members)
    subject, sample = rng.permutation(number) + 1, rng.permutation(number) + 1
    consents = _consents(number, rng)
    born, origin, region = _birth_years(people, members, rng), _origins(people, members, code), _regions(code, number, rng)
    asked, unrecorded = rng.integers(0, 730, number), rng.random((2, number)) < 0.005
    for i, (person, genome) in enumerate(zip(members, people.genomes(code), strict=True)):
        male = bool(people.is_male[person])
        yield {
            "participant": f"GOE-{code}-SUBJECT-{subject[i]}",
            "sample": f"GOE-{code}-SAMPLE-{sample[i]}",
            "genome": genome,
            "sex": "unknown" if unrecorded[0, i] else "male" if male else "female",
            "karyotype": (Karyotype.UNKNOWN if unrecorded[1, i] else Karyotype.XY if male else Karyotype.XX).value,
            "birth_year": str(born[i]),
            "region": region[i],
            "country_of_origin": origin[i],
            "consent_from": str(date(2024, 1, 1) + timedelta(days=int(asked[i]))),
            **{scope: "yes" if given[i] else "no" for scope, given in consents.items()},
        }


def counted(number: int) -> int:
    """How many of a nation's people may be counted in frequencies."""
    return number - max(1, round(WITHOUT_FREQUENCY_SCOPE * number))


def _consents(number: int, rng: np.random.Generator) -> dict[str, NDArray[np.bool_]]:
    """(number,) for each scope. At least one person of every nation may not be counted."""
    refuses = rng.permutation(number) >= counted(number)
    return {
        "allele_frequency": ~refuses,
        "subject_level_query": rng.random(number) < 0.6,
        "secondary_use": rng.random(number) < 0.75,
    }


def _birth_years(people: People, members: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """(members,) years of birth; parents are 20 to 38 years older than their child."""
    is_child = people.founder[members] < 0
    year = np.where(is_child, rng.integers(1970, 2006, len(members)), rng.integers(1935, 2001, len(members)))
    place = {int(f): i for i, f in enumerate(people.founder[members]) if f >= 0}
    for child in np.flatnonzero(is_child):
        for parent in (people.mother[members[child]], people.father[members[child]]):
            if int(parent) in place:
                year[place[int(parent)]] = year[child] - rng.integers(20, 39)
    return year


def _origins(people: People, members: NDArray[np.int64], code: str) -> list[str]:
    """(members,) country of birth: another nation for those who came from it; the minority is born at home."""
    names = [DEMES[d] for d in people.deme(members)]
    return [code if name == MINORITY else name for name in names]


def _regions(code: str, number: int, rng: np.random.Generator) -> list[str]:
    parts = list(_REGIONS.get(code, "0"))
    return [f"{_NUTS.get(code, code)}{part}" for part in rng.choice(parts, number)]
