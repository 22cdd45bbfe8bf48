"""The catalogue of tracks in a database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from models.errors import AttuneError
from models.track import Track, TrackFeatures, TrackSummary
from service.clock import Clock
from service.db.database import Database, in_parts
from service.db.population_predictions import (
    PredictionColumns,
    put_population_predictions,
    seen_by_snapshot,
)
from service.db.recordings import NoRecordings, Recordings
from service.db.stale_rows import (
    UNSENT,
    flat_features_in,
    is_ready,
    is_stale,
    served_features_in,
    track_in,
)
from service.db.tables import catalogue, track
from service.db.track_rows import (
    BRIEF,
    SHOWN,
    WHOLE,
    AnyRow,
    columns_of_features,
    content_in,
    is_predicted,
    prediction_columns_of,
    record_of,
    served_features,
)
from service.db.track_search import Search, find_tracks, put_words
from service.db.track_segments import KeptSegments, put_segments
from service.db.votes import add_to_votes, erase_unneeded, is_labelled, lock_tracks
from service.errors import ForeignFeaturesError, TrackLabelledError, TrackNotFoundError
from service.tracks import (
    CatalogueChange,
    Content,
    PopulationPredictor,
    TrackMetadata,
    TrackRecord,
)

_AMONG = track.c.track_id.in_(bindparam("track_ids", expanding=True))
_IS_IT = track.c.track_id == bindparam("one")
_GET = seen_by_snapshot(SHOWN).where(_IS_IT, ~track.c.is_hidden)
_FIND = seen_by_snapshot(SHOWN).where(_AMONG, ~track.c.is_hidden)
_FIND_WHOLE = seen_by_snapshot(WHOLE).where(_AMONG, ~track.c.is_hidden)
_FIND_BRIEF = seen_by_snapshot(BRIEF).where(_AMONG, ~track.c.is_hidden).order_by(track.c.track_id)
_LEARNT_FROM = seen_by_snapshot(BRIEF).where(_AMONG)
_TRACK_FEATURES = seen_by_snapshot(
    (track.c.track_id, track.c.feature_digest, track.c.snapshot, track.c.sketch)
).where(_AMONG)
_NAMES = (track.c.title, track.c.artist, track.c.audio_url)
_METADATA = select(track.c.track_id, *_NAMES).where(_AMONG)
_FIRST_IDS = (
    select(track.c.track_id)
    .where(track.c.track_id > "", ~track.c.is_hidden)  # so that the index is searched
    .order_by(track.c.track_id)
    .limit(bindparam("most"))
)
_PAGE = (
    seen_by_snapshot(BRIEF)
    .where(track.c.track_id > bindparam("after"), ~track.c.is_hidden)
    .order_by(track.c.track_id)
    .limit(bindparam("most"))
)
_STATE = select(
    track.c.is_hidden,
    track.c.title,
    track.c.artist,
    track.c.audio_url,
    track.c.audio_sha256,
    track.c.lyrics_sha256,
    track.c.sound_sha256,
    track.c.lyrics_unread,
    track.c.feature_digest,
).where(_IS_IT)
_PLAYABLE = select(track.c.track_id, track.c.audio_sha256, track.c.audio_url).where(
    _AMONG, ~track.c.is_hidden
)
_IN_USE = select(track.c.audio_sha256).where(
    track.c.audio_sha256.in_(bindparam("sha256s", expanding=True)), ~track.c.is_hidden
)
_ONE = update(track).where(_IS_IT)
_IDENTITY = select(catalogue.c.identity)
_SECRET = select(catalogue.c.secret)
_REVISION = select(catalogue.c.revision)
_NEXT = update(catalogue).values(revision=catalogue.c.revision + 1).returning(catalogue.c.revision)
_COUNT_SHOWN = update(catalogue).values(n_shown=catalogue.c.n_shown + bindparam("n"))


class Catalogue:
    """Registered tracks in a database, read under one snapshot.

    Every change of a track takes the catalogue's next revision. The counter stays locked until the
    commit, so revisions become visible in order and no reader misses one.

    Args:
        population_predictor: Predicts tracks under the snapshot.
        clock: Gives the time of a change.
        beside: Predictors of other served snapshots; they predict new tracks too, so that later
            requests do not wait.
        recordings: Store of recordings; by default keeps none.
        segments: Which segments of new tracks are stored.
    """

    def __init__(  # noqa: PLR0913
        self,
        database: Database,
        population_predictor: PopulationPredictor,
        clock: Clock,
        beside: Sequence[PopulationPredictor] = (),
        *,
        recordings: Recordings | None = None,
        segments: KeptSegments = "all",
    ) -> None:
        self._database = database
        self._predictor = population_predictor
        self._clock = clock
        self._beside = beside
        self._recordings = recordings or NoRecordings()
        self._segments = segments

    def get(self, track_id: str) -> TrackRecord:
        """Return a track with everything that is stored of it.

        Raises:
            TrackNotFoundError: There is no such track, or it is hidden.
        """
        rows = self._shown([track_id])
        if not rows:
            raise TrackNotFoundError(track_id)
        return self._record(rows[0])

    def find(self, track_ids: Sequence[str]) -> list[Track | AttuneError]:
        """Return each track, or in its place a TrackNotFoundError or ForeignFeaturesError.

        A track with features of an earlier snapshot carries that snapshot's prediction; only
        without one is it refused. Features of segments may be missing: the prediction has them.
        """
        rows = {row.track_id: row for row in self._shown(list(set(track_ids)))}
        return [self._found(track_id, rows.get(track_id)) for track_id in track_ids]

    def learnt_from(self, track_ids: Collection[str]) -> dict[str, Track]:
        """Return the tracks by id without their segments, hidden ones too."""
        return {
            row.track_id: found
            for part in in_parts(track_ids)
            for row in self._rows(_LEARNT_FROM, track_ids=part)
            if (found := track_in(row, self._predictor)) is not None
        }

    def summaries(self, track_ids: Collection[str]) -> dict[str, TrackSummary]:
        """Return the tracks of `learnt_from` with nothing but their track features.

        Tracks that only hold features of another snapshot, without a prediction, are included with
        flat track features.
        """
        judged = [
            row
            for part in in_parts(track_ids)
            for row in self._rows(_TRACK_FEATURES, track_ids=part)
            if not is_stale(row, self._predictor) and is_predicted(row, self._predictor)
        ]
        served = served_features(judged, self._predictor)
        found = {
            track_id: TrackSummary(track_id, features) for track_id, features in served.items()
        }
        # Predictions of other snapshots are replaced; tracks without usable features are left out.
        for part in in_parts([each for each in track_ids if each not in found]):
            others = {row.track_id: row for row in self._rows(_LEARNT_FROM, track_ids=part)}
            found |= {
                track_id: TrackSummary(
                    track_id, features, is_stale(others[track_id], self._predictor)
                )
                for track_id, features in served_features_in(
                    list(others.values()), self._predictor
                ).items()
            }
            found |= {
                track_id: TrackSummary(track_id, features, is_stale=True)
                for track_id, features in flat_features_in(
                    list(others.values()), self._predictor
                ).items()
            }
        return found

    def track_metadata_by_id(self, track_ids: Collection[str]) -> dict[str, TrackMetadata]:
        """Return the metadata of those of these tracks that exist; empty for hidden ones."""
        found: dict[str, TrackMetadata] = {}
        for part in in_parts(track_ids):
            with self._database.read() as connection:
                rows = connection.execute(_METADATA, {"track_ids": part}).all()
            found |= {row[0]: TrackMetadata(*row[1:]) for row in rows}
        return found

    def page(self, after: str, limit: int) -> list[TrackRecord]:
        """Return up to ``limit`` tracks without segments, by id, with ids after ``after``."""
        rows = self._rows(_PAGE, after=after, most=limit)
        return [self._record(row) for row in rows]

    def search(self, search: Search) -> tuple[list[TrackRecord], str | None]:
        """Return tracks as `page` does whose titles and artists have all words of a search.

        Returns:
            The tracks, and the id that the next ones follow; None if there are no more. As the
            work of a call is bounded, there may be few or no tracks although more follow.
        """
        with self._database.read() as connection:
            found = find_tracks(connection, search)
        rows = self._rows(_FIND_BRIEF, track_ids=found.track_ids)
        return [self._record(row) for row in rows], found.last

    def first_ids(self, limit: int) -> list[str]:
        """Return the ids of up to ``limit`` tracks, the first in their order."""
        with self._database.read() as connection:
            return list(connection.execute(_FIRST_IDS, {"most": limit}).scalars())

    def put(
        self,
        track_id: str,
        features: TrackFeatures,
        content: Content,
        track_metadata: TrackMetadata,
    ) -> CatalogueChange:
        """Register a track or replace its content.

        Raises:
            TrackLabelledError: The track has labels, and they are about other content.
        """
        # Slow, so before the transaction.
        numbers, segments = columns_of_features(features, self._predictor, self._segments)
        predictions = self._other_population_predictions(features)
        with self._database.write() as connection:
            columns = numbers | self._announced(connection) | asdict(track_metadata)
            lock_tracks(connection, [track_id])
            known = connection.execute(_STATE, {"one": track_id}).first()
            if known is None:
                columns |= _digests(content)
                columns |= {"track_id": track_id, "created_at": columns["updated_at"]}
                connection.execute(insert(track), columns)
                connection.execute(_COUNT_SHOWN, {"n": 1})
                add_to_votes(connection, [track_id])
                put_segments(connection, track_id, segments)
                put_population_predictions(connection, track_id, predictions)
                put_words(connection, track_id, track_metadata)
                return CatalogueChange(is_new=True, replaced=None)
            if self._predictor.is_other_content(
                content_in(known), known.feature_digest, content
            ) and is_labelled(connection, track_id):
                raise TrackLabelledError(track_id)
            columns |= _digests(content.in_place_of(content_in(known)))
            _renew(connection, track_id, columns, known)
            put_segments(connection, track_id, segments)
            put_population_predictions(connection, track_id, predictions)
            put_words(connection, track_id, track_metadata)
            return CatalogueChange(bool(known.is_hidden), content_in(known))

    def retitle(
        self, track_id: str, content: Content, track_metadata: TrackMetadata
    ) -> CatalogueChange | None:
        """Update a track's metadata and digests and show it, if it has the same content.

        Returns:
            None if its content is another or must be read again, and nothing changed.
        """
        with self._database.read() as connection:
            known = connection.execute(_STATE, {"one": track_id}).first()
        if known is None or not self._holds(known, content):
            return None
        columns = asdict(track_metadata) | _digests(content.in_place_of(content_in(known)))
        if not known.is_hidden and columns == {name: getattr(known, name) for name in columns}:
            return CatalogueChange(is_new=False, replaced=content_in(known))
        with self._database.write() as connection:
            columns = self._announced(connection) | asdict(track_metadata)
            lock_tracks(connection, [track_id])
            known = connection.execute(_STATE, {"one": track_id}).one()
            if not self._holds(known, content):
                return None  # another call changed it meanwhile
            columns |= _digests(content.in_place_of(content_in(known)))
            _renew(connection, track_id, columns, known)
            put_words(connection, track_id, track_metadata)
            return CatalogueChange(bool(known.is_hidden), content_in(known))

    def add_sound(self, track_id: str, audio_sha256: str, sound_sha256: str) -> None:
        """Store the digest of what is heard in a track's recording, if it still has this file."""
        with self._database.write_cache() as connection:
            row = _ONE.where(track.c.audio_sha256 == audio_sha256)
            connection.execute(row.values(sound_sha256=sound_sha256), {"one": track_id})

    def change_metadata(self, track_id: str, changes: Mapping[str, str | None]) -> None:
        """Change fields of a track's `TrackMetadata` by name; the others stay.

        Raises:
            TrackNotFoundError: There is no such track.
        """
        with self._database.write() as connection:
            columns = self._announced(connection) | dict(changes)
            if lock_tracks(connection, [track_id]).get(track_id, True):
                raise TrackNotFoundError(track_id)
            row = connection.execute(_ONE.values(columns).returning(*_NAMES), {"one": track_id})
            put_words(connection, track_id, TrackMetadata(*row.one()))

    def hide(self, track_id: str) -> Content:
        """Hide a track, and erase its features unless an answer stands on them.

        Returns:
            The content that it had.

        Raises:
            TrackNotFoundError: There is no such track.
        """
        with self._database.write() as connection:
            columns = self._announced(connection) | asdict(TrackMetadata()) | {"is_hidden": True}
            if lock_tracks(connection, [track_id]).get(track_id, True):
                raise TrackNotFoundError(track_id)
            content = content_in(connection.execute(_STATE, {"one": track_id}).one())
            connection.execute(_ONE.values(columns), {"one": track_id})
            connection.execute(_COUNT_SHOWN, {"n": -1})
            erase_unneeded(connection, [track_id])
            put_words(connection, track_id, TrackMetadata())
            return content

    def content_of(self, track_id: str) -> Content | None:
        """Return the content of a track, hidden ones too; None if there is no such track."""
        with self._database.read() as connection:
            known = connection.execute(_STATE, {"one": track_id}).first()
        return None if known is None else content_in(known)

    def revision(self) -> int:
        """Return the revision of the last change of a track."""
        with self._database.read() as connection:
            return int(connection.execute(_REVISION).scalar_one())

    def playable(self, track_ids: Collection[str]) -> set[str]:
        """Return those of these tracks with a kept recording or an ``audio_url``."""
        return {
            row.track_id
            for part in in_parts(track_ids)
            for row in self._rows(_PLAYABLE, track_ids=part)
            if row.audio_url is not None or self._recordings.has(row.audio_sha256)
        }

    def audio_in_use(self, sha256s: Collection[str]) -> set[str]:
        """Return those of these recordings that a shown track was made from."""
        return audio_in_use(self._database, sha256s)

    def _shown(self, track_ids: Sequence[str]) -> Sequence[AnyRow]:
        """Read tracks that are not hidden, with segment features only if they are needed."""
        if len(track_ids) == 1:
            rows = self._rows(_GET, one=track_ids[0])
        else:
            rows = self._rows(_FIND, track_ids=track_ids)
        if all(is_ready(row, self._predictor) for row in rows):
            return rows
        return self._rows(_FIND_WHOLE, track_ids=track_ids)

    def _record(self, row: AnyRow) -> TrackRecord:
        record = record_of(row, track_in(row, self._predictor))
        return replace(record, is_kept=self._recordings.has(record.content.audio_sha256))

    def _rows(self, statement: Select[Any], **parameters: object) -> Sequence[AnyRow]:
        parameters["version"] = self._predictor.version
        with self._database.read() as connection:
            return connection.execute(statement, parameters).all()

    def _other_population_predictions(
        self, features: TrackFeatures
    ) -> dict[str, PredictionColumns]:
        return {
            other.version: prediction_columns_of(features, other, self._segments)
            for other in tuple(self._beside)
            if other.version != self._predictor.version
            and other.feature_digest == self._predictor.feature_digest
        }

    def _found(self, track_id: str, row: AnyRow | None) -> Track | AttuneError:
        if row is None:
            return TrackNotFoundError(track_id)
        wanted = self._predictor.feature_digest
        found = track_in(row, self._predictor)
        return found or ForeignFeaturesError(track_id, row.feature_digest, wanted)

    def _holds(self, state: AnyRow, content: Content) -> bool:
        is_whole = not is_stale(state, self._predictor) and state.lyrics_unread != UNSENT
        # An erased row has no content either, and must not match a call without content.
        is_empty = content == Content(None, None)
        return is_whole and not is_empty and content.is_same_track(content_in(state))

    def _announced(self, connection: Connection) -> dict[str, Any]:
        """Take the next revision, and return the columns that every change sets."""
        return {
            "revision": connection.execute(_NEXT).scalar_one(),
            "is_hidden": False,
            "updated_at": self._clock(),
        }


