"""Input of a calibration: track features and all answers, read in batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import and_, bindparam, select

from models.arrays import FloatVector
from models.emotion import Quadrant
from service.db.database import Database
from service.db.population_predictions import seen_by_snapshot
from service.db.tables import answer, label_event, track
from service.db.track_rows import AnyRow, is_predicted, served_features
from service.labels import QuadrantVotes
from service.tracks import PopulationPredictor
from service.votes import NO_VOTES

ROWS_AT_ONCE = 2_000
"""Rows read at once: reading 10,000 blocks a worker's other threads for a quarter second."""

_TRACK_FEATURES = (
    seen_by_snapshot((track.c.track_id, track.c.feature_digest, track.c.snapshot, track.c.sketch))
    .where(track.c.track_id > bindparam("after"), ~track.c.is_hidden)
    .order_by(track.c.track_id)
    .limit(ROWS_AT_ONCE)
)
FROZEN = (
    label_event.c.others_q1,
    label_event.c.others_q2,
    label_event.c.others_q3,
    label_event.c.others_q4,
)
_IS_LATEST = and_(
    answer.c.user_id == label_event.c.user_id,
    answer.c.track_id == label_event.c.track_id,
    answer.c.seq == label_event.c.seq,
)
_ANSWERS = (
    select(
        label_event.c.seq,
        label_event.c.user_id,
        label_event.c.track_id,
        label_event.c.quadrant,
        label_event.c.valence,
        label_event.c.arousal,
        *FROZEN,
    )
    .join(answer, _IS_LATEST)
    .where(label_event.c.seq > bindparam("after"), label_event.c.quadrant.is_not(None))
    .order_by(label_event.c.seq)
    .limit(ROWS_AT_ONCE)
)


@dataclass(frozen=True, slots=True, eq=False)
class PredictedTracks:
    """A batch of shown tracks that the snapshot has predicted.

    Attributes:
        track_features: Stored track features, without a calibration, by track id.
        n_unpredicted: Tracks left out because the snapshot has not predicted them yet.
        n_foreign: Tracks left out because they hold features of another snapshot.
    """

    track_features: Mapping[str, FloatVector]
    n_unpredicted: int
    n_foreign: int


@dataclass(frozen=True, slots=True)
class StandingAnswer:
    """A user's current answer on a track.

    Attributes:
        point: Valence and arousal in [-1, 1]; None where the user gave only a quadrant.
        others: Other users' votes on the track when the answer was recorded.
    """

    user_id: str
    track_id: str
    quadrant: Quadrant
    point: tuple[float, float] | None
    others: QuadrantVotes = NO_VOTES


class CalibrationInputs:
    """Reads the input of one snapshot's calibration.

    Args:
        population_predictor: The snapshot's, without a calibration.
    """

    def __init__(self, database: Database, population_predictor: PopulationPredictor) -> None:
        self._database = database
        self._predictor = population_predictor

    def tracks(self) -> Iterator[PredictedTracks]:
        """Yield the tracks in order of their ids, `ROWS_AT_ONCE` at a time."""
        parameters = {"after": "", "version": self._predictor.version}
        while True:
            with self._database.read() as connection:
                rows = connection.execute(_TRACK_FEATURES, parameters).all()
            if not rows:
                return
            ours = [row for row in rows if row.feature_digest == self._predictor.feature_digest]
            judged = self._finite_features(ours)
            n_unpredicted, n_foreign = len(ours) - len(judged), len(rows) - len(ours)
            yield PredictedTracks(judged, n_unpredicted, n_foreign)
            parameters["after"] = rows[-1].track_id

    def _finite_features(self, rows: Sequence[AnyRow]) -> Mapping[str, FloatVector]:
        """Return the finite track features of predicted rows; one NaN would spoil the fit."""
        judged = [row for row in rows if is_predicted(row, self._predictor)]
        track_features = served_features(judged, self._predictor)
        return {each: row for each, row in track_features.items() if np.isfinite(row).all()}

    def answers(self) -> Iterator[StandingAnswer]:
        """Yield all users' current answers, in the order they were given."""
        after = 0
        while True:
            with self._database.read() as connection:
                rows = connection.execute(_ANSWERS, {"after": after}).all()
            for _, user_id, track_id, quadrant, valence, arousal, *frozen in rows:
                point = None if valence is None or arousal is None else (valence, arousal)
                others = (
                    NO_VOTES if None in frozen else (frozen[0], frozen[1], frozen[2], frozen[3])
                )
                yield StandingAnswer(user_id, track_id, Quadrant(quadrant), point, others)
            if not rows:
                return
            after = rows[-1].seq
