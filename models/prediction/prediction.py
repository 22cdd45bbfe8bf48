"""Recognitions: all that is told of a track."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.emotion import Estimate, Modality, Quadrant
from models.track import Notice

Distribution = NDArray[np.float64]
"""One distribution ``(n_quadrants,)``."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """What a stretch of a track feels like."""

    start_s: float
    end_s: float
    proba: Distribution
    valence: Estimate
    arousal: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one source adds to an answer.

    Attributes:
        log_odds: Added to each quadrant's log-odds, on average 0 over them ``(n_quadrants,)``; the
            sum over all parts is the log of the distribution, up to a constant.
        share: How much of all that was added, whichever way, in [0, 1]; the shares add up to 1.
    """

    log_odds: NDArray[np.float64]
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """What a track feels like.

    Attributes:
        quadrant: The likeliest one.
        proba: Probability that the listener puts the track in each quadrant ``(n_quadrants,)``.
        valence: Lies, with arousal, in the likeliest quadrant.
        arousal: See valence.
        entropy: Of ``proba``, in nats: 0 to ln 4.
        is_ambiguous: No quadrant is at least one half likely.
        fusion: The rule that put the modalities together.
        modalities: What the shared models say by each modality alone; None for one that was sent
            and could not be read.
        segments: The curve over time; empty without audio.
        likely: The prediction set, the likeliest first: it holds the answer of whoever is told
            with probability `models.prediction_sets.COVERAGE`. None where that is not known: for a
            fusion that is not the default, for a track that an earlier snapshot judged, and for a
            listener who has taught a committee.
        why: What the population model, other listeners' votes, and the listener's own level and
            taste add to the log-odds; one of each of ``PARTS``.
        is_personal: A listener's own answers changed this. Those that taught a committee do not
            where none is about a track with this one's modalities, nor where the fusion looks at
            features alone.
        notices: What was sent of the track and not used.
    """

    quadrant: Quadrant
    proba: Distribution
    valence: Estimate
    arousal: Estimate
    entropy: float
    is_ambiguous: bool
    fusion: str
    modalities: Mapping[Modality, Distribution | None]
    segments: tuple[Segment, ...]
    likely: tuple[Quadrant, ...] | None
    why: Mapping[str, Part]
    is_personal: bool
    notices: tuple[Notice, ...] = ()
