"""A quadrant that few artists have, and studies too small for folds: a sentence, not a trace."""

import dataclasses

import numpy as np
import pytest

from tests import small_studies
from training.engine import Processes
from training.experiments.active_learning import plan as active_plan
from training.experiments.active_learning import results as active_results
from training.experiments.active_learning import run as active_run
from training.experiments.few_labels import plan as few_plan
from training.experiments.few_labels import results as few_results
from training.experiments.few_labels import run as few_run
from training.experiments.few_labels.methods import METHODS
from training.experiments.protocol import PlanError

WHO = ["listener 0", "listener 1"]
ASKING = active_plan.Protocol("small", algorithms=("gnb", "sgd"), n_queries=2, n_rounds=2)
LEARNING = few_plan.Protocol("small", n_labels=(0, 4), algorithms=("gnb", "sgd"))


class NoEngine:
    """Fails a test in which anything is worked on."""

    def map(self, work, items):
        del work
        raise AssertionError(items)


def rare():
    """A study in which the tracks of one artist are Q2, and no others are."""
    study = small_studies.study()
    is_theirs = study.features.groups[study.track_places] == 0
    y = np.where(is_theirs, 1, np.where(study.labels.y == 1, 2, study.labels.y))
    return dataclasses.replace(study, labels=dataclasses.replace(study.labels, y=y))


def of_artists(n_artists):
    study = small_studies.study()
    artists = [f"artist {place % n_artists}" for place in range(len(study.features.ids))]
    features = dataclasses.replace(study.features, artists=artists)
    return dataclasses.replace(study, features=features)


def simulate(study, folder, engine):
    plan = active_plan.Plan(ASKING, ("rand",), ("successive", "refit"), 2, 20)
    done = active_results.Results(folder, ASKING)
    active_run.simulate(active_run.Experiment(study, ASKING), plan, WHO, done, engine)
    return done


def personalise(study, folder, engine):
    plan = few_plan.Plan(LEARNING, tuple(METHODS), 2, 20)
    done = few_results.Results(folder, LEARNING)
    few_run.personalise(few_run.Experiment(study, LEARNING), plan, WHO, done, engine)
    return done


def test_a_rare_quadrant_is_told_once_and_the_simulation_runs(tmp_path, caplog):
    done = simulate(rare(), tmp_path, Processes(1))

    (message,) = [record.getMessage() for record in caplog.records if "artists have" in record.msg]
    n_labels = (rare().labels.y == 1).sum()
    assert f"few artists have Q2 ({n_labels} labels; artists: 1, in a split " in message
    for unit in (unit for who in WHO for unit in done.units(who)):
        assert np.isfinite(unit.proba).all()


def test_a_study_without_rare_quadrants_is_not_warned_of(tmp_path, caplog):
    simulate(small_studies.study(), tmp_path, Processes(1))

    assert not [record for record in caplog.records if "artists have" in record.msg]


def test_every_method_with_few_labels_copes_with_a_rare_quadrant(tmp_path):
    done = personalise(rare(), tmp_path, Processes(1))

    for who in WHO:
        for method in METHODS:
            assert np.isfinite(done.unit(few_plan.UnitKey(who, 0, method)).proba).all()


def test_every_method_copes_with_listeners_who_answer_alike(tmp_path):
    study = small_studies.study()
    y = study.features.groups[study.track_places] % 4
    alike = dataclasses.replace(study, labels=dataclasses.replace(study.labels, y=y))

    done = personalise(alike, tmp_path, Processes(1))

    for method in METHODS:
        assert np.isfinite(done.unit(few_plan.UnitKey(WHO[0], 0, method)).proba).all()


@pytest.mark.parametrize(
    ("n_artists", "reason"),
    [
        (1, r"labelled more than 16 tracks of each artist"),
        (2, r"labelled more than 16 tracks of each artist"),
        (4, r"small: shared models cannot be fitted.* 4 artists cannot be spread over 5 folds\."),
    ],
)
@pytest.mark.parametrize("experiment", [simulate, personalise])
def test_too_few_artists_are_refused_before_any_work(experiment, n_artists, reason, tmp_path):
    with pytest.raises(PlanError, match=reason):
        experiment(of_artists(n_artists), tmp_path, NoEngine())
