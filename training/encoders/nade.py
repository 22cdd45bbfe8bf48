"""Writes nade's embedding of short texts as an NPZ file."""

from pathlib import Path

import numpy as np

from training.encoders.fasttext import FastTextModel

N_EMBEDDING = 90


def write_nade(model: FastTextModel, path: Path) -> None:
    """Write the model; words are bytes in UTF-8, one per line."""
    settings = model.settings
    np.savez(
        path,
        settings=np.array(
            [settings.n_buckets, settings.word_ngrams, settings.min_chars, settings.max_chars]
        ),
        words=np.frombuffer("\n".join(model.words).encode(), np.uint8),
        buckets=model.buckets,
        bucket_rows=model.bucket_rows + np.int32(len(model.words)),
        codes=model.codes,
        centroids=model.centroids,
        norms=model.norms,
    )
