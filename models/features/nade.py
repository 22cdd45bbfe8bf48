"""Affect of lyrics: line embeddings of an emoji classifier (nade 0.3.1).

A line's embedding is the mean of the table rows of its words, word n-grams and character n-grams.
The table was trained to predict which of 151 emoji English posts contain (C. Hotz-Behofsits,
2024); the classifier's logits are a linear map of these 90 numbers. ``python -m training
encoders`` writes the file. Hashing and n-grams follow fastText's format (Joulin et al., 2016).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Self
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector
from models.features.encoders import EncoderDescription, verified

NADE = EncoderDescription("nade-0.3.1", "nade.npz", 90, "nade==0.3.1", "MIT")

LINE_WORDS = 12
"""Longer lines are cut into equal pieces, because lyrics may lack line breaks."""
MAX_LINES = 256
"""Longer lyrics are subsampled evenly to this many lines."""
_END = "</s>"
"""The token for the end of a line."""
_OFFSET, _PRIME, _RUN_PRIME = 2_166_136_261, 16_777_619, np.uint64(116_049_371)
_SIGNED = [byte if byte < 1 << 7 else byte | 0xFFFFFF00 for byte in range(1 << 8)]
"""Bytes sign-extended to 32 bits, as fastText hashes them."""
_NO_WORD = re.compile(r"(?:[^\w\s]|_)+")

RowIds = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class HashedRows:
    """Row indices of words and n-grams.

    Attributes:
        words: Word to row.
        buckets: Hashes that have a row ``(n_buckets,)``, ascending.
        bucket_rows: Their rows ``(n_buckets,)``.
        n_hashes: Modulus of hashes.
        run_words: Length of the longest word n-gram.
        run_chars: Lengths of the shortest and the longest character n-gram.
    """

    words: dict[str, int]
    buckets: NDArray[np.int32]
    bucket_rows: NDArray[np.int32]
    n_hashes: int
    run_words: int
    run_chars: tuple[int, int]

    def of_word(self, word: str) -> tuple[RowIds, int]:
        """Return the rows of a word and its character n-grams, and the word's hash."""
        known = self.words.get(word)
        own = np.array([] if known is None else [known], np.int64)
        runs = [] if word == _END else list(hash_runs(f"<{word}>", *self.run_chars))
        return np.concatenate([own, self._rows_of(np.array(runs, np.uint64))]), hash_text(word)

    def of_runs(self, hashes: Sequence[int]) -> RowIds:
        """Return the rows of a line's n-grams of two or more words, from its words' hashes.

        The format keeps a word's hash as a signed 32-bit number.
        """
        words = np.array(hashes, np.uint32).astype(np.int32).astype(np.int64).view(np.uint64)
        runs, run = [], words
        for length in range(1, min(self.run_words, len(words))):
            run = run[:-1] * _RUN_PRIME + words[length:]
            runs.append(run)
        return self._rows_of(np.concatenate([*runs, words[:0]]))

    def _rows_of(self, hashes: NDArray[np.uint64]) -> RowIds:
        """Return the rows of the hashes that have one."""
        wanted = (hashes % np.uint64(self.n_hashes)).astype(
            self.buckets.dtype
        )  # the same dtype, so that searchsorted copies nothing
        places = np.searchsorted(self.buckets, wanted).clip(max=len(self.buckets) - 1)
        return self.bucket_rows[places[self.buckets[places] == wanted]].astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class AffectEncoder:
    """Turns lyrics of any length into one embedding (trained on English).

    Attributes:
        codes: Product quantisation codes, a byte for each part of a row ``(n_rows, n_parts)``.
        centroids: Vectors of the codes of each part ``(n_parts, 256, part_length)``.
        norms: Scale of each row ``(n_rows,)``.
    """

    rows: HashedRows
    codes: NDArray[np.uint8]
    centroids: FloatMatrix
    norms: FloatVector

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Load the classifier; raise `EncoderError` if its file is missing or changed."""
        with np.load(verified(folder, NADE.file), allow_pickle=False) as file:
            words = bytes(file["words"]).decode().split("\n")
            n_hashes, run_words, *run_chars = map(int, file["settings"])
            return cls(
                HashedRows(
                    {word: row for row, word in enumerate(words)},
                    file["buckets"],
                    file["bucket_rows"],
                    n_hashes,
                    run_words,
                    (run_chars[0], run_chars[1]),
                ),
                *(file[name] for name in ("codes", "centroids", "norms")),
            )

    def __call__(self, lyrics: str) -> FloatVector:
        """Return the mean of the lines' embeddings ``(90,)``; zeros without lines."""
        lines = lines_of(lyrics)
        if not lines:
            return np.zeros(self.codes.shape[1] * self.centroids.shape[2], np.float32)
        return self.embed(lines).mean(axis=0)

    def embed(self, lines: Sequence[Sequence[str]]) -> FloatMatrix:
        """Return the mean of each line's rows ``(n_lines, dimension)``."""
        distinct = {word for line in lines for word in line} | {_END}
        known = {word: self.rows.of_word(word) for word in distinct}
        ids = [self._ids([known[word] for word in (*line, _END)]) for line in lines]
        used, places = np.unique(np.concatenate(ids), return_inverse=True)
        vectors = self._vectors(used)
        cuts = np.cumsum([len(each) for each in ids])[:-1]
        return np.stack([vectors[own].mean(axis=0) for own in np.split(places, cuts)])

    def _ids(self, words: Sequence[tuple[RowIds, int]]) -> RowIds:
        runs = self.rows.of_runs([own_hash for _, own_hash in words])
        return np.concatenate([*(rows for rows, _ in words), runs])

    def _vectors(self, rows: RowIds) -> FloatMatrix:
        """Return rows decoded from their quantisation codes ``(n_rows, dimension)``."""
        parts = self.centroids[np.arange(len(self.centroids)), self.codes[rows]]
        return parts.reshape(len(rows), -1) * self.norms[rows, None]


