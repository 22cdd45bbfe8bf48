"""The feature function of training and serving.

Audio: decode → normalise the level, trim silence → 3 s patches → embedding (musicnn) and timbre →
a vector for the recording and one for each segment; a snapshot's own network appends its values.
Lyrics: passages → embedding (MiniLM), lines → embedding (nade) → one vector.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn, Self

import numpy as np

from models.arrays import FloatMatrix, FloatVector, IntVector, Waveform
from models.audio import spectrogram
from models.audio.decoding import MAX_DURATION_S, SAMPLE_RATE_HZ, decode, decode_recording
from models.audio.loudness import GATE_DB, LEVEL_DB, SILENCE_DB, find_sound
from models.emotion import Modality
from models.errors import EncoderError, UnsupportedInputError
from models.features import descriptors
from models.features.encoders import (
    MAX_PASSAGES,
    MINILM_INT8,
    MUSICNN,
    PASSAGE_TOKENS,
    AudioEncoder,
)
from models.features.lyrics import N_LYRICS_FEATURES, LyricsReader
from models.features.nade import LINE_WORDS, MAX_LINES, NADE
from models.features.snapshot_network import Network, NetworkSpec
from models.track import AudioFeatures, LyricsFeatures

MAX_PATCHES = 100
"""A recording longer than 301 s is subsampled evenly to this many patches."""
SMOOTHING_PATCHES = 1
"""Neighbours on each side that a segment's features include: the models were trained on whole
clips, not on single patches."""
N_AUDIO_FEATURES = MUSICNN.dimension + 3 * descriptors.N_DESCRIPTORS
"""Length of every snapshot's audio features; a network's values follow."""


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """Everything that defines the meaning of a feature.

    Snapshots with different specs cannot read each other's features.
    """

    revision: int = 2
    sample_rate_hz: int = SAMPLE_RATE_HZ
    loudness_db: tuple[float, float, float] = (LEVEL_DB, GATE_DB, SILENCE_DB)
    audio_encoder: str = MUSICNN.name
    audio_front_end: tuple[int, int, int, int] = (
        spectrogram.N_FFT,
        spectrogram.HOP,
        spectrogram.N_MELS,
        spectrogram.PATCH_FRAMES,
    )
    highest_hz: float = spectrogram.HIGHEST_HZ
    max_patches: int = MAX_PATCHES
    smoothing_patches: int = SMOOTHING_PATCHES
    descriptors: tuple[int, int, int, int, int] = (
        descriptors.N_FFT,
        descriptors.HOP,
        descriptors.N_MELS,
        descriptors.N_MFCC,
        descriptors.N_DESCRIPTORS,
    )
    lyrics_encoder: str = MINILM_INT8.name
    passages: tuple[int, int] = (PASSAGE_TOKENS, MAX_PASSAGES)
    lyrics_affect: str = NADE.name
    lines: tuple[int, int] = (LINE_WORDS, MAX_LINES)
    languages: tuple[str, ...] = ("en",)
    n_audio_features: int = N_AUDIO_FEATURES
    n_lyrics_features: int = N_LYRICS_FEATURES
    network: NetworkSpec | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """All fields; ``network`` only where there is one, so that earlier digests stay valid."""
        facts = asdict(self)
        return facts if self.network else {k: v for k, v in facts.items() if k != "network"}

    @property
    def digest(self) -> str:
        """SHA-256 of the spec, in hexadecimal."""
        return hashlib.sha256(json.dumps(self.facts, sort_keys=True).encode()).hexdigest()

    @property
    def without_network(self) -> "FeatureSpec":
        """The spec without the network's features."""
        return replace(self, network=None)


