"""The pass over a catalogue against formulas written out in full, one track at a time."""

from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.emotion import QUADRANTS, Quadrant
from models.ranking import Linear, Point, TopkQuery, proba_at, scores, topk
from models.ranking.block_scan import ALONE, BLOCK, LinearForms

TARGETS = [*QUADRANTS, Point(0.3, -0.2), Point(-1.0, 1.0)]
CENTRES = np.array([[0.5, 0.4], [-0.3, 0.6], [-0.5, -0.4], [0.6, -0.3]])


def sketched(n_tracks, *, d=35, seed=0):
    rng = np.random.default_rng(seed)
    spread = np.where(np.arange(d) < 3, 1.0, 32**-0.5)
    return rng.normal(0, spread, (n_tracks, d)).astype(np.float32)


def listener(*, d=35, n_changed=0, n_tracks=1, seed=0, size=1.0):
    rng = np.random.default_rng(seed)
    return Linear(
        weight=rng.normal(0, size, (d, 4)),
        offset=rng.normal(0, 0.3 * size, 4),
        centres=CENTRES,
        within=np.array([0.2, 0.25]),
        places=np.sort(rng.choice(n_tracks, n_changed, replace=False)),
        change=rng.normal(0, 0.8, (n_changed, 4)),
    )


def plain_proba(rows, linear):
    change = dict(zip(linear.places.tolist(), linear.change, strict=True))
    found = []
    for place, row in enumerate(rows.astype(float)):
        powers = np.exp(row @ linear.weight + linear.offset + change.get(place, 0.0))
        found.append(powers / powers.sum())
    return np.array(found).reshape(-1, 4)


def plain_distance(proba, linear, point):
    """How far answers lie from a point, by the moments of their mixture."""
    mean = proba @ linear.centres
    variance = proba @ (linear.centres**2 + linear.within**2) - mean**2
    off = (mean - [point.valence, point.arousal]) ** 2
    return np.sqrt((off + variance).sum(axis=1))


def everything(rows, linear, target):
    return scores(proba_at(rows, linear, np.arange(len(rows))), linear, target)


def in_order(rows, linear, target):
    return np.argsort(-everything(rows, linear, target), kind="stable").tolist()


def all_open(rows):
    return np.ones(len(rows), bool)


def scanned(rows, linear):
    """The distributions of all rows, block by block in single precision."""
    forms = LinearForms.of(linear, np.eye(4))
    blocks = [forms.proba(rows, start) for start in range(0, len(rows), BLOCK)]
    return np.concatenate(blocks) if blocks else np.zeros((0, 4), np.float32)


