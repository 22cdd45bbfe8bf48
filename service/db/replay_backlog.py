"""What one snapshot has yet to judge and to learn, in a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import BindParameter, Select, and_, bindparam, func, or_, select

from service.db.database import Database
from service.db.population_predictions import PredictionColumns, add_population_predictions, seen
from service.db.tables import label_event, personal_model, track, track_belief
from service.db.track_rows import WHOLE, belief_of, features_in, is_judged
from service.db.votes import lock_tracks
from service.tracks import PopulationPredictor


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is to do.

    Attributes:
        n_tracks: Tracks that the snapshot has not judged.
        n_foreign: Tracks that it cannot judge: they hold other features than it reads.
        n_users: Users who have answered something, learnt or not.
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
_THOSE = seen(WHOLE).where(_AMONG, _IS_OURS, _IS_LEFT)
_REVISIONS = select(track.c.track_id, track.c.revision).where(_AMONG)

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
    """Tracks that a snapshot has not judged, and users whose answers it has not learnt.

    Args:
        database: Where they are.
        population_predictor: Of the snapshot.
        algorithm: By which users' answers are learnt.
        serving_version: Under which: the snapshot's version and its calibration's.
    """

    def __init__(
        self,
        database: Database,
        population_predictor: PopulationPredictor,
        algorithm: str,
        serving_version: str,
    ) -> None:
        self._database = database
        self._believer = population_predictor
        self._own: dict[str, str] = {
            "version": population_predictor.version,
            "digest": population_predictor.feature_digest,
        }
        self._learnt_by = {"version": serving_version, "algorithm": algorithm}

    def extent(self) -> Extent:
        """Return how much it is."""
        return Extent(
            n_tracks=self._count(_N_DUE, self._own),
            n_foreign=self._count(_N_FOREIGN, {"digest": self._believer.feature_digest}),
            n_users=self._count(_N_USERS, {}),
        )

    def tracks(self, after: str, limit: int) -> Sequence[str]:
        """Return the first ids after one, in their order, of tracks that are to be judged."""
        parameters = {"after": after, "most": limit, **self._own}
        with self._database.read() as connection:
            return list(connection.execute(_DUE, parameters).scalars())

    def judge(self, track_ids: Sequence[str]) -> None:
        """Judge tracks, and keep what is thought of those that do not change meanwhile."""
        with self._database.read() as connection:
            rows = connection.execute(_THOSE, {"track_ids": track_ids, **self._own}).all()
        due = {row.track_id: row for row in rows if not is_judged(row, self._believer)}
        # Slow, and so before the transaction; one by one, as on reading: a matrix product of many
        # rounds otherwise, and what users' models are made of must not depend on who was faster.
        columns = {
            track_id: belief_of(features_in(row), self._believer) for track_id, row in due.items()
        }
        self._keep(columns, {track_id: row.revision for track_id, row in due.items()})

    def users(self, after: str, limit: int) -> Mapping[str, bool]:
        """Return the first users after one, in their order, and whether answers are not learnt."""
        with self._database.read() as connection:
            last = connection.execute(_ANSWERED, {"after": after, "most": limit}).all()
            parameters = {"user_ids": [row.user_id for row in last], **self._learnt_by}
            learnt = {
                row.user_id: row.label_seq for row in connection.execute(_LEARNT, parameters)
            }
        return {row.user_id: learnt.get(row.user_id) != row.last for row in last}

    def _keep(
        self, columns: Mapping[str, PredictionColumns], revisions: Mapping[str, int]
    ) -> None:
        """Keep beliefs of those tracks that have not changed since they were judged."""
        with self._database.write_cache() as connection:
            lock_tracks(connection, columns)
            found = connection.execute(_REVISIONS, {"track_ids": list(columns)})
            now = {row.track_id: row.revision for row in found}
            same = {
                track_id: belief
                for track_id, belief in columns.items()
                if now.get(track_id) == revisions[track_id]
            }
            add_population_predictions(connection, self._believer.version, same)

    def _count(self, statement: Select[int], parameters: Mapping[str, str]) -> int:
        with self._database.read() as connection:
            return int(connection.execute(statement, parameters).scalars().one())
