"""Every call of both clients, against a service that follows the contract."""

import io
import json
from array import array
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from fake_attune import loses_the_reply

from attune_client import Circumstances, Embeddings, Gone, Label, NotFound, Quadrant

EVEN = {"Q1": 0.25, "Q2": 0.25, "Q3": 0.25, "Q4": 0.25}
INFINITE = float("inf")
Q1 = Label.quadrant("t1", "Q1", event_id="e1")


class Vector:
    """An iterable of numbers, like the arrays of other packages."""

    def __iter__(self):
        return iter([Fraction(1, 2), 2])


JSON = {
    "predict": (
        lambda client: client.predict(track_id="t1", user_id="ana"),
        {"track_id": "t1", "user_id": "ana"},
    ),
    "predict by an embedding": (
        lambda client: client.predict(audio_embedding=(0.5, 2)),
        {"audio_embedding": [0.5, 2.0]},
    ),
    "predict_batch": (
        lambda client: client.predict_batch(lyrics=("la", "lo"), fusion="lyrics"),
        {"lyrics": ["la", "lo"], "fusion": "lyrics"},
    ),
    "predict_batch by embeddings": (
        lambda client: client.predict_batch(
            embeddings=[Embeddings([1], [2]), Embeddings(lyrics=[3])]
        ),
        {
            "embeddings": [
                {"audio_embedding": [1.0], "lyrics_embedding": [2.0]},
                {"lyrics_embedding": [3.0]},
            ]
        },
    ),
    "query": (lambda client: client.query("ana", n=2), {"user_id": "ana", "n": 2, "exclude": []}),
    "query with options": (
        lambda client: client.query("ana", repeat_share=0.1, playable=True),
        {"user_id": "ana", "n": 10, "exclude": [], "repeat_share": 0.1, "playable": True},
    ),
    "rank": (
        lambda client: client.rank("ana", quadrant=Quadrant.Q2, limit=2),
        {"user_id": "ana", "limit": 2, "exclude_answered": True, "quadrant": "Q2"},
    ),
    "rank by a point": (
        lambda client: client.rank("ana", valence=0.0, arousal=-0.5, exclude_answered=False),
        {"user_id": "ana", "limit": 50, "exclude_answered": False, "valence": 0, "arousal": -0.5},
    ),
    "update": (
        lambda client: client.update("ana", [Q1]),
        {"user_id": "ana", "labels": [{"event_id": "e1", "track_id": "t1", "quadrant": "Q1"}]},
    ),
    "put_track": (
        lambda client: client.put_track("t1", lyrics="la", title="A"),
        {"lyrics": "la", "title": "A"},
    ),
    "put_track without content": (
        lambda client: client.put_track("t1", title="A", audio_url="https://music.test/a"),
        {"title": "A", "audio_url": "https://music.test/a"},
    ),
    "put_track that clears": (
        lambda client: client.put_track("t1", title="", artist="Ana", audio_url=""),
        {"title": None, "artist": "Ana", "audio_url": None},
    ),
    "put_track by embeddings": (
        lambda client: client.put_track("t1", audio_embedding=[1], lyrics_embedding=[2, 3]),
        {"audio_embedding": [1.0], "lyrics_embedding": [2.0, 3.0]},
    ),
}


@pytest.mark.parametrize(("send", "body"), JSON.values(), ids=JSON)
def test_a_call_without_a_recording_sends_the_given_fields_as_json(client, service, send, body):
    send(client)

    (request,) = service.requests
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.content) == body
    assert "Idempotency-Key" not in request.headers


@pytest.mark.parametrize(
    "send",
    [
        lambda client, **texts: client.predict(b"RIFF", **texts, user_id="ana"),
        lambda client, **texts: client.put_track("t1", b"RIFF", **texts, title="", artist="ana"),
    ],
)
def test_a_call_with_a_recording_sends_the_given_fields_as_a_form(client, service, send):
    send(client, lyrics="null")

    (form,) = service.forms
    assert form["audio"] == ("audio", b"RIFF")
    assert form["lyrics"] == (None, b"null")
    assert {"user_id", "artist"} & set(form)
    assert len(form) == 3


@pytest.mark.parametrize(
    "opened", [Path, Path.read_bytes, lambda path: io.BytesIO(path.read_bytes())]
)
def test_a_file_of_lyrics_is_sent_as_it_is(client, service, tmp_path, opened):
    content = "Été".encode("utf-16")
    (tmp_path / "song.lrc").write_bytes(content)

    client.predict(lyrics=opened(tmp_path / "song.lrc"), user_id="ana")

    assert service.forms == [{"user_id": (None, b"ana"), "lyrics": ("lyrics", content)}]


