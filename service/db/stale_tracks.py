"""Tracks with features of an earlier snapshot, and their replacement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, or_, select, update

from models.track import AudioFeatures, TrackFeatures
from service.db.database import IDS_AT_ONCE, Database
from service.db.population_predictions import put_population_predictions
from service.db.stale_rows import UNSENT
from service.db.tables import catalogue, track
from service.db.track_rows import columns_of_features
from service.db.track_segments import KeptSegments, put_segments
from service.db.votes import lock_tracks
from service.tracks import PopulationPredictor


@dataclass(frozen=True, slots=True)
class StaleTrack:
    """A shown track with features of an earlier snapshot.

    Attributes:
        audio_sha256: Digest of its recording; None without one.
        revision: Revision of the catalogue at the track's last change.
        lyrics_unread: Why the lyrics have no features once the recording's are extracted again.
    """

    track_id: str
    audio_sha256: str | None
    revision: int
    lyrics_unread: str | None


_IS_STALE: ColumnElement[bool] = track.c.feature_digest != bindparam("digest")
_FOLLOWS: ColumnElement[bool] = track.c.track_id > bindparam("after")
_COUNT = select(
    sum(
        (
            # Two ranges of an index: with "not equal" it would not be used.
            select(func.count()).where(is_beside, ~track.c.is_hidden).scalar_subquery()
            for is_beside in (
                track.c.feature_digest < bindparam("digest"),
                track.c.feature_digest > bindparam("digest"),
            )
        ),
        start=literal(0),
    )
)
_NEXT_ONES = (
    select(
        track.c.track_id,
        track.c.audio_sha256,
        track.c.revision,
        track.c.lyrics_unread,
        track.c.lyrics_logits.is_not(None).label("has_lyrics"),
    )
    .where(_FOLLOWS, _IS_STALE, ~track.c.is_hidden)
    .order_by(track.c.track_id)
    .limit(bindparam("most"))
)
_UNSENT = (
    select(track.c.track_id, _IS_STALE.label("is_stale"))
    .where(_FOLLOWS, or_(_IS_STALE, track.c.lyrics_unread == UNSENT), ~track.c.is_hidden)
    .order_by(track.c.track_id)
    .limit(bindparam("most"))
)
_IS_IT = track.c.track_id == bindparam("one")
_REVISION = select(track.c.revision).where(_IS_IT)
_RENEW = update(track).where(_IS_IT)
_NEXT = update(catalogue).values(revision=catalogue.c.revision + 1).returning(catalogue.c.revision)


class StaleTracks:
    """Finds tracks whose features a snapshot cannot read, and replaces these features.

    Args:
        database: The database.
        population_predictor: Predicts tracks under the snapshot.
        segments: Which segments of a track are stored with its new features.
    """

    def __init__(
        self,
        database: Database,
        population_predictor: PopulationPredictor,
        segments: KeptSegments = "all",
    ) -> None:
        self._database = database
        self._predictor = population_predictor
        self._segments = segments

    def count(self) -> int:
        """Return the number of stale tracks."""
        with self._database.read() as connection:
            parameters = {"digest": self._predictor.feature_digest}
            return int(connection.execute(_COUNT, parameters).scalar_one())

    def following(self, track_id: str, limit: int) -> Sequence[StaleTrack]:
        """Return the first stale tracks after an id, in order of their ids."""
        return [
            StaleTrack(
                row.track_id,
                row.audio_sha256,
                row.revision,
                UNSENT if row.has_lyrics else row.lyrics_unread,
            )
            for row in self._rows(_NEXT_ONES, track_id, limit)
        ]

    def renew(self, stale: StaleTrack, audio: AudioFeatures) -> bool:
        """Replace a track's features by those of its recording, and predict them.

        Predictions from its lyrics are dropped, because two snapshots' predictions cannot be
        fused. All other columns stay.

        Returns:
            False if the track was changed since it was found; it then stays as it is.
        """
        features = TrackFeatures(audio, None)
        # Slow, so first.
        numbers, segments = columns_of_features(features, self._predictor, self._segments)
        numbers |= {"lyrics_unread": stale.lyrics_unread}
        with self._database.write() as connection:
            revision = connection.execute(_NEXT).scalar_one()
            lock_tracks(connection, [stale.track_id])
            one = {"one": stale.track_id}
            if connection.execute(_REVISION, one).scalar_one() != stale.revision:
                return False
            connection.execute(_RENEW.values(numbers | {"revision": revision}), one)
            put_segments(connection, stale.track_id, segments)
            put_population_predictions(connection, stale.track_id, {})
            return True

    def unsent(self) -> Iterator[tuple[str, bool]]:
        """Yield the ids of tracks that must be registered again, in order, and whether stale.

        Those that are not stale lack their lyrics only.
        """
        after = ""
        while rows := self._rows(_UNSENT, after, IDS_AT_ONCE):
            yield from ((row.track_id, row.is_stale) for row in rows)
            after = rows[-1].track_id

    def _rows(self, statement: Select[Any], after: str, limit: int) -> Sequence[Any]:
        parameters = {"digest": self._predictor.feature_digest, "after": after, "most": limit}
        with self._database.read() as connection:
            return connection.execute(statement, parameters).all()
