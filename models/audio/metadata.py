"""Metadata: find where the sound begins and ends, so that no decoder parses metadata."""

from os import SEEK_END
from struct import unpack
from typing import BinaryIO

from models.audio.file_views import View
from models.errors import NotAudioError, UndecodableAudioError

_MOST_TAGS = 100
_APE, _APE_BYTES = b"APETAGEX", 32
_ID3_BYTES, _ID3V1_BYTES = 10, 128
_NO_VERSION = 0xFF
_MOST_IN_SEVEN_BITS = 0x7F
_MOST_FLAC_BLOCKS = 1_000
_FLAC_HEADER_BYTES = 4
_IS_LAST_FLAC_BLOCK = 0x80
_COMPRESSED_INDEX = b"dcomzlib"
"""Every compressed mp4 index (a cmov atom) contains these bytes."""
_SEARCHED_AT_ONCE = 2**20


def after_tags(source: BinaryIO, start: int) -> int:
    """Return the offset of the first byte after the ID3 and APE tags from an offset.

    Raises:
        NotAudioError: There are too many tags.
    """
    n_bytes = source.seek(0, SEEK_END)
    for _ in range(_MOST_TAGS):
        source.seek(start)
        tag = source.read(_APE_BYTES)
        size = _ape_size(tag) if tag.startswith(_APE) else _id3_size(tag)
        if not size:
            return start
        start += size if start + size < n_bytes else _ID3_BYTES  # ignore a damaged size
    raise NotAudioError(f"they begin with {_MOST_TAGS} tags or more")


def before_tags(source: BinaryIO, start: int) -> int:
    """Return the offset where the ID3v1, Lyrics3 and APE tags at a file's end begin."""
    end = source.seek(0, SEEK_END)
    for _ in range(_MOST_TAGS):
        source.seek(max(end - _ID3V1_BYTES, 0))
        tail = source.read(min(_ID3V1_BYTES, end))
        size = _size_of_last_tag(tail)
        if not size or end - size <= start:
            return end
        end -= size
    return end


def _size_of_last_tag(tail: bytes) -> int:
    """Return the size of the tag that ends a file, by its last bytes; 0 if there is none."""
    if tail.startswith(b"TAG"):
        return _ID3V1_BYTES
    if tail[-_APE_BYTES:].startswith(_APE):
        return _ape_size(tail[-_APE_BYTES:])
    lyrics_size = tail[-15:-9]
    if tail.endswith(b"LYRICS200") and lyrics_size.isdigit():
        return int(lyrics_size) + 15
    return 0


def _ape_size(tag: bytes) -> int:
    """Return the size of an APE tag by its header or footer; both where it has both."""
    if len(tag) < _APE_BYTES:
        return 0
    size, _, flags = unpack("<3I", tag[12:24])
    has_both = flags >> 31 or flags >> 29 & 1
    return int(size) + (_APE_BYTES if has_both else 0)


def _id3_size(tag: bytes) -> int:
    """Return the size of an ID3 tag by its header; 0 if FFmpeg takes it for none."""
    is_id3 = len(tag) >= _ID3_BYTES and tag[:3] == b"ID3" and _NO_VERSION not in tag[3:5]
    if not is_id3 or max(tag[6:_ID3_BYTES]) > _MOST_IN_SEVEN_BITS:
        return 0
    # Seven bits a byte; the size excludes the header and an equally long footer.
    size = sum(byte << shift for byte, shift in zip(tag[6:10], (21, 14, 7, 0), strict=True))
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
