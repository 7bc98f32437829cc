"""The steward's pages: nowhere without the option, nothing without a session, and what they show is what the acts say."""

from __future__ import annotations

import asyncio
import html
import json
import re
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from serving import VERSION, Watch, client_of, serving
from setting import REPOSITORY, Said
from starlette.requests import Request
from starlette.testclient import TestClient

from goe.acts.consent import record_consent
from goe.acts.desk import StewardDesk
from goe.acts.look_up import Reference
from goe.acts.rights import object_to_use
from goe.acts.setting import Node, Root, open_node
from goe.errors import BadInput
from goe.pages import Site, addresses
from goe.rules.consent import ConsentEvent, LegalBasis
from goe.rules.words import Scope
from goe.web.app import create_app
from goe.web.steward.forms import read_form
from goe.web.steward.session import COOKIE, IDLE, InsecureLocalSteward, Session
from goe.web.steward.views import router

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Run = Callable[..., Said]
HERE = "http://127.0.0.1:8000"
PSEUDONYM = re.compile(r"GOE-FI-S[A-Z]+-[0-9]+")
FORMS = (addresses.STEWARD_SIGN_OUT, addresses.STEWARD_FIND, addresses.STEWARD_JUDGE, addresses.STEWARD_INTAKE)


def awaited(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of something asynchronous, in a thread of its own: where a browser was driven, this one has a loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class Visit:
    """A browser at a node, with the codes that its operator was told."""

    def __init__(self, node: Node) -> None:
        self.codes: list[str] = []
        self.time = 0.0
        self.node, self.desk = node, StewardDesk(node)
        door = InsecureLocalSteward(self.codes.append, clock=lambda: self.time)
        self.app = create_app(Reference(node, anonymous=True), version=VERSION, steward=(self.desk, door))
        self.client = self.stranger()
        self.csrf = ""

    def stranger(self) -> TestClient:
        return TestClient(self.app, base_url=HERE, follow_redirects=False)

    def sign_in(self) -> Visit:
        assert self.client.post(addresses.STEWARD_SIGN_IN, data={"code": self.codes[-1]}).status_code == 303
        self.csrf = re.search(r'name="csrf" value="([^"]+)"', self.read(addresses.STEWARD_INTAKE))[1]  # type: ignore[index]
        return self

    def read(self, address: str) -> str:
        """The text of a page, as a reader meets it, with its marks left in."""
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.text
        return html.unescape(answer.text)

    def person(self, pseudonym: str) -> str:
        """The address of a person's page."""
        found = self.client.post(addresses.STEWARD_FIND, data={"csrf": self.csrf, "participant": pseudonym})
        assert found.status_code == 303
        return str(found.headers["location"])

    def preview(self, content: bytes, name: str = "people.csv") -> tuple[int, str]:
        sent = self.client.post(addresses.STEWARD_INTAKE, data={"csrf": self.csrf}, files={"file": (name, content)})
        return sent.status_code, html.unescape(sent.text)


@pytest.fixture
def visit(demo: Root) -> Visit:
    """Nobody has signed in; to be read, never changed."""
    return Visit(demo.nodes["FI"])


@pytest.fixture
def finland(demo: Root, copy_of: Callable[[Path], Path]) -> Node:
    """Finland, to be changed."""
    return open_node(copy_of(demo.nodes["FI"].folder), None)


def ways(visit: Visit) -> list[tuple[str, str]]:
    """Method and address of every route, so that a new page is asked for too."""
    door = InsecureLocalSteward(lambda _: None)
    routes = router(visit.desk, door, Site(title="", version="")).routes
    found = [(m, r.path.replace("{number}", "1")) for r in routes if isinstance(r, APIRoute) for m in sorted(r.methods)]
    assert len(found) >= 10
    return found


def test_without_the_option__there_are_no_such_pages(demo: Root, visit: Visit) -> None:
    client = client_of(Reference(demo.nodes["FI"], anonymous=True))
    for method, address in ways(visit):
        assert client.request(method, address).status_code == 404, address
        assert visit.client.request(method, address).status_code != 404, address
    assert addresses.STEWARD not in client.get("/").text
    assert addresses.STEWARD in visit.client.get("/").text


@pytest.mark.parametrize("cookies", [{}, {COOKIE: "x"}])
def test_without_a_session__every_page_is_refused_and_names_nobody(visit: Visit, cookies: dict[str, str]) -> None:
    client = TestClient(visit.app, base_url=HERE, cookies=cookies)
    for method, address in (way for way in ways(visit) if way[1] != addresses.STEWARD_SIGN_IN):
        sent = client.request(method, address, data={"csrf": ""} if method == "POST" else None)
        assert sent.status_code == 403, address
        assert not PSEUDONYM.search(sent.text)
        assert "Insecure stand-in" in sent.text


def test_a_code__works_once_and_a_new_one_is_told_when_the_session_ends(visit: Visit) -> None:
    assert len(visit.codes) == 1
    assert visit.client.post(addresses.STEWARD_SIGN_IN, data={"code": "guess"}).status_code == 403
    assert visit.client.post(addresses.STEWARD_SIGN_IN, data={"code": ""}).status_code == 403
    visit.sign_in()
    other = visit.stranger()
    assert other.post(addresses.STEWARD_SIGN_IN, data={"code": visit.codes[0]}).status_code == 403, "it was used"
    assert other.post(addresses.STEWARD_SIGN_IN, data={"code": ""}).status_code == 403, "nor does none do"
    key = visit.client.cookies[COOKIE]
    assert visit.client.post(addresses.STEWARD_SIGN_OUT, data={"csrf": visit.csrf}).status_code == 303
    assert len(visit.codes) == 2 and visit.codes[0] != visit.codes[1]
    again = TestClient(visit.app, base_url=HERE, cookies={COOKIE: key})
    assert again.get(addresses.STEWARD).status_code == 403, "the cookie opens nothing any more"


def test_a_session__ends_when_nobody_is_there(visit: Visit) -> None:
    visit.sign_in()
    visit.time += IDLE - 1
    assert visit.client.get(addresses.STEWARD_INTAKE).status_code == 200
    visit.time += IDLE + 1
    assert visit.client.get(addresses.STEWARD_INTAKE).status_code == 403
    assert len(visit.codes) == 2


def test_the_cookie__is_for_no_script_and_no_other_site_and_pages_are_not_kept(visit: Visit) -> None:
    sent = visit.client.post(addresses.STEWARD_SIGN_IN, data={"code": visit.codes[0]})
    words = {word.strip().lower() for word in sent.headers["set-cookie"].split(";")}
    assert {"httponly", "samesite=strict", f"path={addresses.STEWARD}"} <= words
    assert visit.codes[0] not in str(sent.headers)
    page = visit.client.get(addresses.STEWARD)
    assert page.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert not re.search(r"<style|style=|<script(?! src)", page.text)


@pytest.mark.parametrize("csrf", ["", "x"])
def test_a_form__of_another_page_does_nothing(visit: Visit, csrf: str) -> None:
    visit.sign_in()
    for address in FORMS:
        assert visit.client.post(address, data={"csrf": csrf}).status_code == 403
    assert visit.client.post(FORMS[0], content=b"csrf", headers={"content-type": "text/plain"}).status_code == 400
    assert visit.client.get(addresses.STEWARD_INTAKE).status_code == 200, "and the session goes on"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""])
