"""What can go wrong in the domain, from the general to the particular.

::

    AttuneError
    ├── AudioError
    │   ├── UndecodableAudioError    not audio, or a broken file
    │   ├── TooShortAudioError       less than there is to hear
    │   ├── TooLongAudioError        more than the caller allows
    │   └── SilentAudioError         nothing to hear
    ├── InputError
    │   ├── UnreadInputError         of a kind that the snapshot does not read
    │   └── EmbeddingSizeError       more or fewer numbers than the snapshot reads
    ├── NoEvidenceError              neither audio nor lyrics
    ├── QueryError
    │   ├── EmptyPoolError           nothing left to ask about
    │   ├── NoPlacementError         the strategy needs the Gaussian personaliser
    │   └── UnknownStrategyError
    ├── FusionError
    │   ├── UnknownFusionError
    │   └── MissingModalityError     the rule needs what is not there
    ├── SnapshotError
    │   ├── MissingSnapshotError     a file that must be there is not
    │   ├── CorruptSnapshotError     a file is not the one the manifest names
    │   └── IncompatibleSnapshotError  made with other features or by another version
    ├── EncoderError                 the encoder files are missing or changed
    ├── DatasetError                 a table that training reads is missing or malformed
    └── InvalidLabelError            an answer outside its range

A caller catches the level it can answer. Messages are sentences which name the offending value
and the bound.
"""


class AttuneError(Exception):
    """Something the domain refuses; the message is fit for a user."""


class AudioError(AttuneError):
    """Audio that cannot be used."""


class UndecodableAudioError(AudioError):
    """The bytes are not audio in a format that is read, or are broken."""


class TooShortAudioError(AudioError):
    """The audio is shorter than the least that is judged."""


class TooLongAudioError(AudioError):
    """The audio is longer than the caller allows."""


class SilentAudioError(AudioError):
    """The audio holds nothing to hear."""


class InputError(AttuneError):
    """Something of a track that the snapshot cannot read."""


class UnreadInputError(InputError):
    """It is of a kind that the snapshot does not read."""


class EmbeddingSizeError(InputError):
    """An embedding has more or fewer numbers than the snapshot reads."""


class NoEvidenceError(AttuneError):
    """There is neither audio nor a word of lyrics."""


class QueryError(AttuneError):
    """A query that cannot be answered."""


class EmptyPoolError(QueryError):
    """No track is left to ask about."""

    def __init__(self, message: str = "There is no track left to ask about.") -> None:
        super().__init__(message)


class NoPlacementError(QueryError):
    """The strategy goes by a listener's Gaussian model, and there is none."""

    def __init__(self) -> None:
        super().__init__(
            "The strategy goes by the listener's own Gaussian model, and there is none here: "
            "it needs the personaliser 'gaussian'."
        )


class UnknownStrategyError(QueryError):
    """No query strategy has this name."""


class FusionError(AttuneError):
    """A fusion that cannot be done."""


class UnknownFusionError(FusionError):
    """No fusion has this name."""


class MissingModalityError(FusionError):
    """The fusion needs a modality that the track lacks."""


class SnapshotError(AttuneError):
    """A snapshot that cannot be served."""


class MissingSnapshotError(SnapshotError):
    """A file of the snapshot is not there."""


class CorruptSnapshotError(SnapshotError):
    """A file of the snapshot is not what its manifest says."""


class IncompatibleSnapshotError(SnapshotError):
    """The snapshot was made from other features or by another format version."""


class EncoderError(AttuneError):
    """The encoder files are missing or are not the ones that were built."""


class DatasetError(AttuneError):
    """A table that training reads is missing or malformed."""


class InvalidLabelError(AttuneError):
    """A label outside the plane, or one that says two things."""
