"""Asking and learning over HTTP."""

import json

import pytest

from models.query import PERSONAL, PLAIN
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


def exported(client, user):
    return [json.loads(line) for line in client.get(f"/users/{user}/labels").text.splitlines()]


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


def test_sending_labels_again_changes_nothing(client, user, track):
    update(client, user, label(track))
    before = exported(client, user)

    again = update(client, user, label(track))

    assert (again.json()["accepted"], again.json()["duplicates"]) == (0, 1)
    assert exported(client, user) == before


def test_an_event_id_cannot_say_two_things(client, user, track):
    update(client, user, label(track, quadrant="Q2"))

    reply = update(client, user, label(track, "e2"), label(track, quadrant="Q3"))

    assert (reply.status_code, reply.json()["code"]) == (409, "event_conflict")
    assert "'e1'" in reply.json()["detail"]
    assert len(exported(client, user)) == 1


def test_a_call_is_recorded_whole_or_not_at_all(client, user, track):
    reply = update(client, user, label(track), label("nowhere", "e2"))

    assert (reply.status_code, reply.json()["code"]) == (404, "track_not_found")
    assert client.get(f"/users/{user}").status_code == 404


def test_labels_move_the_users_own_prediction_and_nobody_elses(client, user, tracks):
    *labelled, unheard = tracks
    before = {who: predict(client, unheard, user_id=who) for who in (user, "somebody-else", None)}

    update(client, user, *(label(track_id, track_id, quadrant="Q3") for track_id in labelled))

    own = predict(client, unheard, user_id=user)
    assert own["personal"] == {"user_id": user, "n_labels": N_OF_ONE_MIND, "used": True}
    assert own["probabilities"]["Q3"] > before[user]["probabilities"]["Q3"] + 0.1
    assert own["quadrant"] == "Q3"
    assert predict(client, unheard, user_id="somebody-else") == before["somebody-else"]
    assert predict(client, unheard) == before[None]


def test_labels_move_what_nobody_is_told_of_their_own_tracks_alone(client, user, tracks):
    labelled, others = tracks[:3], tracks[3:]
    before = [predict(client, track_id) for track_id in tracks]

    update(client, user, *(label(track_id, track_id, quadrant="Q1") for track_id in labelled))

    moved = [predict(client, track_id) for track_id in labelled]
    assert [predict(client, track_id) for track_id in others] == before[3:]
    for after, told in zip(moved, before[:3], strict=True):
        assert after["probabilities"]["Q1"] > told["probabilities"]["Q1"]


def test_a_correction_and_a_retraction_are_later_words(client, user, track):
    update(client, user, label(track, quadrant="Q1"))

    corrected = update(client, user, label(track, "e2", quadrant="Q4")).json()
    retracted = update(client, user, label(track, "e3", retracted=True)).json()

    assert (corrected["n_labels"], retracted["n_labels"]) == (1, 0)
    assert retracted["personal"]["used"] is False
    assert [line["retracted"] for line in exported(client, user)] == [False, False, True]


def test_the_log_is_exported_line_by_line(client, user, track):
    update(client, user, label(track, valence=0.25, arousal=-1))

    reply = client.get(f"/users/{user}/labels")

    (line,) = [json.loads(text) for text in reply.text.splitlines()]
    created_at = line.pop("created_at")
    assert reply.headers["content-type"] == "application/x-ndjson"
    assert created_at.endswith("Z")
    assert line == {
        "event_id": "e1",
        "track_id": track,
        "quadrant": "Q4",
        "valence": 0.25,
        "arousal": -1.0,
        "cant_tell": False,
        "retracted": False,
        "emotion": None,
        "liking": None,
        "familiarity": None,
        "strategy": None,
        "is_random": False,
        "is_repeat": False,
    }


def test_how_an_answer_came_about_is_kept_and_nothing_is_learnt_from_it(client, user, track):
    twin = f"{user}-twin"
    told = {
        "emotion": "felt",
        "liking": 5,
        "familiarity": 1,
        "strategy": "eps-newcomer",
        "is_random": True,
        "is_repeat": True,
    }
    update(client, twin, label(track, quadrant="Q3"))
    twins = predict(client, track, user_id=twin)
    client.delete(f"/users/{twin}")  # their vote would be learnt from

    update(client, user, label(track, quadrant="Q3", **told))

    (line,) = exported(client, user)
    assert {name: line[name] for name in told} == told
    assert predict(client, track, user_id=user)["probabilities"] == twins["probabilities"]
    again = update(client, user, label(track, quadrant="Q3", **told | {"liking": 4}))
    assert (again.status_code, again.json()["code"]) == (409, "event_conflict")


def test_who_cannot_tell_is_not_asked_again_and_has_said_nothing(client, user, track, old_track):
    update(client, user, label(track, "e1"), label(old_track, "e2"))

    reply = update(client, user, label(track, "e3", cant_tell=True, liking=2))

    assert (reply.status_code, reply.json()["n_labels"]) == (200, 1)
    told = client.get(f"/users/{user}").json()
    assert (told["n_labels"], told["n_cant_tell"]) == (1, 1)
    asked = client.post("/query", json={"user_id": user, "n": 1000}).json()["tracks"]
    assert {track, old_track}.isdisjoint(each["track_id"] for each in asked)
    assert [line["cant_tell"] for line in exported(client, user)] == [False, False, True]

    update(client, user, label(track, "e4", retracted=True))

    asked = client.post("/query", json={"user_id": user, "n": 1000}).json()["tracks"]
    assert track in {each["track_id"] for each in asked}
    assert client.get(f"/users/{user}").json()["n_cant_tell"] == 0


