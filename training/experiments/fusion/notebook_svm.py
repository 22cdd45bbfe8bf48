"""Fits the lyrics-and-audio notebook's support vector machines, and keeps what they say."""

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
"""The notebook's own. Its embeddings are not scaled."""
_N_WORKERS = 2
_LEAST_APART = 2000
"""With fewer rows starting another process takes longer than it saves."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What machines are fitted to and asked about.

    Attributes:
        x: Name to features ``(n_rows, n_features)``.
        y: Labels 0 to 3 ``(n_rows,)``.
        seed: Of the folds by which a machine's probabilities are calibrated.
    """

    x: Mapping[str, FloatMatrix]
    y: IntVector
    seed: int


class Fit(NamedTuple):
    """One machine to fit.

    Attributes:
        name: Of the features.
        train: Places of the rows to fit to.
        asked: Places of the rows to ask about.
    """

    name: str
    train: IntVector
    asked: IntVector


class SvmAnswers(NamedTuple):
    """What a machine says of the rows that it is asked about.

    Attributes:
        proba: Shape ``(n_rows, 4)``.
        answers: Labels ``(n_rows,)`` by the machine's own vote, which now and then is not the
            likeliest label.
    """

    proba: Proba
    answers: IntVector


def ask_machines(fits: Sequence[Fit], rows: Rows, kept: Path | None) -> list[SvmAnswers]:
    """Return what each machine says, read where it is kept, otherwise fitted and then kept.

    Args:
        fits: What to fit and to ask.
        rows: Where the places point.
        kept: A folder of files, each called by the digest of all that decides what is in it; with
            none nothing is kept.

    Raises:
        DatasetError: A kept file is damaged.
        EngineError: A fit failed.
    """
    paths = [kept / f"{_digest(rows, fit)}.npz" if kept else None for fit in fits]
    said = {
        place: _read(path)
        for place, path in enumerate(paths)
        if path is not None and path.exists()
    }
    todo = [place for place in range(len(fits)) if place not in said]
    engine = Processes(_N_WORKERS if len(rows.y) >= _LEAST_APART else 1)
    done = results(engine.map(partial(_ask, rows), [fits[place] for place in todo]))
    bar = tqdm(
        desc="the notebook's SVMs",
        total=len(fits),
        initial=len(said),
        unit="SVM",
        leave=None,  # within another bar it goes when it is full
    )
    with bar:
        for at, answer in done:
            said[todo[at]] = answer
            _keep(answer, paths[todo[at]])
            bar.update()
    return [said[place] for place in range(len(fits))]


def _ask(rows: Rows, fit: Fit) -> SvmAnswers:
    x = rows.x[fit.name]
    machine = SVC(**SETTINGS, random_state=rows.seed)
    with warnings.catch_warnings():
        # scikit-learn is pinned below the version that lacks it.
        warnings.filterwarnings("ignore", message=".*probability", category=FutureWarning)
        machine.fit(x[fit.train], rows.y[fit.train])
    proba = np.zeros((len(fit.asked), N_QUADRANTS))
    proba[:, machine.classes_] = machine.predict_proba(x[fit.asked])
    return SvmAnswers(proba, machine.predict(x[fit.asked]))


def _digest(rows: Rows, fit: Fit) -> str:
    x = rows.x[fit.name]
    parts = (x[fit.train], rows.y[fit.train], x[fit.asked])
    shapes = [(part.shape, str(part.dtype)) for part in parts]
    facts = {"settings": SETTINGS, "seed": rows.seed, "scikit-learn": scikit_learn_version}
    digest = hashlib.sha256(json.dumps([facts, shapes], sort_keys=True).encode())
    for part in parts:
        digest.update(part.tobytes())
    return digest.hexdigest()


def _read(path: Path) -> SvmAnswers:
    arrays = read_npz(path, SvmAnswers._fields)
    return SvmAnswers(arrays["proba"].astype(np.float64), arrays["answers"].astype(np.int64))


def _keep(said: SvmAnswers, path: Path | None) -> None:
    if path is not None:
        with whole(path) as unfinished, unfinished.open("wb") as file:
            np.savez(file, **said._asdict())
