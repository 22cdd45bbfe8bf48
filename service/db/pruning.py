"""Deletion of what was derived under snapshots that are not served, and can be computed again."""

import shutil
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import BindParameter, Connection, and_, bindparam, delete, select, update

from service.db.database import Database
from service.db.population_predictions import PREDICTION_COLUMNS
from service.db.tables import personal_model, track, track_belief, track_segments
from service.db.track_feature_files import STATE

ROWS_AT_ONCE = 1_000
"""Rows in one transaction; other writers run in between."""
STALE_S = 30 * 24 * 3600.0
"""Age since the last use from which track features count as those of a snapshot not served."""

Parameters: TypeAlias = Mapping[str, object]

_SERVED: BindParameter[str] = bindparam("served", expanding=True)
_OWN = and_(
    track_belief.c.track_id == track.c.track_id, track_belief.c.snapshot == bindparam("home")
)
_MOVABLE = (
    select(track.c.track_id)
    .join(track_belief, _OWN)
    .where(track.c.snapshot.not_in(_SERVED))
    .order_by(track.c.track_id)
    .limit(ROWS_AT_ONCE)
    .with_for_update(of=track)
)
_MOVE = (
    update(track)
    .where(track.c.track_id.in_(bindparam("track_ids", expanding=True)), _OWN)
    .values(
        {"snapshot": track_belief.c.snapshot}
        | {name: track_belief.c[name] for name in PREDICTION_COLUMNS if name in track.c}
    )
)
_MOVE_SEGMENTS = (
    update(track_segments)
    .where(
        track_segments.c.track_id.in_(bindparam("track_ids", expanding=True)),
        track_segments.c.track_id == track_belief.c.track_id,
        track_belief.c.snapshot == bindparam("home"),
    )
    .values(segment_proba=track_belief.c.segment_proba)
)
_TAKE_AWAY = delete(track_belief).where(
    track_belief.c.track_id.in_(bindparam("track_ids", expanding=True)),
    track_belief.c.snapshot == bindparam("home"),
)
_USELESS = (
    select(track_belief.c.track_id, track_belief.c.snapshot)
    .where(track_belief.c.snapshot.not_in(_SERVED))
    .limit(ROWS_AT_ONCE)
)
_DROP = delete(track_belief).where(
    track_belief.c.track_id == bindparam("one"), track_belief.c.snapshot == bindparam("of")
)
_OLD_MODELS = (
    select(personal_model.c.user_id, personal_model.c.snapshot, personal_model.c.algorithm)
    .where(personal_model.c.snapshot.not_in(_SERVED))
    .limit(ROWS_AT_ONCE)
)
_DROP_MODEL = delete(personal_model).where(
    personal_model.c.user_id == bindparam("one"),
    personal_model.c.snapshot == bindparam("of"),
    personal_model.c.algorithm == bindparam("by"),
)


@dataclass(frozen=True, slots=True)
class PruneCounts:
    """Numbers of what was deleted; ``n_folders`` are folders of track features."""

    n_models: int
    n_predictions: int
    n_folders: int


def prune(database: Database, served: Mapping[str, str], home: str) -> tuple[int, int]:
    """Delete what was derived under other snapshots; return numbers of models and predictions.

    Args:
        database: The database.
        served: Serving versions of the snapshots to keep, by version. Predictions are kept by
            version, personal models by serving version.
        home: The snapshot that answers most. Its predictions move into the tracks' rows that hold
            those of a snapshot that is not served.
    """
    parameters: Parameters = {"served": list(served), "home": home}
    n_predictions = _repeat_until_done(database, _move, parameters)
    n_predictions += _repeat_until_done(database, _drop_population_predictions, parameters)
    learnt = {"served": list(served.values())}
    return _repeat_until_done(database, _drop_models, learnt), n_predictions


def remove_unused(folder: Path, identity: str, served: Collection[str], idle_s: float) -> int:
    """Delete folders of a catalogue's track features of other snapshots; return how many.

    Args:
        folder: Folder of track features on this machine.
        identity: Id of the catalogue; folders of others are kept.
        served: Serving versions of the snapshots to keep.
        idle_s: Folders that were used within this time are kept too.
    """
    kept = {f"{version}-{identity}" for version in served}
    n_folders = 0
    for state in folder.glob(f"*-{identity}/{STATE}"):
        with suppress(OSError):  # another process may have deleted it
            if state.parent.name not in kept and time.time() - state.stat().st_mtime > idle_s:
                shutil.rmtree(state.parent)
                n_folders += 1
    return n_folders


def _repeat_until_done(
    database: Database, some: Callable[[Connection, Parameters], int], parameters: Parameters
) -> int:
    """Call a function that changes some rows until none is left; return the number of rows."""
    n_rows = 0
    while True:
        with database.write() as connection:
            n_more = some(connection, parameters)
        if not n_more:
            return n_rows
        n_rows += n_more


def _move(connection: Connection, parameters: Parameters) -> int:
    """Replace predictions in tracks' rows that belong to snapshots not served."""
    track_ids = list(connection.execute(_MOVABLE, parameters).scalars())
    if track_ids:
        for statement in (_MOVE, _MOVE_SEGMENTS, _TAKE_AWAY):
            connection.execute(statement, {**parameters, "track_ids": track_ids})
    return len(track_ids)


def _drop_population_predictions(connection: Connection, parameters: Parameters) -> int:
    rows = connection.execute(_USELESS, parameters).all()
    if rows:
        connection.execute(_DROP, [{"one": track_id, "of": of} for track_id, of in rows])
    return len(rows)


def _drop_models(connection: Connection, parameters: Parameters) -> int:
    rows = connection.execute(_OLD_MODELS, parameters).all()
    if rows:
        parameter_sets = [{"one": user_id, "of": of, "by": by} for user_id, of, by in rows]
        connection.execute(_DROP_MODEL, parameter_sets)
    return len(rows)
