"""The time, and how processes hear of what is new."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime:
        """Return now, timezone-aware, in UTC."""
        ...


Topic = Literal["forgotten", "keys", "snapshot"]
"""What a notice can be about: users who were forgotten, API keys, the snapshot that is served."""


class Notices(Protocol):
    """How processes on all machines learn that there is something new to read."""

    def revisions(self) -> Mapping[str, int]:
        """Return each topic's revision, which grows whenever there is something new."""
        ...

    def announce(self, topic: Topic) -> int:
        """Tell of something new; return the topic's new revision."""
        ...
