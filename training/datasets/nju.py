"""NJU-MusicMood: lyrics with one of four moods (Xue et al. 2015)."""

from pathlib import Path

from training.datasets.tables import quadrants, read_csv
from training.datasets.tracks import LabelledTracks


def load(folder: Path) -> LabelledTracks:
    """Return the lyrics; a track's id is built of its split, mood and number.

    Raises:
        DatasetError: The table or a column is missing.
    """
    path = folder / "lyrics.csv"
    table = read_csv(path, ["mood", "split", "no", "lyrics", "artist", "quadrant"])
    ids = (table["split"] + "-" + table["mood"] + "-" + table["no"]).str.lower()
    return LabelledTracks(
        ids=ids.tolist(),
        y=quadrants(table["quadrant"], path),
        artists=table["artist"].tolist(),
        lyrics=table["lyrics"].str.strip().tolist(),
    )
