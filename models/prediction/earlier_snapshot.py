"""Stale tracks: predictions of an earlier snapshot, whose features the current one cannot read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from models.arrays import FloatMatrix, FloatVector, MemberLogits
from models.emotion import N_QUADRANTS, Modality, softmax
from models.fusion import Evidence
from models.fusion.evidence import log_proba
from models.personal.logistic import n_columns, track_features
from models.snapshot import Snapshot
from models.track import (
    AudioFeatures,
    Notice,
    PopulationPrediction,
    Track,
    TrackFeatures,
    TrackSummary,
)

STALE = "stale_features"
"""Code of the notice about features of an earlier snapshot."""
LYRICS_UNSENT = Notice(
    STALE,
    "The lyrics are not used: their features are for an earlier snapshot, and the text is not "
    "stored. Register the track again with the same audio and lyrics.",
)
"""For a track whose audio features were computed again and whose lyrics were not sent again."""
VOTES_ALONE = Notice(
    "votes_only",
    "The prediction uses only other listeners' answers about the track, because the current "
    "snapshot cannot read the features that it was registered with. Register the track again with "
    "the same audio and lyrics.",
)
"""For a track that no snapshot ever predicted."""


@dataclass(frozen=True, slots=True, eq=False)
class Timing:
    """Start and end of a recording's segments and its duration, in seconds."""

    starts_s: FloatVector
    ends_s: FloatVector
    duration_s: float | None


@dataclass(frozen=True, slots=True, eq=False)
class EarlierPredictions:
    """An earlier snapshot's predictions of tracks, in the form of the current one's.

    Attributes:
        member_logits: Modality to the members' logits ``(n_members, n_tracks, n_quadrants)``.
        track_features: Shape ``(n_tracks, n_columns)``.
    """

    member_logits: Mapping[Modality, MemberLogits]
    track_features: FloatMatrix


def predict_from_earlier(
    snapshot: Snapshot, shared_logits: Mapping[Modality, MemberLogits]
) -> EarlierPredictions:
    """Return an earlier snapshot's predictions in the form of the current one's.

    The mean of a modality's members stands for every current member, because their algorithms are
    unknown. The track features hold the current default fusion's distribution and components of 0,
    as for a track without a recording.

    Args:
        snapshot: The current snapshot.
        shared_logits: Modality to calibrated logits of any number of members
            ``(n_members, n_tracks, n_quadrants)``, of tracks with the same modalities. Empty for
            one track that no snapshot ever predicted.
    """
    n_components = snapshot.listener_model.components.n_components
    if not shared_logits:
        # Even odds: the catalogue's calibration corrects predictions, and there is none.
        return EarlierPredictions({}, np.zeros((1, n_columns(n_components)), np.float32))
    committees = snapshot.committees
    means = {
        m: log_proba(softmax(logits).mean(axis=0, keepdims=True))
        for m, logits in shared_logits.items()
    }
    proba = {m: committees[m].consensus(mean) for m, mean in means.items()}
    fused = snapshot.fusions[snapshot.default_fusion].fuse(Evidence(proba, {}))
    phi = np.zeros((len(fused), n_components))
    repeated = {m: np.repeat(mean, committees[m].n_members, axis=0) for m, mean in means.items()}
    return EarlierPredictions(repeated, snapshot.recalibrated_features(track_features(fused, phi)))


def earlier_features(
    version: str, modalities: Collection[Modality], timing: Timing
) -> TrackFeatures:
    """Return empty features of a track that an earlier snapshot predicted.

    Args:
        version: Version of the earlier snapshot.
        modalities: The modalities that it predicted.
        timing: Timing of the recording; empty without one.
    """
    none = np.zeros(0, np.float32)
    audio = None
    if Modality.AUDIO in modalities:
        segments = none.reshape(0, 0)
        audio = AudioFeatures(none, segments, timing.starts_s, timing.ends_s, timing.duration_s)
    return TrackFeatures(audio, None, (_notice(version, modalities),), earlier=version)


def track_without_features(summary: TrackSummary, version: str) -> Track:
    """Return a track about which only listeners' answers are known.

    Args:
        summary: A flat summary.
        version: Version of the current snapshot, whose listener model predicts the track.
    """
    features = TrackFeatures(None, None, (VOTES_ALONE,), earlier=version)
    return Track(
        summary.track_id,
        features,
        PopulationPrediction({}, np.zeros((0, N_QUADRANTS)), summary.sketch),
    )


def _notice(version: str, modalities: Collection[Modality]) -> Notice:
    named = " and ".join(m for m in Modality if m in modalities)
    return Notice(
        STALE,
        f"This is the prediction of snapshot {version}: the features of {named} were computed for "
        "it, and the current snapshot cannot read them. `python -m service reembed` computes the "
        "features of stored recordings again and lists the tracks to register again.",
    )
