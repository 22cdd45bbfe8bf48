"""Listeners answer on ``/annotate``: with a mouse, with keys, with a thumb, and with bad luck."""

import re

import pytest
from attune_client import Label
from playwright.sync_api import expect

from tests.browser.annotation_page import Annotating
from tests.browser.conftest import PHONE, WIDE

pytestmark = [pytest.mark.people, pytest.mark.slow]

N_ASKED = 20
GUESS = re.compile(r"Attune expected (happy|tense|sad|calm), \d+\s%, or (happy|tense|sad|calm)")
MOVED = re.compile(r"(?:(\d+) of \d+\stracks?|No track) moved")
POINTS = [(0.6, 0.5), (-0.6, 0.7), (-0.4, -0.6), (0.7, -0.3), (0.1, 0.9)]


@pytest.fixture(name="wide")
def _wide(page_for):
    """The page on a desk."""
    return Annotating(page_for(*WIDE))


@pytest.fixture(name="phone")
def _phone(page_for):
    """The page in a hand."""
    return Annotating(page_for(*PHONE, has_touch=True, is_mobile=True))


def logged(attune, user):
    return list(attune.user_labels(user))


def points_of(events):
    return [(event.valence, event.arousal) for event in events]


def test_twenty_tracks_are_answered_with_a_mouse(wide, attune):
    wide.open("mouse")

    for number in range(N_ASKED):
        wide.listen().answer(*POINTS[number % len(POINTS)])
        wide.next()

    events = logged(attune, "mouse")
    assert len({event.track_id for event in events}) == len(events) == N_ASKED
    given = [pytest.approx(POINTS[n % len(POINTS)], abs=0.01) for n in range(N_ASKED)]
    assert points_of(events) == given
    assert {event.emotion for event in events} == {"perceived"}
    assert {event.strategy for event in events[1:]} == {"eps-diverse"}
    expect(wide.page.locator("#progress")).to_have_text(f"{N_ASKED} answered today · 20 in all")


def test_twenty_tracks_are_answered_with_the_keyboard_alone(wide, attune):
    wide.open("keyboard")
    press = wide.page.keyboard.press

    press("Space")
    for number in range(N_ASKED):
        wide.until("open")
        press("ArrowRight" if number % 2 else "ArrowLeft")
        press("ArrowUp")
        press("Shift+ArrowUp")
        press("Enter")
        wide.until("answered")
        expect(wide.page.locator("#next")).to_be_focused()
        press("Enter")
        wide.until_asked()

    events = logged(attune, "keyboard")
    assert len({event.track_id for event in events}) == N_ASKED
    assert points_of(events) == [(0.1, 0.12) if n % 2 else (-0.1, 0.12) for n in range(N_ASKED)]


def test_twenty_tracks_are_answered_with_a_thumb_on_a_phone(phone, attune):
    phone.open("thumb")

    for number in range(N_ASKED):
        phone.until_asked()
        phone.listen().tap(*POINTS[number % len(POINTS)])
        assert phone.page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
        phone.page.locator("#next").tap()
    phone.until_asked()

    assert len({event.track_id for event in logged(attune, "thumb")}) == N_ASKED


def test_what_a_thumb_presses_is_on_the_screen_and_large_enough(phone):
    phone.open("reach").listen()

    for name in ("#next", "#cant-tell", "#skip", "#undo", "#play"):
        box = phone.page.locator(name).bounding_box()
        assert box["width"] >= 44
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= PHONE[1]
    plane = phone.page.locator("#plane").bounding_box()
    assert plane["y"] + plane["height"] <= phone.page.locator("#skip").bounding_box()["y"]


def test_two_sliders_answer_as_the_plane_does(wide, attune):
    wide.open("sliders").listen()
    wide.page.get_by_text("Answer with two sliders instead").click()

    wide.page.get_by_label("Unpleasant to pleasant").fill("0.55")
    wide.page.get_by_label("Quiet to energetic").fill("-0.85")

    expect(wide.page.locator("#valence")).to_have_attribute("aria-valuetext", "fairly pleasant")
    expect(wide.page.locator("#arousal")).to_have_attribute("aria-valuetext", "very quiet")
    wide.page.get_by_role("button", name="Answer").click()
    wide.until("answered").sent()
    assert points_of(logged(attune, "sliders")) == [(0.55, -0.85)]


def test_nothing_is_answered_before_some_of_it_was_heard(wide, attune):
    wide.open("hasty")

    wide.page.mouse.click(*wide.at(0.5, 0.5))
    wide.page.locator("#plane svg").press("Enter")

    assert "Listen first" in wide.said
    expect(wide.page.locator("#cant-tell")).to_be_disabled()
    expect(wide.page.locator("#slider-answer")).to_be_disabled()
    wide.listen().answer(0.5, -0.5).sent()
    assert points_of(logged(attune, "hasty")) == [pytest.approx((0.5, -0.5), abs=0.01)]


