"""Metadata: where it ends and the sound begins, so that no decoder has to read it."""

from os import SEEK_END
from typing import BinaryIO

from models.audio.file_views import View
from models.errors import NotAudioError, UndecodableAudioError

_MOST_TAGS = 100
_ID3_BYTES = 10
_NO_VERSION = 0xFF
_MOST_IN_SEVEN_BITS = 0x7F
_MOST_FLAC_BLOCKS = 1_000
_FLAC_HEADER_BYTES = 4
_IS_LAST_FLAC_BLOCK = 0x80
_INFLATED = b"dcomzlib"
"""All compressed tables of contents of an mp4 have this, wherever FFmpeg may find one."""
_SEARCHED_AT_ONCE = 2**20


def after_id3(source: BinaryIO) -> int:
    """Return where the sound begins: behind the ID3 tags, which may precede any format.

    Raises:
        NotAudioError: There are too many of them.
    """
    n_bytes = source.seek(0, SEEK_END)
    start = 0
    for _ in range(_MOST_TAGS):
        source.seek(start)
        tag = source.read(_ID3_BYTES)
        if not _is_id3(tag):
            return start
        end = start + _id3_size(tag)
        start = end if end < n_bytes else start + _ID3_BYTES  # a damaged one ends where it likes
    raise NotAudioError(f"they begin with {_MOST_TAGS} ID3 tags or more")


def _is_id3(tag: bytes) -> bool:
    """Return whether FFmpeg reads ten bytes as the start of a tag; others it skips."""
    has_version = _NO_VERSION not in tag[3:5]
    return (
        len(tag) == _ID3_BYTES
        and tag[:3] == b"ID3"
        and has_version
        and max(tag[6:]) <= _MOST_IN_SEVEN_BITS
    )


def _id3_size(tag: bytes) -> int:
    # Seven bits a byte; the size leaves out this header, and a footer like it.
    size = sum(byte << shift for byte, shift in zip(tag[6:], (21, 14, 7, 0), strict=True))
    has_footer = tag[5] & 0x10
    return _ID3_BYTES + size + (_ID3_BYTES if has_footer else 0)


def pass_flac_metadata(view: View) -> bytes:
    """Go to the first frame of a flac and return its STREAMINFO.

    Raises:
        ValueError: There is none, or no end of metadata.
    """
    view.seek(len(b"fLaC"))
    is_last, size = _flac_block(view)
    streaminfo = view.read(size)
    for _ in range(_MOST_FLAC_BLOCKS):
        if is_last:
            return streaminfo
        is_last, size = _flac_block(view)
        view.seek(size, 1)
    raise ValueError(f"more than {_MOST_FLAC_BLOCKS} blocks of metadata precede the sound")


def _flac_block(view: View) -> tuple[bool, int]:
    header = view.read(_FLAC_HEADER_BYTES)
    if len(header) < _FLAC_HEADER_BYTES:
        raise ValueError("the metadata do not end")
    return header[0] >= _IS_LAST_FLAC_BLOCK, int.from_bytes(header[1:])


def refuse_inflation(view: View) -> None:
    """Refuse an mp4 whose table of contents is compressed.

    Raises:
        UndecodableAudioError: It is.
    """
    last = b""
    while piece := view.read(_SEARCHED_AT_ONCE):
        if _INFLATED in last + piece:
            raise UndecodableAudioError(
                "The mp4's table of contents is compressed (a cmov atom); this is not read."
            )
        last = piece[1 - len(_INFLATED) :]
    view.seek(0)
