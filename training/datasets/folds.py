"""Cross-validation folds grouped by artist."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from models.arrays import IntVector
from models.errors import DatasetError

_FILLER = frozenset({"the", "and"})


class Fold(NamedTuple):
    """Positions of training and test tracks; the two share no artist."""

    train: IntVector
    test: IntVector


def grouped_folds(y: IntVector, groups: IntVector, n_folds: int, seed: int) -> Iterator[Fold]:
    """Yield folds grouped by artist, with nearly equal shares of the quadrants.

    Args:
        y: Class indices ``(n_tracks,)``.
        groups: Artist of each track ``(n_tracks,)``, see ``artist_groups``.
        n_folds: At least 2; every track is in the test part of exactly one fold.
        seed: The same seed gives the same folds.

    Raises:
        DatasetError: There are fewer artists than folds, or fewer tracks of every quadrant.
    """
    require_folds(y, groups, n_folds)
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    for train, test in splitter.split(np.zeros(len(y)), y, groups):
        yield Fold(train, test)


def require_folds(y: IntVector, groups: IntVector, n_folds: int) -> None:
    """Check that :func:`grouped_folds` can split the labels.

    Raises:
        DatasetError: There are fewer artists than folds, or fewer tracks of every quadrant.
    """
    n_groups = len(np.unique(groups))
    if n_groups < n_folds:
        raise DatasetError(f"{n_groups} artists cannot be spread over {n_folds} folds.")
    most = int(np.bincount(y, minlength=1).max())
    if most < n_folds:
        raise DatasetError(
            f"No quadrant has more than {most} tracks; {n_folds} folds need {n_folds} of one."
        )


@cache
def artist_key(name: str) -> str:
    """Return a key that is equal for different spellings of an artist; empty if unknown.

    Ignores order, case, accents, punctuation, numbers in brackets, "the" and "and". Different
    artists with one key share a fold, which is harmless; one artist in two folds is a leak.

    >>> artist_key("Brown, Ruth") == artist_key("Ruth Brown")
    True
    >>> artist_key("Who [1]") == artist_key("The Who")
    True
    """
    bare = re.sub(r"\[.*?\]", " ", unicodedata.normalize("NFKD", name.casefold()))
    # Removes apostrophes and accents; other marks separate words.
    joined = "".join(c for c in bare if not unicodedata.combining(c) and c not in "'\u2019")
    words = set(re.findall(r"\w+", joined))
    return " ".join(sorted(words - _FILLER or words))


def artist_groups(artists: Sequence[str]) -> IntVector:
    """Return a number for each artist ``(n_tracks,)``; each unknown artist is its own group.

    >>> artist_groups(["Brown, Ruth", "", "Ruth Brown", ""]).tolist()
    [0, 1, 0, 2]
    """
    seen: dict[str, int] = {}
    groups = []
    for place, artist in enumerate(artists):
        # Keys contain no line break, so unknown artists cannot match a known one.
        groups.append(seen.setdefault(artist_key(artist) or f"\n{place}", len(seen)))
    return np.array(groups, dtype=np.int64)
