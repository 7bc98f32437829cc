"""A live server over the demonstration and over the fake, and a browser in which nothing may go wrong unnoticed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import reference as fakes
from serving import OpenPage, Watch, client_of, serving
from starlette.testclient import TestClient

from goe.acts.look_up import Reference
from goe.acts.setting import Root

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = os.environ.get("GOE_CHROMIUM") or shutil.which("chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without chromium the tests of the browser are skipped and say so."""
    if not CHROMIUM:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="chromium is not installed"))


@pytest.fixture(scope="session")
def reference(demo: Root) -> Reference:
    """The demonstration as anybody sees it."""
    return Reference(demo, anonymous=True)


@pytest.fixture(scope="session")
def demo_app(reference: Reference) -> TestClient:
    return client_of(reference)


@pytest.fixture(scope="session")
def fake_app(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return client_of(fakes.europe(tmp_path_factory.mktemp("fake")))


@pytest.fixture(scope="session")
def node_app(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return client_of(fakes.node(tmp_path_factory.mktemp("fake")))


@pytest.fixture(scope="session")
def empty_app(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return client_of(fakes.empty(tmp_path_factory.mktemp("fake")))


@pytest.fixture(scope="session")
def sites(demo_app: TestClient, fake_app: TestClient, node_app: TestClient, empty_app: TestClient) -> Iterator[dict[str, str]]:
    """Addresses of live servers: the demonstration, and the fake as Europe, as one node and as an empty node."""
    with serving(demo_app) as demo, serving(fake_app) as fake, serving(node_app) as node, serving(empty_app) as empty:
        yield {"demo": demo, "fake": fake, "node": node, "empty": empty}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    quiet = ["--disable-dev-shm-usage", "--disable-gpu", "--font-render-hinting=none"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": quiet}


@pytest.fixture
def open_page(browser: Browser, sites: dict[str, str]) -> Iterator[OpenPage]:
    """Opens clean pages: `open_page("demo", width=320, scheme="dark", script=True)`, with anything a context takes."""
    opened = []

    def new(site: str = "demo", *, width: int = 1280, scheme: str = "light", script: bool = True, **more: Any) -> Page:
        context = browser.new_context(
            base_url=sites[site],
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
            locale="en-GB",
            timezone_id="UTC",
            reduced_motion="reduce",
            **more,
        )
        context.set_default_timeout(10_000)
        watch = Watch(sites[site])
        opened.append((context, watch))
        return watch.over(context.new_page())

    yield new
    for context, _ in opened:
        context.close()
    assert not [error for _, watch in opened for error in watch.errors]
    assert not [url for _, watch in opened for url in watch.foreign], "a page asked somebody else"


@pytest.fixture
def clean_page(open_page: OpenPage) -> Page:
    """A page of the demonstration, 1280 pixels wide, in light."""
    return open_page()
