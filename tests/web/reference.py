"""A reference without a genome behind it, in every state an answer can have. Every number here is synthetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goe.acts.design_floors import Brief
from goe.acts.design_report import design, example_subgroups
from goe.acts.look_up import as_json
from goe.errors import NotFound
from goe.rules.design import Curve, Recommendation
from goe.rules.frequencies import (
    Heterogeneity,
    NationInRelease,
    PopulationFrequency,
    ReleaseSummary,
    Unresolved,
    VariantAnswer,
)
from goe.rules.variants import Variant, parse_variant
from goe.rules.words import NATIONS, TOTAL, Assembly, State
from goe.science.differentiation import homogeneity, hudson_fst
from goe.science.frequency import filtering_frequency, wilson_interval

GRCh37, GRCh38 = Assembly.GRCh37, Assembly.GRCh38
SHOWN = (State.VALUE, State.OBSERVED_ZERO)
FAILING = "1-2-A-C"  # asking for it breaks the reference
AMBIGUOUS = "9-9-A-C"  # could be meant in either assembly
SECRET = "a sentence that nobody may read"


def counted(label: str, ac: int, an: int, hom: int = 0, hemi: int = 0, state: State | None = None) -> PopulationFrequency:
    """A population with a count; `hom` and `hemi` count people."""
    low, high = wilson_interval(ac, an)
    return PopulationFrequency(
        population=label,
        state=state or (State.VALUE if ac else State.OBSERVED_ZERO),
        allele_count=ac,
        allele_number=an,
        heterozygote_count=ac - 2 * hom - hemi,
        homozygote_count=hom,
        hemizygote_count=hemi,
        faf95=float(filtering_frequency(ac, an)),
        interval=(float(low), float(high)),
    )


def hidden(label: str, state: State, **numbers: int) -> PopulationFrequency:
    """A population without a count to show."""
    return PopulationFrequency(label, state, **numbers)


def unread(label: str) -> PopulationFrequency:
    return hidden(label, State.NOT_CALLABLE, allele_count=0, allele_number=0)


def with_sexes(code: str, women: tuple[int, ...], men: tuple[int, ...]) -> list[PopulationFrequency]:
    """A nation and its sexes; each sex is allele count, allele number, homozygotes and hemizygotes."""
    f, m = ((*sex, 0, 0)[:4] for sex in (women, men))
    both = (a + b for a, b in zip(f, m, strict=True))
    return [counted(code, *both), counted(f"{code}_F", *f), counted(f"{code}_M", *m)]


def answer(
    id: str, populations: Iterable[PopulationFrequency], assembly: Assembly = GRCh37, *, europe: bool = True, **more: Any
) -> VariantAnswer:
    """An answer, with Europe as the sum of the nations that show a number and a test of their differences."""
    found = tuple(populations)
    shown = [p for p in found if p.is_nation and p.state in SHOWN]
    counts, numbers = [p.allele_count or 0 for p in shown], [p.allele_number or 0 for p in shown]
    if europe:
        homozygotes, hemizygotes = (sum(getattr(p, f"{c}zygote_count") for p in shown) for c in ("homo", "hemi"))
        found += (counted(TOTAL, sum(counts), sum(numbers), homozygotes, hemizygotes),)
        more["weighted_frequency"] = sum(c / n for c, n in zip(counts, numbers, strict=True)) / len(shown)
        if sum(counts) < sum(numbers) and any(counts):
            chi_square, degrees, p = homogeneity(counts, numbers)
            more["heterogeneity"] = Heterogeneity(len(shown), chi_square, degrees, p, hudson_fst(counts, numbers))
    return VariantAnswer(parse_variant(id), assembly, "2026.1", "1", found, **more)


def four(counts: Mapping[str, tuple[int, ...]]) -> list[PopulationFrequency]:
    return [counted(code, *numbers) for code, numbers in counts.items()]


RSID = "rs4988235"  # in both assemblies of the fake, so a search must ask which
LCT = answer(
    "2-136608646-G-A",
    [
        *with_sexes("FI", (72, 122, 18), (45, 76, 14)),
        *with_sexes("GB", (69, 90, 27), (62, 92, 22)),
        *with_sexes("ES", (47, 106, 11), (51, 108, 14)),
        *with_sexes("IT", (9, 108, 1), (10, 106, 1)),
    ],
    rsid=RSID,
    filter="PASS",
)
LCT_38 = answer("2-135851076-G-A", with_sexes("FI", (72, 122, 18), (45, 76, 14)), GRCh38, rsid=RSID)
STATES = answer(
    "7-117199563-G-T",
    [
        *four({"FI": (41, 14300), "EE": (9, 3650), "SE": (22, 13298), "DE": (14, 25318), "NL": (0, 4178)}),
        *(counted("NL_F", 0, 2078), counted("NL_M", 0, 2100)),
        unread("HU"),
        hidden("MT", State.SUPPRESSED, bound=10, allele_number=2924),
        counted("RO", 12, 9898, state=State.OFFLINE),
    ],
    filter="LowQual",
)
"""Nations in all five states at once, and frequencies per thousand."""
ON_X = answer(
    "X-3351938-T-C",
    [
        *with_sexes("FI", (30, 120, 4), (14, 38, 0, 14)),
        *with_sexes("GB", (22, 90, 3), (20, 45, 0, 20)),
        *with_sexes("ES", (11, 104, 1), (6, 53, 0, 6)),
        *with_sexes("IT", (40, 108, 9), (18, 52, 0, 18)),
    ],
    rsid="rs311165",
)
NOT_SEEN = answer("22-16050075-A-G", [*four({"FI": (0, 192), "GB": (0, 176), "IT": (0, 208)}), unread("ES")])
NOT_READ = answer("22-16050081-A-G", [unread(label) for label in ("ES", "FI", TOTAL)], europe=False)
RARE = answer("22-16051249-T-C", four({"FI": (1, 2000), "GB": (0, 1800), "ES": (1, 2100), "IT": (1, 2100)}), rsid="rs7")
MADE_UP = answer("1-100880328-A-T", four({"FI": (30, 192, 3), "GB": (40, 176, 4), "ES": (33, 208, 4)}), GRCh38, synthetic=True)
SYMBOLIC = answer("22-17000000-C-<INS:ME:ALU>", four({"FI": (3, 192), "GB": (2, 176), "ES": (0, 208), "IT": (1, 208)}))
LONG = answer(f"2-1000000-C{'T' * 54}A-C", four({"FI": (192, 192, 96), "GB": (176, 176, 88)}))
EVERYBODY = answer("3-1234567-A-G", [counted(code, 5 + 7 * i, 400, i) for i, code in enumerate(NATIONS)])
"""All nations of the programme."""

_LABELLED = ("FR", "ES", "SE", "DE", "FI", "PL", "RO", "BG", "IS", "GB")  # the UK is labelled in the sea, the others on land
RAMPS = tuple(
    answer(f"4-{position}-A-G", [counted(code, 5 + 10 * i, 100) for i, code in enumerate(codes)])
    for position, codes in ((1000, _LABELLED), (2000, _LABELLED[::-1]))
)
"""Between them a label on every class of the ramp."""

OF_A_NODE = answer("2-136608646-G-A", with_sexes("FI", (72, 122, 18), (45, 76, 14)), europe=False, rsid=RSID, filter="PASS")
TOO_FEW = answer("5-1000-A-G", [hidden("FI", State.SUPPRESSED, bound=10, allele_number=2924)], europe=False)
ASLEEP = answer("5-2000-A-G", [hidden("FI", State.OFFLINE)], europe=False)

PEOPLE = {"FI": (99, 61, 38), "GB": (91, 45, 46), "ES": (107, 53, 54), "IT": (107, 54, 53)}
CAPTIONS = {"IT": "Tuscans in Italy"}


def release(assembly: Assembly, variants: int, people: Mapping[str, tuple[int | None, ...]]) -> ReleaseSummary:
    """A release of people, women and men by nation; Romania never answers."""
    nations = tuple(
        NationInRelease(code, *three, signed_on="2026-11-23", answered=code != "RO", caption=CAPTIONS.get(code, ""))
        for code, three in people.items()
    )
    return ReleaseSummary(assembly, "2026.1", "2026-11-23T09:00:00Z", variants, nations, "open")


@dataclass
class Fake:
    """What the web asks for, from the records above."""

    folder: Path
    answers: tuple[VariantAnswer, ...] = (
        LCT, LCT_38, STATES, ON_X, NOT_SEEN, NOT_READ, RARE, MADE_UP, SYMBOLIC, LONG, EVERYBODY, *RAMPS,
    )  # fmt: skip
    releases: tuple[ReleaseSummary, ...] = (
        release(GRCh37, 27111, {**PEOPLE, "RO": (4949, 2500, 2449), "HU": (4818, None, None)}),
        release(GRCh38, 1004, PEOPLE),
    )
    title: str = "Genome of Europe"
    nation: str = ""
    closed: bool = False
    notice: str = "Every number here is synthetic."
    examples: tuple[str, ...] = (RSID, "2-136608646-G-A", "X-3351938-T-C")
    captions: Mapping[str, str] = field(default_factory=lambda: CAPTIONS)
    citation: str = "Synthetic numbers of the tests."
    design: Recommendation | None = None

    def answer(self, variant: Variant, assembly: Assembly | None = None) -> VariantAnswer | Unresolved:
        if not self.releases:
            raise NotFound("nothing has been published here", where=str(self.folder))
        if str(variant) == FAILING:
            raise RuntimeError(SECRET)
        if str(variant) == AMBIGUOUS:
            return Unresolved(variant, f"{variant} could be meant in GRCh37 or GRCh38", (GRCh37, GRCh38))
        found = [a for a in self.answers if a.variant == variant and assembly in (None, a.assembly)]
        if found:
            return found[0]
        place = f"{variant.contig}:{variant.position}"
        return Unresolved(variant, f"no release lists {place}", (), ((self.answers[0].assembly, self.answers[0].variant),))

    def find_rsid(self, rsid: str) -> tuple[tuple[Assembly, Variant], ...]:
        return tuple((a.assembly, a.variant) for a in self.answers if a.rsid == rsid)

    def manifest(self, nation: str, assembly: Assembly) -> bytes | None:
        there = {n.nation for r in self.releases if r.assembly == assembly for n in r.nations} | {TOTAL}
        return b'{"type": "manifest"}' if nation in there and self.releases else None

    def table(self, nation: str, assembly: Assembly) -> Path | None:
        """A table of every nation but Romania, whose node is offline."""
        if nation == "RO" or self.manifest(nation, assembly) is None:
            return None
        path = self.folder / "frequencies.parquet"
        path.write_bytes(b"PAR1" * 1000)
        return path

    def as_json(self, answer: VariantAnswer) -> Mapping[str, Any]:
        return as_json(answer)


def europe(folder: Path) -> Fake:
    """All nations, all states, and a recommended cohort with minorities and a discovery curve."""
    curve = Curve((50, 100, 200, 400), (50.0, 80.0, 120.0, 180.0), (50.0, 80.0, 115.0, 160.0), (50.0, 80.0, 130.0, 210.0), 100)
    subgroups = example_subgroups()
    return Fake(folder, design=design(("EE", "FI", "MT"), Brief(total=12_000), subgroups=subgroups, curves=[curve]))


def node(folder: Path) -> Fake:
    """The node of one nation, without Europe."""
    return Fake(
        folder,
        answers=(OF_A_NODE, TOO_FEW, ASLEEP),
        releases=(release(GRCh37, 27111, {"FI": PEOPLE["FI"]}),),
        title="Genome of Finland",
        nation="FI",
        captions={},
        examples=(RSID,),
    )


def empty(folder: Path) -> Fake:
    """A node that has released nothing."""
    return Fake(folder, answers=(), releases=(), examples=(), notice="", title="Genome of Finland", nation="FI")
