"""``make bench-pages``: how long a listener waits on ``/annotate``, beside the calls it makes.

In each round a page is opened with an empty cache, and one answer is given on a page that stays
open: from the press to the moment at which the next question stands there. In the same round the
two calls of that step, ``/update`` and ``/query``, are made directly, over a connection that stays
open, by another listener; the page makes one call more, for what is shown of the track. Medians.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import click
import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from models.command_line import HELP_OPTIONS
from tests.browser.annotation_page import Annotating
from tests.browser.page_server import ARGUMENTS, chromium_path, register, serving_pages
from tests.journey.servers import running

ROUNDS, SKIPPED = 21, 1
LOAD_TARGET_MS, NEXT_TARGET_MS = 1_000, 150
SIZE = {"width": 1280, "height": 900}
POINT = (0.4, 0.3)
QUESTION, PLAYABLE, ANSWERED = "attune:question", "attune:playable", "attune:answered"


@dataclass
class Waits:
    """Milliseconds, one of each kind a round."""

    question: list[float] = field(default_factory=list)
    playable: list[float] = field(default_factory=list)
    following: list[float] = field(default_factory=list)
    direct: list[float] = field(default_factory=list)


class Direct:
    """A listener whose answers come without a page."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self._numbers = count()
        self._track = self._query()

    def step(self) -> float:
        """Answer and ask; return the milliseconds that this took."""
        label = {
            "event_id": f"direct-{next(self._numbers)}",
            "track_id": self._track,
            "valence": POINT[0],
            "arousal": POINT[1],
        }
        start = time.perf_counter()
        self._post("/update", {"user_id": "direct", "labels": [label]})
        self._track = self._query()
        return 1_000 * (time.perf_counter() - start)

    def _query(self) -> str:
        asked = {"user_id": "direct", "n": 1, "playable": True, "strategy": "eps-diverse"}
        return str(self._post("/query", asked)["tracks"][0]["track_id"])

    def _post(self, path: str, body: dict[str, object]) -> dict[str, list[dict[str, object]]]:
        reply = self._http.post(path, json=body).raise_for_status().json()
        return dict(reply)


@click.command(context_settings=HELP_OPTIONS)
@click.option("--rounds", type=click.IntRange(min=2), default=ROUNDS, show_default=True)
def main(rounds: int) -> None:
    """Measure what a listener waits for on /annotate, and print the table.

    The exit status is 1 if a target is missed.
    """
    if (path := chromium_path()) is None:
        sys.exit("Chromium is not installed.")
    with (
        tempfile.TemporaryDirectory() as folder,
        running(serving_pages(Path(folder), ATTUNE_LISTEN_S="0")) as served,
        sync_playwright() as playwright,
    ):
        register(served.url)
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        waits = _measured(browser, served.url, rounds)
        browser.close()
    sys.exit(_print(waits))


def _measured(browser: Browser, url: str, rounds: int) -> Waits:
    waits = Waits()
    lasting = browser.new_page(base_url=url, viewport=SIZE)  # type: ignore[arg-type]  # a TypedDict
    annotating = Annotating(lasting).open_at("bench")
    direct = Direct(url)
    for number in range(rounds + SKIPPED):
        fresh = _loaded(browser, url, f"fresh-{number}")
        following = _answered(annotating)
        beside = direct.step()
        if number >= SKIPPED:  # the first pays for what is compiled and cached once
            waits.question.append(fresh[0])
            waits.playable.append(fresh[1])
            waits.following.append(following)
            waits.direct.append(beside)
    return waits


def _loaded(browser: Browser, url: str, user: str) -> tuple[float, float]:
    """Return when the first question stood there, and when it could be played."""
    context = browser.new_context(base_url=url, viewport=SIZE)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"/annotate?user={user}")
    page.wait_for_function(f"() => performance.getEntriesByName('{PLAYABLE}').length > 0")
    found = _at(page, QUESTION), _at(page, PLAYABLE)
    context.close()
    return found


def _answered(annotating: Annotating) -> float:
    """Return how long it took from an answer to the next question."""
    page = annotating.page
    page.mouse.click(*annotating.at(*POINT))
    page.keyboard.press("n")
    page.wait_for_function(
        f"() => performance.getEntriesByName('{QUESTION}').at(-1).startTime > "
        f"performance.getEntriesByName('{ANSWERED}').at(-1)?.startTime"
    )
    return _at(page, QUESTION) - _at(page, ANSWERED)


def _at(page: Page, mark: str) -> float:
    return float(page.evaluate(f"performance.getEntriesByName('{mark}').at(-1).startTime"))


def _print(waits: Waits) -> int:
    over = median(waits.following) - median(waits.direct)
    print("| what | median | 90 % of them | target |")  # noqa: T201
    print("|---|---:|---:|---:|")  # noqa: T201
    _row("page load → first question", waits.question, f"≤ {LOAD_TARGET_MS} ms")
    _row("page load → it can be played", waits.playable, "")
    _row("answer → next question, on the page", waits.following, "")
    _row("`/update` and `/query`, directly", waits.direct, "")
    target = f"≤ {NEXT_TARGET_MS} ms"
    print(f"| answer → next question, over the direct calls | {over:.0f} ms | | {target} |")  # noqa: T201
    print(f"\n{len(waits.direct)} rounds, interleaved.")  # noqa: T201
    return int(median(waits.question) > LOAD_TARGET_MS or over > NEXT_TARGET_MS)


def _row(what: str, found_ms: Sequence[float], target: str) -> None:
    *_, most = quantiles(found_ms, n=10)
    print(f"| {what} | {median(found_ms):.0f} ms | {most:.0f} ms | {target} |")  # noqa: T201


if __name__ == "__main__":
    main()
