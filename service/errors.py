"""Errors of the service, in addition to those of the domain (:mod:`models.errors`).

Why a request was refused: search for the ``code`` of the reply in this module, in
:mod:`models.errors` and in :mod:`service.http.errors` (requests that cannot be read); the class
that defines it holds its status and its message. Then search for the name of the class, or of a
subclass without a code of its own, to find the place that raises it, or returns it in the place of
a track. A code of ``STATUS_CODES`` has no class: search for ``problem_of_status``.
:func:`service.http.errors.problem_of` turns the error into a reply.

::

    AttuneError
    ├── NotFoundError
    │   ├── TrackNotFoundError         unknown or deleted track
    │   ├── UserNotFoundError          nothing is recorded for the user
    │   ├── AudioNotKeptError          the recording of the track is not stored
    │   ├── PageNotFoundError          unknown page, script or style
    │   └── KeyNotFoundError           unknown id of an API key
    ├── ConflictError
    │   ├── EventConflictError         event id used before for another answer
    │   ├── CallConflictError          Idempotency-Key used before with another body
    │   ├── TrackLabelledError         new content for a track that has labels
    │   ├── ForeignFeaturesError       the track holds features that the snapshot does not read
    │   └── RankingUnavailableError    the personaliser's models cannot rank a catalogue
    ├── UserForgottenError             labels for a forgotten user
    ├── AccessError                    the caller is not authorised
    │   ├── UnauthorizedError          the caller is not authenticated
    │   │   ├── KeyNeededError         no API key
    │   │   ├── KeyMalformedError      not an API key
    │   │   ├── KeyUnknownError        unknown API key
    │   │   ├── KeyRevokedError        revoked API key
    │   │   └── SignedUrlError         invalid or expired signed URL
    │   ├── ScopeMissingError          the API key lacks the scope
    │   ├── KeyOfAnotherUserError      the API key is bound to another user
    │   ├── LoopbackOnlyError          no API key exists yet, and the request is not local
    │   ├── CrossOriginError           a web page of another origin sent the request
    │   └── BusyError                  retry later
    │       ├── RateExceededError      rate limit of the API key
    │       ├── OverloadedError        too many requests in progress
    │       └── FeaturesNotReadyError  what a ranking reads of a large catalogue is being prepared
    ├── AdminForOneError               the scope admin for an API key of one user
    ├── InvalidCursorError             not a cursor of a page
    ├── UnreadableCalibrationError     a calibration in the format of another release
    ├── NoPopulationError              a snapshot without statistics of its training tracks
    ├── DatabaseInUseError             a whole database cannot be copied into this one
    ├── SchemaError                    the database has the schema of another release
    │   └── LossyMigrationError        a downgrade that would lose data
    ├── StoreUnavailableError          the database is locked, full or unreachable
    │   └── SchemaChangedError         another release changed the schema while this one ran
    ├── AudioStoreError                the recording cannot be stored
    └── NotReadyError                  a readiness check failed
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from models.errors import AttuneError

_REALM = 'Bearer realm="attune"'
_INSUFFICIENT = f'{_REALM}, error="insufficient_scope"'
_PREPARING_S = 5


class NotFoundError(AttuneError):
    """Something does not exist."""


class TrackNotFoundError(NotFoundError):
    """No track has this id."""

    status, code = 404, "track_not_found"

    def __init__(self, track_id: str, n_more: int = 0) -> None:
        more = f", and {n_more} more of the request do not exist" if n_more else ""
        super().__init__(f"There is no track {track_id!r}{more}.")


class UserNotFoundError(NotFoundError):
    """Nothing is recorded for the user."""

    status, code = 404, "user_not_found"

    def __init__(self, user_id: str) -> None:
        super().__init__(f"There is no user {user_id!r}: no label is recorded under this id.")


class AudioNotKeptError(NotFoundError):
    """The recording of the track is not stored."""

    status, code = 404, "audio_not_kept"

    def __init__(self, track_id: str) -> None:
        super().__init__(
            f"The audio of the track {track_id!r} is not stored here; the operator can set "
            "ATTUNE_AUDIO to a folder and then register the track again with its audio."
        )


class PageNotFoundError(NotFoundError):
    """No page, script or style has this name."""

    status, code = 404, "page_not_found"

    def __init__(self, path: str) -> None:
        super().__init__(f"There is nothing at {'/pages/' + path[:100]!r}.")


class ConflictError(AttuneError):
    """The request contradicts recorded data."""


class EventConflictError(ConflictError):
    """The event id was used before for another answer."""

    status, code = 409, "event_conflict"

    def __init__(self, event_id: str) -> None:
        super().__init__(
            f"The event id {event_id!r} was used before for another answer; nothing was recorded."
        )


class CallConflictError(ConflictError):
    """The Idempotency-Key was used before with another body."""

    status, code = 422, "idempotency_key_reused"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The Idempotency-Key {key!r} was used before with another body; nothing was recorded."
        )


class TrackLabelledError(ConflictError):
    """A track with labels cannot get other audio or lyrics."""

    status, code = 409, "track_labelled"

    def __init__(self, track_id: str) -> None:
        super().__init__(
            f"The track {track_id!r} has labels, so its audio and lyrics cannot change; register "
            "the new content under another id."
        )


class ForeignFeaturesError(ConflictError):
    """The track holds features that the snapshot does not read."""

    status, code = 409, "foreign_features"

    def __init__(self, track_id: str, stored: str, wanted: str) -> None:
        super().__init__(
            f"The track {track_id!r} holds features {stored[:12]!r} and the model reads "
            f"{wanted[:12]!r}; register it again with the same audio and lyrics, "
            "or with embeddings if the model reads those."
        )
        self.track_id = track_id


class RankingUnavailableError(ConflictError):
    """The personaliser's models cannot rank a catalogue."""

    status, code = 409, "ranking_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "Ranking needs the personaliser 'logistic', and this service uses another; the "
            "operator can set ATTUNE_PERSONALISER=logistic."
        )


