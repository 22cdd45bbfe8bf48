"""What every query strategy does.

A new scorer joins by one line in models.query.SCORERS, another strategy by one in PLAIN.
"""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.emotion import SIGNS, Readout
from models.errors import NoPlacementError
from models.personal.logistic import (
    Components,
    LogisticModel,
    Prior,
    learn,
    proba_in,
    track_features,
)
from models.query import (
    PERSONAL,
    PLAIN,
    SCORERS,
    STRATEGIES,
    Placement,
    Pool,
    ask,
    is_light,
    is_personal,
)

MANY = 10_000
NAMES = sorted(STRATEGIES)
MIXED = [name for name in NAMES if name.startswith("eps-")]
BY_LOT = ["rand", *MIXED]  # these tell the odds
DRAWN = [*BY_LOT, "balanced-rand"]  # places, not tracks, are drawn: which, hangs on their order
COMPARING = [name for name in NAMES if name.endswith(("density", "herding", "typiclust"))]
DEAF = [
    "rand",
    "hc",
    "herding",
    "typiclust",
    *PERSONAL,
]  # what the members say is nothing to these
UNHEARING = [name for name in NAMES if name.removeprefix("eps-") in DEAF]
BY_ITSELF = [name for name in SCORERS if name not in ("rand", "density")]
EACH = st.sampled_from(NAMES)
LOOKING = st.sampled_from([name for name in NAMES if name not in DRAWN])
# all but those that split the pool into as many parts as there are questions
GREEDY = st.sampled_from([name for name in NAMES if "typiclust" not in name])
SEEDS = st.integers(0, 10_000)
PER_TRACK = ("votes", "features", "sketches")
N_COMPONENTS = 3
MIRROR = np.array([-1, 1, -1] + [1] * N_COMPONENTS, np.float32)  # across arousal's axis
SHARED = LogisticModel(
    Prior(kappa=2.5, gamma=0.7, tau=0.4, omega=0.3),
    Components(np.zeros(N_COMPONENTS), np.eye(N_COMPONENTS)),
    np.full((2, 2), 0.75),
    Readout(0.5 * SIGNS, np.full((4, 2), 0.05)),
)


def drawn(seed, n_tracks=12):
    """All that a pool is made of, as keywords."""
    rng = np.random.default_rng(seed)
    return {
        "track_ids": [f"t{place:02}" for place in range(n_tracks)],
        "votes": rng.integers(0, 4, (n_tracks, 4)).astype(float),
        "proba": rng.dirichlet(np.ones(4), (5, n_tracks)),
        "features": rng.normal(size=(n_tracks, 3)).astype(np.float32),
        "answered_features": rng.normal(size=(2, 3)).astype(np.float32),
        "answered": rng.integers(0, 5, 4).astype(float),
        "sketches": drawn_sketches(rng, n_tracks),
        "answered_sketches": drawn_sketches(rng, 2),
        "answered_votes": rng.integers(0, 4, (2, 4)).astype(float),
    }


def drawn_sketches(rng, n_tracks):
    return track_features(
        rng.dirichlet(np.ones(4), n_tracks), rng.normal(size=(n_tracks, N_COMPONENTS))
    )


def listener(made):
    """The model of somebody who agrees with nobody about the answered tracks."""
    rows = made["answered_sketches"]
    answers = np.eye(4)[proba_in(rows).argmin(axis=1)]
    return learn(SHARED, rows, answers, made["answered_votes"], np.zeros((0, 2)))


def placement(made):
    answered = made["answered_sketches"], made["answered_votes"]
    return Placement.of(listener(made), made["sketches"], made["votes"], answered)


def pool_of(made):
    return Pool(
        made["track_ids"],
        made["votes"],
        lambda: made["proba"],
        lambda: made["features"],
        lambda: made["answered_features"],
        made["answered"],
        lambda: placement(made),
    )


