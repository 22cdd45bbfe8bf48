"""The catalogue: register, show, list and delete tracks."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Self

from models.emotion import Modality
from models.errors import AttuneError
from models.features.embeddings import to_float32
from models.features.extractor import Extractor
from service.api.predict.predictions import (
    Prediction,
    PredictionTarget,
    Upload,
    features_of,
    predict_known,
    predictable_from_votes,
    with_notices,
)
from service.auth.signed_urls import SignedUrls
from service.db.catalogue import Catalogue
from service.db.recordings import Recordings
from service.errors import AudioNotKeptError, InvalidCursorError
from service.serving.container import Resources
from service.serving.personal_models import UserModels
from service.tracks import Content, TrackMetadata, TrackRecord

_CHUNK_BYTES = 1 << 20
_EMBEDDING = b"embedding\0"
"""Prefix of an embedding's bytes in its fingerprint."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackView:
    """A registered track and its prediction.

    Attributes:
        prediction: None if the track holds features that the snapshot does not read, has no
            stored prediction, and has no label of another user.
        audio_url: Address for a browser: a signed URL if the recording is stored, else the
            registered URL.
    """

    record: TrackRecord
    prediction: Prediction | None
    audio_url: str | None

    def about(self, upload: Upload) -> Self:
        """Return the view with the notices of the upload that registered the track."""
        if self.prediction is None or not upload.notices:
            return self
        noticed = with_notices(self.prediction, upload.notices)
        return type(self)(self.record, noticed, self.audio_url)


@dataclass(frozen=True, slots=True, eq=False)
class RegistrationResult:
    """The result of a registration."""

    view: TrackView
    is_new: bool


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A page of tracks, sorted by id.

    Attributes:
        next_cursor: Cursor of the next page; None on the last page.
    """

    tracks: list[TrackView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """The content and the metadata of a track; they replace those under its id."""

    upload: Upload
    track_metadata: TrackMetadata


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """The registered tracks and the stored recordings."""

    catalogue: Catalogue
    recordings: Recordings
    signed_urls: SignedUrls

    @classmethod
    def of(cls, resources: Resources) -> Self:
        """Return the archive of a worker's resources."""
        return cls(resources.catalogue, resources.recordings, resources.signed_urls)


@dataclass(frozen=True, slots=True)
class Recording:
    """A stored recording: its file, and the SHA-256 of its content."""

    file: Path
    sha256: str


def put_track(
    track_id: str,
    registration: Registration,
    *,
    archive: Archive,
    extractor: Extractor,
    listeners: UserModels,
) -> RegistrationResult:
    """Register a track; repeating a registration changes nothing and computes nothing.

    The recording is stored before the track, and removed once no track uses it.

    Raises:
        TrackLabelledError: The track has labels, and its content would change.
        NoEvidenceError: There is neither audio nor a word of lyrics.
        AudioError: The audio cannot be used.
        InputError: The snapshot does not read this modality, or an embedding has another size.
        AudioStoreError: The audio cannot be stored.
    """
    content = _content(registration.upload)
    try:
        is_new = _put(track_id, registration, content, archive, extractor)
    except AttuneError:
        _remove_unused_recording(content, archive)
        raise
    view = show_track(track_id, PredictionTarget(), archive=archive, listeners=listeners)
    return RegistrationResult(view.about(registration.upload), is_new=is_new)


def show_track(
    track_id: str, target: PredictionTarget, *, archive: Archive, listeners: UserModels
) -> TrackView:
    """Return a track and its prediction.

    Raises:
        TrackNotFoundError: There is no such track.
        FusionError: The fusion is unknown, or needs a modality that the track lacks.
    """
    record = archive.catalogue.get(track_id)
    return _views([record], target, archive, listeners)[0]


def list_tracks(
    cursor: str | None, limit: int, *, archive: Archive, listeners: UserModels
) -> Page:
    """Return up to ``limit`` tracks after the cursor, with predictions of the population model.

    The predictions have no segments. Pages are stable: a track that is registered meanwhile moves
    no other track to another page.

    Raises:
        InvalidCursorError: The cursor does not come from a page.
    """
    after = "" if cursor is None else _id_in(cursor)
    records = archive.catalogue.page(after, limit + 1)
    more = _cursor(records[limit - 1].track_id) if len(records) > limit else None
    return Page(_views(records[:limit], PredictionTarget(), archive, listeners), more)


def delete_track(track_id: str, *, archive: Archive) -> None:
    """Delete a track: hide it from the catalogue and from queries, and remove its recording.

    Raises:
        TrackNotFoundError: There is no such track.
    """
    content = archive.catalogue.content_of(track_id)
    archive.catalogue.hide(track_id)
    if content is not None:
        _remove_unused_recording(content, archive)


def recording_of(track_id: str, *, archive: Archive) -> Recording:
    """Return a track's recording.

    Raises:
        TrackNotFoundError: There is no such track.
        AudioNotKeptError: Its recording is not stored, or there is none.
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
    """Register a track, and store its recording; return whether the id was free."""
    track_metadata, audio = registration.track_metadata, registration.upload.audio
    before = archive.catalogue.content_of(track_id)
    store = partial(archive.recordings.keep, content.audio_sha256, audio)
    is_new = None
    if before == content:  # the content was usable before, so it is stored without a check
        with store():
            is_new = archive.catalogue.retitle(track_id, content, track_metadata)
    if is_new is None:
        features = features_of(registration.upload, extractor)
        with store():
            is_new = archive.catalogue.put(track_id, features, content, track_metadata)
    if before is not None and before != content:
        _remove_unused_recording(before, archive)
    return is_new


def _remove_unused_recording(content: Content, archive: Archive) -> None:
    """Remove the recording unless a track still uses it."""
    archive.recordings.remove_if_unused([content.audio_sha256], archive.catalogue.audio_in_use)


def _views(
    records: Sequence[TrackRecord],
    target: PredictionTarget,
    archive: Archive,
    listeners: UserModels,
) -> list[TrackView]:
    foreign = [record.track_id for record in records if record.track is None]
    known = predictable_from_votes(
        foreign, target, catalogue=archive.catalogue, listeners=listeners
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


def _content(upload: Upload) -> Content:
    audio = upload.audio
    lyrics = upload.lyrics if upload.lyrics and upload.lyrics.strip() else None
    prints = {name: _fingerprint(numbers) for name, numbers in upload.embeddings.items()}
    return Content(
        audio_sha256=prints.get(Modality.AUDIO) if audio is None else _digest(audio),
        lyrics_sha256=(
            hashlib.sha256(lyrics.encode()).hexdigest() if lyrics else prints.get(Modality.LYRICS)
        ),
    )


def _fingerprint(embedding: Sequence[float]) -> str:
    """Return the SHA-256 of an embedding as stored; the prefix keeps it apart from other files."""
    return hashlib.sha256(_EMBEDDING + to_float32(embedding).astype("<f4").tobytes()).hexdigest()


def _digest(audio: BinaryIO) -> str:
    """Return the SHA-256 of a file, and rewind it."""
    digest = hashlib.sha256()
    while chunk := audio.read(_CHUNK_BYTES):
        digest.update(chunk)
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
