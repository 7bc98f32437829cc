"""Reading pages and style sheets as tests need them: elements, table cells by column, colours and their contrast."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    """One element with the text inside it, spaces of all kinds made plain."""

    tag: str
    attributes: dict[str, str]
    pieces: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def classes(self) -> set[str]:
        return set(self.get("class").split())


class Page(HTMLParser):
    """A page, taken apart."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(source)
        assert not self._open, f"not closed: {[e.tag for e in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs)
        if tag not in VOID:
            self._open.append(self.elements[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1].tag == tag, f"</{tag}> closes {[e.tag for e in self._open][-1:]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.pieces.append(data)

    def _add(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        for parent in self._open:
            parent.children.append(self.elements[-1])
            if tag == "br":
                parent.pieces.append("\n")

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements with this tag; attributes must be equal, a class must be among the classes."""
        return [e for e in self.elements if e.tag == tag and _fits(e, attributes)]

    def one(self, tag: str, **attributes: str) -> Element:
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def ids(self) -> set[str]:
        return {e.get("id") for e in self.elements} - {""}

    @property
    def addresses(self) -> list[str]:
        """Everything that the page links to, loads or sends to."""
        names = ("href", "src", "action", "srcset", "data", "poster", "formaction", "xlink:href")
        return [e.attributes[n] for e in self.elements for n in names if n in e.attributes]


def _fits(element: Element, attributes: dict[str, str]) -> bool:
    return all(
        value in element.classes if name == "class_" else element.get(name.replace("_", "-")) == value
        for name, value in attributes.items()
    )


SEX = {"Women": "F", "Men": "M", "Sex not known": "U"}


def frequencies(page: Page) -> dict[str, dict[str, str]]:
    """The table of a variant: population label -> column -> what its cell says."""
    table = page.one("table", class_="nations")
    head, *body = [e for e in table.children if e.tag == "tr"]
    columns = ["In words" if "strip" in cell.classes else cell.text for cell in head.children if cell.tag == "th"]
    found = {}
    for row in body:
        if "weighted" in row.classes:
            continue
        cells = [e for e in row.children if e.tag in ("th", "td")]
        assert len(cells) == len(columns)
        label = row.get("data-nation") or "Total"
        if "sub" in row.classes:
            label += "_" + SEX[cells[0].text.split(",")[0]]
        found[label] = dict(zip(columns, (cell.text for cell in cells), strict=True))
    return found


def number(text: str) -> int | None:
    """A count as a page writes it; None for a dash."""
    return None if text == "–" else int(text.replace(" ", ""))


def tokens(css: str, scheme: str) -> dict[str, str]:
    """Colours of the style sheet by name, as they are in light or in dark."""
    light, dark = (dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})\b", block)) for block in _roots(css))
    return light if scheme == "light" else light | dark


def _roots(css: str) -> tuple[str, str]:
    first, second = re.findall(r":root \{(.*?)\}", css, re.S)[:2]
    assert css.index(second) > css.index("prefers-color-scheme: dark") > css.index(first)
    return first, second


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2, definitions of contrast ratio and relative luminance)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    parts = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
