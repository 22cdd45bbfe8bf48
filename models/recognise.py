"""Recognise: what a track feels like, to one listener or to nobody in particular.

features → shared members (believe) → consensus of each modality → fusion → quadrant, valence,
arousal; a listener's model goes in at the members (committee) or after the fusion (Gaussian).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, MemberLogits, Proba, Votes
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
from models.personal import PARTS, Heard, PersonalModel, Verdict
from models.personal.gaussian import sketches
from models.sets import prediction_sets
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


@dataclass(frozen=True, slots=True)
class Part:
    """What one source adds to an answer.

    Attributes:
        valence: In units of valence; the parts add up to the mean.
        arousal: The same of arousal.
        share: How much of all that was added, whichever way, in [0, 1]; the shares add up to 1.
    """

    valence: float
    arousal: float
    share: float


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
        likely: The prediction set, the likeliest first: it holds the answer with probability
            `models.sets.COVERAGE`. None where that is not known: for a fusion that is not the
            default, and for a listener who has taught a committee.
        why: What the shared models, other listeners' votes, and the listener's own level and taste
            add to valence and arousal; one of each of ``PARTS``.
        is_personal: A listener's own answers changed this. They do not where none is about a track
            with this one's modalities, where the fusion looks at features alone, nor where they
            speak against being gone by.
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
    likely: tuple[Quadrant, ...] | None
    why: Mapping[str, Part]
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
    return Belief(logits, along, sketch(snapshot, features, logits))


def sketch(
    snapshot: Snapshot, features: TrackFeatures, logits: Mapping[Modality, NDArray[np.float64]]
) -> FloatVector:
    """Return a track as the Gaussian personaliser sees it ``(n_columns,)``.

    Args:
        snapshot: The shared models.
        features: Of the track.
        logits: What the shared members say of it, by modality ``(n_members, n_quadrants)``.
    """
    components = snapshot.gaussian.components
    phi = np.zeros((1, components.n_components))
    if features.audio is not None:
        phi = components(features.audio.vector[None])
    vectors = {modality: features.vector(modality) for modality in logits}
    told = _say(
        snapshot.under(None),
        {m: vector[None] for m, vector in vectors.items() if vector is not None},
        {m: said[:, None] for m, said in logits.items()},
        snapshot.default_fusion,
    )
    return snapshot.redrawn(sketches(told[1], phi))[0]


def recognise(
    snapshot: Snapshot,
    tracks: Sequence[Track],
    *,
    personal: PersonalModel | None,
    fusion: str,
    votes: Votes | None = None,
) -> list[Recognition]:
    """Return what each track feels like; all or none.

    Args:
        snapshot: The shared models.
        tracks: Of any modalities.
        personal: The listener's model; None for nobody in particular.
        fusion: How modalities are put together.
        votes: Other listeners' quadrants, never those of the listener ``(n_tracks, n_quadrants)``;
            none if not given. Only a listener's model looks at them.

    Raises:
        UnknownFusionError: The snapshot has no such fusion.
        MissingModalityError: The fusion needs what a track lacks.
    """
    if fusion not in snapshot.fusions:
        raise UnknownFusionError(
            f"There is no fusion {fusion!r}; there are {', '.join(snapshot.fusions)}."
        )
    counts = np.zeros((len(tracks), len(QUADRANTS))) if votes is None else votes
    recognised: dict[int, Recognition] = {}
    for places in _alike(tracks):
        group = [tracks[place] for place in places]
        asked = _Asked(snapshot, group, _heard(group, counts[places]), fusion)
        recognised |= zip(places, _recognise_alike(asked, personal), strict=True)
    return [recognised[place] for place in range(len(tracks))]


def _alike(tracks: Sequence[Track]) -> list[list[int]]:
    """Return the places of tracks that have the same modalities, group by group."""
    groups: dict[frozenset[Modality], list[int]] = {}
    for place, track in enumerate(tracks):
        groups.setdefault(frozenset(track.belief.member_logits), []).append(place)
    return list(groups.values())


def _heard(tracks: Sequence[Track], votes: Votes) -> Heard:
    present = [m for m in Modality if m in tracks[0].belief.member_logits]
    logits = {m: [track.belief.member_logits[m] for track in tracks] for m in present}
    return Heard(
        {m: np.stack([_vector(track, m) for track in tracks]) for m in present},
        {m: np.stack(rows, axis=1) for m, rows in logits.items()},
        np.stack([track.belief.sketch for track in tracks]),
        votes,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Tracks with the same modalities, and how they are to be judged."""

    snapshot: Snapshot
    tracks: Sequence[Track]
    heard: Heard
    fusion: str

    def judge(self, logits: Mapping[Modality, MemberLogits]) -> Verdict:
        """Return what everybody would be told if the members said this."""
        snapshot = self.snapshot
        spoken, fused = _say(snapshot, self.heard.features, logits, self.fusion)
        mean, sd = snapshot.readout(fused)
        parts = np.zeros((len(PARTS), *mean.shape))
        parts[PARTS.index("population")] = mean
        return Verdict(
            modalities=spoken,
            fused=fused,
            mean=mean,
            sd=sd,
            parts=parts,
            sets=self._sets(fused),
            is_personal=np.zeros(len(fused), np.bool_),
        )

    def _sets(self, fused: Proba) -> NDArray[np.bool_] | None:
        if self.fusion != self.snapshot.default_fusion:
            return None
        return prediction_sets(fused, self.snapshot.limits[frozenset(self.heard.shared)])


