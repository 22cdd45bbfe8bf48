import dataclasses
import re
from functools import partial

import numpy as np
import pytest

from models.errors import NoLogisticModelError
from models.personal.logistic import proba_in
from models.query import PERSONAL, STRATEGIES, is_personal
from tests import small_studies
from training.engine import EngineError, Processes
from training.experiments.active_learning.plan import Plan, Protocol, UnitKey
from training.experiments.active_learning.results import Results
from training.experiments.active_learning.run import (
    Experiment,
    UnequalStartError,
    require_equal_starts,
    simulate,
)
from training.experiments.active_learning.unit import run_unit
from training.experiments.cold_start import Newcomers
from training.experiments.few_labels import loading
from training.experiments.few_labels import plan as few_labels
from training.experiments.learners import Logistic
from training.experiments.protocol import PlanError
from training.experiments.runner import splits_of
from training.experiments.splits import part
from training.experiments.starting_models import begin

WHO = "listener 1"
PROTOCOL = Protocol("small", n_queries=4, n_rounds=5)
OURS = ("successive", "refit")


@pytest.fixture(scope="module")
def study():
    return small_studies.study()


@pytest.fixture(scope="module")
def start(study):
    return begin(study, WHO, 0, PROTOCOL)


@pytest.fixture(scope="module")
def newcomers(study):
    return newcomers_of(study)


def newcomers_of(study):
    common = few_labels.Protocol("small", algorithms=PROTOCOL.algorithms)
    return Newcomers(loading.Experiment(study, common))


@pytest.fixture(scope="module")
def expected(start, newcomers):
    """A start of which it is known what is expected of the listener."""
    return dataclasses.replace(start, newcomer=newcomers.model(WHO))


def unit(start, mode="mc", personaliser="successive", protocol=PROTOCOL):
    return run_unit(start, UnitKey(start.listener, start.split, mode, personaliser), protocol)


@pytest.mark.parametrize("index", range(5))
def test_a_split_shares_no_artist_and_hides_the_listener(study, index):
    split = part(study, WHO, index, PROTOCOL)
    is_mine = np.array(study.labels.listeners) == WHO
    artist, tracks = study.features.groups[study.track_places], study.track_places
    cold, warm = split.test[split.is_cold], split.test[~split.is_cold]

    assert sorted([*split.pool, *split.test]) == list(np.flatnonzero(is_mine))
    assert len(split.pool) >= PROTOCOL.n_questions
    assert not set(artist[split.pool]) & set(artist[split.test])
    assert not is_mine[split.population].any()
    assert len(cold) > 0
    assert not set(artist[cold]) & set(artist[split.population])
    # Somebody else labelled every warm track.
    assert len(warm) > 0
    assert np.isin(tracks[warm], tracks[split.population]).all()


def test_a_split_does_not_depend_on_the_order_of_the_table(study):
    order = np.random.default_rng(0).permutation(len(study.labels.y))
    labels = dataclasses.replace(
        study.labels,
        listeners=[study.labels.listeners[place] for place in order],
        tracks=[study.labels.tracks[place] for place in order],
        y=study.labels.y[order],
    )
    shuffled = dataclasses.replace(study, labels=labels)
    ours, theirs = part(study, WHO, 0, PROTOCOL), part(shuffled, WHO, 0, PROTOCOL)
    assert set(study.track_places[ours.test]) == set(shuffled.track_places[theirs.test])


def test_a_listener_with_too_few_labels_is_refused_by_name_and_number(study):
    with pytest.raises(PlanError, match=r"'listener 1' has 48 labels; 45 questions leave 3"):
        part(study, WHO, 0, dataclasses.replace(PROTOCOL, n_queries=9))


def test_a_run_without_any_listener_of_enough_labels_ends_at_once(study):
    split = partial(part, study, protocol=dataclasses.replace(PROTOCOL, n_queries=9))

    with pytest.raises(PlanError, match=r"'listener 1' has 48 labels; 45 questions leave 3"):
        splits_of([WHO], 2, split)


