"""Predictions of tracks, for a listener or for the population.

features → members' logits → consensus of each modality → fusion → quadrant, valence, arousal.
A personal committee replaces members' logits; a logistic model changes the fused distribution.

Quadrant, prediction set and point of a prediction all follow from one distribution.
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
from models.prediction.prediction import Distribution, Part, Segment, TrackPrediction
from models.prediction_sets import prediction_sets
from models.snapshot import Snapshot
from models.track import PopulationPrediction, Track, TrackFeatures


def predict_population(snapshot: Snapshot, features: TrackFeatures) -> PopulationPrediction:
    """Return the shared members' outputs for a track: the costly part of a prediction."""
    logits: dict[Modality, NDArray[np.float64]] = {}
    segment_proba: Proba = np.zeros((0, len(QUADRANTS)))
    for modality, committee in snapshot.committees.items():
        vector = features.vector(modality)
        if vector is None:
            continue
        # Without its segments: a matrix product rounds by its shape, and a repeated prediction
        # must give the same bits.
        logits[modality] = committee.member_logits(vector[None])[:, 0]
        if (
            modality is Modality.AUDIO
            and features.audio is not None
            and len(features.audio.segments)
        ):
            segments = features.audio.segments.astype(np.float32)
            segment_proba = committee.consensus(committee.member_logits(segments))
    return PopulationPrediction(logits, segment_proba, logistic_inputs(snapshot, features, logits))


def logistic_inputs(
    snapshot: Snapshot, features: TrackFeatures, logits: Mapping[Modality, NDArray[np.float64]]
) -> FloatVector:
    """Return a track's inputs of the logistic model, its track features ``(n_columns,)``.

    Args:
        snapshot: The shared models.
        features: Of the track.
        logits: Modality to the shared members' logits ``(n_members, n_quadrants)``.
    """
    components = snapshot.listener_model.components
    phi = np.zeros((1, components.n_components))
    if features.audio is not None:
        phi = components(features.audio.vector[None])
    vectors = {modality: features.vector(modality) for modality in logits}
    _, fused = _fuse(
        snapshot.under(None),
        {m: vector[None] for m, vector in vectors.items() if vector is not None},
        {m: member_logits[:, None] for m, member_logits in logits.items()},
        snapshot.default_fusion,
    )
    return snapshot.recalibrated_features(track_features(fused, phi))[0]


def predict_all(
    snapshot: Snapshot,
    tracks: Sequence[Track],
    *,
    personal: PersonalModel | None,
    fusion: str,
    votes: Votes | None = None,
) -> list[TrackPrediction]:
    """Return the prediction of each track.

    Args:
        snapshot: The shared models.
        tracks: Of any modalities.
        personal: The model of the listener, or of a listener without answers; None for the shared
            models alone.
        fusion: Name of the fusion.
        votes: Others' votes, without the listener's own ``(n_tracks, n_quadrants)``; zeros by
            default. Only a logistic model reads them.

    Raises:
        UnknownFusionError: The snapshot has no such fusion.
        MissingModalityError: A track lacks a modality that the fusion requires.
    """
    if fusion not in snapshot.fusions:
        raise UnknownFusionError(
            f"There is no fusion {fusion!r}; there are {', '.join(snapshot.fusions)}."
        )
    counts = np.zeros((len(tracks), len(QUADRANTS))) if votes is None else votes
    predictions: dict[int, TrackPrediction] = {}
    for places in _groups(tracks):
        group = [tracks[place] for place in places]
        task = _PredictionTask(snapshot, group, _member_inputs(group, counts[places]), fusion)
        predictions |= zip(places, _predict_group(task, personal), strict=True)
    return [predictions[place] for place in range(len(tracks))]


