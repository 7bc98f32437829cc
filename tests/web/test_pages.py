"""What the pages and the JSON say, against the manifests and the look-up that stand behind them; no browser."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, unquote, urljoin

import pyarrow.parquet as pq
import pytest
import reference as fakes
from genomes import Site, person, store
from httpx import Response
from hypothesis import example, given
from hypothesis import strategies as st
from reading import Page, contrast, frequencies, number, tokens
from scipy.stats import binomtest
from serving import VERSION, client_of
from setting import Said, clock
from starlette.testclient import TestClient

from goe import pages
from goe.acts.build_release import build_release
from goe.acts.create import create_node
from goe.acts.look_up import Reference, as_json
from goe.acts.setting import Node, Root
from goe.pages import addresses
from goe.rules.variants import CONTIGS, Variant, parse_variant
from goe.rules.words import NATIONS, TOTAL, Assembly, DisclosureClass
from goe.store.release import KEY, MANIFEST, TABLE

LCT = "2-136608646-G-A"
HTML, PROBLEM = "text/html; charset=utf-8", "application/problem+json"
CSS = (pages.STATIC / "goe.css").read_text()
SCRIPT = (pages.STATIC / "goe.js").read_text()


def manifests(root: Root) -> dict[Assembly, dict]:
    """Europe's manifest of each assembly, from the disk."""
    return {a: json.loads((published(root, a) / MANIFEST).read_text())["body"] for a in Assembly}


def published(root: Root, assembly: Assembly) -> Path:
    return root.hub.releases.path(assembly, "2026.1")


def read(response: Response, status: int = 200) -> Page:
    assert (response.status_code, response.headers["content-type"]) == (status, HTML)
    return Page(response.text)


# Home


def test_home__numbers_are_those_of_the_manifests(demo: Root, demo_app: TestClient) -> None:
    page = read(demo_app.get("/"))
    figures = page.one("dl", class_="figures")
    shown = {
        t.text: number(d.text)
        for t, d in zip(*([e for e in figures.children if e.tag == k] for k in ("dt", "dd")), strict=True)
    }
    bodies = manifests(demo)
    people = {code: line["people"][code] for code, line in bodies[Assembly.GRCh37]["nations"].items()}
    assert people == {"ES": 104, "FI": 96, "GB": 88, "IT": 104}
    assert shown == {
        "people counted, of 500 000 planned": 392,
        "nations answering, of 32": 4,
        **{f"variants counted, {a}": body["variants"] for a, body in bodies.items()},
    }
    assert sum(people.values()) == 392
    for code, row in ((e.get("data-nation"), e) for e in page.all("tr") if e.get("data-nation")):
        three = bodies[Assembly.GRCh37]["nations"][code]["people"]
        cells = [cell.text for cell in row.children if cell.tag == "td"][:3]
        assert [number(text) for text in cells] == [three[code], three[f"{code}_F"], three[f"{code}_M"]]


def test_home__says_what_is_made_up_and_whose_people(demo: Root, demo_app: TestClient) -> None:
    page = read(demo_app.get("/"))
    assert page.one("aside", class_="ribbon").text == f"Demonstration {demo.hub.settings.notice}"
    assert "404 people" in demo.hub.settings.notice and "synthetic" in demo.hub.settings.notice
    assert page.one("tr", data_nation="IT").text.startswith("Tuscans in Italy 104")


def test_home__every_example_leads_to_an_answer(demo: Root, demo_app: TestClient) -> None:
    for typed in demo.hub.settings.examples:
        found = demo_app.get(addresses.search(typed), follow_redirects=True)
        assert frequencies(read(found))["Total"]["Frequency"] not in ("–", "0"), typed


# One variant


def test_lactase__is_0_446_of_784(demo_app: TestClient) -> None:
    """Issue 1's variant: what remains of the 404 people without the twelve who did not consent."""
    found = demo_app.get("/search?q=rs4988235", follow_redirects=True)
    assert found.url.path == f"/variant/{LCT}" and found.url.params["assembly"] == "GRCh37"
    page = read(found)
    assert page.one("h1").text == "rs4988235" and page.one("code", id="variant-id").text == LCT
    assert page.one("span", class_="big").text == "0.446"
    assert page.one("dl", class_="pairs").text.startswith("Alleles350 of 784 called")
    assert frequencies(page)["IT"]["Population"] == "Tuscans in Italy"


