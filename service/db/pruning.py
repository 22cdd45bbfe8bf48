"""Deletes what was derived under snapshots that are not served any more; all can be made again."""

import shutil
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import BindParameter, Connection, and_, bindparam, delete, select, update

from service.db.database import Database
from service.db.population_predictions import BELIEF
from service.db.tables import personal_model, track, track_belief
from service.db.track_feature_files import STATE

ROWS_AT_ONCE = 1_000
"""Rows in one transaction; others write in between."""
STALE_S = 30 * 24 * 3600.0
"""Sketches that nobody opened for so long are of a snapshot that is not served any more."""

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
        {"snapshot": track_belief.c.snapshot} | {name: track_belief.c[name] for name in BELIEF}
    )
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


def prune(database: Database, served: Mapping[str, str], home: str) -> tuple[int, int]:
    """Delete what was derived under other snapshots; return how many models and beliefs.

    Args:
        database: Where it is.
        served: Versions of the snapshots whose beliefs stay, to the serving versions of which
            personal models stay.
        home: The one of them that answers most: its beliefs move into the tracks' own rows where
            these hold those of a snapshot that is not served.
    """
    parameters: Parameters = {"served": list(served), "home": home}
    n_beliefs = _repeat_until_done(database, _move, parameters)
    n_beliefs += _repeat_until_done(database, _drop_population_predictions, parameters)
    learnt = {"served": list(served.values())}
    return _repeat_until_done(database, _drop_models, learnt), n_beliefs


def remove_unused(folder: Path, identity: str, served: Collection[str], idle_s: float) -> int:
    """Delete folders of a catalogue's sketches under other snapshots; return how many.

    Args:
        folder: Where sketches are on this machine.
        identity: Of the catalogue; those of others stay.
        served: Serving versions of the snapshots whose sketches stay.
        idle_s: Nor is one touched that somebody opened less than so long ago.
    """
    kept = {f"{version}-{identity}" for version in served}
    n_folders = 0
    for state in folder.glob(f"*-{identity}/{STATE}"):
        with suppress(OSError):  # another process is faster
            if state.parent.name not in kept and time.time() - state.stat().st_mtime > idle_s:
                shutil.rmtree(state.parent)
                n_folders += 1
    return n_folders


def _repeat_until_done(
    database: Database, some: Callable[[Connection, Parameters], int], parameters: Parameters
) -> int:
    """Have some rows changed at a time until there are no more; return how many there were."""
    n_rows = 0
    while True:
        with database.write() as connection:
            n_more = some(connection, parameters)
        if not n_more:
            return n_rows
        n_rows += n_more


def _move(connection: Connection, parameters: Parameters) -> int:
    """Replace beliefs in tracks' rows of snapshots that are not served."""
    track_ids = list(connection.execute(_MOVABLE, parameters).scalars())
    if track_ids:
        for statement in (_MOVE, _TAKE_AWAY):
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
        doomed = [{"one": user_id, "of": of, "by": by} for user_id, of, by in rows]
        connection.execute(_DROP_MODEL, doomed)
    return len(rows)
