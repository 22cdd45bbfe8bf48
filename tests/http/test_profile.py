"""Pictures: of one listener, and of all, as they go over the wire."""

from datetime import date, datetime
from itertools import pairwise

import pytest

from service.api.users.profile import MAX_DIFFERENT
from tests.http.conftest import register, somebody
from tests.http.samples import said

pytestmark = pytest.mark.http

SHARE = {"n", "hits", "value", "low", "high"}
GAIN = {"value", "low", "high"}


@pytest.fixture(scope="module", name="tracks")
def _tracks(client):
    """Tracks that nobody answered yet."""
    return [register(client) for _ in range(6)]


def answer(client, user, *labels):
    reply = client.post("/update", json={"user_id": user, "labels": list(labels)})
    assert reply.status_code == 200, reply.text


def picture_of(client, user):
    reply = client.get(f"/users/{user}/picture")
    assert reply.status_code == 200, reply.text
    return reply.json()


def service_stats(client):
    reply = client.get("/overview")
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_a_picture_shows_the_answers_and_how_they_came_about(client, user, tracks):
    first, second, third = tracks[:3]
    result = {"liking": 4, "familiarity": 2, "emotion": "felt"}
    answer(client, user, said(first, "Q3"))
    answer(client, user, said(second, valence=0.25, arousal=-0.5) | result)
    answer(client, user, {"event_id": "no-idea", "track_id": third, "cant_tell": True})

    shown = picture_of(client, user)

    assert (shown["user_id"], shown["n_labels"], shown["n_cant_tell"]) == (user, 2, 1)
    newest, oldest = shown["labels"]
    assert newest.pop("created_at") >= oldest.pop("created_at")
    named = {"title": None, "artist": None}
    assert newest == named | {
        "track_id": second,
        "quadrant": "Q4",
        "valence": 0.25,
        "arousal": -0.5,
        "liking": 4,
        "familiarity": 2,
    }
    assert oldest == named | {
        "track_id": first,
        "quadrant": "Q3",
        "valence": None,
        "arousal": None,
        "liking": None,
        "familiarity": None,
    }


def test_a_picture_is_drawn_on_a_grid_of_41_by_41(client, user, tracks):
    answer(client, user, *(said(track_id, "Q1") for track_id in tracks))

    shown = picture_of(client, user)

    assert shown["axis"] == [round(0.05 * cell - 1, 10) for cell in range(41)]
    for whom in ("personal", "population"):
        rows = shown[whom]["density"]
        assert [len(row) for row in rows] == [41] * 41
        assert sum(map(sum, rows)) == pytest.approx(1.0, abs=1e-4)
    assert set(shown["difference"]) == {"valence", "arousal", "tracks"}
    assert len(shown["difference"]["tracks"]) <= MAX_DIFFERENT
    assert shown["model"]["snapshot"]
    assert isinstance(shown["used"], bool)


def test_a_picture_counts_what_was_foretold_before_it_was_learnt(client, user, tracks):
    for track_id in tracks:
        answer(client, user, said(track_id, "Q1"))
    answer(client, user, said(tracks[0], "Q1", "again") | {"is_repeat": True})

    shown = picture_of(client, user)

    result = shown["prequential"]
    assert result["n"] == result["personal"]["n"] == result["population"]["n"] == 6
    (piece,) = result["curve"]
    assert (piece["from_labels"], piece["to_labels"]) == (0, 9)
    assert set(piece["personal"]) == set(piece["population"]) == SHARE
    assert shown["consistency"]["n"] == 1
    assert shown["consistency"]["same_quadrant"]["value"] == 1.0
    assert shown["consistency"]["distance"] is None


def test_who_is_forgotten_has_no_picture_and_is_in_no_overview(client, user, tracks):
    before = service_stats(client)
    answer(client, user, said(tracks[0], "Q1"))
    during = service_stats(client)

    client.delete(f"/users/{user}")

    after = service_stats(client)
    assert during["n_users"] == before["n_users"] + 1
    assert during["n_labels"] == before["n_labels"] + 1
    for name in ("n_users", "n_labels", "users_by_labels", "accuracy", "snapshots"):
        assert after[name] == before[name]
    assert client.get(f"/users/{user}/picture").status_code == 404


def test_an_overview_holds_ninety_days_and_all_bins(client, user, tracks):
    answer(client, user, said(tracks[0], "Q1"))

    shown = service_stats(client)

    days = [date.fromisoformat(each["day"]) for each in shown["labels_per_day"]]
    assert len(days) == 90
    assert [(later - day).days for day, later in pairwise(days)] == [1] * 89
    assert days[-1] == datetime.fromisoformat(shown["at"]).date()
    assert shown["labels_per_day"][-1]["n_labels"] >= 1
    bins = [(each["from"], each["to"]) for each in shown["users_by_labels"]]
    assert bins == [(1, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, None)]
    assert sum(each["n_users"] for each in shown["users_by_labels"]) == shown["n_users"]
    assert shown["n_tracks"] >= len(tracks)


def test_an_overview_says_what_was_learnt_of_listeners_and_what_is_missing(client, user, tracks):
    answer(client, user, said(tracks[0], "Q1"))

    shown = service_stats(client)

    listeners = shown["listeners"]
    ready = sum(each["n_users"] for each in shown["users_by_labels"] if each["from"] >= 5)
    assert (listeners["n_users"], listeners["n_answers_each"]) == (ready, 5)
    assert listeners["n_needed"] == 20
    assert set(listeners["shipped"]) == {"kappa", "gamma", "tau", "omega"}
    assert (listeners["state"] == "learnt") == (listeners["learnt"] is not None)


def test_an_overview_sums_up_what_was_foretold(client, tracks):
    drawn = {"strategy": "of-this-test", "is_random": True}
    for user in (somebody(), somebody()):
        answer(client, user, said(tracks[0], "Q1") | drawn, said(tracks[1], "Q3") | drawn)

    shown = service_stats(client)

    (asked,) = [each for each in shown["strategies"] if each["strategy"] == "of-this-test"]
    assert (asked["n"], asked["n_users"]) == (4, 2)
    assert set(asked["personal"]) == set(asked["population"]) == SHARE
    assert set(asked["gain"]) == GAIN
    first = shown["accuracy"][0]
    assert (first["from_labels"], first["to_labels"]) == (0, 0)
    # Before the first answer everybody is a newcomer.
    assert first["personal"] == first["population"]
    (served,) = [each for each in shown["snapshots"] if each["role"] == "primary"]
    assert served["first_at"] <= served["last_at"]
    assert served["snapshot"] == client.get("/model").json()["snapshot"]


def test_an_overview_tells_how_long_routes_take(client, tracks):
    for _ in range(3):
        client.get(f"/tracks/{tracks[0]}")

    (found,) = [
        each
        for each in service_stats(client)["latency"]
        if (each["method"], each["route"]) == ("GET", "/tracks/{track_id}")
    ]

    assert found["n"] >= 3
    assert 0.0 < found["p50_s"] <= found["p95_s"] <= found["p99_s"]
