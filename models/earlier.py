"""What an earlier snapshot said of a track whose features mean nothing to the present one."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatVector
from models.emotion import Modality, softmax
from models.fusion import Evidence
from models.fusion.evidence import log_proba
from models.notices import Notice
from models.personal.gaussian import sketches
from models.snapshot import Snapshot
from models.track import AudioFeatures, Belief, TrackFeatures

STALE = "stale_features"
"""Code of the notice of a track, or of a part of it, whose features are of an earlier snapshot."""
LYRICS_UNSENT = Notice(
    STALE,
    "The lyrics are not used: what was read of them was for an earlier snapshot, and the text is "
    "not kept; register the track again with the same audio and lyrics.",
)
"""Of a track whose recording was heard again and whose lyrics were not sent again."""


@dataclass(frozen=True, slots=True, eq=False)
class Timing:
    """Where the stretches of a recording begin and end, in seconds, and how long it is."""

    starts_s: FloatVector
    ends_s: FloatVector
    duration_s: float | None


def restated(snapshot: Snapshot, said: Belief) -> Belief:
    """Return what an earlier snapshot's members said, as a belief of the present one.

    The mean of a modality's members stands for every present member: which algorithms they were
    is not known. The curve is what it was. The sketch has the present default fusion's signs and
    no components, as that of a track without a recording.

    Args:
        snapshot: The present one.
        said: By the earlier one; its sketch is not looked at.
    """
    committees = snapshot.committees
    # One member's, for a start: all say the same.
    logits = {m: _mean_logits(told) for m, told in said.member_logits.items()}
    proba = {m: committees[m].consensus(told[:, None]) for m, told in logits.items()}
    fused = snapshot.fusions[snapshot.default_fusion].fuse(Evidence(proba, {}))
    phi = np.zeros((1, snapshot.gaussian.components.n_components))
    everybodys = {
        m: np.repeat(told, committees[m].n_members, axis=0) for m, told in logits.items()
    }
    return Belief(everybodys, said.segment_proba, sketches(fused, phi)[0])


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


def _mean_logits(told: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the members' mean distribution as one member's logits ``(1, n_quadrants)``."""
    return log_proba(softmax(told).mean(axis=0, keepdims=True))


def _notice(version: str, modalities: Collection[Modality]) -> Notice:
    named = " and ".join(m for m in Modality if m in modalities)
    return Notice(
        STALE,
        f"The features of {named} were made for snapshot {version}, whose judgement this is, and "
        "the present snapshot reads others: `python -m service reembed` hears kept recordings "
        "again and lists the tracks that must be registered again.",
    )
