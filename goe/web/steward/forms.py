"""Reading what a form sends, in memory and with a bound: fields, and at most one file."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from pathlib import PureWindowsPath
from urllib.parse import parse_qs

from starlette.requests import Request

from goe.errors import BadInput

LARGEST = 64 * 1024 * 1024
"""Bytes of the largest form; a larger table is for the command line."""


@dataclass(frozen=True)
class Form:
    """The fields of a form by name, and its file, if one was chosen."""

    fields: dict[str, str]
    name: str = ""
    content: bytes = b""


async def read_form(request: Request, largest: int = LARGEST) -> Form:
    """What was sent, of at most so many bytes. Raises BadInput where it is no form, or too large."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > largest:
            raise BadInput(f"the form is larger than {largest:,} bytes", remedy="use goe participants preview for a large file")
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        return Form({k: v[-1] for k, v in parse_qs(body.decode(errors="replace"), keep_blank_values=True).items()})
    if kind.startswith("multipart/form-data"):
        return _parts(kind, bytes(body))
    raise BadInput("this is not a form", expected="the form of the page")


def _parts(kind: str, body: bytes) -> Form:
    """A form with a file (RFC 7578), whose parts are those of a letter."""
    letter = message_from_bytes(b"Content-Type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n" + body)
    if not letter.is_multipart():
        raise BadInput("this is not a form", expected="the form of the page")
    fields: dict[str, str] = {}
    name, content = "", b""
    for part in letter.get_payload():
        label = str(part.get_param("name", "", header="content-disposition"))  # type: ignore[union-attr]
        said = part.get_payload(decode=True) or b""  # type: ignore[union-attr]
        if chosen := part.get_filename():  # type: ignore[union-attr]
            name, content = PureWindowsPath(chosen).name[:80], bytes(said)
        else:
            fields[label] = bytes(said).decode(errors="replace")
    return Form(fields, name, content)
