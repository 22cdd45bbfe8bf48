"""What the paper asks about, held against a plain transcription of what its code does."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.datasets.feature_rows import Rows
from training.experiments.active_learning.plan import Protocol
from training.experiments.active_learning.unit import choose
from training.experiments.learners import PaperUpdates
from training.experiments.paper import queries
from training.experiments.splits import JudgedTracks
from training.experiments.starting_models import Start

N_POOL = 12


def entropy(table):
    p = table / table.sum(axis=1, keepdims=True)
    logs = np.zeros_like(p)
    np.log(p, out=logs, where=p > 0)
    return -(p * logs).sum(axis=1)


def transcribed(mode, frame_proba, n_frames, labels, n):
    """Songs asked about, as SEEDS.md has it, with loops where loops are plainest.

    ``frame_proba`` is ``(n_members, n_songs * n_frames, 4)``; ``labels`` a list of labels a song,
    the listener's own among them.
    """
    n_songs = len(labels)
    mean = frame_proba.mean(axis=0)
    songs = np.array(
        [mean[n_frames * s : n_frames * (s + 1)].mean(axis=0) for s in range(n_songs)]
    )
    counts = np.array([[message.count(q) for q in range(4)] for message in labels], float)
    human = np.round(counts / counts.sum(axis=1, keepdims=True), 3)
    table = {"mc": songs, "hc": human, "mix": np.vstack([songs, human])}[mode]
    picked = np.argsort(-entropy(table), kind="stable")[:n] % n_songs
    return list(dict.fromkeys(picked.tolist()))


def start_of(frame_proba, n_frames, labels, own):
    """A listener's start whose pool are these songs, and one more song that is judged."""
    n_songs = len(labels)
    others = [list(message) for message in labels]
    for message, mine in zip(others, own, strict=True):
        message.remove(mine)
    votes = np.array([[message.count(q) for q in range(4)] for message in [*others, [0]]], float)
    n_members, _, n_quadrants = frame_proba.shape
    judged = np.full((n_members, n_frames, n_quadrants), 0.25)
    return Start(
        listener="ada",
        split=0,
        committee=None,
        places=np.arange(n_songs + 1),
        x=np.zeros(((n_songs + 1) * n_frames, 1)),
        rows=Rows(np.full(n_songs + 1, n_frames)),
        y=np.array([*own, 0]),
        raw={"all": np.concatenate([frame_proba, judged], axis=1)},
        votes=votes,
        prior=np.full(4, 0.25),
        n_pool=n_songs,
        judged=JudgedTracks(np.array([0]), np.array([False])),
    )


PROTOCOL = Protocol(
    "small", population="deam", members="paper", votes="all", picks="stacked", n_queries=5
)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["mc", "hc", "mix"]), st.integers(1, 4))
def test_the_same_songs_are_asked_in_the_same_order(seed, mode, n_frames):
    rng = np.random.default_rng(seed)
    frame_proba = rng.dirichlet(np.full(4, 0.7), size=(6, N_POOL * n_frames))
    labels = [rng.integers(0, 4, rng.integers(1, 9)).tolist() for _ in range(N_POOL)]
    own = [message[0] for message in labels]
    start = start_of(frame_proba, n_frames, labels, own)

    asked = choose(
        PaperUpdates(start), np.zeros(0, np.int64), mode, PROTOCOL, np.random.default_rng(0)
    )

    assert asked.tolist() == transcribed(mode, frame_proba, n_frames, labels, 5)


def test_frequencies_have_three_digits():
    assert queries.frequencies(np.array([[1, 2, 0, 0], [0, 0, 0, 0]])).tolist() == [
        [0.333, 0.667, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0],
    ]


@pytest.mark.parametrize("mode", ["hc", "mix"])
def test_by_default_human_consensus_does_not_know_the_listeners_own_labels(mode):
    rng = np.random.default_rng(1)
    frame_proba = rng.dirichlet(np.ones(4), size=(6, N_POOL))
    labels = [rng.integers(0, 4, 4).tolist() for _ in range(N_POOL)]
    start = start_of(frame_proba, 1, labels, [message[0] for message in labels])
    other = dataclasses.replace(start, y=(start.y + 1) % 4)
    honest = dataclasses.replace(PROTOCOL, votes="others")

    nothing = np.zeros(0, np.int64)
    asked, told_otherwise = (
        choose(PaperUpdates(each), nothing, mode, honest, np.random.default_rng(0))
        for each in (start, other)
    )

    assert asked.tolist() == told_otherwise.tolist()
