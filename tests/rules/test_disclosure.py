"""Disclosure: what is hidden stays hidden, zero and a few look the same, and a bound is true (contracts, section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from goe.rules.disclosure import FLOORS, Floors, disclose, may_take_new_epoch
from goe.rules.frequencies import PopulationFrequency
from goe.rules.words import DisclosureClass, State

CLOSED = [DisclosureClass.REGISTERED, DisclosureClass.CONTROLLED]
QUANTITIES = ("allele_count", "allele_number", "heterozygote_count", "homozygote_count")
Cells = Mapping[str, PopulationFrequency]


@dataclass(frozen=True)
class People:
    """Synthetic people of one sex at one site, by genotype; `absent` were not read."""

    reference: int = 0
    heterozygote: int = 0
    homozygote: int = 0
    one_reference: int = 0
    one_alternate: int = 0
    absent: int = 0

    @property
    def size(self) -> int:
        return sum(vars(self).values())

    def cell(self, name: str) -> PopulationFrequency:
        ac = self.heterozygote + 2 * self.homozygote + self.one_alternate
        an = 2 * (self.reference + self.heterozygote + self.homozygote) + self.one_reference + self.one_alternate
        numbers = (ac, an, self.heterozygote, self.homozygote, self.one_alternate)
        state = State.NOT_CALLABLE if an == 0 else State.VALUE if ac else State.OBSERVED_ZERO
        return PopulationFrequency(name, state, *numbers, faf95=ac / an if an else None)

    def __add__(self, other: People) -> People:
        return People(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


def cells(parts: Mapping[str, People]) -> tuple[dict[str, PopulationFrequency], dict[str, int]]:
    """Cells and sizes of a nation and its sexes."""
    everyone = {"FI": sum(parts.values(), People())} | {f"FI_{letter}": p for letter, p in parts.items()}
    return {name: p.cell(name) for name, p in everyone.items()}, {name: p.size for name, p in everyone.items()}


number = st.one_of(st.integers(0, 25), st.integers(150, 400), st.just(0))
diploid = st.builds(People, number, number, number, absent=number)
haploid = st.builds(People, one_reference=number, one_alternate=number, absent=number)
unread = st.builds(People, absent=st.integers(1, 400))
nations = st.one_of(
    st.fixed_dictionaries({"F": diploid, "M": diploid}, optional={"U": diploid}).map(lambda parts: (parts, False)),
    st.fixed_dictionaries({"F": diploid, "M": haploid}).map(lambda parts: (parts, True)),
    st.fixed_dictionaries({"F": unread, "M": st.one_of(haploid, diploid)}).map(lambda parts: (parts, True)),
).filter(lambda drawn: all(p.size for p in drawn[0].values()))


@pytest.mark.parametrize("kind", CLOSED)
@settings(max_examples=400)
@given(drawn=nations)
@example(drawn=({"F": People(210, 30, 30), "M": People(200, 25, 3)}, False))
@example(drawn=({"F": People(absent=210), "M": People(one_reference=100, one_alternate=60)}, True))
@example(drawn=({"F": People(150, 25, 5), "M": People(200, 30, 30)}, False))
@example(drawn=({"F": People(90, 30, 30), "M": People(one_reference=200, one_alternate=60)}, True))
@example(drawn=({"F": People(3, 30, 200), "M": People(4, 30, 200)}, False))
def test_hidden__cannot_be_computed_from_what_is_shown(kind: DisclosureClass, drawn: tuple[dict[str, People], bool]) -> None:
    """Neither by subtraction within the nation, nor from one genotype count to another; and no small count stands there."""
    parts, on_sex_chromosome = drawn
    floors = FLOORS[kind]
    true, people = cells(parts)
    shown = disclose(true, people, floors, nation="FI", haploid=on_sex_chromosome)
    assert list(shown) == list(true)
    event(f"nation {shown['FI'].state}")
    for quantity in QUANTITIES:
        hidden = [n for n, c in shown.items() if c.state is not State.NOT_CALLABLE and getattr(c, quantity) is None]
        assert len(hidden) != 1, f"{quantity} of {hidden} is the difference of the others"
    for name, cell in shown.items():
        genotypes = [cell.heterozygote_count, cell.homozygote_count, cell.hemizygote_count]
        assert len({g is None for g in genotypes}) == 1, "genotype counts are shown together or not at all"
        if cell.state is State.SUPPRESSED:
            assert (cell.allele_count, cell.faf95, cell.interval, *genotypes) == (None,) * 6
        if cell.state is State.VALUE:
            assert people[name] >= floors.group
            assert min(cell.allele_count, cell.allele_number - cell.allele_count) >= floors.cell
        if cell.state is State.VALUE and cell.heterozygote_count is not None:
            without = (cell.allele_number - cell.allele_count - cell.heterozygote_count) // 2
            assert min(cell.heterozygote_count, cell.homozygote_count, without) >= floors.cell
            assert not on_sex_chromosome or cell.hemizygote_count >= floors.cell
    if on_sex_chromosome and any(c.state is State.SUPPRESSED for c in shown.values()):
        assert shown["FI"].heterozygote_count is None, "on X heterozygotes are women: they would tell the women's count"


@pytest.mark.parametrize("kind", CLOSED)
@settings(max_examples=200)
@given(drawn=nations)
def test_bound__is_never_below_the_hidden_count(kind: DisclosureClass, drawn: tuple[dict[str, People], bool]) -> None:
    parts, on_sex_chromosome = drawn
    true, people = cells(parts)
    for name, cell in disclose(true, people, FLOORS[kind], nation="FI", haploid=on_sex_chromosome).items():
        assert (cell.bound is not None) == (cell.state is State.SUPPRESSED)
        assert cell.bound is None or cell.bound >= true[name].allele_count


@pytest.mark.parametrize("kind", CLOSED)
@settings(max_examples=200)
@given(data=st.data())
def test_zero_and_a_few__give_the_same_answer(kind: DisclosureClass, data: st.DataObject) -> None:
    """Two nations that differ only in a count below the floor cannot be told apart, whoever carries it."""
    floors = FLOORS[kind]
    size = {letter: data.draw(st.integers(100, 400), label=letter) for letter in "FM"}

    def nation() -> dict[str, PopulationFrequency]:
        carriers = data.draw(st.integers(0, floors.cell - 1))
        women = data.draw(st.integers(0, carriers))
        parts = {"F": People(size["F"] - women, women), "M": People(size["M"] - carriers + women, carriers - women)}
        true, people = cells(parts)
        return disclose(true, people, floors, nation="FI")

    assert nation() == nation()


@pytest.mark.parametrize("kind", CLOSED)
@settings(max_examples=200)
@given(data=st.data())
def test_which_sex_is_small__cannot_be_told(kind: DisclosureClass, data: st.DataObject) -> None:
    """With the nation's count shown, any split in which one sex is below the floor gives the same answer."""
    floors = FLOORS[kind]
    total = data.draw(st.integers(floors.cell, 100))

    def split() -> dict[str, PopulationFrequency]:
        small = data.draw(st.integers(0, min(floors.cell - 1, total)))
        few, rest = (small, total - small) if data.draw(st.booleans()) else (total - small, small)
        true, people = cells({"F": People(300 - few, few), "M": People(300 - rest, rest)})
        return disclose(true, people, floors, nation="FI")

    one, other = split(), split()
    assert one == other
    assert one["FI"].allele_count == total


