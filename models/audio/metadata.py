"""Metadata: find where the sound begins, so that no decoder parses metadata."""

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
_COMPRESSED_INDEX = b"dcomzlib"
"""Every compressed mp4 index (a cmov atom) contains these bytes."""
_SEARCHED_AT_ONCE = 2**20


def after_id3(source: BinaryIO) -> int:
    """Return the offset of the first byte after the ID3 tags, which may precede any format."""
    n_bytes = source.seek(0, SEEK_END)
    start = 0
    for _ in range(_MOST_TAGS):
        source.seek(start)
        tag = source.read(_ID3_BYTES)
        if not _is_id3(tag):
            return start
        end = start + _id3_size(tag)
        start = end if end < n_bytes else start + _ID3_BYTES  # ignore a damaged size
    raise NotAudioError(f"they begin with {_MOST_TAGS} ID3 tags or more")


def _is_id3(tag: bytes) -> bool:
    """Return whether FFmpeg takes ten bytes for a tag's header."""
    has_version = _NO_VERSION not in tag[3:5]
    return (
        len(tag) == _ID3_BYTES
        and tag[:3] == b"ID3"
        and has_version
        and max(tag[6:]) <= _MOST_IN_SEVEN_BITS
    )


def _id3_size(tag: bytes) -> int:
    # Seven bits a byte; the size excludes the header and an equally long footer.
    size = sum(byte << shift for byte, shift in zip(tag[6:], (21, 14, 7, 0), strict=True))
    has_footer = tag[5] & 0x10
    return _ID3_BYTES + size + (_ID3_BYTES if has_footer else 0)


def skip_flac_metadata(view: View) -> bytes:
    """Seek to the first frame of a flac and return its STREAMINFO."""
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


def reject_compressed_index(view: View) -> None:
    """Reject an mp4 whose index is compressed: FFmpeg does not limit its size."""
    last = b""
    while piece := view.read(_SEARCHED_AT_ONCE):
        if _COMPRESSED_INDEX in last + piece:
            raise UndecodableAudioError(
                "The mp4's index is compressed (a cmov atom), which is not supported."
            )
        last = piece[1 - len(_COMPRESSED_INDEX) :]
    view.seek(0)
