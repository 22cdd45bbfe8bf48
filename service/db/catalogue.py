"""The catalogue in a database."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from models.errors import AttuneError
from models.track import Track, TrackFeatures, TrackSummary
from service.clock import Clock
from service.db.database import Database, in_parts
from service.db.population_predictions import PredictionColumns, put_population_predictions, seen
from service.db.recordings import NoRecordings, Recordings
from service.db.stale_rows import UNSENT, drawn_in, is_ready, is_stale, track_in, unjudged_in
from service.db.tables import catalogue, track, track_votes
from service.db.track_rows import (
    BRIEF,
    SHOWN,
    WHOLE,
    AnyRow,
    belief_of,
    is_judged,
    numbers_of,
    record_of,
    track_features_folder,
)
from service.db.votes import erase_unneeded, is_labelled, lock_tracks
from service.errors import ForeignFeaturesError, TrackLabelledError, TrackNotFoundError
from service.tracks import Changes, Content, PopulationPredictor, TrackMetadata, TrackRecord

_AMONG = track.c.track_id.in_(bindparam("track_ids", expanding=True))
_IS_IT = track.c.track_id == bindparam("one")
_GET = seen(SHOWN).where(_IS_IT, ~track.c.is_hidden)
_FIND = seen(SHOWN).where(_AMONG, ~track.c.is_hidden)
_FIND_WHOLE = seen(WHOLE).where(_AMONG, ~track.c.is_hidden)
_LEARNT_FROM = seen(BRIEF).where(_AMONG)
_OUTLINES = seen(
    (track.c.track_id, track.c.feature_digest, track.c.snapshot, track.c.sketch)
).where(_AMONG)
_HEADINGS = select(track.c.track_id, track.c.title, track.c.artist, track.c.audio_url).where(
    _AMONG
)
_PAGE = (
    seen(BRIEF)
    .where(track.c.track_id > bindparam("after"), ~track.c.is_hidden)
    .order_by(track.c.track_id)
    .limit(bindparam("most"))
)
_CHANGES = (
    seen(BRIEF)
    .where(track.c.revision > bindparam("since"))
    .order_by(track.c.revision)
    .limit(bindparam("most"))
)
_STATE = select(
    track.c.is_hidden,
    track.c.title,
    track.c.artist,
    track.c.audio_url,
    track.c.audio_sha256,
    track.c.lyrics_sha256,
    track.c.lyrics_unread,
    track.c.feature_digest,
).where(_IS_IT)
_HEARD = select(track.c.track_id, track.c.audio_sha256, track.c.audio_url).where(
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


class Catalogue:
    """Registered tracks in a database, read under one snapshot.

    Every change of a track takes the catalogue's next revision. The counter stays locked until the
    change is committed, so revisions become visible in their order and none is overlooked.

    Args:
        database: Where they are.
        population_predictor: Of the snapshot.
        clock: Tells when a track was changed.
        beside: Of snapshots that are served beside it now; they judge new tracks too, so that
            nobody who asks them has to wait for it.
        recordings: Those that can be heard again.
    """

    def __init__(
        self,
        database: Database,
        population_predictor: PopulationPredictor,
        clock: Clock,
        beside: Sequence[PopulationPredictor] = (),
        *,
        recordings: Recordings | None = None,
    ) -> None:
        self._database = database
        self._believer = population_predictor
        self._clock = clock
        self._beside = beside
        self._recordings = recordings or NoRecordings()

    def get(self, track_id: str) -> TrackRecord:
        """Return a track with everything that is kept of it.

        Raises:
            TrackNotFoundError: There is none, or it was hidden.
        """
        rows = self._shown([track_id])
        if not rows:
            raise TrackNotFoundError(track_id)
        return self._record(rows[0])

    def find(self, track_ids: Sequence[str]) -> list[Track | AttuneError]:
        """Return each track, or in its place a TrackNotFoundError or ForeignFeaturesError.

        A track whose features are of an earlier snapshot has that one's judgement; it is refused
        only where there is none.

        The features of segments may be left out: they are in the belief.
        """
        rows = {row.track_id: row for row in self._shown(list(set(track_ids)))}
        return [self._found(track_id, rows.get(track_id)) for track_id in track_ids]

    def learnt_from(self, track_ids: Collection[str]) -> dict[str, Track]:
        """Return the tracks that answers stand on, hidden ones too, without their segments."""
        return {
            row.track_id: found
            for part in in_parts(track_ids)
            for row in self._rows(_LEARNT_FROM, track_ids=part)
            if (found := track_in(row, self._believer)) is not None
        }

    def summaries(self, track_ids: Collection[str]) -> dict[str, TrackSummary]:
        """Return the same tracks as `learnt_from`, but nothing of them but their sketches.

        Tracks of other features that were never judged come too: nothing is known of them, and
        their sketches are flat.
        """
        judged = [
            row
            for part in in_parts(track_ids)
            for row in self._rows(_OUTLINES, track_ids=part)
            if not is_stale(row, self._believer) and is_judged(row, self._believer)
        ]
        served = track_features_folder(judged, self._believer)
        found = {track_id: TrackSummary(track_id, sketch) for track_id, sketch in served.items()}
        # What is not usable is left out here too, what another snapshot judged is judged anew.
        for part in in_parts([each for each in track_ids if each not in found]):
            others = {row.track_id: row for row in self._rows(_LEARNT_FROM, track_ids=part)}
            found |= {
                track_id: TrackSummary(
                    track_id, sketch, is_stale(others[track_id], self._believer)
                )
                for track_id, sketch in drawn_in(list(others.values()), self._believer).items()
            }
            found |= {
                track_id: TrackSummary(track_id, sketch, is_stale=True)
                for track_id, sketch in unjudged_in(list(others.values()), self._believer).items()
            }
        return found

    def track_metadata_by_id(self, track_ids: Collection[str]) -> dict[str, TrackMetadata]:
        """Return what those of these tracks that are there are called; hidden ones, nothing."""
        found: dict[str, TrackMetadata] = {}
        for part in in_parts(track_ids):
            with self._database.read() as connection:
                rows = connection.execute(_HEADINGS, {"track_ids": part}).all()
            found |= {row[0]: TrackMetadata(*row[1:]) for row in rows}
        return found

    def page(self, after: str, limit: int) -> list[TrackRecord]:
        """Return up to ``limit`` tracks whose ids follow ``after``, by id, without segments."""
        rows = self._rows(_PAGE, after=after, most=limit)
        return [self._record(row) for row in rows]

    def put(
        self,
        track_id: str,
        features: TrackFeatures,
        content: Content,
        track_metadata: TrackMetadata,
    ) -> bool:
        """Register a track or give it other content; return whether the id was not in use.

        Raises:
            TrackLabelledError: Somebody's answer stands on other content.
        """
        numbers = numbers_of(features, self._believer)  # slow: before the transaction
        beliefs = self._other_population_predictions(features)
        with self._database.write() as connection:
            columns = numbers | self._announced(connection, track_metadata)
            columns |= {"audio_sha256": content.audio_sha256}
            columns |= {"lyrics_sha256": content.lyrics_sha256}
            lock_tracks(connection, [track_id])
            known = connection.execute(_STATE, {"one": track_id}).first()
            if known is None:
                columns |= {"track_id": track_id, "created_at": columns["updated_at"]}
                connection.execute(insert(track), columns)
                none_yet = dict.fromkeys(("q1", "q2", "q3", "q4", "revision"), 0)
                connection.execute(insert(track_votes), none_yet | {"track_id": track_id})
                put_population_predictions(connection, track_id, beliefs)
                return True
            if self._believer.is_other_content(
                _content(known), known.feature_digest, content
            ) and is_labelled(connection, track_id):
                raise TrackLabelledError(track_id)
            connection.execute(_ONE.values(columns), {"one": track_id})
            put_population_predictions(connection, track_id, beliefs)
            return bool(known.is_hidden)

    def retitle(
        self, track_id: str, content: Content, track_metadata: TrackMetadata
    ) -> bool | None:
        """Name a track, and show it if it was hidden, if exactly this content is stored.

        Returns:
            Whether it was hidden; None if the content is not there, and nothing was done.
        """
        with self._database.read() as connection:
            known = connection.execute(_STATE, {"one": track_id}).first()
        if known is None or not self._holds(known, content):
            return None
        if not known.is_hidden and _track_metadata(known) == track_metadata:
            return False
        with self._database.write() as connection:
            columns = self._announced(connection, track_metadata)
            lock_tracks(connection, [track_id])
            known = connection.execute(_STATE, {"one": track_id}).one()
            if not self._holds(known, content):
                return None  # another call was faster
            connection.execute(_ONE.values(columns), {"one": track_id})
            return bool(known.is_hidden)

    def hide(self, track_id: str) -> None:
        """Take a track away; its numbers stay while somebody's answer stands on them.

        Raises:
            TrackNotFoundError: There is none.
        """
        with self._database.write() as connection:
            columns = self._announced(connection, TrackMetadata()) | {"is_hidden": True}
            if lock_tracks(connection, [track_id]).get(track_id, True):
                raise TrackNotFoundError(track_id)
            connection.execute(_ONE.values(columns), {"one": track_id})
            erase_unneeded(connection, [track_id])

    def changes_since(self, revision: int, limit: int) -> Changes:
        """Return the first ``limit`` changes after a revision; revision 0 is the beginning."""
        rows = self._rows(_CHANGES, since=revision, most=limit)
        found = [track_in(row, self._believer) for row in rows if not row.is_hidden]
        changed = [track for track in found if track is not None]
        removed = {row.track_id for row in rows} - {track.track_id for track in changed}
        return Changes(rows[-1].revision if rows else revision, changed, removed)

    def content_of(self, track_id: str) -> Content | None:
        """Return what a track was made from, a hidden one too; None where there is none."""
        with self._database.read() as connection:
            known = connection.execute(_STATE, {"one": track_id}).first()
        return None if known is None else _content(known)

    def revision(self) -> int:
        """Return the revision of the last change of a track."""
        with self._database.read() as connection:
            return int(connection.execute(_REVISION).scalar_one())

    def playable(self, track_ids: Collection[str]) -> set[str]:
        """Return those of these tracks that can be heard: kept, or with an ``audio_url``."""
        return {
            row.track_id
            for part in in_parts(track_ids)
            for row in self._rows(_HEARD, track_ids=part)
            if row.audio_url is not None or self._recordings.has(row.audio_sha256)
        }

    def audio_in_use(self, sha256s: Collection[str]) -> set[str]:
        """Return those of these recordings that a track which is shown was made from."""
        return audio_in_use(self._database, sha256s)

    def _shown(self, track_ids: Sequence[str]) -> Sequence[AnyRow]:
        """Read tracks that are not hidden, with their segments' features if those are needed."""
        if len(track_ids) == 1:
            rows = self._rows(_GET, one=track_ids[0])
        else:
            rows = self._rows(_FIND, track_ids=track_ids)
        if all(is_ready(row, self._believer) for row in rows):
            return rows
        return self._rows(_FIND_WHOLE, track_ids=track_ids)

    def _record(self, row: AnyRow) -> TrackRecord:
        record = record_of(row, track_in(row, self._believer))
        return replace(record, is_kept=self._recordings.has(record.content.audio_sha256))

    def _rows(self, statement: Select[Any], **asked: object) -> Sequence[AnyRow]:
        asked["version"] = self._believer.version
        with self._database.read() as connection:
            return connection.execute(statement, asked).all()

    def _other_population_predictions(
        self, features: TrackFeatures
    ) -> dict[str, PredictionColumns]:
        return {
            other.version: belief_of(features, other)
            for other in tuple(self._beside)
            if other.version != self._believer.version
            and other.feature_digest == self._believer.feature_digest
        }

    def _found(self, track_id: str, row: AnyRow | None) -> Track | AttuneError:
        if row is None:
            return TrackNotFoundError(track_id)
        wanted = self._believer.feature_digest
        found = track_in(row, self._believer)
        return found or ForeignFeaturesError(track_id, row.feature_digest, wanted)

    def _holds(self, state: AnyRow, content: Content) -> bool:
        is_whole = not is_stale(state, self._believer) and state.lyrics_unread != UNSENT
        # An erased row has no content, and neither has a call that sends none: not the same.
        return is_whole and content != Content(None, None) and _content(state) == content

    def _announced(self, connection: Connection, track_metadata: TrackMetadata) -> dict[str, Any]:
        """Return the columns that every change sets; the first thing a change does."""
        return {
            "revision": connection.execute(_NEXT).scalar_one(),
            "is_hidden": False,
            "title": track_metadata.title,
            "artist": track_metadata.artist,
            "audio_url": track_metadata.audio_url,
            "updated_at": self._clock(),
        }


def audio_in_use(database: Database, sha256s: Collection[str]) -> set[str]:
    """Return those of these recordings that a track which is shown was made from."""
    with database.read() as connection:
        return {
            row.audio_sha256
            for part in in_parts(sha256s)
            for row in connection.execute(_IN_USE, {"sha256s": part})
        }


def identity_of(database: Database) -> str:
    """Return what tells this database's catalogue from all others; it never changes."""
    with database.read() as connection:
        return str(connection.execute(_IDENTITY).scalar_one())


def secret_of(database: Database) -> bytes:
    """Return the secret of a database: 32 random bytes, from which keys are derived."""
    with database.read() as connection:
        return bytes(connection.execute(_SECRET).scalar_one())


def _track_metadata(state: AnyRow) -> TrackMetadata:
    return TrackMetadata(state.title, state.artist, state.audio_url)


def _content(state: AnyRow) -> Content:
    return Content(state.audio_sha256, state.lyrics_sha256)
