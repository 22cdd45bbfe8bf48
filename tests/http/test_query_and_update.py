"""Asking and learning over HTTP."""

import json

import pytest

from service.api.query.questions import DEFAULT, DEFAULT_LOGISTIC
from tests.http.conftest import register

pytestmark = pytest.mark.http

N_OF_ONE_MIND = 12  # enough for any personaliser to go by


@pytest.fixture(scope="module", name="tracks")
def _tracks(client):
    """The ids of tracks that nobody has labelled at first."""
    return [register(client) for _ in range(N_OF_ONE_MIND + 1)]


def label(track_id, event_id="e1", **answer):
    return {"event_id": event_id, "track_id": track_id} | (answer or {"quadrant": "Q2"})


def update(client, user, *labels):
    return client.post("/update", json={"user_id": user, "labels": list(labels)})


def predict(client, track_id, **asked):
    return client.post("/predict", json={"track_id": track_id} | asked).json()


def test_labels_are_recorded_and_counted(client, user, track, old_track):
    reply = update(client, user, label(track), label(old_track, "e2", valence=-0.5, arousal=0.9))

    personal = predict(client, track, user_id=user)["personal"]
    assert reply.status_code == 200
    assert reply.json() == {
        "accepted": 2,
        "duplicates": 0,
        "n_labels": 2,
        "personal": {"user_id": user, "n_labels": 2, "used": personal["used"]},
        "effect": None,
    }


@pytest.mark.parametrize(
    ("word", "quadrant"),
    [
        ("happy", "Q1"),
        ("Tense", "Q2"),
        (" SAD", "Q3"),
        ("calm", "Q4"),
        ("angry", "Q2"),
        ("q4", "Q4"),
    ],
)
def test_quadrants_may_be_words(client, user, track, word, quadrant):
    reply = update(client, user, label(track, quadrant=word))
    again = update(client, user, label(track, quadrant=quadrant))

    (line,) = [json.loads(text) for text in client.get(f"/users/{user}/labels").text.splitlines()]
    assert (reply.json()["accepted"], again.json()["duplicates"]) == (1, 1)
    assert line["quadrant"] == quadrant


@pytest.mark.usefixtures("old_track")
def test_the_effect_of_an_answer_is_told_to_whoever_asks(client, user, track):
    answer = {"user_id": user, "labels": [label(track, quadrant="Q2")], "effect": True}

    effect, again = (client.post("/update", json=answer).json()["effect"] for _ in range(2))

    assert effect["n_tracks"] > 0
    assert effect["n_moved"] == sum(move["n"] for move in effect["moves"])
    assert all(move["from"] != move["to"] for move in effect["moves"])
    assert track not in {each["track_id"] for each in effect["tracks"]}
    assert len(effect["tracks"]) == min(effect["n_moved"], 3)
    assert again is None


TOLD = {
    "emotion": "felt",
    "liking": 5,
    "familiarity": 1,
    "strategy": "eps-newcomer",
    "is_random": True,
    "is_repeat": True,
}


def test_the_log_is_exported_line_by_line(client, user, track):
    update(client, user, label(track, valence=0.25, arousal=-1, **TOLD))

    reply = client.get(f"/users/{user}/labels")

    (line,) = [json.loads(text) for text in reply.text.splitlines()]
    assert reply.headers["content-type"] == "application/x-ndjson"
    assert line.pop("created_at").endswith("Z")
    assert line == TOLD | {
        "event_id": "e1",
        "track_id": track,
        "quadrant": "Q4",
        "valence": 0.25,
        "arousal": -1.0,
        "cant_tell": False,
        "retracted": False,
    }


def test_questions_repeat_answered_tracks_as_often_as_is_wished(client, user, tracks):
    update(client, user, *(label(track_id, track_id) for track_id in tracks))

    asked = client.post("/query", json={"user_id": user, "n": 5, "repeat_share": 1.0}).json()

    repeats = [each for each in asked["tracks"] if each["is_repeat"]]
    assert len(repeats) == 5
    assert {each["track_id"] for each in repeats} <= set(tracks)
    plain = client.post("/query", json={"user_id": user, "n": 5}).json()
    assert {each["is_repeat"] for each in plain["tracks"]} == {False}


def test_a_profile_counts_what_stands(client, user, track, old_track):
    update(client, user, label(track), label(old_track, "e2", quadrant="Q4"))
    update(client, user, label(register(client), "e3", cant_tell=True))

    result = client.get(f"/users/{user}").json()

    assert (result["n_labels"], result["n_cant_tell"]) == (2, 1)
    assert result["quadrants"] == {"Q1": 0, "Q2": 1, "Q3": 0, "Q4": 1}
    assert result["personal"] == predict(client, track, user_id=user)["personal"]
    assert result["first_label_at"] <= result["last_label_at"]


@pytest.mark.usefixtures("track")
@pytest.mark.parametrize("none", [{}, {"strategy": None}])
def test_the_reply_tells_which_strategy_chose_where_none_was_asked_for(
    client, user, none, settings
):
    reply = client.post("/query", json={"user_id": user} | none)

    fits = DEFAULT_LOGISTIC if settings.personaliser == "logistic" else DEFAULT
    assert reply.json()["strategy"] == fits


def test_a_query_tells_each_track_with_its_score(client, user, track, old_track):
    update(client, user, label(track))
    sent = {"user_id": user, "n": 1_000, "strategy": "mc", "exclude": [old_track]}

    reply = client.post("/query", json=sent).json()

    asked = [each["track_id"] for each in reply["tracks"]]
    scores = [each["score"] for each in reply["tracks"]]
    assert reply["strategy"] == "mc"
    assert reply["model"]["snapshot"]
    assert len(set(asked)) == len(asked) > 0
    assert not {track, old_track} & set(asked)
    assert scores == sorted(scores, reverse=True)
