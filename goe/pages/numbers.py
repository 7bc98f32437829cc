"""Numbers as a page writes them: never more digits than they carry, never a line break inside.

Thousands are parted by U+202F, a narrow space that does not break; words that belong to a number by U+00A0. Files and
copies use plain digits instead.
"""

from __future__ import annotations

import math
from datetime import date

NARROW = "\u202f"
NO_BREAK = "\u00a0"
DASH = "–"
MINUS = "−"

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def count(number: int | None) -> str:
    """A whole number with its thousands parted; a dash where there is none.

    >>> count(14300) == "14" + NARROW + "300", count(None)
    (True, '–')
    """
    return DASH if number is None else f"{number:,}".replace(",", NARROW)


def frequency(value: float | None) -> str:
    """A frequency: three decimals from 0.01, two significant figures below.

    >>> frequency(0.4517), frequency(0.002867), frequency(0.0), frequency(1.0), frequency(None)
    ('0.452', '0.0029', '0', '1', '–')
    """
    if value is None:
        return DASH
    if value in (0, 1):
        return str(int(value))
    if value >= 0.01:
        return f"{value:.3f}" if value < 0.9995 else "0.999+"
    return two_figures(value)


def two_figures(value: float) -> str:
    """A small positive number with two significant figures and no exponent.

    >>> two_figures(0.0004999)
    '0.00050'
    """
    decimals = 1 - math.floor(math.log10(value))
    rounded = f"{value:.{decimals}f}"
    # 0.00099999 rounds up into the next decade and would carry a third figure
    return rounded[:-1] if len(rounded.lstrip("0.")) > 2 else rounded


def interval(bounds: tuple[float, float] | None) -> str:
    """An interval of two frequencies.

    >>> interval((0.4179, 0.4862))
    '0.418–0.486'
    """
    return DASH if bounds is None else f"{frequency(bounds[0])}{DASH}{frequency(bounds[1])}"


def about(value: float | None) -> str:
    r"""What a small frequency means: "1 in 349"; empty from 0.01 and for zero.

    >>> about(0.002867), about(0.3)
    ('1\xa0in\xa0349', '')
    """
    if not value or value >= 0.01:
        return ""
    people = 1 / value
    digits = max(0, math.floor(math.log10(people)) - 2)
    return _one_in(round(people / 10**digits) * 10**digits)


def rarer_than(upper: float) -> str:
    """An upper limit as a rarity, rounded to the careful side: "1 in 1 088"."""
    return _one_in(math.floor(1 / upper))


def _one_in(people: int) -> str:
    return NO_BREAK.join(("1", "in", count(people)))


def p_value(p: float) -> str:
    r"""A probability: two decimals where it is ordinary, a power of ten where it is small.

    >>> p_value(3.1e-39), p_value(0.214), p_value(0.0)
    ('3\xa0×\xa010⁻³⁹', '0.21', 'below 10⁻³⁰⁰')
    """
    if p < 1e-300:
        return f"below 10{'-300'.translate(_RAISED)}"
    if p >= 0.01:
        return f"{p:.2f}"
    if p >= 0.001:
        return f"{p:.3f}"
    figure, exponent = f"{p:.0e}".split("e")
    return NO_BREAK.join((figure, "×", f"10{str(int(exponent)).translate(_RAISED)}"))


def signed(value: float, decimals: int = 2) -> str:
    """A number that may be negative, with a real minus sign.

    >>> signed(-0.004, 3), signed(0.27)
    ('−0.004', '0.27')
    """
    text = f"{value:.{decimals}f}"
    return text.replace("-", MINUS) if float(text) else text.lstrip("-")


def day(text: str) -> str:
    """A date in words, from an ISO date or time; any other text comes back unchanged.

    >>> day("2026-11-23T10:00:00Z")
    '23 November 2026'
    """
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return text
    return f"{found.day} {found:%B} {found.year}"
