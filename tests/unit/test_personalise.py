"""The experiment on personal models with few labels: what it hides, keeps and does not redo."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from tests import studies
from training.__main__ import main
from training.datasets.features import write_features
from training.datasets.ratings import write_labels
from training.engine import EngineError, Processes
from training.experiments.active_learning.plan import Protocol as Asking
from training.experiments.few_labels import loading, run
from training.experiments.few_labels.comparison import OtherStudies
from training.experiments.few_labels.context import HIDDEN, Shared
from training.experiments.few_labels.loading import Experiment, open_context, open_peers
from training.experiments.few_labels.method import Answer, Entry
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.peers import ELSEWHERE, group_of
from training.experiments.few_labels.plan import Plan, Protocol, UnitKey
from training.experiments.few_labels.results import Results
from training.experiments.few_labels.run import learn_prior, personalise
from training.experiments.learners import IncrementalLearner, RefitLearner, consensus
from training.experiments.protocol import PlanError
from training.experiments.splits import part
from training.experiments.starting_models import begin

WHO = "listener 1"
PROTOCOL = Protocol("small", n_labels=(0, 4, 12), algorithms=("gnb", "sgd"))
ASKING = Asking("small", algorithms=("gnb", "sgd"), n_queries=12, n_rounds=1)
PLAIN = ("majority", "population", "others", "own")
ONE = Processes(1)


@pytest.fixture(scope="module", name="study")
def _study():
    return studies.study()


@pytest.fixture(scope="module", name="experiment")
def _experiment(study):
    return Experiment(study, PROTOCOL)


@pytest.fixture(scope="module", name="opened")
def _opened(experiment):
    return open_context(experiment, WHO, 0)


@pytest.fixture(name="counted")
def _counted(monkeypatch):
    """A method of ours that counts what is asked of it."""
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
    """What a method says, having learnt some answers."""
    method = METHODS[name].make(context, learnt or {})
    return method.answer(asked, context.crowds[crowd]).proba


@pytest.fixture(scope="module", name="learnt")
def _learnt(experiment):
    """What methods learn of all listeners but the group of the one judged."""
    peers = open_peers(experiment, group_of(WHO, PROTOCOL.seed))
    names = ("map", "votes", "level", "logistic")
    return {name: learn_prior(name, [peers]).arrays for name in names}


# Contexts


def test_fewer_labels_are_the_first_of_more_and_the_same_for_every_method(opened, experiment):
    context, judged = opened
    others = open_context(experiment, WHO, 0)[0]
    units = [
        run.run_unit((context, judged), UnitKey(WHO, 0, name), PROTOCOL)
        for name in ("majority", "own", "committee-refit")
    ]

    assert len(set(context.order)) == PROTOCOL.n_asked
    assert set(context.order) <= set(range(context.n_pool))
    assert (others.order == context.order).all()
    assert (open_context(experiment, WHO, 1)[0].order != context.order).any()
    for unit in units:
        assert (unit.asked == context.places[context.order]).all()


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


# Methods


def test_the_committee_learns_in_the_batches_of_the_paper(opened):
    context, _ = opened
    asked = context.order[:10]
    learner = IncrementalLearner(context.start)
    for newest in (slice(0, 4), slice(4, 8), slice(8, 10)):
        learner.learn(asked[: newest.stop], asked[newest])

    said = said_by("committee-successive", context, asked)

    np.testing.assert_array_equal(said, consensus(learner, context.start.test))


def test_refitted_the_committee_learns_all_at_once(opened):
    context, _ = opened
    learner = RefitLearner(context.start)
    learner.learn(context.order, context.order)

    said = said_by("committee-refit", context, context.order)

    np.testing.assert_array_equal(said, consensus(learner, context.start.test))


@pytest.mark.parametrize("name", ["map", "committee-successive", "committee-refit"])
def test_without_labels_they_are_the_population(opened, learnt, name):
    context, _ = opened
    none = context.order[:0]

    said = said_by(name, context, none, learnt.get(name, {}))

    np.testing.assert_allclose(said, said_by("population", context, none), atol=1e-12)


def test_without_votes_others_are_the_majority(opened):
    context, judged = opened
    none = context.order[:0]
    others, majority = (said_by(name, context, none) for name in PLAIN[2::-2])

    np.testing.assert_allclose(others[judged.is_cold], majority[judged.is_cold])
    assert not np.allclose(others[~judged.is_cold], majority[~judged.is_cold])


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


def test_without_answers_the_model_is_the_item_prior(opened, learnt):
    context, _ = opened
    none = context.order[:0]
    prior = learnt["logistic"]
    votes = context.votes[context.n_pool :]
    powers = context.unseen[context.n_pool :] ** prior["gamma"]
    mass = votes + prior["kappa"] * powers / powers.sum(axis=1, keepdims=True)
    expected = mass / mass.sum(axis=1, keepdims=True)

    for name in ("votes", "level", "logistic"):
        said = said_by(name, context, none, prior)
        np.testing.assert_allclose(said, expected, atol=1e-6)


def test_answers_move_the_level_and_votes_alone_stay(opened, learnt):
    context, _ = opened
    always = dataclasses.replace(context, y=np.full_like(context.y, 2))
    none, every = context.order[:0], context.order

    moved = [
        said_by(name, always, every, learnt[name]) - said_by(name, always, none, learnt[name])
        for name in ("votes", "level", "logistic")
    ]

    assert (moved[0] == 0).all()
    assert (moved[1][:, 2] > 0).all()
    assert moved[2][:, 2].mean() > 0.01


def test_where_nobody_votes_the_model_is_told_of_no_vote(study, learnt):
    protocol = dataclasses.replace(PROTOCOL, n_others=(None, 0))
    context, _ = open_context(Experiment(study, protocol), WHO, 0)
    alone = context.crowds[1]
    emptied = dataclasses.replace(context, crowds=(alone, alone))
    prior = learnt["logistic"]

    beside, without = (
        said_by("logistic", one, context.order, prior, crowd)
        for one, crowd in ((context, 1), (emptied, 0))
    )

    np.testing.assert_array_equal(beside, without)
    assert not np.allclose(beside, said_by("logistic", context, context.order, prior))


def test_a_unit_has_what_is_said_beside_each_crowd(study):
    protocol = dataclasses.replace(PROTOCOL, n_others=(None, 1, 0))
    opened = open_context(Experiment(study, protocol), WHO, 0)

    others, own = (
        run.run_unit(opened, UnitKey(WHO, 0, name), protocol) for name in ("others", "own")
    )

    assert len(others.proba) == 3
    assert len(own.proba) == 1  # votes change nothing
    for crowd in range(3):
        assert (others.under(crowd).proba == others.proba[crowd]).all()
        assert (own.under(crowd).proba == own.proba[0]).all()


def test_all_that_is_not_asked_about_may_be_judged_and_nothing_be_cold(study):
    protocol = dataclasses.replace(PROTOCOL, judged_share=1.0, cold_share=0.0)
    context, judged = open_context(Experiment(study, protocol), WHO, 0)
    mine = (np.array(study.labels.listeners) == WHO).sum()

    assert mine - PROTOCOL.n_asked - 1 <= len(judged.y) <= mine - PROTOCOL.n_asked
    assert not judged.is_cold.any()
    assert len(context.population) == len(study.labels.y) - mine


# Runs


def test_results_come_back_as_they_were_put(opened, tmp_path):
    results = Results(tmp_path, PROTOCOL)
    context, judged = opened
    unit = run.run_unit((context, judged), UnitKey(WHO, 0, "own"), PROTOCOL)
    sets = dataclasses.replace(unit, sets=unit.proba > 0.2)

    for one in (unit, sets):
        results.put(one)
        found = results.unit(one.key)
        for field in ("n_labels", "asked", "proba", "seconds", "making"):
            np.testing.assert_array_equal(getattr(found, field), getattr(one, field))
        np.testing.assert_array_equal(found.judged.y, judged.y)
        np.testing.assert_array_equal(found.judged.is_cold, judged.is_cold)
    assert results.unit(unit.key).sets is not None
    np.testing.assert_array_equal(results.unit(unit.key).sets, sets.sets)


def test_nothing_is_computed_twice(experiment, counted, tmp_path, monkeypatch):
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


def test_a_prior_is_learnt_once_for_a_group(experiment, tmp_path, monkeypatch):
    learnings = []

    def learn(studies):
        learnings.append([peers.group for peers in studies])
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


def test_a_method_that_was_revised_is_run_again(experiment, counted, tmp_path, monkeypatch):
    plan = Plan(PROTOCOL, ("counting",), n_splits=1)
    results = Results(tmp_path, PROTOCOL)
    personalise(experiment, plan, [WHO], results, ONE)
    n_first = len(counted)

    revised = dataclasses.replace(METHODS["counting"], revision=2)
    monkeypatch.setitem(METHODS, "counting", revised)
    personalise(experiment, plan, [WHO], results, ONE)

    assert len(counted) == 2 * n_first


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


# What is typed


@pytest.mark.parametrize("n_labels", [(), (0,), (4, 12), (0, 12, 4), (0, 4, 4), (-4, 0, 4)])
def test_numbers_of_labels_must_ascend_from_0(n_labels):
    with pytest.raises(PlanError, match="ascend"):
        Protocol("small", n_labels=n_labels)


@pytest.fixture(scope="module", name="tables")
def _tables(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    write_labels(study.labels, folder / "labels.csv")
    write_features(study.features, folder / "features.csv")
    return folder


def typed(tables, out, *more):
    return [
        *("personalise", "--dataset", "table", "--workers", "1", "--splits", "1"),
        *("--labels", str(tables / "labels.csv"), "--min-labels", "20"),
        *("--features", str(tables / "features.csv"), "--algorithms", "gnb,sgd"),
        *("--out", str(out / "results"), "--report", str(out / "pages"), *more),
    ]


@pytest.mark.slow
def test_one_command_makes_page_and_pictures(tables, tmp_path, capsys):
    told = typed(tables, tmp_path, "--answers", "0,4,12", "--methods", "own,population,map")

    assert main(told) == 0

    page = (tmp_path / "pages" / "index.md").read_text(encoding="utf-8")
    assert str(tmp_path / "pages" / "index.md") in capsys.readouterr().out
    assert "--answers 0,4,12 --others all --splits 1 --min-labels 20" in page
    assert "4 listeners of `table`" in page
    for name in ("curves.png", "reliability.png", "index.html"):
        assert (tmp_path / "pages" / name).exists()
    assert "`majority`:" not in page


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--methods", "own,guess"), "'guess'"),
        (("--answers", "0,four"), "0,four"),
        (("--answers", "4,8"), "4,8"),
        (("--others", "all,few"), "all,few"),
        (("--others", "-1"), "--others"),
        (("--judged-share", "1.5"), "--judged-share is 1.5"),
        (("--splits", "0"), "--splits is 0"),
        (("--answers", "0,4,47"), "47"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(tables, tmp_path, capsys, more, said):
    told = typed(tables, tmp_path, "--methods", "majority", *more)

    assert main(told) == 1
    assert said in capsys.readouterr().err


def test_ones_own_tables_are_no_public_study_and_learn_of_no_other(tmp_path):
    elsewhere = OtherStudies("table", tmp_path, tmp_path, 0).open()

    prior = learn_prior("logistic-shipped", elsewhere).arrays

    assert elsewhere == []
    assert prior["kappa"] > 0
