"""A service learns from each listener what that listener feels, in every worker."""

import sys
from contextlib import ExitStack
from statistics import mean

import httpx
import pytest
from attune_client import AttuneClient, Label

from tests.journey.opposite_listeners import (
    PATIENT,
    QUADRANTS,
    TASTES,
    felt,
    mean_proba,
)

pytestmark = [pytest.mark.journey, pytest.mark.slow]

RISE = 0.02  # of a probability; .04 is the least that was seen, .27 the most


@pytest.mark.parametrize("user", TASTES)
def test_predictions_move_towards_the_listeners_answers(before, after, answers, user):
    """On tracks that nobody answered: on the others the opposite listener's votes count too."""
    quadrants = answers[user].held_out

    rise = mean_proba(after[user], quadrants) - mean_proba(before[user], quadrants)

    assert rise > RISE


@pytest.mark.parametrize("user", TASTES)
def test_opposite_tastes_are_told_opposite_things(after, user):
    other = next(name for name in TASTES if name != user)

    sign = {"mia": 1, "noor": -1}[user]
    for track_id, message in after[user].items():
        assert message.personal.used
        level = message.why.level.log_odds
        assert (level["Q1"] + level["Q4"] - level["Q2"] - level["Q3"]) * sign > 0
        assert message.why.taste.share > 0
        assert (message.valence.mean - after[other][track_id].valence.mean) * sign > 0


# The other quadrants are not tested: the opposite listener's votes are on the same tracks.
@pytest.mark.parametrize(("user", "quadrant"), [("mia", "Q1"), ("noor", "Q3")])
def test_what_a_listener_would_call_so_comes_first(attune, tracks, after, user, quadrant):
    del after  # comes first
    felt_so = [r.track_id for r in tracks if TASTES[user][r.mood] == quadrant]
    others = [r.track_id for r in tracks if TASTES[user][r.mood] != quadrant]

    ranked = attune.rank(user, quadrant=quadrant, limit=500, exclude_answered=False).tracks
    own = [each.track_id for each in ranked]

    # The population, which knows nothing of the listener, has a say in the order too.
    assert mean(map(own.index, felt_so)) < mean(map(own.index, others)) - 2
    assert next(track_id for track_id in own if track_id in {*felt_so, *others}) in felt_so


@pytest.mark.skipif(sys.platform != "linux", reason="needs addresses beside 127.0.0.1")
def test_two_workers_read_each_others_writes_and_forget_together(server, track_ids):
    with ExitStack() as stack:
        clients = one_client_for_each_worker(server, stack)

        for number, track_id in enumerate(track_ids[:6]):
            writer, reader = clients[number % 2], clients[1 - number % 2]
            writer.update("vera", [Label.quadrant(track_id, QUADRANTS[number % 4])])

            read, written = (felt(client, track_ids, "vera") for client in (reader, writer))
            assert read == written
            assert read[track_id].personal.n_labels == number + 1
        clients[0].forget("vera")

        assert clients[1].predict(track_id=track_ids[0], user_id="vera").personal.n_labels == 0


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
