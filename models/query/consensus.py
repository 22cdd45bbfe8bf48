"""The inputs of the scorers that need neither members nor features."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba, Scores


class Consensus(Protocol):
    """The part of a pool that consensus scorers read; or consecutive tracks of a `LargePool`."""

    @property
    def n_tracks(self) -> int:
        """The number of tracks."""
        ...

    @property
    def answered(self) -> NDArray[np.float64]:
        """The listener's answers in each quadrant ``(n_quadrants,)``."""
        ...

    @property
    def consensus(self) -> Proba:
        """The consensus ``(n_tracks, n_quadrants)``."""
        ...

    @property
    def vote_entropy(self) -> Scores:
        """The entropy of others' votes in nats, 0 without votes ``(n_tracks,)``."""
        ...


ConsensusScorer: TypeAlias = Callable[[Consensus, np.random.Generator], Scores]
"""Scores tracks by the consensus and by others' votes alone ``(n_tracks,)``."""
