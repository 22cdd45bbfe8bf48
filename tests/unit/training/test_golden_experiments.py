"""Both experiments give what they gave before they shared a framework.

The code of before wrote ``tests/expected/experiments.json``: the tracks that were asked about, and
weighted F1 to three digits. Features that are off by one in a million change none of it.

Since then methods learn a prior once for a group of listeners, not in each split of one anew. That
changed what "gaussian" scores, and nothing else: learnt of a split's population, as before, the
prior still gives the scores of before. The models of votes and the shipped priors are later ones.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from models.arrays import Proba
from tests import small_studies
from training.engine import Processes
from training.experiments.active_learning import plan as active_plan
from training.experiments.active_learning import results as active_results
from training.experiments.active_learning import run as active_run
from training.experiments.few_labels import plan as few_plan
from training.experiments.few_labels import results as few_results
from training.experiments.few_labels import run as few_run
from training.experiments.few_labels.loading import Experiment
from training.experiments.few_labels.methods import METHODS
from training.experiments.splits import JudgedTracks
from training.metrics import score, weighted_f1

EXPECTED = json.loads(
    (Path(__file__).parents[2] / "expected" / "experiments.json").read_text(encoding="utf-8")
)
WHO = "listener 1"
SPLITS = (0, 1)
MODES = ("mc", "hc", "mix", "rand")
PERSONALISERS = ("successive", "refit")
STUDY = small_studies.study()
FEW = few_plan.Protocol("small", n_labels=(0, 4, 12))


def ids(places: Iterable[int]) -> str:
    return " ".join(STUDY.features.ids[place] for place in places)


def f1(judged: JudgedTracks, rounds: Iterable[Proba]) -> str:
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
    plan = few_plan.Plan(FEW, tuple(METHODS), len(SPLITS), min_labels=20)
    done = few_results.Results(tmp_path_factory.mktemp("few"), FEW)
    few_run.personalise(Experiment(STUDY, FEW), plan, [WHO], done, Processes(1))
    return done


def test_active_learning_asks_and_scores_the_same_and_so_do_its_baselines(active):
    units = {
        named(unit): {"asked": ids(unit.labelled), "f1": f1(unit.judged, unit.proba[:, -1])}
        for unit in active.units(WHO)
    }
    scores = {
        str(message.split): {
            name: f1(message.judged, message.proba[:, place])
            for place, name in enumerate(message.names)
        }
        for message in active.baselines(WHO)
    }

    assert {"units": units, "baselines": scores} == EXPECTED["active_learning"]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_with_few_labels_scores_the_same_on_the_same_labels(few, method, split):
    unit = few.unit(few_plan.UnitKey(WHO, split, method))
    expected = EXPECTED["few_labels"][str(split)]
    assert ids(unit.labelled) == expected["asked"]
    assert len(unit.proba) == 1  # one crowd: all the others
    assert f1(unit.judged, unit.proba[0]) == expected["f1"][method]


def named(unit: active_results.Unit) -> str:
    return f"{unit.key.split} {unit.key.mode} {unit.key.personaliser}"
