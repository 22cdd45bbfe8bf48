"""The prediction of a track, and its parts."""

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
    """The prediction of a stretch of a track."""

    start_s: float
    end_s: float
    proba: Distribution
    valence: Estimate
    arousal: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The contribution of one of `PARTS` to a prediction.

    Attributes:
        log_odds: Added to each quadrant's log-odds, with mean 0 ``(n_quadrants,)``; the sum over
            all parts is the log of the distribution, up to a constant.
        share: Share of the sum of absolute log-odds over all parts, in [0, 1].
    """

    log_odds: NDArray[np.float64]
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class TrackPrediction:
    """The prediction of a track.

    Attributes:
        quadrant: The likeliest quadrant.
        proba: Probability that the listener puts the track in each quadrant ``(n_quadrants,)``.
        valence: In the likeliest quadrant, together with ``arousal``.
        arousal: See ``valence``.
        entropy: Of ``proba``, in nats, from 0 to ln 4.
        is_ambiguous: Whether no quadrant has probability one half.
        fusion: Name of the fusion.
        modalities: The shared models' distribution of each modality; None for a modality that was
            sent and could not be read.
        segments: The curve over time; empty without audio.
        likely: The prediction set, the likeliest first; it contains the listener's answer with
            probability `models.prediction_sets.COVERAGE`. None if that is unknown: for a fusion
            other than the default, for a stale track, and under a personal committee.
        why: Name of each of ``PARTS`` to its contribution.
        is_personal: Whether the listener's answers changed the prediction. Under a personal
            committee they do not if no answered track has this track's modalities, or if the
            fusion reads features only.
        notices: Parts of the track that were sent and not used.
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
