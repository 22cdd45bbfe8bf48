"""The search of tracks by title and artist, on both databases."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.search_words import parse_search, search_text
from service.db.bulk_catalogue import BulkCatalogue, Entry
from service.db.database import Database
from service.db.tables import search_key, track, track_words
from service.db.track_search import Bounds, Search, find_tracks, rebuild_words
from service.errors import TrackNotFoundError
from service.tracks import Content, TrackMetadata
from tests.contract.conftest import CONTENT, Stores, stores_over
from tests.databases import new_database
from tests.fakes import FakeClock, features, population_predictor, predict_population

OTHER = Content("b" * 64, None)
WORDS = (
    "so",
    "sound",
    "soundtrack",
    "what",
    "Éire",
    "東京",
    "京",
    "タド",
    "%",
    "_",
    "a\\b",
    "don't",
)
IDS = [f"t{number:02d}" for number in range(12)]
NAMES = st.none() | st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
METADATA = st.builds(TrackMetadata, NAMES, NAMES)
SEARCHES = st.lists(st.sampled_from(("s", "sou", *WORDS)), min_size=1, max_size=3).map(" ".join)
BOUNDS = st.builds(
    Bounds,
    n_candidates=st.integers(1, 5),
    n_scanned=st.integers(1, 5),
    at_once=st.integers(1, 3),
    n_counted=st.integers(1, 3),
)


def find_all(database: Database, search: Search) -> list[str]:
    """Return the ids on all pages, each of which must go on."""
    found: list[str] = []
    with database.read() as connection:
        while True:
            page = find_tracks(connection, search)
            assert len(page.track_ids) <= search.limit
            found += page.track_ids
            if page.last is None:
                return found
            assert page.last > search.after
            search = replace(search, after=page.last)


def titled(stores: Stores, **titles: str) -> None:
    for track_id, title in titles.items():
        stores.catalogue.put(track_id, features(), CONTENT, TrackMetadata(title, "Ana"))


def stored(database: Database) -> tuple[set[tuple[str, ...]], ...]:
    with database.read() as connection:
        return tuple(set(connection.execute(select(each))) for each in (track_words, search_key))


def searched(stores: Stores, text: str) -> list[str]:
    records, last = stores.catalogue.search(Search(parse_search(text), "", 10))
    assert last is None
    return [record.track_id for record in records]


def test_a_track_is_found_by_its_title_of_now(stores):
    titled(stores, b="So What", a="So Far", c="Sofa")
    assert searched(stores, "SO") == ["a", "b", "c"]

    stores.catalogue.change_metadata("a", {"title": "Café"})
    stores.catalogue.retitle("b", CONTENT, TrackMetadata("So long", "Ana"))
    stores.catalogue.hide("c")

    assert searched(stores, "so") == ["b"]
    assert searched(stores, "ana cafe") == ["a"]
    titled(stores, c="Soap")
    assert searched(stores, "so ana") == ["b"]
    assert searched(stores, "ana so") == ["b", "c"]


def test_signs_of_sql_patterns_stand_for_themselves(stores):
    titled(stores, a="%", b="_", c="/", d="x")

    assert [searched(stores, sign) for sign in "%_/"] == [["a"], ["b"], ["c"]]


def test_a_refused_change_changes_no_index(stores, database):
    titled(stores, a="So What")
    before = stored(database)

    with pytest.raises(TrackNotFoundError):
        stores.catalogue.change_metadata("b", {"title": "New"})

    assert stored(database) == before


@pytest.mark.parametrize("search", ["so what", "what so", "so", "東", "東京 so", "missing"])
def test_pages_of_any_bounds_hold_what_one_page_does(stores, database, search):
    for number, track_id in enumerate(IDS):
        artist = WORDS[number % len(WORDS)]
        stores.catalogue.put(
            track_id, features(), CONTENT, TrackMetadata("So what 東京"[: number + 2], artist)
        )
    whole = Search(parse_search(search), "", 20)
    expected = find_all(database, whole)

    few = (Bounds(1, 1, 1, 1), Bounds(3, 2, 2, 1), Bounds(5, 50, 2, 9))

    assert [find_all(database, replace(whole, limit=2, bounds=each)) for each in few] == [
        expected
    ] * len(few)
    assert bool(expected) == (search != "missing")


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(IDS), METADATA), SEARCHES, st.integers(1, 4), BOUNDS)
def test_a_search_finds_the_tracks_with_all_its_words(titles, text, limit, bounds):
    database = new_database()
    stores = stores_over(database)
    for track_id, names in titles.items():
        stores.catalogue.put(track_id, features(), CONTENT, names)
    words = parse_search(text)

    expected = [
        track_id
        for track_id, names in sorted(titles.items())
        if all(word.part in search_text(names.title, names.artist) for word in words)
    ]
    assert find_all(database, Search(words, "", limit, bounds)) == expected


CALLS = st.lists(
    st.tuples(
        st.sampled_from(["put", "replace", "retitle", "change", "hide", "bulk"]),
        st.sampled_from(IDS[:3]),
        METADATA,
    ),
    max_size=12,
)


def call(stores: Stores, database: Database, name: str, track_id: str, names: TrackMetadata):
    catalogue = stores.catalogue
    try:
        match name:
            case "put":
                catalogue.put(track_id, features(), CONTENT, names)
            case "replace":
                catalogue.put(track_id, features(seed=1), OTHER, names)
            case "retitle":
                catalogue.retitle(track_id, CONTENT, names)
            case "change":
                catalogue.change_metadata(track_id, {"title": names.title})
            case "hide":
                catalogue.hide(track_id)
            case _:
                bulk = BulkCatalogue(database, population_predictor(), FakeClock())
                said = predict_population(features())
                bulk.put_all([Entry(track_id, features(), said, CONTENT, names)])
    except TrackNotFoundError:
        return


@settings(max_examples=40, deadline=None)
@given(CALLS)
def test_the_index_is_what_it_would_be_if_it_were_made_again(calls):
    database = new_database()
    stores = stores_over(database)
    for each in calls:
        call(stores, database, *each)
    before = stored(database)

    with database.write() as connection:
        rebuild_words(connection)

    assert stored(database) == before
    with database.read() as connection:
        shown = set(connection.scalars(select(track.c.track_id).where(~track.c.is_hidden)))
    assert {track_id for track_id, _ in before[0]} <= shown
