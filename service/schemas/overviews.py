"""What is shown of all listeners at once."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from service.schemas.pictures import Gain, Share
from service.schemas.reply import Reply, at, within


class DayCount(Reply):
    """What was answered on a day, in UTC; corrections count, what took answers back does not."""

    day: date
    n_labels: int
    n_users: int


class CrowdCount(Reply):
    """How many users have an answer on so many tracks; `to` is null without end."""

    from_labels: int = Field(serialization_alias="from")
    to_labels: int | None = Field(serialization_alias="to")
    n_users: int


class Accuracy(Reply):
    """How often quadrants were foretold rightly after so many labels, each before it was learnt.

    `personal`: by what users were told; `population`: by what a newcomer would have been told.
    `to_labels` is null without end.
    """

    model_config = within("tally")

    from_labels: Annotated[int, at("from_labels")]
    to_labels: Annotated[int | None, at("to_labels")]
    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain


class StrategyAccuracy(Reply):
    """The same of tracks that were drawn evenly, by the strategy that asked about them."""

    model_config = within("tally")

    strategy: Annotated[str, at("strategy")]
    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain


class SnapshotAccuracy(Reply):
    """The same by the shared models that foretold; `role` is what they serve as now.

    Under a calibration `snapshot` ends with `+` and its version: each counts by itself.
    """

    model_config = within("tally")

    snapshot: Annotated[str, at("snapshot")]
    role: Annotated[Literal["primary", "candidate", "past"], at("role")]
    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain
    first_at: Annotated[datetime, at("first_at")]
    last_at: Annotated[datetime, at("last_at")]


class Latency(Reply):
    """How long a route takes, since the workers were started.

    Read off the buckets of `attune_request_seconds`, by linear interpolation within one.
    """

    method: str
    route: str
    n: int
    p50_s: float
    p95_s: float
    p99_s: float


class Overview(Reply):
    """What there is, and how well it is foretold.

    `n_users` have an answer that stands; `n_labels` are these answers. `labels_per_day` holds the
    last 90 days. Shares are of answers that came by `POST /update`; groups without any are left
    out. Intervals are over users.
    """

    at: datetime
    n_users: int
    n_labels: Annotated[int, at("counted", "n_labels")]
    n_tracks: Annotated[int, at("counted", "n_tracks")]
    labels_per_day: list[DayCount]
    users_by_labels: Annotated[list[CrowdCount], at("counted", "crowds")]
    accuracy: list[Accuracy]
    strategies: list[StrategyAccuracy]
    snapshots: list[SnapshotAccuracy]
    latency: list[Latency]