def test_another_name_for_this_machine__is_refused(visit: Visit, host: str) -> None:
    """A name that an attacker points at 127.0.0.1 (DNS rebinding)."""
    visit.sign_in()
    for address in (addresses.STEWARD, addresses.STEWARD_SIGN_IN):
        assert visit.client.get(address, headers={"host": host}).status_code == 403


def test_the_command__serves_one_node_on_this_machine_alone(demo: Root, goe: Run) -> None:
    node = demo.nodes["FI"].folder
    for host in ("0.0.0.0", "::", "192.168.1.2", "localhost"):
        said = goe("serve", "--steward", "--dir", node, "--host", host)
        assert (said.code, "this machine alone" in said.err) == (1, True), host
    root = goe("serve", "--steward", "--dir", demo.folder)
    assert (root.code, "of one node" in root.err) == (1, True)


def test_the_registry__says_who_is_kept_out_and_why_as_the_gate_does(visit: Visit, goe: Run) -> None:
    said = json.loads(goe("include", "check", "--dir", visit.node.folder, "--json").out)
    out = [p for p in said["participants"] if p["verdict"] == "fail"]
    assert len(out) == 3
    page = visit.sign_in().read(addresses.STEWARD)
    assert "3 of 99 people are kept out" in page
    rows = dict(re.findall(r'<tr><th scope="row" class="who"><a href="[^"]+">([^<]+)</a>(.*?)</tr>', page))
    assert set(rows) == {p["id"] for p in out}
    for person in out:
        (fault,) = (c for c in person["criteria"] if c["result"] == "fail")
        assert fault["evidence"].replace("_", " ").capitalize()[:60] in rows[person["id"]]
        assert fault["fix"][1:20] in rows[person["id"]]


