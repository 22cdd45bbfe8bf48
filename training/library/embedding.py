"""Turns a folder or manifest of tracks into a library that the service imports.

Each track that was heard is kept in a folder beside the library, whole or not at all, until
somebody deletes it: an interrupted run resumes, and a later one hears only what is new.
"""

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import cache
from io import BufferedReader
from pathlib import Path

from tqdm import tqdm

from models.errors import AttuneError, DatasetError, IncompatibleSnapshotError
from models.features.extraction import FeatureExtractor
from models.features.language import notice_of
from models.library import Library, LibraryError, LibraryTrack, write_library
from models.tags import Tags, read_tags
from models.track import TrackFeatures
from training.engine import Engine, Failure
from training.library.sources import Source, read_sources


@dataclass(frozen=True, slots=True)
class ExtractorFactory:
    """How a worker gets its feature extractor.

    Attributes:
        weights: The encoders' folder.
        network: The file of the snapshot's own network, where it has one.
    """

    weights: Path
    network: Path | None

    @classmethod
    def for_snapshot(cls, snapshot: Path, weights: Path) -> "ExtractorFactory":
        """Return how to open what a snapshot reads the features of.

        Raises:
            SnapshotError: It cannot be read, or reads other features than this code computes, such
                as callers' own embeddings.
            EncoderError: The encoders are missing or changed.
        """
        from models.snapshot import load_snapshot  # workers start in a third of the time without

        shared = load_snapshot(snapshot.resolve())
        if shared.embeddings is not None:
            raise IncompatibleSnapshotError(
                f"Snapshot {shared.version} in {snapshot} reads {shared.embeddings}; no recording "
                "or lyrics can be embedded for it. Register the tracks with your own embeddings."
            )
        opening = cls(weights.resolve(), shared.network)
        shared.require_features(_extractor(opening).spec.digest)
        return opening

    def __call__(self) -> FeatureExtractor:
        """Load the encoders.

        Raises:
            EncoderError: They are missing or changed.
        """
        return FeatureExtractor.open(self.weights, self.network)


@dataclass(frozen=True, slots=True)
class LostTrack:
    """A track that could not be embedded, and why, as a sentence."""

    track_id: str
    path: str
    why: str


@dataclass(frozen=True, slots=True)
class EmbeddedTrack:
    """What a run left.

    Attributes:
        n_tracks: In the library.
        n_heard: Of them, how many were heard in this run; the others had been before.
        lost: Those that are not in it.
    """

    n_tracks: int
    n_heard: int
    lost: Sequence[LostTrack]


def embed(
    source: Path, out: Path, opening: Callable[[], FeatureExtractor], engine: Engine
) -> EmbeddedTrack:
    """Hear every track of a folder or manifest, and write the library.

    What fails is listed in a file beside the library. Run again, it hears only what is missing.

    Args:
        source: As :func:`training.library.sources.read_sources` takes it.
        out: The library; finished tracks are kept beside it, in a folder named after it.
        opening: How workers get their extractors; those that are equal give the same features.
        engine: Where the tracks are heard.

    Raises:
        DatasetError: The source cannot be read.
        EngineError: The workers cannot be started.
        LibraryError: Not one track could be embedded; no library is written.
    """
    digest = _extractor(opening).spec.digest
    sources = read_sources(source)
    folder = _beside(out, "parts")
    parts = [folder / f"{_key(track, digest)}.npz" for track in sources]
    due = [row for row, part in enumerate(parts) if not part.exists()]
    jobs = [_Job(sources[row], parts[row]) for row in due]
    failures = _hear(_Hearing(opening, digest), jobs, engine, n_before=len(sources) - len(due))
    lost = {due[place]: failure.message for place, failure in failures.items()}
    kept = _kept(sources, parts, lost)
    try:
        n_tracks = write_library(out, digest, kept)
    finally:
        named = [
            LostTrack(sources[row].track_id, sources[row].name, lost[row]) for row in sorted(lost)
        ]
        _list(named, _beside(out, "failures.csv"))
    return EmbeddedTrack(n_tracks, len(due) - len(failures), named)


@dataclass(frozen=True, slots=True)
class _Job:
    source: Source
    part: Path


