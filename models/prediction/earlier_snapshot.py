"""What an earlier snapshot said of a track whose features mean nothing to the present one."""

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
"""Code of the notice of a track, or of a part of it, whose features are of an earlier snapshot."""
LYRICS_UNSENT = Notice(
    STALE,
    "The lyrics are not used: what was read of them was for an earlier snapshot, and the text is "
    "not kept; register the track again with the same audio and lyrics.",
)
"""Of a track whose recording was heard again and whose lyrics were not sent again."""
VOTES_ALONE = Notice(
    "votes_only",
    "Nothing of the track itself is used, because the present snapshot cannot read the features "
    "that it was registered with: this is what other listeners answered about it. Register the "
    "track again with the same audio and lyrics.",
)
"""Of a track that no snapshot ever judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Timing:
    """Where the stretches of a recording begin and end, in seconds, and how long it is."""

    starts_s: FloatVector
    ends_s: FloatVector
    duration_s: float | None


@dataclass(frozen=True, slots=True, eq=False)
class EarlierPredictions:
    """What an earlier snapshot said of tracks, as the present one would say it.

    Attributes:
        member_logits: Modality to the members' logits ``(n_members, n_tracks, n_quadrants)``.
        track_features: Shape ``(n_tracks, n_columns)``.
    """

    member_logits: Mapping[Modality, MemberLogits]
    track_features: FloatMatrix


def predict_from_earlier(
    snapshot: Snapshot, shared_logits: Mapping[Modality, MemberLogits]
) -> EarlierPredictions:
    """Return what an earlier snapshot's members said, as the present one's would say it.

    The mean of a modality's members stands for every present member: which algorithms they were
    is not known. The sketch has the present default fusion's signs and no components, as that of a
    track without a recording.

    Args:
        snapshot: The present one.
        shared_logits: Modality to calibrated logits of any number of members
            ``(n_members, n_tracks, n_quadrants)``; of tracks that have the same modalities. Of no
            modality: one track that was never judged, of which nothing is known.
    """
    n_components = snapshot.listener_model.components.n_components
    if (
        not shared_logits
    ):  # even odds, whatever the catalogue's calibration: it corrects judgements
        return EarlierPredictions({}, np.zeros((1, n_columns(n_components)), np.float32))
    committees = snapshot.committees
    means = {
        m: log_proba(softmax(modality_logits).mean(axis=0, keepdims=True))
        for m, modality_logits in shared_logits.items()
    }
    proba = {m: committees[m].consensus(mean) for m, mean in means.items()}
    fused = snapshot.fusions[snapshot.default_fusion].fuse(Evidence(proba, {}))
    phi = np.zeros((len(fused), n_components))
    logits = {m: np.repeat(mean, committees[m].n_members, axis=0) for m, mean in means.items()}
    return EarlierPredictions(logits, snapshot.recalibrated_features(track_features(fused, phi)))


def earlier_features(
    version: str, modalities: Collection[Modality], timing: Timing
) -> TrackFeatures:
    """Return the features of a track that an earlier snapshot judged: there are none.

    Args:
        version: Of the earlier snapshot.
        modalities: Those that it judged.
        timing: Of the recording; empty without one.
    """
    none = np.zeros(0, np.float32)
    audio = None
    if Modality.AUDIO in modalities:
        segments = none.reshape(0, 0)
        audio = AudioFeatures(none, segments, timing.starts_s, timing.ends_s, timing.duration_s)
    return TrackFeatures(audio, None, (_notice(version, modalities),), earlier=version)


def track_without_features(summary: TrackSummary, version: str) -> Track:
    """Return a track of which nothing is known but what listeners answered about it.

    Args:
        summary: With a flat sketch.
        version: Of the present snapshot, whose listener model predicts it.
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
        f"The features of {named} were made for snapshot {version}, whose judgement this is, and "
        "the present snapshot reads others: `python -m service reembed` hears kept recordings "
        "again and lists the tracks that must be registered again.",
    )