def alike(n_tracks):
    """Tracks between which there is nothing to choose."""
    made = drawn(0, n_tracks)
    one = {key: np.repeat(made[key][:1], n_tracks, axis=0) for key in PER_TRACK}
    return made | one | {"proba": np.repeat(made["proba"][:, :1], n_tracks, axis=1)}


def asked(name, made, n=MANY, seed=0):
    return ask(name, pool_of(made), n, np.random.default_rng(seed))


def ids(questions):
    return [question.track_id for question in questions]


def scores(questions):
    return {question.track_id: question.score for question in questions}


def refuse():
    raise AssertionError("Asked for what the strategy does not need.")


@given(EACH, SEEDS, st.integers(1, 30), st.integers(0, 40))
def test_no_track_twice_none_from_elsewhere_and_as_many_as_there_are(name, seed, n_tracks, n):
    made = drawn(seed, n_tracks)

    chosen = ids(asked(name, made, n))

    assert len(chosen) == len(set(chosen)) == min(n, n_tracks)
    assert set(chosen) <= set(made["track_ids"])


@given(EACH, SEEDS, st.integers(1, 30), st.integers(0, 40))
def test_scores_are_numbers_and_fall_but_for_what_was_drawn(name, seed, n_tracks, n):
    questions = asked(name, drawn(seed, n_tracks), n)

    by_score = [each.score for each in questions if name == "rand" or not each.is_random]
    assert all(isinstance(each.score, float) and np.isfinite(each.score) for each in questions)
    assert by_score == sorted(by_score, reverse=True)


@given(EACH, SEEDS, SEEDS)
def test_one_seed_gives_one_answer(name, seed, chance):
    made = drawn(seed)

    assert asked(name, made, seed=chance) == asked(name, made, seed=chance)


@given(
    st.sampled_from([name for name in NAMES if "typiclust" not in name]), SEEDS, st.integers(0, 12)
)
def test_fewer_are_the_first_of_more(name, seed, n):
    made = drawn(seed)

    assert asked(name, made, n) == asked(name, made)[:n]


@given(EACH, SEEDS)
def test_asking_leaves_the_pool_alone(name, seed):
    made, before = drawn(seed), drawn(seed)

    asked(name, made)

    for key, value in before.items():
        assert np.array_equal(made[key], value)


@given(LOOKING, SEEDS, st.integers(1, 12))
def test_where_a_track_stands_does_not_matter(name, seed, n):
    made = drawn(seed)
    order = np.random.default_rng(seed).permutation(len(made["track_ids"]))
    moved = made | {
        "track_ids": [made["track_ids"][place] for place in order],
        "votes": made["votes"][order],
        "proba": made["proba"][:, order],
        "features": made["features"][order],
        "sketches": made["sketches"][order],
    }

    first, second = asked(name, made, n), asked(name, moved, n)

    # Where two tracks tie, either may come: the scores by rank are the same even so.
    ranks = [[question.score for question in questions] for questions in (first, second)]
    assert ranks[1] == pytest.approx(ranks[0], abs=1e-6)
    for track_id, score in scores(first).items():
        others = [each for each in ranks[0] if each == pytest.approx(score, abs=1e-6)]
        if len(others) == 1 and score > min(ranks[0]):
            assert scores(second)[track_id] == pytest.approx(score, abs=1e-6)


@given(LOOKING.filter(lambda name: not is_personal(name)), SEEDS)
def test_what_quadrants_are_called_does_not_matter(name, seed):
    made = drawn(seed)
    order = np.random.default_rng(seed).permutation(4)
    renamed = {key: made[key][..., order] for key in ("votes", "proba", "answered")}

    questions = asked(name, made | renamed)

    assert scores(questions) == pytest.approx(scores(asked(name, made)), abs=1e-9)


