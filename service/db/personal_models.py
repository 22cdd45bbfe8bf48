"""A cache of personal models in a database: one a user, snapshot and algorithm."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, insert, select, update

from service.db.database import Database, lock
from service.db.tables import label_event, personal_model


@dataclass(frozen=True, slots=True)
class ModelKey:
    """Everything that a personal model depends on.

    Attributes:
        label_seq: ``seq`` of the user's last event that the model has learnt from.
        revision: Revision of the catalogue, for a model of answers on tracks with features of an
            earlier snapshot, which may change; such models are never stored. Otherwise 0.
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
    """Stores the newest model of each user; the table may be emptied at any time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: ModelKey) -> bytes | None:
        """Return the model with this key; None without one."""
        with self._database.read() as connection:
            blob = connection.execute(_GET, _parameters(key)).scalar()
        return None if blob is None else bytes(blob)

    def put(self, key: ModelKey, blob: bytes) -> bool:
        """Store a model, and return whether it was stored.

        It is not if the user's log is beyond ``key.label_seq``: the user answered meanwhile, or
        was forgotten.
        """
        parameters = _parameters(key) | {"model": blob}
        with self._database.write_cache() as connection:
            lock(connection, f"user {key.user_id}")
            changes = (connection.execute(each, parameters) for each in (_REPLACE, _ADD))
            return any(change.rowcount for change in changes)


def _parameters(key: ModelKey) -> dict[str, object]:
    return {
        "user": key.user_id,
        "version": key.snapshot,
        "by": key.algorithm,
        "seq": key.label_seq,
    }
