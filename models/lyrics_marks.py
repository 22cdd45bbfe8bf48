"""Marks in lyrics that are no words: times and remarks of ``.lrc`` files, cues of subtitles."""

import re
from itertools import islice

_TIME = r"[+-]?\d{1,3}(?::\d{1,2}){1,3}(?:[.,]\d{0,6})?"
_MARK = rf"[ \t]{{0,3}}{_TIME}[ \t]{{0,3}}"
_IN_BRACKETS = rf"(?:\[{_MARK}\]|<{_MARK}>)"
_FIRST = re.compile(
    rf"^[ \t]*(?:{_IN_BRACKETS}[ \t]*)+(?:(?:[FMD]|v\d{{1,2}}):[ \t]*)?", re.MULTILINE
)
"""Marks at the start of a line, and after them one of who sings, such as `F:` or `v1:`."""
_LATER = re.compile(rf"(?<=[ \t]){_IN_BRACKETS}[ \t]+|{_IN_BRACKETS}")
_PRECISE = re.compile(
    r"\[[ \t]{0,3}\d{1,3}:\d{1,2}(?::\d{1,2})?[.,]\d{1,6}[ \t]{0,3}\]|<\d{1,3}:\d"
)
"""Marks that no sentence holds, as `[3:16]` may."""

_NAMES = (
    "ti|ar|al|au|lr|by|re|ve|la|id|tool|length|offset|encoding|total|hash|sign|qq|kana|language|#"
)
_REMARK = re.compile(
    rf"^[ \t]*(?:\[(?:{_NAMES})[ \t]*:(?:[^\[\]\n]|\[[^\[\]\n]*\])*+\][ \t]*)++\n?",
    re.MULTILINE | re.IGNORECASE,
)
_BACKGROUND = re.compile(r"^[ \t]*\[bg:(.*)\][ \t]*$", re.MULTILINE)

_CUE_TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_CUE = re.compile(
    rf"^(?:\d{{1,9}}[ \t]*\n)?[ \t]*{_CUE_TIME}[ \t]*-->[ \t]*{_CUE_TIME}.*\n?", re.MULTILINE
)
_NOTES = re.compile(r"(?:\A|(?<=\n\n))(?:WEBVTT|NOTE|STYLE|REGION)\b.*(?:\n.+)*")
_STYLE = re.compile(r"</?(?:[biuv]|c|font|lang|ruby|rt)(?:[ .][^<>\n]*)?>|\{\\an?\d\}")
_BLANK_LINES = re.compile(r"\n{2,}")


def without_marks(text: str) -> str:
    r"""Return lyrics without marks of time, remarks and cues; other texts unchanged.

    Lines end in ``\n`` and have no blanks around them, as `canonical_lyrics` leaves them.

    >>> without_marks("[ar:Nobody]\n[00:01.20][01:02.00]Here it <00:02.00>comes[00:09.1]")
    'Here it comes'
    >>> without_marks("[Chorus: Ana]\nMeet me at 10:30 [3:16]")
    '[Chorus: Ana]\nMeet me at 10:30 [3:16]'
    >>> without_marks("1\n00:00:01,000 --> 00:00:02,000\n<i>Here it comes</i>")
    'Here it comes'
    """
    if _CUE.search(text):
        text = _without_cues(text)
    text = _REMARK.sub("", text)
    if _has_times(text):
        text = _LATER.sub("", _FIRST.sub("", _BACKGROUND.sub(r"\1", text)))
    return text


def _has_times(text: str) -> bool:
    """Whether marks of time are meant: one begins a line, is precise, or is not alone."""
    if _FIRST.search(text) or _PRECISE.search(text):
        return True
    return next(islice(_LATER.finditer(text), 1, None), None) is not None


def _without_cues(text: str) -> str:
    if text.startswith("WEBVTT"):
        text = _NOTES.sub("", text)
    return _BLANK_LINES.sub("\n", _STYLE.sub("", _CUE.sub("", text)))
