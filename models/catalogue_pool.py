"""Many tracks as arrays: what query strategies look at when the pool is a whole catalogue."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
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
"""Tracks judged at a time: what a committee makes of them in passing stays within some ten MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One modality of the tracks that have it.

    Attributes:
        places: Where these tracks stand in the table, ascending ``(n_present,)``.
        features: Shape ``(n_present, n_features)``; not a number for tracks that an earlier
            snapshot judged.
        is_stale: Which tracks these are ``(n_present,)``.
        shared: What the shared members say of them ``(n_members, n_present, n_quadrants)``.
    """

    places: NDArray[np.int64]
    features: NDArray[np.float32]
    is_stale: NDArray[np.bool_]
    shared: MemberLogits


class TrackTable:
    """Tracks in the order of their ids; never changed, only replaced."""

    def __init__(self, tracks: Mapping[str, Track]) -> None:
        self._tracks = tracks

    @classmethod
    def of(cls, tracks: Sequence[Track]) -> Self:
        """Return the table of these tracks."""
        return cls({track.track_id: track for track in tracks})

    def with_tracks(self, changed: Sequence[Track], removed: Collection[str]) -> Self:
        """Return the table in which some tracks are new or others, and some are gone."""
        tracks = dict(self._tracks) | {track.track_id: track for track in changed}
        for track_id in removed:
            tracks.pop(track_id, None)
        return type(self)(tracks)

    @cached_property
    def track_ids(self) -> tuple[str, ...]:
        """The ids, ascending."""
        return tuple(sorted(self._tracks))

    @cached_property
    def columns(self) -> Mapping[Modality, Column]:
        """Each modality that any track has; made when first asked for: it copies all features."""
        return {modality: column for modality in Modality if (column := self._column(modality))}

    @cached_property
    def track_features(self) -> FloatMatrix:
        """All tracks as the logistic personaliser sees them ``(n_tracks, n_columns)``."""
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
    """Return features as a matrix, not a number where there are none."""
    width = max((len(vector) for vector in vectors if vector is not None), default=0)
    missing = np.full(width, np.nan, np.float32)
    return np.stack([missing if vector is None else vector for vector in vectors])


def member_proba(
    snapshot: Snapshot, table: TrackTable, personal: PersonalModel | None
) -> MemberProba:
    """Return what every member says of every track, ``(n_members, n_tracks, n_quadrants)``.

    What they say to nobody in particular is remembered for the last table.

    A member is an algorithm and a fold. Where a track has both modalities, the member's two
    distributions are fused by the snapshot's default rule, as the committees' are in a prediction.
    An algorithm that one modality's committee lacks says there what the others of its fold say on
    average, which leaves that committee's mean what it is.

    A listener's logistic model moves the odds of every member alike: by the listener's level and
    taste.
    """
    if isinstance(personal, PersonalCommittee):
        return _ask(snapshot, table, personal)
    everybodys = _everybodys(snapshot, table)
    if isinstance(personal, PersonalLogistic) and personal.is_used and len(table.track_ids):
        return _moved(everybodys, personal, table.track_features)
    return everybodys


def _moved(
    everybodys: MemberProba, personal: PersonalLogistic, track_features: FloatMatrix
) -> MemberProba:
    design = design_of(track_features, personal.shared.n_taste)
    return softmax(log_proba(everybodys) + design @ personal.weights)


@lru_cache(maxsize=1)
def _everybodys(snapshot: Snapshot, table: TrackTable) -> MemberProba:
    proba = _ask(snapshot, table, None)
    proba.flags.writeable = False
    return proba


def _ask(snapshot: Snapshot, table: TrackTable, personal: PersonalCommittee | None) -> MemberProba:
    n_tracks = len(table.track_ids)
    algorithms = list(dict.fromkeys(n for c in snapshot.committees.values() for n in c.families))
    spoken = {
        modality: _aligned(
            _speak(modality, column, personal), snapshot.committees[modality], algorithms
        )
        for modality, column in table.columns.items()
    }
    fusion = snapshot.fusions[snapshot.default_fusion]
    n_members = len(next(iter(spoken.values()))) if spoken else 0
    result = np.empty((n_members, n_tracks, N_QUADRANTS))
    rows = {modality: _rows(column, n_tracks) for modality, column in table.columns.items()}
    has = {modality: row >= 0 for modality, row in rows.items()}
    for present in _combinations(list(spoken)):
        alike = np.logical_and.reduce([has[m] if m in present else ~has[m] for m in spoken])
        if alike.any():
            logits_by_modality = {m: spoken[m][:, rows[m][alike]] for m in present}
            result[:, alike] = snapshot.calibrated(_fuse_members(fusion, logits_by_modality))
    return result


def _speak(modality: Modality, column: Column, personal: PersonalCommittee | None) -> MemberProba:
    if personal is None:
        return softmax(column.shared)
    blocks = []
    for start in range(0, len(column.places), _BLOCK_TRACKS):
        block = slice(start, start + _BLOCK_TRACKS)
        logits, is_read = column.shared[:, block].copy(), ~column.is_stale[block]
        if is_read.any():
            x = column.features[block][is_read]
            logits[:, is_read] = personal.member_logits(modality, x, logits[:, is_read])
        blocks.append(softmax(logits))
    return np.concatenate(blocks, axis=1)


def _aligned(proba: MemberProba, committee: Committee, algorithms: list[str]) -> MemberProba:
    """Return what the members of these algorithms say, those of the committee and the rest."""
    if list(committee.families) == algorithms:
        return proba
    by_algorithm = {name: proba[committee.rows(name)] for name in committee.families}
    average = np.mean(list(by_algorithm.values()), axis=0)
    return np.concatenate([by_algorithm.get(name, average) for name in algorithms])


def _rows(column: Column, n_tracks: int) -> NDArray[np.int64]:
    """Return each track's row in a column, ``(n_tracks,)``; -1 for those it lacks."""
    rows = np.full(n_tracks, -1)
    rows[column.places] = np.arange(len(column.places))
    return rows


def _combinations(modalities: Sequence[Modality]) -> list[list[Modality]]:
    """Return every choice of at least one modality."""
    chosen: list[list[Modality]] = [[]]
    for modality in modalities:
        chosen += [[*before, modality] for before in chosen]
    return chosen[1:]


def _fuse_members(
    fusion: Fusion, logits_by_modality: Mapping[Modality, MemberProba]
) -> MemberProba:
    shape = next(iter(logits_by_modality.values())).shape
    flat: dict[Modality, Proba] = {
        m: proba.reshape(-1, N_QUADRANTS) for m, proba in logits_by_modality.items()
    }
    return fusion.fuse(Evidence(flat, {})).reshape(shape)
