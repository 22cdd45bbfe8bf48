"""The catalogue: register, show, list and delete tracks."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from models.audio.identity import find_sound_digest
from models.errors import AttuneError, AudioError, NoEvidenceError
from models.features.extractor import Extractor
from models.search_words import parse_search
from service.api.cursors import cursor_after, id_after
from service.api.predict.predictions import (
    Prediction,
    PredictionTarget,
    Upload,
    features_of,
    predict_known,
    predictable_from_votes,
    with_notices,
)
from service.api.tracks.digests import content_of
from service.auth.signed_urls import SignedUrls
from service.clock import utc_now
from service.db.catalogue import Catalogue
from service.db.recordings import Recordings
from service.db.track_search import Search
from service.errors import AudioNotKeptError, TrackNotFoundError
from service.serving.container import Resources
from service.serving.personal_models import UserModels
from service.tracks import CatalogueChange, Content, TrackMetadata, TrackRecord


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
        return replace(self, prediction=with_notices(self.prediction, upload.notices))


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
    """The content and the metadata of a track; they replace those under its id.

    Attributes:
        changes: The fields of `track_metadata` that were sent. Without content they alone change.
    """

    upload: Upload
    track_metadata: TrackMetadata
    changes: Mapping[str, str | None] = field(default_factory=dict)


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
    """Register a track, or change the metadata of a registered one.

    Repeating a registration changes nothing and computes nothing.

    The content is what is heard and read: a recording with other tags replaces the stored file,
    and no feature is computed. The recording is stored before the track, and removed once no
    track uses it.

    Raises:
        TrackLabelledError: The track has labels, and its content would change.
        NoEvidenceError: There is neither audio nor a word of lyrics.
        AudioError: The audio cannot be used.
        InputError: The snapshot does not read this modality, or an embedding has another size.
        AudioStoreError: The audio cannot be stored.
    """
    if registration.upload.is_empty and registration.changes:
        _change_metadata(track_id, registration.changes, archive.catalogue)
        is_new = False
    else:
        is_new = _put(track_id, registration, archive, extractor)
    try:
        view = show_track(track_id, PredictionTarget(), archive=archive, listeners=listeners)
    except TrackNotFoundError:  # deleted since
        view = _deleted_since(track_id, registration, archive.catalogue)
    return RegistrationResult(view.about(registration.upload), is_new=is_new)


def _deleted_since(track_id: str, registration: Registration, catalogue: Catalogue) -> TrackView:
    """Return a track as it was registered before another call deleted it, without a prediction."""
    before = catalogue.content_of(track_id) or Content(None, None)
    upload, track_metadata, now = registration.upload, registration.track_metadata, utc_now()
    content = before if upload.is_empty else content_of(upload, before)
    record = TrackRecord(track_id, None, track_metadata, content, None, now, now)
    return TrackView(record, prediction=None, audio_url=track_metadata.audio_url)


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
    cursor: str | None,
    limit: int,
    search: str | None = None,
    *,
    archive: Archive,
    listeners: UserModels,
) -> Page:
    """Return up to ``limit`` tracks after the cursor, with predictions of the population model.

    The predictions have no segments. Pages are stable: a track that is registered meanwhile moves
    no other track to another page. With a search, only tracks with all its words are returned;
    pages before the last may then hold fewer than ``limit`` tracks, or none.

    Raises:
        InvalidCursorError: The cursor does not come from a page.
    """
    after = id_after(cursor)
    if search is not None:
        records, last = archive.catalogue.search(Search(parse_search(search), after, limit))
    else:
        records = archive.catalogue.page(after, limit + 1)
        last = records[limit - 1].track_id if len(records) > limit else None
    views = _views(records[:limit], PredictionTarget(), archive, listeners)
    return Page(views, None if last is None else cursor_after(last))


def delete_track(track_id: str, *, archive: Archive) -> None:
    """Delete a track: hide it from the catalogue and from queries, and remove its recording.

    Raises:
        TrackNotFoundError: There is no such track.
    """
    _remove_unused_recording(archive.catalogue.hide(track_id), archive)


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


def _change_metadata(
    track_id: str, changes: Mapping[str, str | None], catalogue: Catalogue
) -> None:
    try:
        catalogue.change_metadata(track_id, changes)
    except TrackNotFoundError as error:
        fields = ", ".join(changes)
        raise NoEvidenceError(
            f"There is no track {track_id!r} whose {fields} could change; a new track needs "
            "audio, lyrics or embeddings."
        ) from error


def _put(
    track_id: str, registration: Registration, archive: Archive, extractor: Extractor
) -> bool:
    """Register a track, and store its recording; return whether the id was free."""
    before = archive.catalogue.content_of(track_id)
    content = content_of(registration.upload, before)
    if before is not None and not content.is_same_sound(before):
        before = _with_sound(track_id, before, archive)
    try:
        change = None
        if before is not None and content.is_same_track(before):
            change = _retitle(track_id, registration, content, archive)
        if change is None:
            change = _replace(track_id, registration, content, archive, extractor)
    except AttuneError:
        _remove_unused_recording(content, archive)
        raise
    if change.replaced is not None and change.replaced.audio_sha256 != content.audio_sha256:
        _remove_unused_recording(change.replaced, archive)
    return change.is_new


def _with_sound(track_id: str, stored: Content, archive: Archive) -> Content:
    """Return a track's content with the digest of its sound, if its recording is stored.

    Tracks that a release up to 0.5 registered lack it.
    """
    file = archive.recordings.find(stored.audio_sha256)
    if file is None or stored.audio_sha256 is None or stored.sound_sha256 is not None:
        return stored
    # It may be deleted meanwhile, or take too long to read now.
    with suppress(FileNotFoundError, AudioError), file.open("rb") as audio:
        if sound := find_sound_digest(audio):
            archive.catalogue.add_sound(track_id, stored.audio_sha256, sound)
            return replace(stored, sound_sha256=sound)
    return stored


def _retitle(
    track_id: str, registration: Registration, content: Content, archive: Archive
) -> CatalogueChange | None:
    """Update a track of the same content; None if its features must be computed."""
    # Without a check of the recording: the same content was usable before.
    with archive.recordings.keep(content.audio_sha256, registration.upload.audio):
        return archive.catalogue.retitle(track_id, content, registration.track_metadata)


def _replace(
    track_id: str,
    registration: Registration,
    content: Content,
    archive: Archive,
    extractor: Extractor,
) -> CatalogueChange:
    """Register a track with the features of its content."""
    upload, track_metadata = registration.upload, registration.track_metadata
    features = features_of(upload, extractor)
    with archive.recordings.keep(content.audio_sha256, upload.audio):
        return archive.catalogue.put(track_id, features, content, track_metadata)


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
