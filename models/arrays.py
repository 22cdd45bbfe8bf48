"""Type names of the project's arrays.

The functions that take and return them state the shapes. The last axis of a distribution is always
``n_quadrants``.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Waveform: TypeAlias = NDArray[np.float32]
"""Mono samples ``(n_samples,)`` in [-1, 1]."""

LogMel: TypeAlias = NDArray[np.float32]
"""Log-mel spectrogram ``(n_frames, n_mels)``."""

FloatVector: TypeAlias = NDArray[np.float32]
FloatMatrix: TypeAlias = NDArray[np.float32]
IntVector: TypeAlias = NDArray[np.int64]

Proba: TypeAlias = NDArray[np.float64]
"""Distributions over the quadrants ``(n_tracks, n_quadrants)``; rows sum to 1."""

Logits: TypeAlias = NDArray[np.float64]
"""Unnormalised log-probabilities ``(n_tracks, n_quadrants)``."""

MemberLogits: TypeAlias = NDArray[np.float64]
"""Calibrated logits of every member ``(n_members, n_tracks, n_quadrants)``."""

MemberProba: TypeAlias = NDArray[np.float64]
"""Distributions of every member ``(n_members, n_tracks, n_quadrants)``."""

Votes: TypeAlias = NDArray[np.float64]
"""Sums of listeners' votes on each track ``(n_tracks, n_quadrants)``; see `models.votes`."""

Scores: TypeAlias = NDArray[np.float64]
"""Scores of a query strategy ``(n_tracks,)``; it selects the highest first."""
