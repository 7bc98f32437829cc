"""What is registered of people besides their record: observations, answers, values of the minimal data set; and what is new."""

from __future__ import annotations

from collections.abc import Iterable

from goe.rules.observations import Answer, Observation
from goe.rules.phenotypes import MinimalValue
from goe.store.arrivals import Arrival
from goe.store.models import AnswerRow, MinimalValueRow, ObservationRow
from goe.store.registry import Writing

Key = tuple[str, str, str, int, str, int]


class Facts:
    """The facts registered of the people of some rows, read once. `fresh` says that nothing can be registered of them."""

    def __init__(self, writing: Writing, rows: list[Arrival], *, fresh: bool) -> None:
        self._seen: set[Observation | Answer] = set()
        self._values: dict[Key, MinimalValue] = {}
        if fresh:
            return
        people = list({row.participant_id for row in rows})
        about = [*people, *(s.sample_id for row in rows if row.enrolment for s in row.enrolment.samples)]
        for table, record, wanted in (
            (ObservationRow, Observation, any(row.observations for row in rows)),
            (AnswerRow, Answer, any(row.answers for row in rows)),
        ):
            if wanted:
                self._seen |= {one for found in writing.remembered(table, record, people).values() for one in found}
        if any(row.values for row in rows):
            found = writing.remembered(MinimalValueRow, MinimalValue, about, by="about")
            self._values = {_key(value): value for values in found.values() for value in values}

    def refused(self, row: Arrival) -> tuple[tuple[str, str], ...]:
        """The values of a row that are registered otherwise, by column."""
        return tuple(
            (f"{v.part}.{v.item}", "registered with other values") for v in row.values if self._values.get(_key(v), v) != v
        )

    def new(self, rows: Iterable[Arrival]) -> tuple[list[Observation], list[Answer], list[MinimalValue]]:
        """The facts of these rows that are not registered, each once; from now on they are."""
        observations: list[Observation] = []
        answers: list[Answer] = []
        values: list[MinimalValue] = []
        for row in rows:
            observations += [o for o in row.observations if self._take(o)]
            answers += [a for a in row.answers if self._take(a)]
            values += [v for v in row.values if self._values.setdefault(_key(v), v) is v]
        return observations, answers, values

    def _take(self, fact: Observation | Answer) -> bool:
        """Whether a fact is new; it is remembered."""
        before = len(self._seen)
        self._seen.add(fact)
        return len(self._seen) > before


def _key(v: MinimalValue) -> Key:
    return v.about, v.model, v.part, v.instance, v.item, v.place
