"""Personal models: what one listener's answers change."""

from models.personal.committee import CommitteePersonaliser, PersonalCommittee
from models.personal.logistic import LogisticPersonaliser, PersonalLogistic
from models.personal.model import (
    PARTS,
    Answer,
    Estimates,
    Heard,
    Personaliser,
    PersonalModel,
    Verdict,
)

__all__ = [
    "PARTS",
    "Answer",
    "CommitteePersonaliser",
    "Estimates",
    "Heard",
    "LogisticPersonaliser",
    "PersonalCommittee",
    "PersonalLogistic",
    "PersonalModel",
    "Personaliser",
    "Verdict",
]
