"""Tracks that hold features of an earlier snapshot: which they are, and what replaces those."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, update

from models.track import AudioFeatures, TrackFeatures
from service.db.database import IDS_AT_ONCE, Database
from service.db.population_predictions import put_population_predictions
from service.db.stale_rows import UNSENT
from service.db.tables import catalogue, track
from service.db.track_rows import numbers_of
from service.db.votes import lock_tracks
from service.tracks import PopulationPredictor


@dataclass(frozen=True, slots=True)
class StaleTrack:
    """A shown track that holds features of an earlier snapshot.

    Attributes:
        audio_sha256: Of the recording that it was made from; None without one.
        revision: Of the catalogue when the track was last changed.
        lyrics_unread: Why the lyrics have no features, once the recording was heard again.
    """

    track_id: str
    audio_sha256: str | None
    revision: int
    lyrics_unread: str | None


_IS_STALE: ColumnElement[bool] = track.c.feature_digest != bindparam("digest")
_FOLLOWS: ColumnElement[bool] = track.c.track_id > bindparam("after")
_COUNT = select(func.count()).select_from(track).where(_IS_STALE, ~track.c.is_hidden)
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
    """Finds tracks whose features a snapshot cannot read, and replaces these.

    Args:
        database: Where they are.
        population_predictor: Of the snapshot.
    """

    def __init__(self, database: Database, population_predictor: PopulationPredictor) -> None:
        self._database = database
        self._believer = population_predictor

    def count(self) -> int:
        """Return how many there are."""
        with self._database.read() as connection:
            asked = {"digest": self._believer.feature_digest}
            return int(connection.execute(_COUNT, asked).scalar_one())

    def following(self, track_id: str, limit: int) -> Sequence[StaleTrack]:
        """Return the first of them after an id, in the order of their ids."""
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
        """Give a track the features of its recording, and what the snapshot says of them.

        What was said of its lyrics goes: a judgement of one snapshot is of no use to another's
        fusion. Everything else stays as it is.

        Returns:
            Whether that was done: not if the track was changed since it was found.
        """
        numbers = numbers_of(TrackFeatures(audio, None), self._believer)  # slow: comes first
        numbers |= {"lyrics_unread": stale.lyrics_unread}
        with self._database.write() as connection:
            revision = connection.execute(_NEXT).scalar_one()
            lock_tracks(connection, [stale.track_id])
            asked = {"one": stale.track_id}
            if connection.execute(_REVISION, asked).scalar_one() != stale.revision:
                return False
            connection.execute(_RENEW.values(numbers | {"revision": revision}), asked)
            put_population_predictions(connection, stale.track_id, {})
            return True

    def unsent(self) -> Iterator[tuple[str, bool]]:
        """Yield the tracks that must be registered again, in the order of their ids.

        Those that are stale, with True, and those whose lyrics were not sent again, with False.
        """
        after = ""
        while rows := self._rows(_UNSENT, after, IDS_AT_ONCE):
            yield from ((row.track_id, row.is_stale) for row in rows)
            after = rows[-1].track_id

    def _rows(self, statement: Select[Any], after: str, limit: int) -> Sequence[Any]:
        asked = {"digest": self._believer.feature_digest, "after": after, "most": limit}
        with self._database.read() as connection:
            return connection.execute(statement, asked).all()