class UserForgottenError(AttuneError):
    """The user was forgotten; a late retry must not restore them."""

    status, code = 410, "user_forgotten"

    def __init__(self, user_id: str) -> None:
        super().__init__(
            f"The user {user_id!r} was forgotten, so nothing is recorded under this id until "
            "the operator readmits it."
        )


class AccessError(AttuneError):
    """The caller is not authorised.

    Attributes:
        challenge: Header ``WWW-Authenticate`` (RFC 6750, section 3); empty if no key would help.
    """

    challenge: ClassVar[str] = ""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header ``WWW-Authenticate``, if a key would help."""
        return {"WWW-Authenticate": self.challenge} if self.challenge else {}


class UnauthorizedError(AccessError):
    """The caller is not authenticated."""

    challenge = f'{_REALM}, error="invalid_token"'


class KeyNeededError(UnauthorizedError):
    """The request has no API key."""

    status, code = 401, "key_needed"
    challenge = _REALM

    def __init__(self) -> None:
        super().__init__("An API key is needed: `Authorization: Bearer attune_…`.")


class KeyMalformedError(UnauthorizedError):
    """The Authorization header holds no API key."""

    status, code = 401, "key_malformed"

    def __init__(self) -> None:
        # Without the value: it may be a key with a typing error.
        super().__init__(
            "The Authorization header holds no API key; it should read "
            "`Bearer attune_<id>_<secret>`, as `python -m service keys make` printed it."
        )


class KeyUnknownError(UnauthorizedError):
    """The API key is unknown; the same for an unknown id and a wrong secret."""

    status, code = 401, "key_unknown"

    def __init__(self) -> None:
        super().__init__("The API key is unknown.")


class KeyRevokedError(UnauthorizedError):
    """The API key was revoked."""

    status, code = 401, "key_revoked"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"The API key {key_id!r} was revoked.")


class SignedUrlError(UnauthorizedError):
    """The signed URL is invalid, expired, or for another recording."""

    status, code = 401, "ticket_unusable"

    def __init__(self) -> None:
        super().__init__(
            "The ticket is invalid for this track, or expired; `audio_url` of "
            "`GET /tracks/{track_id}` has a new one."
        )


class ScopeMissingError(AccessError):
    """The API key lacks a scope that the call needs."""

    status, code = 403, "scope_missing"
    challenge = _INSUFFICIENT

    def __init__(self, key_id: str, scopes: Sequence[str], needed: Sequence[str]) -> None:
        super().__init__(
            f"The API key {key_id!r} has the scopes {', '.join(scopes)}; this call needs "
            f"{' or '.join(needed)}."
        )


class KeyOfAnotherUserError(AccessError):
    """The API key is bound to one user, and the request names another."""

    status, code = 403, "key_of_another_user"
    challenge = _INSUFFICIENT

    def __init__(self, key_id: str, own: str, named: str) -> None:
        super().__init__(
            f"The API key {key_id!r} is for the user {own!r} only, and this call names {named!r}."
        )


class LoopbackOnlyError(AccessError):
    """There is no API key yet, and the request is not a direct local one."""

    status, code = 403, "loopback_only"

    def __init__(self) -> None:
        super().__init__(
            "This service has no API key yet and accepts only direct requests to localhost "
            "(HTTP/1.1, without headers of a proxy); the operator can make a key: "
            "`python -m service keys make NAME --scopes predict,label`."
        )


class CrossOriginError(AccessError):
    """A web page of another origin sent the request."""

    status, code = 403, "cross_origin"

    def __init__(self, origin: str) -> None:
        page = f"The web page {origin[:100]!r}" if origin else "The web page that sent the request"
        super().__init__(
            f"{page} is of another origin; the operator can list it in ATTUNE_CORS_ORIGINS."
        )


class BusyError(AccessError):
    """The service accepts the request later.

    Attributes:
        retry_after_s: Whole seconds to wait before a retry.
    """

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> Mapping[str, str]:
        """The header ``Retry-After``."""
        return {"Retry-After": str(self.retry_after_s)}


class RateExceededError(BusyError):
    """The API key exceeds its rate limit."""

    status, code = 429, "rate_exceeded"

    def __init__(self, rate: float, retry_after_s: int) -> None:
        super().__init__(
            f"The API key sent more than {rate:g} requests a second; wait {retry_after_s} s.",
            retry_after_s,
        )


class OverloadedError(BusyError):
    """Too many requests are in progress."""

    status, code = 503, "overloaded"

    def __init__(self, limit: int, retry_after_s: int, what: str = "requests") -> None:
        super().__init__(
            f"{limit} {what} are in progress on this worker, the most it accepts; wait "
            f"{retry_after_s} s.",
            retry_after_s,
        )


class FeaturesNotReadyError(BusyError):
    """The track features or votes are being prepared, which rankings and queries need.

    Args:
        what: What is being prepared, and how much of it is ready.
    """

    status, code = 503, "features_not_ready"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The {what} are being prepared on this machine; wait {_PREPARING_S} s.", _PREPARING_S
        )


class KeyNotFoundError(NotFoundError):
    """No API key has this id."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"There is no API key {key_id!r}; `keys list` shows all keys.")