def test_the_listeners_own_labels_change_nothing_of_the_start(study, start):
    # The same study, but that this listener answers the opposite throughout.
    mine = np.array(study.labels.listeners) == WHO
    labels = dataclasses.replace(
        study.labels, y=np.where(mine, (study.labels.y + 2) % 4, study.labels.y)
    )
    other = begin(dataclasses.replace(study, labels=labels), WHO, 0, PROTOCOL)
    assert (other.y != start.y).any()
    assert (other.votes == start.votes).all()
    assert (other.prior == start.prior).all()
    for name in start.raw:
        assert (other.raw[name] == start.raw[name]).all()
    assert other.committee.temperatures == start.committee.temperatures


def test_nobodys_labels_of_cold_tracks_are_known(start):
    cold = start.votes[start.n_pool :][start.judged.is_cold]
    warm = start.votes[start.n_pool :][~start.judged.is_cold]
    assert (cold == 0).all()
    assert (warm.sum(axis=1) >= 1).all()


@pytest.mark.parametrize("mode", [mode for mode in STRATEGIES if not is_personal(mode)])
def test_every_mode_asks_each_track_once_and_only_of_the_pool(start, mode):
    message, _ = unit(start, mode)
    assert len(set(message.labelled)) == len(message.labelled) == PROTOCOL.n_questions
    assert set(message.labelled) <= set(start.places[: start.n_pool])
    assert list(message.n_labels) == [0, 4, 8, 12, 16, 20]


@pytest.mark.parametrize("personaliser", OURS)
def test_modes_begin_alike_and_then_differ(start, personaliser):
    first, second = (unit(start, mode, personaliser)[0] for mode in ("mc", "rand"))
    require_equal_starts([first, second])
    assert (first.proba[0] == second.proba[0]).all()
    assert (first.proba[-1] != second.proba[-1]).any()


@pytest.mark.parametrize("mode", [*PERSONAL, "rand", "mc", "herding"])
def test_the_logistic_model_is_asked_by_strategies_of_both_kinds(expected, mode):
    message, models = unit(expected, mode, "logistic")

    assert len(set(message.labelled)) == len(message.labelled) == PROTOCOL.n_questions
    assert set(message.labelled) <= set(expected.places[: expected.n_pool])
    assert (message.proba[-1] != message.proba[0]).any()
    assert models.arrays["logistic/weights"].any()


def test_tracks_that_others_labelled_are_seen_by_members_that_did_not_learn_them(expected):
    known = ~np.isnan(expected.out_of_fold).any(axis=1)

    assert (known == expected.votes.any(axis=1)).all()
    seen = proba_in(Logistic(expected).rows)
    assert seen[known] == pytest.approx(expected.out_of_fold[known], abs=1e-5)


def test_what_is_expected_of_a_listener_does_not_know_their_answers(study, newcomers):
    y = study.labels.y.copy()
    own = np.array(study.labels.listeners) == WHO
    y[own] = (y[own] + 1) % 4
    other = dataclasses.replace(study, labels=dataclasses.replace(study.labels, y=y))

    assert newcomers_of(other).model(WHO).prior == newcomers.model(WHO).prior


@pytest.mark.parametrize("mode", PERSONAL)
def test_a_strategy_of_the_logistic_model_needs_it(start, mode):
    with pytest.raises(PlanError, match="--personaliser logistic"):
        Plan(PROTOCOL, (mode,), ("refit",))
    with pytest.raises(NoLogisticModelError):
        unit(start, mode, "refit")


def test_unequal_starts_are_noticed(start, study):
    message, _ = unit(start)
    elsewhere, _ = unit(begin(study, WHO, 1, PROTOCOL))
    with pytest.raises(UnequalStartError, match="do not start alike"):
        require_equal_starts([message, elsewhere])