def _say(
    snapshot: Snapshot,
    features: Mapping[Modality, FloatMatrix],
    logits: Mapping[Modality, MemberLogits],
    fusion: str,
) -> tuple[dict[Modality, Proba], Proba]:
    """Return what each modality says, and all of them together."""
    committees = snapshot.committees
    spoken = {m: committees[m].consensus(told) for m, told in logits.items()}
    common = {m: committees[m].common(x) for m, x in features.items()}
    fused = snapshot.fusions[fusion].fuse(Evidence(spoken, common))
    return {m: snapshot.calibrated(p) for m, p in spoken.items()}, snapshot.calibrated(fused)


def _recognise_alike(asked: _Asked, personal: PersonalModel | None) -> list[Recognition]:
    everybodys = asked.judge(asked.heard.shared)
    verdict = everybodys
    if personal is not None:
        verdict = personal.verdict(asked.heard, asked.judge)
    curves = _curves(asked, verdict, everybodys)
    return [_recognition(asked.fusion, verdict, curves[row], row) for row in range(len(curves))]


def _recognition(
    fusion: str, verdict: Verdict, curve: tuple[Segment, ...], row: int
) -> Recognition:
    proba = verdict.fused[row]
    valence, arousal = (
        Estimate(float(mean), float(sd))
        for mean, sd in zip(verdict.mean[row], verdict.sd[row], strict=True)
    )
    return Recognition(
        quadrant=QUADRANTS[int(proba.argmax())],
        proba=proba,
        valence=valence,
        arousal=arousal,
        entropy=float(entropy(proba)),
        is_ambiguous=bool(proba.max() < AMBIGUOUS_BELOW),
        fusion=fusion,
        modalities={m: spoken[row] for m, spoken in verdict.modalities.items()},
        segments=curve,
        likely=None if verdict.sets is None else _likely(proba, verdict.sets[row]),
        why=_why(verdict.parts[:, row]),
        is_personal=bool(verdict.is_personal[row]),
    )


def _likely(proba: Distribution, is_in: NDArray[np.bool_]) -> tuple[Quadrant, ...]:
    by_proba = np.argsort(-proba, kind="stable")
    return tuple(QUADRANTS[place] for place in by_proba if is_in[place])


def _why(parts: NDArray[np.float64]) -> dict[str, Part]:
    """Return what each part ``(n_parts, 2)`` adds."""
    size = np.abs(parts).sum(axis=1)
    total = size.sum()
    # An answer in the very middle is the shared models' as much as any other is.
    share = size / total if total > 0.0 else np.eye(len(PARTS))[0]
    return {
        name: Part(float(added[0]), float(added[1]), float(part))
        for name, added, part in zip(PARTS, parts, share, strict=True)
    }


def _curves(asked: _Asked, verdict: Verdict, everybodys: Verdict) -> list[tuple[Segment, ...]]:
    """Return each track's curve over time.

    Audio alone changes along a track. What lyrics and listener change of the whole track's odds,
    they change of every stretch's.
    """
    heard = everybodys.modalities.get(Modality.AUDIO)
    if heard is None:
        return [() for _ in asked.tracks]
    shifts = log_proba(verdict.fused) - log_proba(heard)
    return [
        _curve(asked.snapshot, track, shift)
        for track, shift in zip(asked.tracks, shifts, strict=True)
    ]


def _curve(snapshot: Snapshot, track: Track, shift: Distribution) -> tuple[Segment, ...]:
    audio = track.features.audio
    if audio is None or not len(track.belief.segment_proba):
        return ()
    proba = softmax(log_proba(snapshot.calibrated(track.belief.segment_proba)) + shift)
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