def test_the_registry__shows_everybody_once_page_by_page(visit: Visit) -> None:
    visit.sign_in()
    pages = [visit.read(f"{addresses.STEWARD}?show=all&page={n}") for n in (1, 2, 3)]
    seen = [p for page in pages for p in re.findall(r'class="who"><a href="[^"]+">([^<]+)<', page)]
    assert len(seen) == 99 and set(seen) == set(visit.node.registry.participants())
    assert "Nobody." in pages[2]


def test_the_report__has_the_numbers_of_the_command(visit: Visit, goe: Run) -> None:
    lines = goe("include", "check", "--dir", visit.node.folder).out.splitlines()
    page = visit.sign_in().read(addresses.STEWARD_INCLUSION)
    assert "96 of 99 people can be included" in page and any("96 of 99 people can be included" in line for line in lines)
    steps = re.findall(r"<b>(\d+)</b> of (\d+)", page)
    told = [
        re.search(r"(\d+) +(\d+)$", line) for line in lines if line.startswith(("ELSI", "standards", "data q", "connected"))
    ]
    assert steps == [(m[2], m[1]) for m in told[:4] if m] and len(steps) == 4


def test_no_address__names_a_person(visit: Visit) -> None:
    visit.sign_in()
    page = visit.person("GOE-FI-SUBJECT-42")
    assert re.fullmatch(r"/steward/person/[0-9]{12}", page)
    seen = [visit.read(a) for a in (addresses.STEWARD, addresses.STEWARD_INCLUSION, addresses.STEWARD_INTAKE, page)]
    assert not [a for text in seen for a in re.findall(r'(?:href|action|src)="([^"]*)"', text) if PSEUDONYM.search(a)]
    assert visit.client.get(f"{addresses.STEWARD}/person/42").status_code == 404
    missing = visit.client.post(addresses.STEWARD_FIND, data={"csrf": visit.csrf, "participant": "GOE-FI-SUBJECT-4242"})
    assert missing.status_code == 404 and "SUBJECT-4242" not in missing.text


def test_numbers__stand_for_one_person_and_tell_no_order() -> None:
    one, other = Session(), Session()
    people = [f"GOE-FI-SUBJECT-{n}" for n in range(1, 41)]
    numbers = [one.number(p) for p in people]
    assert [one.pseudonym(n) for n in numbers] == people and numbers == [one.number(p) for p in people]
    assert numbers != sorted(numbers) and numbers != [other.number(p) for p in people]
    assert other.pseudonym(numbers[0]) is None


def test_a_person__with_three_facts_apart_by_day(finland: Node) -> None:
    person = "GOE-FI-SUBJECT-42"
    early = [ConsentEvent(Scope.RECONTACT, True, date(2026, 2, 3), document="v7", language="fi")]
    record_consent(finland, person, early, basis=LegalBasis("dpv:PublicInterest", date(2026, 3, 4)))
    object_to_use(finland, person, date(2026, 5, 6))
    visit = Visit(finland).sign_in()
    page = visit.read(visit.person(person))
    assert "Kept out" in page, "an opt-out alone keeps a person out"
    ethics, basis, out = (part.split("</section>")[0] for part in page.split('<div class="facts">')[1].split("<h3>")[1:4])
    assert ethics.startswith("Ethics consent") and basis.startswith("Legal basis") and out.startswith("EHDS opt-out")
    assert re.search(r'datetime="2026-02-03">.*?Recontact: <b>yes</b>.*?v7 fi', ethics, re.DOTALL)
    assert 'datetime="2026-03-04"' in basis and "Dpv:PublicInterest" in basis
    assert 'datetime="2026-05-06"' in out and "<b>out</b>" in out
    assert ("Permits" in ethics, "Permits" in basis, "Refuses" in out) == (True, True, True)
    assert not any(word in ethics for word in ("2026-03-04", "2026-05-06", "dpv:"))
    days = re.findall(r'<time datetime="([^"]+)"', ethics)
    assert days == sorted(days, reverse=True) and len(days) == 2


