"""What the service shows of one listener, and of its work as a whole."""

from dataclasses import dataclass
from datetime import date, datetime

from attune_client.predictions import ModelVersion, Quadrant

Density = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Share:
    """So many hits of ``n``; the 95 % interval of their share reaches from ``low`` to ``high``."""

    n: int
    hits: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Gain:
    """A personal share less the population's; None where too few listeners answered."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class StandingLabel:
    """What a listener's answer about a track stands at now."""

    track_id: str
    quadrant: Quadrant
    created_at: datetime
    title: str | None = None
    artist: str | None = None
    valence: float | None = None
    arousal: float | None = None
    liking: int | None = None
    familiarity: int | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """Where on the plane the model expects the tracks of the catalogue.

    Attributes:
        density: One row for each arousal of ``Picture.axis``, the lowest first; in a row one
            number for each valence; all sum to 1.
    """

    density: Density


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean of differences, and their standard deviation."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the plane."""

    valence: float
    arousal: float


@dataclass(frozen=True, slots=True)
class TrackDifference:
    """A track that this listener is expected to hear otherwise than everybody."""

    track_id: str
    personal: Point
    population: Point
    title: str | None = None
    artist: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """How a listener differs from everybody, over a sample of the catalogue."""

    valence: Spread
    arousal: Spread
    tracks: tuple[TrackDifference, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """How often the answers after so many labels were foretold."""

    from_labels: int
    to_labels: int
    personal: Share
    population: Share


@dataclass(frozen=True, slots=True)
class Prequential:
    """How often the quadrant of an answer was foretold before it was learnt."""

    n: int
    curve: tuple[Step, ...]
    personal: Share | None = None
    population: Share | None = None


@dataclass(frozen=True, slots=True)
class Consistency:
    """How a listener answered when asked again.

    Attributes:
        distance: Root of the mean squared distance on the plane.
    """

    n: int
    same_quadrant: Share | None = None
    distance: float | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One listener, as the service knows them.

    Attributes:
        labels: The standing answers, the newest first.
        axis: The valences, and likewise the arousals, of the densities' cells.
        used: Whether predictions for the listener differ from everybody's.
    """

    user_id: str
    n_labels: int
    n_cant_tell: int
    labels: tuple[StandingLabel, ...]
    axis: tuple[float, ...]
    personal: Expected
    population: Expected
    difference: Difference
    prequential: Prequential
    consistency: Consistency
    used: bool
    model: ModelVersion


@dataclass(frozen=True, slots=True)
class Day:
    """What was answered on one day, in UTC."""

    day: date
    n_labels: int
    n_users: int


@dataclass(frozen=True, slots=True)
class UserCount:
    """How many listeners have so many labels; ``to`` is None where there is no upper bound."""

    from_: int
    n_users: int
    to: int | None = None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often listeners with so many labels were foretold."""

    from_labels: int
    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain
    to_labels: int | None = None


@dataclass(frozen=True, slots=True)
class StrategyAccuracy:
    """How often evenly drawn tracks were foretold to listeners whom a strategy asked."""

    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain
    strategy: str | None = None


@dataclass(frozen=True, slots=True)
class SnapshotAccuracy:
    """How often a snapshot foretold; ``role`` is ``primary``, ``candidate`` or ``past``."""

    snapshot: str
    role: str
    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a route takes to answer, in seconds: half, 95 and 99 of 100 requests."""

    method: str
    route: str
    n: int
    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """The service's work as a whole, as an operator sees it."""

    at: datetime
    n_users: int
    n_labels: int
    n_tracks: int
    labels_per_day: tuple[Day, ...]
    users_by_labels: tuple[UserCount, ...]
    accuracy: tuple[Accuracy, ...]
    strategies: tuple[StrategyAccuracy, ...]
    snapshots: tuple[SnapshotAccuracy, ...]
    latency: tuple[Latency, ...]
