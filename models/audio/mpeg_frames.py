"""MPEG frames: tell a run of mp3 or ADTS frames from bytes that look like one by chance."""

_LEAST_FRAMES = 4
_HEADER_BYTES = 8
_KBITS = (
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
"""Bitrates of layer III: of MPEG 2 and 2.5, and of MPEG 1."""
_RATES_HZ = (44_100, 48_000, 32_000)
_RATE_DIVISORS = {0: 4, 2: 2, 3: 1}
"""By the bits of the version: 2.5, 2 and 1."""
_VERSION_1 = 3
_ADTS_HEADER_BYTES = 7


def are_frames(name: str, head: bytes, at: int) -> bool:
    """Return whether frames of one kind follow each other.

    Args:
        name: ``mp3`` or ``aac``.
        head: Bytes of a file.
        at: Where the first frame begins.
    """
    first = head[at : at + _HEADER_BYTES]
    n_frames = 0
    while n_frames < _LEAST_FRAMES and len(head) >= at + _HEADER_BYTES:
        frame = head[at : at + _HEADER_BYTES]
        n_bytes = FRAME_BYTES[name](frame)
        if not n_bytes or _constant(frame) != _constant(first):
            return False
        at, n_frames = at + n_bytes, n_frames + 1
    return n_frames > 1


def _constant(frame: bytes) -> tuple[int, int]:
    """Return what all frames of a stream share: version, layer and sample rate."""
    is_mp3 = frame[1] & 6
    return frame[1] & 0xFE, frame[2] & (0x0C if is_mp3 else 0x3C)


def _mp3_frame_bytes(frame: bytes) -> int:
    """Return a frame's size; 0 if its header is none."""
    version, bitrate, rate = frame[1] >> 3 & 3, frame[2] >> 4, frame[2] >> 2 & 3
    is_first = version == _VERSION_1
    bitrates = _KBITS[is_first]
    if version not in _RATE_DIVISORS or not 0 < bitrate < len(bitrates) or rate == len(_RATES_HZ):
        return 0
    rate_hz = _RATES_HZ[rate] // _RATE_DIVISORS[version]
    bytes_a_bitrate = 144_000 if is_first else 72_000
    return bytes_a_bitrate * bitrates[bitrate] // rate_hz + (frame[2] >> 1 & 1)


def _adts_frame_bytes(frame: bytes) -> int:
    """Return a frame's size; 0 if its header is none."""
    n_bytes = int.from_bytes(frame[3:7]) >> 13 & 0x1FFF
    return n_bytes if n_bytes > _ADTS_HEADER_BYTES else 0


FRAME_BYTES = {"mp3": _mp3_frame_bytes, "aac": _adts_frame_bytes}
"""By format, the size of a frame by its first eight bytes."""
