"""``reembed``: extract the features again of tracks that hold those of an earlier snapshot."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.command_line import INTERRUPTED
from models.errors import AudioError
from service.cli.options import with_settings
from service.cli.progress import INTERRUPTION, Progress

if TYPE_CHECKING:
    from models.features.extractor import Extractor
    from models.track import AudioFeatures
    from service.cli.factories import ReembedResources
    from service.db.recordings import Recordings
    from service.db.stale_tracks import StaleTrack, StaleTracks
    from service.settings import Settings

UNSENT = 3
"""Exit status if tracks must be registered again."""
TRACKS_AT_ONCE = 64
"""Tracks that are read from the database at once."""


@dataclass(frozen=True, slots=True)
class UnreadableRecording:
    """A kept recording whose features cannot be extracted."""

    track_id: str
    error: AudioError


@dataclass(slots=True)
class ReembedCounts:
    """Work done so far.

    Attributes:
        n_seen: Tracks that were checked.
        n_extracted: Tracks whose features were extracted again.
        refused: Recordings that cannot be used.
    """

    n_seen: int = 0
    n_extracted: int = 0
    refused: list[UnreadableRecording] = field(default_factory=list)


@click.command("reembed")
@click.option(
    "--list",
    "listed",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the ids of tracks that must be registered again to FILE, not to standard output.",
)
@with_settings
def reembed_command(settings: "Settings", /, *, listed: Path | None) -> int:
    """Extract features again of tracks that hold those of an earlier snapshot.

    Their recordings must be kept in ATTUNE_AUDIO. The exit status is 3 if tracks must be
    registered again, and 130 after Ctrl-C; the same command resumes.
    """
    from service.cli.factories import build_reembed

    resources = build_reembed(settings)
    try:
        _reembed(resources)
        return _list(resources, listed)
    except KeyboardInterrupt:
        click.echo(INTERRUPTION, err=True)
        return INTERRUPTED
    finally:
        resources.close()


def reembed(
    stale: "StaleTracks",
    *,
    recordings: "Recordings",
    extractor: "Extractor",
    progress: Callable[[ReembedCounts], None],
) -> ReembedCounts:
    """Extract features of every stale track whose recording is kept, one after the other.

    It may be interrupted at any time and started again. It may run beside the service: a track
    that is registered again meanwhile is not overwritten.

    Args:
        stale: Tracks with other features than the extractor's.
        recordings: The tracks' recordings.
        extractor: Extracts the features that the snapshot reads.
        progress: Called after each track with the work done so far.

    Raises:
        StoreUnavailableError: The database cannot be used now; finished work is kept.
    """
    counts = ReembedCounts()
    after = ""
    while tracks := stale.following(after, TRACKS_AT_ONCE):
        for track in tracks:
            try:
                audio = _features(track, recordings, extractor)
            except AudioError as error:
                counts.refused.append(UnreadableRecording(track.track_id, error))
            else:
                counts.n_extracted += audio is not None and stale.renew(track, audio)
            counts.n_seen += 1
            progress(counts)
        after = tracks[-1].track_id
    return counts


def _features(
    track: "StaleTrack", recordings: "Recordings", extractor: "Extractor"
) -> "AudioFeatures | None":
    """Return the features of a track's recording; None if it is not kept."""
    file = recordings.find(track.audio_sha256)
    with suppress(FileNotFoundError):  # the track and its file may be deleted meanwhile
        if file is not None:
            with file.open("rb") as audio:
                return extractor.audio(audio)
    return None


def _reembed(resources: "ReembedResources") -> None:
    n_stale = resources.stale.count()
    progress = Progress(is_tty=sys.stderr.isatty(), clock=time.monotonic)

    def line(counts: ReembedCounts) -> str:
        n_tracks = max(n_stale, counts.n_seen)  # the running service may add some
        return f"{counts.n_seen} of {n_tracks} tracks, features of {counts.n_extracted} extracted"

    counts = reembed(
        resources.stale,
        recordings=resources.recordings,
        extractor=resources.extractor,
        progress=lambda counts: progress(line(counts)),
    )
    progress.end(line(counts))
    for recording in counts.refused:
        click.echo(f"{recording.track_id}: {recording.error}", err=True)
    click.echo(
        f"Snapshot {resources.version}: features of {counts.n_extracted} tracks extracted again."
    )


def _list(resources: "ReembedResources", listed: Path | None) -> int:
    """Print which tracks must be registered again; return the exit status."""
    unsent = list(resources.stale.unsent())
    if listed is not None:
        listed.write_text("".join(f"{track_id}\n" for track_id, _ in unsent), encoding="utf-8")
    if not unsent:
        return 0
    n_stale = sum(is_stale for _, is_stale in unsent)
    click.echo(
        f"Tracks to register again, with their audio and lyrics: {len(unsent)} "
        f"(no usable recording is kept: {n_stale}; "
        f"the text of the lyrics is not kept: {len(unsent) - n_stale})."
    )
    if listed is None:
        for track_id, _ in unsent:
            click.echo(track_id)
    return UNSENT
