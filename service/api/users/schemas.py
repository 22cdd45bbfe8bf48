"""Wire types of ``/users``."""

from datetime import datetime
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, Field
from pydantic.config import JsonDict

from models.emotion import Quadrant
from service.api.examples import (
    ANSWER,
    MODEL,
    MOMENT,
    NAMES,
    PERSONAL,
    SHARES,
    TRACK_ID,
    USER_ID,
    Examples,
)
from service.api.fields import Cursor, Limit
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

CURSOR = "YW5h"
"""Example of a cursor of `GET /users`."""
_Difference = Annotated[float, Field(json_schema_extra={"minimum": -2, "maximum": 2})]


class PlacedLabel(Reply):
    """A current label, with the title and artist of its track."""

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
    """Density of predictions on the cells of the valence-arousal plane; sums to 1.

    Rows are arousal and columns valence, from low to high, at the centres in `axis`.
    """

    density: Annotated[list[list[float]], BeforeValidator(_six_digits)]


class Point(Reply):
    """A point on the valence-arousal plane."""

    valence: Axis
    arousal: Axis


class DifferentTrack(Reply):
    """A track with different predictions for the user and by the population model."""

    track_id: str
    title: Annotated[str | None, at("track_metadata", "title")]
    artist: Annotated[str | None, at("track_metadata", "artist")]
    personal: Point
    population: Point


class AxisDifference(Reply):
    """Personal minus population prediction on one axis: mean and deviation over the sample."""

    mean: _Difference
    sd: Annotated[float, Field(json_schema_extra={"minimum": 0})]


class PictureDifference(Reply):
    """How the user's predictions differ from those of the population model."""

    valence: AxisDifference
    arousal: AxisDifference
    tracks: Annotated[list[DifferentTrack], at("different")]


class CurvePiece(Reply):
    """Accuracy of the forecasts made after `from_labels` to `to_labels` labels."""

    from_labels: int
    to_labels: int
    personal: Share
    population: Share


class PrequentialHits(Reply):
    """Accuracy of forecasts of the user's answers, each made before its answer was learnt.

    `personal` uses the user's labels; `population` is the population model. Both are null without
    forecasts.
    """

    n: int
    personal: Share | None
    population: Share | None
    curve: list[CurvePiece]


class OwnConsistency(Reply):
    """How consistently the user answers repeated questions.

    It is no upper bound for accuracy. `distance` is the root mean squared distance on the plane,
    null without points.
    """

    n: int
    same_quadrant: Share | None
    distance: float | None


class MeanDifference(Reply):
    """Mean of `n` paired differences, with Student's 95 % interval, null for `n` = 1."""

    n: int
    value: float
    low: float | None
    high: float | None


class PairedForecasts(Reply):
    """Personal against population forecasts of the same answers, each made before its answer.

    Of `n` answers, `both` counts those that both forecast correctly, `only_personal` and
    `only_population` those that one forecast correctly, and `neither` the rest. `p_value` is that
    of the exact two-sided McNemar test. `log_likelihood` is the personal minus the population
    log-probability of the answered quadrant, in nats per answer; null if no probability is stored,
    as for corrected answers.
    """

    n: int
    both: int
    only_personal: int
    only_population: int
    neither: int
    p_value: Probability
    log_likelihood: MeanDifference | None


class Habit(Reply):
    """How often the user gives an answer: `n` times, against `expected` times by the population.

    Both are over the tracks of the newest 500 labels; `expected` is the sum of the probabilities
    under the population model.
    """

    quadrant: Quadrant
    n: int
    expected: float


class OwnTrack(Reply):
    """A track whose likeliest quadrant for the user is `quadrant`, with its probability.

    `playable` tells whether `audio_url` of `GET /tracks/{track_id}` can be played.
    """

    track_id: str
    title: Annotated[str | None, at("track_metadata", "title")]
    artist: Annotated[str | None, at("track_metadata", "artist")]
    quadrant: Quadrant
    probability: Probability
    playable: Annotated[bool, at("is_playable")]


