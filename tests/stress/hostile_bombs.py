"""Audio files whose tags or containers grow when they are read, and what they cost the workers."""

import io
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path

import psutil
import soundfile

from models.audio import SAMPLE_RATE_HZ
from tests import signals
from tests.stress.keys import bearer
from tests.stress.plan import Plan
from tests.stress.table import Row
from tests.stress.target import Target
from tests.stress.wire import form

MEGABYTE = 10**6
N_PICTURES = 8
PICTURE_BYTES = 100 * MEGABYTE
MOOV_BYTES = 400 * MEGABYTE
FLAC_PICTURE_BYTES = 15 * MEGABYTE
"""A block of flac has 24 bits for its length."""
N_FLAC_PICTURES = 3
FLAC_FIRST_BLOCK_ENDS = 42
COMMENT_BYTES = 20 * MEGABYTE
MAY_GROW_MB = 100.0
N_WARM = 3
N_BOMBS, N_BOMBS_SHORT = 7, 3
_COMPRESSED_WITH_LENGTH = 0x0009
"""Flags of an ID3v2.4 frame; FFmpeg reads them so in 2.3, too."""
_RESET_PEAK = "5"


def grow(plan: Plan, target: Target) -> list[Row]:
    """Send every bomb; return by how much the largest peak exceeds that of a plain file."""
    rows, statuses = [], []
    for name, plain, bomb in islice(_pairs(), plan.size(N_BOMBS, N_BOMBS_SHORT)):
        for _ in range(N_WARM):
            _send(target, plain)
        least = _peaks_mb(target, plain)[0]
        peak, status = _peaks_mb(target, bomb)
        more = max(peak[pid] - least.get(pid, 0.0) for pid in peak)
        plan.say(f"{name}: {len(bomb):,} bytes, answered {status}, {more:,.0f} MB more")
        rows.append(
            plan.at_most(f"2: memory beyond a plain file's: {name}", more, MAY_GROW_MB, "MB")
        )
        statuses.append(status)
    n_other = sum(status // 100 not in {2, 4} for status in statuses)
    return [*rows, plan.exactly("2: bombs that were neither heard nor refused", n_other)]


def _peaks_mb(target: Target, file: bytes) -> tuple[dict[int, float], int]:
    """Return the peak memory of each process while a file is heard, and the answer's status."""
    for process in target.served.processes():
        with suppress(OSError):  # forbidden: the peak of the process's life is compared then
            Path(f"/proc/{process.pid}/clear_refs").write_text(_RESET_PEAK)
    status = _send(target, file)
    peaks = {}
    for process in target.served.processes():
        with suppress(OSError, psutil.NoSuchProcess):
            told = Path(f"/proc/{process.pid}/status").read_text()
            peaks[process.pid] = int(re.findall(r"VmHWM:\s+(\d+) kB", told)[0]) * 1024 / MEGABYTE
    return peaks, status


def _send(target: Target, file: bytes) -> int:
    sent = form("/predict", {"audio": file}, headers=bearer(target.keys["app"]))
    return target.ask(sent, within_s=60).status


def _pairs() -> Iterator[tuple[str, bytes, bytes]]:
    """Yield what a bomb is called, the plain file of the same sound, and the bomb."""
    tone = signals.tone(seconds=1.0)
    mp3, m4a, aac, flac = (
        signals.encoded(tone, of) for of in ("mp3", "m4a", "aac", "flac 16 bit")
    )
    for version in (3, 4):
        yield f"mp3 with pictures in ID3v2.{version}", mp3, _id3(version) + mp3
    yield "mp4 with a compressed cmov", m4a, _with_cmov(m4a)
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
    fields = (3, 9, b"image/png", 0, 1, 1, 24, 0, claimed or n_bytes)
    picture = struct.pack(">II9sIIIIII", *fields) + bytes(n_bytes)
    block = b"\x06" + len(picture).to_bytes(3, "big") + picture
    return block * (N_FLAC_PICTURES if claimed is None else 1)


def _ogg(tone: signals.Samples) -> bytes:
    file = io.BytesIO()
    kind = {"format": "OGG", "subtype": "VORBIS"}
    with soundfile.SoundFile(file, "w", SAMPLE_RATE_HZ, 1, **kind) as output:
        output.comment = "a" * COMMENT_BYTES
        output.write(tone)
    return file.getvalue()
