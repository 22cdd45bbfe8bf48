"""What the service refuses, beyond what the models refuse.

::

    AttuneError
    ├── NotFoundError
    │   ├── TrackNotFoundError     no such track, or it was deleted
    │   ├── UserNotFoundError      nobody of this name has answered anything
    │   ├── AudioNotKeptError      the recording of a track is not kept here
    │   ├── PageNotFoundError      no page, script or style has this name
    │   └── KeyNotFoundError       no API key has this id
    ├── ConflictError
    │   ├── EventConflictError     an event id that was used for another answer
    │   ├── CallConflictError      an Idempotency-Key that was used for another body
    │   ├── TrackLabelledError     other content for a track that somebody has labelled
    │   ├── ForeignFeaturesError   the track was registered with other features than the snapshot's
    │   └── RankingUnavailableError  listeners' models here are none to rank a catalogue by
    ├── UserForgottenError         a user who was forgotten and must stay so
    ├── DoorError                  a request that does not get in
    │   ├── UnauthorizedError      who asks is not known
    │   │   ├── KeyNeededError     no API key came with it
    │   │   ├── KeyMalformedError  what came is no API key
    │   │   ├── TicketUnusableError  a ticket for another recording, or for another time
    │   │   ├── KeyUnknownError    there is no such API key
    │   │   └── KeyRevokedError    it was taken back
    │   ├── ScopeMissingError      the API key is for other things
    │   ├── KeyOfAnotherUserError  the API key is for one user, and the request names another
    │   ├── LoopbackOnlyError      there is no API key yet, and this is another machine
    │   ├── CrossOriginError       a web page of somebody else sent it
    │   └── BusyError              not now, but soon
    │       ├── RateExceededError  more requests a second than the API key has
    │       └── OverloadedError    more requests at once than are worked on
    ├── AdminForOneError           an API key for one user that may do what concerns all
    ├── InvalidCursorError         not a cursor that a page of ours gave out
    ├── UnreadableCalibrationError  a calibration that another release wrote; none is used
    ├── NoPopulationError          a snapshot that does not tell what it was trained on
    ├── SchemaError                the database is of another release; told at the start
    │   └── LossyMigrationError    the way to a revision leads back, which loses data
    ├── StoreUnavailableError      the database is locked, full or away; trying again may help
    ├── AudioStoreError            audio cannot be kept; the disk may be full
    └── NotReadyError              something that every answer needs is not there now

Each class that a client can meet has its own status and code; `AttuneError` says what they mean.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from models.errors import AttuneError

_REALM = 'Bearer realm="attune"'
_INSUFFICIENT = f'{_REALM}, error="insufficient_scope"'


class NotFoundError(AttuneError):
    """Something that is not there."""


class TrackNotFoundError(NotFoundError):
    """No track has this id."""

    status, code = 404, "track_not_found"

    def __init__(self, track_id: str, n_more: int = 0) -> None:
        more = f", and {n_more} more that were named are not there" if n_more else ""
        super().__init__(f"There is no track {track_id!r}{more}.")
        self.track_id = track_id


class UserNotFoundError(NotFoundError):
    """No user of this id has answered anything."""

    status, code = 404, "user_not_found"

    def __init__(self, user_id: str) -> None:
        super().__init__(f"There is no user {user_id!r}: nothing has been answered under this id.")
        self.user_id = user_id


class AudioNotKeptError(NotFoundError):
    """The recording that a track was made from is not kept here."""

    status, code = 404, "audio_not_kept"

    def __init__(self, track_id: str) -> None:
        super().__init__(
            f"The audio of the track {track_id!r} is not kept here; whoever runs the service can "
            "set ATTUNE_AUDIO to a folder, and then register the track again with its audio."
        )
        self.track_id = track_id


class PageNotFoundError(NotFoundError):
    """No page, script or style has this name."""

    status, code = 404, "page_not_found"

    def __init__(self, path: str) -> None:
        super().__init__(f"There is nothing at {'/pages/' + path[:100]!r}.")


class ConflictError(AttuneError):
    """Something that contradicts what is recorded."""


class EventConflictError(ConflictError):
    """An event id was used before, for another answer."""

    status, code = 409, "event_conflict"

    def __init__(self, event_id: str) -> None:
        super().__init__(
            f"The event id {event_id!r} was used before for another answer; nothing was recorded."
        )
        self.event_id = event_id


class CallConflictError(ConflictError):
    """An Idempotency-Key was used before, for another body."""

    status, code = 422, "idempotency_key_reused"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The Idempotency-Key {key!r} was used before with another body; nothing was recorded."
        )
        self.key = key


class TrackLabelledError(ConflictError):
    """A track that has labels cannot be given other audio or other lyrics."""

    status, code = 409, "track_labelled"

    def __init__(self, track_id: str) -> None:
        super().__init__(
            f"The track {track_id!r} has labels, so its audio and lyrics stay as they are; "
            "register the other content under another id."
        )
        self.track_id = track_id


class ForeignFeaturesError(ConflictError):
    """A track was registered with other features than those the snapshot reads."""

    status, code = 409, "foreign_features"

    def __init__(self, track_id: str, stored: str, wanted: str) -> None:
        super().__init__(
            f"The track {track_id!r} holds features {stored[:12]!r} and the model reads "
            f"{wanted[:12]!r}; register it again with the same audio and lyrics, "
            "or with embeddings where the model reads those."
        )
        self.track_id = track_id


class RankingUnavailableError(ConflictError):
    """The personaliser that is served makes models that a catalogue cannot be ranked by."""

    status, code = 409, "ranking_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "A catalogue is ranked by logistic models of listeners and this service makes others; "
            "whoever runs it can set ATTUNE_PERSONALISER=logistic."
        )


class UserForgottenError(AttuneError):
    """A user was forgotten: no late retry brings them back."""

    status, code = 410, "user_forgotten"

    def __init__(self, user_id: str) -> None:
        super().__init__(
            f"The user {user_id!r} was forgotten, so nothing is recorded under this id until "
            "whoever runs the service admits it again."
        )
        self.user_id = user_id


class AccessError(AttuneError):
    """A request that does not get in.

    Attributes:
        challenge: Tells a client in ``WWW-Authenticate`` how to be let in (RFC 6750, 3);
            empty: no key would help.
    """

    challenge: ClassVar[str] = ""

    @property
    def headers(self) -> Mapping[str, str]:
        """How to authenticate, where that helps."""
        return {"WWW-Authenticate": self.challenge} if self.challenge else {}


class UnauthorizedError(AccessError):
    """Who asks is not known."""

    challenge = f'{_REALM}, error="invalid_token"'


class KeyNeededError(UnauthorizedError):
    """No API key came with the request."""

    status, code = 401, "key_needed"
    challenge = _REALM

    def __init__(self) -> None:
        super().__init__("An API key is needed: `Authorization: Bearer attune_…`.")


class KeyMalformedError(UnauthorizedError):
    """What came in the place of an API key is none."""

    status, code = 401, "key_malformed"

    def __init__(self) -> None:
        # Not what was sent: it may be a key with a slip of the hand in it.
        super().__init__(
            "The Authorization header holds no API key; it reads "
            "`Bearer attune_<id>_<secret>`, as `python -m service keys make` printed it."
        )


class KeyUnknownError(UnauthorizedError):
    """There is no such API key; an id that does not exist and a wrong secret are told alike."""

    status, code = 401, "key_unknown"

    def __init__(self) -> None:
        super().__init__("This API key is not known here.")


class KeyRevokedError(UnauthorizedError):
    """The API key was taken back."""

    status, code = 401, "key_revoked"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"The API key {key_id!r} was revoked.")
        self.key_id = key_id


class SignedUrlError(UnauthorizedError):
    """A ticket is for another recording, for another time, or none of ours."""

    status, code = 401, "ticket_unusable"

    def __init__(self) -> None:
        super().__init__(
            "The ticket is not good for this track, or not any more; `audio_url` of "
            "`GET /tracks/{track_id}` has a new one."
        )


class ScopeMissingError(AccessError):
    """The API key may do other things, but not this."""

    status, code = 403, "scope_missing"
    challenge = _INSUFFICIENT

    def __init__(self, key_id: str, scopes: Sequence[str], needed: Sequence[str]) -> None:
        super().__init__(
            f"The API key {key_id!r} is for {', '.join(scopes)}; this call needs "
            f"{' or '.join(needed)}."
        )
        self.key_id = key_id


class KeyOfAnotherUserError(AccessError):
    """The API key is for one user, and the request names another."""

    status, code = 403, "key_of_another_user"
    challenge = _INSUFFICIENT

    def __init__(self, key_id: str, own: str, named: str) -> None:
        super().__init__(
            f"The API key {key_id!r} is for the user {own!r} alone, and this call names {named!r}."
        )
        self.key_id = key_id


class LoopbackOnlyError(AccessError):
    """As long as there is no API key, only this machine is answered."""

    status, code = 403, "loopback_only"

    def __init__(self) -> None:
        super().__init__(
            "This service has no API key yet and answers its own machine only, asked directly (by "
            "HTTP/1.1, with no header of a proxy) and by the name of localhost; whoever runs it "
            "can make a key: `python -m service keys make NAME --scopes predict,label`."
        )


class CrossOriginError(AccessError):
    """A web page of somebody else sent the request."""

    status, code = 403, "cross_origin"

    def __init__(self, origin: str) -> None:
        page = f"The web page {origin[:100]!r} is" if origin else "The web page that asks is"
        super().__init__(
            f"{page} of another origin; whoever runs this service can "
            "list it in ATTUNE_CORS_ORIGINS."
        )


class BusyError(AccessError):
    """Not now, but soon.

    Attributes:
        retry_after_s: After so many whole seconds it is worth trying again.
    """

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> Mapping[str, str]:
        """When to try again."""
        return {"Retry-After": str(self.retry_after_s)}


class RateExceededError(BusyError):
    """More requests a second than the API key has."""

    status, code = 429, "rate_exceeded"

    def __init__(self, rate: float, retry_after_s: int) -> None:
        super().__init__(
            f"There were more than {rate:g} requests a second; wait {retry_after_s} s.",
            retry_after_s,
        )


class OverloadedError(BusyError):
    """More requests at once than are worked on."""

    status, code = 503, "overloaded"

    def __init__(self, limit: int, retry_after_s: int, *, of_one: bool = False) -> None:
        whose = " of this caller" if of_one else ""
        super().__init__(
            f"There are {limit} requests{whose} in progress here, and no more are taken on; wait "
            f"{retry_after_s} s.",
            retry_after_s,
        )


class KeyNotFoundError(NotFoundError):
    """No API key has this id."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"There is no API key {key_id!r}; `keys list` shows those there are.")


