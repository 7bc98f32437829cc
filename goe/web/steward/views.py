"""The steward's pages: each view asks the desk and hands what it finds to a page. Nothing here is reached without a session."""

from __future__ import annotations

from dataclasses import replace
from hmac import compare_digest
from itertools import islice

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from goe.acts.desk import StewardDesk
from goe.errors import GoeError, NotFound
from goe.pages import Site, addresses, steward
from goe.web.steward.forms import Form, read_form
from goe.web.steward.session import COOKIE, InsecureLocalSteward, Session

_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
_HEADERS = {"Cache-Control": "no-store"}


class _Refused(Exception):
    def __init__(self, response: Response) -> None:
        self.response = response


def add_steward(app: FastAPI, desk: StewardDesk, door: InsecureLocalSteward, public: Site) -> None:
    """Add the steward's pages to an application that serves this machine alone."""
    app.add_exception_handler(_Refused, lambda _request, error: error.response)
    app.include_router(router(desk, door, replace(public, navigation=steward.NAVIGATION)))


def router(desk: StewardDesk, door: InsecureLocalSteward, site: Site) -> APIRouter:
    """The routes of the steward."""
    routes = APIRouter(include_in_schema=False)
    entrance = steward.Desk(replace(site, navigation=((addresses.HOME, "Look up"),)))

    def entered(request: Request) -> Session:
        """The session of who asks. Raises _Refused for anybody else."""
        _local(request)
        session = door.session(request.cookies.get(COOKIE, ""))
        if session is None:
            raise _Refused(_answer(steward.sign_in(entrance), 403))
        return session

    async def sent(request: Request) -> tuple[Session, Form]:
        """The session and the form of who posts. Raises _Refused where the form is not one of this session's pages."""
        session = entered(request)
        try:
            form = await read_form(request)
        except GoeError as error:
            raise _Refused(_say(session, 400, "That could not be read", str(error))) from None
        if not compare_digest(form.fields.get("csrf", "").encode(), session.csrf.encode()):
            raise _Refused(_say(session, 403, "That form is not of this session", "Nothing was done.", "open the page again"))
        return session, form

    def _say(session: Session, status: int, title: str, found: str, remedy: str = "") -> Response:
        return _answer(steward.message(_desk(site, session), title=title, found=found, remedy=remedy), status)

    def registry_page(session: Session, shown: str, page: int, *, unknown: bool = False, status: int = 200) -> Response:
        register = desk.register()
        if register is None:
            return _say(session, 200, "Nobody is registered yet", "The registry is empty.", "look at a file under Intake")
        shown = shown if shown in steward.SHOWN else "out" if register.of("out") else "all"
        page = max(1, page)
        first = steward.AT_ONCE * (page - 1)
        people = list(islice(register.of(shown), first, first + steward.AT_ONCE))
        numbers = {e.participant_id: session.number(e.participant_id) for e in people}
        at = replace(_desk(site, session), numbers=numbers)
        return _answer(steward.registry(at, register, shown=shown, page=page, people=people, unknown=unknown), status)

    @routes.get(addresses.STEWARD)
    def registry(request: Request, show: str = "", page: int = 1) -> Response:
        """Everybody, with what keeps them out."""
        return registry_page(entered(request), show, page)

    @routes.get(addresses.STEWARD_SIGN_IN)
    def ask(request: Request) -> Response:
        """The page that asks for the code."""
        _local(request)
        return _answer(steward.sign_in(entrance))

    @routes.post(addresses.STEWARD_SIGN_IN)
    async def sign_in(request: Request) -> Response:
        """Opens a session for who knows the code."""
        _local(request)
        form = await read_form(request, 10_000)
        session = door.sign_in(form.fields.get("code", ""))
        if session is None:
            return _answer(steward.sign_in(entrance, wrong=True), 403)
        response = RedirectResponse(addresses.STEWARD, 303, headers=_HEADERS)
        response.set_cookie(COOKIE, session.key, path=addresses.STEWARD, httponly=True, samesite="strict")
        return response

    @routes.post(addresses.STEWARD_SIGN_OUT)
    async def sign_out(request: Request) -> Response:
        """Ends the session."""
        await sent(request)
        door.sign_out()
        response = RedirectResponse(addresses.STEWARD_SIGN_IN, 303, headers=_HEADERS)
        response.delete_cookie(COOKIE, path=addresses.STEWARD, httponly=True, samesite="strict")
        return response

    @routes.post(addresses.STEWARD_FIND)
    async def find(request: Request) -> Response:
        """Leads from a pseudonym, which stands in no address, to the person's page."""
        session, form = await sent(request)
        register = await run_in_threadpool(desk.register)
        asked = form.fields.get("participant", "").strip().upper()
        if register and any(e.participant_id == asked for e in register.entries):
            return RedirectResponse(addresses.person(session.number(asked)), 303, headers=_HEADERS)
        return await run_in_threadpool(registry_page, session, "", 1, unknown=True, status=404)

    @routes.post(addresses.STEWARD_JUDGE)
    async def judge(request: Request) -> Response:
        """Judges everybody anew."""
        await sent(request)
        desk.forget()
        return RedirectResponse(addresses.STEWARD, 303, headers=_HEADERS)

    @routes.get(addresses.STEWARD + "/person/{number}")
    def person(request: Request, number: int) -> Response:
        """One person."""
        session = entered(request)
        pseudonym = session.pseudonym(number)
        if pseudonym is None:
            return _say(session, 404, "That number stands for nobody", "Numbers hold for one session.", "open the registry")
        try:
            return _answer(steward.participant(_desk(site, session), desk.record(pseudonym)))
        except NotFound:
            return _say(session, 404, "There is nobody here any more", "The person is not registered.", "open the registry")

    @routes.get(addresses.STEWARD_INCLUSION)
    def inclusion(request: Request) -> Response:
        """The inclusion report."""
        session = entered(request)
        register = desk.register()
        if register is None:
            return _say(session, 200, "Nobody is registered yet", "The registry is empty.", "look at a file under Intake")
        return _answer(steward.inclusion(_desk(site, session), register))

    @routes.get(addresses.STEWARD_INTAKE)
    def intake(request: Request) -> Response:
        """The form for a file."""
        return _answer(steward.intake(_desk(site, entered(request))))

    @routes.post(addresses.STEWARD_INTAKE)
    async def previewed(request: Request) -> Response:
        """What an import of the file would change. Nothing is kept."""
        session, form = await sent(request)
        if not form.content:
            found = steward.Preview(form.name, "no file was chosen, or it is empty", "a CSV or TSV file")
        else:
            found = await run_in_threadpool(desk.preview, form.content, form.name)
        return _answer(steward.intake(_desk(site, session), found), 400 if found.refused else 200)

    return routes


def _desk(site: Site, session: Session) -> steward.Desk:
    return steward.Desk(site, session.csrf)


def _answer(page: str, status: int = 200) -> Response:
    return HTMLResponse(page, status, headers=_HEADERS)


def _local(request: Request) -> None:
    """Refuse a request that was addressed to another name than this machine's own, as a rebound name would be."""
    host = request.headers.get("host", "").lower()
    if host in _HOSTS or host.rpartition(":")[0] in _HOSTS:
        return
    raise _Refused(Response("This address serves its own machine alone.\n", 403, headers=_HEADERS, media_type="text/plain"))
