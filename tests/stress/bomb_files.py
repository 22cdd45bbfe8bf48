"""Audio files that are small, and hold or claim what is large once it is read."""

import io
import struct
import zlib
from collections.abc import Iterator
from functools import cache

import soundfile

from models.audio.decoding import SAMPLE_RATE_HZ
from tests import signals

MEGABYTE = 10**6
N_PICTURES = 8
PICTURE_BYTES = 100 * MEGABYTE
MOOV_BYTES = 400 * MEGABYTE
FLAC_PICTURE_BYTES = 15 * MEGABYTE
"""A block of flac has 24 bits for its length."""
N_FLAC_PICTURES = 3
FLAC_FIRST_BLOCK_ENDS = 42
PNG_PIXELS = 12_000
COMMENT_BYTES = 20 * MEGABYTE
_COMPRESSED_WITH_LENGTH = 0x0009
"""Flags of an ID3v2.4 frame; FFmpeg reads them so in 2.3, too."""
_IS_PNG = 14
"""What an mp4 calls the kind of a cover."""


def pairs() -> Iterator[tuple[str, bytes, bytes]]:
    """Yield what a bomb is called, the plain file of the same sound, and the bomb."""
    tone = signals.tone(seconds=1.0)
    mp3, m4a, aac, flac = (
        signals.encoded(tone, of) for of in ("mp3", "m4a", "aac", "flac 16 bit")
    )
    for version in (3, 4):
        yield f"mp3 with pictures in ID3v2.{version}", mp3, _id3(version) + mp3
    yield "mp4 with a compressed cmov", m4a, _with_cmov(m4a)
    yield "mp4 with a cover that inflates", m4a, _with_cover(m4a)
    frames = _adts_frames(aac)
    middle = len(frames) // 2
    yield (
        "aac with ID3 in mid-stream",
        aac,
        b"".join([*frames[:middle], _id3(4), *frames[middle:]]),
    )
    first, rest = flac[:FLAC_FIRST_BLOCK_ENDS], flac[FLAC_FIRST_BLOCK_ENDS:]
    yield "flac with pictures", flac, first + _flac_pictures(claimed=None) + rest
    yield "flac with a picture that claims 2 GB", flac, first + _flac_pictures(2**31 - 1) + rest
    yield "flac with a cover that inflates", flac, first + _cover(_png(PNG_PIXELS)) + rest
    yield "ogg with a long comment", signals.encoded(tone, "ogg vorbis"), _ogg(tone)


@cache
def _id3(version: int) -> bytes:
    """Return a tag of some pictures, each compressed to a thousandth of what it is."""
    head = b"\0image/png\0\x03\0"
    packed = struct.pack(">I", PICTURE_BYTES) + _packed(head, PICTURE_BYTES)
    size = _synchsafe(len(packed)) if version == 4 else struct.pack(">I", len(packed))
    frame = b"APIC" + size + struct.pack(">H", _COMPRESSED_WITH_LENGTH) + packed
    frames = frame * N_PICTURES
    return b"ID3" + bytes([version, 0, 0]) + _synchsafe(len(frames)) + frames


def _packed(beginning: bytes, n_bytes: int) -> bytes:
    """Return a beginning and zeros, so many bytes together, as zlib compresses them."""
    packer = zlib.compressobj(9)
    pieces = [packer.compress(beginning)]
    left = n_bytes - len(beginning)
    while left > 0:
        pieces.append(packer.compress(bytes(min(left, MEGABYTE))))
        left -= MEGABYTE
    return b"".join([*pieces, packer.flush()])


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _with_cmov(m4a: bytes) -> bytes:
    """Return the file with its ``moov``, padded to a large size, in compressed form."""
    at = m4a.index(b"moov") - 4
    (size,) = struct.unpack_from(">I", m4a, at)
    inside = m4a[at + 8 : at + size]
    padding = MOOV_BYTES - size
    moov = struct.pack(">I", MOOV_BYTES) + b"moov" + inside + struct.pack(">I", padding) + b"free"
    data = _box(b"cmvd", struct.pack(">I", MOOV_BYTES) + _packed(moov, MOOV_BYTES))
    return (
        m4a[:at] + _box(b"moov", _box(b"cmov", _box(b"dcom", b"zlib") + data)) + m4a[at + size :]
    )


def _with_cover(m4a: bytes) -> bytes:
    """Return the file with a picture behind its other metadata."""
    at = m4a.index(b"moov") - 4
    (size,) = struct.unpack_from(">I", m4a, at)
    picture = _box(b"data", struct.pack(">II", _IS_PNG, 0) + _png(PNG_PIXELS))
    reader = _box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    kept = _box(b"ilst", _box(b"covr", picture))
    inside = m4a[at + 8 : at + size] + _box(b"udta", _box(b"meta", bytes(4) + reader + kept))
    return m4a[:at] + _box(b"moov", inside) + m4a[at + size :]


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def _adts_frames(aac: bytes) -> list[bytes]:
    frames, at = [], 0
    while at + 7 <= len(aac):
        size = int.from_bytes(aac[at + 3 : at + 6], "big") >> 5 & 0x1FFF
        frames.append(aac[at : at + size])
        at += size
    return frames


def _flac_pictures(claimed: int | None) -> bytes:
    """Return blocks that go before the first one: as long as they may be, or one that lies."""
    n_bytes = FLAC_PICTURE_BYTES if claimed is None else 1000
    return _cover(bytes(n_bytes), claimed) * (N_FLAC_PICTURES if claimed is None else 1)


def _cover(picture: bytes, claimed: int | None = None) -> bytes:
    """Return a block that holds a picture, and says how long it is, or lies."""
    fields = (3, 9, b"image/png", 0, 1, 1, 24, 0, claimed or len(picture))
    content = struct.pack(">II9sIIIIII", *fields) + picture
    return b"\x06" + len(content).to_bytes(3, "big") + content


def _png(side: int) -> bytes:
    """Return a black square of colours, so many pixels wide."""
    rows = _packed(b"", side * (1 + 3 * side))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", rows),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


def _ogg(tone: signals.Samples) -> bytes:
    file = io.BytesIO()
    kind = {"format": "OGG", "subtype": "VORBIS"}
    with soundfile.SoundFile(file, "w", SAMPLE_RATE_HZ, 1, **kind) as output:
        output.comment = "a" * COMMENT_BYTES
        output.write(tone)
    return file.getvalue()
