"""Both experiments give what they gave before they shared a framework.

The code of before wrote ``tests/expected/experiments.json``: the tracks that were asked about, and
weighted F1 to three digits. Features that are off by one in a million change none of it.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from models.arrays import Proba
from tests import studies
from training.engine import Processes
from training.experiments.active_learning import plan as active_plan
from training.experiments.active_learning import results as active_results
from training.experiments.active_learning import run as active_run
from training.experiments.few_labels import plan as few_plan
from training.experiments.few_labels import results as few_results
from training.experiments.few_labels import run as few_run
from training.experiments.few_labels.methods import METHODS
from training.experiments.splits import Judged
from training.metrics import score, weighted_f1

EXPECTED = json.loads(
    (Path(__file__).parents[1] / "expected" / "experiments.json").read_text(encoding="utf-8")
)
WHO = "listener 1"
SPLITS = (0, 1)
MODES = ("mc", "hc", "mix", "rand")
PERSONALISERS = ("successive", "refit")
STUDY = studies.study()


def ids(places: Iterable[int]) -> str:
    return " ".join(STUDY.features.ids[place] for place in places)


def f1(judged: Judged, rounds: Iterable[Proba]) -> str:
    return " ".join(f"{score(weighted_f1, judged.y, proba):.3f}" for proba in rounds)


@pytest.fixture(scope="module")
def active(tmp_path_factory):
    protocol = active_plan.Protocol("small", n_queries=3, n_rounds=4)
    plan = active_plan.Plan(protocol, MODES, PERSONALISERS, len(SPLITS), min_labels=20)
    done = active_results.Results(tmp_path_factory.mktemp("active"), protocol)
    experiment = active_run.Experiment(STUDY, protocol)
    active_run.simulate(experiment, plan, [WHO], done, Processes(1))
    return done


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    protocol = few_plan.Protocol("small", n_labels=(0, 4, 12))
    plan = few_plan.Plan(protocol, tuple(METHODS), len(SPLITS), min_labels=20)
    done = few_results.Results(tmp_path_factory.mktemp("few"), protocol)
    few_run.personalise(few_run.Experiment(STUDY, protocol), plan, [WHO], done, Processes(1))
    return done


def test_active_learning_asks_about_the_same_tracks_in_the_same_order(active):
    asked = {named(unit): ids(unit.asked) for unit in active.units(WHO)}
    expected = EXPECTED["active_learning"]["units"]
    assert asked == {name: unit["asked"] for name, unit in expected.items()}


def test_active_learning_gives_the_same_scores_round_by_round(active):
    scores = {named(unit): f1(unit.judged, unit.proba[:, -1]) for unit in active.units(WHO)}
    expected = EXPECTED["active_learning"]["units"]
    assert scores == {name: unit["f1"] for name, unit in expected.items()}


def test_the_baselines_of_active_learning_score_the_same(active):
    scores = {
        str(told.split): {
            name: f1(told.judged, told.proba[:, place]) for place, name in enumerate(told.names)
        }
        for told in active.baselines(WHO)
    }
    assert scores == EXPECTED["active_learning"]["baselines"]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_with_few_labels_scores_the_same_on_the_same_labels(few, method, split):
    unit = few.unit(few_plan.UnitKey(WHO, split, method))
    expected = EXPECTED["few_labels"][str(split)]
    assert ids(unit.asked) == expected["asked"]
    assert f1(unit.judged, unit.proba) == expected["f1"][method]


def named(unit: active_results.Unit) -> str:
    return f"{unit.key.split} {unit.key.mode} {unit.key.personaliser}"
