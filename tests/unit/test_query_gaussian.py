"""Strategies that go by a listener's Gaussian model: what they choose, and of how many."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.disagreement import narrowness
from models.emotion import SIGNS
from models.personal.gaussian import (
    Components,
    Gaussian,
    PersonalLogistic,
    Prior,
    Sketched,
    learn,
    n_columns,
    sketches,
)
from models.query import GAUSSIAN, Placement, Pool, ask
from models.query import shortlist as lists
from models.query.diverse import _narrowest
from models.query.shortlist import first, highest
from models.query.taste import N_FIRST

D = 6
SHARED = Gaussian(
    Prior(np.array([0.4, 0.5]), np.array([0.1, -0.2]), np.array([0.9, 0.7]), 0.3, 0.12, 0.2, 0.3),
    Components(np.zeros(D), np.eye(D)),
    1.3,
    np.array([0.7, 0.75]),
)
SEEDS = st.integers(0, 10_000)
NOBODYS = np.zeros((0, n_columns(D)), np.float32)


def drawn_rows(rng, n):
    phi = rng.normal(size=(n, D)) / np.sqrt(D)
    phi[rng.random(n) < 0.1] = 0.0  # without a recording
    return sketches(rng.dirichlet(np.ones(4), n), phi)


def drawn_votes(rng, n):
    return rng.integers(0, 4, (n, 4)).astype(float) * (rng.random((n, 1)) < 0.6)


def agreeing(rows):
    """Somebody whose taste shows: what they answer follows from the first component."""
    side = np.where(rows[:, 4] > 0, 1.0, -1.0)
    points = np.stack([side, side], axis=1)
    return learn(SHARED, rows, points, (SIGNS @ points.T).argmax(axis=0))


def contrary(rows):
    """Somebody whose answers speak for nothing."""
    points = np.where(rows[:, :2] > 0, -1.0, 1.0) * np.array([[1.0, -1.0]])
    model = learn(SHARED, rows, points, (SIGNS @ points.T).argmax(axis=0))
    return replace(SHARED.nobody, n_labels=model.n_labels)


def placement(seed=0, n_tracks=20, n_answered=12, who=agreeing):
    rng = np.random.default_rng(seed)
    rows, answered = drawn_rows(rng, n_tracks), drawn_rows(rng, n_answered)
    model = who(answered) if n_answered else SHARED.nobody
    return Placement.of(model, rows, drawn_votes(rng, n_tracks), answered)


def pool_of(placed, answered=N_FIRST):
    n_tracks = len(placed.rows)
    return Pool(
        [f"t{place:05}" for place in range(n_tracks)],
        placed.votes_at(np.arange(n_tracks)),
        lambda: pytest.fail("asked the members"),
        answered=np.array([answered, 0.0, 0.0, 0.0]),
        ask_place=lambda: placed,
    )


def asked(name, placed, n, *, seed=0, answered=N_FIRST):
    return ask(name, pool_of(placed, answered), n, np.random.default_rng(seed))


def places(questions):
    return [int(question.track_id[1:]) for question in questions]


def naive_covariance(rows):
    """Of the weights after answers, by inverting the precision."""
    design = Sketched.of(rows).design
    prior = SHARED.prior
    precision = np.diag(1 / prior.weights(D))
    return np.linalg.inv(precision + design.T @ design / (prior.noise + prior.shared))


def own_and_noise(placed, covariance):
    design = Sketched.of(placed.sketches[placed.rows]).design
    prior = SHARED.prior
    count = placed.votes_at(np.arange(len(placed.rows))).sum(axis=1)
    left_open = 1 / (1 / prior.shared + count / prior.stranger)
    return design, prior.noise + left_open, covariance


# taste


@given(SEEDS, st.sampled_from([0, 1, 12]), st.sampled_from([agreeing, contrary]))
@settings(deadline=None, max_examples=40)
def test_taste_is_the_greedy_design_that_lowers_the_log_determinant_most(seed, n_answered, who):
    placed = placement(seed, 15, n_answered, who)
    covariance = naive_covariance(placed.sketches[placed.answered])
    design, noise, _ = own_and_noise(placed, covariance)

    questions = asked("taste", placed, 6)

    before = np.linalg.slogdet(covariance)[1]
    left = set(range(15))
    for place, question in zip(places(questions), questions, strict=True):
        after = {}
        for each in left:
            precision = (
                np.linalg.inv(covariance) + np.outer(design[each], design[each]) / noise[each]
            )
            after[each] = -np.linalg.slogdet(precision)[1]
        assert after[place] == pytest.approx(min(after.values()), abs=1e-5)
        # of two axes, half the fall of the log determinant each
        assert question.score == pytest.approx(before - after[place], abs=1e-5)
        covariance = np.linalg.inv(
            np.linalg.inv(covariance) + np.outer(design[place], design[place]) / noise[place]
        )
        before = after[place]
        left.remove(place)


def test_a_first_answer_tells_by_hand():
    rows = sketches(np.array([[0.25] * 4] * 2), np.array([[0.0] * D, [2.0] + [0.0] * (D - 1)]))
    placed = Placement.of(SHARED.nobody, rows, np.zeros((2, 4)))

    heard, unheard = asked("taste", placed, 2)

    noise = 0.3 + 0.3
    assert places([heard, unheard]) == [1, 0]
    assert heard.score == pytest.approx(np.log(1 + (0.12 + 0.2 * 4) / noise))
    # that answer tells of the level too, through the weight that both tracks share
    left = 0.12 - 0.12**2 / (0.12 + 0.8 + noise)
    assert unheard.score == pytest.approx(np.log(1 + left / noise))


def test_others_votes_make_an_answer_tell_more():
    rows = np.repeat(drawn_rows(np.random.default_rng(1), 1), 2, axis=0)
    votes = np.array([[0.0] * 4, [3.0, 1, 0, 0]])

    first_one, _ = asked("taste", Placement.of(SHARED.nobody, rows, votes), 2)

    assert first_one.track_id == "t00001"


def test_the_same_recording_is_not_asked_for_twice_where_there_is_another():
    rng = np.random.default_rng(3)
    rows = drawn_rows(rng, 2)
    rows[:, 4:], rows[:, 3] = np.eye(D)[:2], 1.0
    rows = rows[[0, 0, 1]]

    for name in ("taste", "diverse"):
        rows[:, :2] = 0.1
        chosen = places(asked(name, Placement.of(SHARED.nobody, rows, np.zeros((3, 4))), 2))

        assert 2 in chosen


def test_answers_that_are_not_gone_by_are_not_asked_for_again():
    rows = np.zeros((2, n_columns(D)), np.float32)
    rows[:, 4:], rows[:, 3] = np.eye(D)[:2] * [[1.1], [1.0]], [1.21, 1.0]
    answered = np.repeat(rows[:1], 5, axis=0)
    unused = replace(SHARED.nobody, n_labels=5)

    before = asked("taste", Placement.of(SHARED.nobody, rows, np.zeros((2, 4))), 1)
    after = asked("taste", Placement.of(unused, rows, np.zeros((2, 4)), answered), 1)

    assert places(before) == [0]
    assert places(after) == [1]


# newcomer


def test_a_newcomer_is_asked_what_others_disagree_on_and_then_by_taste():
    placed = placement(5)

    for n_answers in range(N_FIRST):
        disputes = [
            question.score for question in asked("newcomer", placed, 20, answered=n_answers)
        ]
        agreement = asked("hc", placed, 20)
        assert disputes == pytest.approx([question.score for question in agreement])

    assert asked("newcomer", placed, 20, answered=N_FIRST) == asked("taste", placed, 20)


def test_what_nobody_disputes_comes_in_the_order_of_taste():
    placed = placement(2)
    one_each = np.zeros((20, 4))
    one_each[::2, 1], one_each[::4, 1] = 1.0, 3.0  # one vote, or three that agree
    agreed = Placement.of(SHARED.nobody, placed.sketches[:20], one_each)

    newcomers = asked("newcomer", agreed, 20, answered=0)

    assert places(newcomers) == places(asked("taste", agreed, 20))
    assert {question.score for question in newcomers} == {0.0}


def test_of_equally_disputed_tracks_taste_decides():
    rng = np.random.default_rng(0)
    votes = np.zeros((12, 4))
    votes[3:8, :2], votes[8, 1:3], votes[9:, 0] = 2.0, 1.0, 5.0
    placed = Placement.of(SHARED.nobody, drawn_rows(rng, 12), votes)
    among = Placement.of(SHARED.nobody, placed.sketches[3:9], votes[3:9])

    chosen = places(asked("newcomer", placed, 6, answered=0))

    assert [place - 3 for place in chosen] == places(asked("taste", among, 6))


# diverse


@given(SEEDS, st.sampled_from([0, 1, 12]))
@settings(deadline=None, max_examples=40)
def test_diverse_is_narrowness_times_the_share_of_taste_that_is_new(seed, n_answered):
    placed = placement(seed, 15, n_answered)
    rows = placed.sketches[placed.rows].astype(float)
    told = placed.model.proba(
        placed.model.place(placed.sketches[:15], placed.votes_at(np.arange(15)))
    )
    before = list(placed.sketches[placed.answered].astype(float)[:, 4:])

    questions = asked("diverse", placed, 15)

    left = set(range(15))
    for place, question in zip(places(questions), questions, strict=True):
        scores = {}
        for each in left:
            phi, near = rows[each, 4:], 0.0
            for other in before:
                size = np.linalg.norm(phi) * np.linalg.norm(other)
                near = max(near, (phi @ other / size) ** 2 if size else 0.0)
            scores[each] = narrowness(told)[each] * (1 - near)
        assert scores[place] == pytest.approx(max(scores.values()), abs=1e-6)
        assert question.score == pytest.approx(scores[place], abs=1e-6)
        left.remove(place)
        before.append(rows[place, 4:])


def test_diverse_without_recordings_is_the_margin_alone():
    placed = placement(4, n_answered=0)
    unheard = placed.sketches.copy()
    unheard[:, 3:] = 0
    placed = replace(placed, sketches=unheard)

    questions = asked("diverse", placed, 20)

    expected = np.sort(narrowness(placed.proba_at(np.arange(20))))[::-1]
    assert [question.score for question in questions] == pytest.approx(expected.tolist())


@given(SEEDS, st.integers(1, 30))
@settings(deadline=None)
def test_no_track_is_chosen_twice_though_all_are_one(seed, n):
    rows = np.repeat(drawn_rows(np.random.default_rng(seed), 1), 30, axis=0)
    placed = Placement.of(SHARED.nobody, rows, np.zeros((30, 4)), rows[:2])

    for name in GAUSSIAN:
        chosen = places(asked(name, placed, n, answered=0))
        assert len(set(chosen)) == len(chosen) == n


# shortlists


@pytest.mark.parametrize("name", GAUSSIAN)
def test_a_shortlist_that_holds_the_pool_changes_nothing(name, monkeypatch):
    placed = placement(7, 60)
    whole = asked(name, placed, 10, answered=0)

    monkeypatch.setattr(lists, "SHORTLIST_TRACKS", 60)

    assert asked(name, placed, 10, answered=0) == whole


@pytest.mark.parametrize("name", GAUSSIAN)
@pytest.mark.parametrize("answered", [0, N_FIRST])
def test_a_shortlist_begins_with_what_is_best_by_itself(name, answered, monkeypatch):
    placed = placement(8, 500)
    whole = asked(name, placed, 10, answered=answered)

    monkeypatch.setattr(lists, "SHORTLIST_TRACKS", 60)
    short = asked(name, placed, 10, answered=answered)

    assert short[0] == whole[0]
    assert short[0].score >= short[-1].score
    # what the shortlist leaves out costs little: greedy choices are among the best by themselves
    assert sum(q.score for q in short) >= 0.85 * sum(q.score for q in whole)


@pytest.mark.parametrize("name", ["taste", "newcomer"])
def test_more_than_a_shortlist_can_be_asked_for(name, monkeypatch):
    monkeypatch.setattr(lists, "SHORTLIST_TRACKS", 5)

    assert len(set(places(asked(name, placement(9, 50), 30, answered=0)))) == 30


@given(SEEDS, st.integers(1, 60), st.sampled_from([0.1, 1.0, 20.0]))
@settings(deadline=None, max_examples=60)
def test_the_narrowest_margins_are_found_without_computing_all(seed, n, certainty):
    placed = placement(seed, 80)
    sure = placed.sketches.copy()
    sure[:, :2] *= certainty
    placed = replace(placed, sketches=sure)

    found = _narrowest(placed, n, np.random.default_rng(0))

    margins = narrowness(placed.proba_at(np.arange(80)))
    assert len(set(found.tolist())) == n
    assert np.sort(margins[found]) == pytest.approx(np.sort(margins)[-n:], abs=1e-5)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(1, 30), SEEDS)
def test_the_highest_are_taken_and_of_equals_some(values, n, seed):
    scores = np.array(values, float)

    found = highest(scores, n, np.random.default_rng(seed))

    n = min(n, len(scores))
    assert sorted(set(found.tolist())) == found.tolist()
    assert np.sort(scores[found]).tolist() == np.sort(scores)[len(scores) - n :].tolist()


def test_which_of_equals_comes_in_is_drawn_evenly():
    counts = np.zeros(10)
    for seed in range(1_000):
        counts[highest(np.array([1.0] * 9 + [2.0]), 3, np.random.default_rng(seed))] += 1

    # 2 of 9: 222 expected, sd sqrt(1000 * 2/9 * 7/9) = 13; five of them.
    assert counts[:9] == pytest.approx(222, abs=66)
    assert counts[9] == 1_000


def test_scores_that_differ_by_rounding_are_one():
    assert first(np.array([0.3, 0.1 + 0.2, -np.inf]), np.array([0.9, 0.1, 1.0])) == 0
    assert first(np.array([0.3, 0.1 + 0.2, -np.inf]), np.array([0.1, 0.9, 1.0])) == 1


# placements


@given(SEEDS, st.sampled_from([0, 12]))
@settings(deadline=None, max_examples=40)
def test_a_pass_over_a_part_of_the_rows_tells_what_the_model_does(seed, n_answered):
    whole = placement(seed, 40, n_answered)
    rows = np.flatnonzero(np.random.default_rng(seed).random(40) < 0.7)
    votes = whole.votes_at(rows)
    voted = np.flatnonzero(votes.any(axis=1))
    part = replace(whole, rows=rows, voted=voted, votes=votes[voted])

    moments, placed = part.moments(), part.model.place(part.sketches[rows], votes)

    assert moments.mean == pytest.approx(placed.mean, abs=1e-5)
    assert moments.variance == pytest.approx(placed.variance, abs=1e-5)
    design = part.design_at(np.arange(len(rows)))
    own = np.einsum("ij,jk,ik->i", design, part.covariance, design)
    assert moments.variance - part.noise() == pytest.approx(own, abs=1e-5)


def test_who_has_said_nothing_has_a_placement_too():
    model: PersonalLogistic = SHARED.nobody
    rows = drawn_rows(np.random.default_rng(0), 3)

    placed = Placement.of(model, rows, np.zeros((3, 4)), NOBODYS)

    assert len(places(asked("diverse", placed, 3, answered=0))) == 3
    assert placed.asked is placed
