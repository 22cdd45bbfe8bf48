"""The Gaussian personaliser: a hierarchical model of valence and arousal, exact and cheap."""

from models.personal.gaussian.listener import (
    Gaussian,
    PersonalGaussian,
    Placed,
    foretell,
    learn,
)
from models.personal.gaussian.personaliser import GaussianPersonaliser, measured
from models.personal.gaussian.prior import Prior, signs
from models.personal.gaussian.sketch import (
    Sketched,
    components_in,
    n_columns,
    proba_in,
    redrawn,
    sketches,
)
from models.personal.logistic.components import Components

__all__ = [
    "Components",
    "Gaussian",
    "GaussianPersonaliser",
    "PersonalGaussian",
    "Placed",
    "Prior",
    "Sketched",
    "components_in",
    "foretell",
    "learn",
    "measured",
    "n_columns",
    "proba_in",
    "redrawn",
    "signs",
    "sketches",
]