class Picture(Reply):
    """The profile of a user.

    `labels` holds the current labels, newest first, at most 2,000. `personal` and `population` are
    densities of the predictions for the catalogue (a fixed sample of a long one), for this user
    and by the population model. `used` tells whether the user's labels change their predictions.
    `habits` has one entry for each quadrant; `own_tracks` holds at most five tracks of each, the
    likeliest first, without tracks that the user put into another quadrant.
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


class UserPageIn(BaseModel):
    """The part of the list of users to show, from the query string."""

    limit: Annotated[Limit, Field(examples=[5])] = 50
    cursor: Annotated[Cursor, Field(examples=[CURSOR])] = None


class UserItem(Reply):
    """A user with recorded labels; `n_labels` counts the current ones."""

    user_id: str
    n_labels: int
    last_label_at: datetime


class UserPage(Reply):
    """Users in the order of their ids; `next_cursor` is null on the last page."""

    users: list[UserItem]
    next_cursor: str | None


class User(Reply):
    """Summary of a user's labels; for `n_cant_tell` tracks the user could not tell."""

    model_config = within("counts")

    user_id: str
    n_labels: int
    n_cant_tell: int
    quadrants: dict[Quadrant, int]
    first_label_at: datetime
    last_label_at: datetime
    personal: Annotated[Personal, at("personal")]


_PICTURE: JsonDict = {
    "user_id": USER_ID,
    "n_labels": 1,
    "n_cant_tell": 0,
    "labels": [{**ANSWER, **NAMES}],
    "axis": [-1.0, 0.0, 1.0],
    "personal": {"density": [[0.05, 0.1, 0.05], [0.1, 0.2, 0.1], [0.2, 0.15, 0.05]]},
    "population": {"density": [[0.05, 0.1, 0.05], [0.1, 0.4, 0.1], [0.05, 0.1, 0.05]]},
    "difference": {
        "valence": {"mean": -0.08, "sd": 0.04},
        "arousal": {"mean": 0.05, "sd": 0.03},
        "tracks": [
            {
                "track_id": TRACK_ID,
                **NAMES,
                "personal": {"valence": -0.34, "arousal": 0.52},
                "population": {"valence": -0.21, "arousal": 0.38},
            }
        ],
    },
    "prequential": {
        "n": 20,
        **SHARES,
        "curve": [{"from_labels": 0, "to_labels": 19, **SHARES}],
    },
    "consistency": {"n": 0, "same_quadrant": None, "distance": None},
    "paired": {
        "n": 20,
        "both": 10,
        "only_personal": 3,
        "only_population": 1,
        "neither": 6,
        "p_value": 0.625,
        "log_likelihood": {"n": 20, "value": 0.08, "low": -0.05, "high": 0.21},
    },
    "habits": [
        {"quadrant": "Q1", "n": 0, "expected": 0.24},
        {"quadrant": "Q2", "n": 1, "expected": 0.54},
        {"quadrant": "Q3", "n": 0, "expected": 0.14},
        {"quadrant": "Q4", "n": 0, "expected": 0.08},
    ],
    "own_tracks": [
        {
            "track_id": TRACK_ID,
            **NAMES,
            "quadrant": "Q2",
            "probability": 0.54,
            "playable": True,
        }
    ],
    "used": True,
    "model": MODEL,
}
EXAMPLES: Examples = {
    "Picture": [_PICTURE],
    "User": [
        {
            "user_id": USER_ID,
            "n_labels": 1,
            "n_cant_tell": 0,
            "quadrants": {"Q1": 0, "Q2": 1, "Q3": 0, "Q4": 0},
            "first_label_at": MOMENT,
            "last_label_at": MOMENT,
            "personal": PERSONAL,
        }
    ],
    "UserPage": [
        {
            "users": [{"user_id": USER_ID, "n_labels": 1, "last_label_at": MOMENT}],
            "next_cursor": CURSOR,
        }
    ],
}
