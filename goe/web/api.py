"""The same answers for programs: JSON, with errors as problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from goe.errors import BadInput
from goe.pages import addresses
from goe.rules.frequencies import Unresolved
from goe.rules.variants import Variant, is_rsid, parse_variant
from goe.rules.words import Assembly
from goe.web.source import Reference, assembly_named

PROBLEM = "application/problem+json"


def router(reference: Reference) -> APIRouter:
    """The routes under /api/v1."""
    routes = APIRouter(prefix="/api/v1", tags=["look-up"])

    @routes.head("/variant/{id:path}", include_in_schema=False)
    @routes.get(
        "/variant/{id:path}",
        summary="Frequencies of one variant",
        response_description="One record per population, each in one of five states",
        responses={400: {"description": "Not a variant, or an assembly must be named"}, 404: {"description": "Not known here"}},
    )
    def variant(id: str, assembly: str | None = None) -> Response:
        """Allele counts, numbers and frequencies of a variant by nation and sex, from the latest release.

        `id` is chromosome-position-reference-alternate, such as `2-136608646-G-A`, or an rsID.
        """
        try:
            wanted = assembly_named(assembly)
            found = _named(reference, id, wanted)
        except BadInput as error:
            return problem(400, "Not understood", str(error))
        except ValueError as error:
            return problem(400, "Not a variant", str(error))
        if isinstance(found, Response):
            return found
        answer = reference.answer(found[1], found[0])
        if isinstance(answer, Unresolved):
            return _unresolved(answer)
        return JSONResponse(dict(reference.as_json(answer)))

    return routes


def problem(status: int, title: str, detail: str, more: Mapping[str, Any] | None = None) -> Response:
    """An error as programs read it."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **(more or {})}
    return JSONResponse(body, status_code=status, media_type=PROBLEM)


def _named(reference: Reference, id: str, assembly: Assembly | None) -> tuple[Assembly | None, Variant] | Response:
    """The variant that an id or rsID names, or the problem of one that names none or several."""
    if not is_rsid(id):
        return assembly, parse_variant(id)
    known = [(a, v) for a, v in reference.find_rsid(id.strip().lower()) if assembly in (None, a)]
    if len(known) == 1:
        return known[0]
    if not known:
        return problem(404, "Not known here", f"{id.strip()} is in no release of this installation.")
    return problem(400, "More than one", f"{id.strip()} is several variants; ask for one of them.", _choices(known))


def _unresolved(answer: Unresolved) -> Response:
    choices = [(a, answer.variant) for a in answer.assemblies] or list(answer.suggestions)
    status = 400 if answer.assemblies else 404
    return problem(status, "Name an assembly" if answer.assemblies else "Not known here", answer.reason, _choices(choices))


def _choices(variants: list[tuple[Assembly, Variant]]) -> dict[str, Any]:
    return {"choices": [{"variant": str(v), "assembly": str(a), "url": addresses.variant_json(v, a)} for a, v in variants]}
