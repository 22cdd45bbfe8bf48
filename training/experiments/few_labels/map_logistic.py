"""MAP logistic regression on the population's log-odds, with a prior learnt from others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from models.arrays import FloatMatrix, IntVector
from models.emotion import N_QUADRANTS, softmax
from models.fusion.evidence import log_proba
from training.experiments.few_labels.context import Context
from training.experiments.few_labels.method import Answer, Arrays
from training.experiments.few_labels.multinomial import Answers, Doubles, find_mode
from training.experiments.few_labels.other_votes import Crowd
from training.experiments.few_labels.peers import Peers
from training.experiments.seeds import generator

LEAST_LABELS = 8
"""Listeners with fewer labels say little about a prior."""
_MOST_LISTENERS = 16
_MOST_LABELS = 48
_LEAST_SCALE = 1e-6
_START = (-2.0, -2.0)
_BOUNDS = (-8.0, 4.0)
_SETTINGS = {"xatol": 0.2, "fatol": 0.1, "maxfev": 40}


@dataclass(frozen=True, slots=True)
class Prior:
    """Variances of a listener's part in the log-odds of a quadrant.

    Attributes:
        taste: Variance of the part that depends on the features, for a track of mean length.
        level: Variance of the part that all tracks share.
    """

    taste: float
    level: float


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """A listener's answers.

    Attributes:
        z: Standardised features ``(n_labels, n_features)``; their mean square is 1.
        y: Quadrants as class indices ``(n_labels,)``.
        offset: The population's log-probabilities ``(n_labels, n_quadrants)``.
    """

    z: FloatMatrix
    y: IntVector
    offset: Doubles


class Map:
    """The likeliest weights of one listener, given answers and a prior learnt from others."""

    def __init__(self, context: Context, learnt: Arrays) -> None:
        self._context = context
        tracks = context.study.track_places[context.population]
        centre, scale = _standard(context.study.features.x[tracks])
        self._z = (context.x - centre) / scale
        self._offset = log_proba(context.proba)
        self.prior = Prior(float(learnt["taste"]), float(learnt["level"]))

    def answer(self, labelled: IntVector, crowd: Crowd) -> Answer:
        """Return the model's predictions after some answers."""
        del crowd
        context, test = self._context, slice(self._context.n_pool, None)
        if not len(labelled):
            return Answer(context.proba[test])
        listener = Listener(self._z[labelled], context.y[labelled], self._offset[labelled])
        dual = find_mode(_padded([listener]).under(self.prior)).dual[0]
        change = covariance(self._z[test], listener.z, self.prior) @ dual
        return Answer(softmax(self._offset[test] + change))


def learn(studies: Sequence[Peers]) -> Arrays:
    """Return the variances learnt from other listeners' answers."""
    prior = learn_prior([listener for peers in studies for listener in _listeners(peers)])
    return {"taste": np.array(prior.taste), "level": np.array(prior.level)}


def covariance(first: FloatMatrix, second: FloatMatrix, prior: Prior) -> Doubles:
    """Return the prior covariance of log-odds ``(n_first, n_second)``."""
    products = (first @ second.T).astype(np.float64)
    return np.asarray(prior.taste * products / first.shape[1] + prior.level)


def learn_prior(listeners: Sequence[Listener]) -> Prior:
    """Return the variances that maximise the Laplace evidence of all answers."""
    padded = _padded(listeners)
    start: list[Doubles | None] = [None]

    def loss(logs: Doubles) -> float:
        mode = find_mode(padded.under(Prior(*np.exp(np.clip(logs, *_BOUNDS)))), start[0])
        start[0] = mode.dual
        outside = float((np.abs(logs - np.clip(logs, *_BOUNDS))).sum())
        return outside - float(mode.log_evidence.sum())

    found = minimize(loss, np.array(_START), method="Nelder-Mead", options=_SETTINGS)
    return Prior(*(float(value) for value in np.exp(np.clip(found.x, *_BOUNDS))))


@dataclass(frozen=True, slots=True, eq=False)
class _Padded:
    """Padded answers without a prior; ``products`` are inner products of the features."""

    products: Doubles
    one_hot: Doubles
    offset: Doubles
    is_there: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

    def under(self, prior: Prior) -> Answers:
        both = self.is_there[:, :, None] & self.is_there[:, None, :]
        kernel = np.where(both, prior.taste * self.products + prior.level, 0.0)
        return Answers(kernel, self.one_hot, self.offset, self.is_there)


def _padded(listeners: Sequence[Listener]) -> _Padded:
    most = max(len(one.y) for one in listeners)
    n_listeners = len(listeners)
    products = np.zeros((n_listeners, most, most))
    one_hot, offset = np.zeros((2, n_listeners, most, N_QUADRANTS))
    is_there = np.zeros((n_listeners, most), np.bool_)
    for row, one in enumerate(listeners):
        n = len(one.y)
        products[row, :n, :n] = covariance(one.z, one.z, Prior(1.0, 0.0))
        one_hot[row, np.arange(n), one.y] = 1.0
        offset[row, :n] = one.offset
        is_there[row, :n] = True
    return _Padded(products, one_hot, offset, is_there)


def _standard(x: FloatMatrix) -> tuple[FloatMatrix, FloatMatrix]:
    """Return centre and scale of the population's features."""
    spread = x.std(axis=0)
    return x.mean(axis=0), np.where(spread > _LEAST_SCALE, spread, 1.0)


def _listeners(peers: Peers) -> list[Listener]:
    """Return the listeners with the most answers, each with a sample of at most 48."""
    rng = generator(peers.seed, peers.group, "map")
    x, offset, y = peers.study.features.x[peers.tracks], log_proba(peers.proba), peers.y
    centre, scale = _standard(x)
    names, counts = np.unique(peers.listener, return_counts=True)
    by_count = np.argsort(-counts, kind="stable")[:_MOST_LISTENERS]
    chosen = [place for place in by_count if counts[place] >= LEAST_LABELS] or by_count[:1]
    found = []
    for name in names[chosen]:
        theirs = rng.permutation(np.flatnonzero(peers.listener == name))[:_MOST_LABELS]
        found.append(Listener((x[theirs] - centre) / scale, y[theirs], offset[theirs]))
    return found