@pytest.mark.parametrize("personaliser", OURS)
def test_the_judged_tracks_labels_are_not_looked_at(start, personaliser):
    y = start.y.copy()
    y[start.n_pool :] = (y[start.n_pool :] + 1) % 4
    blind = dataclasses.replace(start, y=y)
    message, other = unit(start, "mc", personaliser)[0], unit(blind, "mc", personaliser)[0]
    assert (message.proba == other.proba).all()
    assert (message.labelled == other.labelled).all()


def test_a_small_pool_is_asked_out(start):
    protocol = dataclasses.replace(PROTOCOL, n_queries=25, n_rounds=3)
    message, _ = unit(start, "mc", "successive", protocol)
    assert message.n_labels[-1] == start.n_pool
    assert np.isfinite(message.proba).all()


def plan(**other):
    return Plan(PROTOCOL, **{"modes": ("mc", "rand"), "n_splits": 2, "min_labels": 40} | other)


def contents(folder):
    """Every array of every file that is not a time."""
    found = {}
    for path in sorted(folder.rglob("*.npz")):
        with np.load(path, allow_pickle=False) as file:
            kept = {name: file[name] for name in file.files if not name.startswith("seconds")}
        found[str(path.relative_to(folder))] = kept
    return found


def assert_same(ours, theirs):
    assert ours.keys() == theirs.keys()
    for path, arrays in ours.items():
        assert arrays.keys() == theirs[path].keys()
        for name, array in arrays.items():
            assert array.tobytes() == theirs[path][name].tobytes(), (path, name)


def run(folder, study, engine, plan):
    done = Results(folder, PROTOCOL)
    simulate(Experiment(study, PROTOCOL), plan, [WHO, "listener 2"], done, engine)
    return done


@pytest.fixture(scope="module")
def finished(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    run(folder, study, Processes(1), plan())
    return folder


def test_a_run_leaves_models_and_results_of_every_unit(finished):
    done = Results(finished, PROTOCOL)
    assert done.listeners() == [WHO, "listener 2"]
    keys = [message.key for message in done.units(WHO)]
    assert [(key.split, key.mode) for key in keys] == [
        (0, "mc"),
        (0, "rand"),
        (1, "mc"),
        (1, "rand"),
    ]
    assert len(list((done.home(WHO) / "models").glob("*/delta.npz"))) == len(keys)
    assert len(list(done.baselines(WHO))) == 2


def test_what_is_done_is_not_done_again(finished, study, monkeypatch):
    def never(*_, **__):
        raise AssertionError("computed twice")

    monkeypatch.setattr("training.experiments.active_learning.run.begin", never)
    run(finished, study, Processes(1), plan())
    with pytest.raises(EngineError, match="computed twice"):
        run(finished, study, Processes(1), plan(n_splits=3))


def test_an_interrupted_run_goes_on_and_ends_alike(finished, study, tmp_path):
    run(tmp_path, study, Processes(1), plan(n_splits=1, modes=("rand",)))
    (tmp_path / "listeners" / "listener%201" / "units" / "0-rand-successive.npz").unlink()
    run(tmp_path, study, Processes(1), plan())
    assert_same(contents(tmp_path), contents(finished))


def test_one_failure_costs_no_other(study, tmp_path):
    done = Results(tmp_path, PROTOCOL)
    experiment = Experiment(study, PROTOCOL)
    with pytest.raises(EngineError, match=re.escape("'nobody' has 0 labels")):
        simulate(experiment, plan(), ["nobody", WHO], done, Processes(1))
    assert len(list(done.units(WHO))) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"modes": ("mc", "psychic")}, "no mode 'psychic'"),
        (
            {"personalisers": ("magic",)},
            "no personaliser 'magic'; there are successive, refit, logistic, paper",
        ),
        ({"personalisers": ("logistic", "refit")}, "run logistic by itself"),
        ({"n_splits": 0}, "--splits is 0; at least 1"),
    ],
)
def test_plans_that_cannot_be_run_are_refused(change, message):
    with pytest.raises(PlanError, match=message):
        plan(**change)