@pytest.mark.parametrize("numbers", [[0.5, 2], array("f", [0.5, 2]), Vector()])
def test_any_iterable_of_numbers_is_an_embedding(client, service, numbers):
    client.predict(lyrics_embedding=numbers)

    assert json.loads(service.requests[0].content) == {"lyrics_embedding": [0.5, 2.0]}


@pytest.mark.parametrize(
    ("call", "arguments", "message"),
    [
        ("predict", {"audio_embedding": [0, float("nan")]}, r"^audio_embedding\[1\] is nan; it"),
        ("predict", {"lyrics_embedding": [-INFINITE]}, r"^lyrics_embedding\[0\] is -inf; it must"),
        ("predict", {"audio_embedding": [10**400]}, r"^audio_embedding\[0\] is 10+\.*0*; it must"),
        ("predict", {"audio_embedding": [[1.0]]}, r"^audio_embedding\[0\] is \[1\.0\]; it must"),
        ("predict", {"audio_embedding": [1, None]}, r"^audio_embedding\[1\] is None; it must be"),
        ("predict", {"audio": b"RIFF", "lyrics_embedding": [1]}, r"^audio and lyrics_embedding w"),
        ("predict", {"lyrics": b"la", "audio_embedding": [1]}, r"^lyrics and audio_embedding w"),
        (
            "predict_batch",
            {"embeddings": [Embeddings([1]), Embeddings(lyrics=[1, 2, INFINITE])]},
            r"^embeddings\[1\]\.lyrics_embedding\[2\] is inf; it must be finite$",
        ),
        ("put_track", {"track_id": "t1", "audio_embedding": [INFINITE]}, r"^audio_embedding\[0\]"),
        ("query", {"user_id": "ana", "n": float("nan")}, "JSON"),
        ("delete_track", {"track_id": ""}, "an id cannot be"),
        ("delete_track", {"track_id": "."}, "an id cannot be"),
        ("delete_track", {"track_id": ".."}, "an id cannot be"),
    ],
)
def test_an_invalid_argument_is_an_error_and_nothing_is_sent(
    client, service, call, arguments, message
):
    with pytest.raises(ValueError, match=message):
        getattr(client, call)(**arguments)

    assert service.requests == []


def test_text_is_not_an_embedding(client):
    with pytest.raises(TypeError, match=r"^audio_embedding is text"):
        client.predict(audio_embedding="[0.1, 0.2]")


@pytest.mark.parametrize("track_id", ["a/b", "../model", "a%2Fb", "a b?c#d", "ä", "a:b@c"])
def test_an_id_is_one_segment_of_the_path(client, service, track_id):
    client.put_track(track_id, lyrics="la")

    assert list(service.tracks) == [track_id]


def test_a_prediction_is_decoded(client):
    reply = client.predict(b"RIFF", lyrics="la la", user_id="ana")

    (segment,) = reply.segments
    assert (reply.quadrant, reply.probabilities) == (Quadrant.Q1, EVEN)
    assert (reply.valence.mean, reply.arousal.sd) == (0.25, 0.5)
    assert (reply.entropy, reply.ambiguous, reply.fusion) == (1.386, True, "log_opinion")
    assert (segment.start_s, segment.end_s, segment.probabilities) == (0.0, 3.0, EVEN)
    assert (reply.personal.user_id, reply.personal.used) == ("ana", False)
    assert (reply.set.quadrants, reply.set.coverage) == ((Quadrant.Q1, Quadrant.Q4), 0.8)
    assert reply.why.population.log_odds == {"Q1": 0.75, "Q2": -0.75, "Q3": 0.0, "Q4": 0.0}
    assert reply.why.words == "By its sound most people would call it happy."


def test_a_batch_has_errors_in_their_places(client):
    client.put_track("t1", lyrics="la")

    first, second = client.predict_batch(["t1", "nowhere"], user_id="ana")

    assert first.quadrant == "Q1"
    assert (second.code, second.detail) == ("track_not_found", "There is no track 'x'.")


def test_a_query_returns_tracks_and_the_strategy(client):
    client.put_track("t1", lyrics="la")
    client.put_track("t2", lyrics="lo")

    reply = client.query("ana", n=5, strategy="mix", exclude=["t1"])

    (query,) = reply.tracks
    assert (query.track_id, query.score, query.propensity) == ("t2", 1.0, 0.5)
    assert (query.is_random, query.is_repeat, reply.strategy) == (False, False, "mix")