def chosen(root: Root) -> Iterator[tuple[Assembly, Variant]]:
    """Variants from the beginning, the middle and the end of each published table, and some on X."""
    for assembly in Assembly:
        rows = pq.read_table(published(root, assembly) / TABLE, columns=[*KEY, "state", "population"]).to_pylist()
        keys = list(dict.fromkeys(tuple(row[k] for k in KEY) for row in rows))
        seen = {tuple(r[k] for k in KEY) for r in rows if r["population"] == TOTAL and r["state"] == "value"}
        partly = {tuple(r[k] for k in KEY) for r in rows if r["state"] == "not_callable"}
        on_x = [key for key in keys if CONTIGS[key[0]] == "X"]
        for key in {*keys[:: len(keys) // 3], *sorted(seen)[:: max(1, len(seen) // 4)], *on_x[::15], *partly}:
            yield assembly, Variant(CONTIGS[key[0]], *key[1:])
    for id in (LCT, "2-136608646-G-T"):
        yield Assembly.GRCh37, parse_variant(id)


def test_table__equals_the_look_up(demo: Root, reference: Reference, demo_app: TestClient) -> None:
    """Cell by cell; interval by scipy, for the JSON has none."""
    tried = set(chosen(demo))
    assert len(tried) >= 16 and sum(v.contig == "X" for _, v in tried) >= 3
    for assembly, variant in tried:
        told = as_json(reference.answer(variant, assembly))
        assert demo_app.get(addresses.variant_json(variant, assembly)).json() == told
        table = frequencies(read(demo_app.get(addresses.variant(variant, assembly))))
        for line in told["populations"]:
            if line["population"] not in table:
                assert line["population"].endswith("_U") or line["state"] == "not_callable"
                continue
            compare(table.pop(line["population"]), line)
        assert not table, "a row that the look-up does not know"


def compare(cells: dict[str, str], line: dict) -> None:
    """One row of the table and one record of the JSON."""
    ac, an, af = line["allele_count"], line["allele_number"], line["allele_frequency"]
    (alleles,) = (text for column, text in cells.items() if column.startswith("Alleles"))
    assert (number(alleles), number(cells["Called"]), number(cells["Homozyg."])) == (ac, an, line["homozygote_count"])
    assert number(cells.get("Hemizyg.", "0")) == line["hemizygote_count"]
    if af is None:
        assert (cells["Frequency"], cells["95 % interval"]) == ("–", "–")
        return
    assert rounds_to(cells["Frequency"].split()[0], af)
    if cells["faf95"]:  # of nations and Europe
        assert rounds_to(cells["faf95"], line["faf95"])
    bounds = binomtest(ac, an).proportion_ci(method="wilson")
    assert all(rounds_to(*pair) for pair in zip(cells["95 % interval"].split("–"), bounds, strict=True))


def rounds_to(text: str, value: float) -> bool:
    """Three decimals from 0.01, two significant figures below; 0 and 1 only where it is."""
    if value < 1e-12 or value > 1 - 1e-12:
        return text == f"{value:.0f}"
    if value >= 0.9995:
        return text == "0.999+"
    return text == (f"{value:.3f}" if value >= 0.01 else text) and float(text) == pytest.approx(float(f"{value:.2g}"), rel=0.06)


def test_table__is_sorted_by_frequency_with_europe_last(demo_app: TestClient) -> None:
    table = frequencies(read(demo_app.get(f"/variant/{LCT}")))
    assert list(table) == [*(c + s for c in ("GB", "FI", "ES", "IT") for s in ("", "_F", "_M")), "Total"]


def test_json__is_what_the_command_prints(demo: Root, demo_app: TestClient, goe: Callable[..., Said]) -> None:
    said = goe("variant", "show", LCT, "--dir", demo.folder, "--json")
    assert said.code == 0 and json.loads(said.out) == demo_app.get(f"/api/v1/variant/{LCT}").json()
    assert demo_app.get("/api/v1/variant/rs4988235").json() == json.loads(said.out)


def test_tsv__is_the_json_as_a_table(demo_app: TestClient) -> None:
    page = read(demo_app.get(f"/variant/{LCT}"))
    (block,) = page.all("pre", id="copy-tsv")
    assert "\u202f" not in "".join(block.pieces)
    head, *lines = (line.split("\t") for line in "".join(block.pieces).split("\n"))
    told = demo_app.get(f"/api/v1/variant/{LCT}").json()["populations"]
    for fields, line in zip(lines, told, strict=True):
        row = dict(zip(head, fields, strict=True))
        for name, value in line.items():
            assert row[name] == ("" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value))


# Five states


def test_absent_allele__is_not_observed_with_its_denominator(demo_app: TestClient) -> None:
    """The site is read in everybody; nobody carries a T."""
    page = read(demo_app.get("/variant/2-136608646-G-T"))
    assert page.one("span", class_="big").text == "Not observed"
    assert "Looked for in 784 alleles and seen in none" in page.one("p", class_="answer").text
    table = frequencies(page)
    assert {(r["Alleles T"], r["Frequency"]) for r in table.values()} == {("0", "0")}
    assert number(table["FI"]["Called"]) == 192


def test_position_nobody_read__is_not_callable_and_not_zero(demo_app: TestClient) -> None:
    page = read(demo_app.get("/variant/2-136608647-A-C?assembly=GRCh37"))
    assert page.one("span", class_="big").text == "Not callable"
    assert "not even zero" in page.one("p", class_="answer").text
    assert {r["Frequency"] for r in frequencies(page).values()} == {"–"}
    assert all("not callable" in e.get("aria-label") for e in page.all("a") if e.get("data-nation"))


WORDED = {
    "FI": ("v5", "Finland: 0.0029, 41 of 14 300 alleles", ""),
    "NL": ("zero", "Netherlands: observed zero, none of 4 178 alleles", "Observed zero. If it exists, rarer than 1 in 1 088"),
    "HU": (
        "nocall",
        "Hungary: not callable, the site could not be read",
        "Not callable. The site could not be read in any of 4 818 genomes",
    ),
    "MT": (
        "few",
        "Malta: suppressed, at most 10 of 2 924 alleles",
        "Suppressed. At most 10 of 2 924 alleles; the floor protects people",
    ),
    "RO": (
        "offline",
        "Romania: node offline, not in the sum",
        "Offline. Signed answer of 23 November 2026; not in the sum",
    ),
}


@pytest.mark.parametrize("code", WORDED)
def test_states__are_drawn_spoken_and_written(fake_app: TestClient, code: str) -> None:
    """A blank, a zero and a secret are three different answers: on the map, for a screen reader and in the table."""
    look, spoken, written = WORDED[code]
    page = read(fake_app.get(f"/variant/{fakes.STATES.variant}"))
    (land,) = (e for e in page.all("a") if e.get("data-nation") == code)
    assert " ".join(land.get("aria-label").split()) == spoken
    assert all(look in e.classes for e in land.children if e.tag in ("path", "circle"))
    assert frequencies(page)[code]["In words"] == written


def test_states__legend_and_sum_say_them_all(fake_app: TestClient) -> None:
    page = read(fake_app.get(f"/variant/{fakes.STATES.variant}"))
    legend = page.one("div", class_="legend")
    names = [e.text for e in legend.children if e.tag == "b"]
    assert names == ["Value", "Observed zero", "Not callable", "Suppressed", "Node offline", "No data yet"]
    assert page.one("div", class_="notice").text == (
        "Not every nation is in the sum. Romania: offline. Hungary: not able to read the site. Malta: too few to show."
    )
    total = frequencies(page)["Total"]
    assert (total["Alleles T"], total["Called"]) == ("86", "60 744"), "Romania's last answer is outside the sum"
    told = fake_app.get(f"/api/v1/variant/{fakes.STATES.variant}").json()["populations"]
    assert {p["state"] for p in told} == {"value", "observed_zero", "not_callable", "suppressed", "offline"}
    (malta,) = (p for p in told if p["population"] == "MT")
    assert malta["allele_count"] is None and malta["bound"] == 10


HEADLINES = {
    fakes.OF_A_NODE: "0.591",
    fakes.TOO_FEW: "At most 10",
    fakes.ASLEEP: "Offline",
}


@pytest.mark.parametrize("answer", HEADLINES, ids=str)
def test_headline__of_one_node(node_app: TestClient, answer: fakes.VariantAnswer) -> None:
    page = read(node_app.get(f"/variant/{answer.variant}"))
    assert page.one("span", class_="big").text == HEADLINES[answer]
    assert "Europe" not in " ".join(frequencies(page))


def test_synthetic_genotypes__are_called_so(fake_app: TestClient) -> None:
    page = read(fake_app.get(f"/variant/{fakes.MADE_UP.variant}"))
    assert page.one("li", class_="warn").text == "Synthetic genotypes"
    assert "Synthetic genotypes." in page.one("p", id="citation").text


# The map


def test_map__has_a_link_per_nation_with_an_answer(demo_app: TestClient) -> None:
    page = read(demo_app.get(f"/variant/{LCT}"))
    drawn = page.one("svg", class_="map")
    assert drawn.get("role") == "group" and "frequency of A by nation" in drawn.get("aria-label")
    links = [e for e in drawn.children if e.tag == "a"]
    assert [e.get("href") for e in links] == [f"#row-{code}" for code in ("GB", "FI", "ES", "IT")], "in the table's order"
    blank = [e.text for e in drawn.children if e.tag == "title" and e.text.endswith("no data yet")]
    assert len(blank) == len(NATIONS) - 4


def test_map__of_all_nations_has_every_link_and_circles_for_the_small(fake_app: TestClient) -> None:
    page = read(fake_app.get(f"/variant/{fakes.EVERYBODY.variant}"))
    links = {e.get("data-nation"): e for e in page.one("svg", class_="map").children if e.tag == "a"}
    assert set(links) == set(NATIONS) and len(NATIONS) == 32
    assert all(e.get("href").lstrip("#") in page.ids and e.get("aria-label") for e in links.values())
    assert {code for code, e in links.items() if any(c.tag == "circle" for c in e.children)} == {"CY", "LI", "LU", "MT"}
    assert all(any(c.tag == "path" and c.get("d") for c in e.children) for e in links.values())


# Colours, from the style sheet


def labels(fake_app: TestClient) -> set[tuple[str, str]]:
    """Class of the ramp and class of the label on it, as pages draw them."""
    found = set()
    for answer in fakes.RAMPS:
        for text in read(fake_app.get(f"/variant/{answer.variant}")).all("text"):
            found |= {(c[1:], kind) for c in text.classes if re.fullmatch(r"h\d", c) for kind in text.classes - {c}}
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast__of_labels_on_the_ramp(fake_app: TestClient, scheme: str) -> None:
    """design.md, section 2: one colour on classes 0 to 3, one on 4 and 5, one on 6 to 9; axe does not see text in a picture."""
    colours, drawn = tokens(CSS, scheme), labels(fake_app)
    assert drawn == {
        *((f"{i}", "low") for i in range(4)),
        ("4", "mid"),
        ("5", "mid"),
        *((f"{i}", "high") for i in range(6, 10)),
    }
    for step, kind in drawn:
        assert re.search(rf"\.map text\.{kind} {{ fill: var\(--on-{kind}\)", CSS) and f".v{step} {{ fill: var(--r{step})" in CSS
        assert contrast(colours[f"r{step}"], colours[f"on-{kind}"]) >= 4.5, (step, kind)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast__of_text_on_paper_and_wash(scheme: str) -> None:
    colours = tokens(CSS, scheme)
    for ground in ("paper", "wash"):
        for text in ("ink", "ink-2", "ink-3", "accent", "warn", "bad"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for text in ("ink", "ink-2"):  # a row that is lit
        assert contrast(colours[text], colours["accent-wash"]) >= 4.5, text
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
    assert contrast(colours["line-strong"], colours["paper"]) >= 3, "borders of controls"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ramp__goes_from_the_paper_in_one_direction(scheme: str) -> None:
    """Lightness alone orders it, so that it can be read without colour."""
    colours = tokens(CSS, scheme)
    steps = [contrast(colours[f"r{i}"], colours["paper"]) for i in range(10)]
    assert steps == sorted(steps) and len(set(steps)) == 10


# Nonsense

NONSENSE = {
    "/nowhere": (404, "There is no such page"),
    "/variant/": (400, "That is not a variant"),
    "/variant/..%2F..%2Fetc%2Fpasswd": (400, "That is not a variant"),
    "/variant/2-136608646-G": (400, "That is not a variant"),
    "/variant/2-136608646-G-G": (400, "That is not a variant"),
    "/variant/2-0-A-C": (400, "That is not a variant"),
    "/variant/2-999999999-A-C": (400, "That is not a variant"),
    "/variant/99-5-A-C": (400, "That is not a variant"),
    "/variant/2-136608647-A-C": (300, "In which assembly?"),
    f"/variant/{LCT}?assembly=GRCh99": (400, "That address cannot be answered"),
    f"/variant/{LCT}?release=2020.1": (404, "That release is not served here"),
    "/variant/rs99": (404, "rs99 is not known here"),
    "/search?q=rs99": (404, "rs99 is not known here"),
    "/search?q=LCT": (400, "Genes cannot be looked up yet"),
    "/search?q=22:16050000-16060000": (400, "Regions cannot be looked up yet"),
    "/search?q=<script>alert(1)</script>": (400, "That is not a variant"),
    "/search?q=%00%ff%F0%9F%98%80": (400, "That is not a variant"),
    "/search?q=" + "A" * 1500: (400, "That is not a variant"),
    "/search?q=" + "A" * 10000: (400, "That address cannot be answered"),
    "/releases/GRCh37/RO/manifest.json": (404, "There is no such page"),
    "/releases/GRCh39/FI/manifest.json": (404, "There is no such page"),
    "/releases/GRCh37/..%2F..%2Fkeys/manifest.json": (404, "There is no such page"),
    "/static/../render.py": (404, "There is no such page"),
    "/static/%2e%2e/render.py": (404, "There is no such page"),
    "/docs": (404, "There is no such page"),
    "/redoc": (404, "There is no such page"),
}


@pytest.mark.parametrize("address", NONSENSE, ids=lambda a: a[:40])
def test_nonsense__gets_a_page_with_a_way_on(demo: Root, demo_app: TestClient, address: str) -> None:
    status, heading = NONSENSE[address]
    response = demo_app.get(address)
    page = read(response, status)
    assert page.one("h1").text == heading
    assert page.one("div", class_="notice").text, "what was found"
    assert [e.get("href") for e in page.one("ul", class_="ways").children if e.tag == "a"], "a way on"
    assert page.one("input", id="q") and page.one("form", action="/search"), "and the search"
    check_silence(response, demo)


NONSENSE_FOR_PROGRAMS = {
    "/api/v1/variant/LCT": (400, "Not a variant"),
    "/api/v1/variant/": (400, "Not a variant"),
    "/api/v1/variant/rs99": (404, "Not known here"),
    "/api/v1/variant/2-136608647-A-C": (400, "Name an assembly"),
    f"/api/v1/variant/{LCT}?assembly=x": (400, "Not understood"),
    "/api/v1/variant/" + "A" * 10000: (400, "Not understood"),
    "/api/v1/nothing": (404, "Not known here"),
}


@pytest.mark.parametrize("address", NONSENSE_FOR_PROGRAMS, ids=lambda a: a[:40])
def test_nonsense__gets_a_problem_from_the_interface(demo: Root, demo_app: TestClient, address: str) -> None:
    """RFC 9457: type, title, status and detail."""
    status, title = NONSENSE_FOR_PROGRAMS[address]
    response = demo_app.get(address)
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM)
    told = response.json()
    assert (told["status"], told["title"]) == (status, title) and told["detail"] and told["type"]
    check_silence(response, demo)


def test_ambiguous__choices_lead_on(fake_app: TestClient) -> None:
    """An rsID in two assemblies, and an id that could be in either: a choice of links, each of which answers."""
    for address in ("/search?q=rs4988235", f"/variant/{fakes.RSID}"):
        ways = [e.get("href") for e in read(fake_app.get(address), 300).one("ul", class_="ways").children if e.tag == "a"]
        assert ways == ["/variant/2-136608646-G-A?assembly=GRCh37", "/variant/2-135851076-G-A?assembly=GRCh38"]
        assert [fake_app.get(way).status_code for way in ways] == [200, 200]
    read(fake_app.get(f"/variant/{fakes.AMBIGUOUS}"), 300)
    told = fake_app.get(f"/api/v1/variant/{fakes.RSID}")
    assert told.status_code == 400 and [c["assembly"] for c in told.json()["choices"]] == ["GRCh37", "GRCh38"]
    assert all(fake_app.get(c["url"]).status_code == 200 for c in told.json()["choices"])


@pytest.mark.parametrize("typed", ["chr2:136608646:g:a", " 2-136608646-G-A ", "2:136,608,646:G>A", "2-136608644-TTG-TTA"])
def test_spelling__leads_to_the_one_address(demo_app: TestClient, typed: str) -> None:
    for address in (addresses.search(typed), f"/variant/{quote(typed, safe='')}"):
        found = demo_app.get(address)
        assert (found.status_code, found.headers["location"]) == (303, f"/variant/{LCT}"), address


def check_silence(response: Response, root: Root) -> None:
    """No trace, no path of the disk, nothing typed that comes back as markup."""
    for word in ("Traceback", 'File "', '.py"', str(root.folder), "sqlite", "<script>alert"):
        assert word not in response.text


def test_failure__is_a_page_without_a_trace(fake_app: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "goe")
    page = fake_app.get(f"/variant/{fakes.FAILING}")
    assert read(page, 500).one("h1").text == "Something went wrong here"
    told = fake_app.get(f"/api/v1/variant/{fakes.FAILING}")
    assert (told.status_code, told.headers["content-type"]) == (500, PROBLEM)
    assert all(fakes.SECRET not in text and "Traceback" not in text for text in (page.text, told.text, caplog.text))
    assert fakes.FAILING not in caplog.text, "an address can be about a person"
    assert caplog.text.count("RuntimeError") == 2


ANYTHING = st.one_of(
    st.text(max_size=60),
    st.binary(max_size=30),
    st.text("0123456789XYMTchrACGTN-:><*,. \u00a0", max_size=40),
    st.builds(
        "{}{}{}{}{}-{}".format,
        st.sampled_from(["", "chr", "CHR"]),
        st.sampled_from(["2", "X", "MT", "99", "٢", ""]),
        st.sampled_from(["-", ":", ""]),
        st.integers(-5, 10**20) | st.sampled_from(["1e5", "٥٥", "1,2", ",", "9" * 300]),
        st.sampled_from(["-G", "-", "-N", ":<DEL>", ">"]),
        st.sampled_from(["A", "", "*", "<DEL>", "</script>", "{{7*7}}", "a" * 200]),
    ),
    st.builds("rs{}".format, st.integers(0, 10**14)),
)

PLACES = (
    "/variant/{}",
    "/search?q={}",
    "/api/v1/variant/{}",
    f"/variant/{LCT}?assembly={{}}",
    f"/api/v1/variant/{LCT}?assembly={{}}",
)


@pytest.mark.parametrize("place", PLACES)
@given(typed=ANYTHING)
@example(typed=",-1-A-C")
@example(typed="2-,-A-C")
@example(typed="2-" + "9" * 3900 + "-A-C")
@example(typed="../../etc/passwd")
@example(typed="%")
def test_anything__is_answered(demo: Root, demo_app: TestClient, place: str, typed: str | bytes) -> None:
    """Whatever is typed: below 500, a page or a problem, and never a trace."""
    written = quote(typed, safe="")
    response = demo_app.get(place.format(written if written.strip(".") else written.replace(".", "%2E")))
    assert response.status_code < 500
    check_headers(response)
    if response.status_code == 303:
        assert re.fullmatch(r"/|/variant/[^/?]+(\?assembly=GRCh3[78])?", response.headers["location"])
        response = demo_app.get(response.headers["location"])
        assert response.status_code in (200, 300, 400, 404), "one step leads there"
    if place.startswith("/api/"):
        assert response.headers["content-type"] == ("application/json" if response.status_code == 200 else PROBLEM)
        response.json()
    else:
        assert read(response, response.status_code).one("h1").text
        assert "{{7*7}}" not in response.text or "49" not in read(response, response.status_code).one("h1").text
    check_silence(response, demo)


# Everything that is served


def check_headers(response: Response) -> None:
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in response.headers


SEEDS = {
    "demo_app": [
        "/variant/2-136608646-G-T",
        "/variant/2-136608647-A-C?assembly=GRCh38",
        "/nowhere",
        "/search?q=LCT",
        "/healthz",
    ],
    "fake_app": [
        *(addresses.variant(a.variant, a.assembly) for a in fakes.Fake(Path()).answers),
        "/variant/1-2-A-C",
        "/variant/9-9-A-C",
    ],
    "node_app": [*(f"/variant/{a.variant}" for a in (fakes.OF_A_NODE, fakes.TOO_FEW, fakes.ASLEEP)), "/search?q=rs1"],
    "empty_app": [f"/variant/{LCT}", "/search?q=rs1"],
}


@pytest.fixture(scope="module", params=SEEDS)
def crawled(request: pytest.FixtureRequest) -> dict[str, Response]:
    """Every answer that can be reached from the first page, and the seeds, by address."""
    client = request.getfixturevalue(request.param)
    found: dict[str, Response] = {}
    waiting = ["/", *SEEDS[request.param]]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        found[address] = response = client.get(address)
        if response.headers.get("content-type") == HTML:
            waiting += [urljoin(address, a).split("#")[0] for a in Page(response.text).addresses if not a.startswith("#")]
        if "location" in response.headers:
            waiting.append(response.headers["location"])
    return found


def htmls(crawled: dict[str, Response]) -> Iterator[tuple[str, Page]]:
    for address, response in crawled.items():
        if response.headers.get("content-type") == HTML:
            yield address, Page(response.text)


def test_site__has_no_dead_link(crawled: dict[str, Response], request: pytest.FixtureRequest) -> None:
    asked = set(SEEDS[request.node.callspec.params["crawled"]])
    for address, response in crawled.items():
        assert response.status_code in (200, 300, 303) or address in asked, address
    for address, page in htmls(crawled):
        for link in page.addresses:
            where, _, place = urljoin(address, link).partition("#")
            if place and where in crawled:
                assert unquote(place) in Page(crawled[where].text).ids, (address, link)


def test_site__links_to_nobody_else(crawled: dict[str, Response]) -> None:
    """No address with a host, in any page, in the style sheet or in the script."""
    for address, page in htmls(crawled):
        assert not [a for a in page.addresses if re.match(r"[a-z][a-z0-9+.-]*:|//", a, re.IGNORECASE)], address
    assert not re.search(r"url\(|@import|https?:", CSS)
    assert not re.search(r"https?:|fetch|import\(|XMLHttpRequest|sendBeacon|eval|innerHTML|storage|cookie", SCRIPT)


def test_site__has_no_script_or_style_inside(crawled: dict[str, Response]) -> None:
    for address, page in htmls(crawled):
        assert not page.all("style"), address
        assert all(e.get("src").startswith("/static/") and not e.text for e in page.all("script")), address
        for element in page.elements:
            assert not [name for name in element.attributes if name == "style" or name.startswith("on")], address
            assert element.tag not in ("iframe", "object", "embed", "base")


def test_site__has_the_headers_everywhere(crawled: dict[str, Response]) -> None:
    for response in crawled.values():
        check_headers(response)


def test_site__pages_are_well_made(crawled: dict[str, Response]) -> None:
    """One headline, no id twice, a title of its own, a language, a skip link that leads somewhere."""
    titles: dict[str, set[str]] = {}
    for address, page in htmls(crawled):
        assert page.one("html").get("lang") == "en"
        assert page.one("h1").text
        ids = [e.get("id") for e in page.elements if e.get("id")]
        assert len(ids) == len(set(ids)), address
        assert page.one("a", class_="skip").get("href") == "#main" and "main" in page.ids
        titles.setdefault(page.all("title")[0].text, set()).add(page.one("h1").text)
        assert not re.search(r"\b(None|nan|inf|Undefined|\{\{|State\.)", page.one("main").text), address
    assert all(len(headings) == 1 for headings in titles.values())


def test_headers__stand_on_refusals_and_failures_too(demo_app: TestClient, fake_app: TestClient) -> None:
    for response, status in (
        (demo_app.post("/"), 405),
        (demo_app.delete("/api/v1/variant/" + LCT), 405),
        (demo_app.head("/"), 200),
        (demo_app.get("/search?q=" + "A" * 9000), 400),
        (demo_app.get("/static/nothing.css"), 404),
        (demo_app.get("/static/goe.css"), 200),
        (fake_app.get(f"/variant/{fakes.FAILING}"), 500),
    ):
        assert response.status_code == status
        check_headers(response)


def test_host__that_is_no_host_is_not_written_into_commands(demo_app: TestClient) -> None:
    """The commands to copy carry the visitor's host; what could be more than a host is left out."""
    named = read(demo_app.get(f"/variant/{LCT}", headers={"host": "goe.example:8443"}))
    assert f"'http://goe.example:8443/api/v1/variant/{LCT}?assembly=GRCh37'" in named.one("pre", id="copy-curl").text
    for host in ("evil'$(x)", 'a"b', "a b", "a;b"):
        page = read(demo_app.get(f"/variant/{LCT}", headers={"host": host}))
        assert page.one("pre", id="copy-curl").text == f"curl -fsS '/api/v1/variant/{LCT}?assembly=GRCh37'"


# Files and the interface


@pytest.mark.parametrize("assembly", Assembly)
def test_downloads__are_those_of_the_signed_manifests(demo: Root, demo_app: TestClient, assembly: Assembly) -> None:
    """Europe's and each nation's table: byte for byte, by the SHA-256 of the manifest beside it."""
    for part in (TOTAL, "FI", "GB", "ES", "IT"):
        place = published(demo, assembly) if part == TOTAL else demo.nodes[part].releases.path(assembly, "2026.1")
        manifest = demo_app.get(addresses.manifest(part, assembly))
        assert manifest.content == (place / MANIFEST).read_bytes()
        listed = manifest.json()["body"]["files"][TABLE]
        table = demo_app.get(addresses.table(part, assembly), headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in table.headers
        assert (len(table.content), hashlib.sha256(table.content).hexdigest()) == (listed["bytes"], listed["sha256"])
        assert table.headers["content-disposition"] == f'attachment; filename="goe-{assembly}-{part}-frequencies.parquet"'
        populations = set(pq.read_table(BytesIO(table.content), columns=["population"])["population"].to_pylist())
        assert part in populations


def test_downloads__are_linked_from_home(demo_app: TestClient) -> None:
    linked = {a for a in read(demo_app.get("/")).addresses if a.startswith("/releases/")}
    parts = (TOTAL, "FI", "GB", "ES", "IT")
    assert linked == {kind(p, a) for p in parts for a in Assembly for kind in (addresses.table, addresses.manifest)}


def test_offline_nation__offers_no_table(fake_app: TestClient) -> None:
    (row,) = (e for e in read(fake_app.get("/")).all("tr") if e.get("data-nation") == "RO")
    assert "offline" in row.text and "Parquet" not in row.text
    assert fake_app.get("/releases/GRCh37/RO/frequencies.parquet").status_code == 404


def test_interface__is_described(demo_app: TestClient) -> None:
    described = demo_app.get(addresses.INTERFACE).json()
    assert set(described["paths"]) == {"/api/v1/variant/{id}"}
    asked = described["paths"]["/api/v1/variant/{id}"]["get"]
    assert {p["name"] for p in asked["parameters"]} == {"id", "assembly"}
    assert described["info"] == {"title": "Genome of Europe", "version": VERSION}


# Who may see what


def closed(folder: Path, sort: DisclosureClass) -> Node:
    """A node with a release that is not open: 420 synthetic people, one common variant."""
    node = create_node(folder / "FI", "FI", disclosure_class=sort, clock=clock)[0]
    names = [f"S{i}" for i in range(420)]
    node.registry.enrol([person(node, i + 1, "FM"[i % 2], name) for i, name in enumerate(names)])
    store(
        node,
        folder,
        "x.vcf",
        names,
        [Site("1", 100, "A", "C", ["0/1", "1/1", "0/0"] * 140, "rs100")],
        header="##goe_synthetic=true",
    )
    build_release(node, Assembly.GRCh37)
    return node


@pytest.mark.parametrize("sort", [DisclosureClass.CONTROLLED, DisclosureClass.REGISTERED])
def test_release_that_is_not_open__is_served_to_nobody_unknown(tmp_path: Path, sort: DisclosureClass) -> None:
    node = closed(tmp_path, sort)
    assert [r.variants for r in Reference(node).releases] == [1]
    assert Reference(node).find_rsid("rs100")
    assert Reference(node, anonymous=True).releases == ()
    client = client_of(Reference(node, anonymous=True))
    assert "Nothing released yet" in read(client.get("/")).one("main").text
    for address in (
        "/variant/1-100-A-C",
        "/variant/1-100-A-C?assembly=GRCh37",
        "/search?q=rs100",
        "/releases/GRCh37/FI/manifest.json",
        "/releases/GRCh37/FI/frequencies.parquet",
        "/api/v1/variant/1-100-A-C?assembly=GRCh37",
        "/api/v1/variant/rs100",
    ):
        response = client.get(address, follow_redirects=True)
        assert response.status_code == 404, address
        assert not re.search(r"\b(420|840|0\.5)\b", response.text) and str(node.folder) not in response.text


def test_nothing_released__is_said(empty_app: TestClient) -> None:
    """Not "no such page": the address is right, the release is missing."""
    page = read(empty_app.get(f"/variant/{LCT}"), 404)
    assert page.one("h1").text == "That address cannot be answered"
    assert page.one("div", class_="notice").text.startswith("Nothing has been published here.")
    told = empty_app.get(f"/api/v1/variant/{LCT}")
    assert (told.status_code, told.json()["detail"]) == (404, "nothing has been published here")


def test_citation__names_release_and_source(demo: Root, demo_app: TestClient) -> None:
    said = read(demo_app.get(f"/variant/{LCT}")).one("p", id="citation").text
    assert said == f"Genome of Europe, release 2026.1 (GRCh37), variant {LCT}. {demo.hub.settings.citation}"
    assert f"{date(2026, 11, 1).day} November 2026" in read(demo_app.get("/")).one("table").text, "signed on"
