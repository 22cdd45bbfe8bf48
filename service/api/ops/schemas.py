"""What is shown of all listeners at once."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from service.api.reply import Gain, Reply, Share, at, within


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


class ListenerPrior(Reply):
    """What is expected of a listener who has answered nothing yet."""

    kappa: Annotated[float, Field(description="How many votes the shared models count for.")]
    gamma: Annotated[
        float, Field(description="How far one listener's answers follow them: the power they get.")
    ]
    tau: Annotated[
        float, Field(description="How far listeners differ throughout: a variance of log-odds.")
    ]
    omega: Annotated[
        float, Field(description="How far they differ by the sound: a variance of log-odds.")
    ]


class ListenerPriorComparison(Reply):
    """Negative log-likelihood, in nats an answer, of answers that neither was fitted to.

    `low` and `high` are the bounds of a 95 % interval over users of `learnt - shipped`; null of a
    single user.
    """

    n_answers: int
    n_users: Annotated[int, at("n_listeners")]
    shipped: float
    learnt: float
    low: float | None
    high: float | None


class Listeners(Reply):
    """What the service has learnt about its users, for whoever comes next.

    `state` is `few` as long as fewer than `n_needed` users have `n_answers_each` answers,
    `waiting` until the next calibration, `worse` where what was learnt predicted no better than
    what the snapshot brings, and `learnt` where it is served. `n_users` have so many answers now.
    `n_fitted` answers were learnt from.
    """

    state: Literal["few", "waiting", "worse", "learnt"]
    n_users: Annotated[int, at("n_listeners")]
    n_needed: int
    n_answers_each: int
    shipped: ListenerPrior
    learnt: ListenerPrior | None
    n_fitted: int
    judged: ListenerPriorComparison | None
    calibrated_at: datetime | None


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
    users_by_labels: Annotated[list[CrowdCount], at("counted", "user_bins")]
    accuracy: list[Accuracy]
    strategies: list[StrategyAccuracy]
    snapshots: list[SnapshotAccuracy]
    listeners: Listeners
    latency: list[Latency]
