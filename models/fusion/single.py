"""One modality alone: the baselines that a fusion must beat."""

from dataclasses import dataclass

from models.arrays import Proba
from models.emotion import Modality
from models.fusion.evidence import Arrays, Evidence


@dataclass(frozen=True, slots=True)
class Single:
    """Believes one modality and does not look at the other."""

    modality: Modality

    @property
    def requires(self) -> frozenset[Modality]:
        return frozenset({self.modality})

    def fuse(self, evidence: Evidence) -> Proba:
        evidence.require(self.requires, self.modality)
        return evidence.proba[self.modality]

    def to_arrays(self) -> Arrays:
        return {}
