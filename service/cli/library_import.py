"""Import: register the tracks of a library, without the recordings that they were made from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from models.library import Library, LibraryError, LibraryTrack
from models.prediction.batches import predict_population_all
from models.snapshot import Snapshot
from service.db.bulk_catalogue import BulkCatalogue, Entry
from service.errors import TrackLabelledError
from service.tracks import Content, TrackMetadata

TRACKS_AT_ONCE = 128
"""Tracks that are judged together and registered in one transaction."""


@dataclass(slots=True)
class ImportCounts:
    """What became of a library's tracks.

    Attributes:
        n_new: Registered under an id that was not in use.
        n_replaced: Registered in the place of other content, or of other features of it.
        n_kept: There before; perhaps they are called otherwise now.
        refused: Left as they were: somebody has labelled what is there.
    """

    n_new: int = 0
    n_replaced: int = 0
    n_kept: int = 0
    refused: list[TrackLabelledError] = field(default_factory=list)

    @property
    def n_tracks(self) -> int:
        """How many that is together."""
        return self.n_new + self.n_replaced + self.n_kept + len(self.refused)

    def count(self, outcome: bool | TrackLabelledError) -> None:  # noqa: FBT001  # is the id new
        """Count a track that was put."""
        if isinstance(outcome, TrackLabelledError):
            self.refused.append(outcome)
        elif outcome:
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
    """Register every track, as if its recording and lyrics were put one by one.

    Doing it again changes nothing. What a batch of tracks became is committed before the next one.

    Args:
        library: Tracks with the features that the snapshot reads.
        snapshot: Judges them.
        bulk_catalogue: Takes them.
        progress: Called after each batch with what became of the tracks so far.

    Raises:
        LibraryError: Its features are others than the snapshot reads.
        StoreUnavailableError: The database cannot be written to; earlier batches are in it.
    """
    if library.feature_digest != snapshot.feature_digest:
        remedy = "`python -m training embed` makes it anew."
        if snapshot.embeddings is not None:
            remedy = f"it reads {snapshot.embeddings}."
        raise LibraryError(
            f"The library holds features {library.feature_digest[:12]!r} and snapshot "
            f"{snapshot.version} reads {snapshot.feature_digest[:12]!r}; {remedy}"
        )
    done = ImportCounts()
    for batch in _batches(library):
        due = []
        for track in batch:
            was_hidden = bulk_catalogue.retitle(
                track.track_id, _content(track), _track_metadata(track)
            )
            if was_hidden is None:
                due.append(track)
            else:
                done.n_new += was_hidden
                done.n_kept += not was_hidden
        for outcome in bulk_catalogue.put_all(_judged(due, snapshot)):
            done.count(outcome)
        progress(done)
    return done


def _batches(library: Library) -> Iterator[list[LibraryTrack]]:
    tracks = iter(library)
    while batch := list(islice(tracks, TRACKS_AT_ONCE)):
        yield batch


def _judged(tracks: Sequence[LibraryTrack], snapshot: Snapshot) -> list[Entry]:
    population_predictions = predict_population_all(snapshot, [track.features for track in tracks])
    return [
        Entry(
            track.track_id,
            track.features,
            population_prediction,
            _content(track),
            _track_metadata(track),
        )
        for track, population_prediction in zip(tracks, population_predictions, strict=True)
    ]


def _content(track: LibraryTrack) -> Content:
    return Content(track.audio_sha256 or None, track.lyrics_sha256 or None)


def _track_metadata(track: LibraryTrack) -> TrackMetadata:
    return TrackMetadata(track.title or None, track.artist or None)