def test_silence_and_jumps_do_not_count_as_heard(wide):
    wide.open("deaf")

    wide.page.locator("#volume").fill("0")
    wide.page.locator("#play").click()
    wide.page.locator("#seek").fill("2")
    expect(wide.page.locator("#play")).to_have_attribute("aria-label", "Play")

    assert "Listen first" in wide.said
    wide.page.locator("#volume").fill("1")
    wide.listen()


def test_guess_and_title_are_nowhere_on_the_page_before_the_answer(wide):
    wide.open("curious").listen()
    text = wide.page.locator("body").inner_text()
    drawn = wide.page.locator("#plane .guess").count()

    wide.answer(0.3, 0.3)

    assert "Attune expected" not in text
    assert "Study in tones" not in text
    assert drawn == 0
    assert GUESS.search(wide.said)
    assert wide.page.locator("#plane .guess ellipse").count() == 2
    expect(wide.page.locator("#heading")).to_have_text(re.compile(r"Study in tones \d+ — Nobody"))
    expect(wide.page.locator("#announcer")).to_contain_text("Attune expected")


def test_what_the_guess_did_without_is_told_after_the_answer(wide):
    notice = {"code": "lyrics_language", "message": "Only English lyrics are read."}
    wide.page.route("**/tracks/*", lambda route: _with_notice(route, notice))

    wide.open("informed").listen().answer(0.3, 0.3)

    assert notice["message"] in wide.said


def _with_notice(route, notice):
    reply = route.fetch()
    result = reply.json()
    result["prediction"]["notices"] = [notice]
    route.fulfill(response=reply, json=result)


def test_an_answer_is_undone_and_given_anew(wide, attune):
    wide.open("doubtful").listen().answer(0.9, 0.9)

    wide.page.keyboard.press("u")
    wide.until("open").answer(-0.9, -0.9)
    wide.next()
    wide.page.locator("#undo").click()
    wide.until("open").answer(0.2, -0.2).sent()

    events = logged(attune, "doubtful")
    assert len({event.track_id for event in events}) == 1
    assert [event.retracted for event in events] == [False, True, False, True, False]
    assert attune.user("doubtful").n_labels == 1
    expect(wide.page.locator("#progress")).to_contain_text("1 answered today · 1 in all")


def moved_of(line):
    """Return how many tracks a line says to have moved."""
    return int(MOVED.search(line)[1] or 0)


def test_each_answer_says_in_a_line_what_it_changed(wide):
    wide.open("curious-of-effects")
    line = wide.page.locator("#effect")
    expect(line).to_have_text("")

    for _ in range(4):
        wide.listen()
        with wide.page.expect_response("**/update") as waited:
            wide.answer(0.8, 0.8)
        expect(line).to_have_text(MOVED)
        assert moved_of(line.inner_text()) == waited.value.json()["effect"]["n_moved"]
        wide.next()

    expect(line).to_have_attribute("aria-live", "polite")
    expect(line).to_have_class(re.compile("muted"))  # it is about the answer before


def moving(route):
    """Answer an update as where two tracks moved."""
    reply = route.fetch()
    effect = {"n_tracks": 9, "n_moved": 2, "moves": [{"from": "Q4", "to": "Q1", "n": 2}]}
    route.fulfill(response=reply, json=reply.json() | {"effect": effect | {"tracks": []}})


def test_an_answer_and_its_undoing_say_which_tracks_moved(wide):
    wide.page.route("**/update", moving)
    wide.open("wavering").listen()
    line = wide.page.locator("#effect")

    wide.answer(0.9, 0.9)
    expect(line).to_have_text("2 of 9\N{NO-BREAK SPACE}tracks moved from calm to happy for you.")
    wide.page.keyboard.press("u")
    wide.until("open")

    expect(line).to_have_text(re.compile(r"^Undone\. 2 of 9\stracks moved"))


def test_ratings_after_an_answer_leave_the_line_as_it_is(wide):
    wide.open("rating").listen().answer(0.9, 0.9)
    line = wide.page.locator("#effect")
    expect(line).to_have_text(MOVED)
    before = line.inner_text()

    with wide.page.expect_response("**/update"):
        wide.page.locator("#liking").get_by_label("4").check()
    wide.sent()

    assert line.inner_text() == before


def test_what_is_skipped_is_not_asked_again_and_not_recorded(wide, attune):
    wide.open("choosy").listen()
    seen = []

    for _ in range(4):
        seen.append(wide.page.locator("#audio").get_attribute("src"))
        wide.page.keyboard.press("s")
        wide.until_asked()
    wide.page.keyboard.press("u")
    wide.until("open")

    assert len(set(seen)) == len(seen)
    expect(wide.page.locator("#audio")).to_have_attribute("src", seen[-1])
    wide.answer(0.4, 0.4).sent()
    assert len(logged(attune, "choosy")) == 1