def _renew(
    connection: Connection, track_id: str, columns: Mapping[str, Any], known: AnyRow
) -> None:
    """Update a locked track's row, which is shown from now on."""
    connection.execute(_ONE.values(columns), {"one": track_id})
    if known.is_hidden:
        connection.execute(_COUNT_SHOWN, {"n": 1})


def audio_in_use(database: Database, sha256s: Collection[str]) -> set[str]:
    """Return those of these recordings that a shown track was made from."""
    with database.read() as connection:
        return {
            row.audio_sha256
            for part in in_parts(sha256s)
            for row in connection.execute(_IN_USE, {"sha256s": part})
        }


def identity_of(database: Database) -> str:
    """Return the id of a database's catalogue, which never changes."""
    with database.read() as connection:
        return str(connection.execute(_IDENTITY).scalar_one())


def secret_of(database: Database) -> bytes:
    """Return the secret of a database: 32 random bytes, which keys are derived from."""
    with database.read() as connection:
        return bytes(connection.execute(_SECRET).scalar_one())


def _digests(content: Content) -> dict[str, str | None]:
    """Return the columns that hold digests."""
    return {
        "audio_sha256": content.audio_sha256,
        "lyrics_sha256": content.lyrics_sha256,
        "sound_sha256": content.sound_sha256,
    }
