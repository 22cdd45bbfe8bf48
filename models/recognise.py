"""Recognise: from a track's features to what it feels like, to one listener or to nobody in particular.

features → shared members (believe) → the listener's delta → consensus of each modality → fusion → quadrant, valence, arousal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.emotion import AMBIGUOUS_BELOW, QUADRANTS, Estimate, Modality, Quadrant, entropy
from models.errors import UnknownFusionError
from models.fusion import Evidence
from models.personal import PersonalModel
from models.snapshot import Snapshot
from models.track import Belief, Track, TrackFeatures

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
class Recognition:
    """What a track feels like.

    Attributes:
        quadrant: The likeliest one.
        proba: The fused distribution ``(n_quadrants,)``.
        entropy: Of ``proba``, in nats: 0 to ln 4.
        is_ambiguous: No quadrant is at least one half likely.
        fusion: The rule that put the modalities together.
        modalities: What each modality says by itself.
        segments: The curve over time; empty without audio.
        is_personal: A listener's own model had a say.
    """

    quadrant: Quadrant
    proba: Distribution
    valence: Estimate
    arousal: Estimate
    entropy: float
    is_ambiguous: bool
    fusion: str
    modalities: Mapping[Modality, Distribution]
    segments: tuple[Segment, ...]
    is_personal: bool


def believe(snapshot: Snapshot, features: TrackFeatures) -> Belief:
    """Return what the shared members say of a track; the costly part of recognising it."""
    logits: dict[Modality, NDArray[np.float64]] = {}
    along: Proba = np.zeros((0, len(QUADRANTS)))
    for modality, committee in snapshot.committees.items():
        vector = features.vector(modality)
        if vector is None:
            continue
        rows = vector[None]
        if modality is Modality.AUDIO and features.audio is not None:
            rows = np.concatenate([rows, features.audio.segments.astype(np.float32)])
        members = committee.member_logits(rows)
        logits[modality] = members[:, 0]
        if len(rows) > 1:
            along = committee.consensus(members[:, 1:])
    return Belief(member_logits=logits, segment_proba=along)


def recognise(
    snapshot: Snapshot, tracks: Sequence[Track], *, personal: PersonalModel | None, fusion: str
) -> list[Recognition]:
    """Return what each track feels like; all or none.

    Raises:
        UnknownFusionError: The snapshot has no such fusion.
        MissingModalityError: The fusion needs what a track lacks.
    """
    if fusion not in snapshot.fusions:
        raise UnknownFusionError(
            f"There is no fusion {fusion!r}; there are {', '.join(snapshot.fusions)}."
        )
    recognised: dict[int, Recognition] = {}
    for places in _alike(tracks):
        group = [tracks[place] for place in places]
        recognised |= zip(places, _recognise_alike(snapshot, group, personal, fusion), strict=True)
    return [recognised[place] for place in range(len(tracks))]


def _alike(tracks: Sequence[Track]) -> list[list[int]]:
    """Return the places of tracks that have the same modalities, group by group."""
    groups: dict[frozenset[Modality], list[int]] = {}
    for place, track in enumerate(tracks):
        groups.setdefault(frozenset(track.belief.member_logits), []).append(place)
    return list(groups.values())


def _recognise_alike(
    snapshot: Snapshot, tracks: Sequence[Track], personal: PersonalModel | None, fusion: str
) -> list[Recognition]:
    features = {
        modality: np.stack([_vector(track, modality) for track in tracks])
        for modality in Modality
        if modality in tracks[0].belief.member_logits
    }
    shared = {
        m: np.stack([track.belief.member_logits[m] for track in tracks], axis=1) for m in features
    }
    told = shared
    if personal is not None:
        told = {m: personal.member_logits(m, features[m], shared[m]) for m in features}
    spoken = {m: snapshot.committees[m].consensus(told[m]) for m in features}
    fused = snapshot.fusions[fusion].fuse(Evidence(spoken, features))
    everybodys = (
        snapshot.committees[Modality.AUDIO].consensus(shared[Modality.AUDIO])
        if Modality.AUDIO in shared
        else fused
    )
    mean, sd = snapshot.readout(fused)
    return [
        Recognition(
            quadrant=QUADRANTS[int(proba.argmax())],
            proba=proba,
            valence=Estimate(float(mean[row, 0]), float(sd[row, 0])),
            arousal=Estimate(float(mean[row, 1]), float(sd[row, 1])),
            entropy=float(entropy(proba)),
            is_ambiguous=bool(proba.max() < AMBIGUOUS_BELOW),
            fusion=fusion,
            modalities={m: spoken[m][row] for m in spoken},
            segments=_segments(snapshot, tracks[row], proba / everybodys[row]),
            is_personal=personal is not None,
        )
        for row, proba in enumerate(fused)
    ]


def _segments(snapshot: Snapshot, track: Track, shift: Distribution) -> tuple[Segment, ...]:
    """Return the curve over time.

    Audio alone changes along a track. What lyrics and listener change of the whole track's odds, ``shift``, they change of every stretch's.
    """
    audio = track.features.audio
    if audio is None or not len(track.belief.segment_proba):
        return ()
    shifted = track.belief.segment_proba * shift
    proba = shifted / shifted.sum(axis=1, keepdims=True)
    mean, sd = snapshot.readout(proba)
    return tuple(
        Segment(
            start_s=float(audio.starts_s[index]),
            end_s=float(audio.ends_s[index]),
            proba=proba[index],
            valence=Estimate(float(mean[index, 0]), float(sd[index, 0])),
            arousal=Estimate(float(mean[index, 1]), float(sd[index, 1])),
        )
        for index in range(len(proba))
    )


def _vector(track: Track, modality: Modality) -> NDArray[np.float32]:
    vector = track.features.vector(modality)
    if vector is None:  # a belief about a modality whose features are gone
        raise ValueError(
            f"Track {track.track_id!r} has a belief about {modality} but no features of it."
        )
    return vector
