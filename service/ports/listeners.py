"""Listeners as the models know them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # it compiles loops, which a command that makes a key need not wait for
    from models.personal import PersonalModel


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """A user as the models know them.

    Attributes:
        n_labels: How many tracks the user's answers stand for now.
        model: None for somebody without labels who is told what everybody is.
    """

    user_id: str
    n_labels: int
    model: "PersonalModel | None"

    @property
    def is_used(self) -> bool:
        """Whether the user's answers change what the user is told."""
        return self.model is not None and self.model.is_used


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


class PersonalModelStore(Protocol):
    """A cache of personal models that survives a restart; it may be emptied at any time."""

    def get(self, key: ModelKey) -> bytes | None:
        """Return the model of exactly this key, if it is there."""
        ...

    def put(self, key: ModelKey, blob: bytes) -> None:
        """Keep a model, unless the user's log has moved on from ``key.label_seq``."""
        ...
