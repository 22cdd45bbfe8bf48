"""Tracks as arrays: the members' distributions and the features of a sample of a catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, MemberLogits, MemberProba, Proba
from models.committee import Committee
from models.emotion import N_QUADRANTS, Modality, softmax
from models.fusion import Evidence, Fusion
from models.fusion.evidence import log_proba
from models.personal import PersonalCommittee, PersonalLogistic, PersonalModel
from models.personal.logistic.track_features import design_of
from models.snapshot import Snapshot
from models.track import Track

_BLOCK_TRACKS = 2048
"""Tracks predicted at a time; bounds a committee's temporary arrays to some ten MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One modality of the tracks that have it.

    Attributes:
        places: Places of these tracks in the table, ascending ``(n_present,)``.
        features: Shape ``(n_present, n_features)``; NaN for stale tracks.
        is_stale: Whether an earlier snapshot predicted the track ``(n_present,)``.
        shared: The shared members' logits ``(n_members, n_present, n_quadrants)``.
    """

    places: NDArray[np.int64]
    features: NDArray[np.float32]
    is_stale: NDArray[np.bool_]
    shared: MemberLogits


class TrackTable:
    """An immutable table of tracks, ordered by id."""

    def __init__(self, tracks: Mapping[str, Track]) -> None:
        self._tracks = tracks

    @classmethod
    def of(cls, tracks: Sequence[Track]) -> Self:
        """Return the table of these tracks."""
        return cls({track.track_id: track for track in tracks})

    @cached_property
    def track_ids(self) -> tuple[str, ...]:
        """The ids, ascending."""
        return tuple(sorted(self._tracks))

    @cached_property
    def columns(self) -> Mapping[Modality, Column]:
        """Each modality that any track has. Lazy, because it copies all features."""
        return {modality: column for modality in Modality if (column := self._column(modality))}

    @cached_property
    def track_features(self) -> FloatMatrix:
        """The inputs of the logistic model ``(n_tracks, n_columns)``."""
        return np.stack(
            [self._tracks[track_id].population_prediction.sketch for track_id in self.track_ids]
        )

    def _column(self, modality: Modality) -> Column | None:
        places, vectors, shared = [], [], []
        for place, track_id in enumerate(self.track_ids):
            track = self._tracks[track_id]
            vector = track.features.vector(modality)
            has_either = vector is not None or track.is_stale
            if has_either and modality in track.population_prediction.member_logits:
                places.append(place)
                vectors.append(vector)
                shared.append(track.population_prediction.member_logits[modality])
        if not places:
            return None
        is_stale = np.array([vector is None for vector in vectors])
        return Column(np.array(places), _rows_of(vectors), is_stale, np.stack(shared, axis=1))


def _rows_of(vectors: Sequence[FloatVector | None]) -> NDArray[np.float32]:
    """Return features as a matrix, NaN where there are none."""
    width = max((len(vector) for vector in vectors if vector is not None), default=0)
    missing = np.full(width, np.nan, np.float32)
    return np.stack([missing if vector is None else vector for vector in vectors])


def member_proba(
    snapshot: Snapshot, table: TrackTable, personal: PersonalModel | None
) -> MemberProba:
    """Return every member's distributions ``(n_members, n_tracks, n_quadrants)``.

    A member is an algorithm and a fold. If a track has both modalities, the snapshot's default
    fusion combines the member's two distributions, as it combines the committees' in a prediction.
    If one modality's committee lacks an algorithm, the mean of the fold's other algorithms stands
    for it, which leaves that committee's consensus unchanged.

    A personal committee replaces its members' outputs. A logistic model adds the listener's level
    and taste to the log-odds of every member.
    """
    if isinstance(personal, PersonalCommittee):
        return _member_proba(snapshot, table, personal)
    shared = _member_proba(snapshot, table, None)
    if isinstance(personal, PersonalLogistic) and personal.is_used and len(table.track_ids):
        design = design_of(table.track_features, personal.shared.n_taste)
        return softmax(log_proba(shared) + design @ personal.weights)
    return shared


def _member_proba(
    snapshot: Snapshot, table: TrackTable, personal: PersonalCommittee | None
) -> MemberProba:
    n_tracks = len(table.track_ids)
    algorithms = list(dict.fromkeys(n for c in snapshot.committees.values() for n in c.families))
    by_modality = {
        modality: _aligned(
            _column_proba(modality, column, personal), snapshot.committees[modality], algorithms
        )
        for modality, column in table.columns.items()
    }
    fusion = snapshot.fusions[snapshot.default_fusion]
    n_members = len(next(iter(by_modality.values()))) if by_modality else 0
    result = np.empty((n_members, n_tracks, N_QUADRANTS))
    rows = {modality: _rows(column, n_tracks) for modality, column in table.columns.items()}
    has = {modality: row >= 0 for modality, row in rows.items()}
    for present in _combinations(list(by_modality)):
        group = np.logical_and.reduce([has[m] if m in present else ~has[m] for m in by_modality])
        if group.any():
            group_proba = {m: by_modality[m][:, rows[m][group]] for m in present}
            result[:, group] = snapshot.calibrated(_fuse_members(fusion, group_proba))
    return result


def _column_proba(
    modality: Modality, column: Column, personal: PersonalCommittee | None
) -> MemberProba:
    if personal is None:
        return softmax(column.shared)
    blocks = []
    for start in range(0, len(column.places), _BLOCK_TRACKS):
        block = slice(start, start + _BLOCK_TRACKS)
        logits, is_current = column.shared[:, block].copy(), ~column.is_stale[block]
        if is_current.any():
            x = column.features[block][is_current]
            logits[:, is_current] = personal.member_logits(modality, x, logits[:, is_current])
        blocks.append(softmax(logits))
    return np.concatenate(blocks, axis=1)


def _aligned(proba: MemberProba, committee: Committee, algorithms: list[str]) -> MemberProba:
    """Return the distributions in the order of ``algorithms``; the mean for those it lacks."""
    if list(committee.families) == algorithms:
        return proba
    by_algorithm = {name: proba[committee.rows(name)] for name in committee.families}
    average = np.mean(list(by_algorithm.values()), axis=0)
    return np.concatenate([by_algorithm.get(name, average) for name in algorithms])


def _rows(column: Column, n_tracks: int) -> NDArray[np.int64]:
    """Return each track's row in a column, ``(n_tracks,)``; -1 for tracks without one."""
    rows = np.full(n_tracks, -1)
    rows[column.places] = np.arange(len(column.places))
    return rows


