"""What a track feels like, as it goes over the wire."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from models import recognise
from models.emotion import QUADRANTS, Estimate, Modality, Quadrant
from models.sets import COVERAGE
from service import predict
from service.listeners import Listener

# Bounds are told, not checked: our own rounding must not turn an answer into an error.
Probability = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1})]
Distribution = dict[Quadrant, Probability]


class Reply(BaseModel):
    """A reply body."""

    model_config = ConfigDict(frozen=True)


class Coordinate(Reply):
    """Valence or arousal, in [-1, 1], and how sure we are of it."""

    mean: Annotated[float, Field(json_schema_extra={"minimum": -1, "maximum": 1})]
    sd: Annotated[float, Field(json_schema_extra={"minimum": 0})]

    @classmethod
    def of(cls, estimate: Estimate) -> "Coordinate":
        """Return an estimate as it goes over the wire."""
        return cls(mean=estimate.mean, sd=estimate.sd)


class Segment(Reply):
    """What a stretch of the recording feels like."""

    start_s: float
    end_s: float
    probabilities: Distribution
    valence: Coordinate
    arousal: Coordinate

    @classmethod
    def of(cls, segment: recognise.Segment) -> "Segment":
        """Return a stretch as it goes over the wire."""
        return cls(
            start_s=segment.start_s,
            end_s=segment.end_s,
            probabilities=_named(segment.proba),
            valence=Coordinate.of(segment.valence),
            arousal=Coordinate.of(segment.arousal),
        )


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

    @classmethod
    def of(cls, part: recognise.Part) -> "Part":
        """Return a part as it goes over the wire."""
        return cls(valence=part.valence, arousal=part.arousal, share=part.share)


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


class Personal(Reply):
    """What a reply owes to the user's own answers; `n_labels` counts tracks with an answer.

    `used` says whether these answers are in it: they are not where they give no evidence that the
    user differs from everybody.
    """

    user_id: str
    n_labels: int
    used: bool

    @classmethod
    def of(cls, use: predict.PersonalUse) -> "Personal":
        """Return what a prediction owes to the user as it goes over the wire."""
        return cls(user_id=use.user_id, n_labels=use.n_labels, used=use.is_used)

    @classmethod
    def of_listener(cls, listener: Listener) -> "Personal":
        """Return a user as they go over the wire."""
        return cls(
            user_id=listener.user_id,
            n_labels=listener.n_labels,
            used=listener.model is not None and listener.model.is_used,
        )


class ModelVersion(Reply):
    """Which shared models answered."""

    snapshot: str


class Prediction(Reply):
    """What a track feels like.

    `entropy` is in nats: 0 for certainty, 1.386 for no idea. `ambiguous` says that no quadrant
    holds half of the probability. `set` is null where its coverage is not known: for a fusion that
    is not the default, and where the user's answers taught the committee. `modalities` holds what
    each one alone says. `segments` follow the recording in time. `personal` is null if no user was
    named.
    """

    quadrant: Quadrant
    probabilities: Distribution
    valence: Coordinate
    arousal: Coordinate
    entropy: float
    ambiguous: bool
    set: LikelySet | None
    why: Why
    fusion: str
    modalities: dict[Modality, Distribution]
    segments: list[Segment]
    personal: Personal | None
    model: ModelVersion

    @classmethod
    def of(cls, prediction: predict.Prediction) -> "Prediction":
        """Return a prediction as it goes over the wire."""
        heard = prediction.recognition
        return cls(
            quadrant=heard.quadrant,
            probabilities=_named(heard.proba),
            valence=Coordinate.of(heard.valence),
            arousal=Coordinate.of(heard.arousal),
            entropy=heard.entropy,
            ambiguous=heard.is_ambiguous,
            set=_set(heard.likely),
            why=Why(**{name: Part.of(part) for name, part in heard.why.items()}),
            fusion=heard.fusion,
            modalities={name: _named(proba) for name, proba in heard.modalities.items()},
            segments=[Segment.of(segment) for segment in heard.segments],
            personal=None if prediction.personal is None else Personal.of(prediction.personal),
            model=ModelVersion(snapshot=prediction.snapshot),
        )


def _set(likely: Sequence[Quadrant] | None) -> LikelySet | None:
    return None if likely is None else LikelySet(quadrants=list(likely), coverage=COVERAGE)


def _named(proba: NDArray[np.float64]) -> Distribution:
    return dict(zip(QUADRANTS, proba.tolist(), strict=True))
