"""Errors of the domain, from the general to the particular.

::

    AttuneError
    ├── AudioError
    │   ├── UndecodableAudioError    not audio, or damaged
    │   │   └── NotAudioError        not in a supported format, or damaged
    │   ├── TooShortAudioError       shorter than the minimum
    │   ├── TooLongAudioError        longer than the limit
    │   └── SilentAudioError         only silence
    ├── InputError
    │   ├── UnsupportedInputError    a kind of input that the snapshot does not read
    │   └── EmbeddingSizeError       another length than the snapshot's
    ├── NoEvidenceError              neither audio nor lyrics
    ├── QueryError
    │   ├── EmptyPoolError           no track left to ask about
    │   ├── NoLogisticModelError     the strategy needs the logistic personaliser
    │   └── UnknownStrategyError
    ├── FusionError
    │   ├── UnknownFusionError
    │   └── MissingModalityError     the track lacks a modality that the fusion needs
    │       └── MissingFeaturesError  the track's features are an earlier snapshot's
    ├── SnapshotError
    │   ├── MissingSnapshotError     a file does not exist
    │   ├── CorruptSnapshotError     a file differs from the manifest
    │   ├── UnknownMemberError       the committees lack a chosen algorithm
    │   └── IncompatibleSnapshotError  other features or another format version
    ├── EncoderError                 the encoder files are missing or changed
    ├── DatasetError                 a table that training reads is missing or malformed
    └── InvalidLabelError            an answer outside its range

Messages are sentences that name the offending value and the bound. Each class sets its HTTP status
and code.
"""

from collections.abc import Mapping
from typing import ClassVar


class AttuneError(Exception):
    """The base of all errors; the message is fit for a user.

    A subclass without status and code inherits its parent's. With the base's own (500) the service
    logs the error and hides its message from clients.

    Attributes:
        status: HTTP status of the reply.
        code: Stable code for programs, unique to the class.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the reply, such as ``Retry-After``."""
        return {}

    @property
    def extensions(self) -> Mapping[str, object]:
        """Additional members of the reply's body (RFC 9457, 3.2)."""
        return {}


class AudioError(AttuneError):
    """The audio cannot be used."""


class UndecodableAudioError(AudioError):
    """The bytes are not audio, or are damaged."""

    status, code = 422, "undecodable_audio"


class NotAudioError(UndecodableAudioError):
    """The bytes are not in a supported audio format, or are damaged."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "The bytes are not audio in a supported format (wav, flac, ogg, opus, mp3, m4a, aac, "
            f"webm, aiff, wma), or are damaged: {reason}."
        )


class TooShortAudioError(AudioError):
    """The audio is shorter than the minimum."""

    status, code = 422, "audio_too_short"


class TooLongAudioError(AudioError):
    """The audio is longer than the limit."""

    status, code = 422, "audio_too_long"


class SilentAudioError(AudioError):
    """The audio is silent."""

    status, code = 422, "silent_audio"


class InputError(AttuneError):
    """The snapshot cannot read an input of a track."""


class UnsupportedInputError(InputError):
    """The snapshot does not read this kind of input."""

    status, code = 422, "input_not_read"


class EmbeddingSizeError(InputError):
    """The length of an embedding differs from the snapshot's."""

    status, code = 422, "embedding_size"


class NoEvidenceError(AttuneError):
    """The track has neither audio nor lyrics."""

    status, code = 422, "no_evidence"


class QueryError(AttuneError):
    """The query has no result."""


class EmptyPoolError(QueryError):
    """No track is left to ask about."""

    status, code = 409, "empty_pool"

    def __init__(self, message: str = "There is no track left to ask about.") -> None:
        super().__init__(message)


class NoLogisticModelError(QueryError):
    """The strategy needs a user's logistic model, which the personaliser does not make."""

    # The logistic personaliser replaced one of that name; codes are stable.
    status, code = 422, "needs_gaussian"

    def __init__(self) -> None:
        super().__init__(
            "The strategy uses the listener's own logistic model; it needs the personaliser "
            "'logistic'."
        )


class UnknownStrategyError(QueryError):
    """No query strategy has this name."""

    status, code = 422, "unknown_strategy"


class FusionError(AttuneError):
    """The fusion cannot be applied."""


class UnknownFusionError(FusionError):
    """No fusion has this name."""

    status, code = 422, "unknown_fusion"


class MissingModalityError(FusionError):
    """The fusion needs a modality that the track lacks."""

    status, code = 422, "missing_modality"


class MissingFeaturesError(MissingModalityError):
    """The fusion needs features, and the track's are an earlier snapshot's."""


class SnapshotError(AttuneError):
    """The snapshot cannot be served."""

    status, code = 409, "snapshot_unusable"


class MissingSnapshotError(SnapshotError):
    """A file of the snapshot does not exist."""


class CorruptSnapshotError(SnapshotError):
    """A file of the snapshot differs from its manifest."""


class UnknownMemberError(SnapshotError):
    """The snapshot's committees lack a chosen algorithm."""


class IncompatibleSnapshotError(SnapshotError):
    """The snapshot has other features or another format version."""


class EncoderError(AttuneError):
    """An encoder file is missing or differs from the built one."""


class DatasetError(AttuneError):
    """A table of training data is missing or malformed."""


class InvalidLabelError(AttuneError):
    """The label is outside the plane or contradicts itself."""

    status, code = 422, "invalid_label"