class AdminForOneError(AttuneError):
    """An API key for one user cannot have the scope admin."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            f"A key for the user {user_id!r} alone cannot have the scope admin, which covers "
            "all users; it can have predict and label."
        )


class InvalidCursorError(AttuneError):
    """The cursor does not come from a page."""

    status, code = 422, "invalid_cursor"

    def __init__(self, cursor: str) -> None:
        super().__init__(
            f"{cursor[:100]!r} is not a cursor; send `next_cursor` of the previous page unchanged."
        )


class UnreadableCalibrationError(AttuneError):
    """The calibration has the format of another release."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"This release cannot read the calibration {version!r}; "
            "`python -m service calibrate --revert` removes it."
        )


class NoPopulationError(AttuneError):
    """The snapshot lacks statistics of its training tracks."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"Snapshot {version} holds no statistics of its training tracks, so it cannot be "
            "calibrated to other tracks; train it again with this release."
        )


class DatabaseInUseError(AttuneError):
    """The target of a copy holds rows already."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"The target has rows in the table {table}; a copy needs a database without tracks, "
            "labels and keys, and changes no other."
        )


class SchemaError(AttuneError):
    """The database has the schema of another release, or the revision is unknown."""


class LossyMigrationError(SchemaError):
    """The migration is a downgrade, which loses data."""


class StoreUnavailableError(AttuneError):
    """The database is unavailable; unacknowledged requests can be repeated."""

    status, code = 503, "store_unavailable"


class SchemaChangedError(StoreUnavailableError):
    """Another release changed the schema, so this process must not use the database any more."""

    status, code = 503, "schema_changed"

    def __init__(self, found: str | None, needed: str) -> None:
        super().__init__(
            f"The database is at revision {found or 'base'!r} now, but this replica is of "
            f"another release, which needs {needed!r}; send the request again, to a replica "
            "of the other release."
        )


class AudioStoreError(AttuneError):
    """The recording cannot be stored in ATTUNE_AUDIO."""

    status, code = 507, "audio_store_unavailable"

    def __init__(self, reason: str | None) -> None:
        super().__init__(
            f"The audio cannot be stored now ({reason or 'unknown reason'}), so nothing was "
            "registered; the operator can free space in ATTUNE_AUDIO."
        )


class NotReadyError(AttuneError):
    """A readiness check failed.

    Attributes:
        checks: Name of each check to its result.
    """

    status, code = 503, "not_ready"

    def __init__(self, checks: Mapping[str, str]) -> None:
        failed = [f"{name} {result}" for name, result in checks.items() if result != "ok"]
        super().__init__(f"The service is not ready: {', '.join(failed)}.")
        self.checks = dict(checks)

    @property
    def extensions(self) -> Mapping[str, object]:
        """The results, as the member ``checks``."""
        return {"checks": self.checks}
