"""Wire types of the operator's routes."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field
from pydantic.config import JsonDict

from service.api.examples import MODEL, MOMENT, SHARES, Examples
from service.api.reply import Gain, Reply, Share, at, within
from service.observability.health import HealthStatus


class DayCount(Reply):
    """Labels recorded on a day (UTC); corrections count, retractions do not."""

    day: date
    n_labels: int
    n_users: int


class CrowdCount(Reply):
    """Number of users with labels on `from` to `to` tracks; `to` is null in the last bin."""

    from_labels: int = Field(serialization_alias="from")
    to_labels: int | None = Field(serialization_alias="to")
    n_users: int


class Accuracy(Reply):
    """Accuracy of forecasts made after `from_labels` to `to_labels` labels.

    Each forecast was made before its answer was learnt. `personal` uses the user's labels;
    `population` is the population model. `to_labels` is null in the last bin.
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
    """Accuracy on uniformly drawn tracks, by the strategy that chose them."""

    model_config = within("tally")

    strategy: Annotated[str, at("strategy")]
    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain


class SnapshotAccuracy(Reply):
    """Accuracy by the snapshot that made the forecasts; `role` is its current role.

    With a calibration, `snapshot` ends with `+` and the calibration's version; each combination
    counts separately.
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
    """The prior over listeners, used for a user without labels."""

    kappa: Annotated[
        float, Field(description="Weight of the shared models, as a number of votes.")
    ]
    gamma: Annotated[
        float,
        Field(description="Exponent of the shared distribution in one listener's prediction."),
    ]
    tau: Annotated[
        float,
        Field(description="Variance between listeners of the level, in squared log-odds."),
    ]
    omega: Annotated[
        float,
        Field(description="Variance between listeners of the taste, in squared log-odds."),
    ]


class ListenerPriorComparison(Reply):
    """Negative log-likelihood, in nats per answer, of answers that neither prior was fitted to.

    `low` and `high` bound a 95 % interval over users for `learnt - shipped`; null for a single
    user.
    """

    n_answers: int
    n_users: Annotated[int, at("n_listeners")]
    shipped: float
    learnt: float
    low: float | None
    high: float | None


class Listeners(Reply):
    """The prior over listeners, shipped with the snapshot or learnt from the service's users.

    `state` is `few` while fewer than `n_needed` users have `n_answers_each` labels, `waiting`
    until the next calibration, `worse` if the learnt prior predicted no better than the shipped
    one, and `learnt` if it is in use. `n_users` is the number of users with that many labels now.
    `n_fitted` is the number of answers that the learnt prior was fitted to.
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
    """Latency of a route since the workers started.

    Quantiles come from the buckets of `attune_request_seconds`, interpolated linearly.
    """

    method: str
    route: str
    n: int
    p50_s: float
    p95_s: float
    p99_s: float


class Overview(Reply):
    """Counts of users, labels and tracks, and the accuracy of forecasts.

    `n_users` counts users with a label, `n_labels` their current labels. `labels_per_day` holds
    the last 90 days. Shares are over answers from `POST /update`; groups without answers are left
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


class Checks(Reply):
    """The result of each readiness check."""

    database: HealthStatus
    snapshot: HealthStatus
    encoders: HealthStatus


class Ready(Reply):
    """The worker can answer."""

    status: Literal["ready"]
    checks: Checks


_ACCURACY: JsonDict = {
    "n": 20,
    "n_users": 2,
    **SHARES,
    "gain": {"value": 0.1, "low": -0.05, "high": 0.25},
}
_OVERVIEW: JsonDict = {
    "at": "2026-04-08T20:00:00Z",
    "n_users": 2,
    "n_labels": 20,
    "n_tracks": 12,
    "labels_per_day": [{"day": "2026-04-08", "n_labels": 20, "n_users": 2}],
    "users_by_labels": [{"from": 1, "to": None, "n_users": 2}],
    "accuracy": [{"from_labels": 0, "to_labels": 19, **_ACCURACY}],
    "strategies": [{"strategy": "diverse", **_ACCURACY}],
    "snapshots": [
        {**MODEL, "role": "primary", **_ACCURACY, "first_at": MOMENT, "last_at": MOMENT}
    ],
    "listeners": {
        "state": "learnt",
        "n_users": 24,
        "n_needed": 20,
        "n_answers_each": 5,
        "shipped": {"kappa": 3.0, "gamma": 0.6, "tau": 0.4, "omega": 0.1},
        "learnt": {"kappa": 4.1, "gamma": 0.5, "tau": 0.5, "omega": 0.08},
        "n_fitted": 412,
        "judged": {
            "n_answers": 137,
            "n_users": 15,
            "shipped": 0.912,
            "learnt": 0.897,
            "low": -0.027,
            "high": -0.003,
        },
        "calibrated_at": MOMENT,
    },
    "latency": [
        {"method": "POST", "route": "/query", "n": 9, "p50_s": 0.01, "p95_s": 0.02, "p99_s": 0.03}
    ],
}
EXAMPLES: Examples = {
    "Ready": [
        {"status": "ready", "checks": {"database": "ok", "snapshot": "ok", "encoders": "ok"}}
    ],
    "Overview": [_OVERVIEW],
}
METRICS_EXAMPLE = """\
# HELP attune_requests_total Requests answered.
# TYPE attune_requests_total counter
attune_requests_total{method="POST",route="/predict",status="200"} 12.0
"""
