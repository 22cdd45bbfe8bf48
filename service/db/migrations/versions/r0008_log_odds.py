"""Store log-odds instead of mean signs, as the logistic model of listeners reads them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import sqlalchemy as sa
from alembic import op

from models.arrays import FloatMatrix
from models.emotion import SIGNS, softmax
from service.clock import utc_now

revision = "0008"
down_revision = "0007"

_AT_ONCE = 10_000
_FLOAT32 = "<f4"
_LEAST = 2.0**-25
"""Three mean signs in single precision tell no smaller probability from 0."""
_MOMENTS = np.column_stack([SIGNS, SIGNS.prod(axis=1)])
_N_BEFORE = _MOMENTS.shape[1] + 1
"""Columns before the components: three means of signs, the components' squared length."""
_TRACK = sa.table("track", sa.column("track_id", sa.String), sa.column("sketch", sa.LargeBinary))
_BELIEF = sa.table(
    "track_belief",
    sa.column("track_id", sa.String),
    sa.column("snapshot", sa.String),
    sa.column("sketch", sa.LargeBinary),
)
_MODEL = sa.table("personal_model", sa.column("algorithm", sa.String))
_CALIBRATION = sa.table(
    "calibration",
    sa.column("facts", sa.Text),
    sa.column("reverted_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    """Convert the track features; no track is predicted again. Delete models that are not read.

    Track features of snapshots of before 0006 had other columns. They come out wrong, and are not
    read: the served snapshot predicts such a track again.
    """
    for table in (_TRACK, _BELIEF):
        _convert(table, _in_log_odds)
    _forget_models("gaussian")


def downgrade() -> None:
    """Restore the track features; revert calibrations that the release before cannot read."""
    for table in (_TRACK, _BELIEF):
        _convert(table, _in_mean_signs)
    _forget_models("logistic")
    _take_back()


def _forget_models(algorithm: str) -> None:
    # A snapshot may stay in use across the releases, and `replay --prune` then keeps its models.
    op.execute(_MODEL.delete().where(_MODEL.c.algorithm == algorithm))


def _take_back() -> None:
    has_listeners = _CALIBRATION.c.facts.contains('"listeners": {', autoescape=True)
    stands = _CALIBRATION.c.reverted_at.is_(None)
    op.execute(_CALIBRATION.update().where(stands, has_listeners).values(reverted_at=utc_now()))


def _in_log_odds(rows: FloatMatrix) -> FloatMatrix:
    means = rows[:, : _N_BEFORE - 1].astype(np.float64)
    proba = np.maximum((1.0 + means @ _MOMENTS.T) / len(SIGNS), _LEAST)
    return np.concatenate([np.log(proba) @ _MOMENTS / len(SIGNS), rows[:, _N_BEFORE:]], axis=1)


def _in_mean_signs(rows: FloatMatrix) -> FloatMatrix:
    contrasts, phi = np.split(rows.astype(np.float64), [_N_BEFORE - 1], axis=1)
    means = softmax(contrasts @ _MOMENTS.T) @ _MOMENTS
    return np.concatenate([means, (phi**2).sum(axis=1, keepdims=True), phi], axis=1)


def _convert(table: sa.TableClause, convert: Callable[[FloatMatrix], FloatMatrix]) -> None:
    keys = [column for column in table.c if column.name != "sketch"]
    change = table.update().where(*(key == sa.bindparam(f"the_{key.name}") for key in keys))
    for page in _pages(table, keys):
        by_length: dict[int, list[Any]] = {}
        for row in page:
            by_length.setdefault(len(row.sketch), []).append(row)
        for alike in by_length.values():
            rows = np.stack([np.frombuffer(row.sketch, _FLOAT32) for row in alike])
            if rows.shape[1] < _N_BEFORE:
                continue
            converted = convert(rows).astype(_FLOAT32)
            values = [
                {"sketch": new.tobytes()}
                | {f"the_{key.name}": getattr(row, key.name) for key in keys}
                for row, new in zip(alike, converted, strict=True)
            ]
            op.get_bind().execute(change, values)


def _pages(table: sa.TableClause, keys: list[Any]) -> Iterator[list[Any]]:
    """Yield the rows that have track features in the order of their keys, some at a time."""
    order, after = sa.tuple_(*keys), None
    chosen = sa.select(*table.c).where(table.c.sketch.is_not(None)).order_by(*keys)
    while True:
        left = chosen if after is None else chosen.where(order > sa.tuple_(*after))
        page = list(op.get_bind().execute(left.limit(_AT_ONCE)).all())
        if not page:
            return
        yield page
        after = [getattr(page[-1], key.name) for key in keys]
