"""Where things lie on the portal: the one list of its addresses, so that a link and its route cannot drift apart."""

from __future__ import annotations

from urllib.parse import quote

from goe.rules.variants import Variant
from goe.rules.words import Assembly

HOME = "/"
SEARCH = "/search"
DESIGN = "/design"
HOW_TO_READ = "/how-to-read"
ACCESSIBILITY = "/accessibility"
INTERFACE = "/api/v1/openapi.json"
STEWARD = "/steward"
STEWARD_SIGN_IN = "/steward/sign-in"
STEWARD_SIGN_OUT = "/steward/sign-out"
STEWARD_FIND = "/steward/find"
STEWARD_JUDGE = "/steward/judge"
STEWARD_INTAKE = "/steward/intake"
STEWARD_INCLUSION = "/steward/inclusion"


def variant(of: Variant, assembly: Assembly | None = None) -> str:
    """The page of one variant."""
    return f"/variant/{_id(of)}" + (f"?assembly={assembly}" if assembly else "")


def variant_json(of: Variant, assembly: Assembly | None = None) -> str:
    """The same answer for programs."""
    return f"/api/v1/variant/{_id(of)}" + (f"?assembly={assembly}" if assembly else "")


def manifest(nation: str, assembly: Assembly) -> str:
    """The signed manifest of a nation's part in the release of an assembly."""
    return f"/releases/{assembly}/{nation}/manifest.json"


def table(nation: str, assembly: Assembly) -> str:
    """The frequencies that a nation published, as one Parquet table."""
    return f"/releases/{assembly}/{nation}/frequencies.parquet"


def search(text: str) -> str:
    """A search, as if typed into the field."""
    return f"{SEARCH}?q={quote(text, safe='')}"


def person(number: int) -> str:
    """The page of one participant, by a number that means something in one session alone."""
    return f"{STEWARD}/person/{number}"


def _id(of: Variant) -> str:
    return quote(str(of), safe="")
