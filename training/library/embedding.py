"""Computes the features of a folder or manifest of tracks, as a library for the service to import.

Each finished track is kept as a file in a folder beside the library: an interrupted run
continues, and a later run computes only new tracks.
"""

import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import cache
from io import BufferedReader
from pathlib import Path

from tqdm import tqdm

from models.audio.identity import find_sound_digest
from models.errors import AttuneError, DatasetError, IncompatibleSnapshotError
from models.features.extraction import FeatureExtractor
from models.features.language import notice_of
from models.library import FORMAT, MAX_TEXT, Library, LibraryError, LibraryTrack, write_library
from models.tags import Tags, read_tags
from models.track import Notice, TrackFeatures
from training.engine import Engine, Failure
from training.library.given_ids import read_with_ids
from training.library.listing import list_folder
from training.library.lyrics import lyrics_of
from training.library.sources import Source


@dataclass(frozen=True, slots=True)
class ExtractorFactory:
    """Creates the feature extractor of a worker.

    Attributes:
        weights: Folder of encoders.
        network: File of the snapshot's own network, if it has one.
    """

    weights: Path
    network: Path | None

    @classmethod
    def for_snapshot(cls, snapshot: Path, weights: Path) -> "ExtractorFactory":
        """Return a factory of the features that a snapshot reads.

        Raises:
            SnapshotError: The snapshot cannot be read, or reads features that this code does not
                compute, such as callers' own embeddings.
            EncoderError: The encoders are missing or changed.
        """
        from models.snapshot import load_snapshot  # slow: workers start without it

        shared = load_snapshot(snapshot.resolve())
        if shared.embeddings is not None:
            raise IncompatibleSnapshotError(
                f"Snapshot {shared.version} in {snapshot} reads {shared.embeddings}; no recording "
                "or lyrics can be embedded for it. Register the tracks with your own embeddings."
            )
        factory = cls(weights.resolve(), shared.network)
        shared.require_features(_extractor(factory).spec.digest)
        return factory

    def __call__(self) -> FeatureExtractor:
        """Load the encoders.

        Raises:
            EncoderError: The encoders are missing or changed.
        """
        return FeatureExtractor.open(self.weights, self.network)


@dataclass(frozen=True, slots=True)
class TrackFailure:
    """A track without features, and the reason as a sentence."""

    track_id: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class EmbeddingResult:
    """The result of a run.

    Attributes:
        n_tracks: Tracks in the library.
        n_new: Tracks that this run computed.
        failures: Tracks that are not in the library, and folders that cannot be read.
        notices: What the tracks that this run computed do not use, by path.
    """

    n_tracks: int
    n_new: int
    failures: Sequence[TrackFailure]
    notices: Sequence[tuple[str, Notice]] = ()


def embed(
    source: Path, out: Path, factory: Callable[[], FeatureExtractor], engine: Engine
) -> EmbeddingResult:
    """Compute the features of every track of a folder or manifest, and write the library.

    Failures are listed in a file beside the library. A second run computes only missing tracks.

    Args:
        source: See :func:`training.library.sources.read_sources`.
        out: The library; finished tracks are kept beside it, in a folder named after it.
        factory: Creates the workers' extractors; equal factories give the same features.
        engine: Runs the workers.

    Raises:
        DatasetError: The source cannot be read.
        EngineError: The workers cannot be started.
        LibraryError: Every track failed; no library is written.
    """
    digest = _extractor(factory).spec.digest
    folder = _beside(out, "parts")

    def part_of(track: Source) -> Path:
        return folder / f"{_key(track, digest)}.npz"

    sources = read_with_ids(source, folder / "ids.json", part_of)
    parts = [part_of(track) for track in sources]
    missing = [row for row, part in enumerate(parts) if not part.exists()]
    jobs = [_Job(sources[row], parts[row]) for row in missing]
    done = _run(_EmbedTrack(factory, digest), jobs, engine, n_before=len(sources) - len(missing))
    failed = {i: each for i, each in done.items() if isinstance(each, Failure)}
    reasons = {missing[index]: failure.message for index, failure in failed.items()}
    tracks = _read_parts(sources, parts, reasons)
    try:
        n_tracks = write_library(out, digest, tracks)
    finally:
        failures = [
            TrackFailure(sources[row].track_id, sources[row].name, reasons[row])
            for row in sorted(reasons)
        ]
        failures += _unread_folders(source)
        _write_failures(failures, _beside(out, "failures.csv"))
    notices = [
        (jobs[index].source.name, notice)
        for index, notices in sorted(done.items())
        if not isinstance(notices, Failure)
        for notice in notices
    ]
    return EmbeddingResult(n_tracks, len(missing) - len(failed), failures, notices)


def _unread_folders(source: Path) -> list[TrackFailure]:
    if not source.is_dir():
        return []
    errors = list_folder(source).unread
    return [TrackFailure("", str(each.filename), f"{each.strerror}.") for each in errors]


@dataclass(frozen=True, slots=True)
class _Job:
    source: Source
    part: Path


