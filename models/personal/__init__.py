"""Personal models: what one listener's answers change."""

from models.personal.committee import CommitteePersonaliser, PersonalCommittee
from models.personal.gaussian import GaussianPersonaliser, PersonalGaussian
from models.personal.model import (
    N_SHARED_PARTS,
    PARTS,
    Answer,
    Estimates,
    Heard,
    Personaliser,
    PersonalModel,
    Verdict,
)

__all__ = [
    "N_SHARED_PARTS",
    "PARTS",
    "Answer",
    "CommitteePersonaliser",
    "Estimates",
    "GaussianPersonaliser",
    "Heard",
    "PersonalCommittee",
    "PersonalGaussian",
    "PersonalModel",
    "Personaliser",
    "Verdict",
]
