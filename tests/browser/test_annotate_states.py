"""What ``/annotate`` shows besides a question, and that nothing on it moves under a finger."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.annotation_page import Annotating
from tests.browser.conftest import PHONE, WIDE, picture

pytestmark = [pytest.mark.people, pytest.mark.slow]

SIZES = {"wide": WIDE, "phone": PHONE}
SMALL_PHONE = (390, 664)
SEEN = ("#question", "#play", "#plane", "#said", "#effect", "#next")
FIXED = ("#play", "#plane", "#next", "#undo", "#liking", "#sliders")
LOOP_MS = 3_000


@pytest.fixture(name="wide")
def _wide(page_for):
    """The page on a desk."""
    return Annotating(page_for(*WIDE))


def places(page):
    """Return where everything is that somebody may be about to press."""
    return {name: page.locator(name).bounding_box() for name in FIXED}


@pytest.mark.parametrize("size", SIZES)
def test_nothing_moves_from_the_question_to_the_answer(page_for, size):
    page = page_for(*SIZES[size])
    annotating = Annotating(page).open(f"steady-{size}")

    before = places(page)
    annotating.listen()
    during = places(page)
    annotating.answer(0.5, 0.5)

    assert places(page) == during == before


def test_question_plane_and_feedback_fit_a_small_phone(page_for):
    page = page_for(*SMALL_PHONE, has_touch=True, is_mobile=True)
    annotating = Annotating(page).open("small")

    for valence, arousal in [(0.05, 0.9), (-0.05, -0.9), (0.9, 0.05)]:
        annotating.until_asked().listen().tap(valence, arousal).sent()
        expect(page.locator("#effect")).not_to_be_empty()
        seen = {name: page.locator(name).bounding_box() for name in SEEN}
        assert page.evaluate("scrollY") == 0
        bottoms = [box["y"] + box["height"] for box in seen.values()]
        assert bottoms == sorted(bottoms)  # one under the other
        tops = [box["y"] for box in seen.values()]
        assert tops[0] >= 0
        assert all(top >= bottom for top, bottom in zip(tops[1:], bottoms, strict=False))
        assert bottoms[-1] <= SMALL_PHONE[1]
        assert seen["#plane"]["width"] >= 280
        picture(page, "annotate-small-phone")
        page.locator("#next").tap()


def nothing_to_hear(route):
    """Answer as a service does whose tracks cannot be heard."""
    problem = {"code": "empty_pool", "detail": "No track can be heard.", "status": 409}
    route.fulfill(status=409, content_type="application/problem+json", body=json.dumps(problem))


def test_an_operator_is_told_how_tracks_come_to_be_heard(page_for):
    page = page_for(*PHONE, failing=("/query",))
    page.route("**/query", nothing_to_hear, times=1)

    page.goto("/annotate?user=early")

    expect(page.locator("#closed-title")).to_have_text("There is nothing to listen to yet")
    expect(page.locator("#closed-text")).to_contain_text("ATTUNE_AUDIO")
    expect(page.locator("#closed-text")).to_contain_text("audio_url")
    picture(page, "annotate-unplayable-phone-light")
    page.get_by_role("button", name="Try again").click()
    Annotating(page).until("listening")


def preparing(route):
    """Answer as a service does whose track features are being prepared."""
    problem = {"code": "features_not_ready", "detail": "They are being prepared.", "status": 503}
    route.fulfill(
        status=503,
        headers={"Retry-After": "5"},
        content_type="application/problem+json",
        body=json.dumps(problem),
    )


def test_the_page_waits_for_a_service_that_prepares_its_music_and_says_so(page_for):
    page = page_for(*WIDE, failing=("/query",))
    page.route("**/query", preparing)
    page.goto("/annotate?user=waits-for-music")
    annotating = Annotating(page)

    expect(page.locator("#notice")).to_contain_text("still preparing its music")
    annotating.until("asking")
    page.unroute("**/query")

    annotating.until("listening")
    expect(page.locator("#notice")).to_be_hidden()


def felt(route):
    """Serve the page as it is where the operator wants to know what is felt."""
    served = route.fetch()
    route.fulfill(response=served, body=served.text().replace("perceived", "felt"))


def test_what_is_asked_is_said_and_recorded(wide, attune):
    wide.page.route("**/annotate?*", felt)

    wide.open("feeling")
    expect(wide.page.locator("#question")).to_have_text("What do you feel?")
    wide.listen().answer(0.2, 0.9).sent()

    (event,) = attune.user_labels("feeling")
    assert event.emotion == "felt"


def test_a_recording_that_cannot_be_played_is_skipped(page_for):
    page = page_for(*WIDE, failing=("/audio",))
    page.route("**/audio?*", lambda route: route.fulfill(status=404), times=1)
    annotating = Annotating(page).open("deaf-end")

    expect(page.locator("#notice")).to_contain_text("cannot be played")
    page.locator("#skip").click()

    annotating.listen()
    expect(page.locator("#notice")).to_be_hidden()


def test_a_loop_begins_again(wide):
    wide.open("patient")

    wide.page.keyboard.press("l")
    wide.listen()
    wide.page.wait_for_timeout(LOOP_MS)

    expect(wide.page.locator("#loop")).to_have_attribute("aria-pressed", "true")
    expect(wide.page.locator("#play")).to_have_attribute("aria-label", "Pause")


def test_a_strategy_of_the_address_is_gone_by(wide, attune):
    wide.open("lucky", "&strategy=rand").listen().answer(0.1, 0.2).sent()

    (event,) = attune.user_labels("lucky")
    assert (event.strategy, event.is_random) == ("rand", True)


def test_a_track_that_waits_to_be_sent_is_not_asked_again(page_for, attune):
    wide = Annotating(page_for(*WIDE, failing=("/update",)))
    wide.open("waiting").listen()
    wide.page.route("**/update", lambda route: route.fulfill(status=503, body=""))
    seen = []

    for _ in range(3):
        seen.append(wide.page.locator("#audio").get_attribute("src"))
        wide.answer(0.6, 0.6)
        wide.page.locator("#next").click()
        wide.listen()

    assert len(set(seen)) == len(seen)
    wide.page.unroute("**/update")
    wide.page.evaluate("dispatchEvent(new Event('online'))")
    wide.sent()
    assert len({event.track_id for event in attune.user_labels("waiting")}) == len(seen)
