"""Import: register the tracks of a library, without the recordings that they were made from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from models.library import HeardTrack, Library, LibraryError
from models.prediction.batches import believe_all
from models.snapshot import Snapshot
from service.db.bulk_catalogue import Entry, Shelf
from service.errors import TrackLabelledError
from service.tracks import Content, Heading

TRACKS_AT_ONCE = 128
"""Tracks that are judged together and registered in one transaction."""


@dataclass(slots=True)
class Imported:
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
    library: Library, *, snapshot: Snapshot, shelf: Shelf, told: Callable[[Imported], None]
) -> Imported:
    """Register every track, as if its recording and lyrics were put one by one.

    Doing it again changes nothing. What a batch of tracks became is committed before the next one.

    Args:
        library: Tracks with the features that the snapshot reads.
        snapshot: Judges them.
        shelf: Takes them.
        told: Called after each batch with what became of the tracks so far.

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
    done = Imported()
    for batch in _batches(library):
        due = []
        for track in batch:
            was_hidden = shelf.retitle(track.track_id, _content(track), _heading(track))
            if was_hidden is None:
                due.append(track)
            else:
                done.n_new += was_hidden
                done.n_kept += not was_hidden
        for outcome in shelf.put_all(_judged(due, snapshot)):
            done.count(outcome)
        told(done)
    return done


def _batches(library: Library) -> Iterator[list[HeardTrack]]:
    tracks = iter(library)
    while batch := list(islice(tracks, TRACKS_AT_ONCE)):
        yield batch


def _judged(tracks: Sequence[HeardTrack], snapshot: Snapshot) -> list[Entry]:
    beliefs = believe_all(snapshot, [track.features for track in tracks])
    return [
        Entry(track.track_id, track.features, belief, _content(track), _heading(track))
        for track, belief in zip(tracks, beliefs, strict=True)
    ]


def _content(track: HeardTrack) -> Content:
    return Content(track.audio_sha256 or None, track.lyrics_sha256 or None)


def _heading(track: HeardTrack) -> Heading:
    return Heading(track.title or None, track.artist or None)
