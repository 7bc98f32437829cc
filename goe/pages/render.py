"""The pages themselves: each function takes records and gives a whole HTML page, escaped, without script or style inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from goe.pages import addresses, copies, europe, numbers, sentences, tables
from goe.pages import design as designs
from goe.pages.tables import Downloads
from goe.rules.design import Recommendation
from goe.rules.frequencies import NationInRelease, PopulationFrequency, ReleaseSummary, VariantAnswer
from goe.rules.words import NATIONS, TOTAL, Assembly, Scope, State

STATIC = Path(__file__).parent / "static"
"""The folder of the style sheet, the script and the mark."""

PLANNED = 500_000
"""People that the programme plans to count."""


@dataclass(frozen=True)
class Site:
    """What every page of an installation shares: its name, its ribbon, its version, its words of navigation.

    `nation` is the code of the nation whose node this is, empty where all Europe answers. `closed` says that there are releases
    which only signed-in users may see.
    """

    title: str
    version: str
    nation: str = ""
    closed: bool = False
    notice: str = ""
    citation: str = ""
    captions: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    navigation: tuple[tuple[str, str], ...] = ((addresses.HOME, "Look up"), (addresses.HOW_TO_READ, "How to read"))

    @property
    def is_european(self) -> bool:
        """Whether several nations answer here, not one nation's node."""
        return not self.nation

    @property
    def place(self) -> str:
        """Where the people are from: "Europe", or the nation whose node this is."""
        return NATIONS.get(self.nation, "Europe")


@dataclass(frozen=True)
class Way:
    """A way on from a page that has no answer: a link and what it leads to."""

    text: str
    href: str
    code: bool = False


def home(site: Site, releases: Sequence[ReleaseSummary], downloads: Downloads) -> str:
    """The first page: one search field, the key figures, who is in the release and what can be downloaded."""
    nations: dict[str, NationInRelease] = {}
    for release in releases:
        for part in release.nations:
            nations.setdefault(part.nation, part)
    rows = tables.release_rows(releases, site.captions, downloads)
    ordered = [nations[code] for code in dict.fromkeys(row.nation for row in rows)]
    return _page(
        "home.html",
        site,
        current=addresses.HOME,
        releases=releases,
        editions=_editions(releases),
        people=max((r.people for r in releases), default=0),
        answering=sum(n.answered for n in ordered),
        planned=PLANNED,
        invited=len(NATIONS),
        map=europe.membership_map(ordered, site.captions),
        rows=rows,
        whole=tables.files_of(TOTAL, [r.assembly for r in releases], downloads, site.captions),
    )


def variant(
    site: Site,
    answer: VariantAnswer,
    *,
    release: ReleaseSummary | None,
    as_json: Mapping[str, Any],
    origin: str,
    downloads: Downloads,
) -> str:
    """The page of one variant. `origin` is the scheme and host of this installation, for the commands to copy."""
    parts = {n.nation: n for n in release.nations} if release else {}
    counted = [n for n in answer.nations if n.state in (State.VALUE, State.OBSERVED_ZERO)]
    manifests = [
        file
        for label in (*(n.population for n in answer.nations), TOTAL)
        for _, files in tables.files_of(label, [answer.assembly], downloads, site.captions)
        for file in files
        if file.text == "manifest"
    ]
    return _page(
        "variant.html",
        site,
        current=addresses.HOME,
        answer=answer,
        name=sentences.title(answer),
        head=answer.headline,
        whole_europe=answer.population(TOTAL) is not None,
        allele=sentences.allele(answer.variant),
        kind=sentences.kind_of_change(answer.variant),
        filter=sentences.filter_words(answer.filter),
        counted=counted,
        people=_people(counted, parts),
        invited=len(NATIONS),
        differences=sentences.differences(answer, site.captions),
        missing=_missing(answer, site.captions),
        map=europe.frequency_map(answer, site.captions),
        legend=europe.legend_for(answer),
        table=tables.nation_table(answer, site.captions, parts),
        copies=copies.copies(answer, as_json, origin + addresses.variant_json(answer.variant, answer.assembly)),
        json_address=addresses.variant_json(answer.variant, answer.assembly),
        manifests=manifests,
        citation=copies.citation(site.title, answer, site.citation),
        summary=copies.summary(site.title, answer),
    )