few = st.integers(1, 30)
small = st.builds(People, few, few, few)


@pytest.mark.parametrize("kind", CLOSED)
@given(one=st.fixed_dictionaries({"F": small, "M": small}), other=st.fixed_dictionaries({"F": small, "M": small}))
def test_small_nation__any_two_give_the_same_answer(
    kind: DisclosureClass, one: dict[str, People], other: dict[str, People]
) -> None:
    """Of fewer people than the least group nothing is shown, not how many were read, and no bound that tells it."""
    shown = [disclose(*cells(parts), FLOORS[kind], nation="FI") for parts in (one, other)]
    assert shown[0] == shown[1]
    assert {(c.state, c.allele_number) for c in shown[0].values()} == {(State.SUPPRESSED, None)}


@pytest.mark.parametrize("kind", CLOSED)
@given(women=small, other=small)
def test_small_sex__not_told_by_the_size_of_the_other(kind: DisclosureClass, women: People, other: People) -> None:
    """With many men and few women, neither sex says how many were read; else the other would follow."""
    men = People(200, 100, 100)
    for parts in ({"F": women, "M": men}, {"F": other, "M": men}):
        shown = disclose(*cells(parts), FLOORS[kind], nation="FI")
        assert shown["FI"].state is State.VALUE
        assert {shown[n].allele_number for n in ("FI_F", "FI_M")} == {None}
        assert {shown[n].bound for n in ("FI_F", "FI_M")} == {shown["FI"].allele_count}


@settings(max_examples=200)
@given(drawn=nations)
def test_class_open__nothing_changes(drawn: tuple[dict[str, People], bool]) -> None:
    true, people = cells(drawn[0])
    assert disclose(true, people, FLOORS[DisclosureClass.OPEN], nation="FI", haploid=drawn[1]) == true


def test_large_counts__are_shown_unchanged() -> None:
    """The floor takes nothing from a common variant in large groups."""
    true, people = cells({"F": People(100, 80, 40), "M": People(90, 90, 50)})
    assert disclose(true, people, FLOORS[DisclosureClass.CONTROLLED], nation="FI") == true


@pytest.mark.parametrize(
    ("kind", "floors"),
    [
        (DisclosureClass.OPEN, Floors(cell=0, group=1, change=0)),
        (DisclosureClass.REGISTERED, Floors(cell=10, group=200, change=20)),
        (DisclosureClass.CONTROLLED, Floors(cell=20, group=200, change=20)),
    ],
)
def test_floors__are_the_table_of_the_contracts(kind: DisclosureClass, floors: Floors) -> None:
    assert FLOORS[kind] == floors


@pytest.mark.parametrize("kind", CLOSED)
def test_floor_itself__is_shown_and_one_less_is_not(kind: DisclosureClass) -> None:
    """A count of exactly the floor may be shown; so may that many of the other allele."""
    floor = FLOORS[kind].cell
    for count, state in ((floor, State.VALUE), (floor - 1, State.SUPPRESSED)):
        for other in (False, True):
            true, people = cells({"F": People(500, count), "M": People(500, count)})
            if other:
                true = {n: replace(c, allele_count=c.allele_number - c.allele_count) for n, c in true.items()}
            assert disclose(true, people, FLOORS[kind], nation="FI")["FI_F"].state is state


@pytest.mark.parametrize(
    ("changed", "kind", "allowed"),
    [
        (0, DisclosureClass.CONTROLLED, True),
        (1, DisclosureClass.CONTROLLED, False),
        (19, DisclosureClass.CONTROLLED, False),
        (20, DisclosureClass.CONTROLLED, True),
        (19, DisclosureClass.REGISTERED, False),
        (20, DisclosureClass.REGISTERED, True),
        (1, DisclosureClass.OPEN, True),
    ],
)
def test_new_epoch__needs_twenty_changed_people_unless_open(changed: int, kind: DisclosureClass, allowed: bool) -> None:
    assert may_take_new_epoch(changed, FLOORS[kind]) is allowed
