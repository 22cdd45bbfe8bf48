"""Writes tables of features, labels and paired embeddings in the formats of training.datasets."""

import numpy as np
import pandas as pd

from models.emotion import QUADRANTS


def write_features(table, path):
    """Write one row of features per track, as NPZ or CSV by the path's ending."""
    if path.suffix == ".npz":
        np.savez_compressed(
            path, ids=np.array(table.ids), artist=np.array(table.artists), audio=table.x
        )
        return
    columns = {"ids": table.ids, "artist": table.artists}
    columns |= {f"audio_{k}": x.tolist() for k, x in enumerate(table.x.astype(np.float64).T)}
    pd.DataFrame(columns).to_csv(path, index=False)


def write_labels(labels, path):
    """Write labels as CSV: points where there are any, otherwise quadrants."""
    columns = {"listener": labels.listeners, "track": labels.tracks}
    if labels.points is None:
        columns["quadrant"] = [QUADRANTS[k].value for k in labels.y]
    else:
        columns |= dict(zip(("valence", "arousal"), labels.points.T, strict=True))
    pd.DataFrame(columns).to_csv(path, index=False)


def write_pairs(table, path):
    """Write paired embeddings as NPZ."""
    np.savez_compressed(
        path,
        ids=np.array(table.ids),
        artist=np.array(table.artists),
        quadrant=np.array([QUADRANTS[k].value for k in table.y]),
        audio=table.audio,
        lyrics=table.lyrics,
    )
