"""Marks in lyrics that are no words: times and remarks of ``.lrc`` files, cues of subtitles."""

import re
from html import unescape
from itertools import islice

_OPEN, _CLOSE, _COLON = r"[\[\uff3b\u3010]", r"[\]\uff3d\u3011]", r"[:\uff1a]"
"""Also in their full-width forms, which Chinese and Japanese keyboards write."""
_TIME = rf"[+-]?\d{{1,3}}(?:{_COLON}\d{{1,2}}){{1,3}}(?:[.,\uff0e\uff0c]\d{{0,6}})?"
_MARK = rf"[ \t]{{0,3}}{_TIME}[ \t]{{0,3}}"
_IN_BRACKETS = rf"(?:{_OPEN}{_MARK}{_CLOSE}|<{_MARK}>)"
_FIRST = re.compile(
    rf"^[ \t]*(?:{_IN_BRACKETS}[ \t]*)+(?:(?:[FMD]|v\d{{1,2}}):[ \t]*)?", re.MULTILINE
)
"""Marks at the start of a line, and after them one of who sings, such as `F:` or `v1:`."""
_LATER = re.compile(rf"(?<=[ \t]){_IN_BRACKETS}[ \t]+|{_IN_BRACKETS}")
_PRECISE = re.compile(
    r"\[[ \t]{0,3}\d{1,3}:\d{1,2}(?::\d{1,2})?[.,]\d{1,6}[ \t]{0,3}\]|<\d{1,3}:\d"
)
"""Marks that no sentence holds, as `[3:16]` may."""
_IN_MILLISECONDS = re.compile(r"[\[<(]\d{1,9},\d{1,9}(?:,\d{1,9})?[\])>]")
_BEGINS_IN_MILLISECONDS = re.compile(r"^\[\d{1,9},\d{3,9}\]", re.MULTILINE)
"""Start and duration of a line, in the formats of Chinese players."""

_NAMES = (
    "ti|ar|al|au|lr|by|re|ve|la|id|tr|tool|length|offset|encoding|total|t_time|hash|sign|qq|kana|"
    "lang|language|title|artist|album|author|lyricist|composer|editor|version|#"
)
_REMARK = re.compile(
    rf"^[ \t]*(?:\[[ \t]*(?:{_NAMES})[ \t]*:(?:[^\[\]\n]|\[[^\[\]\n]*\])*+\][ \t]*)++"
    r"(?:\n|$|(?=\[))",
    re.MULTILINE | re.IGNORECASE,
)
_BACKGROUND = re.compile(r"^[ \t]*\[bg:(.*)\][ \t]*$", re.MULTILINE)

_CUE_TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_CUE_TIMES = rf"[ \t]*{_CUE_TIME}(?:[ \t]*-->[ \t]*|,){_CUE_TIME}"
_CUE = re.compile(rf"^(?:\d{{1,9}}[ \t]*\n)?{_CUE_TIMES}.*\n?", re.MULTILINE)
_CUE_NAME = re.compile(rf"(?<=\n\n).+\n(?={_CUE_TIMES})")
_NOTES = re.compile(r"(?:\A|(?<=\n\n))(?:WEBVTT|NOTE|STYLE|REGION)\b.*(?:\n.+)*")
_STYLE = re.compile(r"</?(?:[biuv]|c|font|lang|ruby|rt)(?:[ .][^<>\n]*)?>|\{\\an?\d\}")
_BLANK_LINES = re.compile(r"\n{2,}")

_DIALOGUE = re.compile(r"^Dialogue:(?:[^,\n]*,){9}(.*)", re.MULTILINE)
_OVERRIDE = re.compile(r"\{[^{}\n]*\}")
_BREAK = re.compile(r"<br ?/?>\n?", re.IGNORECASE)


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
    if text.startswith("[Script Info]"):
        return _words_of_script(text)
    if _CUE.search(text):
        text = _without_cues(text)
    text = _BREAK.sub("\n", text)
    if _BEGINS_IN_MILLISECONDS.search(text):
        text = _IN_MILLISECONDS.sub("", text)
    if _has_times(text):
        text = _LATER.sub("", _FIRST.sub("", _BACKGROUND.sub(r"\1", text)))
    return _REMARK.sub("", text)


def _has_times(text: str) -> bool:
    """Whether marks of time are meant: one begins a line, is precise, or is not alone."""
    if _FIRST.search(text) or _PRECISE.search(text):
        return True
    return next(islice(_LATER.finditer(text), 1, None), None) is not None


def _without_cues(text: str) -> str:
    if text.startswith("WEBVTT"):
        text = unescape(_CUE_NAME.sub("", _NOTES.sub("", text)))
    return _BLANK_LINES.sub("\n", _STYLE.sub("", _CUE.sub("", text)))


def _words_of_script(text: str) -> str:
    r"""Return what is said in a script of SubStation Alpha; ``\N`` there ends a line."""
    said = "\n".join(_DIALOGUE.findall(text))
    return _OVERRIDE.sub("", said).replace(r"\N", "\n").replace(r"\n", " ").replace(r"\h", " ")
