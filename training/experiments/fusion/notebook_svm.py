"""Fit the lyrics-and-audio notebook's support vector machines, and store their answers."""

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn import __version__ as scikit_learn_version
from sklearn.svm import SVC
from tqdm import tqdm

from models.arrays import FloatMatrix, IntVector, Proba
from models.emotion import N_QUADRANTS
from training.atomic_files import whole
from training.datasets.tables import read_npz
from training.engine import Processes, results

SETTINGS = {"kernel": "rbf", "C": 1, "gamma": "auto", "probability": True}
"""The notebook's settings, for unscaled embeddings."""
_N_WORKERS = 2
_LEAST_APART = 2000
"""With fewer rows, starting another process takes longer than it saves."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows to fit SVMs to and to predict.

    Attributes:
        x: Name to features ``(n_rows, n_features)``.
        y: Labels 0 to 3 ``(n_rows,)``.
        seed: Seed of the folds that calibrate an SVM's probabilities.
    """

    x: Mapping[str, FloatMatrix]
    y: IntVector
    seed: int


class Fit(NamedTuple):
    """One SVM to fit.

    Attributes:
        name: Name of the features.
        train: Places of the rows to fit to.
        test: Places of the rows to predict.
    """

    name: str
    train: IntVector
    test: IntVector


class SvmAnswers(NamedTuple):
    """Predictions of an SVM.

    Attributes:
        proba: Shape ``(n_rows, 4)``.
        answers: Labels ``(n_rows,)`` by ``SVC.predict``, which may differ from the likeliest
            label.
    """

    proba: Proba
    answers: IntVector


def svm_answers(fits: Sequence[Fit], rows: Rows, kept: Path | None) -> list[SvmAnswers]:
    """Return the answers of each SVM, from a stored file or from a new fit, which is stored.

    Args:
        fits: The SVMs to fit.
        rows: Rows that the places refer to.
        kept: Folder of stored answers, each file named by the digest of its inputs; None stores
            nothing.

    Raises:
        DatasetError: A stored file is damaged.
        EngineError: A fit failed.
    """
    paths = [kept / f"{_digest(rows, fit)}.npz" if kept else None for fit in fits]
    known = {
        place: _read(path)
        for place, path in enumerate(paths)
        if path is not None and path.exists()
    }
    todo = [place for place in range(len(fits)) if place not in known]
    engine = Processes(_N_WORKERS if len(rows.y) >= _LEAST_APART else 1)
    done = results(engine.map(partial(_ask, rows), [fits[place] for place in todo]))
    bar = tqdm(
        desc="the notebook's SVMs",
        total=len(fits),
        initial=len(known),
        unit="SVM",
        leave=None,  # disappears when it is full inside another bar
    )
    with bar:
        for at, answer in done:
            known[todo[at]] = answer
            _keep(answer, paths[todo[at]])
            bar.update()
    return [known[place] for place in range(len(fits))]


def _ask(rows: Rows, fit: Fit) -> SvmAnswers:
    x = rows.x[fit.name]
    machine = SVC(**SETTINGS, random_state=rows.seed)
    with warnings.catch_warnings():
        # scikit-learn is pinned below the version that removes ``probability``.
        warnings.filterwarnings("ignore", message=".*probability", category=FutureWarning)
        machine.fit(x[fit.train], rows.y[fit.train])
    proba = np.zeros((len(fit.test), N_QUADRANTS))
    proba[:, machine.classes_] = machine.predict_proba(x[fit.test])
    return SvmAnswers(proba, machine.predict(x[fit.test]))


def _digest(rows: Rows, fit: Fit) -> str:
    x = rows.x[fit.name]
    parts = (x[fit.train], rows.y[fit.train], x[fit.test])
    shapes = [(part.shape, str(part.dtype)) for part in parts]
    facts = {"settings": SETTINGS, "seed": rows.seed, "scikit-learn": scikit_learn_version}
    digest = hashlib.sha256(json.dumps([facts, shapes], sort_keys=True).encode())
    for part in parts:
        digest.update(part.tobytes())
    return digest.hexdigest()


def _read(path: Path) -> SvmAnswers:
    arrays = read_npz(path, SvmAnswers._fields)
    return SvmAnswers(arrays["proba"].astype(np.float64), arrays["answers"].astype(np.int64))


def _keep(answers: SvmAnswers, path: Path | None) -> None:
    if path is not None:
        with whole(path) as unfinished, unfinished.open("wb") as file:
            np.savez(file, **answers._asdict())