def test_a_ranking_comes_page_by_page(client):
    for name in ("t1", "t2", "t3"):
        client.put_track(name, lyrics="la")

    first = client.rank("ana", quadrant=Quadrant.Q2, limit=2)
    second = client.rank("ana", quadrant="Q2", limit=2, cursor=first.next_cursor)

    assert [ranked.track_id for ranked in (*first.tracks, *second.tracks)] == ["t1", "t2", "t3"]
    assert (first.next_cursor, second.next_cursor) == ("2", None)
    assert (first.tracks[0].probability, first.tracks[0].valence.mean) == (0.5, 0.25)


@pytest.mark.parametrize("name", ["Q4", "q4", "calm", "Calm", "relaxed", Quadrant.Q4])
def test_quadrants_of_labels_may_be_words(name):
    assert Label.quadrant("t1", name, event_id="e1").body()["quadrant"] == "Q4"


def test_each_kind_of_label_is_recorded_and_read_back(client):
    circumstances = Circumstances("felt", 4, 1, strategy="mc", is_repeat=True)
    labels = [
        Label.quadrant("t1", Quadrant.Q4),
        Label.point("t2", valence=-0.5, arousal=1),
        Label.retract("t1"),
        Label.cant_tell("t1", circumstances=circumstances),
    ]

    reply = client.update("ana", labels)
    log = list(client.user_labels("ana"))

    assert (reply.accepted, reply.duplicates, reply.n_labels) == (4, 0, 4)
    assert [event.event_id for event in log] == [label.event_id for label in labels]
    assert [event.quadrant for event in log] == [Quadrant.Q4, None, None, None]
    assert (log[1].valence, log[1].arousal) == (-0.5, 1.0)
    assert [event.retracted for event in log] == [False, False, True, False]
    assert [event.cant_tell for event in log] == [False, False, False, True]
    assert (log[3].emotion, log[3].liking, log[3].familiarity) == ("felt", 4, 1)
    assert (log[3].strategy, log[3].is_random, log[3].is_repeat) == ("mc", False, True)
    assert client.user("ana").n_cant_tell == 1


def test_a_label_draws_its_event_id_once(client):
    label, other = Label.quadrant("t1", "Q2"), Label.quadrant("t1", "Q2")

    client.update("ana", [label])
    reply = client.update("ana", [label, other])

    assert (reply.accepted, reply.duplicates) == (1, 1)


@pytest.mark.parametrize("name", ["Q5", "glad", "", 3, None])
def test_what_names_no_quadrant_is_an_error_that_names_all(name):
    with pytest.raises(ValueError, match=f"The quadrant is {name!r}; it must be Q1 or happy, Q2 "):
        Label.quadrant("t1", name)


def test_an_idempotency_key_repeats_the_first_reply(client, service):
    replies = [client.update("ana", [Q1], idempotency_key="k1") for _ in range(2)]

    assert [(reply.accepted, reply.duplicates) for reply in replies] == [(1, 0)] * 2
    assert {request.headers["Idempotency-Key"] for request in service.requests} == {"k1"}


def test_the_effect_of_an_update_is_read_if_requested(client):
    reply = client.update("ana", [Label.quadrant("t1", "Q1")], effect=True)

    (move,) = reply.effect.moves
    assert (reply.effect.n_tracks, reply.effect.n_moved) == (9, 2)
    assert (move.from_, move.to, move.n) == (Quadrant.Q4, Quadrant.Q1, 2)
    assert [track.track_id for track in reply.effect.tracks] == ["t2"]
    assert client.update("ana", [Label.quadrant("t2", "Q1")]).effect is None


def test_a_profile_and_the_statistics_are_decoded(client):
    client.update("ana", [Q1])

    picture, overview = client.picture("ana"), client.overview()

    assert (picture.user_id, picture.n_labels) == ("ana", 1)
    assert picture.personal.density == ((0.25, 0.25), (0.5, 0.0))
    assert overview.labels_per_day[0].day == date(2026, 1, 2)
    assert [(bin_.from_, bin_.to) for bin_ in overview.users_by_labels] == [(1, 4), (5, None)]


@pytest.mark.parametrize("sizes", [None, {"audio": 498, "lyrics": 768}])
def test_the_model_is_decoded(client, service, sizes):
    service.embeddings = sizes

    model, reload = client.model(), client.reload_model()

    assert (model.snapshot, model.default_fusion) == ("2026.1", "log_opinion")
    assert (model.strategies, model.embeddings) == (("mc", "rand"), sizes)
    assert model.manifest == {"seed": 7, "data": ["nju"]}
    assert (model.candidate.snapshot, model.candidate.share) == ("2026.2", 0.25)
    assert (reload.version, reload.previous, reload.is_new) == ("2026.2", "2026.1", True)


