"""Formats: which one a file has, and where its sound begins and ends.

Tags, zeros, blank lines and up to 64 KiB of other bytes may stand before the sound.
"""

import re
from os import SEEK_END
from typing import BinaryIO, NamedTuple

from models.audio.metadata import after_tags, before_tags
from models.audio.mpeg_frames import FRAME_BYTES, are_frames
from models.errors import NotAudioError

MEDIA_TYPES = {
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "asf": "audio/x-ms-wma",
    "flac": "audio/flac",
    "matroska": "audio/webm",
    "mp3": "audio/mpeg",
    "mp4": "audio/mp4",
    "ogg": "audio/ogg",
    "w64": "audio/x-w64",
    "wav": "audio/wav",
}
"""The formats that are read, and their media types."""
MOST_BLANK_BYTES, MOST_JUNK_BYTES = 2**20, 2**16
"""Bytes of zeros and white space, and then of anything, that may stand before the sound."""
_MOST_RUNS = 8
"""Runs of blanks, each with tags behind it."""
_LONGEST_RUN_BYTES = 2**15
_MARKS = re.compile(
    rb"(?P<wav>(?:RIFF|RIFX|RF64|BW64)....WAVE)|(?P<w64>riff\x2e\x91\xcf\x11)"
    rb"|(?P<aiff>FORM....AIF[FC])|(?P<flac>fLaC[\0\x80]\0\0\x22)|(?P<ogg>OggS\0)"
    rb"|(?P<mp4>....ftyp)|(?P<matroska>\x1aE\xdf\xa3)|(?P<asf>0&\xb2u\x8ef\xcf\x11)"
    rb"|(?P<aac>\xff[\xf0\xf1\xf8\xf9])|(?P<mp3>\xff[\xe2\xe3\xf2\xf3\xfa\xfb])",
    re.DOTALL,
)
"""How each begins: MPEG audio with 11 sync bits, 2 version bits (ADTS: one more sync bit) and 2
layer bits, which are 00 in ADTS and 01 in mp3."""
_QUICKTIME = re.compile(rb"....(?:moov|mdat|wide|free|skip|pnot)", re.DOTALL)
"""How movies begin that are older than the box ``ftyp``."""
_OTHERS = re.compile(
    rb"RIF[FX]|FORM|OggS|fLaC|caff|FLV|FRM8|DSD |wvpk|MAC |MPCK|TTA1|\.snd|#!AMR|\.RMF|MThd"
    rb"|\x01[\xb3\xba]|PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b|BZh|%PDF|\x89PNG|GIF8|\xff\xd8\xff",
)
"""How files of other formats begin, which may hold frames that would be taken for the whole."""
_HEADER_BYTES = 12
_SIZE_BYTES = 4
"""An mp4 begins with a size, whose first bytes look blank."""


class Detected(NamedTuple):
    """The format of a file's sound, and the offsets where it begins and ends."""

    name: str
    start: int
    end: int

    @property
    def media_type(self) -> str:
        """Its media type."""
        return MEDIA_TYPES[self.name]


def detect_format(source: BinaryIO) -> Detected:
    """Find a file's format; raise `NotAudioError` if it is none that is read."""
    if not _end(source, 0):
        raise NotAudioError("the file is empty")
    start = after_tags(source, 0)
    name = _name(source, start)
    if name is None:
        name, start = _search(source, _after_blanks(source, start))
    is_bare = name in {"aac", "flac", "mp3"}  # nothing in them tells where they end
    return Detected(name, start, (before_tags if is_bare else _end)(source, start))


def _end(source: BinaryIO, _: int) -> int:
    return source.seek(0, SEEK_END)


def _read_at(source: BinaryIO, at: int, n_bytes: int) -> bytes:
    source.seek(at)
    return source.read(n_bytes)


def _name(source: BinaryIO, at: int) -> str | None:
    """Return the format that begins at an offset; None if there is none for certain."""
    head = _read_at(source, at, _HEADER_BYTES)
    if _QUICKTIME.match(head):
        return "mp4"
    match = _MARKS.match(head)
    if match and match.lastgroup in FRAME_BYTES:
        head = _read_at(source, at, _LONGEST_RUN_BYTES)
    return str(match.lastgroup) if match and _is_confirmed(head, match) else None


def _after_blanks(source: BinaryIO, start: int) -> int:
    """Return the offset after tags, zeros and white space."""
    for _ in range(_MOST_RUNS):
        piece = _read_at(source, start, MOST_BLANK_BYTES)
        n_blanks = len(piece) - len(piece.lstrip(b"\0\t\n\r "))
        after = after_tags(source, start + n_blanks)
        if after == start:
            break
        start = after
    return start


def _search(source: BinaryIO, start: int) -> tuple[str, int]:
    """Return the first format that begins soon after an offset, and where."""
    n_back = min(start, _SIZE_BYTES)
    head = _read_at(source, start - n_back, MOST_JUNK_BYTES + _LONGEST_RUN_BYTES)
    if not _OTHERS.match(head, n_back):
        for match in _MARKS.finditer(head, 0, MOST_JUNK_BYTES):
            if _is_confirmed(head, match):
                return str(match.lastgroup), start - n_back + match.start()
    if damaged := _MARKS.match(head, n_back):
        return str(damaged.lastgroup), start
    begin = head[n_back : n_back + _HEADER_BYTES].hex(" ")
    raise NotAudioError(f"they begin with {begin}" if begin else "only tags and blanks are there")


def _is_confirmed(head: bytes, match: "re.Match[bytes]") -> bool:
    """Return whether more frames follow a frame of MPEG audio, or it is another format."""
    name = str(match.lastgroup)
    return name not in FRAME_BYTES or are_frames(name, head, match.start())
