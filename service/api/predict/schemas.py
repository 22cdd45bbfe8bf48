"""What a track feels like, as it goes over the wire."""

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, WrapValidator

from models.emotion import N_QUADRANTS, QUADRANTS, Modality, Quadrant
from models.errors import AttuneError
from models.prediction_sets import COVERAGE
from service.api.reply import Personal, Probability, Reply, SnapshotVersion, at, within
from service.http.errors import INTERNAL, Problem, problem_of

_HIGHEST_ENTROPY = math.ceil(math.log(N_QUADRANTS) * 1e4) / 1e4


def _by_quadrant(proba: NDArray[np.float64], _: object) -> dict[Quadrant, float]:
    # Names and numbers of our own, which Pydantic need not look at one by one.
    return dict(zip(QUADRANTS, proba.tolist(), strict=True))


def _with_coverage(likely: Sequence[Quadrant]) -> dict[str, object]:
    return {"quadrants": likely, "coverage": COVERAGE}


Distribution = Annotated[dict[Quadrant, Probability], WrapValidator(_by_quadrant)]
"""Read off an array ``(n_quadrants,)``."""
LogOdds = Annotated[dict[Quadrant, float], WrapValidator(_by_quadrant)]
"""Read off an array ``(n_quadrants,)``."""


class Coordinate(Reply):
    """Valence or arousal: from -1 (unpleasant, calm) to 1 (pleasant, excited)."""

    mean: Annotated[
        float,
        Field(
            description="The expected coordinate. In a prediction valence and arousal lie in the "
            "likeliest quadrant; an axis itself belongs to its positive side.",
            json_schema_extra={"minimum": -1, "maximum": 1},
        ),
    ]
    sd: Annotated[
        float,
        Field(
            description="Standard deviation of the listener's answer around the mean.",
            json_schema_extra={"minimum": 0},
        ),
    ]


class Segment(Reply):
    """What a stretch of the recording feels like, by the same rules as the whole."""

    start_s: Annotated[
        float,
        Field(
            description="Seconds from the beginning of the recording.",
            json_schema_extra={"minimum": 0},
        ),
    ]
    end_s: Annotated[
        float,
        Field(
            description="Seconds from the beginning of the recording, after `start_s`.",
            json_schema_extra={"minimum": 0},
        ),
    ]
    probabilities: Annotated[
        Distribution, at("proba"), Field(description="Probability of each quadrant; sums to 1.")
    ]
    valence: Coordinate
    arousal: Coordinate


class LikelySet(Reply):
    """The quadrants that hold the answer of whoever is told with the probability `coverage`.

    By split conformal prediction: a quadrant belongs to the set if its probability reaches a limit
    that was fitted to held-out answers of the same group. Nobody in particular and users without
    an answer go by listeners of whom nothing was known; a user with answers by listeners of whom
    all other answers were known, and from 30 answers on by the user's own. Tracks on which others
    voted have a limit of their own. Under the committee personaliser the limit is fitted to labels
    of tracks that the shared models were not trained on. Two rules hold besides: the likeliest
    quadrant is always in the set, and so is the second likeliest where no quadrant has half of the
    probability; the two likeliest always have half together.
    """

    quadrants: Annotated[
        list[Quadrant],
        Field(
            description="The likeliest first; at least one, and at least two where `ambiguous`.",
            json_schema_extra={"minItems": 1, "maxItems": N_QUADRANTS},
        ),
    ]
    coverage: Annotated[
        Probability, Field(description="The share of answers that such sets hold; 0.8 today.")
    ]


class Part(Reply):
    """What one source adds to the distribution."""

    log_odds: Annotated[
        LogOdds,
        Field(
            description="Added to the log-odds of each quadrant: above 0 speaks for it, below 0 "
            "against it, 0 is nothing. A part's four numbers sum to 0. Summed over the four parts "
            "they are the logarithm of `probabilities`, up to a constant of the track."
        ),
    ]
    share: Annotated[
        Probability,
        Field(
            description="Sum of |`log_odds`| of this part, divided by the same sum over the four "
            "parts; the shares add up to 1."
        ),
    ]


