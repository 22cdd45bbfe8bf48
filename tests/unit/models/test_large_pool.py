"""A catalogue as a pool: it is scanned or sampled, and never read whole."""

import numpy as np
import pytest

from models.emotion import softmax
from models.errors import EmptyPoolError, NoLogisticModelError
from models.personal.logistic.track_features import design_of, logits_in
from models.query import PERSONAL, SCANNED, STRATEGIES, LargePool, Pool, ask, is_personal
from models.query import large_pool as pools
from models.query.random_query import EPSILON
from tests.unit.models.test_query_personal import N_TASTE, placement

N_TRACKS = 60
ANSWERED = np.array([3.0, 1.0, 0.0, 2.0])
BY_CONSENSUS = [
    name
    for name in STRATEGIES
    if name.removeprefix("balanced-") in SCANNED and not name.endswith("rand")
]
OF_MEMBERS = [
    name for name in STRATEGIES if not is_personal(name) and name.split("-")[-1] not in SCANNED
]
FEATURES = np.random.default_rng(1).normal(size=(N_TRACKS, 3)).astype(np.float32)
PROBA = np.random.default_rng(2).dirichlet(np.ones(4), (5, N_TRACKS))


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(pools, "BLOCK", 7)
    monkeypatch.setattr(pools, "SAMPLE_TRACKS", 20)


def names_of(places):
    return [f"t{place:05}" for place in places.tolist()]


def part_of(places):
    """What is read of these tracks."""
    part = Pool(
        names_of(places),
        np.zeros((len(places), 4)),
        lambda: PROBA[:, places],
        lambda: FEATURES[places],
        lambda: FEATURES[:2],
        ANSWERED,
    )
    return places, part


def large(placed, *, has_model=True, read=part_of):
    return LargePool(
        names_of,
        placed.is_open,
        placed.voted,
        placed.votes,
        read,
        ANSWERED,
        (lambda: placed) if has_model else None,
    )


def with_closed(placed, *closed):
    is_open = placed.is_open.copy()
    is_open[list(closed)] = False
    return placed.restricted_to(is_open)


def dense(placed):
    """The same pool, with the consensus written out as that of a single member."""
    places = np.flatnonzero(placed.is_open)
    rows = placed.track_features[places]
    logits = logits_in(rows) + design_of(rows, N_TASTE) @ placed.model.weights
    return Pool(
        names_of(places),
        placed.votes_at(places),
        lambda: softmax(logits)[None],
        answered=ANSWERED,
        load_personal_scores=lambda: placed,
    )


def asked(name, pool, n, seed=0):
    return ask(name, pool, n, np.random.default_rng(seed))


def never(places):
    raise AssertionError(f"{len(places)} tracks were read.")


@pytest.mark.parametrize("name", BY_CONSENSUS)
@pytest.mark.parametrize("n_answered", [0, 12])
def test_a_scan_finds_what_is_highest_by_the_formula(name, n_answered):
    placed = with_closed(placement(3, N_TRACKS, n_answered), 0, 6, 7, 33)

    found = asked(name, large(placed, read=never), 25)

    every = {each.track_id: each.score for each in asked(name, dense(placed), N_TRACKS)}
    scores = [each.score for each in found]
    assert scores == pytest.approx(sorted(every.values(), reverse=True)[:25], abs=1e-5)
    assert scores == pytest.approx([every[each.track_id] for each in found], abs=1e-5)


@pytest.mark.parametrize("name", PERSONAL)
def test_a_personal_strategy_selects_the_same_of_both_kinds_of_pool(name):
    placed = placement(4, N_TRACKS)

    assert asked(name, large(placed, read=never), 10) == asked(name, dense(placed), 10)


@pytest.mark.parametrize("name", OF_MEMBERS)
def test_members_and_features_of_a_sample_alone_are_read(name):
    n_read = []

    def read(places):
        n_read.append(len(places))
        return part_of(places)

    found = asked(name, large(placement(5, N_TRACKS), read=read), 12)

    assert n_read == [20]
    assert len({each.track_id for each in found}) == 12


