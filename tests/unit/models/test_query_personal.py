"""Strategies that go by a listener's own model: what they choose, and of how many."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.disagreement import narrowness
from models.emotion import SIGNS, Readout
from models.personal.logistic import (
    Components,
    LogisticModel,
    Prior,
    components_in,
    learn,
    track_features,
)
from models.personal.logistic.track_features import design_of
from models.query import PERSONAL, PersonalScores, Pool, ask
from models.query import shortlist as lists
from models.query.highest import Highest, highest
from models.query.information_gain import N_FIRST
from models.query.shortlist import first, scored_ranges

D = 10  # two more components than taste depends on
N_TASTE = 8
PRIOR = Prior(kappa=2.5, gamma=0.6, tau=0.5, omega=0.3)
SHARED = LogisticModel(
    PRIOR,
    Components(np.zeros(D), np.eye(D)),
    np.full((2, 2), 0.8),
    Readout(0.5 * SIGNS, np.full((4, 2), 0.05)),
)
VARIANCES = np.array([0.5, *[0.3] * N_TASTE])
SEEDS = st.integers(0, 10_000)


def drawn_rows(rng, n):
    phi = rng.normal(size=(n, D)) / np.sqrt(D)
    phi[rng.random(n) < 0.1] = 0.0  # without a recording
    return track_features(rng.dirichlet(np.ones(4), n), phi)


def drawn_votes(rng, n):
    return rng.integers(0, 4, (n, 4)).astype(float) * (rng.random((n, 1)) < 0.6)


def listener(rows, votes):
    """Somebody whose taste shows: what they answer follows from the first component."""
    quadrants = np.where(components_in(rows)[:, 0] > 0, 0, 2)
    return learn(SHARED, rows, np.eye(4)[quadrants], votes, np.zeros((0, 2)))


def placement(seed=0, n_tracks=20, n_answered=12):
    rng = np.random.default_rng(seed)
    rows, answered = drawn_rows(rng, n_tracks), drawn_rows(rng, n_answered)
    before = drawn_votes(rng, n_answered)
    model = listener(answered, before) if n_answered else SHARED.newcomer
    return PersonalScores.of(model, rows, drawn_votes(rng, n_tracks), (answered, before))


def newcomers(rows, votes=None):
    """The placement of a pool for somebody who has said nothing yet."""
    votes = np.zeros((len(rows), 4)) if votes is None else votes
    return PersonalScores.of(SHARED.newcomer, rows, votes)


def pool_of(placed, answered=N_FIRST):
    n_tracks = int(placed.is_open.sum())
    return Pool(
        [f"t{place:05}" for place in range(n_tracks)],
        placed.votes_at(np.arange(n_tracks)),
        lambda: pytest.fail("asked the members"),
        answered=np.array([answered, 0.0, 0.0, 0.0]),
        load_personal_scores=lambda: placed,
    )


def asked(name, placed, n, *, seed=0, answered=N_FIRST):
    return ask(name, pool_of(placed, answered), n, np.random.default_rng(seed))


def places(questions):
    return [int(question.track_id[1:]) for question in questions]


def precision_of(proba, design, variances):
    """Of all four logits' weights, written out: each answer adds ``kron(x x', diag p - p p')``."""
    answers = (information(*each) for each in zip(proba, design, strict=True))
    return sum(answers, np.diag(np.repeat(1.0 / variances, 4)))


def information(proba, design):
    return np.kron(np.outer(design, design), np.diag(proba) - np.outer(proba, proba))


@given(SEEDS, st.sampled_from([0, 1, 12]))
@settings(max_examples=40)
def test_taste_is_the_greedy_design_that_raises_the_log_determinant_most(seed, n_answered):
    placed = placement(seed, 15, n_answered)
    rows = placed.track_features[placed.answered]
    proba = placed.model.proba(rows, placed.answered_votes)
    precision = precision_of(proba, design_of(rows, N_TASTE), VARIANCES)
    every = np.arange(15)
    expected, design = placed.proba_at(every), design_of(placed.track_features[:15], N_TASTE)

    questions = asked("taste", placed, 6)

    left, before = set(range(15)), np.linalg.slogdet(precision)[1]
    for place, question in zip(places(questions), questions, strict=True):
        reply = {each: precision + information(expected[each], design[each]) for each in left}
        after = {each: np.linalg.slogdet(matrix)[1] for each, matrix in reply.items()}
        assert after[place] == pytest.approx(max(after.values()), abs=1e-6)
        assert question.score == pytest.approx((after[place] - before) / 2, abs=1e-6)
        precision, before = reply[place], after[place]
        left.remove(place)


