"""The experiment on personal models with few labels: what it hides, keeps and does not redo."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from tests import small_studies
from training.engine import EngineError, Processes
from training.experiments.active_learning.plan import Protocol as Asking
from training.experiments.few_labels import loading, run
from training.experiments.few_labels.context import HIDDEN, Shared
from training.experiments.few_labels.loading import Experiment, open_context, open_peers
from training.experiments.few_labels.method import Answer, Entry
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.peers import ELSEWHERE, group_of
from training.experiments.few_labels.plan import Plan, Protocol, UnitKey
from training.experiments.few_labels.results import Results
from training.experiments.few_labels.run import learn_prior, personalise
from training.experiments.protocol import PlanError
from training.experiments.splits import part
from training.experiments.starting_models import begin

WHO = "listener 1"
PROTOCOL = Protocol("small", n_labels=(0, 4, 12), algorithms=("gnb", "sgd"))
ASKING = Asking("small", algorithms=("gnb", "sgd"), n_queries=12, n_rounds=1)
ONE = Processes(1)


@pytest.fixture(scope="module", name="study")
def _study():
    return small_studies.study()


@pytest.fixture(scope="module", name="experiment")
def _experiment(study):
    return Experiment(study, PROTOCOL)


@pytest.fixture(scope="module", name="opened")
def _opened(experiment):
    return open_context(experiment, WHO, 0)


@pytest.fixture(name="counted")
def _counted(monkeypatch):
    asked = []

    class Counting:
        def __init__(self, context, learnt):
            del learnt
            self._context = context

        def answer(self, places, crowd):
            del crowd
            context = self._context
            asked.append((context.listener, context.split, tuple(places)))
            proba = context.proba[context.n_pool :]
            return Answer(proba, proba >= 0.2)

    monkeypatch.setitem(METHODS, "counting", Entry(Counting, "counts", is_ours=True))
    return asked


def said_by(name, context, asked, learnt=None, crowd=0):
    method = METHODS[name].make(context, learnt or {})
    return method.answer(asked, context.crowds[crowd]).proba


@pytest.fixture(scope="module", name="learnt")
def _learnt(experiment):
    """What the method learns of all listeners but the group of the one judged."""
    peers = open_peers(experiment, group_of(WHO, PROTOCOL.seed))
    return {"map": learn_prior("map", [peers]).arrays}


def test_fewer_labels_are_the_first_of_more_and_the_same_for_every_method(opened, experiment):
    context, judged = opened
    others = open_context(experiment, WHO, 0)[0]
    units = [
        run.run_unit((context, judged), UnitKey(WHO, 0, name), PROTOCOL)
        for name in ("majority", "own", "committee-refit")
    ]

    assert len(set(context.order)) == PROTOCOL.n_questions
    assert set(context.order) <= set(range(context.n_pool))
    assert (others.order == context.order).all()
    assert (open_context(experiment, WHO, 1)[0].order != context.order).any()
    for unit in units:
        assert (unit.labelled == context.places[context.order]).all()


def test_every_step_has_the_labels_of_the_last_and_more(experiment, counted):
    context, judged = open_context(experiment, WHO, 0)

    run.run_unit((context, judged), UnitKey(WHO, 0, "counting"), PROTOCOL)

    steps = [places for _, _, places in counted]
    assert [len(step) for step in steps] == [0, 4, 12]
    for fewer, more in pairwise(steps):
        assert more[: len(fewer)] == fewer


def test_nothing_that_is_judged_is_in_a_context(study, opened):
    context, judged = opened
    mine = np.array(study.labels.listeners) == WHO

    assert (context.study.labels.y[mine] == HIDDEN).all()
    assert (context.study.labels.y[~mine] == study.labels.y[~mine]).all()
    assert (context.start.y[context.n_pool :] == HIDDEN).all()
    assert (context.start.judged.y == HIDDEN).all()
    assert len(context.y) == context.n_pool
    assert len(judged.y) == context.n_test
    assert WHO not in np.array(study.labels.listeners)[context.population]


def test_a_context_is_split_and_fitted_as_the_simulations_start(study, opened):
    context, judged = opened
    start = begin(study, WHO, 0, ASKING)
    split = part(study, WHO, 0, PROTOCOL)

    assert (context.places == start.places).all()
    assert (context.y == start.y[: start.n_pool]).all()
    assert (judged.y == start.judged.y).all()
    assert (judged.is_cold == start.judged.is_cold).all()
    assert (context.start.judged.is_cold == start.judged.is_cold).all()
    assert (context.votes == start.votes).all()
    assert (context.prior == start.prior).all()
    assert (context.population == split.population).all()
    for name, raw in start.raw.items():
        assert (context.start.raw[name] == raw).all()


def test_what_members_say_of_the_population_is_out_of_fold(study, opened):
    context, _ = opened
    x = study.features.x[study.track_places[context.population]]
    committee = context.start.committee
    by_all = committee.consensus(committee.member_logits(x))

    assert context.out_of_fold.shape == by_all.shape
    assert not np.allclose(context.out_of_fold, by_all, atol=0.01)


def test_the_committee_is_fitted_again_only_for_those_who_want_it(experiment, opened, monkeypatch):
    first, _ = opened
    shared = Shared(first.out_of_fold, first.proba)
    monkeypatch.setattr(loading, "fit_population", lambda *_: pytest.fail("It was fitted."))
    context, judged = open_context(experiment, WHO, 0, shared)

    unit = run.run_unit((context, judged), UnitKey(WHO, 0, "own"), PROTOCOL)

    again = run.run_unit((first, judged), UnitKey(WHO, 0, "own"), PROTOCOL)
    assert (unit.proba == again.proba).all()
    with pytest.raises(pytest.fail.Exception):
        _ = context.start


@pytest.mark.parametrize("name", ["map", "committee-successive", "committee-refit"])
def test_without_labels_they_are_the_population(opened, learnt, name):
    context, _ = opened
    none = context.order[:0]

    said = said_by(name, context, none, learnt.get(name, {}))

    np.testing.assert_allclose(said, said_by("population", context, none), atol=1e-12)


def test_what_is_learnt_of_others_has_not_seen_whoever_is_judged(study, experiment):
    peers = open_peers(experiment, group_of(WHO, PROTOCOL.seed))
    mine = np.array(study.labels.listeners) == WHO

    assert WHO not in np.array(study.labels.listeners)[peers.labels]
    assert (peers.study.labels.y[mine] == HIDDEN).all()
    assert (peers.y != HIDDEN).all()
    assert peers.proba.shape == (len(peers.labels), 4)


def test_of_other_studies_nobody_is_left_out(study, experiment):
    assert len(open_peers(experiment, ELSEWHERE).labels) == len(study.labels.y)


def test_a_crowd_holds_the_smaller_ones_and_nobody_votes_in_an_empty_one(study):
    protocol = dataclasses.replace(PROTOCOL, n_others=(None, 2, 1, 0))
    context, _ = open_context(Experiment(study, protocol), WHO, 0)
    every, two, one, none = (crowd.votes for crowd in context.crowds)

    assert (every >= two).all()
    assert (two >= one).all()
    assert every.sum() > two.sum() > one.sum() > 0
    assert (one.sum(axis=1) <= 1).all()
    assert (none == 0).all()
    assert (context.crowds[1].soft == two).all()  # quadrants are whole votes


def test_all_that_is_not_asked_about_may_be_judged_and_nothing_be_cold(study):
    protocol = dataclasses.replace(PROTOCOL, judged_share=1.0, cold_share=0.0)
    context, judged = open_context(Experiment(study, protocol), WHO, 0)
    mine = (np.array(study.labels.listeners) == WHO).sum()

    assert mine - PROTOCOL.n_questions - 1 <= len(judged.y) <= mine - PROTOCOL.n_questions
    assert not judged.is_cold.any()
    assert len(context.population) == len(study.labels.y) - mine


def test_nothing_is_computed_twice_but_a_revised_method(
    experiment, counted, tmp_path, monkeypatch
):
    plan = Plan(PROTOCOL, ("majority", "counting"), n_splits=2)
    results = Results(tmp_path, PROTOCOL)
    listeners = [WHO, "listener 2"]

    personalise(experiment, plan, listeners, results, ONE)
    assert len(counted) == 2 * 2 * len(PROTOCOL.n_labels)
    personalise(experiment, plan, listeners, results, ONE)
    assert len(counted) == 2 * 2 * len(PROTOCOL.n_labels)

    # A further method fits no committee; a further split does all.
    monkeypatch.setattr(loading, "fit_population", lambda *_: pytest.fail("It was fitted."))
    more = Plan(PROTOCOL, ("majority", "others", "counting"), n_splits=2)
    personalise(experiment, more, listeners, results, ONE)
    assert len(counted) == 2 * 2 * len(PROTOCOL.n_labels)
    assert all(results.has(UnitKey(who, 1, "others")) for who in listeners)

    revised = dataclasses.replace(METHODS["counting"], revision=2)
    monkeypatch.setitem(METHODS, "counting", revised)
    personalise(experiment, plan, listeners, results, ONE)
    assert len(counted) == 2 * 2 * 2 * len(PROTOCOL.n_labels)


def test_a_prior_is_learnt_once_for_a_group(experiment, tmp_path, monkeypatch):
    learnings = []

    def learn(small_studies):
        learnings.append([peers.group for peers in small_studies])
        return {"number": np.array(7.0)}

    entry = dataclasses.replace(METHODS["majority"], learn=learn)
    monkeypatch.setitem(METHODS, "learning", entry)
    elsewhere = dataclasses.replace(entry, learns_elsewhere=True)
    monkeypatch.setitem(METHODS, "elsewhere", elsewhere)
    plan = Plan(PROTOCOL, ("learning", "elsewhere"), n_splits=2)
    results = Results(tmp_path, PROTOCOL)

    for _ in range(2):
        personalise(experiment, plan, [WHO], results, ONE)

    group = group_of(WHO, PROTOCOL.seed)
    assert learnings == [[], [group]]
    assert results.learnt(group, "learning").arrays == {"number": 7.0}
    assert results.learnt(ELSEWHERE, "elsewhere").seconds >= 0


def test_an_interrupted_run_goes_on_where_it_was(experiment, counted, tmp_path, monkeypatch):
    plan = Plan(PROTOCOL, ("majority", "counting"), n_splits=3)
    results = Results(tmp_path, PROTOCOL)
    whole = run.open_context

    def fails_once(experiment, listener, index, shared=None):
        if index == 1:
            raise RuntimeError
        return whole(experiment, listener, index, shared)

    monkeypatch.setattr(run, "open_context", fails_once)
    with pytest.raises(EngineError):
        personalise(experiment, plan, [WHO], results, ONE)
    assert {split for _, split, _ in counted} == {0, 2}

    counted.clear()
    monkeypatch.setattr(run, "open_context", whole)
    personalise(experiment, plan, [WHO], results, ONE)
    assert {split for _, split, _ in counted} == {1}


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"n_labels": (0, 4)},
        {"n_others": (None, 5)},
        {"cold_share": 0.0},
        {"algorithms": ("gnb",)},
        {"features": "x"},
    ],
)
def test_results_of_another_protocol_are_refused(tmp_path, change):
    Results(tmp_path, PROTOCOL)

    with pytest.raises(PlanError, match=next(iter(change))):
        Results(tmp_path, dataclasses.replace(PROTOCOL, **change))


@pytest.mark.parametrize("n_labels", [(), (0,), (4, 12), (0, 12, 4), (0, 4, 4), (-4, 0, 4)])
def test_numbers_of_labels_must_ascend_from_0(n_labels):
    with pytest.raises(PlanError, match="ascend"):
        Protocol("small", n_labels=n_labels)
