"""Reports of single models: scikit-learn's own text."""

import re

import numpy as np
import pytest
from sklearn.metrics import classification_report, f1_score

from training.experiments.active_learning.plan import UnitKey
from training.experiments.active_learning.report.classification import classification_text
from training.experiments.active_learning.results import JudgedTracks, Unit

NAMES = [f"{algorithm}.it_{fold}" for algorithm in ("gnb", "sgd") for fold in range(3)]


def _unit(seed):
    """Answers of models some of which never use some quadrants, about few tracks."""
    rng = np.random.default_rng(seed)
    n_tracks = rng.integers(1, 40)
    y = rng.integers(rng.integers(1, 5), size=n_tracks)
    answers = rng.integers(rng.integers(1, 5), size=(3, 6, n_tracks))
    return Unit(
        key=UnitKey("ada", 0, "mc", "successive"),
        judged=JudgedTracks(y, rng.random(n_tracks) < 0.5),
        n_labels=np.array([0, 4, 8]),
        labelled=np.arange(8),
        predictors=["gnb", "sgd", "committee"],
        proba=rng.dirichlet(np.ones(4), size=(3, 3, n_tracks)).astype(np.float32),
        answers=np.where(rng.random(answers.shape) < 0.3, y, answers).astype(np.int8),
        seconds={},
    )


def _theirs(y, answered):
    text = classification_report(
        y, answered, labels=range(4), target_names=["Q1", "Q2", "Q3", "Q4"], zero_division=0
    )
    return re.sub(r"(\d+)\.0$", r"  \1", text, flags=re.MULTILINE)  # of a model never right


@pytest.mark.parametrize("seed", range(8))
def test_every_report_is_that_of_scikit_learn(seed):
    unit = _unit(seed)
    y = unit.judged.y

    rounds = re.split(r"Round \d, ", classification_text(unit))[1:]

    assert [text.splitlines()[0] for text in rounds] == ["0 labels", "4 labels", "8 labels"]
    for at, text in enumerate(rounds):
        answered = [*unit.answers[at], unit.proba[at, -1].argmax(axis=1)]
        for name, each in zip([*NAMES, "committee"], answered, strict=True):
            assert f"\n{name}\n{_theirs(y, each)}\n" in text
        single = [f1_score(y, each, average="weighted", zero_division=0) for each in answered[:-1]]
        last = text.rstrip().splitlines()[-1]
        assert last == f"Mean weighted F1 of all single models: {np.mean(single):.3f}"
