"""The page /try: a prediction in words, as bars, on the plane and over time; and the page /."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from attune_client import AttuneClient, Label, Prediction
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, WIDE, PageFor, picture
from tests.browser.tone_files import recording
from tests.journey.servers import ROOT

pytestmark = [pytest.mark.people, pytest.mark.slow]

WORDS = {"Q1": "happy", "Q2": "tense", "Q3": "sad", "Q4": "calm"}
LYRICS = "The sun is up, the road is long, and everybody sings along"
NOTICE = "The lyrics are in Spanish, which is not read; the prediction goes by the recording."
NARROW = (360, 780)
SAMPLES = ROOT / "service" / "pages" / "samples"
RATE_HZ = 22_050
LENGTH_S = 32


@pytest.fixture(scope="module", name="song")
def _song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four times eight seconds: a quiet tone and loud noise by turns."""
    time_s = np.arange(LENGTH_S * RATE_HZ) / RATE_HZ
    is_loud = time_s // 8 % 2 == 1
    tone = 0.1 * np.sin(2 * np.pi * 220 * time_s)
    noise = 0.5 * np.random.default_rng(0).standard_normal(len(time_s)).clip(-1, 1)
    file = tmp_path_factory.mktemp("music") / "by turns.ogg"
    soundfile.write(file, np.where(is_loud, noise, tone), RATE_HZ, subtype="VORBIS")
    return file


@pytest.fixture(scope="module", name="predicted")
def _predicted(attune: AttuneClient, song: Path) -> Prediction:
    """What an app is told of the same."""
    return attune.predict(audio=song, lyrics=LYRICS)


def opened(page: Page) -> Page:
    page.goto("/try")
    expect(page.locator("#listener")).to_be_visible()
    fits(page)
    return page


def fits(page: Page) -> None:
    """Check that nobody has to scroll sideways."""
    assert page.viewport_size is not None
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]


def kept_out(page: Page) -> list[object]:
    """Return what axe-core finds grave."""
    found = Axe().run(page).response["violations"]
    return [each for each in found if each["impact"] in {"serious", "critical"}]


def predicted_by(page: Page) -> None:
    page.click("#predict")
    expect(page.locator("#headline")).to_be_focused()


def percent(share: float) -> str:
    return f"{int(100 * share + 0.5)}\u00a0%"


def test_a_file_with_lyrics_is_predicted_as_an_app_would_be_told(
    page_for: PageFor, song: Path, predicted: Prediction
) -> None:
    page = opened(page_for(*WIDE))
    page.set_input_files("#file", song)
    page.fill("#lyrics", LYRICS)

    predicted_by(page)

    shown = page.locator("#bars li").all_inner_texts()
    assert [line.split("\n") for line in shown] == [
        [word, percent(predicted.probabilities[quadrant])] for quadrant, word in WORDS.items()
    ]
    assert WORDS[predicted.quadrant] in page.inner_text("#headline")
    for quadrant in predicted.set.quadrants:
        assert WORDS[quadrant] in page.inner_text("#likely").lower()
    assert "The recording alone would be" in page.inner_text("#modalities")
    assert "most people" in page.inner_text("#personal")
    page.locator("#numbers").locator("..").locator("summary").click()
    assert f"± {predicted.valence.sd:.2f}" in page.inner_text("#numbers")
    assert page.locator("#plane ellipse").count() == 2
    curve_is_told(page, predicted)
    picture(page, "try-wide-light")


def curve_is_told(page: Page, predicted: Prediction) -> None:
    page.get_by_text("Show as a table").click()

    rows = page.locator("#curve tbody tr").all_inner_texts()
    likeliest = [
        max(each.probabilities.items(), key=lambda p: p[1]) for each in predicted.segments
    ]
    assert [row.split()[1:3] for row in rows] == [
        [WORDS[quadrant], percent(share).split("\u00a0")[0]] for quadrant, share in likeliest
    ]
    stretches = page.locator("#curve .stretch text").all_text_contents()
    assert len(stretches) > 1
    assert set(stretches) <= {WORDS[quadrant] for quadrant, _ in likeliest}


def test_the_curve_is_read_by_keys_and_pointer_and_the_player_goes_along(
    page_for: PageFor, song: Path, predicted: Prediction
) -> None:
    page = opened(page_for(*WIDE))
    page.set_input_files("#file", song)
    predicted_by(page)
    slider = page.get_by_role("slider", name="Emotion over the recording's time")

    outcome = []
    slider.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", "Home"):
        page.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuetext", page.inner_text("#curve .readout"))
        outcome.append(page.evaluate("document.getElementById('player').currentTime"))

    starts = [each.start_s for each in predicted.segments]
    expected = [starts[1], starts[2], starts[1], starts[-1], starts[0]]
    assert outcome == pytest.approx(expected, abs=0.1)
    page.evaluate("document.getElementById('player').play()")

    expect(slider).not_to_have_attribute("aria-valuenow", "0.0")
    page.evaluate("document.getElementById('player').pause()")
    the_pointer_reads_and_seeks(page)