def _hear(
    work: "_Hearing", jobs: Sequence[_Job], engine: Engine, *, n_before: int
) -> dict[int, Failure]:
    """Do the jobs; return what failed by the places of the jobs."""
    failures: dict[int, Failure] = {}
    bar = tqdm(total=n_before + len(jobs), initial=n_before, desc="embedding", unit="track")
    with bar, closing(engine.map(work, jobs)) as outcomes:
        for place, outcome in outcomes:
            if isinstance(outcome, Failure):
                failures[place] = outcome
                bar.set_postfix(failed=len(failures))
            bar.update()
    return failures


def _kept(
    sources: Sequence[Source], parts: Sequence[Path], lost: dict[int, str]
) -> Iterator[LibraryTrack]:
    """Yield what was heard of each track, under the names that the source gives it."""
    n_kept = 0
    for row, (source, part) in enumerate(zip(sources, parts, strict=True)):
        if row in lost:
            continue
        try:
            (heard,) = Library.open(part)
        except LibraryError as error:
            part.unlink(missing_ok=True)
            lost[row] = f"What had been kept of it was damaged; run it again. {error}"
            continue
        n_kept += 1
        title, artist = source.title or heard.title, source.artist or heard.artist
        yield replace(heard, track_id=source.track_id, title=title, artist=artist)
    if not n_kept:
        first = next(iter(lost.values()))
        raise LibraryError(f"None of {len(sources)} tracks could be embedded; the first: {first}")


@dataclass(frozen=True, slots=True)
class _Hearing:
    """Hears one track and keeps its numbers: what a worker does."""

    opening: Callable[[], FeatureExtractor]
    digest: str

    def __call__(self, job: _Job) -> None:
        extractor = _extractor(self.opening)
        if extractor.spec.digest != self.digest:
            raise AttuneError("This worker computes other features: its files are not the same.")
        heard = _heard(job.source, extractor)
        write_library(job.part, self.digest, [heard])


@cache
def _extractor(opening: Callable[[], FeatureExtractor]) -> FeatureExtractor:
    return opening()


def _heard(source: Source, extractor: FeatureExtractor) -> LibraryTrack:
    """Return a track as the service would register it.

    Raises:
        NoEvidenceError: There is neither audio nor a word of lyrics.
        AudioError: The audio cannot be used.
        DatasetError: A file cannot be read.
    """
    with ExitStack() as stack:
        try:
            text = _text(source.lyrics)
            file = stack.enter_context(source.audio.open("rb")) if source.audio else None
            sha256 = _digest(file)
        except OSError as error:
            reason = error.strerror or error
            raise DatasetError(f"{error.filename or source.name}: {reason}.") from error
        lyrics = extractor.lyrics(text)  # quick: goes first
        notices = (notice_of(lyrics.skip_reason),) if lyrics.skip_reason else ()
        audio = extractor.audio(file) if file else None
        tags = read_tags(file, Path(file.name).suffix) if file else Tags()
    return LibraryTrack(
        source.track_id,
        *tags,
        audio_sha256=sha256,
        lyrics_sha256=hashlib.sha256(text.encode()).hexdigest() if text else "",
        features=TrackFeatures(audio, lyrics.vector, notices),
    )


def _text(lyrics: str | Path | None) -> str:
    """Return lyrics, empty where there are none or nothing but blanks."""
    if isinstance(lyrics, Path):
        try:
            # Byte for byte, line ends too: sent to the service, it is the same content.
            lyrics = lyrics.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise DatasetError(f"{lyrics} is not text in UTF-8: {error}.") from error
    return lyrics if lyrics and lyrics.strip() else ""


def _digest(file: BufferedReader | None) -> str:
    if file is None:
        return ""
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest


def _key(source: Source, feature_digest: str) -> str:
    """Return a name that another track, or the same with other contents, does not have."""
    named = source.lyrics
    known = [
        feature_digest,
        _state(source.audio),
        _state(named) if isinstance(named, Path) else named,
    ]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def _state(path: Path | None) -> list[str | int] | None:
    """Return what changes when a file does, without reading it."""
    if path is None:
        return None
    try:
        file_stat = path.stat()
    except OSError:  # its failure is told when it is heard
        return [str(path.resolve())]
    return [str(path.resolve()), file_stat.st_size, file_stat.st_mtime_ns]


def _list(lost: Sequence[LostTrack], path: Path) -> None:
    """Write what failed; leave no file where nothing did."""
    path.unlink(missing_ok=True)
    if not lost:
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["track_id", "path", "why"])
        rows.writerows([one.track_id, one.path, one.why] for one in lost)


def _beside(out: Path, ending: str) -> Path:
    return out.with_name(f"{out.name}.{ending}")
