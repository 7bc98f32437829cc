"""How an act tells what it is doing: it is handed something that can say a sentence and watch a loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """What the command line, or a test, gives to an act."""

    def say(self, sentence: str) -> None:
        """Tell something that the person should know."""

    def track(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        """Pass the items through while showing how far the loop has come."""


class Silence:
    """Tells nothing."""

    def say(self, sentence: str) -> None:
        """Nothing is told."""

    def track(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        """The items, unwatched."""
        yield from items