@pytest.mark.parametrize(
    ("n_tracks", "d"),
    [
        *((n, 35) for n in (0, 1, 1000, BLOCK, BLOCK + 1, ALONE + 5)),
        *((100, d) for d in (1, 4, 100)),
    ],
)
def test_the_pass_is_the_plain_formula(n_tracks, d):
    rows = sketched(n_tracks, d=d)
    linear = listener(d=d, n_changed=n_tracks // 3, n_tracks=n_tracks)

    found = scanned(rows, linear)

    assert found.dtype == np.float32
    np.testing.assert_allclose(found, plain_proba(rows, linear), atol=3e-6)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("d", [1, 35])
def test_a_row_is_the_same_to_the_last_bit_whatever_is_beside_it(target, d):
    rows, linear = sketched(300, d=d), listener(d=d, n_changed=50, n_tracks=300)

    together = everything(rows, linear, target)
    alone = [scores(proba_at(rows, linear, np.array([p])), linear, target)[0] for p in range(300)]

    assert together.tolist() == alone


@pytest.mark.parametrize("target", TARGETS)
def test_scores_are_probabilities_of_a_quadrant_or_expected_distances_to_a_point(target):
    rows, linear = sketched(400), listener()
    proba = plain_proba(rows, linear)

    found = everything(rows, linear, target)

    expected = {each: proba[:, QUADRANTS.index(each)] for each in QUADRANTS}
    expected |= {point: -plain_distance(proba, linear, point) for point in TARGETS[4:]}
    np.testing.assert_allclose(found, expected[target], rtol=1e-10)


@given(
    seed=st.integers(0, 2**32 - 1),
    n_tracks=st.integers(1, 60),
    repeats=st.integers(1, 4),
    size=st.sampled_from([0.0, 0.1, 1.0, 30.0, 200.0]),
    n=st.integers(1, 40),
    after=st.none() | st.integers(0, 239),
    target=st.sampled_from([*TARGETS, Point(*CENTRES[0])]),
    lean=st.sampled_from([0.0, 10.0, 40.0, 800.0]),
)
def test_a_page_is_a_piece_of_all_when_sorted(  # noqa: PLR0913, PLR0917
    seed, n_tracks, repeats, size, n, after, target, lean
):
    rows = np.repeat(sketched(n_tracks, seed=seed), repeats, axis=0)
    linear = listener(n_changed=len(rows) // 2, n_tracks=len(rows), seed=seed, size=size)
    linear = replace(linear, offset=linear.offset + lean * np.eye(4)[0])
    is_open = np.random.default_rng(seed).random(len(rows)) < 0.8
    every = everything(rows, linear, target)
    last = np.inf if after is None else every[after % len(every)]

    found = topk(rows, linear, target, TopkQuery(n, is_open, None if after is None else last))

    below = np.sort(every[is_open & (every < last)])[::-1]
    least = [-np.inf, *below][min(n, len(below))]
    wanted = is_open & (every <= last) & (every >= least)
    expected = [p for p in np.argsort(-every, kind="stable").tolist() if wanted[p]]
    assert found.places.tolist() == expected
    assert found.scores.tolist() == every[expected].tolist()


@pytest.mark.parametrize("target", TARGETS)
def test_several_threads_find_what_one_does(target):
    rows = sketched(ALONE + 3 * BLOCK + 5, d=4)
    linear = listener(d=4, n_changed=5000, n_tracks=len(rows))

    one, two = (
        topk(rows, linear, target, TopkQuery(70, all_open(rows)), n_threads=n) for n in (1, 2)
    )

    assert one.places.tolist() == two.places.tolist()
    assert one.places.tolist() == in_order(rows, linear, target)[:70]


@pytest.mark.parametrize("target", TARGETS)
def test_the_order_is_exact_where_single_precision_is_not(target):
    rows, linear = sketched(3000, d=4), listener(d=4)
    weight = 1e5 * linear.weight[:2]
    steep = replace(linear, weight=np.concatenate([weight, -weight + linear.weight[2:]]))
    rows[:, 2:] = rows[:, :2]

    found = topk(rows, steep, target, TopkQuery(40, all_open(rows)))

    rough = scanned(rows, steep) - proba_at(rows, steep, np.arange(3000))
    assert np.abs(rough).max() > 1e-3
    assert found.places.tolist() == in_order(rows, steep, target)[:40]


def test_a_row_that_is_no_number_is_never_found():
    rows = sketched(100)
    rows[7, 5] = np.nan

    for target in TARGETS:
        found = topk(rows, listener(), target, TopkQuery(200, all_open(rows)))
        none = topk(rows[:0], listener(), target, TopkQuery(200, all_open(rows[:0])))
        assert sorted(found.places.tolist()) == [place for place in range(100) if place != 7]
        assert none.places.tolist() == []


def ranked_by_a_child(results, rows, linear):
    results.put(topk(rows, linear, Quadrant.Q1, TopkQuery(5, all_open(rows))).places.tolist())


def test_a_forked_process_ranks_with_threads_of_its_own():
    rows, linear = sketched(ALONE + 1, d=4), listener(d=4)
    expected = topk(rows, linear, Quadrant.Q1, TopkQuery(5, all_open(rows))).places.tolist()
    context = get_context("fork")
    results = context.Queue()

    child = context.Process(target=ranked_by_a_child, args=(results, rows, linear))
    child.start()

    assert results.get(timeout=60) == expected
    child.join()