def _combinations(modalities: Sequence[Modality]) -> list[list[Modality]]:
    """Return every non-empty subset."""
    subsets: list[list[Modality]] = [[]]
    for modality in modalities:
        subsets += [[*subset, modality] for subset in subsets]
    return subsets[1:]


def _fuse_members(fusion: Fusion, by_modality: Mapping[Modality, MemberProba]) -> MemberProba:
    shape = next(iter(by_modality.values())).shape
    flat: dict[Modality, Proba] = {
        modality: proba.reshape(-1, N_QUADRANTS) for modality, proba in by_modality.items()
    }
    return fusion.fuse(Evidence(flat, {})).reshape(shape)


def feature_matrix(table: TrackTable, committees: Mapping[Modality, Committee]) -> FloatMatrix:
    """Return every track's features, the modalities side by side ``(n_tracks, n_features)``.

    The columns of a modality that a track lacks are NaN. Features that only one algorithm reads
    are left out: a network's embeddings would outnumber all other features.
    """
    parts = [
        (column.places, committees[modality].common(column.features))
        for modality, column in table.columns.items()
    ]
    ends = np.cumsum([x.shape[1] for _, x in parts], dtype=np.int64)
    n_features = int(ends[-1]) if parts else 0
    result = np.full((len(table.track_ids), n_features), np.nan, dtype=np.float32)
    for (places, x), end in zip(parts, ends, strict=True):
        result[places, end - x.shape[1] : end] = x
    return result
