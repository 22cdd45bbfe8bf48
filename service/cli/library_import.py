"""Registration of the tracks of a library, without their recordings."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from models.library import Library, LibraryError, LibraryTrack
from models.prediction.batches import predict_population_all
from models.snapshot import Snapshot
from service.db.bulk_catalogue import BulkCatalogue, Entry
from service.errors import TrackLabelledError
from service.tracks import CatalogueChange, Content, TrackMetadata

TRACKS_AT_ONCE = 128
"""Tracks that are predicted together and registered in one transaction."""


@dataclass(slots=True)
class ImportCounts:
    """Numbers of a library's tracks by outcome.

    Attributes:
        n_new: New or hidden before.
        n_replaced: Registered with other content or features.
        n_kept: Unchanged but for their metadata.
        refused: Refused, because an answer stands on other content.
    """

    n_new: int = 0
    n_replaced: int = 0
    n_kept: int = 0
    refused: list[TrackLabelledError] = field(default_factory=list)

    @property
    def n_tracks(self) -> int:
        """Total number of tracks."""
        return self.n_new + self.n_replaced + self.n_kept + len(self.refused)

    def count(self, outcome: CatalogueChange | TrackLabelledError) -> None:
        """Count a registered or refused track."""
        if isinstance(outcome, TrackLabelledError):
            self.refused.append(outcome)
        elif outcome.is_new:
            self.n_new += 1
        else:
            self.n_replaced += 1


def import_library(
    library: Library,
    *,
    snapshot: Snapshot,
    bulk_catalogue: BulkCatalogue,
    progress: Callable[[ImportCounts], None],
) -> ImportCounts:
    """Register every track, as if its recording and lyrics were sent one by one.

    A second import changes nothing. Each batch is committed before the next one.

    Args:
        library: Tracks with the features that the snapshot reads.
        snapshot: Predicts them.
        bulk_catalogue: Registers them.
        progress: Called after each batch.

    Raises:
        LibraryError: The library holds other features than the snapshot reads.
        StoreUnavailableError: The database cannot be written to; earlier batches are stored.
    """
    if library.feature_digest != snapshot.feature_digest:
        remedy = "create it again with `python -m training embed`."
        if snapshot.embeddings is not None:
            remedy = f"the snapshot reads {snapshot.embeddings}."
        raise LibraryError(
            f"The library holds features {library.feature_digest[:12]!r}, but snapshot "
            f"{snapshot.version} reads {snapshot.feature_digest[:12]!r}; {remedy}"
        )
    counts = ImportCounts()
    for batch in _batches(library):
        due = []
        for track in batch:
            change = bulk_catalogue.retitle(
                track.track_id, _content(track), _track_metadata(track)
            )
            if change is None:
                due.append(track)
            else:
                counts.n_new += change.is_new
                counts.n_kept += not change.is_new
        for outcome in bulk_catalogue.put_all(_entries(due, snapshot)):
            counts.count(outcome)
        progress(counts)
    return counts


def _batches(library: Library) -> Iterator[list[LibraryTrack]]:
    tracks = iter(library)
    while batch := list(islice(tracks, TRACKS_AT_ONCE)):
        yield batch


def _entries(tracks: Sequence[LibraryTrack], snapshot: Snapshot) -> list[Entry]:
    predictions = predict_population_all(snapshot, [track.features for track in tracks])
    return [
        Entry(
            track.track_id,
            track.features,
            prediction,
            _content(track),
            _track_metadata(track),
        )
        for track, prediction in zip(tracks, predictions, strict=True)
    ]


def _content(track: LibraryTrack) -> Content:
    return Content(
        track.audio_sha256 or None,
        track.lyrics_sha256 or None,
        track.sound_sha256 or None,
        frozenset({track.lyrics_raw_sha256} - {""}),
        has_file=False,
    )


def _track_metadata(track: LibraryTrack) -> TrackMetadata:
    return TrackMetadata(track.title or None, track.artist or None)