def test_a_newcomer_is_asked_what_others_disagree_on_and_then_by_taste():
    placed = placement(5)

    for n_answers in range(N_FIRST):
        disputes = [
            question.score for question in asked("newcomer", placed, 20, answered=n_answers)
        ]
        agreement = asked("hc", placed, 20)
        assert disputes == pytest.approx([question.score for question in agreement])

    assert asked("newcomer", placed, 20, answered=N_FIRST) == asked("taste", placed, 20)


def test_of_equally_disputed_tracks_taste_decides():
    rng = np.random.default_rng(0)
    votes = np.zeros((12, 4))
    votes[3:8, :2], votes[8, 1:3], votes[9:, 0] = 2.0, 1.0, 5.0
    placed = newcomers(drawn_rows(rng, 12), votes)
    among = newcomers(placed.track_features[3:9], votes[3:9])

    chosen = places(asked("newcomer", placed, 6, answered=0))

    assert [place - 3 for place in chosen] == places(asked("taste", among, 6))


@given(SEEDS, st.sampled_from([0, 1, 12]))
@settings(max_examples=40)
def test_diverse_is_narrowness_times_the_share_of_taste_that_is_new(seed, n_answered):
    placed = placement(seed, 15, n_answered)
    phi_of = components_in(placed.track_features).astype(float)
    reply = placed.model.proba(placed.track_features[:15], placed.votes_at(np.arange(15)))
    before = list(phi_of[placed.answered])

    questions = asked("diverse", placed, 15)

    left = set(range(15))
    for place, question in zip(places(questions), questions, strict=True):
        scores = {}
        for each in left:
            phi, near = phi_of[each], 0.0
            for other in before:
                size = np.linalg.norm(phi) * np.linalg.norm(other)
                near = max(near, (phi @ other / size) ** 2 if size else 0.0)
            scores[each] = narrowness(reply)[each] * (1 - near)
        assert scores[place] == pytest.approx(max(scores.values()), abs=1e-6)
        assert question.score == pytest.approx(scores[place], abs=1e-6)
        left.remove(place)
        before.append(phi_of[place])


@given(SEEDS, st.integers(1, 30))
@settings(max_examples=20)
def test_no_track_is_chosen_twice_though_all_are_one(seed, n):
    rows = np.repeat(drawn_rows(np.random.default_rng(seed), 1), 30, axis=0)
    placed = PersonalScores.of(
        SHARED.newcomer, rows, np.zeros((30, 4)), (rows[:2], np.zeros((2, 4)))
    )

    for name in PERSONAL:
        chosen = places(asked(name, placed, n, answered=0))
        assert len(set(chosen)) == len(chosen) == n


@pytest.mark.parametrize("name", PERSONAL)
@pytest.mark.parametrize("answered", [0, N_FIRST])
def test_a_shortlist_begins_with_what_is_best_by_itself(name, answered, monkeypatch):
    placed = placement(8, 500)
    whole = asked(name, placed, 10, answered=answered)

    monkeypatch.setattr(lists, "SHORTLIST_TRACKS", 60)
    short = asked(name, placed, 10, answered=answered)

    assert short[0].track_id == whole[0].track_id
    assert short[0].score == pytest.approx(whole[0].score)
    assert short[0].score >= short[-1].score
    # what the shortlist leaves out costs little: greedy choices are among the best by themselves
    assert sum(q.score for q in short) >= 0.85 * sum(q.score for q in whole)


@pytest.mark.parametrize("name", ["taste", "newcomer"])
def test_more_than_a_shortlist_can_be_asked_for(name, monkeypatch):
    monkeypatch.setattr(lists, "SHORTLIST_TRACKS", 5)

    assert len(set(places(asked(name, placement(9, 50), 30, answered=0)))) == 30


@given(SEEDS, st.integers(1, 60), st.sampled_from([0.1, 1.0, 20.0]))
@settings(max_examples=60)
def test_the_narrowest_margins_are_found_without_computing_all(seed, n, certainty):
    placed = placement(seed, 80)
    sure = placed.track_features.copy()
    sure[:, :3] *= certainty
    placed = replace(placed, track_features=sure)

    found = placed.highest(lambda proba, _: narrowness(proba), n, np.random.default_rng(0))

    margins = narrowness(placed.proba_at(np.arange(80)))
    assert len(set(found.tolist())) == n
    assert np.sort(margins[found]) == pytest.approx(np.sort(margins)[-n:], abs=1e-5)


