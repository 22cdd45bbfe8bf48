"""Recognise: what a track feels like, to one listener or to nobody in particular.

features → shared members (believe) → consensus of each modality → fusion → quadrant, valence,
arousal; a listener's model goes in at the members (committee) or after the fusion (logistic).

All that is told of a track agrees: quadrant, set and point are those of one distribution.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
    in_quadrant,
    softmax,
)
from models.errors import MissingModalityError, UnknownFusionError
from models.fusion import Evidence
from models.fusion.evidence import log_proba
from models.personal import PARTS, Estimates, MemberInputs, PersonalModel, PredictionBatch
from models.personal.logistic import track_features
from models.personal.logistic.prior import centred
from models.prediction.prediction import Distribution, Part, Recognition, Segment
from models.prediction_sets import prediction_sets
from models.snapshot import Snapshot
from models.track import Notice, PopulationPrediction, Track, TrackFeatures


def predict_population(snapshot: Snapshot, features: TrackFeatures) -> PopulationPrediction:
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
    return PopulationPrediction(logits, along, sketch(snapshot, features, logits))


def sketch(
    snapshot: Snapshot, features: TrackFeatures, logits: Mapping[Modality, NDArray[np.float64]]
) -> FloatVector:
    """Return a track as the logistic model sees it ``(n_columns,)``.

    Args:
        snapshot: The shared models.
        features: Of the track.
        logits: What the shared members say of it, by modality ``(n_members, n_quadrants)``.
    """
    components = snapshot.listener_model.components
    phi = np.zeros((1, components.n_components))
    if features.audio is not None:
        phi = components(features.audio.vector[None])
    vectors = {modality: features.vector(modality) for modality in logits}
    outputs = _member_consensus(
        snapshot.under(None),
        {m: vector[None] for m, vector in vectors.items() if vector is not None},
        {m: said[:, None] for m, said in logits.items()},
        snapshot.default_fusion,
    )
    return snapshot.recalibrated_features(track_features(outputs[1], phi))[0]


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
        personal: The listener's model, or a newcomer's for nobody in particular; None for the
            shared models alone, which is what a committee's newcomer is told.
        fusion: How modalities are put together.
        votes: Other listeners' votes, never those of the listener ``(n_tracks, n_quadrants)``;
            none if not given. Only a logistic model looks at them.

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
        task = _PredictionTask(snapshot, group, _member_inputs(group, counts[places]), fusion)
        recognised |= zip(places, _recognise_alike(task, personal), strict=True)
    return [recognised[place] for place in range(len(tracks))]


def _alike(tracks: Sequence[Track]) -> list[list[int]]:
    """Return the places of tracks that have the same modalities and features, group by group."""
    groups: dict[tuple[bool, frozenset[Modality]], list[int]] = {}
    for place, track in enumerate(tracks):
        has = frozenset(track.population_prediction.member_logits)
        groups.setdefault((track.is_stale, has), []).append(place)
    return list(groups.values())


def _member_inputs(tracks: Sequence[Track], votes: Votes) -> MemberInputs:
    present = [m for m in Modality if m in tracks[0].population_prediction.member_logits]
    logits = {
        m: [track.population_prediction.member_logits[m] for track in tracks] for m in present
    }
    read = [] if tracks[0].is_stale else present
    return MemberInputs(
        {m: np.stack([_vector(track, m) for track in tracks]) for m in read},
        {m: np.stack(rows, axis=1) for m, rows in logits.items()},
        np.stack([track.population_prediction.sketch for track in tracks]),
        votes,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _PredictionTask:
    """Tracks with the same modalities, and how they are to be judged."""

    snapshot: Snapshot
    tracks: Sequence[Track]
    member_inputs: MemberInputs
    fusion: str

    def judge(self, logits: Mapping[Modality, MemberLogits]) -> PredictionBatch:
        """Return the shared models' verdict if the members said this."""
        spoken, fused = self._member_consensus(logits)
        outputs = self._read_out(fused)
        parts = np.zeros((len(PARTS), *fused.shape))
        parts[PARTS.index("population")] = centred(log_proba(fused))
        return PredictionBatch(
            modalities=spoken,
            fused=fused,
            mean=outputs.mean,
            sd=outputs.sd,
            parts=parts,
            sets=self._sets(fused),
            is_personal=np.zeros(len(fused), np.bool_),
            stretches=lambda _, proba: self._read_out(proba),
        )

    def _member_consensus(
        self, logits: Mapping[Modality, MemberLogits]
    ) -> tuple[dict[Modality, Proba], Proba]:
        if logits:
            return _member_consensus(
                self.snapshot, self.member_inputs.features, logits, self.fusion
            )
        for modality in self.snapshot.fusions[self.fusion].requires:
            raise MissingModalityError(
                f"The fusion {self.fusion} needs {modality}, which the track lacks."
            )
        # No snapshot ever judged these tracks: even odds, until listeners have answered.
        return {}, np.full((len(self.tracks), len(QUADRANTS)), 1.0 / len(QUADRANTS))

    def _read_out(self, proba: Proba) -> Estimates:
        return Estimates(proba, *self.snapshot.readout(proba))

    def _sets(self, fused: Proba) -> NDArray[np.bool_] | None:
        if self.fusion != self.snapshot.default_fusion or not self.member_inputs.shared:
            return None
        return prediction_sets(fused, self.snapshot.limits[frozenset(self.member_inputs.shared)])


