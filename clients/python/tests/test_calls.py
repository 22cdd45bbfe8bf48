"""Every call of both clients, against a service that follows the contract."""

import json
from datetime import UTC, date, datetime

import pytest
from fake_attune import loses_the_reply

from attune_client import Circumstances, Gone, Label, NotFound, Quadrant

EVEN = {"Q1": 0.25, "Q2": 0.25, "Q3": 0.25, "Q4": 0.25}


def test_a_prediction_is_read_whole(client):
    reply = client.predict(b"RIFF", lyrics="la la", user_id="ana")

    (segment,) = reply.segments
    assert (reply.quadrant, reply.probabilities) == (Quadrant.Q1, EVEN)
    assert (reply.valence.mean, reply.arousal.sd) == (0.25, 0.5)
    assert (reply.entropy, reply.ambiguous, reply.fusion) == (1.386, True, "log_opinion")
    assert reply.modalities == {"audio": EVEN}
    assert (segment.start_s, segment.end_s, segment.probabilities) == (0.0, 3.0, EVEN)
    assert (segment.valence, segment.arousal) == (reply.valence, reply.arousal)
    assert reply.personal.user_id == "ana"
    assert (reply.personal.n_labels, reply.personal.used) == (0, False)
    assert reply.model.snapshot == "2026.1"
    assert (reply.set.quadrants, reply.set.coverage) == ((Quadrant.Q1, Quadrant.Q4), 0.8)
    assert reply.why.population.log_odds == {"Q1": 0.75, "Q2": -0.75, "Q3": 0.0, "Q4": 0.0}
    assert (reply.why.others.share, reply.why.taste.share) == (0.25, 0.0)
    assert reply.why.words == "By its sound most people would call it happy."


def test_audio_travels_as_a_form_with_only_what_was_given(client, service):
    client.predict(b"RIFF", lyrics="null", fusion="average")

    (form,) = service.forms
    assert form == {
        "audio": ("audio", b"RIFF"),
        "lyrics": (None, b"null"),
        "fusion": (None, b"average"),
    }


def test_without_audio_a_prediction_is_asked_for_in_json(client, service):
    client.predict(track_id="t1", user_id="ana")

    (request,) = service.requests
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.content) == {"track_id": "t1", "user_id": "ana"}


def test_a_batch_holds_errors_in_their_places(client):
    client.put_track("t1", lyrics="la")

    first, second = client.predict_batch(["t1", "nowhere"], user_id="ana")

    assert first.quadrant == "Q1"
    assert (second.code, second.detail) == ("track_not_found", "There is no track 'x'.")


def test_a_batch_of_lyrics_names_no_tracks(client, service):
    replies = client.predict_batch(lyrics=("la", "lo"), fusion="lyrics")

    assert len(replies) == 2
    assert json.loads(service.requests[0].content) == {"lyrics": ["la", "lo"], "fusion": "lyrics"}


def test_a_query_says_what_to_ask_and_by_which_rule(client):
    client.put_track("t1", lyrics="la")
    client.put_track("t2", lyrics="lo")

    reply = client.query("ana", n=5, strategy="mix", exclude=["t1"])

    (asked,) = reply.tracks
    assert (asked.track_id, asked.score, asked.propensity) == ("t2", 1.0, 0.5)
    assert reply.strategy == "mix"


def test_a_query_tells_how_each_track_came_in(client):
    client.put_track("t1", lyrics="la")

    (asked,) = client.query("ana").tracks

    assert (asked.is_random, asked.propensity, asked.is_repeat) == (False, 0.5, False)


def test_repeats_and_what_can_be_heard_are_asked_for_only_when_wished(client, service):
    client.query("ana", repeat_share=0.1, playable=True)
    client.query("ana")

    first, second = (json.loads(request.content) for request in service.requests)
    assert (first["repeat_share"], first["playable"]) == (0.1, True)
    assert {"repeat_share", "playable"} & set(second) == set()


def test_which_rule_fits_is_left_to_the_service_where_none_is_named(client, service):
    reply = client.query("ana", n=2)

    assert json.loads(service.requests[-1].content) == {"user_id": "ana", "n": 2, "exclude": []}
    assert reply.strategy == "mc"


def test_a_ranking_comes_page_by_page(client, service):
    for name in ("t1", "t2", "t3"):
        client.put_track(name, lyrics="la")

    first = client.rank("ana", quadrant=Quadrant.Q2, limit=2)
    second = client.rank("ana", quadrant="Q2", limit=2, cursor=first.next_cursor)

    assert [ranked.track_id for ranked in (*first.tracks, *second.tracks)] == ["t1", "t2", "t3"]
    assert (first.next_cursor, second.next_cursor) == ("2", None)
    assert first.tracks[0].probability == 0.5
    assert first.tracks[0].valence.mean == 0.25
    assert json.loads(service.requests[-2].content) == {
        "user_id": "ana",
        "limit": 2,
        "exclude_answered": True,
        "quadrant": "Q2",
    }


