"""A service hears music, asks, and learns from each listener what that listener feels."""

import io
import math
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import av
import httpx
import pytest
from attune_client import AttuneClient, Label

from tests.journey.listeners import PATIENT, QUADRANTS, TASTES, felt, mean_proba

pytestmark = [pytest.mark.journey, pytest.mark.slow]

LYRICS = """
The kitchen light is on, the radio plays low,
we are dancing with the dishes and there's nowhere else to go.
Oh, hold the morning open, let it shine, let it shine.
"""
STRATEGIES = ("mc", "hc", "mix", "rand")
N_TRACKS, N_STANDING = 20, 11
RISE = 0.02  # of a probability; .04 is the least that was seen, .27 the most


def test_every_track_is_registered_and_has_a_prediction(attune, tracks):
    listed = {track.track_id: track for track in attune.tracks(page_size=7)}

    shown = [listed[recording.track_id] for recording in tracks]

    assert len(shown) == N_TRACKS
    assert [track.title for track in shown] == [recording.title for recording in tracks]
    assert all(20 < track.duration_s < 60 for track in shown)
    assert all(track.prediction.modalities.keys() == {"audio"} for track in shown)


def test_registering_the_same_again_changes_its_name_alone(attune, tracks):
    last = tracks[-1]
    known = attune.get_track(last.track_id)

    again = attune.put_track(last.track_id, audio=last.path, title="Another title")

    assert again == replace(known, title="Another title", artist=None)


@pytest.mark.parametrize("sent", [Path, lambda path: as_m4a(path)], ids=["ogg", "m4a"])
def test_an_upload_with_lyrics_is_heard_and_read(attune, recordings, sent):
    prediction = attune.predict(sent(recordings[0].path), lyrics=LYRICS)

    by_quadrant = prediction.probabilities
    assert prediction.modalities.keys() == {"audio", "lyrics"}
    assert math.isclose(sum(by_quadrant.values()), 1.0, abs_tol=1e-9)
    assert by_quadrant[prediction.quadrant] == max(by_quadrant.values())
    assert 0.0 <= prediction.entropy <= math.log(4)
    assert prediction.segments[0].start_s == 0.0
    assert prediction.segments[-1].end_s > 20
    assert prediction.personal is None


def test_a_recording_feels_alike_in_another_format(attune, track_ids, recordings):
    ogg = felt(attune, track_ids)[track_ids[0]].probabilities

    m4a = attune.predict(as_m4a(recordings[0].path)).probabilities

    assert m4a == pytest.approx(ogg, abs=0.05)


def test_lyrics_alone_are_enough(attune):
    prediction = attune.predict(lyrics=LYRICS)

    assert prediction.modalities.keys() == {"lyrics"}
    assert prediction.segments == ()


@pytest.mark.parametrize("user", TASTES)
def test_a_listener_who_said_nothing_feels_what_everybody_feels(before, user):
    impersonal = {i: replace(p, personal=None) for i, p in before[user].items()}

    assert impersonal == before[None]
    assert not any(prediction.personal.used for prediction in before[user].values())


@pytest.mark.parametrize("user", TASTES)
def test_answers_points_corrections_and_retractions_are_recorded(attune, answers, replies, user):
    said, reply = answers[user], replies[user]

    logged = [event.event_id for event in attune.user_labels(user)]

    assert logged == [label.event_id for label in said.labels]
    assert (reply.accepted, reply.duplicates) == (len(said.labels), 0)
    assert reply.n_labels == len(said.standing) == N_STANDING
    assert reply.personal.used


@pytest.mark.parametrize("user", TASTES)
def test_a_listeners_profile_counts_what_stands(attune, answers, replies, user):
    standing = list(answers[user].standing.values())

    profile = attune.user(user)

    assert profile.n_labels == replies[user].n_labels
    assert profile.quadrants == {quadrant: standing.count(quadrant) for quadrant in QUADRANTS}


@pytest.mark.parametrize("user", TASTES)
@pytest.mark.parametrize("which", ["standing", "held_out"])
def test_predictions_move_towards_the_listeners_answers(before, after, answers, user, which):
    quadrants = getattr(answers[user], which)

    rise = mean_proba(after[user], quadrants) - mean_proba(before[user], quadrants)

    assert rise > RISE


@pytest.mark.parametrize("user", [None, "ben"])
def test_nobody_elses_predictions_move_at_all(before, after, user):
    assert after[user] == before[user]


@pytest.mark.parametrize("user", TASTES)
def test_the_same_answers_again_change_nothing(attune, answers, after, track_ids, user):
    logged = list(attune.user_labels(user))

    again = attune.update(user, answers[user].labels)

    assert (again.accepted, again.duplicates) == (0, len(answers[user].labels))
    assert again.n_labels == N_STANDING
    assert list(attune.user_labels(user)) == logged
    assert felt(attune, track_ids, user) == after[user]


def test_these_strategies_are_offered_among_others(attune):
    assert set(attune.model().strategies) > set(STRATEGIES)


@pytest.fixture(name="answered")
def _answered(answers, after, ben, track_ids):
    """The ids of the tracks that each user has answered."""
    del after  # comes first
    return {"mia": set(answers["mia"].standing), ben: set(track_ids[::7]), "somebody": set()}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("user", ["mia", "ben", "somebody"])
def test_a_query_never_asks_twice_nor_what_was_answered(attune, answered, strategy, user):
    asked = attune.query(user, n=5, strategy=strategy)

    ids = [question.track_id for question in asked.tracks]
    scores = [question.score for question in asked.tracks]
    assert len(ids) == len(set(ids)) == 5
    assert not answered[user] & set(ids)
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_query_for_everything_asks_about_all_that_is_open(attune, answered, track_ids, strategy):
    excluded, *kept = sorted(set(track_ids) - answered["mia"])

    asked = attune.query("mia", n=1_000, strategy=strategy, exclude=[excluded])

    assert {question.track_id for question in asked.tracks} & set(track_ids) == set(kept)


@pytest.mark.skipif(sys.platform != "linux", reason="needs addresses beside 127.0.0.1")
def test_two_workers_read_each_others_writes(server, track_ids):
    with ExitStack() as stack:
        clients = one_client_for_each_worker(server, stack)

        for number, track_id in enumerate(track_ids[:6]):
            writer, reader = clients[number % 2], clients[1 - number % 2]
            writer.update("vera", [Label.quadrant(track_id, QUADRANTS[number % 4])])

            read, written = (felt(client, track_ids, "vera") for client in (reader, writer))
            assert read == written
            assert read[track_id].personal.n_labels == number + 1


def one_client_for_each_worker(server, stack):
    """Return a client for each worker; its address tells which worker holds its connection."""
    workers, clients = server.workers(), {}
    for number in range(2, 200):
        address = f"127.0.0.{number}"
        transport = httpx.HTTPTransport(local_address=address)
        client = AttuneClient(server.url, retry=PATIENT, transport=transport)
        stack.enter_context(client).model()
        holder = next(w.pid for w in workers if address in connected_to(w))
        clients.setdefault(holder, client)
        if len(clients) == len(workers):
            return list(clients.values())
    pytest.fail("One worker answered every time.")


def connected_to(process):
    """Return the addresses that a process holds connections to."""
    return {c.raddr.ip for c in process.net_connections("tcp") if c.raddr}


def as_m4a(path):
    """Return a recording as the bytes of an m4a file."""
    file = io.BytesIO()
    with av.open(path) as source, av.open(file, "w", format="ipod") as output:
        stream = output.add_stream("aac", rate=48_000, layout="stereo")
        for frame in source.decode(audio=0):
            frame.pts = None
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()