@given(st.sampled_from(sorted(PERSONAL)), SEEDS)
def test_which_side_of_an_axis_is_called_positive_does_not_matter(name, seed):
    made = drawn(seed)
    other = {key: made[key] * MIRROR for key in ("sketches", "answered_sketches")}
    other |= {key: made[key][..., [1, 0, 3, 2]] for key in ("votes", "answered", "answered_votes")}

    questions = asked(name, made | other)

    assert scores(questions) == pytest.approx(scores(asked(name, made)), abs=1e-6)


@given(LOOKING, SEEDS)
def test_who_the_members_are_does_not_matter(name, seed):
    made = drawn(seed)

    questions = asked(name, made | {"proba": made["proba"][::-1]})

    assert scores(questions) == pytest.approx(scores(asked(name, made)), abs=1e-9)


@given(LOOKING, SEEDS)
def test_at_what_scale_a_feature_is_measured_does_not_matter(name, seed):
    made = drawn(seed)
    # By a power of two floats scale without rounding, so that near ties fall alike.
    other = {key: made[key] * 4 for key in ("features", "answered_features")}

    questions = asked(name, made | other)

    assert scores(questions) == pytest.approx(scores(asked(name, made)), abs=1e-4)


@given(st.sampled_from(BY_ITSELF), SEEDS)
def test_a_scorer_judges_each_track_by_itself(name, seed):
    made = drawn(seed, 6)

    alone = {}
    for place, track_id in enumerate(made["track_ids"]):
        one = {key: made[key][[place]] for key in PER_TRACK}
        one |= {"track_ids": [track_id], "proba": made["proba"][:, [place]]}
        alone |= scores(asked(name, made | one))

    assert scores(asked(name, made)) == pytest.approx(alone)


@given(st.sampled_from(sorted(SCORERS)), SEEDS)
def test_before_the_first_answer_nothing_is_out_of_balance(name, seed):
    made = drawn(seed) | {"answered": np.zeros(4)}

    assert scores(asked(f"balanced-{name}", made)) == pytest.approx(scores(asked(name, made)))


@pytest.mark.parametrize("name", NAMES)
def test_between_equals_chance_decides(name):
    made = alike(3)

    first = Counter(ids(asked(name, made, 1, seed))[0] for seed in range(150))

    # Binomial with p = 1/3: 50 expected, sd sqrt(150 * 1/3 * 2/3) = 5.8; five of them.
    assert [first[track_id] for track_id in made["track_ids"]] == pytest.approx([50] * 3, abs=29)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_tracks", [1, 5])
def test_a_pool_of_tracks_that_nobody_doubts_is_asked_about(name, n_tracks):
    sure = np.tile(np.eye(4)[[2]], (5, n_tracks, 1))

    questions = asked(name, drawn(0, n_tracks) | {"proba": sure, "votes": np.zeros((n_tracks, 4))})

    assert sorted(ids(questions)) == drawn(0, n_tracks)["track_ids"]
    assert all(np.isfinite(question.score) for question in questions)


@pytest.mark.parametrize("name", NAMES)
def test_a_pool_of_which_nobody_knows_anything_is_asked_about(name):
    made = drawn(0, 5)
    no_idea = {"proba": np.full((5, 5, 4), 0.25), "votes": np.ones((5, 4))}
    no_features = {
        "features": np.full((5, 3), np.nan, np.float32),
        "answered_features": np.zeros((0, 3), np.float32),
    }

    questions = asked(name, made | no_idea | no_features)

    assert sorted(ids(questions)) == made["track_ids"]
    assert all(np.isfinite(question.score) for question in questions)


@pytest.mark.parametrize("name", [name for name in NAMES if is_light(name)])
def test_a_light_strategy_waits_neither_for_members_nor_for_features(name):
    made = drawn(0)

    pool = Pool(
        made["track_ids"], made["votes"], refuse, refuse, refuse, ask_place=lambda: placement(made)
    )

    assert len(ask(name, pool, 3, np.random.default_rng(0))) == 3


