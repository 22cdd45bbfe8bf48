"""Personal models: what one listener's answers change."""

from models.personal.committee import CommitteePersonaliser, PersonalCommittee
from models.personal.model import Answer, Personaliser, PersonalModel

__all__ = ["Answer", "CommitteePersonaliser", "PersonalCommittee", "PersonalModel", "Personaliser"]
