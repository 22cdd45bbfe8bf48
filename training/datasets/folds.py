"""Folds that keep an artist's tracks together."""

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
    """Positions of the tracks to fit on and of those to judge on; the two share no artist."""

    train: IntVector
    test: IntVector


def grouped_folds(y: IntVector, groups: IntVector, n_folds: int, seed: int) -> Iterator[Fold]:
    """Yield folds that are grouped by artist and nearly equal in their shares of the quadrants.

    Args:
        y: Class indices ``(n_tracks,)``.
        groups: Artist of each track ``(n_tracks,)``, see ``artist_groups``.
        n_folds: Every track is in the test part of exactly one fold; at least 2.
        seed: The same seed gives the same folds.

    Raises:
        DatasetError: There are fewer artists than folds, or fewer tracks of every quadrant.
    """
    require_folds(y, groups, n_folds)
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    for train, test in splitter.split(np.zeros(len(y)), y, groups):
        yield Fold(train, test)


def require_folds(y: IntVector, groups: IntVector, n_folds: int) -> None:
    """Refuse labels that cannot be spread over folds; see :func:`grouped_folds`.

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
    """Return what different spellings of an artist have in common, empty for an unknown artist.

    Order, case, accents, punctuation, numbers in brackets, "the" and "and" are ignored. Two
    artists who fall together this way share a fold, which costs nothing; one artist in two folds
    would be a leak.

    >>> artist_key("Brown, Ruth") == artist_key("Ruth Brown")
    True
    >>> artist_key("Who [1]") == artist_key("The Who")
    True
    """
    bare = re.sub(r"\[.*?\]", " ", unicodedata.normalize("NFKD", name.casefold()))
    # Apostrophes, straight or curly, and accents join what any other mark parts.
    joined = "".join(c for c in bare if not unicodedata.combining(c) and c not in "'\u2019")
    words = set(re.findall(r"\w+", joined))
    return " ".join(sorted(words - _FILLER or words))


def artist_groups(artists: Sequence[str]) -> IntVector:
    """Return one number an artist, ``(n_tracks,)``; an unknown artist is a group of its own.

    >>> artist_groups(["Brown, Ruth", "", "Ruth Brown", ""]).tolist()
    [0, 1, 0, 2]
    """
    seen: dict[str, int] = {}
    groups = []
    for place, artist in enumerate(artists):
        # A line break cannot be in a key, so unknown artists never meet a known one.
        groups.append(seen.setdefault(artist_key(artist) or f"\n{place}", len(seen)))
    return np.array(groups, dtype=np.int64)
