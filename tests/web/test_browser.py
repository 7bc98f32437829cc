"""The pages in a real browser: no barrier that axe can find, the keyboard alone, a narrow screen, no script, copies."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
import reference as fakes
from reading import contrast
from serving import OpenPage

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

LCT = "2-136608646-G-A"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

PAGES = {
    "home": ("demo", "/"),
    "variant": ("demo", f"/variant/{LCT}"),
    "variant on X": ("demo", "/variant/X-40502332-A-C"),
    "not observed": ("demo", "/variant/2-136608646-G-T"),
    "not callable": ("demo", "/variant/2-136608647-A-C?assembly=GRCh37"),
    "message": ("demo", "/search?q=LCT"),
    "how to read": ("demo", "/how-to-read"),
    "accessibility": ("demo", "/accessibility"),
    "all states": ("fake", f"/variant/{fakes.STATES.variant}"),
    "all nations": ("fake", f"/variant/{fakes.EVERYBODY.variant}"),
    "cohort": ("fake", "/design"),
    "choice": ("fake", f"/search?q={fakes.RSID}"),
    "long allele": ("fake", f"/variant/{fakes.LONG.variant}"),
    "node, home": ("node", "/"),
    "node, variant": ("node", f"/variant/{LCT}"),
    "node, too few": ("node", f"/variant/{fakes.TOO_FEW.variant}"),
    "nothing released": ("empty", "/"),
}
KINDS = (
    "home",
    "variant",
    "variant on X",
    "not callable",
    "message",
    "how to read",
    "all states",
    "long allele",
    "cohort",
    "node, home",
)
CORNERS = {
    (1280, "light"): tuple(PAGES),
    (320, "dark"): KINDS,
    (1280, "dark"): ("all states",),
    (320, "light"): ("all states",),
}


@pytest.mark.parametrize(("width", "scheme"), CORNERS)
def test_axe__finds_nothing(open_page: OpenPage, width: int, scheme: str) -> None:
    """WCAG 2.0 to 2.2, A and AA, and axe's best practices, with every detail opened."""
    from axe_playwright_python.sync_playwright import Axe

    axe, pages = Axe(), {}
    for name in CORNERS[width, scheme]:
        site, address = PAGES[name]
        if site not in pages:  # axe reads the style sheet by script, which the policy of the pages forbids
            pages[site] = open_page(site, width=width, scheme=scheme, bypass_csp=True)
        open_all(pages[site], address)
        found = axe.run(pages[site], options={"runOnly": TAGS, "resultTypes": ["violations"]})
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


