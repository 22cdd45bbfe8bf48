"""What a catalogue is calibrated to: its tracks' sketches and all answers, some at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import bindparam, select

from models.arrays import FloatVector
from models.emotion import Quadrant
from service.db.database import Database
from service.db.population_predictions import seen
from service.db.tables import label_event, track
from service.db.track_rows import AnyRow, is_judged, track_features_folder
from service.labels import QuadrantVotes
from service.tracks import PopulationPredictor
from service.votes import NO_VOTES

ROWS_AT_ONCE = 2_000
"""A worker answers meanwhile: reading 10,000 stops its other threads for a quarter second."""

_SKETCHES = (
    seen((track.c.track_id, track.c.feature_digest, track.c.snapshot, track.c.sketch))
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
_LATER = label_event.alias("later")
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
    .where(
        label_event.c.seq > bindparam("after"),
        label_event.c.quadrant.is_not(None),
        ~select(_LATER.c.seq)
        .where(
            _LATER.c.user_id == label_event.c.user_id,
            _LATER.c.track_id == label_event.c.track_id,
            _LATER.c.seq > label_event.c.seq,
        )
        .exists(),
    )
    .order_by(label_event.c.seq)
    .limit(ROWS_AT_ONCE)
)


@dataclass(frozen=True, slots=True, eq=False)
class JudgedTracks:
    """Tracks that are shown and that the snapshot has judged, some of all.

    Attributes:
        track_features: As they are stored, without a calibration, by the tracks' ids.
        n_unjudged: Tracks among them that the snapshot can judge and has not; left out.
        n_foreign: Tracks among them that hold other features; left out.
    """

    track_features: Mapping[str, FloatVector]
    n_unjudged: int
    n_foreign: int


@dataclass(frozen=True, slots=True)
class StandingAnswer:
    """What a user says of a track now.

    Attributes:
        point: Valence and arousal in [-1, 1], where the user gave a point.
        others: The votes of other users on the track when the answer was written.
    """

    user_id: str
    track_id: str
    quadrant: Quadrant
    point: tuple[float, float] | None
    others: QuadrantVotes = NO_VOTES


class CalibrationInputs:
    """Reads what one snapshot is calibrated to.

    Args:
        database: Where it is.
        population_predictor: Of the snapshot, without a calibration.
    """

    def __init__(self, database: Database, population_predictor: PopulationPredictor) -> None:
        self._database = database
        self._believer = population_predictor

    def tracks(self) -> Iterator[JudgedTracks]:
        """Yield the tracks in the order of their ids, `ROWS_AT_ONCE` at a time."""
        asked = {"after": "", "version": self._believer.version}
        while True:
            with self._database.read() as connection:
                rows = connection.execute(_SKETCHES, asked).all()
            if not rows:
                return
            ours = [row for row in rows if row.feature_digest == self._believer.feature_digest]
            judged = self._judged(ours)
            n_unjudged, n_foreign = len(ours) - len(judged), len(rows) - len(ours)
            yield JudgedTracks(judged, n_unjudged, n_foreign)
            asked["after"] = rows[-1].track_id

    def _judged(self, rows: Sequence[AnyRow]) -> Mapping[str, FloatVector]:
        """Return the sketches of those that are judged; one not of numbers would spoil all."""
        judged = [row for row in rows if is_judged(row, self._believer)]
        track_features = track_features_folder(judged, self._believer)
        return {each: row for each, row in track_features.items() if np.isfinite(row).all()}

    def answers(self) -> Iterator[StandingAnswer]:
        """Yield all users' answers that stand, in the order in which they were given."""
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
