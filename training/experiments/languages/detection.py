"""Count which texts are read, and which are refused for their language or for missing words."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.arrays import IntVector
from models.features.language import NO_WORDS, skip_reason
from training.datasets.tables import quadrants, read_csv

LANGUAGES = ("en", "es", "de", "pt", "ja")
_FILE = Path(__file__).with_name("parallels.csv")
_N_SAMPLES = 200
_FIRST_WORDS, _FIRST_CHARACTERS = 4, 24  # Japanese has no blanks
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_KEYS = "qwertyuiopasdfghjklzxcvbnm"


@dataclass(frozen=True, slots=True, eq=False)
class Parallels:
    """Forty short texts in five languages, written for this study: ten of each quadrant.

    Attributes:
        y: Class indices ``(n_texts,)``.
        texts: Language to texts, in the order of ``y``.
    """

    y: IntVector
    texts: dict[str, list[str]]


def load_parallels() -> Parallels:
    """Return the texts from the file beside this module."""
    table = read_csv(_FILE, ["quadrant", *LANGUAGES])
    texts = {code: table[code].tolist() for code in LANGUAGES}
    return Parallels(quadrants(table["quadrant"], _FILE), texts)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of read and refused texts.

    Attributes:
        languages: Language to the number of texts that were refused for it.
    """

    n_texts: int
    n_no_words: int
    languages: Mapping[str, int]

    @property
    def n_read(self) -> int:
        """Number of texts that were not refused."""
        return self.n_texts - self.n_no_words - sum(self.languages.values())


def tally(texts: Sequence[str], english: Container[str]) -> Tally:
    """Count read and refused texts; ``english`` holds the English words."""
    reasons = [reason for text in texts if (reason := skip_reason(text, english))]
    codes = [reason.partition(":")[2] for reason in reasons if reason != NO_WORDS]
    return Tally(
        len(texts), reasons.count(NO_WORDS), {code: codes.count(code) for code in sorted({*codes})}
    )


def cut_texts(parallels: Parallels) -> dict[str, list[str]]:
    """Return texts cut from the parallels: whole, one line, four words, half English."""
    english = parallels.texts["en"]
    kinds: dict[str, list[str]] = {}
    for code in LANGUAGES:
        texts = parallels.texts[code]
        kinds[f"{code}, two lines"] = texts
        kinds[f"{code}, a line"] = [text.split("\n")[0] for text in texts]
        kinds[f"{code}, four words"] = [
            " ".join(text.split()[:_FIRST_WORDS])[:_FIRST_CHARACTERS] for text in texts
        ]
        if code != "en":
            kinds[f"{code}, a line after one in English"] = [
                f"{ours.split(chr(10))[0]}\n{theirs.split(chr(10))[1]}"
                for ours, theirs in zip(english, texts, strict=True)
            ]
    return kinds


def gibberish(seed: int = 0) -> dict[str, list[str]]:
    """Return texts without words: random letters, adjacent keys, repeated letters, digits."""
    rng = np.random.default_rng(seed)

    def drawn(n_words: int) -> str:
        lengths = rng.integers(2, 9, n_words)
        return " ".join("".join(rng.choice(list(_LETTERS), length)) for length in lengths)

    def keys(n_words: int) -> str:
        starts, lengths = rng.integers(0, 20, n_words), rng.integers(3, 7, n_words)
        pairs = zip(starts, lengths, strict=True)
        return " ".join(_KEYS[start : start + length] for start, length in pairs)

    def repeated(n_words: int) -> str:
        return " ".join(
            str(rng.choice(list(_LETTERS))) * int(rng.integers(2, 12)) for _ in range(n_words)
        )

    return {
        "drawn letters, 3 words": [drawn(3) for _ in range(_N_SAMPLES)],
        "drawn letters, 20 words": [drawn(20) for _ in range(_N_SAMPLES)],
        "keys that touch, 3 words": [keys(3) for _ in range(_N_SAMPLES)],
        "keys that touch, 20 words": [keys(20) for _ in range(_N_SAMPLES)],
        "repeated letters, 5 words": [repeated(5) for _ in range(_N_SAMPLES)],
        "digits": [str(number) for number in rng.integers(0, 10**6, _N_SAMPLES)],
    }
