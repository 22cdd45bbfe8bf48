"""A catalogue's features, as strategies compare them."""

from collections.abc import Mapping

import numpy as np

from models.arrays import FloatMatrix
from models.catalogue_pool import TrackTable
from models.committee import Committee
from models.emotion import Modality


def side_by_side(table: TrackTable, committees: Mapping[Modality, Committee]) -> FloatMatrix:
    """Return every track's features, its modalities side by side ``(n_tracks, n_features)``.

    A track has NaN in the columns of a modality that it lacks; it is compared by what it has. What
    only one algorithm reads, a network's embeddings learnt from labels, is left out: there is so
    much of it that nothing else would count.
    """
    parts = [
        (column.places, committees[modality].common(column.features))
        for modality, column in table.columns.items()
    ]
    ends = np.cumsum([x.shape[1] for _, x in parts], dtype=np.int64)
    n_features = int(ends[-1]) if parts else 0
    result = np.full((len(table.track_ids), n_features), np.nan, dtype=np.float32)
    for (places, x), end in zip(parts, ends, strict=True):
        result[places, end - x.shape[1] : end] = x
    return result
