"""A service hears music, asks, and learns from each listener what that listener feels."""

import io
import math
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import mean

import av
import httpx
import pytest
from attune_client import AttuneClient, Label

from tests.journey.conftest import BENS
from tests.journey.opposite_listeners import (
    PATIENT,
    QUADRANTS,
    TASTES,
    centred_log,
    felt,
    log_odds_of,
    mean_proba,
    nameless,
    ranking,
)

pytestmark = [pytest.mark.journey, pytest.mark.slow]

LYRICS = """
The kitchen light is on, the radio plays low,
we are dancing with the dishes and there's nowhere else to go.
Oh, hold the morning open, let it shine, let it shine.
"""
STRATEGIES = ("mc", "hc", "mix", "rand", "taste", "diverse", "newcomer")
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
    assert prediction.segments[0].start_s < 0.1  # an encoder puts some silence in front
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
def test_a_listener_who_said_nothing_is_told_what_newcomers_are(attune, before, track_ids, user):
    told = before[user]

    assert nameless(told) == nameless(felt(attune, track_ids, "a-newcomer"))
    assert not any(prediction.personal.used for prediction in told.values())
    assert {p.why.level.share + p.why.taste.share for p in told.values()} == {0.0}
    voted = [track_id for track_id, p in told.items() if p.why.others.share]
    assert voted == track_ids[::BENS]
    assert nameless(told) == before[None]


def test_who_has_answered_is_not_told_their_own_answers_as_others(before, ben):
    assert {p.why.others.share for p in before[ben].values()} == {0.0}


@pytest.mark.parametrize("user", [None, "ben", *TASTES])
def test_every_answer_tells_where_it_comes_from_and_how_sure_it_is(after, user):
    for told in after[user].values():
        parts = (told.why.population, told.why.others, told.why.level, told.why.taste)
        by_proba = sorted(told.probabilities, key=told.probabilities.get, reverse=True)
        assert log_odds_of(parts) == pytest.approx(centred_log(told.probabilities), abs=1e-5)
        assert sum(part.share for part in parts) == pytest.approx(1.0)
        assert list(told.set.quadrants) == by_proba[: len(told.set.quadrants)] != []
        assert told.set.coverage == 0.8


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
def test_predictions_move_towards_the_listeners_answers(before, after, answers, user):
    """On tracks that nobody answered: on the others the opposite listener's votes count too."""
    quadrants = answers[user].held_out

    rise = mean_proba(after[user], quadrants) - mean_proba(before[user], quadrants)

    assert rise > RISE


@pytest.mark.parametrize("user", TASTES)
def test_level_and_taste_speak_for_what_was_answered(after, answers, user):
    own = [
        log_odds_of([after[user][track_id].why.level, after[user][track_id].why.taste])[quadrant]
        for track_id, quadrant in answers[user].standing.items()
    ]

    assert mean(own) > 0.1


@pytest.mark.parametrize("user", TASTES)
def test_opposite_tastes_are_told_opposite_things(after, user):
    other = next(name for name in TASTES if name != user)

    sign = {"mia": 1, "noor": -1}[user]
    for track_id, told in after[user].items():
        assert told.personal.used
        level = told.why.level.log_odds
        assert (level["Q1"] + level["Q4"] - level["Q2"] - level["Q3"]) * sign > 0
        assert told.why.taste.share > 0
        assert (told.valence.mean - after[other][track_id].valence.mean) * sign > 0


def test_nobody_in_particular_hears_of_every_answer(before, after, answers, track_ids):
    moved = {i for i in track_ids if after[None][i] != before[None][i]}

    assert moved == {track_id for said in answers.values() for track_id in said.standing}


def test_others_predictions_move_where_somebody_answered_and_nowhere_else(
    before, after, answers, ben, track_ids
):
    moved = {track_id for track_id in track_ids if after[ben][track_id] != before[ben][track_id]}

    assert moved == {track_id for said in answers.values() for track_id in said.standing}
    assert moved != set(track_ids)
    for track_id, told in after[ben].items():
        assert (told.why.others.share > 0) is (track_id in moved)
        assert told.why.level.log_odds == before[ben][track_id].why.level.log_odds
        assert told.why.taste.log_odds == before[ben][track_id].why.taste.log_odds


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


@pytest.mark.parametrize("quadrant", QUADRANTS)
@pytest.mark.parametrize("user", TASTES)
def test_a_ranking_is_the_order_of_the_predictions(attune, after, user, quadrant):
    told = {track_id: p.probabilities[quadrant] for track_id, p in after[user].items()}

    ranked = ranking(attune, user, quadrant, page=6)

    ours = {track_id: proba for track_id, proba in ranked.items() if track_id in told}
    assert list(ranked.values()) == sorted(ranked.values(), reverse=True)
    assert ours == pytest.approx(told, abs=1e-6)


# The other quadrants are not tested: the opposite listener's votes are on the same tracks.
@pytest.mark.parametrize(("user", "quadrant"), [("mia", "Q1"), ("noor", "Q3")])
def test_what_a_listener_would_call_so_comes_first(attune, tracks, after, user, quadrant):
    del after  # comes first
    felt_so = [r.track_id for r in tracks if TASTES[user][r.mood] == quadrant]
    others = [r.track_id for r in tracks if TASTES[user][r.mood] != quadrant]

    own = list(ranking(attune, user, quadrant))

    # The population, which knows nothing of the listener, has a say in the order too.
    assert mean(map(own.index, felt_so)) < mean(map(own.index, others)) - 2
    assert next(track_id for track_id in own if track_id in {*felt_so, *others}) in felt_so


@pytest.mark.parametrize("user", TASTES)
def test_a_ranking_leaves_out_what_was_answered(attune, answers, after, track_ids, user):
    del after  # comes first

    ranked = ranking(attune, user, "Q3", new_only=True)

    assert ranked.keys() & set(track_ids) == set(track_ids) - set(answers[user].standing)


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
        clients[0].forget("vera")  # or she speaks to everybody from now on


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
