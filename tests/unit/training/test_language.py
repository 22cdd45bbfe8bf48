"""Which lyrics are read, and what is said of those that are not."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import NoEvidenceError
from models.features.extraction import N_LYRICS_FEATURES
from models.features.language import LANGUAGE_NAMES, detect, notice_of, skip_reason, skip_reason_in
from models.features.lyrics import LyricsReader
from models.track import TrackFeatures
from training.experiments.languages.detection import load_parallels

WEIGHTS = Path(__file__).resolve().parents[3] / "models" / "weights"

# Own words, each saying about the same.
FOREIGN = {
    "fr": "Ce soir la pluie tombe sur ma fenêtre et je suis seul",
    "de": "Heute Nacht fällt der Regen auf mein Fenster und ich bin allein",
    "es": "Esta noche la lluvia cae en mi ventana y estoy solo",
    "pt": "Esta noite a chuva cai na minha janela e estou sozinho",
    "tr": "Bu gece yağmur pencereme yağıyor ve yalnızım",  # noqa: RUF001
    "ru": "Сегодня ночью дождь стучит в моё окно, и я один",
    "el": "Απόψε η βροχή πέφτει στο παράθυρό μου και είμαι μόνος",
    "ar": "الليلة يسقط المطر على نافذتي وأنا وحيد",
    "hi": "आज रात मेरी खिड़की पर बारिश हो रही है और मैं अकेला हूँ",
    "zh": "今夜雨落在我的窗上 我独自一人",
    "ja": "今夜、雨が窓に降り、私はひとりです",
    "ko": "오늘 밤 창문에 비가 내리고 나는 혼자다",
    "th": "คืนนี้ฝนตกที่หน้าต่าง",
}
ENGLISH = [
    "Tonight the rain falls on my window and I am alone",
    "TONIGHT THE RAIN FALLS ON MY WINDOW AND I AM ALONE",
    "la la la la la",
    "na na na na, hey hey, goodbye",
    "Hallelujah, hallelujah, hallelujah",
    "I",
    "Que sera, sera, whatever will be, will be",
    "Voulez-vous dance with me tonight, under the summer moon",
    "Runnin' and gunnin', ain't nobody stoppin' me, gimme that",
    "rain \ud83d rain",
    "rain\x00\x1b[0m\u202e rain",
    "[CLS] rain [SEP] [PAD] [MASK]",
]
NO_WORDS = [
    "asdf qwer zxcv",
    "ynbiqpmz plsgqe eydtzi wjqkx",
    "aaaaaaa",
    "1999",
    "♪♪♪",
    "-- (?!) --",
    "\x00",
    "\ud83d",
    "q" * 100_000,
]


@pytest.fixture(scope="module", name="read")
def _read():
    return LyricsReader.open(WEIGHTS)


@pytest.mark.parametrize("code", FOREIGN)
def test_another_language_is_not_read_and_named(read, code):
    features = read(FOREIGN[code])

    assert (features.vector, features.skip_reason) == (None, f"language:{code}")


@pytest.mark.parametrize("text", ENGLISH, ids=ascii)
def test_english_is_read_even_if_it_is_hardly_words(read, text):
    features = read(text)

    assert features.skip_reason is None
    assert features.vector.shape == (N_LYRICS_FEATURES,)


@pytest.mark.parametrize("text", NO_WORDS, ids=lambda text: ascii(text[:20]))
def test_what_has_no_words_is_not_read(read, text):
    features = read(text)

    assert (features.vector, features.skip_reason) == (None, "no_words")


@pytest.mark.parametrize("text", ["", " ", "\n\t \u00a0\u3000"], ids=ascii)
def test_blanks_are_no_lyrics_and_nothing_is_said_of_them(read, text):
    features = read(text)

    assert (features.vector, features.skip_reason) == (None, None)


@given(st.text(max_size=200))
def test_any_text_is_read_or_there_is_a_reason(read, text):
    features = read(text)

    assert (features.vector is None) == (features.skip_reason is not None or not text.strip())


def test_texts_of_two_lines_in_four_languages_are_told_from_english(read):
    parallels = load_parallels()
    reasons = {
        code: [skip_reason(text, read.english) for text in texts]
        for code, texts in parallels.texts.items()
    }

    assert reasons.pop("en") == [None] * 40
    assert reasons == {code: [f"language:{code}"] * 40 for code in ("es", "de", "pt", "ja")}


def test_half_english_is_read(read):
    texts = load_parallels().texts
    halves = [
        english.split("\n")[0] + "\n" + spanish.split("\n")[1]
        for english, spanish in zip(texts["en"], texts["es"], strict=True)
    ]

    assert [read(half).skip_reason for half in halves] == [None] * 40


def test_features_are_what_a_text_means_and_then_how_it_feels(read):
    text = "Tonight the rain falls on my window"

    vector = read(text).vector

    assert np.array_equal(vector[:384], read.meaning(text))
    assert np.array_equal(vector[384:], read.affect(text))


def test_several_threads_may_be_the_first_to_ask_for_a_language():
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(detect, [FOREIGN["es"]] * 8))

    assert found == [found[0]] * 8


REASONS = {f"language:{code}": f"are in {name} and" for code, name in LANGUAGE_NAMES.items()}


@pytest.mark.parametrize(("reason", "expected"), (REASONS | {"no_words": "words"}).items())
def test_a_notice_names_its_reason_which_is_read_back_from_it(reason, expected):
    notice = notice_of(reason)

    assert expected in notice.message
    assert skip_reason_in([notice]) == reason


def test_where_nothing_is_left_the_refusal_says_what_was_not_used():
    with pytest.raises(NoEvidenceError, match=r"neither audio nor lyrics .* in Spanish and were"):
        TrackFeatures(None, None, (notice_of("language:es"),))