def _run(
    work: "_EmbedTrack", jobs: Sequence[_Job], engine: Engine, *, n_before: int
) -> dict[int, tuple[Notice, ...] | Failure]:
    """Run the jobs; return the notices, or the failure, by index of the job."""
    done: dict[int, tuple[Notice, ...] | Failure] = {}
    n_failed = 0
    bar = tqdm(total=n_before + len(jobs), initial=n_before, desc="embedding", unit="track")
    with bar, closing(engine.map(work, jobs)) as outcomes:
        for index, outcome in outcomes:
            done[index] = outcome
            if isinstance(outcome, Failure):
                n_failed += 1
                bar.set_postfix(failed=n_failed)
            bar.update()
    return done


def _read_parts(
    sources: Sequence[Source], parts: Sequence[Path], reasons: dict[int, str]
) -> Iterator[LibraryTrack]:
    """Yield the finished tracks, with the names of the source; add damaged ones to ``reasons``."""
    n_read = 0
    for row, (source, part) in enumerate(zip(sources, parts, strict=True)):
        if row in reasons:
            continue
        try:
            (track,) = Library.open(part)
        except LibraryError as error:
            part.unlink(missing_ok=True)
            reasons[row] = f"The file of a previous run is damaged; run again. {error}"
            continue
        n_read += 1
        title, artist = source.title or track.title, source.artist or track.artist
        yield replace(track, track_id=source.track_id, title=title, artist=artist)
    if not n_read:
        row, reason = next(iter(reasons.items()))
        raise LibraryError(
            f"None of {len(sources)} tracks could be embedded; the first: {sources[row].name}: "
            f"{reason}"
        )


@dataclass(frozen=True, slots=True)
class _EmbedTrack:
    """Computes and writes one track, in a worker."""

    factory: Callable[[], FeatureExtractor]
    digest: str

    def __call__(self, job: _Job) -> tuple[Notice, ...]:
        extractor = _extractor(self.factory)
        if extractor.spec.digest != self.digest:
            raise AttuneError("This worker computes other features: its files differ.")
        track = _library_track(job.source, extractor)
        write_library(job.part, self.digest, [track])
        return track.features.notices + _cut_names(track)


def _cut_names(track: LibraryTrack) -> tuple[Notice, ...]:
    return tuple(
        Notice(f"{name}_cut", f"Only the first {MAX_TEXT} characters of the {name} are kept.")
        for name, text in (("title", track.title), ("artist", track.artist))
        if len(text) >= MAX_TEXT
    )


@cache
def _extractor(factory: Callable[[], FeatureExtractor]) -> FeatureExtractor:
    return factory()


def _library_track(source: Source, extractor: FeatureExtractor) -> LibraryTrack:
    """Return a track as the service would register it.

    Raises:
        NoEvidenceError: There is neither audio nor a word of lyrics.
        AudioError: The audio cannot be used.
        DatasetError: A file cannot be read.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(source.audio.open("rb")) if source.audio else None
            sha256 = _digest(file)
            sound_sha256 = find_sound_digest(file) if file else None
        except OSError as error:
            raise DatasetError(f"{error.strerror or error}.") from error
        words = lyrics_of(source)
        text = words.text
        lyrics = extractor.lyrics(text)  # quick: goes first
        skipped = (notice_of(lyrics.skip_reason),) if lyrics.skip_reason else ()
        audio = extractor.audio(file) if file else None
        heard = audio.notices if audio else ()
        tags = read_tags(file, Path(file.name).suffix) if file else Tags()
    return LibraryTrack(
        source.track_id,
        *tags,
        audio_sha256=sha256,
        lyrics_sha256=_sha256(text),
        features=TrackFeatures(audio, lyrics.vector, heard + words.notices + skipped),
        sound_sha256=sound_sha256 or "",
        lyrics_raw_sha256=_sha256(words.sent),
    )


def _digest(file: BufferedReader | None) -> str:
    if file is None:
        return ""
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def _key(source: Source, feature_digest: str) -> str:
    """Return a cache key, unique to the features and to the track's contents."""
    lyrics = source.lyrics
    inputs = [
        FORMAT,
        feature_digest,
        _state(source.audio),
        _state(lyrics) if isinstance(lyrics, Path) else lyrics,
    ]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


def _state(path: Path | None) -> list[str | int] | None:
    """Return path, size and time of change of a file."""
    if path is None:
        return None
    place = os.path.realpath(path)  # unlike Path.resolve, also of a link to itself
    try:
        file_stat = path.stat()
    except OSError:  # reported when the file is read
        return [place]
    return [place, file_stat.st_size, file_stat.st_mtime_ns]


def _write_failures(failures: Sequence[TrackFailure], path: Path) -> None:
    """Write the list of failures; remove the file if there are none."""
    path.unlink(missing_ok=True)
    if not failures:
        return
    # A path may hold bytes that are no text.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["track_id", "path", "why"])
        rows.writerows([each.track_id, each.path, each.reason] for each in failures)


def _beside(out: Path, ending: str) -> Path:
    return out.with_name(f"{out.name}.{ending}")
