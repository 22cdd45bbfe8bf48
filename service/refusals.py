"""What the service refuses, beyond what the models refuse.

::

    AttuneError
    ├── NotFoundError
    │   ├── TrackNotFoundError     no such track, or it was deleted
    │   └── UserNotFoundError      nobody of this name has answered anything
    ├── ConflictError
    │   ├── EventConflictError     an event id that was used for another answer
    │   ├── TrackLabelledError     other content for a track that somebody has labelled
    │   ├── ForeignFeaturesError   the track was registered with other features than the snapshot's
    │   └── RankingUnavailableError  listeners' models here are none to rank a catalogue by
    ├── InvalidCursorError         not a cursor that a page of ours gave out
    └── StoreUnavailableError      the database is locked, full or away; trying again may help

Statuses are given to them in :mod:`service.errors`, nowhere else.
"""

from models.errors import AttuneError


class NotFoundError(AttuneError):
    """Something that is not there."""


class TrackNotFoundError(NotFoundError):
    """No track has this id."""

    def __init__(self, track_id: str) -> None:
        super().__init__(f"There is no track {track_id!r}.")
        self.track_id = track_id


class UserNotFoundError(NotFoundError):
    """No user of this id has answered anything."""

    def __init__(self, user_id: str) -> None:
        super().__init__(f"There is no user {user_id!r}: nothing has been answered under this id.")
        self.user_id = user_id


class ConflictError(AttuneError):
    """Something that contradicts what is recorded."""


class EventConflictError(ConflictError):
    """An event id was used before, for another answer."""

    def __init__(self, event_id: str) -> None:
        super().__init__(
            f"The event id {event_id!r} was used before for another answer; nothing was recorded."
        )
        self.event_id = event_id


class TrackLabelledError(ConflictError):
    """A track that has labels cannot be given other audio or other lyrics."""

    def __init__(self, track_id: str) -> None:
        super().__init__(
            f"The track {track_id!r} has labels, so its audio and lyrics stay as they are; "
            "register the other content under another id."
        )
        self.track_id = track_id


class ForeignFeaturesError(ConflictError):
    """A track was registered with other features than those the snapshot reads."""

    def __init__(self, track_id: str, stored: str, wanted: str) -> None:
        super().__init__(
            f"The track {track_id!r} holds features {stored[:12]!r} and the model reads "
            f"{wanted[:12]!r}; register it again with the same audio and lyrics."
        )
        self.track_id = track_id


class RankingUnavailableError(ConflictError):
    """The personaliser that is served makes models that a catalogue cannot be ranked by."""

    def __init__(self) -> None:
        super().__init__(
            "A catalogue is ranked by Gaussian models of listeners and this service makes others; "
            "whoever runs it can set ATTUNE_PERSONALISER=gaussian."
        )


class InvalidCursorError(AttuneError):
    """A cursor that no page gave out."""

    def __init__(self, cursor: str) -> None:
        super().__init__(
            f"{cursor[:100]!r} is not a cursor; pass on 'next' of the page before as it is."
        )


class StoreUnavailableError(AttuneError):
    """The database cannot answer now; what was not acknowledged was not recorded."""
