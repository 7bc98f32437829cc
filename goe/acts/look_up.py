"""Looking a variant up in what was published: the answer of every population, in one of five states.

Only published tables are read, never a genome, so a look-up can give away no more than the release did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from goe.acts.setting import Hub, Installation, Place, Root
from goe.errors import BadInput, Damaged, NotFound
from goe.rules.design import Recommendation
from goe.rules.frequencies import (
    Heterogeneity,
    NationInRelease,
    PopulationFrequency,
    ReleaseSummary,
    Unresolved,
    VariantAnswer,
)
from goe.rules.variants import CONTIGS, Variant, contig_length
from goe.rules.words import TOTAL, Assembly, DisclosureClass, State, nation_of
from goe.science.differentiation import homogeneity, hudson_fst
from goe.science.frequency import weighted_mean, wilson_interval
from goe.signing import verify
from goe.store import release as store
from goe.store.tables import inhabitants

Row = Mapping[str, Any]


@dataclass(frozen=True)
class PublishedRelease:
    """One release of one assembly, with its manifest verified. `parts` are the nations' manifests' lines."""

    folder: Path
    document: Mapping[str, Any]

    @property
    def body(self) -> Mapping[str, Any]:
        """The manifest."""
        body: Mapping[str, Any] = self.document["body"]
        return body

    @property
    def assembly(self) -> Assembly:
        """The assembly of every position in it."""
        return Assembly(self.body["assembly"])

    @property
    def nations(self) -> Mapping[str, Row]:
        """What the manifest says of each nation; a nation's own release has one."""
        if "nations" in self.body:
            nations: Mapping[str, Row] = self.body["nations"]
            return nations
        return {self.body["nation"]: {"answered": True, "signed": self.document["issued"], **self.body}}

    @property
    def populations(self) -> list[str]:
        """Every population that the release can answer for, Europe last."""
        found = [p for code, line in sorted(self.nations.items()) for p in sorted(line.get("people", [code]))]
        return [*found, TOTAL] if "nations" in self.body else found

    def largest_unlisted(self, population: str) -> int:
        """The largest count that a population may have at a variant that it does not list; for Europe, of all nations."""
        answering = {code: max(int(line.get("floor", 0)) - 1, 0) for code, line in self.nations.items() if line.get("answered")}
        return sum(answering.values()) if population == TOTAL else answering.get(nation_of(population) or "", 0)

    def site(self, variant: Variant) -> list[dict[str, Any]]:
        """Rows at the position of a variant."""
        return store.read_site(self.folder / store.TABLE, CONTIGS.index(variant.contig), variant.position)


