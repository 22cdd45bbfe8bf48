"""Tables of paired embeddings in any of their forms, and those that are split into two files."""

from pathlib import Path

import numpy as np

from models.arrays import IntVector
from models.errors import DatasetError
from training.datasets import laa, own_table
from training.datasets.folds import artist_key
from training.datasets.tables import by_ending, column_names
from training.datasets.tracks import PairedTable

_NOTEBOOKS = frozenset({"audio_embedding", "lyrics_embedding"})
_OWN = frozenset({"audio_0", "lyrics_0"})


def load_any(path: Path) -> PairedTable:
    """Return the tracks of a file in the form of :mod:`.table` or of :mod:`.laa`.

    Raises:
        DatasetError: The file is missing or in neither form.
    """
    return by_ending(path, {".npz": own_table.load, ".csv": _load_csv})(path)


def _load_csv(path: Path) -> PairedTable:
    names = set(column_names(path))
    if names & _NOTEBOOKS:
        return laa.load(path)
    if names & _OWN:
        return own_table.load(path)
    raise DatasetError(
        f"{path} has neither a column 'audio_embedding' with the list of a track's numbers nor"
        " columns 'audio_0', 'audio_1' and so on with one each."
    )


def shared_artist_rows(train: PairedTable, test: PairedTable) -> IntVector:
    """Return the places of the training tracks whose artist is in the other table too.

    An unknown artist is nobody's.
    """
    tested = set(map(artist_key, test.artists)) - {""}
    return np.flatnonzero([artist_key(artist) in tested for artist in train.artists])


def require_new_artists(
    train: PairedTable, test: PairedTable, train_path: Path, test_path: Path
) -> None:
    """Refuse a split in which an artist is on both sides.

    Args:
        train: What is fitted to.
        test: What is judged on.
        train_path: Of the first, for the message.
        test_path: Of the second.

    Raises:
        DatasetError: There is such an artist.
    """
    shared = shared_artist_rows(train, test)
    if not len(shared):
        return
    rows = {artist_key(train.artists[place]): place + 1 for place in shared[::-1]}
    first = next(k for k, artist in enumerate(test.artists) if artist_key(artist) in rows)
    name = test.artists[first]
    raise DatasetError(
        f"{test_path} row {first + 1}: the artist {name!r} is also in {train_path} row"
        f" {rows[artist_key(name)]}; artists in both files: {len(rows)}, with {len(shared)} of"
        f" {len(train.ids)} training rows. --drop-shared-artists leaves these rows out."
    )