def lines_of(lyrics: str) -> list[list[str]]:
    """Cut lyrics into lines of at most twelve of the classifier's words.

    >>> lines_of("Rain, RAIN!")
    [['rain', ',', 'rain', '!']]
    """
    lines = [piece for line in lyrics.splitlines() for piece in _pieces(words_of(line))]
    chosen = np.linspace(0, len(lines) - 1, min(len(lines), MAX_LINES)).round().astype(int)
    return [lines[place] for place in chosen]


def words_of(line: str) -> list[str]:
    """Return a line's words in lower case; adjacent punctuation marks form one word.

    >>> words_of("Don't -- stop...")
    ['don', "'", 't', '--', 'stop', '...']
    """
    return _NO_WORD.sub(_spaced, line.lower().replace("\0", " ")).split()


def hash_text(text: str) -> int:
    """Return the 32-bit FNV-1a hash of a text in UTF-8.

    >>> hash_text("a")
    3826002220
    """
    return _hash(_OFFSET, text)


def hash_runs(text: str, shortest: int, longest: int) -> Iterator[int]:
    """Yield the hash of each character n-gram of these lengths, except single boundary marks."""
    for start in range(len(text)):
        hashed = _OFFSET
        for length, character in enumerate(text[start : start + longest], 1):
            hashed = _hash(hashed, character)
            is_mark = length == 1 and start in (0, len(text) - 1)
            if length >= shortest and not is_mark:
                yield hashed


def _hash(hashed: int, text: str) -> int:
    for byte in text.encode(errors="replace"):
        hashed = ((hashed ^ _SIGNED[byte]) * _PRIME) & 0xFFFFFFFF
    return hashed


def _pieces(words: list[str]) -> Iterator[list[str]]:
    n_pieces = -(-len(words) // LINE_WORDS)
    for piece in range(n_pieces):
        yield words[piece * len(words) // n_pieces : (piece + 1) * len(words) // n_pieces]


def _spaced(match: re.Match[str]) -> str:
    """Put spaces around punctuation; keep other symbols attached."""
    runs = groupby(match[0], lambda character: category(character).startswith("P"))
    return "".join(f" {''.join(run)} " if is_mark else "".join(run) for is_mark, run in runs)
