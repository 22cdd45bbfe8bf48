"""Recognise: what a track feels like, to one listener or to nobody in particular.

features → shared members (believe) → the listener's delta → consensus of each modality → fusion →
quadrant, valence, arousal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, MemberLogits, Proba
from models.emotion import (
    AMBIGUOUS_BELOW,
    QUADRANTS,
    Estimate,
    Modality,
    Quadrant,
    entropy,
    softmax,
)
from models.errors import UnknownFusionError
from models.fusion import Evidence
from models.fusion.evidence import log_proba
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
        is_personal: A listener's own model changed ``proba``. It does not where none of their
            answers is about a track with this one's modalities, nor where the fusion looks at
            features alone.
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
        # By itself, not with its segments: a matrix product rounds by its shape, and a belief made
        # anew must be the same.
        logits[modality] = committee.member_logits(vector[None])[:, 0]
        if (
            modality is Modality.AUDIO
            and features.audio is not None
            and len(features.audio.segments)
        ):
            segments = features.audio.segments.astype(np.float32)
            along = committee.consensus(committee.member_logits(segments))
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
    group = _Group.of(tracks)
    population = _judge(snapshot, group, group.shared, fusion)
    verdict = population
    if personal is not None:
        verdict = _judge(snapshot, group, group.told_by(personal), fusion)
    is_personal = (verdict.fused != population.fused).any(axis=1)
    curves = _curves(snapshot, group, verdict, population)
    valence, arousal = _estimates(snapshot, verdict.fused)
    return [
        Recognition(
            quadrant=QUADRANTS[int(proba.argmax())],
            proba=proba,
            valence=valence[row],
            arousal=arousal[row],
            entropy=float(entropy(proba)),
            is_ambiguous=bool(proba.max() < AMBIGUOUS_BELOW),
            fusion=fusion,
            modalities={m: spoken[row] for m, spoken in verdict.modalities.items()},
            segments=curves[row],
            is_personal=bool(is_personal[row]),
        )
        for row, proba in enumerate(verdict.fused)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Tracks with the same modalities, and for each of these features and shared logits."""

    tracks: Sequence[Track]
    features: Mapping[Modality, FloatMatrix]
    shared: Mapping[Modality, MemberLogits]

    @classmethod
    def of(cls, tracks: Sequence[Track]) -> "_Group":
        present = [m for m in Modality if m in tracks[0].belief.member_logits]
        logits = {m: [track.belief.member_logits[m] for track in tracks] for m in present}
        return cls(
            tracks,
            {m: np.stack([_vector(track, m) for track in tracks]) for m in present},
            {m: np.stack(rows, axis=1) for m, rows in logits.items()},
        )

    def told_by(self, personal: PersonalModel) -> dict[Modality, MemberLogits]:
        """Return what the members say to a listener."""
        return {
            modality: personal.member_logits(modality, self.features[modality], shared)
            for modality, shared in self.shared.items()
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Verdict:
    """What each modality says, and all of them together ``(n_tracks, n_quadrants)``."""

    modalities: Mapping[Modality, Proba]
    fused: Proba


def _judge(
    snapshot: Snapshot, group: _Group, logits: Mapping[Modality, MemberLogits], fusion: str
) -> _Verdict:
    committees = snapshot.committees
    spoken = {m: committees[m].consensus(told) for m, told in logits.items()}
    common = {m: committees[m].common(x) for m, x in group.features.items()}
    return _Verdict(spoken, snapshot.fusions[fusion].fuse(Evidence(spoken, common)))


def _curves(
    snapshot: Snapshot, group: _Group, verdict: _Verdict, population: _Verdict
) -> list[tuple[Segment, ...]]:
    """Return each track's curve over time.

    Audio alone changes along a track. What lyrics and listener change of the whole track's odds,
    they change of every stretch's.
    """
    heard = population.modalities.get(Modality.AUDIO)
    if heard is None:
        return [() for _ in group.tracks]
    shifts = log_proba(verdict.fused) - log_proba(heard)
    return [
        _curve(snapshot, track, shift) for track, shift in zip(group.tracks, shifts, strict=True)
    ]


def _curve(snapshot: Snapshot, track: Track, shift: Distribution) -> tuple[Segment, ...]:
    audio = track.features.audio
    if audio is None or not len(track.belief.segment_proba):
        return ()
    proba = softmax(log_proba(track.belief.segment_proba) + shift)
    valence, arousal = _estimates(snapshot, proba)
    return tuple(
        Segment(
            start_s=float(audio.starts_s[index]),
            end_s=float(audio.ends_s[index]),
            proba=proba[index],
            valence=valence[index],
            arousal=arousal[index],
        )
        for index in range(len(proba))
    )


def _estimates(snapshot: Snapshot, proba: Proba) -> tuple[list[Estimate], list[Estimate]]:
    """Return valence and arousal of each row."""
    means, sds = snapshot.readout(proba)
    valence, arousal = (
        [Estimate(float(mean), float(sd)) for mean, sd in zip(*axis, strict=True)]
        for axis in zip(means.T, sds.T, strict=True)
    )
    return valence, arousal


def _vector(track: Track, modality: Modality) -> FloatVector:
    vector = track.features.vector(modality)
    if vector is None:  # a belief about a modality whose features are gone
        raise ValueError(
            f"Track {track.track_id!r} has a belief about {modality} but no features of it."
        )
    return vector