def _groups(tracks: Sequence[Track]) -> list[list[int]]:
    """Return the places of tracks with the same modalities and staleness, group by group."""
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
    with_features = [] if tracks[0].is_stale else present
    return MemberInputs(
        {m: np.stack([_vector(track, m) for track in tracks]) for m in with_features},
        {m: np.stack(rows, axis=1) for m, rows in logits.items()},
        np.stack([track.population_prediction.sketch for track in tracks]),
        votes,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _PredictionTask:
    """Tracks with the same modalities and the models to predict them with."""

    snapshot: Snapshot
    tracks: Sequence[Track]
    member_inputs: MemberInputs
    fusion: str

    def predict_shared(self, logits: Mapping[Modality, MemberLogits]) -> PredictionBatch:
        """Return the shared models' predictions from logits of the members."""
        by_modality, fused = self._fuse(logits)
        estimates = self._estimates(fused)
        parts = np.zeros((len(PARTS), *fused.shape))
        parts[PARTS.index("population")] = centred(log_proba(fused))
        return PredictionBatch(
            modalities=by_modality,
            fused=fused,
            mean=estimates.mean,
            sd=estimates.sd,
            parts=parts,
            sets=self._sets(fused),
            is_personal=np.zeros(len(fused), np.bool_),
            predict_segments=lambda _, proba: self._estimates(proba),
        )

    def _fuse(
        self, logits: Mapping[Modality, MemberLogits]
    ) -> tuple[dict[Modality, Proba], Proba]:
        if logits:
            return _fuse(self.snapshot, self.member_inputs.features, logits, self.fusion)
        for modality in self.snapshot.fusions[self.fusion].requires:
            raise MissingModalityError(
                f"The fusion {self.fusion} needs {modality}, which the track lacks."
            )
        # No snapshot ever predicted these tracks: even odds, until listeners have answered.
        return {}, np.full((len(self.tracks), len(QUADRANTS)), 1.0 / len(QUADRANTS))

    def _estimates(self, proba: Proba) -> Estimates:
        return Estimates(proba, *self.snapshot.readout(proba))

    def _sets(self, fused: Proba) -> NDArray[np.bool_] | None:
        if self.fusion != self.snapshot.default_fusion or not self.member_inputs.shared:
            return None
        return prediction_sets(fused, self.snapshot.limits[frozenset(self.member_inputs.shared)])


def _fuse(
    snapshot: Snapshot,
    features: Mapping[Modality, FloatMatrix],
    logits: Mapping[Modality, MemberLogits],
    fusion: str,
) -> tuple[dict[Modality, Proba], Proba]:
    """Return each modality's consensus, and the fused distributions."""
    committees = snapshot.committees
    by_modality = {m: committees[m].consensus(each) for m, each in logits.items()}
    common = {m: committees[m].common(x) for m, x in features.items()}
    fused = snapshot.fusions[fusion].fuse(Evidence(by_modality, common))
    return {m: snapshot.calibrated(p) for m, p in by_modality.items()}, snapshot.calibrated(fused)


def _predict_group(task: _PredictionTask, personal: PersonalModel | None) -> list[TrackPrediction]:
    shared = batch = task.predict_shared(task.member_inputs.shared)
    if personal is not None:
        batch = personal.predict_batch(task.member_inputs, shared, task.predict_shared)
    if task.tracks[0].is_stale:  # the coverage of sets under another snapshot is unknown
        batch = replace(batch, sets=None)
    batch = replace(batch, mean=in_quadrant(batch.mean, batch.fused.argmax(axis=1)))
    curves = _curves(task, batch, shared)
    return [_prediction(task, batch, curves[row], row) for row in range(len(curves))]


def _prediction(
    task: _PredictionTask, batch: PredictionBatch, curve: tuple[Segment, ...], row: int
) -> TrackPrediction:
    proba, notices = batch.fused[row], task.tracks[row].features.notices
    valence, arousal = _axes(batch.mean[row], batch.sd[row])
    unread = {m: None for m in Modality if any(n.code.startswith(f"{m}_") for n in notices)}
    return TrackPrediction(
        quadrant=QUADRANTS[int(proba.argmax())],
        proba=proba,
        valence=valence,
        arousal=arousal,
        entropy=float(entropy(proba)),
        is_ambiguous=bool(proba.max() < AMBIGUOUS_BELOW),
        fusion=task.fusion,
        modalities=unread | {m: each[row] for m, each in batch.modalities.items()},
        segments=curve,
        likely=None if batch.sets is None else _likely(proba, batch.sets[row]),
        why=_why(batch.parts[:, row]),
        is_personal=bool(batch.is_personal[row]),
        notices=notices,
    )


def _axes(mean: NDArray[np.float64], sd: NDArray[np.float64]) -> tuple[Estimate, Estimate]:
    """Return valence and arousal."""
    return Estimate(float(mean[0]), float(sd[0])), Estimate(float(mean[1]), float(sd[1]))


def _likely(proba: Distribution, is_in: NDArray[np.bool_]) -> tuple[Quadrant, ...]:
    by_proba = np.argsort(-proba, kind="stable")
    return tuple(QUADRANTS[place] for place in by_proba if is_in[place])


def _why(parts: NDArray[np.float64]) -> dict[str, Part]:
    """Return the parts ``(n_parts, n_quadrants)`` with their shares."""
    size = np.abs(parts).sum(axis=1)
    total = size.sum()
    # A uniform distribution is the population model's, like any other without answers.
    share = size / total if total > 0.0 else np.eye(len(PARTS))[0]
    log_odds = parts + 0.0  # never -0.0
    return {
        name: Part(added, float(part))
        for name, added, part in zip(PARTS, log_odds, share, strict=True)
    }


def _curves(
    task: _PredictionTask, batch: PredictionBatch, shared: PredictionBatch
) -> list[tuple[Segment, ...]]:
    """Return each track's segments.

    Only audio varies along a track. Lyrics change the log-odds of every segment as they change
    those of the whole track.
    """
    audio_proba = shared.modalities.get(Modality.AUDIO)
    if audio_proba is None:
        return [() for _ in task.tracks]
    shifts = log_proba(shared.fused) - log_proba(audio_proba)
    return [_curve(task, row, batch, shift) for row, shift in enumerate(shifts)]


def _curve(
    task: _PredictionTask, row: int, batch: PredictionBatch, shift: Distribution
) -> tuple[Segment, ...]:
    track = task.tracks[row]
    audio = track.features.audio
    if audio is None or not len(track.population_prediction.segment_proba):
        return ()
    audio_proba = task.snapshot.calibrated(track.population_prediction.segment_proba)
    estimates = batch.predict_segments(row, softmax(log_proba(audio_proba) + shift))
    means = in_quadrant(estimates.mean, estimates.proba.argmax(axis=1))
    return tuple(
        Segment(
            float(audio.starts_s[index]),
            float(audio.ends_s[index]),
            estimates.proba[index],
            *_axes(means[index], estimates.sd[index]),
        )
        for index in range(len(means))
    )


def _vector(track: Track, modality: Modality) -> FloatVector:
    vector = track.features.vector(modality)
    if vector is None:
        raise ValueError(
            f"Track {track.track_id!r} has members' logits for {modality} but no features of it."
        )
    return vector