@pytest.mark.parametrize("name", ["mc", "mix", "balanced-hc", "entropy", "herding"])
def test_without_a_model_the_consensus_is_that_of_the_sample(name):
    placed = with_closed(placement(6, N_TRACKS), *range(40))  # 20 are left: all are read

    found = asked(name, large(placed, has_model=False), 9)

    places = np.arange(40, N_TRACKS)
    part = part_of(places)[1]
    whole = Pool(
        part.track_ids,
        placed.votes_at(places),
        part.load_member_proba,
        part.load_features,
        part.load_answered_features,
        ANSWERED,
    )
    assert found == asked(name, whole, 9)


@pytest.mark.parametrize("name", ["rand", "hc", "eps-hc"])
def test_votes_and_chance_need_no_track_and_no_model(name):
    pool = large(placement(7, N_TRACKS), has_model=False, read=never)

    assert len({each.track_id for each in asked(name, pool, 30)}) == 30


def test_without_a_model_a_personal_strategy_is_refused():
    with pytest.raises(NoLogisticModelError):
        asked("taste", large(placement(7, N_TRACKS), has_model=False), 3)


@pytest.mark.parametrize("name", ["rand", "entropy", "mc"])
def test_every_open_track_is_as_likely_to_be_drawn(name):
    counts = dict.fromkeys(names_of(np.arange(N_TRACKS)), 0)
    placed = with_closed(placement(8, N_TRACKS), *range(0, N_TRACKS, 2))
    one = np.full((5, N_TRACKS, 4), 0.25)

    def read(places):
        return places, Pool(names_of(places), np.zeros((len(places), 4)), lambda: one[:, places])

    pool = large(placed, has_model=False, read=read)
    for seed in range(600):
        for each in asked(name, pool, 3, seed):
            counts[each.track_id] += 1

    drawn = np.array(list(counts.values()))
    assert not drawn[::2].any()
    # Five standard deviations of 600 draws of 3 of 30.
    assert drawn[1::2] == pytest.approx(60, abs=5 * np.sqrt(600 * 0.1 * 0.9))


@pytest.mark.parametrize("name", ["eps-mc", "eps-entropy", "rand"])
def test_the_odds_are_those_of_a_draw_from_the_whole_pool(name):
    """Answers weighed by their odds give the mean of all 60 tracks, not of the sample."""
    pool, n = large(placement(9, N_TRACKS)), 4
    worth = dict(zip(names_of(np.arange(N_TRACKS)), PROBA[0, :, 0].tolist(), strict=True))

    estimates = []
    for seed in range(1_500):
        total = 0.0
        for at, each in enumerate(asked(name, pool, n, seed), start=1):
            later = 1 / ((N_TRACKS - at + 1) * each.propensity) - 1
            weight = 1 + (N_TRACKS - n) / (N_TRACKS - at) * later
            total += weight * worth[each.track_id]
        estimates.append(total / n)

    error = np.std(estimates) / np.sqrt(len(estimates))
    assert np.mean(estimates) == pytest.approx(np.mean(list(worth.values())), abs=5 * error)
    odds = [each.propensity for each in asked(name, pool, n)]
    floor = (EPSILON if name.startswith("eps-") else 1.0) / (N_TRACKS - np.arange(n))
    assert (np.array(odds) >= floor - 1e-12).all()


def test_tracks_that_are_gone_when_they_are_read_are_left_out():
    gone = large(placement(10, N_TRACKS), read=lambda places: part_of(places[::4]))

    assert len(asked("entropy", gone, 12)) == 5
    assert len(asked("eps-entropy", gone, 12)) == 5


def test_a_pool_without_an_open_row_is_refused():
    placed = placement(11, 5)

    with pytest.raises(EmptyPoolError):
        large(with_closed(placed, *range(5)))
    with pytest.raises(EmptyPoolError):
        large(placed).restricted_to(np.zeros(0, np.int64))
