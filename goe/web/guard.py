"""What stands around every answer: headers that let nothing foreign in, compression, and a page instead of a trace."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_ADDRESS = 4000  # bytes of path and query; the longest id that is stored is far shorter

TOO_LONG = f"the address is longer than {LONGEST_ADDRESS} characters"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

_log = logging.getLogger("goe.web")


class Guard:
    """Wraps the application: refuses endless addresses, adds the headers, turns a failure into a page.

    `failed` makes the answer to a request from a status and, where there is more to say, a sentence. Only the kind of a
    failure is written to the log, for an address can be about a person.
    """

    def __init__(self, app: ASGIApp, failed: Callable[[Request, int, str], Response]) -> None:
        self.app, self.failed = app, failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > LONGEST_ADDRESS:
            await self.failed(Request(scope), 400, TOO_LONG)(scope, receive, with_headers)
            return
        try:
            await self.app(scope, receive, with_headers)
        except Exception as error:
            _log.error("a request failed with %s", type(error).__name__)
            if not begun:
                await self.failed(Request(scope), 500, "")(scope, receive, with_headers)


class Compressed:
    """Compresses text on its way out; published tables are compressed already and pass as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self.plain, self.gzip = app, GZipMiddleware(app, minimum_size=1000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, compressed unless it is a table."""
        packed = str(scope.get("path", "")).endswith(".parquet")
        await (self.plain if packed else self.gzip)(scope, receive, send)
