"""Catalogue: register tracks, show them, take them away."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Self

from models.emotion import Modality
from models.errors import AttuneError
from models.features.embeddings import single
from models.features.extractor import Extractor
from service.api.predict.predictions import (
    Prediction,
    PredictionTarget,
    Upload,
    features_of,
    predict_known,
    predictable_from_votes,
)
from service.auth.signed_urls import SignedUrls
from service.db.catalogue import Catalogue
from service.db.recordings import Recordings
from service.errors import AudioNotKeptError, InvalidCursorError
from service.serving.container import Resources
from service.serving.personal_models import Listeners
from service.tracks import Content, TrackMetadata, TrackRecord

PIECE_BYTES = 1 << 20
_EMBEDDING = b"embedding\0"
"""Begins what an embedding's fingerprint is made of."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackView:
    """A registered track and what it feels like.

    Attributes:
        prediction: None if the track was registered with other features than the snapshot reads
            and never judged, and nobody else has answered about it.
        audio_url: Where a browser plays it: here if the recording is kept, else as registered.
    """

    record: TrackRecord
    prediction: Prediction | None
    audio_url: str | None


@dataclass(frozen=True, slots=True, eq=False)
class RegistrationResult:
    """A track that was registered.

    Attributes:
        is_new: Whether there was no track of this id before.
    """

    shown: TrackView
    is_new: bool


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Some tracks in the order of their ids.

    Attributes:
        next_cursor: Gives the next page; None on the last.
    """

    tracks: list[TrackView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """What a track is made of and called; it replaces what was there under the id."""

    sent: Upload
    track_metadata: TrackMetadata


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """The registered tracks, and those of their recordings that are kept.

    Attributes:
        signed_urls: Let a browser hear a recording.
    """

    catalogue: Catalogue
    recordings: Recordings
    signed_urls: SignedUrls

    @classmethod
    def of(cls, parts: Resources) -> Self:
        """Return the archive that a worker's parts hold."""
        return cls(parts.catalogue, parts.recordings, parts.signed_urls)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that is kept: its file, and the SHA-256 of what is in it."""

    file: Path
    sha256: str


def put_track(
    track_id: str,
    registration: Registration,
    *,
    archive: Archive,
    extractor: Extractor,
    listeners: Listeners,
) -> RegistrationResult:
    """Register a track; doing it again changes nothing and computes nothing.

    Where recordings are kept, the track's is there before the track is, and one that no track is
    made from any more is removed.

    Raises:
        TrackLabelledError: Somebody has labelled the track, and its content would change.
        NoEvidenceError: There is neither audio nor a word of lyrics.
        AudioError: The audio cannot be used.
        InputError: The snapshot does not read this, or an embedding is of another size.
        AudioStoreError: The audio cannot be kept.
    """
    content = _content(registration.sent)
    try:
        was_free = _put(track_id, registration, content, archive, extractor)
    except AttuneError:
        _remove_unused_recording(content, archive)
        raise
    shown = show_track(track_id, PredictionTarget(), archive=archive, listeners=listeners)
    return RegistrationResult(shown, is_new=was_free)


def show_track(
    track_id: str, target: PredictionTarget, *, archive: Archive, listeners: Listeners
) -> TrackView:
    """Return a track and its prediction.

    Raises:
        TrackNotFoundError: There is none.
        FusionError: There is no such fusion, or it needs what the track lacks.
    """
    record = archive.catalogue.get(track_id)
    return _shown([record], target, archive, listeners)[0]


def list_tracks(cursor: str | None, limit: int, *, archive: Archive, listeners: Listeners) -> Page:
    """Return up to ``limit`` tracks after the cursor, with predictions for nobody in particular.

    The predictions have no segments. Pages are stable: a track that is registered meanwhile moves
    no other to another page.

    Raises:
        InvalidCursorError: No page gave this cursor out.
    """
    after = "" if cursor is None else _id_in(cursor)
    records = archive.catalogue.page(after, limit + 1)
    more = _cursor(records[limit - 1].track_id) if len(records) > limit else None
    return Page(_shown(records[:limit], PredictionTarget(), archive, listeners), more)


def delete_track(track_id: str, *, archive: Archive) -> None:
    """Take a track away; it is not shown, listed or asked about any more, nor can it be heard.

    Raises:
        TrackNotFoundError: There is none.
    """
    content = archive.catalogue.content_of(track_id)
    archive.catalogue.hide(track_id)
    if content is not None:
        _remove_unused_recording(content, archive)


def recording_of(track_id: str, *, archive: Archive) -> Recording:
    """Return a track's recording.

    Raises:
        TrackNotFoundError: There is no such track.
        AudioNotKeptError: Its recording is not kept, or there is none.
    """
    sha256 = archive.catalogue.get(track_id).content.audio_sha256
    file = archive.recordings.find(sha256)
    if sha256 is None or file is None:
        raise AudioNotKeptError(track_id)
    return Recording(file, sha256)


def _put(
    track_id: str,
    registration: Registration,
    content: Content,
    archive: Archive,
    extractor: Extractor,
) -> bool:
    """Register a track, and keep its recording; return whether the id was not in use."""
    track_metadata, audio = registration.track_metadata, registration.sent.audio
    before = archive.catalogue.content_of(track_id)
    keeping = partial(archive.recordings.kept, content.audio_sha256, audio)
    was_free = None
    if before == content:  # what was registered before can be used, so that it may be kept
        with keeping():
            was_free = archive.catalogue.retitle(track_id, content, track_metadata)
    if was_free is None:
        features = features_of(registration.sent, extractor)
        with keeping():
            was_free = archive.catalogue.put(track_id, features, content, track_metadata)
    if before is not None and before != content:
        _remove_unused_recording(before, archive)
    return was_free


def _remove_unused_recording(content: Content, archive: Archive) -> None:
    """Remove a recording that no track is made from any more."""
    archive.recordings.let_go([content.audio_sha256], archive.catalogue.audio_in_use)


def _shown(
    records: Sequence[TrackRecord],
    target: PredictionTarget,
    archive: Archive,
    listeners: Listeners,
) -> list[TrackView]:
    unread = [record.track_id for record in records if record.track is None]
    known = predictable_from_votes(
        unread, target, catalogue=archive.catalogue, listeners=listeners
    )
    tracks = [record.track or known.get(record.track_id) for record in records]
    present = [track for track in tracks if track is not None]
    predictions = iter(predict_known(present, target, listeners=listeners))
    return [
        TrackView(
            record,
            prediction=None if track is None else next(predictions),
            audio_url=(
                archive.signed_urls.audio_url(record.track_id)
                if record.is_kept
                else record.track_metadata.audio_url
            ),
        )
        for record, track in zip(records, tracks, strict=True)
    ]


def _content(sent: Upload) -> Content:
    lyrics = sent.lyrics if sent.lyrics and sent.lyrics.strip() else None
    given = {name: _fingerprint(numbers) for name, numbers in sent.embeddings.items()}
    return Content(
        audio_sha256=given.get(Modality.AUDIO) if sent.audio is None else _digest(sent.audio),
        lyrics_sha256=(
            hashlib.sha256(lyrics.encode()).hexdigest() if lyrics else given.get(Modality.LYRICS)
        ),
    )


def _fingerprint(embedding: Sequence[float]) -> str:
    """Return the SHA-256 of an embedding as it is kept; no text and no recording has the same."""
    return hashlib.sha256(_EMBEDDING + single(embedding).astype("<f4").tobytes()).hexdigest()


def _digest(audio: BinaryIO) -> str:
    """Return the SHA-256 of a file, and rewind it."""
    digest = hashlib.sha256()
    while piece := audio.read(PIECE_BYTES):
        digest.update(piece)
    audio.seek(0)
    return digest.hexdigest()


def _cursor(track_id: str) -> str:
    return base64.urlsafe_b64encode(track_id.encode()).decode().rstrip("=")


def _id_in(cursor: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        track_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except ValueError as error:
        raise InvalidCursorError(cursor) from error
    if not track_id or not track_id.isprintable():
        raise InvalidCursorError(cursor)
    return track_id
