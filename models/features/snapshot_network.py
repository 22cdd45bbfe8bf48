"""A snapshot's own network and its features."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from models.arrays import FloatMatrix, FloatVector, IntVector, Waveform
from models.audio import spectrogram
from models.errors import EncoderError
from models.features import cnn


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """Everything that defines the meaning of a network's features.

    Attributes:
        digest: SHA-256 of its file, in hexadecimal.
        n_features: Number of features it appends to a recording's.
        front_end: FFT length, hop and mel bands.
        chunk_samples: Samples of a chunk.
    """

    digest: str
    n_features: int
    front_end: tuple[int, int, int] = (spectrogram.N_FFT, spectrogram.HOP, cnn.N_MELS)
    chunk_samples: int = cnn.CHUNK_SAMPLES


@dataclass(frozen=True, slots=True, eq=False)
class Chunks:
    """A network's embeddings of a recording.

    Attributes:
        embedding: Shape ``(n_chunks, n_features)``.
        n_frames: Frames of the recording's spectrogram.
    """

    embedding: FloatMatrix
    n_frames: int

    @property
    def mean(self) -> FloatVector:
        """The mean over the recording ``(n_features,)``."""
        return np.asarray(self.embedding.mean(axis=0))

    def along(self, starts: IntVector) -> FloatMatrix:
        """Return the mean of the chunks that overlap each patch ``(n_patches, n_features)``.

        Unlike other features, these need no smoothing: a chunk is longer than a patch.

        Args:
            starts: First frame of each patch ``(n_patches,)``.
        """
        chunks = [
            cnn.overlapping(self.n_frames, int(low), int(low) + spectrogram.PATCH_FRAMES)
            for low in starts
        ]
        return np.stack([self.embedding[chosen].mean(axis=0) for chosen in chunks])


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The short-chunk CNN of a snapshot; thread-safe."""

    encoder: cnn.CnnEncoder
    spec: NetworkSpec

    @classmethod
    def open(cls, path: Path, *, threads: int = 1) -> Self:
        """Load the network; raise `EncoderError` if its file is missing."""
        if not path.is_file():
            raise EncoderError(
                f"{path} is missing; `python -m training pretrain --member cnn` makes it."
            )
        content = path.read_bytes()  # one read, so that the digest is that of the loaded bytes
        encoder = cnn.CnnEncoder.of(content, threads=threads)
        digest = hashlib.sha256(content).hexdigest()
        return cls(encoder, NetworkSpec(digest, encoder.n_features))

    def __call__(self, wave: Waveform) -> Chunks:
        """Return the network's embeddings of a recording: 16 kHz, mono."""
        mel = cnn.log_mel(wave)
        return Chunks(self.encoder(cnn.chunks(mel)), len(mel))