def test_of_a_very_large_pool_every_track_is_as_likely_to_be_looked_at():
    stretch, most = lists.STRETCH, lists.MOST_TRACKS
    n_stretches = most // stretch + 8
    counts = np.zeros(n_stretches)
    open_rows = 3 * np.arange(n_stretches * stretch - 5)
    for seed in range(200):
        found = scored_ranges(open_rows, np.random.default_rng(seed))
        assert (np.diff(found.ravel()) > 0).all()
        n_scored = np.diff(np.searchsorted(open_rows, found)).sum()
        assert most - 5 <= n_scored <= most
        counts[found[:, 0] // (3 * stretch)] += 1

    share = most / stretch / n_stretches
    # Five standard deviations of 200 draws.
    assert counts / 200 == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / 200))
    whole = scored_ranges(np.arange(most), np.random.default_rng(0))
    assert whole[0, 0] == 0
    assert (whole[1:, 0] == whole[:-1, 1]).all()
    assert whole[-1, 1] == most


@pytest.mark.parametrize("name", PERSONAL)
def test_a_very_large_pool_is_asked_about(name, monkeypatch):
    placed = placement(6, 300)
    whole = asked(name, placed, 10, answered=0)
    monkeypatch.setattr(lists, "SHORTLIST_TRACKS", 20)
    monkeypatch.setattr(lists, "MOST_TRACKS", 64)
    monkeypatch.setattr(lists, "STRETCH", 16)

    questions = asked(name, placed, 10, answered=0)

    assert len(set(places(questions))) == 10
    assert sum(q.score for q in questions) > 0.5 * sum(q.score for q in whole)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(1, 30), SEEDS)
def test_the_highest_are_taken_and_of_equals_some(values, n, seed):
    scores = np.array(values, float)

    found = highest(scores, n, np.random.default_rng(seed))

    n = min(n, len(scores))
    assert sorted(set(found.tolist())) == found.tolist()
    assert np.sort(scores[found]).tolist() == np.sort(scores)[len(scores) - n :].tolist()


def test_scores_that_differ_by_rounding_are_one():
    assert first(np.array([0.3, 0.1 + 0.2, -np.inf]), np.array([0.9, 0.1, 1.0])) == 0
    assert first(np.array([0.3, 0.1 + 0.2, -np.inf]), np.array([0.1, 0.9, 1.0])) == 1


@given(st.lists(st.integers(0, 3), max_size=60), st.integers(0, 20), st.integers(1, 9), SEEDS)
def test_the_highest_of_a_scan_are_those_of_all_blocks_together(values, n, size, seed):
    scores = np.array(values, float)
    scan = Highest(n)
    for start in range(0, len(scores), size):
        scan.add(start, scores[start : start + size])

    found, ordered = (
        scan.places(np.random.default_rng(seed)),
        scan.ordered(np.random.default_rng(seed)),
    )

    assert found.tolist() == highest(scores, n, np.random.default_rng(seed)).tolist()
    assert sorted(ordered[0].tolist()) == found.tolist()
    assert ordered[1].tolist() == sorted(scores[found].tolist(), reverse=True)


def test_closed_tracks_are_not_among_the_highest_and_equal_ones_are_drawn_evenly():
    counts = np.zeros(12)
    for seed in range(300):
        scan = Highest(2)
        for start in range(0, 12, 3):
            scan.add(start, np.where(np.arange(start, start + 3) % 2, 1.0, -np.inf))
        counts[scan.places(np.random.default_rng(seed))] += 1

    # Five standard deviations of 300 draws of 2 of 6.
    assert counts[1::2] == pytest.approx(100, abs=5 * np.sqrt(300 * 2 / 9))
    assert not counts[::2].any()


@given(SEEDS, st.sampled_from([0, 12]), st.sampled_from([40, 9_000]))
@settings(max_examples=20)
def test_a_scan_of_a_part_of_the_rows_sees_what_the_model_does(seed, n_answered, n_tracks):
    whole = placement(seed, n_tracks, n_answered)
    is_open = whole.is_open & (np.random.default_rng(seed).random(len(whole.is_open)) < 0.7)
    part, places = whole.restricted_to(is_open), np.flatnonzero(is_open)

    found = part.highest(lambda proba, _: proba[:, 1], 5, np.random.default_rng(0))

    expected = part.model.proba(part.track_features[places], whole.votes_at(places))[:, 1]
    at = np.searchsorted(places, found)
    assert np.array_equal(places[at], found)
    assert np.sort(expected[at]) == pytest.approx(np.sort(expected)[-5:], abs=1e-5)
    scored = part.scored_at(places, lambda proba, _: proba[:, 1])
    np.testing.assert_allclose(scored, expected, atol=1e-5)