def test_a_person__with_genomes_quality_and_completeness(visit: Visit, goe: Run) -> None:
    """The numbers of one genome, as its file of metrics gives them."""
    node = visit.node
    name, file = next(
        (f.name.split(".")[0], f) for f in sorted((REPOSITORY / "goe/data/demo/FI/quality").glob("*.metrics.json"))
    )
    sample = next(s for s in node.registry.samples().values() if s.genome == name)
    measured = json.loads(file.read_text(encoding="utf-8"))
    coverage = float(re.search(r'"mean_autosome_coverage": ?([0-9.]+)', json.dumps(measured))[1])  # type: ignore[index]
    person = node.registry.links()[sample.sample_id]
    page = visit.sign_in().read(visit.person(person))
    assert sample.sample_id in page and f"{coverage:.1f}×" in page
    said = json.loads(goe("participants", "show", person, "--dir", node.folder, "--json").out)["minimal_data_set"]
    assert f"of {said['asked']} mandatory values are there</dt><dd>{said['asked'] - len(said['missing'])}</dd>" in page
    assert all(item in page for item in said["missing"])
    assert "karyotype" not in page.lower()


def test_a_private_hint__stands_on_no_page(finland: Node, goe: Run, tmp_path: Path) -> None:
    """A karyotype that does not fit the sex recorded at birth: the command line tells the steward, no page does."""
    person = next(p for p, one in finland.registry.participants().items() if one.sex == "female")
    with sqlite3.connect(finland.folder / "registry.sqlite") as database:
        database.execute("update participant set sex_at_birth = 'male' where participant_id = ?", (person,))
    command = ("include", "check", "--dir", finland.folder)
    told = json.loads(goe(*command, "--participant", person, "--json").out)["participants"][0]["criteria"]
    assert {c["criterion"]: c["result"] for c in told}["sex_as_recorded"] == "warn"
    goe(*command, "--report", tmp_path / "r.html")
    visit = Visit(finland).sign_in()
    pages = [visit.read(a) for a in (addresses.STEWARD_INCLUSION, visit.person(person), addresses.STEWARD + "?show=all")]
    for page in (*pages, (tmp_path / "r.html").read_text(encoding="utf-8")):
        assert "Sex as recorded" not in page and "karyotype" not in page.lower()


def test_new_facts__are_judged_without_being_asked_for(finland: Node) -> None:
    visit = Visit(finland).sign_in()
    assert "3 of 99 people are kept out" in visit.read(addresses.STEWARD)
    object_to_use(finland, "GOE-FI-SUBJECT-42", date(2026, 5, 6))
    page = visit.read(addresses.STEWARD)
    assert "4 of 99 people are kept out" in page and "1 verdict differs" in page


PEOPLE = REPOSITORY / "goe/data/demo/FI/participants.csv"


def changed(**cells: str) -> bytes:
    """The demonstration's file with one new person, whose cells are said, after two who are known."""
    heading, *rows = PEOPLE.read_text(encoding="utf-8").splitlines()
    row = dict(zip(heading.split(","), rows[0].split(","), strict=True))
    new = {"participant": "GOE-FI-SUBJECT-900", "sample": "GOE-FI-SAMPLE-900", "genome": "X900"}
    return "\n".join([heading, *rows[:2], ",".join((row | new | cells).values()), ""]).encode()


@pytest.mark.parametrize("cells", [{}, {"sex": "femal"}, {"birth_year": "1850", "region": "Lapland"}])
def test_a_preview__says_what_the_command_says_and_keeps_nothing(
    finland: Node, goe: Run, tmp_path: Path, cells: dict[str, str]
) -> None:
    content = changed(**cells)
    (tmp_path / "people.csv").write_bytes(content)
    said = json.loads(goe("participants", "preview", tmp_path / "people.csv", "--dir", finland.folder, "--json").out)
    visit = Visit(finland).sign_in()
    before = (finland.registry.sizes(), finland.ledger.rows())
    status, page = visit.preview(content)
    assert status == 200
    numbers = [int(n) for n in re.findall(r"<dd>(\d+)</dd>", page)]
    assert numbers == [said[name] for name in ("new", "completed", "samples", "facts", "known")]
    assert said["new"] == (0 if cells else 1) and said["known"] == 2
    rows = re.findall(r'<td class="n">(\d+)</td><th scope="row" class="gap">([^<]+)</th><td>([^<]+)</td>', page)
    assert [(int(r), c, rule.lower()) for r, c, rule in rows] == [
        (f["row"], f["column"], f["rule"].lower()) for f in said["faults"]
    ]
    assert len(rows) == len(cells)
    assert not any(value in page for value in cells.values() if value != "femal"), "cells are not repeated"
    assert (finland.registry.sizes(), finland.ledger.rows()) == before
    assert not list(Path(gettempdir()).glob("goe-preview-*")), "nor is the file"


