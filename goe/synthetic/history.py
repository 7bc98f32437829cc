"""The history that the invented nations share: who came from whom, who met whom, and how many they were.

One European people goes through a bottleneck and then parts into nations, which exchange migrants with their neighbours only
(a stepping-stone model on the map of Europe) and grow quickly in the last generations, which is where rare variants come from.
Finland has a bottleneck of its own. One minority descends from a small founding group and meets its neighbours rarely. The
numbers were chosen so that the pairwise F_ST of Britain, Spain, Italy, Finland and the Netherlands resemble those of the 1000
Genomes populations GBR, IBS, TSI, FIN and CEU; they are no estimate of anybody's past. The history is always that of all 32
nations, whichever of them are asked for, so that two nations differ equally in a small Europe and in a large one.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.errors import NotFound
from goe.rules.words import NATIONS

MINORITY = "minority"
DEMES = (*NATIONS, MINORITY)
"""The groups that choose their parents apart from one another: the nations, and the minority."""

PARTED = 300  # generations ago; of about 29 years each
GROWING = 40  # generations of recent growth
GROWTH = 60.0  # times larger now than before the growth
BEFORE_GROWTH = 4500  # effective size of a nation
OWN_BOTTLENECK = {"FI": (3600, 20, 95)}  # effective size, from and to generations ago
MINORITY_SIZE, MINORITY_GROWTH = 2500, 6.0
MINORITY_MIGRATION = 2e-4  # from each nation that it meets, per generation
MEETS_MINORITY = ("BG", "CZ", "ES", "FR", "GR", "HU", "RO", "SK")
# Before they parted: up to so many generations ago, effective size. The second is the bottleneck that all share.
SHARED = ((900, 12000), (2000, 2500), (None, 14500))
MIGRATION = 0.0086  # between neighbours 400 km apart, falling with distance
MUTATION = 1.25e-8  # per base and generation
RECOMBINATION = 1e-8

# Rough middle of where people live: latitude, longitude.
_PLACES = {
    "AT": (47.6, 14.1), "BE": (50.6, 4.7), "BG": (42.7, 25.5), "CH": (46.8, 8.2), "CY": (35.1, 33.2), "CZ": (49.8, 15.5),
    "DE": (51.2, 10.4), "DK": (56.0, 10.0), "EE": (58.7, 25.5), "ES": (40.2, -3.6), "FI": (61.5, 25.0), "FR": (46.6, 2.5),
    "GB": (52.8, -1.6), "GR": (38.9, 22.9), "HR": (45.4, 16.0), "HU": (47.2, 19.4), "IE": (53.2, -7.8), "IS": (64.6, -20.5),
    "IT": (43.0, 12.2), "LI": (47.2, 9.5), "LT": (55.2, 23.9), "LU": (49.8, 6.1), "LV": (56.9, 24.8), "MT": (35.9, 14.4),
    "NL": (52.2, 5.4), "NO": (60.5, 9.0), "PL": (52.1, 19.4), "PT": (39.7, -8.3), "RO": (45.8, 25.0), "SE": (59.0, 15.5),
    "SI": (46.1, 14.8), "SK": (48.7, 19.5),
}  # fmt: skip
_NEIGHBOURS = (
    "AT-CH", "AT-CZ", "AT-DE", "AT-HU", "AT-IT", "AT-LI", "AT-SI", "AT-SK", "BE-DE", "BE-FR", "BE-GB", "BE-LU", "BE-NL",
    "BG-GR", "BG-RO", "CH-DE", "CH-FR", "CH-IT", "CH-LI", "CY-GR", "CZ-DE", "CZ-PL", "CZ-SK", "DE-DK", "DE-FR", "DE-LU",
    "DE-NL", "DE-PL", "DK-GB", "DK-NO", "DK-SE", "EE-FI", "EE-LV", "ES-FR", "ES-IT", "ES-PT", "FI-SE", "FR-GB", "FR-IT",
    "FR-LU", "GB-IE", "GB-NL", "GB-NO", "GR-IT", "HR-HU", "HR-SI", "HU-RO", "HU-SI", "HU-SK", "IE-IS", "IS-NO", "IT-MT",
    "IT-SI", "LT-LV", "LT-PL", "NO-SE", "PL-SK",
)  # fmt: skip
# Mountains and seas: how much easier (or harder) than level land of the same length.
_EASE = {"ES-FR": 0.9, "ES-IT": 1.44, "EE-FI": 0.28, "FI-SE": 0.28} | dict.fromkeys(
    ("AT-IT", "CH-IT", "FR-IT", "GR-IT", "IT-SI"), 0.09
)


def neighbours(nation: str) -> tuple[str, ...]:
    """The nations that exchange migrants with this one."""
    pairs = [pair.split("-") for pair in _NEIGHBOURS if nation in pair.split("-")]
    return tuple(sorted(b if a == nation else a for a, b in pairs))


def _ends(pair: str) -> tuple[str, str]:
    a, b = pair.split("-")
    return a, b


def _distance(a: str, b: str) -> float:
    """Kilometres along the great circle."""
    (lat_a, lon_a), (lat_b, lon_b) = np.radians(_PLACES[a]), np.radians(_PLACES[b])
    cosine = np.sin(lat_a) * np.sin(lat_b) + np.cos(lat_a) * np.cos(lat_b) * np.cos(lon_a - lon_b)
    return float(6371 * np.arccos(cosine))


def migration() -> NDArray[np.float64]:
    """(demes, demes) the share of each deme that came from each other one, per generation; symmetric."""
    index = {deme: i for i, deme in enumerate(DEMES)}
    rate = np.zeros((len(DEMES), len(DEMES)))
    for pair in _NEIGHBOURS:
        a, b = _ends(pair)
        rate[index[a], index[b]] = MIGRATION * 400 / max(200.0, _distance(a, b)) * _EASE.get(pair, 1.0)
    for nation in MEETS_MINORITY:
        rate[index[nation], index[MINORITY]] = MINORITY_MIGRATION
    return rate + rate.T


def sizes(generation: float) -> NDArray[np.float64]:
    """(demes,) effective sizes so many generations ago, since the nations parted."""
    growth = np.array([MINORITY_GROWTH if deme == MINORITY else GROWTH for deme in DEMES])
    before = np.array([MINORITY_SIZE if deme == MINORITY else BEFORE_GROWTH for deme in DEMES], dtype=np.float64)
    found = before * growth ** max(0.0, 1 - generation / GROWING)
    for nation, (size, since, until) in OWN_BOTTLENECK.items():
        if since <= generation < until:
            found[DEMES.index(nation)] = size
    return found


def expected_fst() -> NDArray[np.float64]:
    """(demes, demes) Hudson's F_ST that the history implies: 1 - mean coalescence time within / between.

    The ratio holds for rare mutation (Slatkin, Genet Res 1991; 58:167). The expected time T[i, j] to the common
    ancestor of a pair from demes i and j obeys dT/dt = 1 + mT + Tm' - T[i, i] / 2N[i] on the diagonal, m with rows that sum
    to 0, and is integrated from the remote past to now, generation by generation.
    """
    remote = 2.0 * SHARED[-1][1]
    for generation in range(int(SHARED[-2][0] or 0), PARTED, -1):
        size = next(size for until, size in SHARED if until is not None and generation <= until)
        remote += 1 - remote / (2 * size)
    rate = migration()
    rate -= np.diag(rate.sum(axis=1))
    time = np.full(rate.shape, remote)
    for generation in range(PARTED, 0, -1):
        coalesced = np.diag(np.diag(time) / (2 * sizes(generation - 0.5)))
        time = time + 1 + rate @ time + time @ rate.T - coalesced
    within = np.diag(time)
    fst: NDArray[np.float64] = 1 - (within[:, None] + within[None, :]) / (2 * time)
    return fst


def msprime_here() -> Any:
    """The module msprime. Raises NotFound where it is not installed."""
    try:
        import msprime  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        raise NotFound(
            "msprime, which simulates the genomes, is not installed",
            remedy="install it with: pip install 'goe[synthetic]'",
        ) from None
    return msprime


@cache
def demography(*, scale: float = 1.0) -> Any:
    """The history as msprime wants it. `scale` multiplies the sizes: 0.75 for X."""
    msprime = msprime_here()
    past = msprime.Demography()
    now, before = sizes(0), sizes(GROWING)
    for nation, (_, since, until) in OWN_BOTTLENECK.items():
        assert since < GROWING < until, "the bottleneck reaches into the time of growth"
        before[DEMES.index(nation)] = BEFORE_GROWTH
    for deme, size, old in zip(DEMES, now, before, strict=True):
        past.add_population(name=deme, initial_size=size * scale, growth_rate=float(np.log(size / old)) / GROWING)
    past.add_population(name="shared", initial_size=SHARED[0][1] * scale)
    rate = migration()
    for i, j in zip(*np.nonzero(rate), strict=True):
        past.set_migration_rate(DEMES[i], DEMES[j], rate[i, j])
    for deme, old in zip(DEMES, before, strict=True):
        if deme not in OWN_BOTTLENECK:
            past.add_population_parameters_change(GROWING, initial_size=old * scale, growth_rate=0, population=deme)
    for nation, (size, since, until) in OWN_BOTTLENECK.items():
        past.add_population_parameters_change(since, initial_size=size * scale, growth_rate=0, population=nation)
        past.add_population_parameters_change(until, initial_size=BEFORE_GROWTH * scale, population=nation)
    past.add_population_split(PARTED, derived=list(DEMES), ancestral="shared")
    for (ended, _), (_, older) in pairwise(SHARED):
        past.add_population_parameters_change(ended, initial_size=older * scale, population="shared")
    past.sort_events()
    return past
