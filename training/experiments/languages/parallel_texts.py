"""Forty short texts of our own in five languages: ten of each quadrant, two lines each."""

from dataclasses import dataclass
from pathlib import Path

from models.arrays import IntVector
from training.datasets.tables import quadrants, read_csv

_FILE = Path(__file__).with_name("parallels.csv")
LANGUAGES = ("en", "es", "de", "pt", "ja")


@dataclass(frozen=True, slots=True, eq=False)
class Parallels:
    """The same texts in each language.

    Attributes:
        y: Class indices ``(n_texts,)``.
        texts: Language to texts, in the order of ``y``.
    """

    y: IntVector
    texts: dict[str, list[str]]


def load_parallels() -> Parallels:
    """Return the texts that lie beside this module."""
    table = read_csv(_FILE, ["quadrant", *LANGUAGES])
    texts = {code: table[code].tolist() for code in LANGUAGES}
    return Parallels(quadrants(table["quadrant"].tolist(), _FILE), texts)