@pytest.mark.parametrize("name", UNHEARING)
def test_who_needs_no_machine_does_not_wait_for_one(name):
    made = drawn(0)

    pool = Pool(
        made["track_ids"],
        made["votes"],
        refuse,
        lambda: made["features"],
        ask_place=lambda: placement(made),
    )

    assert len(ask(name, pool, 3, np.random.default_rng(0))) == 3


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(COMPARING)))
def test_who_compares_no_tracks_does_not_wait_for_their_features(name):
    made = drawn(0)

    pool = Pool(
        made["track_ids"],
        made["votes"],
        lambda: made["proba"],
        refuse,
        refuse,
        ask_place=lambda: placement(made),
    )

    assert len(ask(name, pool, 3, np.random.default_rng(0))) == 3


@pytest.mark.parametrize("name", [name for name in NAMES if not is_personal(name)])
def test_who_goes_by_no_personal_model_does_not_wait_for_one(name):
    made = drawn(0)

    pool = Pool(
        made["track_ids"],
        made["votes"],
        lambda: made["proba"],
        lambda: made["features"],
        ask_place=refuse,
    )

    assert len(ask(name, pool, 3, np.random.default_rng(0))) == 3


@pytest.mark.parametrize("name", [name for name in NAMES if is_personal(name)])
def test_who_goes_by_a_personal_model_says_so_where_there_is_none(name):
    made = drawn(0)

    with pytest.raises(NoPlacementError, match="needs the personaliser 'logistic'"):
        ask(name, Pool(made["track_ids"], made["votes"], refuse), 3, np.random.default_rng(0))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_for_twice(name):
    made = drawn(0)
    members, features, answered = (
        iter([made[key]]) for key in ("proba", "features", "answered_features")
    )
    placed = iter([placement(made)])
    pool = Pool(
        made["track_ids"],
        made["votes"],
        lambda: next(members),
        lambda: next(features),
        lambda: next(answered),
        ask_place=lambda: next(placed),
    )

    assert len(ask(name, pool, 3, np.random.default_rng(0))) == 3


@given(EACH, SEEDS, st.integers(1, 12))
def test_odds_are_told_by_those_that_go_by_lot_and_by_no_others(name, seed, n):
    for question in asked(name, drawn(seed), n, seed):
        if name in BY_LOT:
            assert 0 < question.propensity <= 1
        else:
            assert question.propensity is None
            assert not question.is_random


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name in COMPARING)) for name in BY_LOT],
)
def test_the_odds_are_those_that_are_told(name):
    """Answers weighed by their odds give the pool's mean, whatever the strategy prefers.

    The weights are those of Farquhar, Gal and Rainforth (2021).
    """
    n_tracks, n, n_runs = 8, 4, 1_500
    made = drawn(3, n_tracks)
    sought = scores(asked(name.removeprefix("eps-"), made))
    worth = {track_id: 1 + 10 * score for track_id, score in sought.items()}

    estimates = []
    for seed in range(n_runs):
        total = 0.0
        for at, question in enumerate(asked(name, made, n, seed), start=1):
            later = 1 / ((n_tracks - at + 1) * question.propensity) - 1
            weight = 1 + (n_tracks - n) / (n_tracks - at) * later
            total += weight * worth[question.track_id]
        estimates.append(total / n)

    error = np.std(estimates) / np.sqrt(n_runs)
    assert np.mean(estimates) == pytest.approx(np.mean(list(worth.values())), abs=5 * error + 1e-9)


def test_every_scorer_is_a_strategy_alone_balanced_and_mixed():
    assert set(SCORERS) <= set(PLAIN) <= set(STRATEGIES)
    assert {f"balanced-{name}" for name in SCORERS} <= set(STRATEGIES)
    assert {f"eps-{name}" for name in PLAIN if name != "rand"} <= set(STRATEGIES)


def test_every_strategy_has_its_row_in_the_page():
    page = Path(__file__).parents[2].joinpath("docs/strategies.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `([a-z_]+)` \|", page, flags=re.MULTILINE) == list(PLAIN)
