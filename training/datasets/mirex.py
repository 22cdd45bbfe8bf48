"""MIREX-like mood dataset: an audio and a lyrics embedding per track (Panda et al. 2013)."""

from pathlib import Path

import numpy as np

from training.datasets.tables import quadrants, read_csv, read_npz
from training.datasets.tracks import PairedTable

_ARRAYS = ("audio_ids", "audio_panns256", "lyric_ids", "lyric_bert768")


def load(folder: Path) -> PairedTable:
    """Return the tracks that have both embeddings and a quadrant.

    Raises:
        DatasetError: A table, a column or an array is missing.
    """
    path = folder / "songs.csv"
    table = read_csv(path, ["song_id", "Artist", "quadrant_derived"])
    arrays = read_npz(folder / "embeddings.npz", _ARRAYS)
    audio_row, lyrics_row = (
        {str(track_id): row for row, track_id in enumerate(arrays[name])}
        for name in ("audio_ids", "lyric_ids")
    )
    has_all = (
        table["song_id"].isin(audio_row)
        & table["song_id"].isin(lyrics_row)
        & (table["quadrant_derived"] != "")
    )
    kept = table[has_all]
    return PairedTable(
        ids=kept["song_id"].tolist(),
        y=quadrants(kept["quadrant_derived"], path),
        artists=kept["Artist"].tolist(),
        audio=arrays["audio_panns256"][kept["song_id"].map(audio_row)].astype(np.float32),
        lyrics=arrays["lyric_bert768"][kept["song_id"].map(lyrics_row)].astype(np.float32),
    )
