"""Tracks that a snapshot has not predicted, and users that it has no model of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import BindParameter, Select, and_, bindparam, func, or_, select

from service.db.database import Database
from service.db.population_predictions import (
    PredictionColumns,
    add_population_predictions,
    seen_by_snapshot,
)
from service.db.tables import label_event, personal_model, track, track_belief, track_segments
from service.db.track_rows import WHOLE, features_in, is_predicted, prediction_columns_of
from service.db.votes import lock_tracks
from service.tracks import PopulationPredictor


@dataclass(frozen=True, slots=True)
class Extent:
    """Amount of work of a replay.

    Attributes:
        n_tracks: Tracks that the snapshot has not predicted.
        n_foreign: Tracks that it cannot predict, since they hold features of another snapshot.
        n_users: Users with an answer.
    """

    n_tracks: int
    n_foreign: int
    n_users: int


_VERSION: BindParameter[str] = bindparam("version")
_IS_OURS = track.c.feature_digest == bindparam("digest")
_IS_LEFT = or_(track.c.audio_vector.is_not(None), track.c.lyrics_vector.is_not(None))
_JUDGED = select(track_belief.c.track_id).where(
    track_belief.c.track_id == track.c.track_id, track_belief.c.snapshot == _VERSION
)
_IS_OTHERS = or_(track.c.snapshot != _VERSION, track.c.sketch.is_(None))
_IS_DUE = and_(_IS_OURS, _IS_OTHERS, ~_JUDGED.exists(), _IS_LEFT)
_DUE = (
    select(track.c.track_id)
    .where(track.c.track_id > bindparam("after"), _IS_DUE)
    .order_by(track.c.track_id)
    .limit(bindparam("most"))
)
_AMONG = track.c.track_id.in_(bindparam("track_ids", expanding=True))
_THOSE = seen_by_snapshot(WHOLE).where(_AMONG, _IS_OURS, _IS_LEFT)
# A track whose segments were pruned keeps its revision.
_STATES = (
    select(track.c.track_id, track.c.revision, track_segments.c.starts_s)
    .select_from(track.outerjoin(track_segments))
    .where(_AMONG)
)

_ANSWERED = (
    select(label_event.c.user_id, func.max(label_event.c.seq).label("last"))
    .where(label_event.c.user_id > bindparam("after"))
    .group_by(label_event.c.user_id)
    .order_by(label_event.c.user_id)
    .limit(bindparam("most"))
)
_LEARNT = select(personal_model.c.user_id, personal_model.c.label_seq).where(
    personal_model.c.user_id.in_(bindparam("user_ids", expanding=True)),
    personal_model.c.snapshot == _VERSION,
    personal_model.c.algorithm == bindparam("algorithm"),
)
_N_DUE = select(func.count()).select_from(track).where(_IS_DUE)
_N_FOREIGN = select(func.count()).select_from(track).where(~_IS_OURS, ~track.c.is_hidden)
_N_USERS = select(func.count(label_event.c.user_id.distinct()))


class Backlog:
    """Tracks that a snapshot has not predicted, and users without a model of all their answers.

    Args:
        database: The database.
        population_predictor: Predicts tracks under the snapshot.
        algorithm: Algorithm of the personal models.
        serving_version: Version of the snapshot and its calibration.
    """

    def __init__(
        self,
        database: Database,
        population_predictor: PopulationPredictor,
        algorithm: str,
        serving_version: str,
    ) -> None:
        self._database = database
        self._predictor = population_predictor
        self._own: dict[str, str] = {
            "version": population_predictor.version,
            "digest": population_predictor.feature_digest,
        }
        self._learnt_by = {"version": serving_version, "algorithm": algorithm}

    def extent(self) -> Extent:
        """Return the amount of work."""
        return Extent(
            n_tracks=self._count(_N_DUE, self._own),
            n_foreign=self._count(_N_FOREIGN, {"digest": self._predictor.feature_digest}),
            n_users=self._count(_N_USERS, {}),
        )

    def tracks(self, after: str, limit: int) -> Sequence[str]:
        """Return the first ids after ``after``, in order, of tracks to predict."""
        parameters = {"after": after, "most": limit, **self._own}
        with self._database.read() as connection:
            return list(connection.execute(_DUE, parameters).scalars())

    def predict(self, track_ids: Sequence[str]) -> None:
        """Predict tracks, and store the predictions of those that do not change meanwhile."""
        with self._database.read() as connection:
            rows = connection.execute(_THOSE, {"track_ids": track_ids, **self._own}).all()
        due = {row.track_id: row for row in rows if not is_predicted(row, self._predictor)}
        # Slow, so before the transaction. One by one as on reading: a matrix product of several
        # rows rounds differently, and personal models must not depend on who predicted first.
        columns = {
            track_id: prediction_columns_of(features_in(row), self._predictor)
            for track_id, row in due.items()
        }
        self._keep(columns, {key: (row.revision, row.starts_s) for key, row in due.items()})

    def users(self, after: str, limit: int) -> Mapping[str, bool]:
        """Return the first users after ``after``, in order, and whether to fit their models."""
        with self._database.read() as connection:
            last = connection.execute(_ANSWERED, {"after": after, "most": limit}).all()
            parameters = {"user_ids": [row.user_id for row in last], **self._learnt_by}
            learnt = {
                row.user_id: row.label_seq for row in connection.execute(_LEARNT, parameters)
            }
        return {row.user_id: learnt.get(row.user_id) != row.last for row in last}

    def _keep(
        self,
        columns: Mapping[str, PredictionColumns],
        states: Mapping[str, tuple[int, bytes | None]],
    ) -> None:
        """Store the predictions of tracks that have not changed since they were read."""
        with self._database.write_cache() as connection:
            lock_tracks(connection, columns)
            found = connection.execute(_STATES, {"track_ids": list(columns)})
            now = {row.track_id: (row.revision, row.starts_s) for row in found}
            same = {
                track_id: prediction
                for track_id, prediction in columns.items()
                if now.get(track_id) == states[track_id]
            }
            add_population_predictions(connection, self._predictor.version, same)

    def _count(self, statement: Select[int], parameters: Mapping[str, str]) -> int:
        with self._database.read() as connection:
            return int(connection.execute(statement, parameters).scalars().one())
