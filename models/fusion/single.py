"""One modality alone: the baselines of the fusions."""

from dataclasses import dataclass

from models.arrays import Proba
from models.emotion import Modality
from models.fusion.evidence import Arrays, Evidence


@dataclass(frozen=True, slots=True)
class Single:
    """Returns one modality's distribution and ignores the other."""

    modality: Modality

    @property
    def requires(self) -> frozenset[Modality]:
        return frozenset({self.modality})

    def fuse(self, evidence: Evidence) -> Proba:
        evidence.require(self.requires, self.modality)
        return evidence.proba[self.modality]

    def to_arrays(self) -> Arrays:
        return {}
