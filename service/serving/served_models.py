"""What a worker serves at one moment: a snapshot, perhaps a candidate beside it."""

from dataclasses import dataclass

from models.query import STRATEGIES
from service.observability.metrics import Role
from service.serving.container import Resources


@dataclass(frozen=True, slots=True)
class CandidateInfo:
    """A snapshot that is tried beside the primary, and the share of users whom it answers."""

    snapshot: str
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class ServedSnapshots:
    """What is served at one moment.

    Attributes:
        candidate: Answers some users in the place of the primary, where there is one.
        share: Of users whom the candidate answers, in [0, 1].
    """

    primary: Resources
    candidate: Resources | None
    share: float

    @property
    def resources(self) -> list[Resources]:
        """Everything that answers somebody."""
        return [self.primary] if self.candidate is None else [self.primary, self.candidate]

    @property
    def candidate_info(self) -> CandidateInfo | None:
        """What is said of the candidate."""
        if self.candidate is None:
            return None
        return CandidateInfo(self.candidate.snapshot.version, self.share)

    @property
    def strategies(self) -> list[str]:
        """Names that a query may ask for."""
        return list(STRATEGIES)

    @property
    def roles(self) -> dict[str, Role]:
        """What the snapshots serve as, by their serving version."""
        versions = [resources.snapshot.serving_version for resources in self.resources]
        return dict(zip(versions, ("primary", "candidate"), strict=False))

    @property
    def versions(self) -> dict[Role, str]:
        """The snapshots' versions, by what they serve as."""
        versions = [resources.snapshot.version for resources in self.resources]
        return dict(zip(("primary", "candidate"), versions, strict=False))


@dataclass(frozen=True, slots=True)
class ReloadCheck:
    """What the folders name now.

    Attributes:
        version: Of the snapshot in the folder that is served from.
        previous: The one that this worker serves so far.
        candidate: Of the snapshot beside it; None without one.
        is_new: Whether either is to change.
    """

    version: str
    previous: str
    candidate: str | None
    is_new: bool
