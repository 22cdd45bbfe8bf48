"""Balance: asking more where the listener's answers so far are few."""

import numpy as np
from numpy.typing import NDArray

from models.arrays import Scores
from models.query.pool import Pool
from models.query.selection import Scorer


def rarity(answered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how rare each quadrant is among the answers, ``(n_quadrants,)``, 1 on average.

    Inversely proportional to one more than its count; all 1 before the first answer.
    """
    inverse = 1 / (1 + answered)
    return inverse / inverse.mean()


def balanced(scorer: Scorer) -> Scorer:
    """Return the scorer times the rarity of the quadrant that the track would probably be.

    The rarity is the mean under the committee's consensus.
    """

    def score(pool: Pool, rng: np.random.Generator) -> Scores:
        return scorer(pool, rng) * (pool.consensus @ rarity(pool.answered))

    return score