def test_a_track_is_put_read_and_deleted(client):
    url = "https://music.example/1.ogg"
    put = client.put_track("t1", b"RIFF", title="Été", artist="Nobody", audio_url=url)

    got, audio = client.get_track("t1"), client.track_audio("t1")
    client.delete_track("t1")

    assert (got, audio) == (put, b"RIFF")
    assert (got.title, got.has_audio, got.has_lyrics, got.duration_s) == ("Été", True, False, 30.0)
    assert (got.audio_url, got.created_at) == (url, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    for call in (client.get_track, client.track_audio, client.delete_track):
        with pytest.raises(NotFound):
            call("t1")


def test_all_tracks_come_whatever_the_page_size(client, service):
    assert list(client.tracks()) == []
    names = [f"t{i}" for i in range(7)]
    for name in names:
        client.put_track(name, lyrics="la")
    service.requests.clear()

    tracks = list(client.tracks(page_size=3))

    assert [track.track_id for track in tracks] == names
    cursors = [request.url.params.get("cursor") for request in service.requests]
    assert cursors == [None, "3", "6"]


def test_all_listeners_come_whatever_the_page_size(client, service):
    assert list(client.users()) == []
    for user_id in ("bob", "ana", "cleo"):
        client.update(user_id, [Q1])
    service.requests.clear()

    users = list(client.users(page_size=2))

    assert [(user.user_id, user.n_labels) for user in users] == [
        ("ana", 1),
        ("bob", 1),
        ("cleo", 1),
    ]
    assert [request.url.params.get("cursor") for request in service.requests] == [None, "2"]


def test_a_search_goes_on_after_a_page_without_tracks(client, service):
    for number, title in enumerate(["So What", "Blue", "Blue", "So Far"]):
        client.put_track(f"t{number}", lyrics="la", title=title)
    service.requests.clear()

    found = [track.track_id for track in client.tracks(search="So", page_size=2)]
    nothing = list(client.tracks(search="&=é", page_size=2))

    assert (found, nothing) == (["t0", "t3"], [])
    sent = [request.url.params for request in service.requests]
    assert [each["search"] for each in sent] == ["So", "So", "&=é", "&=é"]
    assert [each.get("cursor") for each in sent] == [None, "2", None, "2"]


def test_a_forgotten_listener_stays_forgotten_until_readmitted(client):
    client.update("ana", [Q1])
    known = client.user("ana")

    client.forget("ana")
    client.forget("ana")

    assert (known.user_id, known.n_labels, known.quadrants["Q1"]) == ("ana", 1, 1)
    with pytest.raises(NotFound):
        client.user("ana")
    with pytest.raises(Gone):
        client.update("ana", [Q1])
    client.readmit("ana")
    assert client.update("ana", [Q1]).accepted == 1


def test_a_log_is_copied_line_by_line(client, service):
    client.update("ana", [Q1, Label.retract("t\u2028\u0085 2", event_id="\u2028")])

    lines = list(client.export_labels("ana"))
    service.outages.append(loses_the_reply)
    replies = [client.import_labels("bob", some) for some in (lines, (f"{x}\r\n" for x in lines))]

    assert [(reply.accepted, reply.duplicates) for reply in replies] == [(0, 2), (0, 2)]
    assert service.logs["bob"] == service.logs["ana"]
    client.import_labels("bob", lines, replace=True)
    assert [str(each.url.query) for each in service.requests[-2:]] == ["b''", "b'replace=true'"]
    assert [event.track_id for event in client.user_labels("ana")] == ["t1", "t\u2028\u0085 2"]


@pytest.mark.parametrize("given", ["auth0|5f7c", "-NvX", "_dQw4", "ana+x@y.org", "YW5h=", "a~b"])
def test_ids_of_identity_providers_are_quoted(client, given):
    client.put_track(given, lyrics="la")
    client.update(given, [Q1])

    shown = client.get_track(given)
    listener = client.user(given)

    assert (shown.track_id, listener.user_id) == (given, given)


def test_each_call_has_a_request_id_and_names_the_client(client, service):
    client.model()
    client.model()

    assert len({request.headers["X-Request-ID"] for request in service.requests}) == 2
    assert service.requests[0].headers["User-Agent"].startswith("attune-client/")
