"""Tables of paired embeddings in either format, and splits into two files."""

from pathlib import Path

import numpy as np

from models.arrays import IntVector
from models.errors import DatasetError
from training.datasets import laa, own_table
from training.datasets.folds import artist_key
from training.datasets.tables import by_ending, column_names
from training.datasets.tracks import PairedTable


def load_any(path: Path) -> PairedTable:
    """Read a file in either format: ``training.datasets.own_table`` or ``training.datasets.laa``.

    Raises:
        DatasetError: The file is missing or in neither format.
    """
    return by_ending(path, {".npz": own_table.load, ".csv": _load_csv})(path)


def _load_csv(path: Path) -> PairedTable:
    names = set(column_names(path))
    if names & {"audio_embedding", "lyrics_embedding"}:
        return laa.load(path)
    if names & {"audio_0", "lyrics_0"}:
        return own_table.load(path)
    raise DatasetError(
        f"{path} has neither a column 'audio_embedding' with lists of numbers nor columns"
        " 'audio_0', 'audio_1' and so on with one number each."
    )


def shared_artist_rows(train: PairedTable, test: PairedTable) -> IntVector:
    """Return the positions of the training tracks whose artist is also in the test table.

    Unknown artists never match.
    """
    test_artists = set(map(artist_key, test.artists)) - {""}
    return np.flatnonzero([artist_key(artist) in test_artists for artist in train.artists])


def require_new_artists(
    train: PairedTable, test: PairedTable, train_path: Path, test_path: Path
) -> None:
    """Check that no artist is on both sides of a split.

    Args:
        train: The training table.
        test: The test table.
        train_path: Path of the training table, for the message.
        test_path: Path of the test table, for the message.

    Raises:
        DatasetError: An artist is in both tables.
    """
    shared = shared_artist_rows(train, test)
    if not len(shared):
        return
    tracks = {artist_key(train.artists[place]): train.ids[place] for place in shared[::-1]}
    first = next(k for k, artist in enumerate(test.artists) if artist_key(artist) in tracks)
    name = test.artists[first]
    raise DatasetError(
        f"{test_path}: the artist {name!r} of track {test.ids[first]!r} is also in {train_path},"
        f" of track {tracks[artist_key(name)]!r}; artists in both files: {len(tracks)}, with"
        f" {len(shared)} of {len(train.ids)} training rows. --drop-shared-artists leaves these"
        " rows out."
    )
