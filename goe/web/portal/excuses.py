"""What a page says when there is no answer: what was found, what is expected with an example, a way on. Never a bare code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fastapi.responses import HTMLResponse, Response

from goe import pages
from goe.pages import addresses
from goe.pages.render import Way
from goe.rules.frequencies import Unresolved, VariantAnswer
from goe.rules.variants import Variant
from goe.rules.words import Assembly

_REGION = re.compile(r"(chr)?[0-9XYMT]{1,2}[:\-][\d,]+([\-–][\d,]+)?", re.IGNORECASE)
_GENE = re.compile(r"[A-Za-z][A-Za-z0-9.\-]{1,19}")

HOW = Way("How to read, and what is covered", addresses.HOW_TO_READ)
START = Way("To the search", addresses.HOME)


def not_understood(site: pages.Site, typed: str, reason: str) -> Response:
    """What was typed is no variant; a region or a gene is told so in particular."""
    text = typed.strip()
    shown = text if len(text) <= 60 else text[:60] + "…"
    if _REGION.fullmatch(text):
        title, found = "Regions cannot be looked up yet", f"“{shown}” is a region or a position."
    elif _GENE.fullmatch(text):
        title, found = "Genes cannot be looked up yet", f"“{shown}” looks like a gene, or a word."
    else:
        return _page(site, 400, "That is not a variant", _sentence(reason), [HOW], teach=True, typed=text)
    limit = f"{found} This version looks up one variant or rsID at a time."
    return _page(site, 400, title, limit, [HOW], teach=True, typed=text)


def unknown_rsid(site: pages.Site, rsid: str, anything_released: bool) -> Response:
    """An rsID that no release knows."""
    found = f"{rsid} is in no release of this installation. Not every variant here has its rsID: try position and alleles."
    if not anything_released:
        found = f"{rsid} cannot be looked up: nothing has been released here yet."
        if site.closed:
            found = f"{rsid} cannot be looked up without signing in, and sign-in is not part of this version."
    return _page(site, 404, f"{rsid} is not known here", found, [HOW], teach=True, typed=rsid)


def several(site: pages.Site, typed: str, known: Sequence[tuple[Assembly, Variant]]) -> Response:
    """One rsID, several variants: by assembly, by allele, or both."""
    ways = [Way(f"{variant} in {assembly}", addresses.variant(variant, assembly)) for assembly, variant in known]
    found = f"{typed} is in this reference {len(known)} times: in different assemblies, or with different alleles."
    return _choice(site, f"Which {typed}?", found, ways, typed)


def unresolved(site: pages.Site, answer: Unresolved) -> Response:
    """A look-up that needs one more word: an assembly (300), or something that exists (404)."""
    id = str(answer.variant)
    if answer.assemblies:
        ways = [Way(f"{id} in {assembly}", addresses.variant(answer.variant, assembly)) for assembly in answer.assemblies]
        return _choice(site, "In which assembly?", _sentence(answer.reason), ways, id)
    ways = [Way(f"{v} in {assembly}", addresses.variant(v, assembly)) for assembly, v in answer.suggestions]
    return _page(site, 404, "No answer about this variant", _sentence(answer.reason), [*ways, HOW], typed=id)


def other_release(site: pages.Site, answer: VariantAnswer, release: str) -> Response:
    """A link to a release that is not served here."""
    served = f"This installation serves release {answer.release} of {answer.assembly}."
    found = f"The address asks for release “{release[:40]}”. {served}"
    ways = [Way(f"The same variant in release {answer.release}", addresses.variant(answer.variant, answer.assembly))]
    return _page(site, 404, "That release is not served here", found, ways)


def bad_input(site: pages.Site, reason: str, status: int = 400) -> Response:
    """A value in the address that cannot be, or that leads to nothing published here."""
    return _page(site, status, "That address cannot be answered", _sentence(reason), [START, HOW], teach=True)


def by_status(site: pages.Site, status: int) -> Response:
    """The page of a plain HTTP error."""
    title, found = {
        404: ("There is no such page", "The address leads nowhere on this installation."),
        405: ("That cannot be done here", "This address can be read, and nothing else."),
        500: (
            "Something went wrong here",
            "The fault is ours, not yours. Nothing was changed; it has been noted without what you asked.",
        ),
    }.get(status, ("That cannot be answered", f"The request was refused with status {status}."))
    return _page(site, status, title, found, [START, HOW], teach=status == 404)


def _sentence(text: str) -> str:
    text = text[:400].strip().rstrip(".")
    return text[:1].upper() + text[1:] + "."


def _page(
    site: pages.Site,
    status: int,
    title: str,
    found: str,
    ways: Sequence[Way],
    *,
    teach: bool = False,
    typed: str = "",
) -> Response:
    return HTMLResponse(pages.message(site, title=title, found=found, teach=teach, ways=ways, typed=typed), status)


def _choice(site: pages.Site, title: str, found: str, ways: Sequence[Way], typed: str) -> Response:
    return HTMLResponse(pages.choice(site, title=title, found=found, ways=ways, typed=typed), 300)
