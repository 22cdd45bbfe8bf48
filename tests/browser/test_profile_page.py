"""A listener sees what they answered, takes it along, and is forgotten."""

import itertools

import pytest
from attune_client import Circumstances, Gone, Label, NotFound
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE

pytestmark = [pytest.mark.people, pytest.mark.journey, pytest.mark.slow]

N_ANSWERS = 14
N_FEW = 3
LOVED = Circumstances(liking=5, familiarity=1, emotion="perceived")
POINTS = ((0.6, 0.7), (-0.5, 0.4), (-0.7, -0.4), (0.4, -0.6))
KEEP = "names => names.forEach((name) => localStorage.setItem(name, '{}'))"
_numbers = itertools.count()


@pytest.fixture(scope="module", name="listener")
def _listener(attune):
    """Somebody who answered: a word, points, one of them twice, and once that they cannot tell."""
    answers = [point(number) for number in range(1, N_ANSWERS)]
    word = Label.quadrant("tone-00", "Q4", circumstances=LOVED)
    again = Label.point(
        "tone-01", valence=-0.3, arousal=0.2, circumstances=Circumstances(is_repeat=True)
    )
    for label in [word, *answers, again, Label.cant_tell("tone-20")]:
        attune.update("looking", [label])
    return "looking"


@pytest.fixture(name="leaving")
def _leaving(attune):
    """Somebody who answered three questions, new for each test."""
    user_id = f"leaving-{next(_numbers)}"
    attune.update(user_id, [point(number) for number in range(N_FEW)])
    return user_id


def point(number):
    valence, arousal = POINTS[number % len(POINTS)]
    return Label.point(f"tone-{number:02}", valence=valence, arousal=arousal)


def happy(number):
    return Label.point(f"tone-{number:02}", valence=0.8, arousal=0.7)


def look(page, user_id):
    page.goto(f"/me?user={user_id}")
    expect(page.locator("#summary")).to_contain_text("You answered")
    return page


def test_me_shows_every_answer_by_title_word_and_liking(page_for, listener):
    page = look(page_for(*WIDE), listener)

    expect(page.locator("#summary")).to_have_text(
        f"You answered {N_ANSWERS}\N{NO-BREAK SPACE}questions; "
        "for 1\N{NO-BREAK SPACE}track you could not tell."
    )
    shapes = page.locator("#answers-plane .point")
    expect(shapes).to_have_count(N_ANSWERS)
    titles = {shapes.nth(place).get_attribute("aria-label") for place in range(N_ANSWERS)}
    [loved] = [title for title in titles if title.startswith("Study in tones 0, Nobody: calm")]
    assert "(answered by word)" in loved
    assert loved.endswith("liked 5 of 5")
    page.locator("#answers-table summary").click()
    expect(page.locator("#answers-table tbody tr")).to_have_count(N_ANSWERS)


def test_me_draws_where_the_model_expects_music_for_the_listener_and_for_all(page_for, listener):
    page = look(page_for(*WIDE), listener)

    for kind in ("personal", "population"):
        contours = page.locator(f"#answers-plane .contour.{kind}")
        expect(contours).to_have_count(2)
        outer, inner = (contours.nth(place).bounding_box() for place in range(2))
        assert outer["width"] > inner["width"] > 0


def test_me_compares_forecasts_of_the_same_answers_and_tells_how_far_the_listener_agrees(
    page_for, attune, listener
):
    reply = attune.picture(listener)

    page = look(page_for(*WIDE), listener)

    hits = page.locator("#hits").inner_text()
    assert f"Of {N_ANSWERS}\N{NO-BREAK SPACE}answers" in hits
    assert f"predicted {reply.prequential.personal.hits} right knowing you" in hits
    assert f"have predicted {reply.prequential.population.hits} right not knowing you" in hits
    expect(page.locator("#hits-list")).to_be_hidden()
    page.locator("#hits-figures > summary").click()
    expect(page.locator("#hits-list")).to_contain_text("McNemar")
    expect(page.locator("#hits-list")).to_contain_text(
        f"only knowing you: {reply.paired.only_personal};"
    )
    expect(page.locator("#hits-chart .sign.personal")).to_have_count(
        len(reply.prequential.curve) + 1  # the legend has one too
    )
    expect(page.locator("#consistency")).to_contain_text("same answer again for 1 of 1")
    expect(page.locator("#consistency")).to_contain_text("rough figure")
    expect(page.locator("#difference")).not_to_be_empty()


def test_from_the_third_answer_on_me_says_what_is_different(page_for, attune):
    for number in range(N_FEW - 1):
        attune.update("happy", [happy(number)])
    page = look(page_for(*WIDE), "happy")
    before = page.locator("#habits").inner_text()
    expect(page.locator("#own-music")).to_be_hidden()
    attune.update("happy", [happy(N_FEW - 1)])

    page = look(page, "happy")

    assert before.startswith("After your third answer")
    expect(page.locator("#habits")).to_contain_text("You say happy more often than others: 3 of 3")
    own = page.locator("#own-tracks .happy li")
    theirs = [each for each in attune.picture("happy").own_tracks if each.quadrant == "Q1"]
    titles = [f"{each.title}, {each.artist}" for each in theirs]
    expect(own.locator("span")).to_have_text(titles)