def test_questions_repeat_answered_tracks_as_often_as_is_wished(client, user, tracks):
    update(client, user, *(label(track_id, track_id) for track_id in tracks))

    asked = client.post("/query", json={"user_id": user, "n": 5, "repeat_share": 1.0}).json()

    repeats = [each for each in asked["tracks"] if each["is_repeat"]]
    assert len(repeats) == 5
    assert {each["track_id"] for each in repeats} <= set(tracks)
    plain = client.post("/query", json={"user_id": user, "n": 5}).json()
    assert {each["is_repeat"] for each in plain["tracks"]} == {False}


def test_only_what_can_be_heard_is_asked_about_where_that_is_wished(client, user, track):
    heard = register(client)
    address = {"lyrics": f"tears of night {heard}", "audio_url": "https://music.test/a.mp3"}
    assert client.put(f"/tracks/{heard}", json=address).status_code == 200

    asked = client.post("/query", json={"user_id": user, "n": 1000, "playable": True}).json()

    found = {each["track_id"] for each in asked["tracks"]}
    assert heard in found
    assert track not in found


def test_a_long_log_is_exported_whole(client, user, track):
    labels = [label(track, f"e{i}") for i in range(1_000)]
    update(client, user, *labels)
    update(client, user, label(track, "last"))

    assert [line["event_id"] for line in exported(client, user)] == [
        *(f"e{i}" for i in range(1_000)),
        "last",
    ]


def test_a_profile_counts_what_stands(client, user, track, old_track):
    update(client, user, label(track), label(old_track, "e2", quadrant="Q4"))

    told = client.get(f"/users/{user}").json()

    assert told["n_labels"] == 2
    assert told["quadrants"] == {"Q1": 0, "Q2": 1, "Q3": 0, "Q4": 1}
    assert told["personal"] == predict(client, track, user_id=user)["personal"]
    assert told["first_label_at"] <= told["last_label_at"]


def test_forgetting_a_user_forgets_all_and_may_be_repeated(client, user, tracks):
    before = [predict(client, track_id, user_id=user) for track_id in tracks]
    update(client, user, *(label(track_id, track_id, quadrant="Q3") for track_id in tracks))
    learnt = [predict(client, track_id, user_id=user) for track_id in tracks]

    replies = [client.delete(f"/users/{user}") for _ in range(2)]

    assert [(reply.status_code, reply.content) for reply in replies] == [(204, b"")] * 2
    assert client.get(f"/users/{user}").status_code == 404
    assert all(own["personal"]["used"] for own in learnt)
    assert [predict(client, track_id, user_id=user) for track_id in tracks] == before


@pytest.mark.parametrize("strategy", PLAIN)
def test_a_user_is_asked_about_new_tracks_only_each_once(  # noqa: PLR0913, PLR0917  # as many fixtures as it takes
    client, user, track, old_track, strategy, settings
):
    if strategy in PERSONAL and settings.personaliser != "logistic":
        pytest.skip(f"{strategy} is not offered by {settings.personaliser}.")
    update(client, user, label(track))

    reply = client.post(
        "/query",
        json={"user_id": user, "n": 1_000, "strategy": strategy, "exclude": [old_track]},
    )

    asked = [each["track_id"] for each in reply.json()["tracks"]]
    scores = [each["score"] for each in reply.json()["tracks"]]
    assert reply.json()["strategy"] == strategy
    assert reply.json()["model"]["snapshot"]
    assert len(set(asked)) == len(asked)
    assert not {track, old_track} & set(asked)
    assert scores == sorted(scores, reverse=True)


@pytest.mark.usefixtures("track", "old_track")
def test_no_more_tracks_than_wanted_are_asked_about(client, user):
    reply = client.post("/query", json={"user_id": user, "n": 1})

    assert len(reply.json()["tracks"]) == 1


@pytest.mark.usefixtures("track")
@pytest.mark.parametrize("none", [{}, {"strategy": None}])
def test_the_reply_tells_which_strategy_chose_where_none_was_asked_for(
    client, user, none, settings
):
    reply = client.post("/query", json={"user_id": user} | none)

    fits = DEFAULT_LOGISTIC if settings.personaliser == "logistic" else DEFAULT
    assert reply.json()["strategy"] == fits


def test_a_strategy_of_the_personal_model_is_refused_without_one(client, user, track, settings):
    reply = client.post("/query", json={"user_id": user, "strategy": "taste", "n": 1_000})

    if settings.personaliser == "logistic":
        assert track in {each["track_id"] for each in reply.json()["tracks"]}
    else:
        assert (reply.status_code, reply.json()["code"]) == (422, "needs_gaussian")


def test_accepted_labels_are_counted(client, user, track):
    def count():
        lines = client.get("/metrics").text.splitlines()
        return next(float(x.split()[1]) for x in lines if x.startswith("attune_labels_accepted_t"))

    before = count()
    update(client, user, label(track), label(track, "e2"))
    update(client, user, label(track), label(track, "e3"))

    assert count() == before + 3