class Reference:
    """What one place has published, ready to be asked: the newest release of each assembly.

    With `anonymous` only releases of the disclosure class `open` are there; the others need sign-in, and `closed` says that
    there are some.
    """

    def __init__(self, place: Place, *, anonymous: bool = False) -> None:
        self._home: Installation = place.hub if isinstance(place, Root) else place
        newest = [_open(self._home, Assembly(a)) for a in self._home.releases.assemblies()]
        self._releases = [r for r in newest if not anonymous or r.body["disclosure_class"] == DisclosureClass.OPEN.value]
        self.nation = "" if isinstance(self._home, Hub) else self._home.name
        self.closed = len(self._releases) < len(newest)
        settings = self._home.settings
        self.title, self.notice, self.citation = settings.title, settings.notice, settings.citation
        self.examples, self.captions = settings.examples, settings.captions

    @cached_property
    def releases(self) -> tuple[ReleaseSummary, ...]:
        """The newest release of each assembly, as a home page tells it."""
        return tuple(_summary(r, self.captions) for r in self._releases)

    @property
    def design(self) -> Recommendation | None:
        """The recommended cohort that is shown here; None where there is none. Read anew each time, for it may be replaced."""
        from goe.acts.design_report import PUBLISHED, published

        return published(self._home.folder) if (self._home.folder / PUBLISHED).is_file() else None

    def answer(self, variant: Variant, assembly: Assembly | None = None) -> VariantAnswer | Unresolved:
        """What every population says about a variant.

        Without `assembly`, the one that lists this position with this reference allele is used if it is the only one. Raises
        NotFound where nothing has been published, in that assembly or at all.
        """
        if not self._releases:
            raise NotFound(
                "what is published here is for signed-in users" if self.closed else "nothing has been published here",
                where=str(self._home.folder),
                remedy="build a release with `goe release build`",
            )
        if assembly is None:
            found = [r for r in self._releases if _matching(r.site(variant), variant)]
            if len(found) != 1:
                return self._unresolved(variant, found)
            return _answer(found[0], variant, found[0].site(variant))
        chosen = next((r for r in self._releases if r.assembly == assembly), None)
        if chosen is None:
            known = ", ".join(r.assembly for r in self._releases)
            raise NotFound(
                f"nothing has been published for {assembly}", expected=f"one of {known}", where=str(self._home.folder)
            )
        if variant.position > (length := contig_length(assembly, variant.contig)):
            raise BadInput(
                f"position {variant.position} is outside chromosome {variant.contig}",
                expected=f"1 to {length}, its length in {assembly}",
            )
        return _answer(chosen, variant, chosen.site(variant))

    def _unresolved(self, variant: Variant, found: list[PublishedRelease]) -> Unresolved:
        """What to ask back, when no assembly or more than one lists the position with this reference allele."""
        place = f"{variant.contig}:{variant.position}"
        others = [
            (r.assembly, Variant(variant.contig, variant.position, *alleles))
            for r in self._releases
            for alleles in sorted(_alleles(r.site(variant)))
        ]
        if found:
            reason = f"{variant} could be meant in {' or '.join(r.assembly for r in found)}"
        elif others:
            listed = ", ".join(sorted({f"{v.reference} in {a}" for a, v in others}))
            reason = f"no release lists the reference allele {variant.reference} at {place}; listed there: {listed}"
        else:
            reason = f"no release lists {place}, so the assembly cannot be told from it"
        return Unresolved(variant, reason, tuple(r.assembly for r in (found or self._releases)), tuple(others))

    def find_rsid(self, rsid: str) -> tuple[tuple[Assembly, Variant], ...]:
        """The variants that carry an rsID, in every assembly."""
        return tuple(
            (r.assembly, Variant(CONTIGS[contig], position, reference, alternate))
            for r in self._releases
            for contig, position, reference, alternate in store.find_rsid(r.folder / store.TABLE, rsid.strip().lower())
        )

    def manifest(self, nation: str, assembly: Assembly) -> bytes | None:
        """The signed manifest of a nation's part, or of Europe (`Total`)."""
        path = self._file(nation, assembly, store.MANIFEST)
        return path.read_bytes() if path else None

    def table(self, nation: str, assembly: Assembly) -> Path | None:
        """The published table of a nation, or of Europe (`Total`)."""
        return self._file(nation, assembly, store.TABLE)

    def _file(self, nation: str, assembly: Assembly, name: str) -> Path | None:
        chosen = next((r for r in self._releases if r.assembly == assembly), None)
        if chosen is None or (nation != TOTAL and nation not in chosen.nations):
            return None
        whole = nation == TOTAL if "nations" in chosen.body else True
        path = chosen.folder / name if whole else chosen.folder / store.NATIONS / nation / name
        return path if path.is_file() else None

    def as_json(self, answer: VariantAnswer) -> dict[str, Any]:
        """The answer as the object that programs read."""
        return as_json(answer)


def as_json(answer: VariantAnswer) -> dict[str, Any]:
    """The answer as the object that programs read (contracts, section 5)."""
    names = (*store.COUNTS[1:2], *store.COUNTS[:1])
    populations = [
        {
            "population": p.population,
            **{name: getattr(p, name) for name in names},
            "allele_frequency": p.allele_frequency,
            **{name: getattr(p, name) for name in store.COUNTS[2:]},
            "faf95": p.faf95,
            "state": p.state.value,
            "bound": p.bound,
        }
        for p in answer.populations
    ]
    return {
        "variant": str(answer.variant),
        "assembly": answer.assembly.value,
        "release": answer.release,
        "epoch": answer.epoch,
        "populations": populations,
    }


def _open(home: Installation, assembly: Assembly) -> PublishedRelease:
    """The newest release of an assembly at a node or hub, its signature verified. Raises Damaged where it does not hold."""
    folder = home.releases.path(assembly, home.releases.versions(assembly)[-1])
    document = store.read_document(folder / store.MANIFEST)
    kind = store.EUROPE_MANIFEST if isinstance(home, Hub) else store.NATION_MANIFEST
    verify(document, kind=kind, trusted={home.name: home.public_keys}, where=str(folder / store.MANIFEST))
    if faults := store.file_faults(folder, document["body"]["files"]):
        raise Damaged("; ".join(faults), where=str(folder), remedy="restore the release from a copy")
    return PublishedRelease(folder, document)


def _alleles(rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(row["reference"], row["alternate"]) for row in rows}


def _matching(rows: list[dict[str, Any]], variant: Variant) -> list[dict[str, Any]]:
    """Rows with the variant's reference allele: the site was read, whatever alternate allele is asked for."""
    return [row for row in rows if row["reference"] == variant.reference]