def the_pointer_reads_and_seeks(page: Page) -> None:
    drawing = page.locator("#curve svg")
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    assert box is not None
    before = page.inner_text("#curve .readout")

    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
    read = page.inner_text("#curve .readout")
    page.mouse.down()
    page.mouse.up()

    heard_s = page.evaluate("document.getElementById('player').currentTime")
    assert read != before
    assert heard_s == pytest.approx(0.78 * LENGTH_S, abs=2)


def test_lyrics_alone_have_no_curve(page_for: PageFor) -> None:
    page = opened(page_for(*WIDE))
    page.fill("#lyrics", LYRICS)

    predicted_by(page)

    expect(page.locator("#over-time")).to_be_hidden()
    expect(page.locator("#modalities")).to_be_hidden()


def test_a_registered_track_is_found_by_its_title_and_heard(
    page_for: PageFor, attune: AttuneClient
) -> None:
    answers = [Label.point(f"tone-{n:02}", valence=-0.8, arousal=-0.7) for n in range(3, 9)]
    attune.update("trying", answers)
    page = opened(page_for(*PHONE, has_touch=True, color_scheme="dark"))
    page.fill("#listener", "trying")

    page.get_by_label("A track of this service").check()
    page.fill("#search", "tones 13")
    expect(page.locator("#tracks option")).to_have_count(1)
    predicted_by(page)

    outcome = attune.predict(track_id="tone-13", user_id="trying")
    assert page.inner_text("#subject") == "Study in tones 13, Nobody"
    assert WORDS[outcome.quadrant] in page.inner_text("#headline")
    assert "trying" in page.inner_text("#personal")
    assert "6\u00a0answers" in page.inner_text("#personal")
    page.evaluate("document.getElementById('player').play()")
    expect(page.get_by_role("slider", name="Emotion over")).not_to_have_attribute(
        "aria-valuenow", "0.0"
    )
    fits(page)
    picture(page, "try-phone-dark")


def test_a_track_can_be_asked_for_by_its_id(page_for: PageFor) -> None:
    page = opened(page_for(*WIDE))
    page.get_by_label("A track of this service").check()
    page.fill("#search", "tone-20")

    predicted_by(page)

    assert page.inner_text("#subject") == "Study in tones 20, Nobody"


def test_a_file_can_be_dropped(page_for: PageFor) -> None:
    page = opened(page_for(*WIDE))
    sound = base64.b64encode(recording(3)).decode()
    dropped = page.evaluate_handle(
        """(sound) => {
          const bytes = Uint8Array.from(atob(sound), (letter) => letter.charCodeAt(0));
          const dropped = new DataTransfer();
          dropped.items.add(new File([bytes], "dropped.wav"));
          return dropped;
        }""",
        sound,
    )

    page.dispatch_event("#drop", "drop", {"dataTransfer": dropped})

    assert "dropped.wav" in page.inner_text("#chosen-name")
    predicted_by(page)
    assert page.inner_text("#subject") == "dropped.wav"


def test_what_is_no_audio_is_told_in_a_sentence(page_for: PageFor, tmp_path: Path) -> None:
    file = tmp_path / "words.mp3"
    file.write_text("These are words.")
    page = opened(page_for(*WIDE, failing=("/predict",)))
    page.set_input_files("#file", file)

    page.click("#predict")

    wrong = page.get_by_role("alert")
    expect(wrong).to_be_visible()
    assert wrong.inner_text().endswith(".")
    assert "audio" in wrong.inner_text().lower()
    expect(page.locator("#result")).to_be_hidden()
    expect(page.locator("#predict")).to_be_enabled()


@pytest.mark.parametrize(
    ("source", "outcome"),
    [("A file, lyrics, or both", "Choose a file"), ("A track of this service", "Choose a track")],
)
def test_what_is_missing_is_told_before_anything_is_asked(
    page_for: PageFor, source: str, outcome: str
) -> None:
    page = opened(page_for(*WIDE))
    page.get_by_label(source).check()

    page.click("#predict")

    expect(page.get_by_role("alert")).to_contain_text(outcome)


