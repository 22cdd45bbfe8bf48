"""A real service with music, and a real browser whose every visit is watched."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from attune_client import AttuneClient
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.page_server import ARGUMENTS, chromium_path, make_key, register, serving_pages
from tests.journey.opposite_listeners import PATIENT
from tests.journey.servers import ROOT, Served, running
from tests.servers import BOUND_S

__all__ = ["PHONE", "WIDE", "PageFor", "make_key", "picture", "register", "serving_pages"]

HERE = "127.0.0.1"
N_IN_SHUT = 3
WIDE, PHONE = (1280, 900), (390, 844)
SCREENS = ROOT / "runs" / "screens"
"""Pictures of pages, for looking at; git ignores them."""
PATIENCE_MS = 60_000

PageFor = Callable[..., Page]


@dataclass
class Visit:
    """What a page did while it was open.

    Attributes:
        failing: Parts of addresses whose failures a test brought about itself.
    """

    page: Page
    failing: tuple[str, ...]
    errors: list[str] = field(default_factory=list, init=False)
    hosts: set[str | None] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))

    def _console(self, message: Any) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not any(part in where for part in self.failing):
            self.errors.append(f"{message.text} ({where})")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"}:
            self.hosts.add(parts.hostname)


# Of the package: while it is open, its event loop runs, and no other test could have one.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The Chromium that is installed."""
    path = chromium_path()
    if path is None:
        pytest.skip("NO CHROMIUM, NO PAGES: nothing in tests/browser was tested.")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=list(ARGUMENTS), timeout=1_000 * BOUND_S
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service without keys; it keeps audio, wants little of it heard and repeats nothing."""
    folder = tmp_path_factory.mktemp("pages")
    with running(serving_pages(folder)) as served:
        register(served.url)
        yield served


@pytest.fixture(scope="session")
def shut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Another, which wants keys; ``make_key(shut, name, "--scopes", …)`` makes one."""
    folder = tmp_path_factory.mktemp("shut")
    with running(serving_pages(folder)) as served:
        register(served.url, N_IN_SHUT)
        make_key(served, "nobody", "--scopes", "predict")
        yield served


@pytest.fixture(scope="session")
def attune(server: Served) -> Iterator[AttuneClient]:
    """The client that an app would use."""
    with AttuneClient(server.url, retry=PATIENT) as client:
        yield client


@pytest.fixture(name="page_for")
def _page_for(chromium: Browser, server: Served) -> Iterator[PageFor]:
    """Open pages of a size: ``page_for(width, height)``, and whatever a context takes.

    At the end none of them has said an error, and none has asked another host for anything.
    """
    visits: list[Visit] = []
    contexts: list[BrowserContext] = []

    def open_page(
        width: int, height: int, *, failing: tuple[str, ...] = (), **options: Any
    ) -> Page:
        options = {"base_url": server.url, "reduced_motion": "reduce"} | options
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        visits.append(Visit(context.new_page(), failing))
        return visits[-1].page

    yield open_page
    for context in contexts:
        context.close()
    assert [error for visit in visits for error in visit.errors] == []
    assert set().union(*(visit.hosts for visit in visits)) <= {HERE}


def picture(page: Page, name: str) -> None:
    """Keep a picture of a page, whole."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png", full_page=True)
