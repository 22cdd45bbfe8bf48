"""What the CNN learns from: clips as log-mels, and what the pretrained encoder hears in them.

The pretrained encoder, musicnn, is a teacher beside the labels: a few hundred labelled clips do
not suffice to learn hearing from nothing.
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
_VALIDATION_PARTS = 7  # one of which, some 14 %, is kept apart


@dataclass(frozen=True, slots=True, eq=False)
class Clips:
    """Labelled clips.

    Attributes:
        ids: Shape ``(n_tracks,)``, as all that follows.
        y: Class indices.
        groups: The artist of each.
        mels: Log-mels ``(n_frames, 128)``, in half precision.
        heard: The teacher's embedding of each patch ``(n_patches, n_teacher)``.
        fold: Which of the committee's folds holds each out; None: folds are of these clips alone.
    """

    ids: list[str]
    y: IntVector
    groups: IntVector
    mels: list[Mel]
    heard: list[FloatMatrix]
    fold: IntVector | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Positions of a fold's tracks; no two parts share an artist.

    Attributes:
        fit: The weights are fitted to these.
        validation: These decide when to go on, and which weights are kept.
        held_out: These judge, and decide nothing.
    """

    fit: IntVector
    validation: IntVector
    held_out: IntVector

    @property
    def train(self) -> IntVector:
        """The tracks that the fold was trained on: all but those held out."""
        return np.sort(np.concatenate([self.fit, self.validation]))


def split(
    y: IntVector, groups: IntVector, n_folds: int, seed: int, fold: IntVector | None = None
) -> Iterator[Parts]:
    """Yield the parts of each fold, its training part split again.

    Args:
        y: Class indices ``(n_tracks,)``.
        groups: The artist of each track ``(n_tracks,)``.
        n_folds: How many.
        seed: Of the folds and of the validation parts.
        fold: Which fold holds each track out ``(n_tracks,)``; None: folds are drawn here.

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
    """Return which fold of the audio committee holds each clip out ``(n_tracks,)``.

    The committee's folds are of all corpora with audio; the clips are of the first.

    Raises:
        DatasetError: A table or clip is missing.
    """
    audio = audio_labels(data)
    held_out = np.zeros(len(audio.y), np.int64)
    for index, part in enumerate(audio.folds(seed)):
        held_out[part.test] = index
    return np.asarray(held_out[audio.corpus == DATASET])


def load_clips(data: Path, cache: Path, weights: Path) -> Clips:
    """Read the clips, and compute or fetch what is heard in them; an interrupted run resumes.

    Args:
        data: The folder of all datasets.
        cache: Where log-mels and the teacher's embeddings are kept.
        weights: The encoders' folder.

    Raises:
        DatasetError: A table or clip is missing.
        EncoderError: The teacher is missing.
    """
    tracks = taffc4q.load(data / DATASET)
    spec = extraction.FeatureSpec()
    ear = _Ear(cache / DATASET / spec.digest[:16], AudioEncoder(weights, threads=1))
    paths = list(zip(tracks.ids, tracks.audio, strict=True))
    mels, heard = zip(
        *(ear.listen(*clip) for clip in tqdm(paths, desc="cnn: clips", unit="track")), strict=True
    )
    return Clips(list(tracks.ids), tracks.y, tracks.groups, list(mels), list(heard))


def crop(mel: Mel, rng: np.random.Generator) -> tuple[LogMel, int]:
    """Return a chunk ``(231, 128)`` from anywhere in a clip, and the frame at which it begins."""
    start = int(rng.integers(max(0, len(mel) - cnn.CHUNK_FRAMES) + 1))
    (chunk,) = cnn.chunks(mel[start : start + cnn.CHUNK_FRAMES].astype(np.float32))
    return chunk, start


def taught(heard: FloatMatrix, start: int, n_frames: int) -> FloatVector:
    """Return what the teacher hears in the chunk that begins at a frame ``(n_teacher,)``.

    It is the mean over its patches, each weighted with how much of it lies in the chunk.

    Args:
        heard: The teacher's embedding of each patch ``(n_patches, n_teacher)``.
        start: The chunk's first frame.
        n_frames: Length of the clip.
    """
    patch = np.linspace(0, max(0, n_frames - spectrogram.PATCH_FRAMES), len(heard))
    end = np.minimum(patch + spectrogram.PATCH_FRAMES, start + cnn.CHUNK_FRAMES)
    weight = np.maximum(end - np.maximum(patch, start), 0).astype(np.float32)
    if not weight.any():  # the clip's end, too short for a patch
        weight[-1] = 1.0
    return np.asarray(weight @ heard / weight.sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Ear:
    """A folder with two small files for each clip that was listened to."""

    folder: Path
    teacher: AudioEncoder

    def listen(self, track_id: str, path: Path) -> tuple[Mel, FloatMatrix]:
        """Return a clip's log-mel, and what the teacher hears in it."""

        def wave() -> Waveform:
            with path.open("rb") as file:
                return extraction.level_excerpt(decode(file)).wave

        # In half precision, as it is learnt from: 0.4 GB for all clips instead of 0.9.
        mel = keep(
            self.folder / f"{track_id}.mel.npy", lambda: cnn.log_mel(wave()).astype(np.float16)
        )
        heard = keep(
            self.folder / f"{track_id}.heard.npy",
            lambda: self.teacher(spectrogram.patches(spectrogram.log_mel(wave())))[0],
        )
        return np.asarray(mel, np.float16), heard