def test_a_long_upload_shows_how_far_it_is_and_can_be_stopped(page_for: PageFor) -> None:
    page = opened(page_for(*WIDE, failing=("/predict",)))
    file = io.BytesIO()
    soundfile.write(file, np.zeros(60 * RATE_HZ), RATE_HZ, format="WAV")
    slow = page.context.new_cdp_session(page)
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1}
    slow.send("Network.emulateNetworkConditions", conditions | {"uploadThroughput": 200_000})
    sent = {"name": "long.wav", "mimeType": "audio/wav", "buffer": file.getvalue()}
    page.set_input_files("#file", sent)

    page.click("#predict")

    expect(page.locator("#sent")).to_be_visible()
    expect(page.locator("#doing")).to_contain_text("Sending:")
    page.click("#cancel")
    expect(page.get_by_role("alert")).to_have_text("Stopped.")
    expect(page.locator("#predict")).to_be_enabled()


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "dark"), (NARROW, "light")])
def test_a_sample_is_predicted_and_played_at_one_press(
    page_for: PageFor, attune: AttuneClient, size: tuple[int, int], scheme: str
) -> None:
    outcome = attune.predict(audio=SAMPLES / "happy_electronic_2.opus")
    page = opened(page_for(*size, color_scheme=scheme))

    page.get_by_role("button", name="Happy").click()
    expect(page.locator("#headline")).to_be_focused()

    assert page.inner_text("#subject") == "Sample: happy"
    assert WORDS[outcome.quadrant] in page.inner_text("#headline")
    assert percent(outcome.probabilities[outcome.quadrant]) in page.inner_text("#headline")
    expect(page.get_by_role("slider", name="Emotion over")).not_to_have_attribute(
        "aria-valuenow", "0.0"
    )
    assert page.evaluate("document.getElementById('player').currentTime") > 0
    page.get_by_text("Show as a table").click()
    fits(page)
    assert kept_out(page) == []
    picture(page, f"try-sample-{size[0]}")


def test_samples_are_reached_by_keys_one_after_another(page_for: PageFor) -> None:
    page = opened(page_for(*WIDE))
    page.get_by_role("button", name="Energetic").focus()

    for name in ("happy", "nostalgic"):
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#subject")).to_have_text(f"Sample: {name}")
        expect(page.locator("#headline")).to_be_focused()
        page.get_by_role("button", name=name.capitalize()).focus()


def test_a_sample_that_cannot_be_fetched_is_told_in_a_sentence(page_for: PageFor) -> None:
    page = opened(page_for(*WIDE, failing=("/samples/",)))
    page.route("**/pages/samples/*", lambda route: route.fulfill(status=404))

    page.get_by_role("button", name="Calm").click()

    expect(page.get_by_role("alert")).to_contain_text("The sample did not load")
    expect(page.locator("#predict")).to_be_enabled()


def test_what_a_prediction_does_without_is_told(page_for: PageFor) -> None:
    page = opened(page_for(*WIDE))
    heard = {"Q1": 0.1, "Q2": 0.1, "Q3": 0.2, "Q4": 0.6}
    reply = {
        "modalities": {"audio": heard, "lyrics": None},
        "notices": [{"code": "lyrics_language", "message": NOTICE}],
    }
    page.route("**/predict", lambda route: _changed(route, reply))
    page.fill("#lyrics", "The sun goes down and all the night comes in")

    predicted_by(page)

    expect(page.locator("#notices li")).to_have_text([NOTICE])
    expect(page.locator("#modalities")).to_be_hidden()
    assert kept_out(page) == []


@pytest.mark.parametrize(
    ("quadrants", "probabilities", "outcome"),
    [
        (["Q1"], (0.34, 0.30, 0.20, 0.16), "Happy is ahead of tense, but not by much."),
        (["Q1"], (0.6, 0.01, 0.09, 0.3), "Happy stands out: it is about twice as likely as calm."),
        (["Q4"], (0.05, 0.02, 0.03, 0.9), "Calm stands out: nothing else comes near."),
        (["Q1", "Q4"], (0.5, 0.1, 0.1, 0.3), "It may be happy or calm: such a list holds"),
        (["Q1", "Q2", "Q3", "Q4"], (0.3, 0.3, 0.2, 0.2), "none can be ruled out."),
    ],
)
def test_the_set_is_told_without_contradicting_the_bars(
    page_for: PageFor, quadrants: list[str], probabilities: tuple[float, ...], outcome: str
) -> None:
    page = opened(page_for(*WIDE))
    reply = {
        "set": {"quadrants": quadrants, "coverage": 0.8},
        "probabilities": dict(zip(WORDS, probabilities, strict=True)),
    }
    page.route("**/predict", lambda route: _changed(route, reply))
    page.fill("#lyrics", LYRICS)

    predicted_by(page)

    expect(page.locator("#likely")).to_contain_text(outcome)


def _changed(route: Route, parts: dict[str, object]) -> None:
    reply = route.fetch()
    route.fulfill(response=reply, json=reply.json() | parts)


def test_home_leads_to_every_page(page_for: PageFor) -> None:
    page = page_for(*WIDE)
    page.goto("/")

    led_to = page.locator("main a").evaluate_all("(links) => links.map((a) => a.pathname)")

    assert {"/annotate", "/me", "/try", "/dashboard", "/docs"} <= set(led_to)
