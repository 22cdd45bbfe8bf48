"""What a track feels like, as it goes over the wire."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, WrapValidator

from models.emotion import QUADRANTS, Modality, Quadrant
from models.sets import COVERAGE
from service.schemas.reply import Personal, Probability, Reply, SnapshotVersion, at, within


def _by_quadrant(proba: NDArray[np.float64], _: object) -> dict[Quadrant, float]:
    # Names and numbers of our own, which Pydantic need not look at one by one.
    return dict(zip(QUADRANTS, proba.tolist(), strict=True))


def _with_coverage(likely: Sequence[Quadrant]) -> dict[str, object]:
    return {"quadrants": likely, "coverage": COVERAGE}


Distribution = Annotated[dict[Quadrant, Probability], WrapValidator(_by_quadrant)]
"""Read off an array ``(n_quadrants,)``."""


class Coordinate(Reply):
    """Valence or arousal, in [-1, 1], and how sure we are of it."""

    mean: Annotated[float, Field(json_schema_extra={"minimum": -1, "maximum": 1})]
    sd: Annotated[float, Field(json_schema_extra={"minimum": 0})]


class Segment(Reply):
    """What a stretch of the recording feels like."""

    start_s: float
    end_s: float
    probabilities: Annotated[Distribution, at("proba")]
    valence: Coordinate
    arousal: Coordinate


class LikelySet(Reply):
    """The quadrants that hold the answer with the probability `coverage`, the likeliest first.

    By split conformal prediction: from earlier answers and how likely they had been called.
    """

    quadrants: list[Quadrant]
    coverage: Probability


class Part(Reply):
    """What one source adds to valence and arousal, and its share in all that was added."""

    valence: float
    arousal: float
    share: Probability


class Why(Reply):
    """Where valence and arousal come from.

    `population`: what the shared models expect of everybody; `others`: what other users said of
    this track beyond that; `level`: how the user answers about music in general; `taste`: what the
    user hears in music of this sound. The parts add up to the means.
    """

    population: Part
    others: Part
    level: Part
    taste: Part


class Prediction(Reply):
    """What a track feels like.

    `entropy` is in nats: 0 for certainty, 1.386 for no idea. `ambiguous` says that no quadrant
    holds half of the probability. `set` is null where its coverage is not known: for a fusion that
    is not the default, and where the user's answers taught the committee. `modalities` holds what
    each one alone says. `segments` follow the recording in time. `personal` is null if no user was
    named.
    """

    model_config = within("recognition")

    quadrant: Quadrant
    probabilities: Annotated[Distribution, at("recognition", "proba")]
    valence: Coordinate
    arousal: Coordinate
    entropy: float
    ambiguous: Annotated[bool, at("recognition", "is_ambiguous")]
    set: Annotated[
        Annotated[LikelySet, BeforeValidator(_with_coverage)] | None, at("recognition", "likely")
    ]
    why: Why
    fusion: str
    modalities: dict[Modality, Distribution]
    segments: list[Segment]
    personal: Annotated[Personal | None, at("personal")]
    model: SnapshotVersion
