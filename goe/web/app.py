"""The web application: pages for people and JSON for programs over one reference."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from goe import pages
from goe.acts.desk import StewardDesk
from goe.errors import BadInput, NotFound
from goe.pages import addresses
from goe.web import api
from goe.web.guard import Compressed, Guard
from goe.web.portal import excuses, views
from goe.web.source import Reference
from goe.web.steward.session import InsecureLocalSteward
from goe.web.steward.views import add_steward


def create_app(
    reference: Reference, *, version: str, steward: tuple[StewardDesk, InsecureLocalSteward] | None = None
) -> FastAPI:
    """The application that serves a reference; with `steward`, a node's own people too, for who serves this machine alone.

    The interactive pages of FastAPI are switched off, for they load scripts from a third party; the description of the
    interface is at `/api/v1/openapi.json`.
    """
    site = pages.Site(
        title=reference.title,
        version=version,
        nation=reference.nation,
        closed=reference.closed,
        notice=reference.notice,
        citation=reference.citation,
        captions=reference.captions,
        examples=reference.examples,
        navigation=_navigation(reference, steward=steward is not None),
    )
    app = FastAPI(
        title=reference.title,
        version=version,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_url=addresses.INTERFACE,
    )

    def failed(request: Request, status: int, detail: str = "") -> Response:
        """The answer to a request that cannot be answered, in the language of who asked."""
        if request.url.path.startswith("/api/"):
            return api.problem(status, _TITLES.get(status, "Not answered"), detail or _TITLES.get(status, "Not answered"))
        return excuses.bad_input(site, detail, status) if detail else excuses.by_status(site, status)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        return failed(request, error.status_code)

    @app.exception_handler(BadInput)
    def misunderstood(request: Request, error: BadInput) -> Response:
        return failed(request, 400, str(error))

    @app.exception_handler(NotFound)
    def missing(request: Request, error: NotFound) -> Response:
        return failed(request, 404, error.found)  # without the place, which is a folder here

    @app.get("/healthz", include_in_schema=False)
    def health() -> Response:
        """Whether the application answers."""
        return PlainTextResponse("ok\n")

    app.include_router(api.router(reference))
    app.include_router(views.router(reference, site))
    if steward:
        add_steward(app, *steward, site)
    app.mount("/static", StaticFiles(directory=pages.STATIC), name="static")
    app.add_middleware(Compressed)
    app.add_middleware(Guard, failed=failed)
    return app


def _navigation(reference: Reference, *, steward: bool) -> tuple[tuple[str, str], ...]:
    """The words of navigation: the recommended cohort and the steward's pages only where they are shown."""
    cohort = ((addresses.DESIGN, "Cohort"),) if reference.design else ()
    desk = ((addresses.STEWARD, "Steward"),) if steward else ()
    return ((addresses.HOME, "Look up"), *cohort, (addresses.HOW_TO_READ, "How to read"), *desk)


_TITLES = {400: "Not understood", 404: "Not known here", 405: "Not allowed", 500: "Failed here"}
