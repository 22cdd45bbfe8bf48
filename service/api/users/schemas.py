"""What is shown of one listener."""

from datetime import datetime
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from models.emotion import Quadrant
from service.api.reply import (
    Axis,
    Personal,
    Probability,
    Reply,
    Share,
    SnapshotVersion,
    as_field,
    at,
    within,
)

_Difference = Annotated[float, Field(json_schema_extra={"minimum": -2, "maximum": 2})]


class PlacedLabel(Reply):
    """An answer that stands, and what its track is called."""

    model_config = within("event", "label")

    track_id: str
    title: Annotated[str | None, at("track_metadata", "title")]
    artist: Annotated[str | None, at("track_metadata", "artist")]
    quadrant: Quadrant
    valence: Axis | None
    arousal: Axis | None
    liking: int | None
    familiarity: int | None
    created_at: Annotated[datetime, at("event", "created_at")]


def _six_digits(density: NDArray[np.float64]) -> list[list[float]]:
    return [[float(f"{cell:.6g}") for cell in row] for row in density.tolist()]


class Density(Reply):
    """How much of what is expected lies in each cell of the plane; it sums to 1.

    Rows are arousal, from low to high; in each, valence from low to high, at the places in `axis`.
    """

    density: Annotated[list[list[float]], BeforeValidator(_six_digits)]


class Point(Reply):
    """A point on the plane."""

    valence: Axis
    arousal: Axis


class DifferentTrack(Reply):
    """A track that is expected elsewhere for this user than for everybody."""

    track_id: str
    title: Annotated[str | None, at("track_metadata", "title")]
    artist: Annotated[str | None, at("track_metadata", "artist")]
    personal: Point
    population: Point


class AxisDifference(Reply):
    """Personal less population on one axis: its mean over the sampled tracks, how it varies."""

    mean: _Difference
    sd: Annotated[float, Field(json_schema_extra={"minimum": 0})]


class PictureDifference(Reply):
    """How what is expected of this user differs from what is expected of everybody."""

    valence: AxisDifference
    arousal: AxisDifference
    tracks: Annotated[list[DifferentTrack], at("different")]


class CurvePiece(Reply):
    """How often the answers given after so many labels were foretold rightly."""

    from_labels: int
    to_labels: int
    personal: Share
    population: Share


class PrequentialHits(Reply):
    """How often the user's quadrants were foretold rightly, each before it was learnt.

    `personal`: by what the user was told; `population`: by what a newcomer would have been told.
    Null where nothing was foretold yet.
    """

    n: int
    personal: Share | None
    population: Share | None
    curve: list[CurvePiece]


class OwnConsistency(Reply):
    """How far the user agrees with themselves, where a track was asked about again.

    It is no bound on how often forecasts can be right.
    `distance` is the root of the mean squared distance on the plane, null without points.
    """

    n: int
    same_quadrant: Share | None
    distance: float | None


class MeanDifference(Reply):
    """The mean of `n` paired differences, with Student's interval of 95 %; null for one alone."""

    n: int
    value: float
    low: float | None
    high: float | None


class PairedForecasts(Reply):
    """Personal against population forecasts of the same answers, each made before its answer.

    Of `n` answers, `both` were forecast rightly either way, `only_personal` only with the user's
    answers, `only_population` only without them, `neither` not at all. `p_value` is that of the
    exact two-sided McNemar test. `log_likelihood` is the personal less the population
    log-probability of the answered quadrant, in nats an answer; null where no probability is kept,
    as of corrected answers.
    """

    n: int
    both: int
    only_personal: int
    only_population: int
    neither: int
    p_value: Probability
    log_likelihood: MeanDifference | None


class Habit(Reply):
    """How often the user gives an answer: `n` times, where others would `expected` times.

    Over the same tracks, those of the newest 500 answers that stand; `expected` is the sum of what
    somebody without answers is told of them.
    """

    quadrant: Quadrant
    n: int
    expected: float


class OwnTrack(Reply):
    """A track of which `quadrant` is likeliest for the user, with its probability.

    `playable`: whether it can be heard, at the address that `GET /tracks/{track_id}` tells.
    """

    track_id: str
    title: Annotated[str | None, at("track_metadata", "title")]
    artist: Annotated[str | None, at("track_metadata", "artist")]
    quadrant: Quadrant
    probability: Probability
    playable: Annotated[bool, at("is_playable")]


class Picture(Reply):
    """What is known of a user.

    `labels` are the answers that stand, the newest first, at most 2,000. `personal` and
    `population` say where on the plane the model expects the tracks of the catalogue (of a long
    one a fixed sample) for this user and for everybody. `used` says whether the user's answers
    change what they are told. `habits` has one entry for each quadrant; `own_tracks` holds at most
    five of each, the likeliest first, without tracks that the user put elsewhere.
    """

    user_id: str
    n_labels: int
    n_cant_tell: int
    labels: list[PlacedLabel]
    axis: Annotated[list[Axis], at("comparison", "axis")]
    personal: Annotated[Density, as_field("density"), at("comparison", "personal")]
    population: Annotated[Density, as_field("density"), at("comparison", "population")]
    difference: Annotated[PictureDifference, at("comparison")]
    prequential: PrequentialHits
    consistency: OwnConsistency
    paired: PairedForecasts
    habits: list[Habit]
    own_tracks: list[OwnTrack]
    used: Annotated[bool, at("is_used")]
    model: SnapshotVersion


class User(Reply):
    """What is recorded of a user; of `n_cant_tell` tracks they said that they cannot tell."""

    user_id: str
    n_labels: int
    n_cant_tell: int
    quadrants: dict[Quadrant, int]
    first_label_at: datetime
    last_label_at: datetime
    personal: Personal
