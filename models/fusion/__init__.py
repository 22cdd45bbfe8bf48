"""Fusions: one distribution from those of the modalities.

To add a fusion, write a class with the methods of `Fusion` and add one line to `FUSIONS`.
"""

from collections.abc import Callable, Mapping

from models.emotion import Modality
from models.errors import UnknownFusionError
from models.fusion.averaging import Average
from models.fusion.confidence import MostConfident
from models.fusion.early import EarlyFusion
from models.fusion.evidence import Arrays, Evidence, Fusion
from models.fusion.forest import RandomForest
from models.fusion.pool import LogOpinionPool
from models.fusion.single import Single
from models.fusion.stacking import LogisticRegression, NeuralNetwork

__all__ = ["DEFAULT_FUSION", "FUSIONS", "Arrays", "Evidence", "Fusion", "from_arrays", "to_arrays"]

FUSIONS: Mapping[str, Callable[[Arrays], Fusion]] = {
    "lyrics": lambda _: Single(Modality.LYRICS),
    "audio": lambda _: Single(Modality.AUDIO),
    "average": Average.from_arrays,
    "weighted": Average.from_arrays,
    "max_confidence": MostConfident.from_arrays,
    "adjusted_confidence": MostConfident.from_arrays,
    "random_forest": RandomForest.from_arrays,
    "logistic_regression": LogisticRegression.from_arrays,
    "neural_network": NeuralNetwork.from_arrays,
    "early": EarlyFusion.from_arrays,
    "log_opinion": LogOpinionPool.from_arrays,
}
"""Name to the function that rebuilds the fusion from its arrays."""

DEFAULT_FUSION = "log_opinion"


def to_arrays(fusion: Fusion) -> Arrays:
    """Return the parameters of a fusion as named arrays, without its name."""
    return fusion.to_arrays()


def from_arrays(name: str, arrays: Arrays) -> Fusion:
    """Return the fusion that ``to_arrays`` wrote.

    Raises:
        UnknownFusionError: No fusion has this name.
    """
    if name not in FUSIONS:
        raise UnknownFusionError(f"There is no fusion {name!r}; there are {', '.join(FUSIONS)}.")
    return FUSIONS[name](arrays)