def _member_consensus(
    snapshot: Snapshot,
    features: Mapping[Modality, FloatMatrix],
    logits: Mapping[Modality, MemberLogits],
    fusion: str,
) -> tuple[dict[Modality, Proba], Proba]:
    """Return what each modality says, and all of them together."""
    committees = snapshot.committees
    spoken = {m: committees[m].consensus(outputs) for m, outputs in logits.items()}
    common = {m: committees[m].common(x) for m, x in features.items()}
    fused = snapshot.fusions[fusion].fuse(Evidence(spoken, common))
    return {m: snapshot.calibrated(p) for m, p in spoken.items()}, snapshot.calibrated(fused)


def _recognise_alike(task: _PredictionTask, personal: PersonalModel | None) -> list[Recognition]:
    shared_models = task.judge(task.member_inputs.shared)
    predict_batch = shared_models
    if personal is not None:
        predict_batch = personal.predict_batch(task.member_inputs, shared_models, task.judge)
    if task.tracks[0].is_stale:  # how strange answers are to another snapshot is not known
        predict_batch = replace(predict_batch, sets=None)
    predict_batch = _consistent(predict_batch)
    curves = _curves(task, predict_batch, shared_models)
    return [_recognition(task, predict_batch, curves[row], row) for row in range(len(curves))]


def _consistent(predict_batch: PredictionBatch) -> PredictionBatch:
    """Move points into the likeliest quadrants."""
    return replace(
        predict_batch, mean=in_quadrant(predict_batch.mean, predict_batch.fused.argmax(axis=1))
    )


def _recognition(
    task: _PredictionTask, predict_batch: PredictionBatch, curve: tuple[Segment, ...], row: int
) -> Recognition:
    proba, notices = predict_batch.fused[row], task.tracks[row].features.notices
    valence, arousal = _axes(predict_batch.mean[row], predict_batch.sd[row])
    return Recognition(
        quadrant=QUADRANTS[int(proba.argmax())],
        proba=proba,
        valence=valence,
        arousal=arousal,
        entropy=float(entropy(proba)),
        is_ambiguous=bool(proba.max() < AMBIGUOUS_BELOW),
        fusion=task.fusion,
        modalities=_unread(notices)
        | {m: said[row] for m, said in predict_batch.modalities.items()},
        segments=curve,
        likely=None if predict_batch.sets is None else _likely(proba, predict_batch.sets[row]),
        why=_why(predict_batch.parts[:, row]),
        is_personal=bool(predict_batch.is_personal[row]),
        notices=notices,
    )


def _unread(notices: Sequence[Notice]) -> dict[Modality, Distribution | None]:
    """Return the modalities that were sent and could not be read."""
    return {m: None for m in Modality if any(n.code.startswith(f"{m}_") for n in notices)}


def _axes(mean: NDArray[np.float64], sd: NDArray[np.float64]) -> tuple[Estimate, Estimate]:
    """Return valence and arousal."""
    return Estimate(float(mean[0]), float(sd[0])), Estimate(float(mean[1]), float(sd[1]))


def _likely(proba: Distribution, is_in: NDArray[np.bool_]) -> tuple[Quadrant, ...]:
    by_proba = np.argsort(-proba, kind="stable")
    return tuple(QUADRANTS[place] for place in by_proba if is_in[place])


def _why(parts: NDArray[np.float64]) -> dict[str, Part]:
    """Return what each part ``(n_parts, n_quadrants)`` adds."""
    size = np.abs(parts).sum(axis=1)
    total = size.sum()
    # A uniform distribution is the population model's as much as any other is.
    share = size / total if total > 0.0 else np.eye(len(PARTS))[0]
    log_odds = parts + 0.0  # never -0.0
    return {
        name: Part(added, float(part))
        for name, added, part in zip(PARTS, log_odds, share, strict=True)
    }


def _curves(
    task: _PredictionTask, predict_batch: PredictionBatch, shared_models: PredictionBatch
) -> list[tuple[Segment, ...]]:
    """Return each track's curve over time.

    Audio alone changes along a track. What lyrics change of the whole track's odds, they change of
    every stretch's.
    """
    member_inputs = shared_models.modalities.get(Modality.AUDIO)
    if member_inputs is None:
        return [() for _ in task.tracks]
    shifts = log_proba(shared_models.fused) - log_proba(member_inputs)
    return [_curve(task, row, predict_batch, shift) for row, shift in enumerate(shifts)]


def _curve(
    task: _PredictionTask, row: int, predict_batch: PredictionBatch, shift: Distribution
) -> tuple[Segment, ...]:
    track = task.tracks[row]
    audio = track.features.audio
    if audio is None or not len(track.population_prediction.segment_proba):
        return ()
    member_inputs = task.snapshot.calibrated(track.population_prediction.segment_proba)
    outputs = predict_batch.stretches(row, softmax(log_proba(member_inputs) + shift))
    means = in_quadrant(outputs.mean, outputs.proba.argmax(axis=1))
    return tuple(
        Segment(
            float(audio.starts_s[index]),
            float(audio.ends_s[index]),
            outputs.proba[index],
            *_axes(means[index], outputs.sd[index]),
        )
        for index in range(len(means))
    )


def _vector(track: Track, modality: Modality) -> FloatVector:
    vector = track.features.vector(modality)
    if vector is None:  # a belief about a modality whose features are gone
        raise ValueError(
            f"Track {track.track_id!r} has a belief about {modality} but no features of it."
        )
    return vector
