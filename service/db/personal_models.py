"""Personal models in a database: a cache, one model a user, snapshot and algorithm."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select

from service.db.database import Database, lock
from service.db.tables import label_event, personal_model


@dataclass(frozen=True, slots=True)
class ModelKey:
    """What a personal model is a pure function of.

    Attributes:
        label_seq: The user's last event that it has seen.
    """

    user_id: str
    snapshot: str
    algorithm: str
    label_seq: int


_OWN = (
    personal_model.c.user_id == bindparam("user"),
    personal_model.c.snapshot == bindparam("version"),
    personal_model.c.algorithm == bindparam("by"),
)
_GET = select(personal_model.c.blob).where(*_OWN, personal_model.c.label_seq == bindparam("seq"))
_LAST = select(func.max(label_event.c.seq)).where(label_event.c.user_id == bindparam("user"))


class PersonalModels:
    """Keeps the newest model of each user; it may be emptied at any time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: ModelKey) -> bytes | None:
        """Return the model of exactly this key, if it is there."""
        with self._database.read() as connection:
            blob = connection.execute(_GET, _asked(key)).scalar()
        return None if blob is None else bytes(blob)

    def put(self, key: ModelKey, blob: bytes) -> None:
        """Keep a model, unless the user's log has moved on from ``key.label_seq``."""
        with self._database.write_cache() as connection:
            lock(connection, f"user {key.user_id}")
            last = connection.execute(_LAST, {"user": key.user_id}).scalar()
            if last != key.label_seq:
                return  # the user answered meanwhile, or was forgotten and must stay so
            connection.execute(delete(personal_model).where(*_OWN), _asked(key))
            row = {
                "user_id": key.user_id,
                "snapshot": key.snapshot,
                "algorithm": key.algorithm,
                "label_seq": key.label_seq,
                "blob": blob,
            }
            connection.execute(insert(personal_model), row)


def _asked(key: ModelKey) -> dict[str, object]:
    return {
        "user": key.user_id,
        "version": key.snapshot,
        "by": key.algorithm,
        "seq": key.label_seq,
    }
