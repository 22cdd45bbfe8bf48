"""Personal models: predictions that depend on one listener's answers."""

from models.personal.committee import CommitteePersonaliser, PersonalCommittee
from models.personal.logistic import LogisticPersonaliser, PersonalLogistic
from models.personal.model import (
    PARTS,
    Answer,
    Estimates,
    MemberInputs,
    Personaliser,
    PersonalModel,
    PredictionBatch,
)

__all__ = [
    "PARTS",
    "Answer",
    "CommitteePersonaliser",
    "Estimates",
    "LogisticPersonaliser",
    "MemberInputs",
    "PersonalCommittee",
    "PersonalLogistic",
    "PersonalModel",
    "Personaliser",
    "PredictionBatch",
]