def message(
    site: Site,
    *,
    title: str,
    found: str,
    teach: bool = False,
    ways: Sequence[Way] = (),
    tone: str = "bad",
    typed: str = "",
) -> str:
    """A page for what cannot be answered: what was found, what is expected with an example, and a way on.

    `teach` adds how a variant is written. `tone` is "bad" for what cannot be done, "" for something to know. `typed`
    fills the search field again.
    """
    return _page(
        "message.html", site, current="", heading=title, found=found, teach=teach, ways=ways, tone=tone, typed=typed[:80]
    )


def choice(site: Site, *, title: str, found: str, ways: Sequence[Way], typed: str = "") -> str:
    """A page that offers what the asker may choose from, such as two assemblies."""
    return message(site, title=title, found=found, ways=ways, tone="", typed=typed)


def how_to_read(site: Site) -> str:
    """What every column, state and word on the pages means."""
    return _page("how_to_read.html", site, current=addresses.HOW_TO_READ)


def design(site: Site, made: Recommendation) -> str:
    """The recommended cohort: how many, whom, why and at what price."""
    return _page("design.html", site, current=addresses.DESIGN, view=designs.view(made))


def design_report(made: Recommendation, *, version: str) -> str:
    """The same as one file that needs nothing else: style and pictures are inside, and nothing is asked of anybody."""
    site = Site(title="Genome of Europe", version=version)
    return _page("design_report.html", site, view=designs.view(made), style=(STATIC / "goe.css").read_text(encoding="utf-8"))


def accessibility(site: Site) -> str:
    """What was done, and tested, so that everybody can use the pages."""
    return _page("accessibility.html", site, current="")


def _editions(releases: Sequence[ReleaseSummary]) -> tuple[tuple[str, str], ...]:
    """Each release once, with its date and class, and the assemblies it was made in."""
    found: dict[str, list[str]] = {}
    for r in releases:
        edition = f"Release {r.release} of {numbers.day(r.created)}, class {r.disclosure_class}"
        found.setdefault(edition, []).append(r.assembly)
    return tuple((edition, ", ".join(assemblies)) for edition, assemblies in found.items())


def _people(counted: Sequence[PopulationFrequency], parts: Mapping[str, NationInRelease]) -> int:
    """People in the release of these nations; 0 where that is not known of each."""
    people = [parts[n.population].people if n.population in parts else None for n in counted]
    return 0 if None in people else sum(p or 0 for p in people)


def _missing(answer: VariantAnswer, captions: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Nations left out of the sum, by reason."""
    reasons = (
        (State.OFFLINE, "offline"),
        (State.NOT_CALLABLE, "not able to read the site"),
        (State.SUPPRESSED, "too few to show"),
    )
    found = []
    for state, reason in reasons:
        names = [sentences.name(n.population, captions) for n in answer.nations if n.state is state]
        if names:
            found.append((_listed(names), reason))
    return tuple(found)


def _listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them: "Romania, Bulgaria and Malta"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


@cache
def environment() -> Environment:
    """The templates, with the filters and words that they share."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        nation=designs.name_of,
        group=designs.group_name,
        euro=designs.euro,
        chance=designs.chance,
        count=numbers.count,
        said=_said,
        frequency=numbers.frequency,
        interval=numbers.interval,
        about=numbers.about,
        day=numbers.day,
    )
    environment.globals.update(
        at=addresses, nnbsp=numbers.NARROW, State=State, Assembly=Assembly, states=sentences.STATE_NAMES,
        no_data=sentences.NO_DATA,
        looks=europe.STATE_CLASSES, rarer_than=numbers.rarer_than, if_it_exists=sentences.if_it_exists,
        hidden_count=sentences.hidden_count, variant_address=addresses.variant, search_address=addresses.search,
    )  # fmt: skip
    return environment


def _page(template: str, site: Site, **values: Any) -> str:
    return environment().get_template(template).render(site=site, **values)


def _said(text: str) -> str:
    """A finding as a sentence begins, in words, without the marks that the command line puts around commands."""
    plain = text.replace("`", "")
    for scope in Scope:
        plain = plain.replace(scope, scope.replace("_", " "))
    return plain[:1].upper() + plain[1:]