class FeatureExtractor:
    """Turns files and texts into features; thread-safe."""

    def __init__(
        self,
        audio: AudioEncoder,
        lyrics: LyricsReader,
        network: Network | None = None,
        *,
        max_audio_s: float = MAX_DURATION_S,
    ) -> None:
        self._audio = audio
        self._lyrics = lyrics
        self._network = network
        self._max_audio_s = max_audio_s
        self.spec = FeatureSpec(network=network.spec if network else None)

    @classmethod
    def open(
        cls,
        weights: Path,
        network: Path | None = None,
        *,
        threads: int = 1,
        max_audio_s: float = MAX_DURATION_S,
    ) -> Self:
        """Load the encoders.

        Args:
            weights: The folder that ``python -m training encoders`` fills.
            network: File of the snapshot's own network, if it has one.
            threads: Cores one call may use.
            max_audio_s: Longer recordings are rejected.

        Raises:
            EncoderError: A file is missing or is not the one that was built.
        """
        audio = AudioEncoder(weights, threads=threads)
        lyrics = LyricsReader.open(weights, threads=threads)
        own = Network.open(network, threads=threads) if network else None
        return cls(audio, lyrics, own, max_audio_s=max_audio_s)

    @property
    def digest(self) -> str:
        """SHA-256 of the feature spec, in hexadecimal."""
        return self.spec.digest

    def audio(self, source: BinaryIO) -> AudioFeatures:
        """Return the features of a recording; raise `AudioError` if it cannot be used."""
        recording = decode_recording(source, max_duration_s=self._max_audio_s)
        return replace(self.waveform(recording.wave), notices=recording.notices)

    def waveform(self, wave: Waveform) -> AudioFeatures:
        """Return the features of decoded samples: 16 kHz, mono."""
        part = level_excerpt(wave)
        mel = spectrogram.without_top(spectrogram.log_mel(part.wave))
        embedding, _ = self._audio(spectrogram.patches(mel))
        frames = descriptors.describe(part.wave)
        vector = np.concatenate([embedding.mean(axis=0), descriptors.pool(frames)])
        starts = spectrogram.patch_starts(len(mel))
        segments = _segments(embedding, frames, starts)
        if self._network:
            chunks = self._network(part.wave)
            vector = np.concatenate([vector, chunks.mean])
            segments = np.hstack([segments, chunks.along(starts)])
        return AudioFeatures(
            vector=vector,
            segments=segments,
            starts_s=(part.starts / SAMPLE_RATE_HZ).astype(np.float32),
            ends_s=(part.ends / SAMPLE_RATE_HZ).astype(np.float32),
            duration_s=len(wave) / SAMPLE_RATE_HZ,
        )

    def network_vector(self, source: BinaryIO) -> FloatVector:
        """Return only the network's features of a recording ``(n_features,)``."""
        if self._network is None:
            raise EncoderError("The snapshot has no network.")
        wave = decode(source, max_duration_s=self._max_audio_s)
        return self._network(level_excerpt(wave).wave).mean

    def without_network(self) -> Self:
        """Return an extractor without the network's features."""
        return type(self)(self._audio, self._lyrics, max_audio_s=self._max_audio_s)

    def lyrics(self, text: str) -> LyricsFeatures:
        """Return the features of lyrics ``(474,)``, or the reason why they are not used."""
        return self._lyrics(text)

    def embedding(self, modality: Modality, numbers: Sequence[float]) -> NoReturn:
        """Raise `UnsupportedInputError`."""
        del numbers
        raise UnsupportedInputError(
            f"{modality}_embedding cannot be used: this snapshot reads recordings and lyrics and "
            "makes its own embeddings. One made by `python -m training fuse --export` reads yours."
        )

    def check(self) -> None:
        """Embed a word, to check that the encoders work."""
        self.lyrics("music")

    def warm_up(self) -> None:
        """Run every encoder once, because first calls compile, allocate and import."""
        noise = np.random.default_rng(0).normal(0.0, 0.1, SAMPLE_RATE_HZ).astype(np.float32)
        self.waveform(noise)
        self.lyrics("warm up")


class Excerpt(NamedTuple):
    """The part of a recording that features are computed of, as consecutive segments.

    Attributes:
        wave: Samples of all segments.
        starts: First sample of each segment in the recording ``(n_patches,)``.
        ends: End sample of each segment ``(n_patches,)``.
    """

    wave: Waveform
    starts: IntVector
    ends: IntVector


def level_excerpt(wave: Waveform) -> Excerpt:
    """Return the excerpt of a recording at the target level, without the silence at its ends."""
    sound = find_sound(wave)
    part = excerpt(sound.wave)
    return Excerpt(sound.normalise(part.wave), part.starts + sound.start, part.ends + sound.start)


def excerpt(wave: Waveform) -> Excerpt:
    """Return the excerpt of a recording with one segment for each patch.

    Up to 100 patches (301 s) it is the whole recording. A longer one is subsampled evenly to 100
    segments of one patch, so that an hour costs as much as five minutes.
    """
    starts = spectrogram.patch_starts(spectrogram.n_frames(len(wave))) * spectrogram.HOP
    if len(starts) <= MAX_PATCHES:
        return Excerpt(wave, starts, np.append(starts[1:], len(wave)))
    n_whole = len(wave) // spectrogram.PATCH_SAMPLES
    chosen = np.linspace(0, n_whole - 1, MAX_PATCHES).round().astype(np.int64)
    whole = wave[: n_whole * spectrogram.PATCH_SAMPLES].reshape(n_whole, -1)
    starts = chosen * spectrogram.PATCH_SAMPLES
    return Excerpt(whole[chosen].reshape(-1), starts, starts + spectrogram.PATCH_SAMPLES)


def _segments(embedding: FloatMatrix, frames: FloatMatrix, starts: IntVector) -> FloatMatrix:
    """Return the features of each patch with its neighbours ``(n_patches, n_audio_features)``.

    Args:
        embedding: Embedding of each patch ``(n_patches, 200)``.
        frames: Descriptors of the recording ``(n_frames, n_descriptors)``.
        starts: First log-mel frame of each patch ``(n_patches,)``.
    """
    first = starts * spectrogram.HOP // descriptors.HOP
    last = -(-(starts + spectrogram.PATCH_FRAMES) * spectrogram.HOP // descriptors.HOP)
    rows = []
    for index in range(len(embedding)):
        low = max(0, index - SMOOTHING_PATCHES)
        high = min(len(embedding), index + SMOOTHING_PATCHES + 1)
        timbre = descriptors.pool(frames[first[low] : last[high - 1]])
        rows.append(np.concatenate([embedding[low:high].mean(axis=0), timbre]))
    return np.stack(rows)
