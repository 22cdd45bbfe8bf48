"""Identity: a digest of what is heard in a recording, whatever tags its file has."""

import hashlib
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import BinaryIO

import numpy as np
from av import AudioCodecContext

from models.audio.containers import packets
from models.audio.mpeg_frames import FRAME_BYTES
from models.errors import NotAudioError

_PCM = re.compile(r"(pcm_[sf](?P<n_bits>16|24|32|64))(?P<order>[lb]e)")
_UNSIGNED = bytes(byte ^ 0x80 for byte in range(256))
"""8-bit samples of an aiff as those of a wav."""
_RATE_OUTSIDE = ("pcm_", "adpcm_", "wma", "gsm_")
"""Codecs whose packets and headers do not tell the sample rate."""
_HEARD: dict[str, Callable[[bytes], bytes]] = {
    "flac": lambda headers: headers[8:42] if headers.startswith(b"fLaC") else headers,
    "mp3": lambda _: b"",  # each packet tells all
    "opus": lambda headers: headers[:16] + bytes(2) + headers[18:],  # taggers set its gain
}
"""What of a codec's headers is not the container's or a tagger's."""
_MPEG_HEADER_BYTES = 8
_ALL_ONES = 0xFF
_MPEG_SYNC = {"mp3": (0xE6, 0xE2), "aac": (0xF6, 0xF0)}
"""Mask and bits of a frame's second byte: the rest of the sync, and the layer."""
_FLAC_CRC = 0x8005
"""Polynomial of the CRC-16 at the end of a flac frame, as in RFC 9639."""


def sound_digest(source: BinaryIO) -> str:
    """Return the SHA-256, in hexadecimal, of a recording's coded packets and their parameters.

    It stays the same when the file is tagged again, as `models.audio.containers.packets` says, and
    when bytes are appended. Of PCM it is the digest of the samples: wav and aiff files of the same
    samples have the same one. Nothing else is decoded.

    Raises:
        UndecodableAudioError: The format is not supported, or there is not one packet or sample.
    """
    digest, n_bytes = hashlib.sha256(), 0
    for part in _parts(source):
        digest.update(part)
        n_bytes += len(part)
    if not n_bytes:
        raise NotAudioError("there is no sound in them")
    return digest.hexdigest()


def find_sound_digest(source: BinaryIO) -> str | None:
    """Return the digest of what is heard in a file, and rewind the file.

    None if the file is no audio: decoding then says why.

    Raises:
        UndecodableAudioError: Reading exceeds its time limit, or would exceed its memory.
    """
    try:
        return sound_digest(source)
    except NotAudioError:
        return None
    finally:
        source.seek(0)


def _parts(source: BinaryIO) -> Iterator[bytes]:
    for context, run in groupby(packets(source), key=itemgetter(0)):
        sound = filter(None, _sound(context, (packet for _, packet in run)))
        if first := next(sound, b""):
            yield _parameters(context)
            yield first
            yield from sound


def _sound(context: AudioCodecContext, run: Iterator[bytes]) -> Iterator[bytes]:
    """Yield packets without what depends on the container."""
    name = context.codec.canonical_name
    if pcm := _PCM.fullmatch(name):
        return _little_endian(run, int(pcm["n_bits"]) // 8, is_big=pcm["order"] == "be")
    if name == "pcm_s8":
        return (packet.translate(_UNSIGNED) for packet in run)
    if name == "flac":
        return _without_flac_junk(run)
    if name == "mp3" or (name == "aac" and not context.extradata):  # else it is in a container
        return _without_mpeg_junk(name, run)
    return run


def _little_endian(run: Iterator[bytes], n_bytes: int, *, is_big: bool) -> Iterator[bytes]:
    for packet in run:
        samples = np.frombuffer(packet[: len(packet) // n_bytes * n_bytes], np.uint8)
        yield samples.reshape(-1, n_bytes)[:, :: -1 if is_big else 1].tobytes()


def _parameters(context: AudioCodecContext) -> bytes:
    """Return what the samples depend on beside the packets; it holds no comments."""
    name, headers = context.codec.canonical_name, context.extradata or b""
    if name in _HEARD:
        headers = _HEARD[name](headers)
    kind = _PCM.sub(r"\1", name.replace("pcm_s8", "pcm_u8"))
    if name.startswith(_RATE_OUTSIDE):
        kind += f" {context.sample_rate} {context.channels}"
    if name.startswith("pcm_"):
        headers = b""
    return f"{kind} {len(headers)} ".encode() + headers


def _without_mpeg_junk(name: str, run: Iterator[bytes]) -> Iterator[bytes]:
    mask, sync = _MPEG_SYNC[name]
    for packet in run:
        if (
            packet[0] == _ALL_ONES
            and len(packet) > _MPEG_HEADER_BYTES
            and packet[1] & mask == sync
        ):
            yield packet[: FRAME_BYTES[name](packet)]


def _without_flac_junk(run: Iterator[bytes]) -> Iterator[bytes]:
    last = b""
    for packet in run:
        if last:
            yield last
        last = packet
    if last:
        yield last[: _flac_frame_bytes(last)]


def _flac_frame_bytes(packet: bytes) -> int:
    """Return the length of the frame that a packet begins with, by the checksum at its end."""
    crc, n_bytes, table = 0, 0, _crc_table()
    for at, byte in enumerate(packet, start=1):
        before, crc = crc, (crc << 8 & 0xFFFF) ^ table[crc >> 8 ^ byte]
        if before and not crc:  # zeros behind the checksum change nothing
            n_bytes = at
    return n_bytes or len(packet)


@cache
def _crc_table() -> list[int]:
    table = []
    for crc in range(0, 1 << 16, 1 << 8):
        for _ in range(8):
            crc = (crc << 1 & 0xFFFF) ^ (_FLAC_CRC if crc >> 15 else 0)
        table.append(crc)
    return table
