"""Reply types of ``/predict`` and ``/predict_batch``."""

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, WrapValidator
from pydantic.config import JsonDict

from models.emotion import N_QUADRANTS, QUADRANTS, Modality, Quadrant
from models.errors import AttuneError
from models.prediction_sets import COVERAGE
from service.api.examples import EXPECTED, MODEL, PERSONAL, Examples
from service.api.reply import Personal, Probability, Reply, SnapshotVersion, at, within
from service.http.errors import INTERNAL, Problem, problem_of

_HIGHEST_ENTROPY = math.ceil(math.log(N_QUADRANTS) * 1e4) / 1e4


def _by_quadrant(proba: NDArray[np.float64], _: object) -> dict[Quadrant, float]:
    # The service's own names and numbers, which Pydantic need not validate one by one.
    return dict(zip(QUADRANTS, proba.tolist(), strict=True))


def _with_coverage(likely: Sequence[Quadrant]) -> dict[str, object]:
    return {"quadrants": likely, "coverage": COVERAGE}


Distribution = Annotated[dict[Quadrant, Probability], WrapValidator(_by_quadrant)]
"""Read from an array ``(n_quadrants,)``."""
LogOdds = Annotated[dict[Quadrant, float], WrapValidator(_by_quadrant)]
"""Read from an array ``(n_quadrants,)``."""


class Coordinate(Reply):
    """Valence or arousal: from -1 (unpleasant, quiet) to 1 (pleasant, energetic)."""

    mean: Annotated[
        float,
        Field(
            description="The expected coordinate. In a prediction, valence and arousal lie in the "
            "likeliest quadrant; 0 belongs to the positive side.",
            json_schema_extra={"minimum": -1, "maximum": 1},
        ),
    ]
    sd: Annotated[
        float,
        Field(
            description="Standard deviation of the user's answer around the mean.",
            json_schema_extra={"minimum": 0},
        ),
    ]


class Segment(Reply):
    """The prediction for a segment of the recording, by the same rules as the whole."""

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
            description="Seconds from the beginning of the recording; more than `start_s`.",
            json_schema_extra={"minimum": 0},
        ),
    ]
    probabilities: Annotated[
        Distribution, at("proba"), Field(description="Probability of each quadrant; sums to 1.")
    ]
    valence: Coordinate
    arousal: Coordinate


class LikelySet(Reply):
    """The quadrants that contain the user's answer with probability `coverage`.

    Split conformal prediction: a quadrant belongs to the set if its probability reaches a limit
    that was fitted to held-out answers of the same group. Requests without a user and users
    without labels use a limit fitted to listeners without known labels; users with labels use one
    fitted to listeners whose other labels were all known, and from 30 labels on one fitted to
    their own. Tracks with votes of other users have a limit of their own. Under the committee
    personaliser the limit is fitted to labels of tracks that the shared models were not trained
    on. Two more rules hold: the set always contains the likeliest quadrant, and also the second
    likeliest if no quadrant has a probability of one half. The two likeliest always have one half
    together.
    """

    quadrants: Annotated[
        list[Quadrant],
        Field(
            description="The likeliest first; at least one, and at least two if `ambiguous`.",
            json_schema_extra={"minItems": 1, "maxItems": N_QUADRANTS},
        ),
    ]
    coverage: Annotated[
        Probability, Field(description="Share of answers that such sets contain; 0.8 today.")
    ]


class Part(Reply):
    """The contribution of one source to the distribution."""

    log_odds: Annotated[
        LogOdds,
        Field(
            description="Added to the log-odds of each quadrant: above 0 favours it, below 0 "
            "disfavours it. A part's four numbers sum to 0. Their sum over the four parts is the "
            "logarithm of `probabilities`, up to a constant of the track."
        ),
    ]
    share: Annotated[
        Probability,
        Field(
            description="Sum of |`log_odds`| of this part, divided by the same sum over the four "
            "parts; the four shares sum to 1."
        ),
    ]


class Why(Reply):
    """The explanation of `probabilities`: four parts that add up on the scale of log-odds.

    `level` and `taste` are exactly 0 without a user and for a user without labels.
    """

    population: Annotated[
        Part, Field(description="What the shared models expect of an unknown listener.")
    ]
    others: Annotated[
        Part,
        Field(
            description="What other users' labels of this track change; 0 if no other user "
            "labelled it, for uploads, and under the committee personaliser."
        ),
    ]
    level: Annotated[
        Part,
        Field(description="Which quadrants the user answers more or less often than others."),
    ]
    taste: Annotated[
        Part,
        Field(
            description="What the user's labels imply for music of this sound. Under the "
            "committee personaliser, everything that the user's labels change."
        ),
    ]
    words: Annotated[
        str,
        Field(
            description="The parts in plain English sentences for people; a part with almost no "
            "effect is left out. The wording may change at any time."
        ),
    ]


