"""The pass over a catalogue against formulas written out in full, one track at a time."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, log_ndtr

from models.emotion import QUADRANTS, Quadrant
from models.ranking import Linear, Point, Wanted, at_places, best, quadrant_proba, scores, sweep
from models.ranking.sweep import ROWS_AT_ONCE

SIDES = {"Q1": (1, 1), "Q2": (-1, 1), "Q3": (-1, -1), "Q4": (1, -1)}
TARGETS = [*QUADRANTS, Point(0.3, -0.2), Point(-1.0, 1.0)]


def sketched(n_tracks, *, d=32, seed=0):
    rng = np.random.default_rng(seed)
    phi = rng.normal(0, d**-0.5, (n_tracks, d))
    m = rng.uniform(-1, 1, (n_tracks, 3))
    return np.column_stack([m, (phi**2).sum(axis=1), phi]).astype(np.float32)


def listener(rank, *, d=32, n_told=0, n_tracks=1, temperature=1.3):
    """Somebody who has answered about as many tracks as the rank."""
    rng = np.random.default_rng(0)
    design = np.concatenate([np.ones((rank, 1)), rng.normal(0, d**-0.5, (rank, d))], axis=1)
    covariance = np.diag([0.3, *np.full(d, 0.5)])
    gain = covariance @ design.T
    learnt = gain @ np.linalg.inv(np.linalg.cholesky(design @ gain + 0.8 * np.eye(rank))).T
    return Linear(
        weight=np.concatenate([np.diag([0.9, 1.1, 0, 0])[:, :2], rng.normal(0, 0.4, (d, 2))]),
        offset=rng.normal(0, 0.2, 2),
        learnt=np.concatenate([np.zeros((4, rank)), learnt[1:]]),
        learnt_offset=learnt[0].copy(),
        variance=1.2,
        taste=0.5,
        unit=np.array([0.5, 0.6]),
        temperature=temperature,
        places=np.sort(rng.choice(n_tracks, n_told, replace=False)),
        shift=rng.normal(0, 0.5, (n_told, 2)),
        variance_change=rng.uniform(-0.2, 0, n_told),
    )


def plainly(rows, linear):
    """Means and variances, one track at a time."""
    told = dict(zip(linear.places.tolist(), range(len(linear.places)), strict=True))
    means, variances = [], []
    for place, row in enumerate(rows.astype(float)):
        mean = row @ linear.weight + linear.offset
        variance = linear.variance + linear.taste * row[3]
        variance -= ((row @ linear.learnt + linear.learnt_offset) ** 2).sum()
        if place in told:
            mean = mean + linear.shift[told[place]]
            variance += linear.variance_change[told[place]]
        means.append(mean)
        variances.append(variance)
    return np.array(means), np.array(variances)


def plain_scores(rows, linear, target):
    mean, variance = plainly(rows, linear)
    if isinstance(target, Quadrant):
        z = mean / np.sqrt(variance)[:, None]
        above = expit((log_ndtr(z) - log_ndtr(-z)) / linear.temperature)
        return np.prod(np.where(np.array(SIDES[target]) > 0, above, 1 - above), axis=1)
    off = ((linear.unit * mean - [target.valence, target.arousal]) ** 2).sum(axis=1)
    return -np.sqrt(off + (linear.unit**2).sum() * variance)


def everything(rows, linear, target):
    return scores(at_places(rows, linear, np.arange(len(rows))), linear, target)


def all_open(rows):
    return np.ones(len(rows), bool)


@pytest.mark.parametrize("n_tracks", [1, 7, 63, 64, 65, 1000])
@pytest.mark.parametrize("rank", [0, 1, 2, 10, 33, 60])
def test_the_pass_is_the_plain_formula(n_tracks, rank):
    rows = sketched(n_tracks)
    linear = listener(rank, n_told=n_tracks // 3, n_tracks=n_tracks)

    found = sweep(rows, linear)

    mean, variance = plainly(rows, linear)
    np.testing.assert_allclose(found.mean, mean, atol=2e-6)
    np.testing.assert_allclose(found.variance, variance, rtol=1e-5)


@pytest.mark.parametrize("d", [0, 1, 4, 5, 16, 64])
def test_sketches_may_be_of_any_length(d):
    rows, linear = sketched(100, d=max(d, 1)), listener(3, d=max(d, 1))
    if d == 0:
        rows = rows[:, :4].copy()
        linear = replace(linear, weight=linear.weight[:4], learnt=linear.learnt[:4])
        mean = rows @ linear.weight + linear.offset
    else:
        mean, _ = plainly(rows, linear)

    np.testing.assert_allclose(sweep(rows, linear).mean, mean, atol=2e-6)


def test_some_rows_are_told_exactly():
    rows, linear = sketched(500), listener(10, n_told=50, n_tracks=500)
    places = np.array([499, 3, 3, *linear.places[:5]])

    found = at_places(rows, linear, places)

    mean, variance = plainly(rows, linear)
    np.testing.assert_allclose(found.mean, mean[places], rtol=1e-12)
    np.testing.assert_allclose(found.variance, variance[places], rtol=1e-12)


def test_a_row_is_the_same_to_the_last_bit_whatever_is_beside_it():
    rows, linear = sketched(300), listener(10, n_told=50, n_tracks=300)

    for target in TARGETS:
        together = everything(rows, linear, target)
        alone = [scores(at_places(rows, linear, [p]), linear, target)[0] for p in range(300)]

        assert together.tolist() == alone


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_scores_are_the_plain_formula(target, temperature):
    rows, linear = sketched(400), listener(10, temperature=temperature)

    found = everything(rows, linear, target)

    np.testing.assert_allclose(found, plain_scores(rows, linear, target), rtol=1e-10)


def test_quadrants_of_a_track_add_up():
    rows, linear = sketched(100), listener(10)
    moments = at_places(rows, linear, np.arange(100))

    total = sum(quadrant_proba(moments, linear, quadrant) for quadrant in QUADRANTS)

    np.testing.assert_allclose(total, 1, rtol=1e-12)


def test_far_tails_keep_their_order():
    rows, linear = sketched(1), listener(0)
    extreme = replace(linear, offset=np.array([60.0, 0.0]), variance=1e-4, taste=0.0)

    near, far = (everything(rows, extreme, q)[0] for q in (Quadrant.Q1, Quadrant.Q2))

    assert 0 < far < 1e-200
    assert near == pytest.approx(0.5, abs=0.5)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n", [1, 50, 5000])
def test_the_best_are_the_first_of_all_when_sorted(target, n):
    rows, linear = sketched(3000), listener(10, n_told=300, n_tracks=3000)
    is_open = np.random.default_rng(1).random(3000) < 0.7

    found = best(rows, linear, target, Wanted(n, is_open))

    every = everything(rows, linear, target)
    order = [place for place in np.argsort(-every, kind="stable") if is_open[place]]
    assert found.places.tolist() == order[:n]
    assert found.scores.tolist() == every[order[:n]].tolist()
    np.testing.assert_array_equal(found.moments.mean, at_places(rows, linear, found.places).mean)


@pytest.mark.parametrize("target", TARGETS)
def test_several_threads_find_what_one_does(target):
    rows, linear = sketched(3 * ROWS_AT_ONCE + 5, d=4), listener(5, d=4)

    one, two = (
        best(rows, linear, target, Wanted(70, all_open(rows)), n_threads=n) for n in (1, 2)
    )

    assert one.places.tolist() == two.places.tolist()
    every = everything(rows, linear, target)
    assert one.places.tolist() == np.argsort(-every, kind="stable")[:70].tolist()


@pytest.mark.parametrize("target", TARGETS)
def test_pages_show_every_track_once_in_order(target):
    rows, linear = sketched(2000), listener(10)
    every = everything(rows, linear, target)
    order = np.argsort(-every, kind="stable")
    shown, after = [], None

    while len(shown) < len(rows):
        found = best(rows, linear, target, Wanted(90, all_open(rows), after))
        fresh = [place for place in found.places.tolist() if place not in shown[-1:]]
        shown += fresh[:90]
        after = every[shown[-1]]

    assert shown == order.tolist()


@pytest.mark.parametrize("target", TARGETS)
def test_all_equals_at_both_ends_of_a_page_are_found(target):
    distinct = sketched(60)
    rows = np.repeat(distinct, 25, axis=0)
    linear = listener(10)
    levels = np.unique(everything(rows, linear, target))[::-1]

    found = best(rows, linear, target, Wanted(30, all_open(rows), levels[3]))

    # All 25 that are as good as the page before ended, then 30 more: 25 and the whole next level.
    assert found.scores.tolist() == np.repeat(levels[3:6], 25).tolist()


def test_a_catalogue_of_one_track_many_times_is_one_page():
    rows = np.repeat(sketched(1), 500, axis=0)

    found = best(rows, listener(3), Quadrant.Q1, Wanted(10, all_open(rows)))

    assert found.places.tolist() == list(range(500))


def test_an_empty_catalogue_has_no_best():
    rows = np.zeros((0, 36), np.float32)

    assert len(best(rows, listener(3), Quadrant.Q1, Wanted(10, all_open(rows))).places) == 0
    assert sweep(rows, listener(3)).mean.shape == (0, 2)


def test_a_row_that_is_no_number_is_never_found():
    rows = sketched(100)
    rows[7, 5] = np.nan

    found = best(rows, listener(3), Quadrant.Q2, Wanted(200, all_open(rows)))

    assert sorted(found.places.tolist()) == [place for place in range(100) if place != 7]


@pytest.mark.parametrize("target", TARGETS)
def test_a_screen_that_is_off_by_too_much_is_made_again(target, monkeypatch):
    rows, linear = sketched(1000), listener(10)
    monkeypatch.setattr("models.ranking.screen.LEAST_SLACK", 1e-9)

    found = best(rows, linear, target, Wanted(40, all_open(rows)))

    expected = np.argsort(-everything(rows, linear, target), kind="stable")[:40]
    assert found.places.tolist() == expected.tolist()


def test_what_others_said_corrects_the_rows_they_spoke_of():
    rows = sketched(50)

    def others(seen, votes):
        return seen[:, :2] + votes[:, :2], -0.1 * votes.sum(axis=1)

    told = replace(listener(0), others=others).told(rows, np.array([4, 9]), np.ones((2, 4)))

    before, after = sweep(rows, listener(0)), sweep(rows, told)
    assert np.flatnonzero((after.mean != before.mean).any(axis=1)).tolist() == [4, 9]
    np.testing.assert_allclose((after.mean - before.mean)[[4, 9]], rows[[4, 9], :2] + 1, atol=1e-6)
    np.testing.assert_allclose((after.variance - before.variance)[[4, 9]], -0.4, atol=1e-6)


def test_a_memory_map_that_may_only_be_read_is_read(tmp_path):
    rows, linear = sketched(300), listener(4)
    rows.tofile(tmp_path / "rows")
    mapped = np.asarray(np.memmap(tmp_path / "rows", "<f4", "r", shape=rows.shape))

    np.testing.assert_array_equal(sweep(mapped, linear).mean, sweep(rows, linear).mean)
