"""Training data of the CNN: log-mels of clips, labels, and embeddings of a teacher.

The teacher is the pretrained encoder musicnn: a few hundred labelled clips are not enough to train
a network from scratch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import FloatMatrix, FloatVector, IntVector, LogMel, Waveform
from models.audio import spectrogram
from models.audio.decoding import decode
from models.features import cnn, extraction
from models.features.encoders import AudioEncoder
from training.datasets import taffc4q
from training.datasets.feature_cache import keep
from training.datasets.folds import Fold, grouped_folds
from training.members.corpus import audio_labels

Mel: TypeAlias = NDArray[np.floating[Any]]
"""A whole clip's log-mel ``(n_frames, 128)``, in half precision or single."""

DATASET = "taffc4q"
_VALIDATION_PARTS = 7  # one of them, 14 %, is the validation set


@dataclass(frozen=True, slots=True, eq=False)
class Clips:
    """Clips with labels and the teacher's embeddings.

    Attributes:
        ids: Ids of the clips ``(n_tracks,)``.
        y: Class indices ``(n_tracks,)``.
        groups: Artists ``(n_tracks,)``.
        mels: For each clip, the log-mel ``(n_frames, 128)`` in half precision.
        teacher: For each clip, the teacher's embeddings of patches ``(n_patches, n_teacher)``.
        fold: The committee's fold that each clip is held out from ``(n_tracks,)``; None: folds are
            drawn for these clips.
    """

    ids: list[str]
    y: IntVector
    groups: IntVector
    mels: list[Mel]
    teacher: list[FloatMatrix]
    fold: IntVector | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Positions of a fold's tracks; no two parts share an artist.

    Attributes:
        fit: Tracks for training the weights.
        validation: Tracks for early stopping and for choosing the best weights.
        held_out: Test tracks.
    """

    fit: IntVector
    validation: IntVector
    held_out: IntVector

    @property
    def train(self) -> IntVector:
        """All tracks that are not held out."""
        return np.sort(np.concatenate([self.fit, self.validation]))


def split(
    y: IntVector, groups: IntVector, n_folds: int, seed: int, fold: IntVector | None = None
) -> Iterator[Parts]:
    """Yield the parts of each fold.

    Args:
        y: Class indices ``(n_tracks,)``.
        groups: The artist of each track ``(n_tracks,)``.
        n_folds: Number of folds.
        seed: Seed of the folds and of the validation sets.
        fold: The fold that each track is held out from ``(n_tracks,)``; None: draw folds.

    Raises:
        DatasetError: There are too few artists.
    """
    folds = (
        grouped_folds(y, groups, n_folds, seed)
        if fold is None
        else (Fold(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(n_folds))
    )
    for part in folds:
        inner = next(grouped_folds(y[part.train], groups[part.train], _VALIDATION_PARTS, seed))
        yield Parts(part.train[inner.train], part.train[inner.test], part.test)


def committee_fold(data: Path, seed: int) -> IntVector:
    """Return the audio committee's fold that each clip is held out from ``(n_tracks,)``.

    The committee's folds cover all corpora with audio; the clips are those of the first.

    Raises:
        DatasetError: A table or clip is missing.
    """
    audio = audio_labels(data)
    held_out = np.zeros(len(audio.y), np.int64)
    for index, part in enumerate(audio.folds(seed)):
        held_out[part.test] = index
    return np.asarray(held_out[audio.corpus == DATASET])


def load_clips(data: Path, cache: Path, weights: Path) -> Clips:
    """Read the clips; compute log-mels and the teacher's embeddings, or read them from the cache.

    Args:
        data: Folder of datasets.
        cache: Folder of log-mels and the teacher's embeddings.
        weights: Folder of encoders.

    Raises:
        DatasetError: A table or clip is missing.
        EncoderError: The teacher is missing.
    """
    tracks = taffc4q.load(data / DATASET)
    spec = extraction.FeatureSpec()
    reader = _ClipCache(cache / DATASET / spec.digest[:16], AudioEncoder(weights, threads=1))
    paths = list(zip(tracks.ids, tracks.audio, strict=True))
    mels, embeddings = zip(
        *(reader.read(*clip) for clip in tqdm(paths, desc="cnn: clips", unit="track")), strict=True
    )
    return Clips(list(tracks.ids), tracks.y, tracks.groups, list(mels), list(embeddings))


def crop(mel: Mel, rng: np.random.Generator) -> tuple[LogMel, int]:
    """Return a random chunk ``(231, 128)`` of a clip and its first frame."""
    start = int(rng.integers(max(0, len(mel) - cnn.CHUNK_FRAMES) + 1))
    (chunk,) = cnn.chunks(mel[start : start + cnn.CHUNK_FRAMES].astype(np.float32))
    return chunk, start


def teacher_target(embeddings: FloatMatrix, start: int, n_frames: int) -> FloatVector:
    """Return the teacher's embedding of a chunk ``(n_teacher,)``.

    This is the mean over patches, weighted by their overlap with the chunk.

    Args:
        embeddings: The teacher's embedding of each patch ``(n_patches, n_teacher)``.
        start: The chunk's first frame.
        n_frames: Length of the clip.
    """
    patch = np.linspace(0, max(0, n_frames - spectrogram.PATCH_FRAMES), len(embeddings))
    end = np.minimum(patch + spectrogram.PATCH_FRAMES, start + cnn.CHUNK_FRAMES)
    weight = np.maximum(end - np.maximum(patch, start), 0).astype(np.float32)
    if not weight.any():  # the chunk overlaps no patch at the clip's end
        weight[-1] = 1.0
    return np.asarray(weight @ embeddings / weight.sum())


@dataclass(frozen=True, slots=True, eq=False)
class _ClipCache:
    """A folder with two files for each clip."""

    folder: Path
    teacher: AudioEncoder

    def read(self, track_id: str, path: Path) -> tuple[Mel, FloatMatrix]:
        """Return a clip's log-mel and the teacher's embeddings."""

        def wave() -> Waveform:
            with path.open("rb") as file:
                return extraction.level_excerpt(decode(file)).wave

        # Half precision takes 0.4 GB for all clips instead of 0.9.
        mel = keep(
            self.folder / f"{track_id}.mel.npy", lambda: cnn.log_mel(wave()).astype(np.float16)
        )
        embeddings = keep(
            self.folder / f"{track_id}.heard.npy",
            lambda: self.teacher(spectrogram.patches(spectrogram.log_mel(wave())))[0],
        )
        return np.asarray(mel, np.float16), embeddings
