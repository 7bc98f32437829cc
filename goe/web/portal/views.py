"""The pages of the portal: each view asks the reference and hands what it finds to a page."""

from __future__ import annotations

import re
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from goe import pages
from goe.pages import addresses
from goe.pages.tables import Downloads
from goe.rules.frequencies import Unresolved
from goe.rules.variants import Variant, is_rsid, parse_variant
from goe.rules.words import NATIONS, TOTAL, Assembly
from goe.web.portal import excuses
from goe.web.source import Reference, assembly_named, release_of

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?")


def router(reference: Reference, site: pages.Site) -> APIRouter:
    """The routes of the portal."""
    routes = APIRouter(include_in_schema=False)

    page = partial(routes.api_route, methods=["GET", "HEAD"])

    @page("/")
    def home() -> Response:
        """The first page."""
        return HTMLResponse(pages.home(site, reference.releases, _downloads(reference)))

    @page("/search")
    def search(q: str = "") -> Response:
        """Leads a search to its page, or says what can be searched for."""
        return _found(reference, site, q) if q.strip() else RedirectResponse(addresses.HOME, 303)

    @page("/variant/{id:path}")
    def variant(request: Request, id: str, assembly: str | None = None, release: str | None = None) -> Response:
        """The page of one variant."""
        if is_rsid(id):
            return _found(reference, site, id)
        try:
            asked = parse_variant(id)
        except ValueError as error:
            return excuses.not_understood(site, id, str(error))
        wanted = assembly_named(assembly)
        if str(asked) != id:  # one page, one address
            return RedirectResponse(addresses.variant(asked, wanted), 303)
        answer = reference.answer(asked, wanted)
        if isinstance(answer, Unresolved):
            return excuses.unresolved(site, answer)
        if release and release != answer.release:
            return excuses.other_release(site, answer, release)
        body = pages.variant(
            site,
            answer,
            release=release_of(reference, answer),
            as_json=reference.as_json(answer),
            origin=_origin(request),
            downloads=_downloads(reference),
        )
        return HTMLResponse(body)

    @page(addresses.DESIGN)
    def design() -> Response:
        """The recommended cohort."""
        made = reference.design
        if made is None:
            raise HTTPException(404)
        return HTMLResponse(pages.design(site, made))

    @page("/how-to-read")
    def how_to_read() -> Response:
        """What the numbers mean."""
        return HTMLResponse(pages.how_to_read(site))

    @page("/accessibility")
    def accessibility() -> Response:
        """The accessibility statement."""
        return HTMLResponse(pages.accessibility(site))

    @page("/releases/{assembly}/{nation}/manifest.json")
    def manifest(assembly: str, nation: str) -> Response:
        """A signed manifest, byte for byte as it was signed."""
        part = _part(assembly, nation)
        body = reference.manifest(*part)
        if body is None:
            raise HTTPException(404)
        return Response(body, media_type="application/json", headers=_named(*part, "manifest.json"))

    @page("/releases/{assembly}/{nation}/frequencies.parquet")
    def table(assembly: str, nation: str) -> Response:
        """A published table."""
        part = _part(assembly, nation)
        path = reference.table(*part)
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, media_type="application/vnd.apache.parquet", headers=_named(*part, "frequencies.parquet"))

    return routes


def _found(reference: Reference, site: pages.Site, typed: str) -> Response:
    """Where a search leads: to the page of a variant, to a choice, or to what can be searched for."""
    if is_rsid(typed):
        known = reference.find_rsid(typed.strip().lower())
        if not known:
            return excuses.unknown_rsid(site, typed.strip(), bool(reference.releases))
        if len(known) > 1:
            return excuses.several(site, typed.strip(), known)
        assembly, variant = known[0]
        return RedirectResponse(addresses.variant(variant, assembly), 303)
    try:
        asked: Variant = parse_variant(typed)
    except ValueError as error:
        return excuses.not_understood(site, typed, str(error))
    return RedirectResponse(addresses.variant(asked), 303)


def _downloads(reference: Reference) -> Downloads:
    """Which files there really are."""
    found = {}
    for release in reference.releases:
        for nation in (*(n.nation for n in release.nations), TOTAL):
            kinds = {
                "manifest": reference.manifest(nation, release.assembly) is not None,
                "table": reference.table(nation, release.assembly) is not None,
            }
            found[release.assembly, nation] = frozenset(kind for kind, there in kinds.items() if there)
    return found


def _part(assembly: str, nation: str) -> tuple[str, Assembly]:
    """A nation's part of a release from the words of an address, which never reach a disk unless they are known."""
    if assembly not in list(Assembly) or (nation != TOTAL and nation not in NATIONS):
        raise HTTPException(404)
    return nation, Assembly(assembly)


def _named(nation: str, assembly: Assembly, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="goe-{assembly}-{nation}-{ending}"'}


def _origin(request: Request) -> str:
    """Scheme and host as the visitor sees them, for the commands to copy; nothing that could be more than a host."""
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else ""
