"""What `make demo` leaves behind, as the operator and its made-up listener see it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attune_client import AttuneClient, Overview
from playwright.sync_api import expect

from clients import demo_music
from tests.browser.conftest import PHONE, WIDE, PageFor, picture, serving_pages
from tests.journey.opposite_listeners import PATIENT
from tests.journey.servers import ROOT, Served, run, running

pytestmark = [pytest.mark.people, pytest.mark.journey, pytest.mark.slow]

N_ANSWERS, N_DRAWN = 20, 10


@pytest.fixture(scope="module", name="shown")
def _shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service of its own, after the demo."""
    try:
        demo_music.fetch()
    except demo_music.MusicError as error:
        pytest.skip(f"NO MUSIC, NO DEMO: {error}")
    with running(serving_pages(tmp_path_factory.mktemp("demo"))) as served:
        command = [sys.executable, str(ROOT / "clients" / "demo.py"), "--url", served.url]
        python_path = str(ROOT / "clients" / "python")
        run(command, Path(served.folder), dict(served.environ) | {"PYTHONPATH": python_path})
        yield served


@pytest.fixture(scope="module", name="reply")
def _told(shown: Served) -> Overview:
    with AttuneClient(shown.url, retry=PATIENT) as client:
        return client.overview()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_dashboard_has_forecasts_some_of_which_came_true(
    page_for: PageFor, shown: Served, reply: Overview, size: tuple[int, int]
) -> None:
    page = page_for(*size, base_url=shown.url)
    page.goto("/dashboard")
    expect(page.locator("#state")).to_contain_text("As of")

    judged = reply.snapshots[0].personal

    assert judged.n >= N_ANSWERS
    assert judged.hits > 0
    expect(page.locator("#snapshots-words")).to_contain_text(f"{judged.hits} of {judged.n}")
    drawn = page.locator("#strategies-figure tbody tr").first.locator("th, td")
    assert drawn.all_text_contents()[:2] == ["rand", str(N_DRAWN)]
    assert page.locator("#accuracy-figure tbody tr").count() >= 3
    picture(page, f"demo-dashboard-{size[0]}")


def test_the_answers_are_spread_over_all_quadrants_and_leave_tracks(shown: Served) -> None:
    with AttuneClient(shown.url, retry=PATIENT) as client:
        listener = client.user("demo-listener")
        n_tracks = client.overview().n_tracks

    assert listener.n_labels == N_ANSWERS
    assert set(listener.quadrants) == {"Q1", "Q2", "Q3", "Q4"}
    assert min(listener.quadrants.values()) > 0
    assert n_tracks - listener.n_labels == 8


def test_a_track_that_the_friend_answered_is_told_with_the_others_share(
    page_for: PageFor, shown: Served
) -> None:
    page = page_for(*WIDE, base_url=shown.url)
    page.goto("/try?user=demo-listener")
    page.get_by_label("A track of this service").check()
    page.fill("#search", "calm_acoustic_1")
    page.click("#predict")
    expect(page.locator("#headline")).to_be_focused()

    expect(page.locator("#why")).to_contain_text("1 other listener")
    expect(page.locator("#shares")).to_contain_text("what others answered for this track")
    picture(page, "demo-try-listener")
