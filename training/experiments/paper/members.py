"""The paper's models, which continue training on the newest batch of answers.

``gnb`` is scikit-learn's :class:`GaussianNB`, ``sgd`` its :class:`SGDClassifier`, both updated by
``partial_fit``; ``xgb`` is an xgboost booster that grows by 100 trees a quadrant. Settings are
those of the paper's code, otherwise the libraries' defaults.
"""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import xgboost
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB
from skops import io as skops

from models.arrays import FloatMatrix, IntVector, Proba
from models.emotion import N_QUADRANTS
from models.errors import DatasetError
from training.atomic_files import whole
from training.cnn.paper_onnx import proba_of
from training.datasets.feature_rows import Rows
from training.experiments.paper.spectrograms import mel_of

_DAMAGED = (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile)
N_TREES = 100
"""Trees of each quadrant, at first and in each update."""
_BOOSTING = {
    "objective": "multi:softprob",
    "num_class": N_QUADRANTS,
    "max_depth": 5,
    "nthread": 1,  # workers use the other cores, and rounding depends on the number of threads
}


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Tracks as the models read them.

    Attributes:
        x: Features, track after track ``(n_rows, n_features)``.
        rows: Rows of each track.
        recordings: One recording a track if there is a cnn; otherwise empty.
    """

    x: FloatMatrix
    rows: Rows
    recordings: Sequence[Path] = ()

    def take(self, places: IntVector) -> "Tracks":
        """Return some of the tracks."""
        recordings = [self.recordings[place] for place in places] if self.recordings else ()
        return Tracks(self.x[self.rows.of(places)], self.rows.take(places), recordings)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """The newest answers.

    Attributes:
        tracks: The answered tracks.
        y: The answers as class indices ``(n_tracks,)``.
        judged: The test songs.
        judged_y: The listener's quadrants of the test songs ``(n_judged,)``; only a cnn that
            chooses its epoch by them reads these.
    """

    tracks: Tracks
    y: IntVector
    judged: Tracks
    judged_y: IntVector

    @property
    def row_y(self) -> IntVector:
        """The answers by row ``(n_rows,)``."""
        return self.tracks.rows.spread(self.y)


class Member(Protocol):
    """One fitted model; ``learn`` returns a new model."""

    def proba(self, tracks: Tracks) -> Proba:
        """Return the distribution over quadrants of each row ``(n_rows, n_quadrants)``."""
        ...

    def learn(self, batch: Batch) -> "Member":
        """Return the model after a batch of answers."""
        ...

    def save(self, path: Path) -> None:
        """Write the model to a file, atomically."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Incremental:
    """A scikit-learn model with ``partial_fit``."""

    model: GaussianNB | SGDClassifier

    def proba(self, tracks: Tracks) -> Proba:
        return cast(Proba, self.model.predict_proba(tracks.x))

    def learn(self, batch: Batch) -> "Incremental":
        updated = deepcopy(self.model)
        updated.partial_fit(batch.tracks.x, batch.row_y)
        return Incremental(updated)

    def save(self, path: Path) -> None:
        with whole(path) as unfinished:
            skops.dump(self.model, unfinished)


@dataclass(frozen=True, slots=True, eq=False)
class ClipRows:
    """A stored cnn that predicts without torch and cannot learn.

    Attributes:
        path: File of the network.
    """

    path: Path

    def proba(self, tracks: Tracks) -> Proba:
        mels = [mel_of(path) for path in tracks.recordings]
        return np.asarray(tracks.rows.spread(proba_of(self.path, mels)))

    def learn(self, batch: Batch) -> "Member":
        raise NotImplementedError("A network learns with torch: see paper.network.")

    def save(self, path: Path) -> None:
        with whole(path) as unfinished:
            unfinished.write_bytes(self.path.read_bytes())


@dataclass(frozen=True, slots=True, eq=False)
class Boosted:
    """An xgboost booster that learns by more trees; a batch may lack quadrants."""

    booster: xgboost.Booster

    def proba(self, tracks: Tracks) -> Proba:
        return cast(Proba, self.booster.predict(xgboost.DMatrix(tracks.x, nthread=1)))

    def learn(self, batch: Batch) -> "Boosted":
        answers = xgboost.DMatrix(batch.tracks.x, label=batch.row_y, nthread=1)
        return Boosted(xgboost.train(_BOOSTING, answers, N_TREES, xgb_model=self.booster))

    def save(self, path: Path) -> None:
        with whole(path) as unfinished:
            # The library reads the format from the file's ending, which a temporary file lacks.
            unfinished.write_bytes(self.booster.save_raw("ubj"))


def _gnb(x: FloatMatrix, y: IntVector, seed: int) -> Member:
    del seed
    return Incremental(GaussianNB().fit(x, y))


def _sgd(x: FloatMatrix, y: IntVector, seed: int) -> Member:
    model = SGDClassifier(loss="log_loss", penalty="l2", warm_start=True, random_state=seed)
    return Incremental(model.fit(x, y))


def _xgb(x: FloatMatrix, y: IntVector, seed: int) -> Member:
    settings = _BOOSTING | {"seed": seed}
    return Boosted(xgboost.train(settings, xgboost.DMatrix(x, label=y, nthread=1), N_TREES))


FITS: Mapping[str, Callable[[FloatMatrix, IntVector, int], Member]] = {
    "gnb": _gnb,
    "sgd": _sgd,
    "xgb": _xgb,
}
"""Algorithm to a fit of rows ``(n_rows, n_features)``, their quadrants and a seed."""

ALGORITHMS = (*FITS, "cnn")
"""All algorithms of the paper's committee."""
ENDINGS: Mapping[str, str] = {"gnb": ".skops", "sgd": ".skops", "xgb": ".ubj", "cnn": ".onnx"}
"""Algorithm to the ending of a model's file."""


def file_name(algorithm: str, fold: int | str) -> str:
    """Return the file name of a model: the one in the paper's code with another ending.

    >>> file_name("gnb", 0)
    'classifier_gnb.it_0.skops'
    """
    return f"classifier_{algorithm}.it_{fold}{ENDINGS[algorithm]}"


def load_member(path: Path) -> Member:
    """Return the model in a file that ``save`` wrote.

    Raises:
        DatasetError: The file is damaged, or is not a model.
    """
    try:
        if path.suffix == ENDINGS["xgb"]:
            booster = xgboost.Booster({"nthread": 1})
            booster.load_model(bytearray(path.read_bytes()))
            return Boosted(booster)
        if path.suffix == ENDINGS["cnn"]:
            return ClipRows(path)
        model = skops.load(path)
    except (*_DAMAGED, xgboost.core.XGBoostError) as error:
        raise DatasetError(f"{path} holds no model: {error}") from error
    if not isinstance(model, GaussianNB | SGDClassifier):
        raise DatasetError(f"{path} holds a {type(model).__name__}; gnb and sgd are read.")
    return Incremental(model)
