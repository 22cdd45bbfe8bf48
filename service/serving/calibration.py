"""Calibration of the shared models to the served catalogue and to its users.

Predictions of tracks are read from their stored features; no track is predicted again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import Proba, Votes
from models.calibration.catalogue import (
    Answers,
    CatalogueCalibration,
    PopulationReference,
    fit_calibration,
)
from models.calibration.listeners import fit_listeners
from models.emotion import N_QUADRANTS
from models.personal.logistic import components_in, n_columns, proba_in
from models.personal.logistic.prequential import AnswerLog
from models.personal.logistic.prior import Doubles
from models.population import LEAST_PROBA
from models.snapshot import Snapshot
from models.votes import vote_of
from service.db.calibration_inputs import CalibrationInputs, StandingAnswer
from service.db.calibrations import Calibrations, Size
from service.errors import NoPopulationError
from service.labels import QuadrantVotes


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The tracks and answers that a snapshot is calibrated to.

    Attributes:
        proba: Predictions of the tracks ``(n_tracks, n_quadrants)``.
        phi: Components of these tracks ``(n_tracks, n_components)``.
        answers: Answers on these tracks, in the order they were given.
        frozen: Others' votes on the track at the time of each answer ``(n_answers, n_quadrants)``.
        n_unpredicted: Tracks left out because the snapshot has not predicted them.
        n_foreign: Tracks left out because they hold features of another snapshot.
        size: Size of catalogue and log before they were read; later rows count as growth.
    """

    proba: Proba
    phi: Doubles
    answers: Answers
    frozen: Votes
    n_unpredicted: int
    n_foreign: int
    size: Size

    @property
    def is_partial(self) -> bool:
        """Whether the snapshot has predicted less than half of the tracks."""
        return self.n_unpredicted + self.n_foreign > len(self.proba)

    @property
    def fitted_size(self) -> Size:
        """The size to measure growth from, after a calibration to this evidence.

        Where most tracks are left out, they count as growth once they are predicted.
        """
        return Size(len(self.proba), len(self.answers)) if self.is_partial else self.size

    def log(self, calibrated: Callable[[Proba], Proba], n_taste: int) -> AnswerLog:
        """Return the answers in the form that the users' prior is fitted to.

        Args:
            calibrated: Applies the calibration to predictions.
            n_taste: Number of components that taste depends on.
        """
        track = self.answers.track
        return AnswerLog(
            listener=np.unique(self.answers.listener, return_inverse=True)[1],
            track=track,
            log_p0=np.log(np.maximum(calibrated(self.proba[track]), LEAST_PROBA)),
            phi=self.phi[track, :n_taste],
            e=self.answers.y,
            frozen=self.frozen,
        )


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationRun:
    """A fitted calibration.

    Attributes:
        is_new: Whether it differs from the previous one.
        evidence: What it was fitted to.
    """

    calibration: CatalogueCalibration
    is_new: bool
    evidence: Evidence


def calibrate(
    snapshot: Snapshot, evidence: Evidence, calibrations: Calibrations
) -> CalibrationRun:
    """Fit a calibration to the evidence, and store it.

    The zero points are fitted first, because the users' prior depends on them.

    Raises:
        NoPopulationError: The snapshot has no reference of its training data.
        StoreUnavailableError: The database cannot be used now.
    """
    zeros = fit_calibration(
        _population_of(snapshot),
        evidence.proba,
        evidence.phi,
        evidence.answers,
        snapshot=snapshot.version,
    )
    log = evidence.log(zeros, snapshot.listener_model.n_taste)
    calibration = replace(zeros, listeners=fit_listeners(log, snapshot.shipped_prior))
    is_new = calibrations.add(snapshot.version, calibration, evidence.fitted_size)
    return CalibrationRun(calibration, is_new, evidence)


def gather(snapshot: Snapshot, inputs: CalibrationInputs, calibrations: Calibrations) -> Evidence:
    """Read all tracks and all answers; a million tracks take about 300 MB.

    Raises:
        NoPopulationError: The snapshot has no reference of its training data.
        StoreUnavailableError: The database cannot be used now.
    """
    _population_of(snapshot)
    size = calibrations.size()
    table = _AnswerTable()
    table.add(inputs.answers())
    width = n_columns(snapshot.listener_model.components.n_components)
    parts = [np.zeros((0, width), np.float32)]
    n_tracks = n_unpredicted = n_foreign = 0
    for tracks in inputs.tracks():
        table.place(tracks.track_features, n_tracks)
        parts.append(np.array([*tracks.track_features.values()], np.float32).reshape(-1, width))
        n_tracks += len(tracks.track_features)
        n_unpredicted += tracks.n_unpredicted
        n_foreign += tracks.n_foreign
    proba = np.concatenate([proba_in(part) for part in parts])
    phi = np.concatenate([components_in(part) for part in parts], dtype=np.float64)
    answers, frozen = table.answers()
    return Evidence(proba, phi, answers, frozen, n_unpredicted, n_foreign, size)


def _population_of(snapshot: Snapshot) -> PopulationReference:
    if snapshot.population is None:
        raise NoPopulationError(snapshot.version)
    return snapshot.population


class _AnswerTable:
    """All answers as arrays, whose tracks are found one block after another."""

    def __init__(self) -> None:
        self._tracks: dict[str, int] = {}
        self._listeners: dict[str, int] = {}
        self._about: list[int] = []
        self._by: list[int] = []
        self._y: list[Proba] = []
        self._frozen: list[QuadrantVotes] = []
        self._rows: dict[int, int] = {}

    def add(self, answers: Iterable[StandingAnswer]) -> None:
        """Add answers in the order of the log."""
        for answer in answers:
            self._about.append(self._tracks.setdefault(answer.track_id, len(self._tracks)))
            self._by.append(self._listeners.setdefault(answer.user_id, len(self._listeners)))
            self._y.append(vote_of(answer.quadrant, answer.point))
            self._frozen.append(answer.others)

    def place(self, track_ids: Iterable[str], first: int) -> None:
        """Record the rows of consecutive tracks."""
        for row, track_id in enumerate(track_ids, start=first):
            if track_id in self._tracks:
                self._rows[self._tracks[track_id]] = row

    def answers(self) -> tuple[Answers, Votes]:
        """Return the answers on tracks that were found, and others' votes at their time."""
        rows = np.full(len(self._tracks), -1, np.int64)
        rows[list(self._rows)] = list(self._rows.values())
        track = rows[np.array(self._about, np.int64)]
        y, frozen = (
            np.array(rows, np.float64).reshape(-1, N_QUADRANTS) for rows in (self._y, self._frozen)
        )
        is_found = track >= 0
        answers = Answers(track, y, np.array(self._by, np.int64)).take(is_found)
        return answers, frozen[is_found]
