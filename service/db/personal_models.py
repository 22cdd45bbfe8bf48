"""Personal models in a database: a cache, one model a user, snapshot and algorithm."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, insert, select, update

from service.db.database import Database, lock
from service.db.tables import label_event, personal_model


@dataclass(frozen=True, slots=True)
class ModelKey:
    """What a personal model is a pure function of.

    Attributes:
        label_seq: The user's last event that it has seen.
        revision: Of the catalogue, for a model of answers on tracks of an earlier snapshot's
            features, which may be heard again: it is never stored. 0 for all others.
    """

    user_id: str
    snapshot: str
    algorithm: str
    label_seq: int
    revision: int = 0


_OWN = (
    personal_model.c.user_id == bindparam("user"),
    personal_model.c.snapshot == bindparam("version"),
    personal_model.c.algorithm == bindparam("by"),
)
_GET = select(personal_model.c.blob).where(*_OWN, personal_model.c.label_seq == bindparam("seq"))
_IS_LAST = bindparam("seq") == (
    select(func.max(label_event.c.seq))
    .where(label_event.c.user_id == bindparam("user"))
    .scalar_subquery()
)
_NEW: dict[str, BindParameter[Any]] = {
    name: bindparam(by, type_=personal_model.c[name].type)
    for name, by in {
        "user_id": "user",
        "snapshot": "version",
        "algorithm": "by",
        "label_seq": "seq",
        "blob": "model",
    }.items()
}
_REPLACE = (
    update(personal_model)
    .where(*_OWN, _IS_LAST)
    .values(label_seq=_NEW["label_seq"], blob=_NEW["blob"])
)
_ADD = (
    insert(personal_model)
    .from_select(list(_NEW), select(*_NEW.values()).where(_IS_LAST))
    .execution_options(preserve_rowcount=True)
)


class PersonalModels:
    """Keeps the newest model of each user; it may be emptied at any time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: ModelKey) -> bytes | None:
        """Return the model of exactly this key, if it is there."""
        with self._database.read() as connection:
            blob = connection.execute(_GET, _asked(key)).scalar()
        return None if blob is None else bytes(blob)

    def put(self, key: ModelKey, blob: bytes) -> bool:
        """Keep a model and return whether it is kept.

        It is not where the user's log has moved on from ``key.label_seq``: the user answered
        meanwhile, or was forgotten and must stay so.
        """
        asked = _asked(key) | {"model": blob}
        with self._database.write_cache() as connection:
            lock(connection, f"user {key.user_id}")
            changes = (connection.execute(each, asked) for each in (_REPLACE, _ADD))
            return any(change.rowcount for change in changes)


def _asked(key: ModelKey) -> dict[str, object]:
    return {
        "user": key.user_id,
        "version": key.snapshot,
        "by": key.algorithm,
        "seq": key.label_seq,
    }
