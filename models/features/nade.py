"""Affect of lyrics: the embedding of lines by a classifier of emoji (nade 0.3.1).

A line's embedding is the mean of the rows of its words, runs of words and runs of characters. They
were trained to tell which of 151 emoji people put into posts in English (C. Hotz-Behofsits,
2024); its logits are a linear map of these 90 numbers. The file is made by ``python -m training
encoders``; how words are hashed and cut is fastText's format (Joulin et al., 2016).
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
"""Longer lines are cut into pieces of one length: lyrics may come without line ends."""
MAX_LINES = 256
"""Of more lines, this many are read, evenly spread."""
_END = "</s>"
"""The word that stands for the end of a line."""
_OFFSET, _PRIME, _RUN_PRIME = 2_166_136_261, 16_777_619, np.uint64(116_049_371)
_SIGNED = [byte if byte < 1 << 7 else byte | 0xFFFFFF00 for byte in range(1 << 8)]
"""A byte as a signed number, which is how the format hashes it."""
_NO_WORD = re.compile(r"(?:[^\w\s]|_)+")

RowIds = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class HashedRows:
    """Which rows the words of a line have.

    Attributes:
        words: Word to its row.
        buckets: Hashes that have a row ``(n_buckets,)``, ascending.
        bucket_rows: Their rows ``(n_buckets,)``.
        n_hashes: Hashes are taken modulo this.
        run_words: Words in the longest run that is hashed.
        run_chars: Characters in the shortest and in the longest run.
    """

    words: dict[str, int]
    buckets: NDArray[np.int32]
    bucket_rows: NDArray[np.int32]
    n_hashes: int
    run_words: int
    run_chars: tuple[int, int]

    def of_word(self, word: str) -> tuple[RowIds, int]:
        """Return the rows of a word and of its runs of characters, and the word's own hash."""
        known = self.words.get(word)
        own = np.array([] if known is None else [known], np.int64)
        runs = [] if word == _END else list(hash_runs(f"<{word}>", *self.run_chars))
        return np.concatenate([own, self._kept(np.array(runs, np.uint64))]), hash_text(word)

    def of_runs(self, hashes: Sequence[int]) -> RowIds:
        """Return the rows of a line's runs of two and more words, of which the hashes are given.

        The format keeps a word's hash as a signed number of 32 bits.
        """
        words = np.array(hashes, np.uint32).astype(np.int32).astype(np.int64).view(np.uint64)
        runs, run = [], words
        for length in range(1, min(self.run_words, len(words))):
            run = run[:-1] * _RUN_PRIME + words[length:]
            runs.append(run)
        return self._kept(np.concatenate([*runs, words[:0]]))

    def _kept(self, hashes: NDArray[np.uint64]) -> RowIds:
        """Return the rows of those hashes that have one."""
        wanted = (hashes % np.uint64(self.n_hashes)).astype(
            self.buckets.dtype
        )  # as they are: no copy
        places = np.searchsorted(self.buckets, wanted).clip(max=len(self.buckets) - 1)
        return self.bucket_rows[places[self.buckets[places] == wanted]].astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class AffectEncoder:
    """Turns lyrics of any length into one embedding (trained on English).

    Attributes:
        codes: A byte for each part of a row ``(n_rows, n_parts)``.
        centroids: What a part's code stands for ``(n_parts, 256, part_length)``.
        norms: What each row is multiplied by ``(n_rows,)``.
    """

    rows: HashedRows
    codes: NDArray[np.uint8]
    centroids: FloatMatrix
    norms: FloatVector

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Load the classifier.

        Raises:
            EncoderError: Its file is missing or is not the one that was built.
        """
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
        """Return the mean of the lines' embeddings ``(90,)``; zeros of no line."""
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
        """Return rows as they were before they were quantised, nearly ``(n_rows, dimension)``."""
        parts = self.centroids[np.arange(len(self.centroids)), self.codes[rows]]
        return parts.reshape(len(rows), -1) * self.norms[rows, None]


def lines_of(lyrics: str) -> list[list[str]]:
    """Cut lyrics into lines of at most twelve words, as the classifier knows words.

    >>> lines_of("Rain, RAIN!")
    [['rain', ',', 'rain', '!']]
    """
    lines = [piece for line in lyrics.splitlines() for piece in _pieces(words_of(line))]
    kept = np.linspace(0, len(lines) - 1, min(len(lines), MAX_LINES)).round().astype(int)
    return [lines[place] for place in kept]


def words_of(line: str) -> list[str]:
    """Return a line's words in lower case; punctuation marks that touch are a word of their own.

    >>> words_of("Don't -- stop...")
    ['don', "'", 't', '--', 'stop', '...']
    """
    return _NO_WORD.sub(_spaced, line.lower().replace("\0", " ")).split()


def hash_text(text: str) -> int:
    """Return the FNV-1a hash of a text in UTF-8, in 32 bits.

    >>> hash_text("a")
    3826002220
    """
    return _hash(_OFFSET, text)


def hash_runs(text: str, shortest: int, longest: int) -> Iterator[int]:
    """Yield the hash of each run of characters of these lengths; none of a single end mark."""
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
    """Set marks of punctuation apart; other symbols stay where they are."""
    runs = groupby(match[0], lambda character: category(character).startswith("P"))
    return "".join(f" {''.join(run)} " if is_mark else "".join(run) for is_mark, run in runs)