def test_a_listeners_track_can_be_heard_on_me(page_for, listener):
    page = look(page_for(*WIDE), listener)

    page.locator("#own-tracks button").first.click()

    expect(page.locator("#own-status")).to_contain_text("Playing Study in tones")
    expect(page.locator("#own-player")).to_be_visible()


def test_a_track_that_cannot_be_heard_is_said_to_be_silent(page_for, listener):
    page = look(page_for(*WIDE, failing=("/audio",)), listener)
    page.route("**/audio?*", lambda route: route.fulfill(status=404))

    page.locator("#own-tracks button").first.click()

    expect(page.locator("#own-status")).to_contain_text("cannot be played here")


def test_of_few_answers_me_says_that_they_are_too_few(page_for, leaving):
    page = look(page_for(*WIDE), leaving)

    expect(page.locator("#hits")).to_contain_text("too few to tell.")
    expect(page.locator("#hits-chart .drawing svg")).to_have_count(0)
    expect(page.locator("#consistency")).to_contain_text("You have not answered a track twice")


def test_shapes_and_marks_are_read_by_keyboard(page_for, listener):
    page = look(page_for(*WIDE), listener)

    page.locator("#answers-plane .point").first.focus()
    first = page.locator("#answers-readout").inner_text()
    page.keyboard.press("ArrowRight")
    second = page.locator("#answers-readout").inner_text()
    page.locator("#hits-figures > summary").click()
    page.locator("#hits-chart .read").first.focus()
    page.keyboard.press("End")

    assert "Study in tones" in first
    assert first != second
    last = page.locator("#hits-chart .read").last
    expect(last).to_be_focused()
    expect(page.locator("#hits-chart .readout")).to_have_text(last.get_attribute("aria-label"))


def test_a_mark_is_read_by_a_finger(page_for, listener):
    page = look(page_for(*PHONE, has_touch=True), listener)

    page.locator("#hits-figures > summary").tap()
    mark = page.locator("#hits-chart .read").last
    mark.tap()

    expect(page.locator("#hits-chart .readout")).to_have_text(mark.get_attribute("aria-label"))


def test_the_export_is_the_log_as_the_service_tells_it(page_for, attune, listener):
    page = look(page_for(*WIDE), listener)

    with page.expect_download() as waited:
        page.get_by_role("button", name="Export my answers").click()

    download = waited.value
    assert download.suggested_filename == f"attune-{listener}.ndjson"
    lines = download.path().read_text().splitlines()
    assert lines == [line.rstrip("\n") for line in attune.export_labels(listener)]
    assert len(lines) == N_ANSWERS + 2
    expect(page.locator("#data-notice")).to_contain_text(f"{N_ANSWERS + 2}\N{NO-BREAK SPACE}lines")


def test_forgetting_asks_for_the_name_and_then_erases(page_for, attune, leaving):
    page = look(page_for(*WIDE), leaving)
    page.evaluate(KEEP, [f"attune.outbox.{leaving}/0001", "attune.habits"])

    page.get_by_role("button", name="Forget me").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("somebody")
    dialog.get_by_role("button", name="Forget me").click()
    expect(dialog.get_by_role("alert")).to_have_text(f"This is not {leaving}.")
    assert attune.user(leaving).n_labels == N_FEW
    dialog.get_by_role("textbox").fill(leaving)
    dialog.get_by_role("button", name="Forget me").click()

    expect(page.locator("#summary")).to_contain_text(f"{leaving} is forgotten")
    expect(page.get_by_role("button", name="Forget me")).to_be_hidden()
    with pytest.raises(NotFound):
        attune.picture(leaving)
    with pytest.raises(Gone):
        attune.update(leaving, [point(1)])
    assert page.evaluate("Object.keys(localStorage)") == ["attune.habits"]
    assert page.url.endswith("/me")


def test_who_closes_the_window_is_not_forgotten(page_for, attune, leaving):
    page = look(page_for(*WIDE), leaving)

    page.get_by_role("button", name="Forget me").click()
    page.get_by_role("button", name="Not now").click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    assert attune.user(leaving).n_labels == N_FEW


def test_of_nobody_me_says_that_nobody_answered(page_for):
    page = page_for(*WIDE, failing=("/picture",))

    page.goto("/me?user=nobody-yet")

    expect(page.locator("#summary")).to_contain_text("There are no answers of nobody-yet")
    expect(page.get_by_role("button", name="Forget me")).to_be_hidden()
    expect(page.get_by_role("link", name="Answer more questions")).to_have_attribute(
        "href", "/annotate?user=nobody-yet"
    )
