"""The Gaussian personaliser in the experiment."""

import numpy as np

from models.arrays import IntVector, Proba
from models.emotion import SIGNS
from models.personal.gaussian import PersonalGaussian, learn, measured, sketches
from models.personal.gaussian.listener import ROUNDING
from training.experiments.few_labels.context import Context
from training.experiments.few_labels.method import Answer
from training.prior import Doubles, Opinions, fit_components, fit_gaussian, fit_prior

_UNIT = np.ones(2)  # answers are in units of the axes; how wide these are plays no part


class Gaussian:
    """The hierarchical model; its prior is learnt from the other listeners.

    Where listeners answered points, it learns these, the listener's and the others', each in units
    of whoever gave them.

    What the shared committee says of a track that these labelled is what its members say that were
    not fitted on the track's artist: the others' votes must not count twice.
    """

    needed = ROUNDING
    """The evidence above which a listener's answers are gone by."""

    def __init__(self, context: Context) -> None:
        labels, places = context.study.labels, context.study.track_places
        features = context.study.features.x[:, : context.n_common]
        components = fit_components(features)
        phi = components(features)
        tracks = places[context.population]
        listener = _numbered(np.array(labels.listeners)[context.population])
        opinions = Opinions(
            listener=listener,
            track=_numbered(tracks),
            y=labels.y[context.population],
            proba=context.out_of_fold,
            phi=phi[tracks],
            points=_measured(labels.points, context.population, listener),
        )
        self._context = context
        self._totals = _totals(opinions.points, tracks, len(phi), context.places)
        self._shared = fit_gaussian(opinions, components, fit_prior(opinions, _UNIT))
        self._rows = sketches(_unbiased(context, tracks), phi[context.places])

    def answer(self, asked: IntVector) -> Answer:
        """Return what the model says that has learnt some answers."""
        n_pool = self._context.n_pool
        listener = self.model(asked)
        votes = self._context.votes[n_pool:]
        totals = None if self._totals is None else self._totals[n_pool:]
        proba = listener.proba(listener.place(self._rows[n_pool:], votes, totals))
        return Answer(proba, listener.sets(proba, votes))

    def model(self, asked: IntVector) -> PersonalGaussian:
        """Return the model that has learnt some answers."""
        if not len(asked):
            return self._shared.nobody
        asked = np.sort(asked)  # sums round alike, however the answers came in
        y, points = self._context.y[asked], self._context.points
        placed = SIGNS[y] if points is None else measured(points[asked])
        return learn(self._shared, self._rows[asked], placed, y, needed=self.needed)


class GaussianAlways(Gaussian):
    """The same where a listener's answers are gone by, whatever evidence they give."""

    needed = -np.inf


def _unbiased(context: Context, tracks: IntVector) -> Proba:
    """Return what the committee says of the listener's tracks, out of fold where it knows them."""
    said = context.proba.copy()
    known = np.flatnonzero(np.isin(context.places, tracks))
    first = {track: place for place, track in reversed(list(enumerate(tracks.tolist())))}
    said[known] = context.out_of_fold[[first[track] for track in context.places[known].tolist()]]
    return said


def _measured(
    points: Doubles | None, population: IntVector, listener: IntVector
) -> Doubles | None:
    """Return the population's points in units of each listener's own, where there are points."""
    if points is None:
        return None
    given = points[population].copy()
    for who in range(listener.max() + 1):
        given[listener == who] = measured(given[listener == who])
    return given


def _totals(
    points: Doubles | None, tracks: IntVector, n_tracks: int, places: IntVector
) -> Doubles | None:
    """Return the sums of the population's points on each of the listener's tracks."""
    if points is None:
        return None
    totals = np.zeros((n_tracks, 2))
    np.add.at(totals, tracks, points)
    return totals[places]


def _numbered(names: np.ndarray) -> IntVector:
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)
