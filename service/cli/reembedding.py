"""Reembed: have tracks that an earlier snapshot judged heard again by the present one."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from models.errors import AudioError
from models.features.extractor import Extractor
from models.track import AudioFeatures
from service.db.recordings import Recordings
from service.db.stale_tracks import StaleTrack, StaleTracks

TRACKS_AT_ONCE = 64
"""Tracks of which is read in one go what they are made of."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kept recording that cannot be heard again, and why."""

    track_id: str
    error: AudioError


@dataclass(slots=True)
class ReembedCounts:
    """What became of the tracks so far.

    Attributes:
        n_seen: Tracks that were looked at.
        n_heard: Those of them that were heard again.
        refused: Those whose recording cannot be used.
    """

    n_seen: int = 0
    n_heard: int = 0
    refused: list[Refusal] = field(default_factory=list)


def reembed(
    stale: StaleTracks,
    *,
    recordings: Recordings,
    extractor: Extractor,
    progress: Callable[[ReembedCounts], None],
) -> ReembedCounts:
    """Hear every stale track again whose recording is kept, one after the other.

    It may be interrupted at any moment and begun again, and run beside the service: who registers
    a track again meanwhile is not overwritten.

    Args:
        stale: Tracks that hold features which the extractor does not make.
        recordings: What they were made from, where it is kept.
        extractor: Makes the features that the snapshot reads.
        progress: Called after each track with what was done so far.

    Raises:
        StoreUnavailableError: The database cannot be used now; what was done stays done.
    """
    done = ReembedCounts()
    after = ""
    while tracks := stale.following(after, TRACKS_AT_ONCE):
        for track in tracks:
            try:
                audio = _heard(track, recordings, extractor)
            except AudioError as error:
                done.refused.append(Refusal(track.track_id, error))
            else:
                done.n_heard += audio is not None and stale.renew(track, audio)
            done.n_seen += 1
            progress(done)
        after = tracks[-1].track_id
    return done


def _heard(
    track: StaleTrack, recordings: Recordings, extractor: Extractor
) -> AudioFeatures | None:
    """Return the features of a track's recording; None where it is not kept."""
    file = recordings.find(track.audio_sha256)
    with suppress(FileNotFoundError):  # the track was deleted meanwhile, and the file with it
        if file is not None:
            with file.open("rb") as audio:
                return extractor.audio(audio)
    return None