def test_a_file_that_cannot_be_read__is_refused_with_its_place(visit: Visit) -> None:
    visit.sign_in()
    status, page = visit.preview(changed(region="#REF!"))
    assert status == 400
    assert "#REF!" in page and "row 4" in page and "'region'" in page
    assert gettempdir() not in page
    for content, name in ((b"", ""), (b"\x00\x01\xff", "people.csv"), (b"a,b\n1,2\n", "../../etc/passwd")):
        status, page = visit.preview(content, name or "people.csv")
        assert status == 400 and "This file cannot be read" in page and gettempdir() not in page


@given(content=st.binary(max_size=300) | st.text("a,\r\n\f\x85-ä\u2028", max_size=40).map(str.encode))
def test_a_file__arrives_byte_for_byte(content: bytes) -> None:
    """As a client that we did not write sends it."""
    sent = httpx.Request("POST", HERE, data={"csrf": "c"}, files={"file": ("C:\\data\\people.csv", content, "text/csv")})
    form = awaited(read_form(received(sent.read(), sent.headers["content-type"])))
    assert (form.content, form.name, form.fields) == (content, "people.csv", {"csrf": "c"})


def received(body: bytes, kind: str) -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    return Request(scope, receive)


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "multipart/form-data; boundary=x", ""])
def test_what_is_no_form__is_refused(kind: str) -> None:
    with pytest.raises(BadInput, match="not a form"):
        awaited(read_form(received(b"", kind)))


def test_an_endless_form__is_refused_before_anybody_signed_in(visit: Visit) -> None:
    sent = visit.client.post(addresses.STEWARD_SIGN_IN, data={"code": "x" * 20_000})
    assert sent.status_code == 400 and "larger than" in sent.text


def test_an_empty_node__says_so(node: Node) -> None:
    visit = Visit(node).sign_in()
    for address in (addresses.STEWARD, addresses.STEWARD_INCLUSION):
        assert "Nobody is registered yet" in visit.read(address)
    status, page = visit.preview(PEOPLE.read_bytes())
    assert status == 200 and "99 participants would be registered" in page


TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def address(visit: Visit) -> Iterator[str]:
    with serving(visit.client) as address:
        yield address


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_axe__finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, visit: Visit, address: str, width: int, scheme: str, tmp_path: Path
) -> None:
    """By keyboard from the code to a person and a file; axe and the width on each page."""
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )  # axe reads the style sheet by script, which the policy of the pages forbids
    watch, axe, seen = Watch(address), Axe(), []
    page = watch.over(context.new_page())

    def look(name: str) -> None:
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        found = axe.run(page, options={"runOnly": TAGS, "resultTypes": ["violations"]})
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert "Insecure stand-in" in page.locator("aside").all_inner_texts()[-1]
        seen.append(name)

    page.goto(addresses.STEWARD_SIGN_IN)
    look("sign-in")
    page.get_by_label("Code").focus()
    page.keyboard.type(visit.codes[-1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{addresses.STEWARD}")
    page.get_by_role("heading", name="are kept out").wait_for()
    look("registry")
    page.get_by_label("Participant, by pseudonym").focus()
    page.keyboard.type("goe-fi-subject-42")
    page.keyboard.press("Enter")
    page.wait_for_url("**/person/*")
    look("person")
    page.goto(addresses.STEWARD_INCLUSION)
    look("inclusion")
    page.goto(addresses.STEWARD_INTAKE)
    (tmp_path / "people.csv").write_bytes(changed(sex="femal"))
    page.get_by_label("File", exact=True).set_input_files(tmp_path / "people.csv")
    page.get_by_role("button", name="Preview").press("Enter")
    page.get_by_role("heading", name="1 row would be rejected").wait_for()
    look("preview")
    context.close()
    assert not watch.foreign and not watch.errors and len(seen) == 5


@pytest.mark.browser
def test_without_script__a_steward_gets_to_a_person(browser: Browser, visit: Visit, address: str) -> None:
    """With the pages' own policy, under which an inline style or script would be an error."""
    context = browser.new_context(base_url=address, java_script_enabled=False)
    watch = Watch(address)
    page = watch.over(context.new_page())
    page.goto(addresses.STEWARD_SIGN_IN)
    page.get_by_label("Code").fill(visit.codes[-1])
    page.get_by_role("button", name="Sign in").click()
    page.locator(".checks a").first.click()
    assert page.get_by_role("heading", name="Kept out").is_visible()
    assert page.locator(".facts > div").count() == 3
    context.close()
    assert not watch.errors and not watch.foreign
