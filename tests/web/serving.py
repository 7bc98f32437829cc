"""Applications, live servers, and what is watched for while a browser uses them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.testclient import TestClient

from goe.web.app import create_app

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page, Request

VERSION = "0.1.0"


def client_of(reference: Any) -> TestClient:
    return TestClient(create_app(reference, version=VERSION), follow_redirects=False)


@contextmanager
def serving(client: TestClient) -> Iterator[str]:
    """The address of a server that is there inside the block."""
    server = uvicorn.Server(uvicorn.Config(client.app, log_level="warning", access_log=False, lifespan="off"))
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{place.getsockname()[1]}"
        server.should_exit = server.force_exit = True
        thread.join(10)


class Watch:
    """What a page does that it should not: errors on its console, and requests to anybody else."""

    def __init__(self, home: str) -> None:
        self.home, self.errors, self.foreign, self.documents = home, [], [], set()

    def over(self, page: Page) -> Page:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)
        return page

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium reports the status of a page that says no, which is its answer and not an error
        refused = message.text.startswith("Failed to load resource") and message.location.get("url") in self.documents
        if message.type in ("error", "warning") and not refused:
            self.errors.append(message.text)

    def _request(self, request: Request) -> None:
        if request.is_navigation_request():
            self.documents.add(request.url)
        if not request.url.startswith((self.home + "/", "data:")):
            self.foreign.append(request.url)


OpenPage = Callable[..., "Page"]
