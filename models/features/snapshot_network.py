"""A snapshot's own network: what it makes of a recording, and how it is told from another."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from models.arrays import FloatMatrix, FloatVector, IntVector, Waveform
from models.audio import spectrogram
from models.features import cnn


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """All that decides what a network's numbers mean.

    Attributes:
        digest: SHA-256 of its file, in hexadecimal.
        n_features: How many numbers it adds to a recording's.
        front_end: Transform length, hop and mel bands.
        chunk_samples: What it hears at once.
    """

    digest: str
    n_features: int
    front_end: tuple[int, int, int] = (spectrogram.N_FFT, spectrogram.HOP, cnn.N_MELS)
    chunk_samples: int = cnn.CHUNK_SAMPLES


@dataclass(frozen=True, slots=True, eq=False)
class Chunks:
    """What a network makes of a recording.

    Attributes:
        embedding: Shape ``(n_chunks, n_features)``.
        n_frames: Of the recording's spectrogram.
    """

    embedding: FloatMatrix
    n_frames: int

    @property
    def mean(self) -> FloatVector:
        """The whole recording ``(n_features,)``."""
        return np.asarray(self.embedding.mean(axis=0))

    def along(self, starts: IntVector) -> FloatMatrix:
        """Return the mean of the chunks that sound within each patch ``(n_patches, n_features)``.

        A chunk is longer than a patch and holds some of its neighbours already.

        Args:
            starts: The frame at which each patch begins ``(n_patches,)``.
        """
        heard = [
            cnn.overlapping(self.n_frames, int(low), int(low) + spectrogram.PATCH_FRAMES)
            for low in starts
        ]
        return np.stack([self.embedding[chosen].mean(axis=0) for chosen in heard])


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The short-chunk CNN of a snapshot; several threads may use it."""

    encoder: cnn.CnnEncoder
    spec: NetworkSpec

    @classmethod
    def open(cls, path: Path, *, threads: int = 1) -> Self:
        """Load the network.

        Raises:
            EncoderError: The file is missing.
        """
        content = cnn.content_of(path)  # read once: what is told of it is true of what is loaded
        encoder = cnn.CnnEncoder.of(content, threads=threads)
        digest = hashlib.sha256(content).hexdigest()
        return cls(encoder, NetworkSpec(digest, encoder.n_features))

    def __call__(self, wave: Waveform) -> Chunks:
        """Return what the network makes of a recording: 16 kHz, mono."""
        mel = cnn.log_mel(wave)
        return Chunks(self.encoder(cnn.chunks(mel)), len(mel))
