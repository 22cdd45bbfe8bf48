"""Words of titles and artists: what a listener types finds what an operator wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.search_words import MAX_KEY, index_keys, parse_search, search_text

LETTERS = st.sampled_from("aBé'ß -/!東京タド%_\\1\u0301\u3099\ufe0f\0ह\u093f") | st.characters()
TEXTS = st.text(LETTERS, max_size=40)


def finds(search, title, artist=None):
    text = search_text(title, artist)
    return all(word.part in text for word in parse_search(search))


@pytest.mark.parametrize(
    ("search", "title"),
    [
        ("miles so wh", "So What (Miles Davis)"),
        ("WHAT so", "So what"),
        ("beyonce", "BEYONCÉ"),
        ("beyoncé", "Beyonce"),
        ("strasse", "STRAẞE"),
        ("royksopp", "Røyksopp"),
        ("istanbul", "İstanbul"),
        ("fine", "ﬁne"),
        ("dont", "Don't"),
        ("don't", "Don\u2019t"),
        ("don", "Don't"),
        ("amour", "L'amour"),
        ("acdc", "AC/DC"),
        ("ac-dc", "AC/DC"),
        ("rem", "R.E.M."),
        ("!!!", "!!!"),
        ("🔥", "🔥"),
        ("東京", "新東京事変"),
        ("京", "新東京事変"),
        ("東京 live", "新東京事変LIVE"),
        ("パリ", "花のパリ"),
        ("รัก", "เพลงรัก"),
        ("방탄", "방탄소년단"),
        ("हिन्", "हिन्दी गाना"),
        ("عربي", "عَرَبِيّ"),
        ("x" * 40, "x" * 40),
    ],
    ids=ascii,
)
def test_a_search_finds(search, title):
    assert finds(search, title)


@pytest.mark.parametrize(
    ("search", "title"),
    [
        ("wha so", "So what"),  # only the last word may be a beginning
        ("hat", "So what"),
        ("パリ", "バリ"),
        ("京東", "東京"),
        ("a_c", "abc"),
        ("x" * 40, "x" * 39),
    ],
    ids=ascii,
)
def test_a_search_does_not_find(search, title):
    assert not finds(search, title)


def test_the_words_of_a_search_may_stand_in_title_and_artist():
    assert finds("Miles Davis - So What", "So What", "Miles Davis")


@pytest.mark.parametrize("search", ["", " ", "\u3000\n"])
def test_a_search_of_blanks_has_no_words(search):
    assert parse_search(search) == []


def test_a_word_that_comes_twice_is_sought_once():
    assert [word.part for word in parse_search("la La lá l")] == [" la ", " l"]


@given(TEXTS, TEXTS)
def test_every_title_and_artist_are_found_by_themselves(title, artist):
    text = search_text(title, artist)

    for search in (title, artist, f"{title} {artist}"):
        assert all(word.part in text for word in parse_search(search))
    keys = index_keys(text)
    assert all(0 < len(key) <= MAX_KEY for key in keys)


@given(TEXTS, TEXTS)
def test_what_a_search_finds_has_its_index_keys(title, search):
    text = search_text(title, None)
    keys = index_keys(text)

    for word in parse_search(f"{title} {search}"):
        if word.part in text:
            has_key = any(key.startswith(word.keys) for key in keys)
            assert has_key if word.is_prefix else keys.issuperset(word.keys)
