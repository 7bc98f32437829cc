"""What the web needs to answer: a protocol, so that the pages can be tried without a single genome on the disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from goe.errors import BadInput
from goe.rules.design import Recommendation
from goe.rules.frequencies import ReleaseSummary, Unresolved, VariantAnswer
from goe.rules.variants import Variant
from goe.rules.words import Assembly


class Reference(Protocol):
    """The releases of one installation, and everything that can be asked about them."""

    @property
    def releases(self) -> tuple[ReleaseSummary, ...]:
        """The latest release of each assembly; empty where nothing has been released."""
        ...

    @property
    def title(self) -> str:
        """Name of the installation."""
        ...

    @property
    def nation(self) -> str:
        """Code of the nation whose node this is; empty where all Europe answers."""
        ...

    @property
    def closed(self) -> bool:
        """Whether there are releases that only signed-in users may see."""
        ...

    @property
    def notice(self) -> str:
        """What the ribbon says about the data; empty for none."""
        ...

    @property
    def examples(self) -> tuple[str, ...]:
        """Searches that lead somewhere."""
        ...

    @property
    def captions(self) -> Mapping[str, str]:
        """What a nation's people are called, where that is not the nation's name."""
        ...

    @property
    def citation(self) -> str:
        """The source of the data, as it wants to be cited."""
        ...

    @property
    def design(self) -> Recommendation | None:
        """The recommended cohort that is shown here; None where there is none."""
        ...

    def answer(self, variant: Variant, assembly: Assembly | None = None) -> VariantAnswer | Unresolved:
        """What the release says about a variant."""
        ...

    def find_rsid(self, rsid: str) -> tuple[tuple[Assembly, Variant], ...]:
        """The variants that go by a dbSNP number."""
        ...

    def manifest(self, nation: str, assembly: Assembly) -> bytes | None:
        """The signed manifest of a nation's part."""
        ...

    def table(self, nation: str, assembly: Assembly) -> Path | None:
        """The frequencies that a nation published."""
        ...

    def as_json(self, answer: VariantAnswer) -> Mapping[str, Any]:
        """An answer as programs read it."""
        ...


def assembly_named(text: str | None) -> Assembly | None:
    """The assembly that an address names; None where it names none.

    Raises BadInput for a word that is no assembly.
    """
    if not text:
        return None
    for assembly in Assembly:
        if assembly.lower() == text.strip().lower():
            return assembly
    raise BadInput(f"{text[:40]!r} is not an assembly", expected=" or ".join(Assembly))


def release_of(reference: Reference, answer: VariantAnswer) -> ReleaseSummary | None:
    """The release that an answer was read from."""
    return next((r for r in reference.releases if r.assembly == answer.assembly and r.release == answer.release), None)
