"""Reads quantised classifiers in fastText's binary format with NumPy.

The format is a sequence of little-endian numbers: arguments, the dictionary with zero-terminated
words, the hashes with rows, the input matrix as codes of a product quantiser, and the output
matrix. It is neither aligned nor compressed.
"""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.encoders.errors import CorruptWeightsError

_MAGIC, _VERSION = 793_712_314, 12
_SUPERVISED, _ONE_VS_ALL = 3, 4
_N_CENTROIDS = 256
_WORD, _LABEL = 0, 1


@dataclass(frozen=True, slots=True)
class FastTextSettings:
    """The arguments that a prediction depends on.

    Attributes:
        dimension: Length of a row.
        word_ngrams: Length of the longest word n-grams.
        n_buckets: Number of hashes of word and character n-grams.
        min_chars: Length of the shortest character n-grams.
        max_chars: Length of the longest character n-grams.
    """

    dimension: int
    word_ngrams: int
    n_buckets: int
    min_chars: int
    max_chars: int


@dataclass(frozen=True, slots=True, eq=False)
class FastTextModel:
    """The embedding of a classifier: rows of words and of hashes.

    Attributes:
        settings: The arguments.
        words: Words of the first rows.
        buckets: Hashes with a row ``(n_buckets_kept,)``, ascending.
        bucket_rows: Rows of the hashes, counted after the words ``(n_buckets_kept,)``.
        codes: A byte for each part of a row ``(n_rows, n_parts)``.
        centroids: The vector of each part's code ``(n_parts, 256, part_length)``.
        norms: Factor of each row ``(n_rows,)``.
    """

    settings: FastTextSettings
    words: list[str]
    buckets: NDArray[np.int32]
    bucket_rows: NDArray[np.int32]
    codes: NDArray[np.uint8]
    centroids: NDArray[np.float32]
    norms: NDArray[np.float32]


def read_fasttext(content: bytes) -> FastTextModel:
    """Return the model in a ``.ftz`` file.

    Raises:
        CorruptWeightsError: The file is truncated, or is not a pruned, quantised, one-versus-all
            classifier.
    """
    reader = _Reader(content)
    try:
        settings = _read_settings(reader)
        words, n_labels, buckets = _read_dictionary(reader)
        codes, centroids, norms = _read_input(reader, settings.dimension)
        _skip_output(reader, n_labels, settings.dimension)
    except (struct.error, ValueError) as error:
        msg = f"a fastText file of {len(content)} bytes cannot be read: {error}"
        raise CorruptWeightsError(msg) from error
    _require(reader.n_left == 0, f"{reader.n_left} bytes follow its end")
    _require(len(codes) == len(words) + len(buckets), "its rows are not those of its dictionary")
    hashes, rows = buckets[np.argsort(buckets[:, 0])].T
    return FastTextModel(settings, words, hashes.copy(), rows.copy(), codes, centroids, norms)


class _Reader:
    """Reads numbers and strings in sequence."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    @property
    def n_left(self) -> int:
        return len(self._content) - self._place

    def numbers(self, layout: str) -> tuple[Any, ...]:
        value = struct.unpack_from(f"<{layout}", self._content, self._place)
        self._place += struct.calcsize(f"<{layout}")
        return value

    def text(self) -> str:
        end = self._content.index(b"\0", self._place)
        value = self._content[self._place : end].decode()
        self._place = end + 1
        return value

    def array(self, dtype: str, *shape: int) -> NDArray[Any]:
        flat = np.frombuffer(self._content, dtype, int(np.prod(shape)), self._place)
        self._place += flat.nbytes
        return flat.reshape(shape)


def _read_settings(reader: _Reader) -> FastTextSettings:
    magic, version = reader.numbers("2i")
    _require((magic, version) == (_MAGIC, _VERSION), "it is of another format or version")
    dimension, _, _, _, _, word_ngrams, loss, kind, n_buckets, shortest, longest, _, _ = (
        reader.numbers("12id")
    )
    _require((kind, loss) == (_SUPERVISED, _ONE_VS_ALL), "it is no one-versus-all classifier")
    return FastTextSettings(dimension, word_ngrams, n_buckets, shortest, longest)


def _read_dictionary(reader: _Reader) -> tuple[list[str], int, NDArray[np.int32]]:
    """Return words, the number of labels, and ``(hash, row)`` of the buckets with rows."""
    n_entries, n_words, n_labels, _, n_buckets = reader.numbers("3i2q")
    _require(n_buckets > 0, "its buckets were not pruned")
    entries = [(reader.text(), *reader.numbers("qb")) for _ in range(n_entries)]
    kinds = [kind for _, _, kind in entries]
    _require(kinds == [_WORD] * n_words + [_LABEL] * n_labels, "words must precede labels")
    words = [name for name, _, _ in entries[:n_words]]
    return words, n_labels, reader.array("<i4", n_buckets, 2)


def _read_input(
    reader: _Reader, dimension: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """Return the codes, centroids and norms of the rows."""
    is_quantised, has_norms = reader.numbers("2?")
    _require(is_quantised and has_norms, "its rows are not quantised with their norms")
    n_rows, n_columns, n_codes = reader.numbers("2qi")
    codes = reader.array("u1", n_codes)
    size, n_parts, length, last = reader.numbers("4i")
    _require((size, n_columns) == (dimension, dimension), "its rows have another length")
    _require(last == length, "the parts of a row differ in length")
    centroids = reader.array("<f4", n_parts, _N_CENTROIDS, length)
    norm_codes = reader.array("u1", n_rows)
    _require(reader.numbers("4i") == (1, 1, 1, 1), "a norm is more than a number")
    norms = reader.array("<f4", _N_CENTROIDS)[norm_codes]
    return codes.reshape(n_rows, n_parts), centroids, norms


def _skip_output(reader: _Reader, n_labels: int, dimension: int) -> None:
    (is_quantised,) = reader.numbers("?")
    _require(not is_quantised, "its output is quantised")
    shape = reader.numbers("2q")
    _require(shape == (n_labels, dimension), "its output is not one row a label")
    reader.array("<f4", *shape)


def _require(holds: bool, reason: str) -> None:  # noqa: FBT001
    if not holds:
        raise CorruptWeightsError(f"a fastText file cannot be read: {reason}")