def _beside(rows: list[dict[str, Any]], variant: Variant) -> dict[str, Row]:
    """By population, the row that says how many alleles were read at the site of a variant that is not listed.

    Another allele of the same site and kind was looked for among the same reads: a substitution speaks for a substitution, an
    insertion or deletion for one; nothing speaks for a symbolic allele. Of several the one with the fewest alleles read.
    """
    if not _is_bases(variant.alternate):
        return {}
    found: dict[str, Row] = {}
    for row in sorted(_matching(rows, variant), key=lambda r: -(r["allele_number"] or 0)):
        same_length = len(row["alternate"]) == len(row["reference"])
        if _is_bases(row["alternate"]) and same_length == (len(variant.alternate) == len(variant.reference)):
            found[row["population"]] = row
    return found


def _is_bases(allele: str) -> bool:
    return not set(allele) - set("ACGT")


def _answer(release: PublishedRelease, variant: Variant, rows: list[dict[str, Any]]) -> VariantAnswer:
    mine = [row for row in _matching(rows, variant) if row["alternate"] == variant.alternate]
    listed = {row["population"]: store.population_frequency(row) for row in mine}
    beside = _beside(rows, variant)
    populations = tuple(
        _with_interval(listed.get(name) or _unlisted(release, name, beside.get(name))) for name in release.populations
    )
    epochs = {code: line["epoch"] for code, line in release.nations.items() if line.get("answered")}
    return VariantAnswer(
        variant=variant,
        assembly=release.assembly,
        release=release.body["release"],
        epoch=" ".join(f"{code}:{e['number']}-{e['digest'][:8]}" for code, e in sorted(epochs.items())),
        populations=populations,
        rsid=next((row["rsid"] for row in mine if row["rsid"]), ""),
        filter=next((row["filter"] for row in mine if row["filter"]), ""),
        synthetic=bool(release.body["synthetic"]),
        heterogeneity=_heterogeneity(populations),
        weighted_frequency=_weighted(populations),
    )


def _unlisted(release: PublishedRelease, population: str, beside: Row | None) -> PopulationFrequency:
    """The answer of a population that does not list the variant.

    `beside` is its row for another alternate allele of the same site: the site was read there, and this allele not seen.
    """
    code = nation_of(population)
    if code and not release.nations[code].get("answered"):
        return PopulationFrequency(population, State.OFFLINE)
    an = beside["allele_number"] if beside and beside["state"] != State.NOT_CALLABLE.value else None
    if largest := release.largest_unlisted(population):  # neither nothing nor a few are listed: they cannot be told apart
        return PopulationFrequency(population, State.SUPPRESSED, allele_number=an, bound=largest)
    if not an:
        return PopulationFrequency(population, State.NOT_CALLABLE, 0, 0, 0, 0, 0)
    return PopulationFrequency(population, State.OBSERVED_ZERO, 0, an, 0, 0, 0, faf95=0.0)


def _with_interval(cell: PopulationFrequency) -> PopulationFrequency:
    if cell.allele_count is None or not cell.allele_number:
        return cell
    low, high = wilson_interval(cell.allele_count, cell.allele_number)
    return replace(cell, interval=(float(low), float(high)))


def _with_value(populations: tuple[PopulationFrequency, ...]) -> list[PopulationFrequency]:
    return [p for p in populations if p.is_nation and p.state in (State.VALUE, State.OBSERVED_ZERO)]


def _heterogeneity(populations: tuple[PopulationFrequency, ...]) -> Heterogeneity | None:
    nations = _with_value(populations)
    counts, numbers = [p.allele_count for p in nations], [p.allele_number for p in nations]
    if len(nations) < 2 or not any(counts):
        return None
    chi_square, degrees, p_value = homogeneity(counts, numbers)  # type: ignore[arg-type]
    return Heterogeneity(len(nations), chi_square, degrees, p_value, hudson_fst(counts, numbers))  # type: ignore[arg-type]


def _weighted(populations: tuple[PopulationFrequency, ...]) -> float | None:
    """Mean of the nations' frequencies by number of inhabitants, over the nations with a value."""
    nations = _with_value(populations)
    if len(nations) < 2:
        return None
    people = inhabitants()
    return weighted_mean([p.allele_frequency or 0.0 for p in nations], [people[p.population] for p in nations])


def _summary(release: PublishedRelease, captions: Mapping[str, str]) -> ReleaseSummary:
    nations = []
    for code, line in sorted(release.nations.items()):
        people = line.get("people", {})
        nations.append(
            NationInRelease(
                nation=code,
                people=people.get(code),
                women=people.get(f"{code}_F"),
                men=people.get(f"{code}_M"),
                signed_on=str(line.get("signed", ""))[:10],
                answered=bool(line.get("answered")),
                caption=captions.get(code, ""),
            )
        )
    return ReleaseSummary(
        assembly=release.assembly,
        release=release.body["release"],
        created=str(release.document["issued"]),
        variants=release.body["variants"],
        nations=tuple(nations),
        disclosure_class=release.body["disclosure_class"],
        synthetic=release.body["synthetic"],
    )
