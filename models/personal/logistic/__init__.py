"""The logistic personaliser: population model, others' votes, a listener's level and taste."""

from models.personal.logistic.components import Components
from models.personal.logistic.model import LogisticModel, PersonalLogistic, learn
from models.personal.logistic.personaliser import LogisticPersonaliser
from models.personal.logistic.posterior import Posterior
from models.personal.logistic.prior import SHIPPED, Prior
from models.personal.logistic.track_features import (
    components_in,
    log_proba_in,
    n_columns,
    proba_in,
    recalibrated_features,
    track_features,
)

__all__ = [
    "SHIPPED",
    "Components",
    "LogisticModel",
    "LogisticPersonaliser",
    "PersonalLogistic",
    "Posterior",
    "Prior",
    "components_in",
    "learn",
    "log_proba_in",
    "n_columns",
    "proba_in",
    "recalibrated_features",
    "track_features",
]