def test_a_ranking_by_a_point_has_no_probabilities(client, service):
    client.put_track("t1", lyrics="la")

    reply = client.rank("ana", valence=0.0, arousal=-0.5, exclude_answered=False)

    assert reply.tracks[0].probability is None
    sent = json.loads(service.requests[-1].content)
    assert (sent["valence"], sent["arousal"], "quadrant" in sent) == (0.0, -0.5, False)


def test_answers_are_recorded_and_read_back(client):
    labels = [
        Label.quadrant("t1", Quadrant.Q4),
        Label.point("t2", valence=-0.5, arousal=1),
        Label.retract("t1"),
    ]

    reply = client.update("ana", labels)
    log = list(client.user_labels("ana"))

    assert (reply.accepted, reply.duplicates, reply.n_labels) == (3, 0, 3)
    assert [event.event_id for event in log] == [label.event_id for label in labels]
    assert [event.quadrant for event in log] == [Quadrant.Q4, None, None]
    assert (log[1].valence, log[1].arousal) == (-0.5, 1.0)
    assert [event.retracted for event in log] == [False, False, True]


def test_what_a_listener_cannot_tell_is_an_answer_too(client):
    said = Circumstances(emotion="felt", liking=4, familiarity=1, strategy="mc", is_repeat=True)

    client.update(
        "ana",
        [Label.cant_tell("t1", circumstances=said), Label.quadrant("t2", "Q1")],
    )
    first, second = client.user_labels("ana")

    assert first.cant_tell
    assert (first.emotion, first.liking, first.familiarity) == ("felt", 4, 1)
    assert (first.strategy, first.is_random, first.is_repeat) == ("mc", False, True)
    assert (second.cant_tell, second.emotion, second.is_repeat) == (False, None, False)
    assert client.user("ana").n_cant_tell == 1


def test_a_listener_s_picture_is_read_whole(client):
    client.update("ana", [Label.quadrant("t1", "Q4")])

    picture = client.picture("ana")

    assert (picture.user_id, picture.n_labels, picture.axis) == ("ana", 1, (-1.0, 1.0))
    assert picture.labels[0].liking == 5
    assert picture.personal.density == ((0.25, 0.25), (0.5, 0.0))
    assert picture.difference.tracks[0].population.arousal == -0.5
    assert (picture.paired.only_personal, picture.paired.log_likelihood.value) == (1, 0.25)
    assert (picture.habits[0].n, picture.own_tracks[0].playable) == (1, True)
    foretold = picture.prequential.curve[0].personal
    assert (foretold.n, foretold.hits, foretold.value) == (4, 3, 0.75)
    assert (foretold.low, foretold.high) == (0.25, 0.95)
    assert picture.prequential.population is None
    assert picture.consistency.distance == 0.25


def test_the_overview_is_read_whole(client):
    overview = client.overview()

    assert overview.labels_per_day[0].day == date(2026, 1, 2)
    assert [(bin_.from_, bin_.to) for bin_ in overview.users_by_labels] == [(1, 4), (5, None)]
    assert overview.accuracy[0].gain.value is None
    assert overview.strategies[0].strategy == "eps-mc"
    assert overview.snapshots[0].role == "primary"
    assert overview.latency[0].p95_s == 0.02


def test_a_label_sent_twice_is_recorded_once(client):
    label = Label.quadrant("t1", "Q2")

    client.update("ana", [label])
    reply = client.update("ana", [label])

    assert (reply.accepted, reply.duplicates) == (0, 1)


def test_a_log_survives_line_separators_inside_of_it(client):
    client.update("ana", [Label.quadrant("t\u2028\u0085 1", "Q2")])

    (event,) = client.user_labels("ana")

    assert event.track_id == "t\u2028\u0085 1"


def test_a_track_is_put_read_and_deleted(client):
    put = client.put_track("t1", b"RIFF", title="Été", artist="Nobody")

    got = client.get_track("t1")
    client.delete_track("t1")

    assert got == put
    assert (got.title, got.has_audio, got.has_lyrics, got.duration_s) == ("Été", True, False, 30.0)
    assert got.created_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    with pytest.raises(NotFound):
        client.get_track("t1")


def test_a_track_without_audio_is_put_in_json(client, service):
    client.put_track("t1", lyrics="la", title="A")

    assert json.loads(service.requests[0].content) == {"lyrics": "la", "title": "A"}


def test_a_track_s_recording_travels_with_its_texts(client, service):
    client.put_track("t1", b"RIFF", lyrics="la", artist="A")

    (form,) = service.forms
    assert form == {
        "audio": ("audio", b"RIFF"),
        "lyrics": (None, b"la"),
        "artist": (None, b"A"),
    }


def test_a_track_says_where_it_is_heard(client):
    client.put_track("t1", lyrics="la", audio_url="https://music.example/1.ogg")
    client.put_track("t2", b"OggS", audio_url="https://music.example/2.ogg")

    assert client.get_track("t1").audio_url == "https://music.example/1.ogg"
    assert client.get_track("t2").audio_url == "https://music.example/2.ogg"
    assert client.track_audio("t2") == b"OggS"
    with pytest.raises(NotFound):
        client.track_audio("t3")