class Notice(Reply):
    """Content of the track that is not used, not as it is, or that was read by a guess."""

    code: Annotated[
        str,
        Field(
            description="For programs. `lyrics_language`: lyrics in a language that no encoder "
            "reads; `lyrics_no_words`: lyrics without words; `lyrics_cut`: lyrics that are too "
            "long; `lyrics_encoding`: lyrics in a guessed encoding, or with broken characters; "
            "`lyrics_unreadable`: a file of lyrics that is no text; `stale_features`: features "
            "that only an earlier snapshot reads; `votes_only`: features that no served snapshot "
            "reads, so only other users' labels predict the track; `audio_scaled`: samples in "
            "integer units in a floating-point file, divided by full scale. More codes may be "
            "added."
        ),
    ]
    message: Annotated[str, Field(description="For people: what is not used or guessed, and why.")]


class Prediction(Reply):
    """The predicted emotion of a track: quadrant, set, point and parts of one distribution.

    Without `user_id` the prediction is that of a user without labels; it includes other users'
    labels of the track.
    """

    model_config = within("recognition")

    quadrant: Annotated[Quadrant, Field(description="The likeliest quadrant.")]
    probabilities: Annotated[
        Distribution,
        at("recognition", "proba"),
        Field(description="Probability that the user puts the track in each quadrant; sums to 1."),
    ]
    valence: Coordinate
    arousal: Coordinate
    entropy: Annotated[
        float,
        Field(
            description="Entropy of `probabilities` in nats: 0 if one quadrant is certain, "
            "ln 4 = 1.386 if all are equally likely.",
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
            description="Null if the coverage is unknown: for a fusion other than the default, "
            "for a track predicted by an earlier snapshot, and where the committee was trained on "
            "the user's labels."
        ),
    ]
    why: Annotated[Why, at("why")]
    fusion: Annotated[str, Field(description="The rule that joined audio and lyrics.")]
    modalities: Annotated[
        dict[Modality, Distribution | None],
        Field(
            description="Predictions of the shared models by audio alone and by lyrics alone, on "
            "consensus labels. A missing modality is absent; one that could not be read is null "
            "and has a notice."
        ),
    ]
    segments: Annotated[
        list[Segment],
        Field(
            description="Segments of the recording in time; empty without a recording, and for "
            "registered tracks whose segments the service does not store."
        ),
    ]
    personal: Annotated[Personal | None, at("personal"), Field(description="Null without a user.")]
    notices: Annotated[
        list[Notice],
        Field(
            description="What is not used or was guessed; empty if all is used. What was "
            "guessed or cut in lyrics is said in the reply to the request that holds them."
        ),
    ]
    model: SnapshotVersion


def _problem(error: AttuneError) -> Problem:
    return problem_of(error) or INTERNAL


class ItemError(Reply):
    """The error of an item; `code` is one of the codes of a problem."""

    code: str
    detail: str


class BatchItem(Reply):
    """One item's prediction, or its error."""

    prediction: Prediction | None = None
    error: Annotated[ItemError, BeforeValidator(_problem)] | None = None


class Batch(Reply):
    """One item for each track of the request, in the same order."""

    items: list[BatchItem]


_PROBABILITIES: JsonDict = {"Q1": 0.24, "Q2": 0.54, "Q3": 0.14, "Q4": 0.08}
_LOG_ODDS: JsonDict = {"Q1": 0.207, "Q2": 1.018, "Q3": -0.332, "Q4": -0.892}
_ZERO: JsonDict = {"log_odds": {"Q1": 0.0, "Q2": 0.0, "Q3": 0.0, "Q4": 0.0}, "share": 0.0}
PREDICTION_EXAMPLE: JsonDict = {
    "quadrant": "Q2",
    "probabilities": _PROBABILITIES,
    **EXPECTED,
    "entropy": 1.153,
    "ambiguous": False,
    "set": {"quadrants": ["Q2", "Q1"], "coverage": 0.8},
    "why": {
        "population": {"log_odds": _LOG_ODDS, "share": 1.0},
        "others": _ZERO,
        "level": _ZERO,
        "taste": _ZERO,
        "words": "By its lyrics most people would call it tense.",
    },
    "fusion": "log_opinion",
    "modalities": {"lyrics": _PROBABILITIES},
    "segments": [],
    "personal": PERSONAL,
    "notices": [],
    "model": MODEL,
}
EXAMPLES: Examples = {
    "Prediction": [PREDICTION_EXAMPLE],
    "Batch": [{"items": [{"prediction": PREDICTION_EXAMPLE, "error": None}]}],
}
