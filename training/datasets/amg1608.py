"""AMG1608: listeners' ratings of 1,608 excerpts of 30 s (Chen et al. 2015).

``AMG1608.mat`` holds ``song_label`` (1608 tracks x 665 listeners x valence and arousal in [-1, 1];
NaN where a listener did not answer), ``song_info`` (artist, title) and ``feat_cell`` (72 features
x 1199 frames for each track). ``1608_song_id.mat`` holds ``mat_id2song_id``, the names of the
feature files. The arrays are documented in the published README; their shapes are read from the
file. A listener's id is the index in the file, as in the consensus-entropy paper.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from models.errors import DatasetError
from training.datasets.listeners import FeatureTable, ListenerLabels
from training.datasets.moments import Moments, feature_table, plain_id, read_all
from training.datasets.recordings import recordings_in
from training.datasets.source import TRACKS, found
from training.datasets.tables import matrix, within
from training.datasets.tracks import quadrants_at

ABOUT = (
    "A listener placed each track on the plane; the quadrant is that of the point. Features are"
    " openSMILE's tables if they exist, otherwise the frames that come with the labels."
)
_AXES = ("valence", "arousal")
_N_DIMENSIONS = 3


def load_labels(folder: Path) -> ListenerLabels:
    """Return every listener's points and their quadrants.

    Raises:
        DatasetError: A file or an array is missing or of another shape, or a value is not in
            [-1, 1].
    """
    path = _mat(folder, "AMG1608.mat")
    points: NDArray[np.float64] = _array(path, "song_label")
    if points.ndim != _N_DIMENSIONS or points.shape[2] != len(_AXES):
        raise DatasetError(
            f"{path}: 'song_label' must be of shape (n_tracks, n_listeners, 2), not"
            f" {points.shape}."
        )
    ids = _song_ids(folder, len(points))
    tracks, listeners = np.nonzero(~np.isnan(points).any(axis=2))
    answers = within(points[tracks, listeners], _AXES, -1.0, path)
    return ListenerLabels(
        [str(listener) for listener in listeners.tolist()],
        [ids[track] for track in tracks.tolist()],
        quadrants_at(*answers.T),
        answers,
    )


def load_features(folder: Path, rows: str = TRACKS) -> FeatureTable:
    """Return the features of each track, or of each of its moments.

    Args:
        folder: The dataset's folder.
        rows: One of ``training.datasets.source.ROWS``.

    Raises:
        DatasetError: A file or an array is missing or malformed, or no file belongs to a track.
    """
    path = _mat(folder, "AMG1608.mat")
    artists = [_text(cell) for cell in _array(path, "song_info")[:, 0]]
    ids = _song_ids(folder, len(artists))
    tables = found(folder, "feats", "features")
    tracks = read_all(tables) if tables.is_dir() else _frames(path, ids)
    there = [place for place, track in enumerate(ids) if track in tracks]
    if not there:
        raise DatasetError(
            f"{tables}: none of {len(tracks)} files is named after a track, such as {ids[0]}.csv."
        )
    return feature_table(
        [tracks[ids[place]] for place in there],
        [ids[place] for place in there],
        [artists[place] for place in there],
        rows,
    )


def recordings(folder: Path) -> dict[str, Path]:
    """Return the recordings in ``audio``, or as samples in ``npy``, by track."""
    return recordings_in(folder / "audio", folder / "npy")


def _frames(path: Path, ids: Sequence[str]) -> dict[str, Moments]:
    """Return the frames that come with the labels."""
    cells = _array(path, "feat_cell").ravel()
    if len(cells) != len(ids):
        raise DatasetError(f"{path}: 'feat_cell' has {len(cells)} tracks, not {len(ids)}.")
    tracks = {}
    for track, cell in zip(ids, cells, strict=True):
        x = matrix(np.asarray(cell).T, "feat_cell", path)
        tracks[track] = Moments([], np.arange(len(x), dtype=np.float64), x)
    return tracks


def _song_ids(folder: Path, n_tracks: int) -> Sequence[str]:
    path = _mat(folder, "1608_song_id.mat")
    ids = [plain_id(_text(cell)) for cell in _array(path, "mat_id2song_id").ravel()]
    if len(ids) != n_tracks:
        raise DatasetError(f"{path} names {len(ids)} tracks; AMG1608.mat has {n_tracks}.")
    return ids


def _mat(folder: Path, name: str) -> Path:
    return found(folder, name, f"anno/{name}")


def _array(path: Path, name: str) -> NDArray[Any]:
    if not path.is_file():
        raise DatasetError(f"{path} is missing.")
    try:
        # Read by name: the frames take a gigabyte.
        arrays = loadmat(path, variable_names=[name])
    except (MatReadError, NotImplementedError, ValueError, TypeError, OSError) as error:
        raise DatasetError(f"{path} is not a MATLAB file up to version 7: {error}") from error
    if name not in arrays:
        raise DatasetError(f"{path} has no array {name!r}.")
    return np.asarray(arrays[name])


def _text(cell: object) -> str:
    """Return a cell's content: MATLAB nests numbers and texts in arrays of one element."""
    while isinstance(cell, np.ndarray):
        cell = cell.ravel()[0] if cell.size else ""
    return str(cell).strip()