def test_all_tracks_come_whatever_the_page_size(client, service):
    names = [f"t{i}" for i in range(7)]
    for name in names:
        client.put_track(name, lyrics="la")
    service.requests.clear()

    tracks = list(client.tracks(page_size=3))

    assert [track.track_id for track in tracks] == names
    cursors = [request.url.params.get("cursor") for request in service.requests]
    assert cursors == [None, "3", "6"]


def test_an_empty_catalogue_has_no_tracks(client):
    assert list(client.tracks()) == []


@pytest.mark.parametrize("track_id", ["a/b", "../model", "a%2Fb", "a b?c#d", "ä", "a:b@c"])
def test_an_id_stays_one_segment_of_the_path(client, service, track_id):
    client.put_track(track_id, lyrics="la")

    assert list(service.tracks) == [track_id]


@pytest.mark.parametrize("track_id", ["", ".", ".."])
def test_an_id_that_would_name_another_path_never_leaves(client, service, track_id):
    with pytest.raises(ValueError, match="an id needs"):
        client.delete_track(track_id)

    assert service.requests == []


def test_a_user_is_known_after_an_answer_and_gone_when_forgotten(client):
    client.update("ana", [Label.quadrant("t1", "Q1")])
    known = client.user("ana")

    client.forget("ana")
    client.forget("ana")

    assert (known.user_id, known.n_labels, known.quadrants["Q1"]) == ("ana", 1, 1)
    with pytest.raises(NotFound):
        client.user("ana")


def test_the_model_tells_what_it_knows_and_what_it_was_made_from(client):
    model = client.model()

    assert (model.snapshot, model.default_fusion) == ("2026.1", "log_opinion")
    assert model.strategies == ("mc", "rand")
    assert model.manifest == {"seed": 7, "data": ["nju"]}
    assert (model.candidate.snapshot, model.candidate.share) == ("2026.2", 0.25)


def test_every_call_has_a_request_id_of_its_own(client, service):
    client.model()
    client.model()

    ids = {request.headers["X-Request-ID"] for request in service.requests}
    assert len(ids) == 2


def test_the_client_says_who_it_is(client, service):
    client.model()

    assert service.requests[0].headers["User-Agent"].startswith("attune-client/")


def test_a_call_under_a_key_gets_its_first_reply_again(client, service):
    labels = [Label.quadrant("t1", "Q1")]

    replies = [client.update("ana", labels, idempotency_key="k1") for _ in range(2)]

    assert [(reply.accepted, reply.duplicates) for reply in replies] == [(1, 0)] * 2
    assert {request.headers["Idempotency-Key"] for request in service.requests} == {"k1"}


def test_the_effect_of_an_update_is_told_to_whoever_asks(client):
    asked = client.update("ana", [Label.quadrant("t1", "Q1")], effect=True)
    quiet = client.update("ana", [Label.quadrant("t2", "Q1")])

    assert (asked.effect.n_tracks, asked.effect.n_moved) == (9, 2)
    (move,) = asked.effect.moves
    assert (move.from_, move.to, move.n) == (Quadrant.Q4, Quadrant.Q1, 2)
    assert [each.track_id for each in asked.effect.tracks] == ["t2"]
    assert quiet.effect is None


def test_an_update_that_does_not_ask_for_the_effect_sends_no_such_field(client, service):
    client.update("ana", [Label.quadrant("t1", "Q1")])

    assert json.loads(service.requests[0].content).keys() == {"user_id", "labels"}


def test_an_update_without_a_key_sends_none(client, service):
    client.update("ana", [Label.quadrant("t1", "Q1")])

    assert "Idempotency-Key" not in service.requests[0].headers


def test_a_log_goes_from_one_listener_to_another_line_by_line(client, service):
    client.update("ana", [Label.quadrant("t1", "Q1"), Label.retract("t2", event_id="\u2028")])

    lines = list(client.export_labels("ana"))
    told = [client.import_labels("bob", some) for some in (lines, (f"{x}\r\n" for x in lines))]

    assert [(reply.accepted, reply.duplicates) for reply in told] == [(2, 0), (0, 2)]
    assert service.observability.logs["bob"] == service.observability.logs["ana"]


def test_an_import_whose_reply_was_lost_is_recorded_once(client, service):
    client.update("ana", [Label.quadrant("t1", "Q1")])
    lines = list(client.export_labels("ana"))
    service.outages.append(loses_the_reply)

    reply = client.import_labels("bob", lines)

    assert (reply.accepted, reply.duplicates) == (0, 1)


def test_a_forgotten_listener_stays_forgotten_until_readmitted(client):
    client.forget("ana")

    with pytest.raises(Gone):
        client.update("ana", [Label.quadrant("t1", "Q1")])
    client.readmit("ana")

    assert client.update("ana", [Label.quadrant("t1", "Q1")]).accepted == 1


def test_the_models_are_reloaded(client):
    told = client.reload_model()

    assert (told.version, told.previous, told.candidate) == ("2026.2", "2026.1", None)
    assert told.is_new
