"""What is shown of all listeners at once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from service import overview
from service.guesses import BinTally, SnapshotTally, StrategyTally
from service.latency import RouteLatency
from service.metrics import Role
from service.schemas.pictures import Gain, Share
from service.schemas.prediction import Reply
from service.shares import Tally


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


def _judged(tally: Tally) -> dict[str, Any]:
    """Return how well a group of answers was foretold, by the names that it has on the wire."""
    return {
        "n": tally.n,
        "n_users": tally.n_users,
        "personal": Share.of(tally.personal),
        "population": Share.of(tally.population),
        "gain": Gain.of(tally.gain),
    }


class Accuracy(Reply):
    """How often quadrants were foretold rightly after so many labels, each before it was learnt.

    `personal`: by what users were told; `population`: by what a newcomer would have been told.
    `to_labels` is null without end.
    """

    from_labels: int
    to_labels: int | None
    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain

    @classmethod
    def of(cls, told: BinTally) -> "Accuracy":
        """Return a bin as it goes over the wire."""
        return cls(
            from_labels=told.from_labels,
            to_labels=told.to_labels,
            **_judged(told.tally),
        )


class StrategyAccuracy(Reply):
    """The same of tracks that were drawn evenly, by the strategy that asked about them."""

    strategy: str
    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain

    @classmethod
    def of(cls, told: StrategyTally) -> "StrategyAccuracy":
        """Return a strategy's as it goes over the wire."""
        return cls(
            strategy=told.strategy,
            **_judged(told.tally),
        )


class SnapshotAccuracy(Reply):
    """The same by the shared models that foretold; `role` is what they serve as now."""

    snapshot: str
    role: Literal["primary", "candidate", "past"]
    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain
    first_at: datetime
    last_at: datetime

    @classmethod
    def of(cls, told: SnapshotTally, roles: Mapping[str, Role]) -> "SnapshotAccuracy":
        """Return a snapshot's as it goes over the wire."""
        return cls(
            snapshot=told.snapshot,
            role=roles.get(told.snapshot, "past"),
            **_judged(told.tally),
            first_at=told.first_at,
            last_at=told.last_at,
        )


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

    @classmethod
    def of(cls, told: RouteLatency) -> "Latency":
        """Return a route's latency as it goes over the wire."""
        return cls(**asdict(told))


class Overview(Reply):
    """What there is, and how well it is foretold.

    `n_users` have an answer that stands; `n_labels` are these answers. `labels_per_day` holds the
    last 90 days. Shares are of answers that came by `POST /update`; groups without any are left
    out. Intervals are over users.
    """

    at: datetime
    n_users: int
    n_labels: int
    n_tracks: int
    labels_per_day: list[DayCount]
    users_by_labels: list[CrowdCount]
    accuracy: list[Accuracy]
    strategies: list[StrategyAccuracy]
    snapshots: list[SnapshotAccuracy]
    latency: list[Latency]

    @classmethod
    def of(
        cls,
        shown: overview.Overview,
        roles: Mapping[str, Role],
        latencies: Sequence[RouteLatency],
    ) -> "Overview":
        """Return an overview as it goes over the wire.

        Args:
            shown: What is in the database.
            roles: What snapshots serve as now, by their version.
            latencies: Of routes.
        """
        return cls(
            at=shown.at,
            n_users=shown.n_users,
            n_labels=shown.counted.n_labels,
            n_tracks=shown.counted.n_tracks,
            labels_per_day=[
                DayCount(day=each.day, n_labels=each.n_labels, n_users=each.n_users)
                for each in shown.days
            ],
            users_by_labels=[
                CrowdCount(
                    from_labels=each.from_labels, to_labels=each.to_labels, n_users=each.n_users
                )
                for each in shown.counted.crowds
            ],
            accuracy=[Accuracy.of(told) for told in shown.accuracy],
            strategies=[StrategyAccuracy.of(told) for told in shown.strategies],
            snapshots=[SnapshotAccuracy.of(told, roles) for told in shown.snapshots],
            latency=[Latency.of(told) for told in latencies],
        )