@pytest.mark.parametrize("site", ["demo", "fake", "node", "empty"])
def test_phone__no_page_scrolls_sideways(open_page: OpenPage, site: str) -> None:
    """WCAG 1.4.10, Reflow, at 320 pixels."""
    page = open_page(site, width=320)
    for address in (address for place, address in PAGES.values() if place == site):
        open_all(page, address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address


def open_all(page: Page, address: str) -> None:
    """Go there, and open what can be opened."""
    page.goto(address)
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast__of_labels_on_the_map_as_drawn(open_page: OpenPage, scheme: str) -> None:
    """What axe does not see: the colour of each number against the land that it stands on."""
    page, seen = open_page("fake", scheme=scheme), set()
    for answer in fakes.RAMPS:
        page.goto(f"/variant/{answer.variant}")
        drawn = page.eval_on_selector_all(
            ".map text[class^='h']",
            """texts => texts.map(text => {
                const step = text.getAttribute("class")[1];
                const land = document.querySelector(`.map a .v${step}`);
                return [step, getComputedStyle(text).fill, getComputedStyle(land).fill];
            })""",
        )
        for step, text, land in drawn:
            seen.add(step)
            assert contrast(hexadecimal(text), hexadecimal(land)) >= 4.5, (step, text, land)
    assert seen == set("0123456789")


def hexadecimal(rgb: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in rgb.removeprefix("rgb(").removesuffix(")").split(","))


FOCUS = """() => {
    const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const land = e.querySelector?.("path");
    return {
        what: e.id || e.dataset.nation || e.getAttribute("aria-label") || e.textContent.trim(),
        inside: box.top >= 0 && box.left >= 0 && box.top < innerHeight && box.left < innerWidth && box.width > 1,
        mark: parseFloat(e.closest(".map") ? getComputedStyle(land).strokeWidth : style.outlineWidth),
    };
}"""


def tab(page: Page) -> str:
    """Press Tab; what has the focus now must be in view and marked."""
    page.keyboard.press("Tab")
    focused = page.evaluate(FOCUS)
    assert focused["inside"], focused
    assert focused["mark"] >= 3 or focused["what"] == "q", focused  # the search field is marked by its frame
    return focused["what"]


def test_keyboard__alone_from_the_top_of_home_to_a_row(clean_page: Page) -> None:
    page = clean_page
    page.goto("/")
    assert tab(page) == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert tab(page) == "q", "the first stop after the skip link"
    assert page.evaluate("getComputedStyle(document.querySelector('.search')).boxShadow") != "none"
    page.keyboard.type("rs4988235")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/variant/{LCT}?assembly=GRCh37")

    stops = []
    while not stops or stops[-1] not in ("Accessibility", ""):
        stops.append(tab(page))
        assert len(stops) < 60, stops
    lands = [s for s in stops if s in ("GB", "FI", "ES", "IT")]
    assert lands == ["GB", "FI", "ES", "IT"], "the map, in the table's order"
    region = "Frequency by nation and sex"
    assert region in stops and stops.index("IT") < stops.index(region), "then the table"
    assert {"Copy as TSV", "Copy citation"} <= set(stops)


def test_keyboard__map_links_lead_to_rows(clean_page: Page) -> None:
    page = clean_page
    for code in ("ES", "IT"):
        page.goto(f"/variant/{LCT}")
        page.locator(f".map a[data-nation={code}]").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**#row-{code}")
        row = page.locator(f"tr:target#row-{code}")
        assert row.count() == 1
        assert page.evaluate(f"document.getElementById('row-{code}').getBoundingClientRect().top < innerHeight")


def test_keyboard__moves_a_wide_table_on_a_phone(open_page: OpenPage) -> None:
    page = open_page(width=320)
    page.goto(f"/variant/{LCT}")
    region = page.get_by_role("region", name="Frequency by nation and sex")
    region.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.scroll').scrollLeft > 0")


def test_small_nations__are_large_enough_to_touch(open_page: OpenPage) -> None:
    """WCAG 2.5.8 asks for 24 pixels, or for an equal control that has them: the row of the table."""
    page = open_page("fake", width=320)
    page.goto(f"/variant/{fakes.EVERYBODY.variant}")
    for code in ("CY", "LI", "LU", "MT"):
        assert page.locator(f".map a[data-nation={code}] circle").bounding_box()["width"] >= 9
        assert page.locator(f"#row-{code}").bounding_box()["height"] >= 24


@pytest.mark.parametrize("width", [1280, 320])
def test_without_script__everything_can_be_read(open_page: OpenPage, width: int) -> None:
    page = open_page(script=False, width=width)
    page.goto("/")
    page.get_by_role("searchbox", name="Variant or rsID").fill("rs4988235")
    page.get_by_role("button", name="Look up").click()
    page.wait_for_url(f"**/variant/{LCT}?assembly=GRCh37")
    assert page.locator(".big").inner_text() == "0.446"
    assert page.locator("#row-FI").is_visible() and page.locator(".map a").count() == 4
    assert page.locator("button:visible").count() == 0, "a button that copies needs script, so it is not shown"
    page.get_by_text("Take these numbers away").click()
    assert page.locator("#copy-tsv").is_visible()


def test_copy__tsv_holds_the_numbers_of_the_json(open_page: OpenPage, sites: dict[str, str]) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/variant/{LCT}")
    rows = list(csv.DictReader(copied(page, "Copy as TSV").splitlines(), delimiter="\t"))
    told = json.load(urlopen(f"{sites['demo']}/api/v1/variant/{LCT}"))
    assert len(rows) == len(told["populations"]) == 13
    for row, line in zip(rows, told["populations"], strict=True):
        assert (row["variant"], row["assembly"], row["release"]) == (LCT, "GRCh37", "2026.1")
        for name, value in line.items():
            same = row[name] == ("" if value is None else str(value))
            assert same or float(row[name]) == pytest.approx(value, rel=1e-5), (name, row[name], value)
    assert page.locator("#said").inner_text() == "Tab-separated values: copied", "said aloud too"


def test_copy__json_program_and_citation(open_page: OpenPage, sites: dict[str, str]) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/variant/{LCT}")
    told = json.load(urlopen(f"{sites['demo']}/api/v1/variant/{LCT}"))
    assert json.loads(copied(page, "JSON")) == told
    program = copied(page, "Python")
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30).stdout
    assert "Total value 350 784 0.446" in printed
    assert copied(page, "curl") == f"curl -fsS '{sites['demo']}/api/v1/variant/{LCT}?assembly=GRCh37'"
    assert copied(page, "Copy citation").startswith("Genome of Europe, release 2026.1")
    assert copied(page, "Copy") == LCT


def copied(page: Page, button: str) -> str:
    """What a button leaves in the clipboard."""
    page.evaluate("navigator.clipboard.writeText('')")
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text != '')")
    return page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize("site", ["demo", "fake", "node", "empty"])
def test_pages__say_nothing_on_the_console_and_ask_nobody_else(open_page: OpenPage, site: str) -> None:
    """Under the pages' own policy, with style and script at work; the check is that of `open_page`."""
    page = open_page(site)
    for address in [address for place, address in PAGES.values() if place == site]:
        page.goto(address)
        assert page.evaluate("document.styleSheets[0].cssRules.length") > 100
        assert page.locator("button[data-copy]:not([hidden])").count() == page.locator("button[data-copy]").count()


def test_table_and_map__light_up_together(clean_page: Page) -> None:
    page = clean_page
    page.goto(f"/variant/{LCT}")
    page.locator(".map a[data-nation=ES]").focus()
    assert page.locator("tr.lit").count() == 3, "Spain, its women and its men"
    page.locator("#row-FI").hover()
    assert page.locator(".map a.lit").evaluate_all("all => all.map(one => one.dataset.nation)") == ["FI", "ES"]


def test_print__is_white_and_complete(open_page: OpenPage) -> None:
    page = open_page("fake", scheme="dark")
    page.emulate_media(media="print", color_scheme="light")
    page.goto(f"/variant/{fakes.STATES.variant}")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    assert page.locator(".head nav, .search, .btn").filter(visible=True).count() == 0
    assert page.locator(".ribbon").is_visible() and page.locator("table.nations").is_visible()