class Why(Reply):
    """Where `probabilities` come from: four parts that add up on the scale of log-odds.

    `level` and `taste` are exactly 0 for nobody in particular and for a user without an answer.
    """

    population: Annotated[
        Part, Field(description="What the shared models expect of a listener they do not know.")
    ]
    others: Annotated[
        Part,
        Field(
            description="What other users' answers about this very track change of that; 0 where "
            "nobody answered, for uploads, and under the committee personaliser."
        ),
    ]
    level: Annotated[
        Part,
        Field(description="Which quadrants the user answers more or less often than others do."),
    ]
    taste: Annotated[
        Part,
        Field(
            description="What the user's answers say of music of this sound. Under the committee "
            "personaliser, all that the user's answers change."
        ),
    ]
    words: Annotated[
        str,
        Field(
            description="The parts in plain sentences for people, in English; a part that does "
            "next to nothing is not mentioned. The wording may change at any time."
        ),
    ]


class Notice(Reply):
    """Something that was sent or stored of the track and that this prediction does without."""

    code: Annotated[
        str,
        Field(
            description="For programs. `lyrics_language`: lyrics in a language that no encoder "
            "reads; `lyrics_no_words`: lyrics without words; `stale_features`: features that an "
            "earlier snapshot reads. More may come."
        ),
    ]
    message: Annotated[str, Field(description="For people: what was not used and why.")]


class Prediction(Reply):
    """What a track feels like: quadrant, set, point and parts of one distribution.

    Nobody in particular (no `user_id`) and a user without an answer are told the same; other
    users' answers about the track are in it.
    """

    model_config = within("recognition")

    quadrant: Annotated[Quadrant, Field(description="The likeliest quadrant.")]
    probabilities: Annotated[
        Distribution,
        at("recognition", "proba"),
        Field(
            description="Probability that the listener puts the track in each quadrant; sums to 1."
        ),
    ]
    valence: Coordinate
    arousal: Coordinate
    entropy: Annotated[
        float,
        Field(
            description="Entropy of `probabilities` in nats: 0 where one quadrant is certain, "
            "ln 4 = 1.386 where all are equally likely.",
            json_schema_extra={"minimum": 0, "maximum": _HIGHEST_ENTROPY},
        ),
    ]
    ambiguous: Annotated[
        bool,
        at("recognition", "is_ambiguous"),
        Field(description="Whether no quadrant has a probability of at least 0.5."),
    ]
    set: Annotated[
        Annotated[LikelySet, BeforeValidator(_with_coverage)] | None,
        at("recognition", "likely"),
        Field(
            description="Null where the coverage is not known: for a fusion that is not the "
            "default, for a track that an earlier snapshot judged, and where the user's answers "
            "taught the committee."
        ),
    ]
    why: Annotated[Why, at("why")]
    fusion: Annotated[str, Field(description="The rule that joined audio and lyrics.")]
    modalities: Annotated[
        dict[Modality, Distribution | None],
        Field(
            description="What the shared models say by audio alone and by lyrics alone, on "
            "consensus labels. Absent for what was not sent; null for what was sent and could not "
            "be read, of which there is a notice."
        ),
    ]
    segments: Annotated[
        list[Segment],
        Field(description="Stretches of the recording in time; none without a recording."),
    ]
    personal: Annotated[
        Personal | None, at("personal"), Field(description="Null if no user was named.")
    ]
    notices: Annotated[
        list[Notice],
        Field(description="What was not used; empty where all was."),
    ]
    model: SnapshotVersion


def _problem(error: AttuneError) -> Problem:
    return problem_of(error) or INTERNAL


class ItemError(Reply):
    """Why an item has no prediction; `code` is one of the codes of a problem."""

    code: str
    detail: str


class BatchItem(Reply):
    """One item's prediction, or its error."""

    prediction: Prediction | None = None
    error: Annotated[ItemError, BeforeValidator(_problem)] | None = None


class Batch(Reply):
    """As many items as were sent, in the same order."""

    items: list[BatchItem]