class AdminForOneError(AttuneError):
    """An API key for one user that may do what concerns all of them."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            f"A key for the user {user_id!r} alone cannot have the scope admin, which concerns "
            "all users; it may have predict and label."
        )


class InvalidCursorError(AttuneError):
    """A cursor that no page gave out."""

    status, code = 422, "invalid_cursor"

    def __init__(self, cursor: str) -> None:
        super().__init__(
            f"{cursor[:100]!r} is not a cursor; pass on 'next' of the page before as it is."
        )


class UnreadableCalibrationError(AttuneError):
    """A calibration was written by another release, in a form that this one cannot read."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"The calibration {version!r} cannot be read by this release; "
            "`python -m service calibrate --revert` takes it back."
        )
        self.version = version


class NoPopulationError(AttuneError):
    """A snapshot was exported by a release that did not keep what its training tracks are like."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"Snapshot {version} does not tell what the tracks are like that it was trained on, "
            "so that it cannot be calibrated to others; train it anew with this release."
        )
        self.version = version


class SchemaError(AttuneError):
    """The database is of another release than the service, or there is no such revision."""


class LossyMigrationError(SchemaError):
    """The way to a revision leads back, which loses data."""


class StoreUnavailableError(AttuneError):
    """The database cannot answer now; what was not acknowledged may be sent again."""

    status, code = 503, "store_unavailable"


class AudioStoreError(AttuneError):
    """A recording cannot be kept where the operator wants it."""

    status, code = 507, "audio_store_unavailable"

    def __init__(self, reason: str | None) -> None:
        super().__init__(
            f"The audio cannot be kept here now ({reason or 'no reason is known'}), so nothing "
            "was registered; whoever runs the service can make room in ATTUNE_AUDIO."
        )


class NotReadyError(AttuneError):
    """Something that every answer needs is not there now.

    Attributes:
        checks: What was looked for, and what became of it.
    """

    status, code = 503, "not_ready"

    def __init__(self, checks: Mapping[str, str]) -> None:
        wrong = [f"{name} {verdict}" for name, verdict in checks.items() if verdict != "ok"]
        super().__init__(f"The service is not ready: {', '.join(wrong)}.")
        self.checks = dict(checks)

    @property
    def extensions(self) -> Mapping[str, object]:
        """The verdicts, as the member ``checks``."""
        return {"checks": self.checks}
