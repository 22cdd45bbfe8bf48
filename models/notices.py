"""Notices: what was sent of a track and not used, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that a prediction does without.

    Attributes:
        code: For programs, such as ``lyrics_language``.
        message: For people: one sentence that names the value and the bound.
        value: The value for programs, such as the language's code ``es``; empty where none is.
    """

    code: str
    message: str
    value: str = ""
