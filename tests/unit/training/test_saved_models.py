"""Models that a simulation kept are read again, with the shared committee they were learnt on."""

import csv
import dataclasses
import shutil

import numpy as np
import pytest

from tests import small_models, small_studies
from tests.tables import write_features, write_labels
from training.__main__ import main
from training.datasets import populations
from training.datasets.listeners import FeatureTable
from training.datasets.populations import Population
from training.engine import Processes
from training.experiments.active_learning.plan import Plan, Protocol, UnitKey
from training.experiments.active_learning.results import Results
from training.experiments.active_learning.run import Experiment, simulate
from training.experiments.saved_models import SavedCommittee, SharedCommittee, read_committee
from training.experiments.splits import part

WHO = "listener 1"
NAMES = ("Q1", "Q2", "Q3", "Q4")
HOW = ("successive", "refit")
TOLERANCE = {"successive": 2e-3, "refit": 2e-6}
"""What rounds add to linear models one by one is kept as one sum, in half precision; and CSV files
have six digits."""


@pytest.fixture(scope="module")
def study():
    plain = small_studies.study()
    # Scales that only standardised models can do without.
    x = (plain.features.x * 40 + 7).astype(np.float32)
    return dataclasses.replace(plain, features=dataclasses.replace(plain.features, x=x))


@pytest.fixture(scope="module")
def elsewhere():
    tracks = small_models.tracks(80, seed=3)
    names = [f"e{place}" for place in range(80)]
    return Population("elsewhere", FeatureTable(names, names, tracks.x - 5), tracks.y)


@pytest.fixture(name="run")
def _run(study, elsewhere, tmp_path, monkeypatch):
    """Run the command on the study's own tables and return the folder of results."""
    known = {**populations.POPULATIONS, "elsewhere": lambda _: elsewhere}
    monkeypatch.setattr(populations, "POPULATIONS", known)
    write_labels(study.labels, tmp_path / "labels.csv")
    write_features(study.features, tmp_path / "features.npz")
    (tmp_path / "who.txt").write_text(f"{WHO}\n", encoding="utf-8")

    def run(*more):
        reply = ["simulate", "--dataset", "table", "--workers", "1", "--min-labels", "20"]
        reply += ["--labels", str(tmp_path / "labels.csv")]
        reply += ["--features", str(tmp_path / "features.npz")]
        reply += ["--listeners", str(tmp_path / "who.txt"), "--splits", "1", "--mode", "rand"]
        reply += ["--queries", "4", "--rounds", "3", "--personaliser", ",".join(HOW)]
        reply += ["--out", str(tmp_path / "runs"), "--report", str(tmp_path / "pages"), *more]
        assert main(reply) == 0
        return tmp_path / "runs"

    return run


def said_of_judged(run, study, how, out):
    """What ``predict`` says of the judged tracks ``(n_test, n_quadrants)``."""
    models = run / "listeners" / "listener%201" / "models" / f"0-rand-{how}"
    reply = ["predict", "--models", str(models), "--out", str(out)]
    assert main([*reply, "--features", str(run.parent / "features.npz")]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = {row["track"]: [float(row[name]) for name in NAMES] for row in csv.DictReader(file)}
    split = part(study, WHO, 0, Protocol("table", n_queries=4, n_rounds=3))
    return np.array([rows[study.labels.tracks[label]] for label in split.test])


def last_said(run, how):
    stored = run / "listeners" / "listener%201" / "units" / f"0-rand-{how}.npz"
    with np.load(stored, allow_pickle=False) as file:
        return file["proba"][-1, -1], file["proba"][0, -1]


@pytest.mark.parametrize(
    ("population", "algorithms"), [("others", "xgb,gnb"), ("elsewhere", "gnb,sgd,xgb")]
)
def test_predict_says_what_the_simulation_said_last(run, study, tmp_path, population, algorithms):
    done = run("--population", population, "--algorithms", algorithms)

    for how in HOW:
        reply = said_of_judged(done, study, how, tmp_path / f"{how}.csv")
        last, first = last_said(done, how)
        assert reply == pytest.approx(last, abs=TOLERANCE[how])
        assert np.abs(reply - first).max() > 20 * TOLERANCE[how]


def test_the_committee_is_kept_once_for_all_who_share_it_and_otherwise_by_split(run):
    fitted, shared = run("--algorithms", "gnb"), "population/committee.json"

    assert not (fitted / shared).exists()
    assert (
        fitted / "listeners" / "listener%201" / "population" / "0" / "committee.json"
    ).is_file()
    shutil.rmtree(fitted)

    assert (run("--algorithms", "gnb", "--population", "elsewhere") / shared).is_file()
    assert not list(fitted.glob("listeners/*/population"))


def test_models_without_their_committee_are_refused_in_a_sentence(run, tmp_path, capsys):
    done = run("--algorithms", "gnb")
    home = done / "listeners" / "listener%201"
    shutil.rmtree(home / "population")

    reply = ["predict", "--models", str(home / "models" / "0-rand-refit")]
    assert main([*reply, "--features", str(tmp_path / "features.npz")]) == 1

    assert "population/0 are missing" in capsys.readouterr().err


def test_models_are_not_asked_about_other_features(run, study, tmp_path, capsys):
    done = run("--algorithms", "gnb")
    narrow = dataclasses.replace(study.features, x=study.features.x[:, 1:])
    write_features(narrow, tmp_path / "narrow.npz")

    reply = ["predict", "--models", str(done / "listeners/listener%201/models/0-rand-refit")]
    assert main([*reply, "--features", str(tmp_path / "narrow.npz")]) == 1
    assert main(reply) == 1

    said = capsys.readouterr().err
    assert "has 5 features; the models read 6" in said
    assert "--features names no table; the models read 6" in said


def test_what_an_interrupted_run_left_is_not_taken_for_a_committee(study, tmp_path):
    protocol = Protocol("small", algorithms=("gnb",), n_queries=4, n_rounds=2)
    plan = Plan(protocol, ("rand",), ("refit",), n_splits=1, min_labels=20)
    done = Results(tmp_path, protocol)
    left = done.population(WHO, 0)
    left.mkdir(parents=True)
    (left / "committee.npz").write_bytes(b"half of it")

    simulate(Experiment(study, protocol), plan, [WHO], done, Processes(1))

    assert done.has(UnitKey(WHO, 0, "rand", "refit"))
    assert list(read_committee(left).committee.families) == ["gnb"]


def test_a_network_in_the_committee_is_read_again(networked, tmp_path):
    before = networked.committees[small_models.Modality.AUDIO]
    order = ["cnn", "svm", "gnb"]
    families = {name: before.families[name] for name in order}
    learners = {name: before.learners[name] for name in ("cnn", "gnb")}
    cut = dataclasses.replace(before, families=families, learners=learners)
    x = np.random.default_rng(0).normal(size=(20, 18)).astype(np.float32)

    SavedCommittee.of(SharedCommittee(cut, 18)).write(tmp_path)
    after = read_committee(tmp_path)

    assert (list(after.committee.families), after.n_features) == (order, 18)
    assert list(after.committee.learners) == ["cnn", "gnb"]
    assert after.standard is None
    # Support vectors are kept in half precision.
    reply = after.committee.member_logits(x)
    assert reply == pytest.approx(cut.member_logits(x), abs=1e-2)
    exact = cut.rows("cnn"), cut.rows("gnb")
    for rows in exact:
        assert (reply[rows] == cut.member_logits(x)[rows]).all()
