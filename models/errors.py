"""What can go wrong in the domain, from the general to the particular.

::

    AttuneError
    ├── AudioError
    │   ├── UndecodableAudioError    not audio, or a broken file
    │   │   └── NotAudioError        in no format that is read, or damaged
    │   ├── TooShortAudioError       less than there is to hear
    │   ├── TooLongAudioError        more than the caller allows
    │   └── SilentAudioError         nothing to hear
    ├── InputError
    │   ├── UnreadInputError         of a kind that the snapshot does not read
    │   └── EmbeddingSizeError       more or fewer numbers than the snapshot reads
    ├── NoEvidenceError              neither audio nor lyrics
    ├── QueryError
    │   ├── EmptyPoolError           nothing left to ask about
    │   ├── NoPlacementError         the strategy needs the logistic personaliser
    │   └── UnknownStrategyError
    ├── FusionError
    │   ├── UnknownFusionError
    │   └── MissingModalityError     the rule needs what is not there
    │       └── MissingFeaturesError  the rule needs features, and those kept are not read any more
    ├── SnapshotError
    │   ├── MissingSnapshotError     a file that must be there is not
    │   ├── CorruptSnapshotError     a file is not the one the manifest names
    │   ├── UnknownMemberError       an algorithm is chosen that it does not have
    │   └── IncompatibleSnapshotError  made with other features or by another version
    ├── EncoderError                 the encoder files are missing or changed
    ├── DatasetError                 a table that training reads is missing or malformed
    └── InvalidLabelError            an answer outside its range

A caller catches the level it can answer. Messages are sentences which name the offending value
and the bound. Status and code stand on the class that is raised.
"""

from collections.abc import Mapping
from typing import ClassVar


class AttuneError(Exception):
    """Something Attune refuses; the message is fit for a user.

    A subclass that sets neither status nor code has those of its parent. Only with the base's own
    is an error a fault of ours: the service logs it and shows no client its message.

    Attributes:
        status: HTTP status of the service's answer.
        code: Stable and meant for programs; no two kinds of error share one.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the service's answer, such as ``Retry-After``."""
        return {}

    @property
    def extensions(self) -> Mapping[str, object]:
        """Members of the answer's body that only this kind of error has (RFC 9457, 3.2)."""
        return {}


class AudioError(AttuneError):
    """Audio that cannot be used."""


class UndecodableAudioError(AudioError):
    """The bytes are not audio in a format that is read, or are broken."""

    status, code = 422, "undecodable_audio"


class NotAudioError(UndecodableAudioError):
    """The bytes are not audio in a format that is read, or are damaged."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "The bytes are not audio in a format that is read (wav, flac, ogg, opus, mp3, m4a, "
            f"aac), or are damaged: {reason}."
        )


class TooShortAudioError(AudioError):
    """The audio is shorter than the least that is judged."""

    status, code = 422, "audio_too_short"


class TooLongAudioError(AudioError):
    """The audio is longer than the caller allows."""

    status, code = 422, "audio_too_long"


class SilentAudioError(AudioError):
    """The audio holds nothing to hear."""

    status, code = 422, "silent_audio"


class InputError(AttuneError):
    """Something of a track that the snapshot cannot read."""


class UnreadInputError(InputError):
    """It is of a kind that the snapshot does not read."""

    status, code = 422, "input_not_read"


class EmbeddingSizeError(InputError):
    """An embedding has more or fewer numbers than the snapshot reads."""

    status, code = 422, "embedding_size"


class NoEvidenceError(AttuneError):
    """There is neither audio nor a word of lyrics."""

    status, code = 422, "no_evidence"


class QueryError(AttuneError):
    """A query that cannot be answered."""


class EmptyPoolError(QueryError):
    """No track is left to ask about."""

    status, code = 409, "empty_pool"

    def __init__(self, message: str = "There is no track left to ask about.") -> None:
        super().__init__(message)


class NoPlacementError(QueryError):
    """The strategy goes by a listener's logistic model, and there is none."""

    status, code = 422, "needs_gaussian"

    def __init__(self) -> None:
        super().__init__(
            "The strategy goes by the listener's own logistic model, and there is none here: "
            "it needs the personaliser 'logistic'."
        )


class UnknownStrategyError(QueryError):
    """No query strategy has this name."""

    status, code = 422, "unknown_strategy"


class FusionError(AttuneError):
    """A fusion that cannot be done."""


class UnknownFusionError(FusionError):
    """No fusion has this name."""

    status, code = 422, "unknown_fusion"


class MissingModalityError(FusionError):
    """The fusion needs a modality that the track lacks."""

    status, code = 422, "missing_modality"


class MissingFeaturesError(MissingModalityError):
    """The fusion needs features, and the track has those of an earlier snapshot."""


class SnapshotError(AttuneError):
    """A snapshot that cannot be served."""

    status, code = 409, "snapshot_unusable"


class MissingSnapshotError(SnapshotError):
    """A file of the snapshot is not there."""


class CorruptSnapshotError(SnapshotError):
    """A file of the snapshot is not what its manifest says."""


class UnknownMemberError(SnapshotError):
    """An algorithm is chosen that the snapshot's committees do not have."""


class IncompatibleSnapshotError(SnapshotError):
    """The snapshot was made from other features or by another format version."""


class EncoderError(AttuneError):
    """The encoder files are missing or are not the ones that were built."""


class DatasetError(AttuneError):
    """A table that training reads is missing or malformed."""


class InvalidLabelError(AttuneError):
    """A label outside the plane, or one that says two things."""

    status, code = 422, "invalid_label"
