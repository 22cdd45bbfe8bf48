"""What a worker serves at one moment: a primary snapshot and an optional candidate."""

from dataclasses import dataclass

from models.query import STRATEGIES
from service.observability.metrics import Role
from service.serving.container import Resources


@dataclass(frozen=True, slots=True)
class CandidateInfo:
    """The candidate snapshot, and the share of users that it answers."""

    snapshot: str
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class ServedSnapshots:
    """The snapshots that are served at one moment.

    Attributes:
        candidate: Answers some users instead of the primary; None without one.
        share: Share of users that the candidate answers, in [0, 1].
    """

    primary: Resources
    candidate: Resources | None
    share: float

    @property
    def resources(self) -> list[Resources]:
        """The resources of the primary and of the candidate, if there is one."""
        return [self.primary] if self.candidate is None else [self.primary, self.candidate]

    @property
    def candidate_info(self) -> CandidateInfo | None:
        """The candidate's version and share; None without one."""
        if self.candidate is None:
            return None
        return CandidateInfo(self.candidate.snapshot.version, self.share)

    @property
    def strategies(self) -> list[str]:
        """Names of the query strategies."""
        return list(STRATEGIES)

    @property
    def roles(self) -> dict[str, Role]:
        """Roles by serving version."""
        versions = [resources.snapshot.serving_version for resources in self.resources]
        return dict(zip(versions, ("primary", "candidate"), strict=False))

    @property
    def versions(self) -> dict[Role, str]:
        """Snapshot versions by role."""
        versions = [resources.snapshot.version for resources in self.resources]
        return dict(zip(("primary", "candidate"), versions, strict=False))


@dataclass(frozen=True, slots=True)
class ReloadCheck:
    """What a reload changes.

    Attributes:
        version: The primary snapshot in the configured folder.
        previous: The primary snapshot that this worker serves.
        candidate: The candidate in the configured folder; None without one.
        is_new: Whether the primary or the candidate changes.
    """

    version: str
    previous: str
    candidate: str | None
    is_new: bool