def test_who_cannot_tell_says_so_and_is_not_asked_again(wide, attune):
    wide.open("torn").listen()

    wide.page.keyboard.press("c")
    wide.until("answered").sent()
    wide.next()

    (event,) = logged(attune, "torn")
    assert (event.cant_tell, event.quadrant) == (True, None)
    asked = attune.query("torn", n=100).tracks
    assert event.track_id not in {question.track_id for question in asked}


def test_liking_and_familiarity_come_before_the_answer_or_after_it(wide, attune):
    wide.open("fond").listen()

    wide.page.locator("#liking").get_by_label("4").check()
    wide.page.locator("#familiarity").get_by_label("5").check()
    wide.page.locator("#familiarity").get_by_label("5").click()  # after all not
    wide.answer(0.5, 0.5)
    wide.page.locator("#familiarity").get_by_label("2").check()
    wide.next().sent()

    before, after = logged(attune, "fond")
    assert (before.liking, before.familiarity) == (4, None)
    assert (after.liking, after.familiarity) == (4, 2)
    assert after.track_id == before.track_id
    assert points_of([before]) == points_of([after])
    assert wide.page.locator("#liking input:checked").count() == 0


@pytest.fixture(name="veteran")
def _veteran(attune):
    """A listener who has answered so much that a question may come again."""
    # Lines of the log carry others' votes then, which no label may.
    attune.update("peer", [Label.quadrant(f"tone-{n:02}", "Q1") for n in range(8)])
    points = [Label.point(f"tone-{n:02}", valence=n / 10, arousal=-0.5) for n in range(8)]
    attune.update("veteran", points)
    return "veteran"


def with_repeats(route):
    """Send a query on as one that repeats earlier tracks."""
    asked = route.request.post_data_json | {"repeat_share": 1.0}
    route.continue_(post_data=asked)


def test_a_repeat_is_recorded_as_one_and_its_undoing_brings_the_former_answer_back(
    wide, attune, veteran
):
    wide.page.route("**/query", with_repeats)

    wide.open(veteran).listen().answer(-0.8, 0.8).sent()
    *_, repeated = logged(attune, veteran)
    wide.page.keyboard.press("u")
    wide.until("open").sent()

    first, second, again = [e for e in logged(attune, veteran) if e.track_id == repeated.track_id]
    assert (first.is_repeat, second.is_repeat, again.is_repeat) == (False, True, False)
    assert points_of([again]) == points_of([first])
    assert attune.user(veteran).n_labels == 8


def test_answers_survive_a_broken_network_and_a_reload(page_for, attune):
    wide = Annotating(page_for(*WIDE, failing=("/update", "/query")))
    wide.open("unlucky").listen()
    for call in ("**/update", "**/query"):
        wide.page.route(call, lambda route: route.abort())

    wide.answer(0.3, 0.7)
    expect(wide.page.locator("#notice")).to_contain_text("Nothing is lost.")
    expect(wide.page.locator("#effect")).to_have_text("")
    wide.page.reload()
    expect(wide.page.locator("#notice")).to_contain_text("Nothing is lost.")
    for call in ("**/update", "**/query"):
        wide.page.unroute(call)

    wide.sent().until("listening")
    assert points_of(logged(attune, "unlucky")) == [pytest.approx((0.3, 0.7), abs=0.01)]
    expect(wide.page.locator("#notice")).to_be_hidden()


def test_a_forgotten_listener_is_told_so(page_for, attune):
    wide = Annotating(page_for(*WIDE, failing=("/update",)))
    wide.open("gone").listen()
    attune.forget("gone")

    wide.page.mouse.click(*wide.at(0.5, 0.5))

    expect(wide.page.locator("#closed-title")).to_have_text("This listener was forgotten")


def test_who_has_no_name_yet_is_asked_for_one(wide):
    wide.page.goto("/annotate")

    name = wide.page.get_by_label("Your name here")
    name.fill("a b")
    name.press("Enter")
    expect(wide.page.get_by_role("alert").first).to_contain_text("Use only letters")
    name.fill("somebody")
    name.press("Enter")

    wide.until("listening")
    expect(wide.page.locator("[data-session]")).to_contain_text("somebody")
    wide.page.goto("/annotate")
    wide.until("listening")


def test_it_goes_on_by_itself_for_who_wants_that(wide):
    wide.open("steady").listen()
    wide.page.get_by_text("Keys and settings").click()
    wide.page.get_by_label("Continue automatically").check()

    wide.answer(0.5, 0.5).until_asked()

    expect(wide.page.locator("#progress")).to_contain_text("1 answered today")


def test_letters_do_nothing_where_they_are_switched_off(wide, attune):
    wide.open("dictating").listen()
    wide.page.get_by_text("Keys and settings").click()
    wide.page.get_by_label("Use these keys").uncheck()

    wide.page.keyboard.press("c")
    wide.page.keyboard.press("s")

    wide.answer(0.1, 0.1).sent()
    assert [event.cant_tell for event in logged(attune, "dictating")] == [False]
