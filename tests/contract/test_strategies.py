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
from models.errors import NoLogisticModelError
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
    PersonalScores,
    Pool,
    ask,
    is_personal,
)

MANY = 10_000
NAMES = sorted(STRATEGIES)
MIXED = [name for name in NAMES if name.startswith("eps-")]
BY_LOT = ["rand", *MIXED]  # these tell the odds
DRAWN = [*BY_LOT, "balanced-rand"]  # places, not tracks, are drawn: which, hangs on their order
COMPARING = [name for name in NAMES if name.endswith(("density", "herding", "typiclust"))]
DEAF = ["rand", "hc", "herding", "typiclust", *PERSONAL]  # do not read what the members say
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
    return PersonalScores.of(listener(made), made["sketches"], made["votes"], answered)


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


@given(EACH, SEEDS, st.integers(1, 30), st.integers(0, 40))
def test_questions_are_distinct_tracks_of_the_pool_that_fall_in_score(name, seed, n_tracks, n):
    made = drawn(seed, n_tracks)

    questions = asked(name, made, n)

    chosen = ids(questions)
    assert len(chosen) == len(set(chosen)) == min(n, n_tracks)
    assert set(chosen) <= set(made["track_ids"])
    assert all(isinstance(each.score, float) and np.isfinite(each.score) for each in questions)
    by_score = [each.score for each in questions if name == "rand" or not each.is_random]
    assert by_score == sorted(by_score, reverse=True)


@pytest.mark.parametrize("name", NAMES)
def test_odds_are_told_by_those_that_go_by_lot_and_by_no_others(name):
    questions = asked(name, drawn(0))

    has_odds = [question.propensity is not None for question in questions]
    assert has_odds == [name in BY_LOT] * len(questions)
    assert all(0 < (question.propensity or 1) <= 1 for question in questions)
    assert not any(question.is_random and name not in BY_LOT for question in questions)


@given(EACH, SEEDS, SEEDS)
def test_one_seed_gives_one_answer_and_the_pool_stays_as_it_is(name, seed, chance):
    made, before = drawn(seed), drawn(seed)

    assert asked(name, made, seed=chance) == asked(name, made, seed=chance)

    for key, value in before.items():
        assert np.array_equal(made[key], value)


@given(GREEDY, SEEDS, st.integers(0, 12))
def test_fewer_are_the_first_of_more(name, seed, n):
    made = drawn(seed)

    assert asked(name, made, n) == asked(name, made)[:n]


def reordered(made, seed):
    order = np.random.default_rng(seed).permutation(len(made["track_ids"]))
    moved = {key: made[key][order] for key in PER_TRACK}
    track_ids = [made["track_ids"][place] for place in order]
    return moved | {"track_ids": track_ids, "proba": made["proba"][:, order]}


def renamed(made, seed):
    order = np.random.default_rng(seed).permutation(4)
    return {key: made[key][..., order] for key in ("votes", "proba", "answered")}


def mirrored(made, seed):
    del seed
    other = {key: made[key] * MIRROR for key in ("sketches", "answered_sketches")}
    votes = ("votes", "answered", "answered_votes")
    return other | {key: made[key][..., [1, 0, 3, 2]] for key in votes}


def rescaled(made, seed):
    del seed  # By a power of two floats scale without rounding, so that near ties fall alike.
    return {key: made[key] * 4 for key in ("features", "answered_features")}


def with_members_reversed(made, seed):
    del seed
    return {"proba": made["proba"][::-1]}


SYMMETRIES = {
    "order of tracks": (LOOKING, reordered),
    "names of quadrants": (LOOKING.filter(lambda name: not is_personal(name)), renamed),
    "signs of valence": (st.sampled_from(sorted(PERSONAL)), mirrored),
    "scales of features": (LOOKING, rescaled),
    "order of members": (LOOKING, with_members_reversed),
}


@pytest.mark.parametrize(("names", "change"), SYMMETRIES.values(), ids=SYMMETRIES)
@given(data=st.data(), seed=SEEDS)
def test_scores_do_not_depend_on_a_convention(names, change, data, seed):
    name, made = data.draw(names), drawn(seed)

    questions = asked(name, made | change(made, seed))

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


POOLS = {
    "certain": {"proba": np.tile(np.eye(4)[[2]], (5, 5, 1)), "votes": np.zeros((5, 4))},
    "uniform, without features": {
        "proba": np.full((5, 5, 4), 0.25),
        "votes": np.ones((5, 4)),
        "features": np.full((5, 3), np.nan, np.float32),
        "answered_features": np.zeros((0, 3), np.float32),
    },
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", POOLS.values(), ids=POOLS)
def test_tracks_between_which_the_models_see_no_difference_are_asked_about(name, change):
    made = drawn(0, 5) | change

    questions = asked(name, made)

    assert sorted(ids(questions)) == made["track_ids"]
    assert all(np.isfinite(question.score) for question in questions)


@pytest.mark.parametrize("name", [name for name in NAMES if is_personal(name)])
def test_who_goes_by_a_personal_model_says_so_where_there_is_none(name):
    made = drawn(0)

    with pytest.raises(NoLogisticModelError, match="needs the personaliser 'logistic'"):
        ask(name, Pool(made["track_ids"], made["votes"], dict), 3, np.random.default_rng(0))


@pytest.mark.parametrize("name", NAMES)
def test_a_pool_computes_what_the_strategy_needs_once_and_nothing_else(name):
    made = drawn(0)
    needs = {
        "proba": name not in UNHEARING,
        "features": name in COMPARING,
        "answered_features": name in COMPARING,
        "placement": is_personal(name),
    }
    whole = made | {"placement": placement(made)}
    given_once = {key: iter([whole[key]] * is_needed) for key, is_needed in needs.items()}
    proba, features, answered, placed = (each.__next__ for each in given_once.values())

    pool = Pool(
        made["track_ids"], made["votes"], proba, features, answered, load_personal_scores=placed
    )

    assert len(ask(name, pool, 3, np.random.default_rng(0))) == 3


@pytest.mark.parametrize("name", ["rand", "eps-mc"])  # all mixtures are drawn alike
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


def test_every_strategy_has_its_row_in_the_page():
    page = Path(__file__).parents[2].joinpath("docs/strategies.md").read_text(encoding="utf-8")

    rows = re.findall(r"^\| `([a-z_]+)` \|", page, flags=re.MULTILINE)
    assert list(dict.fromkeys(rows)) == list(PLAIN)  # a later table has costs
