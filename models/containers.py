"""Containers: what a file is, told by its first bytes alone, and the samples inside it.

libsndfile reads wav and ogg (Vorbis and Opus); FFmpeg, through PyAV, reads flac, mp3, m4a and
aac. Neither is left to guess: libsndfile would look for resource forks in the working directory,
FFmpeg would follow playlists; an mp4's references to other files it leaves alone by itself. Flac
and mp3 are FFmpeg's because libsndfile stops at the first damaged frame, and at the length that
the file claims, or that it estimates where none is claimed.
"""

from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import BinaryIO, NamedTuple

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from models.errors import UndecodableAudioError

_BLOCK_SAMPLES = 2**15
_HEADER_BYTES = 12
_ID3_BYTES = 10
_WAV = (b"RIFF", b"RIFX", b"RF64")
# MPEG audio begins with eleven bits of sync, two of version (a bit more of sync in ADTS), two of
# layer: 00 in ADTS, 01 in mp3.
_ADTS, _ADTS_MASK = 0xFFF0, 0xFFF6
_LAYER_3, _LAYER_3_MASK = 0xFFE2, 0xFFE6


class Block(NamedTuple):
    """Consecutive samples ``(n_samples, n_channels)``, and how many there are in a second."""

    rate_hz: int
    samples: NDArray[np.float32]


def read(source: BinaryIO, *, enough_s: float) -> Iterator[Block]:
    """Yield a file's samples, up to where it ends or breaks off; nothing else is opened.

    Args:
        source: A seekable binary file.
        enough_s: A file that breaks off later than this is taken for what it holds until then.

    Raises:
        UndecodableAudioError: It is in no format that is read, or breaks off before ``enough_s``.
    """
    start = _after_id3(source)
    source.seek(start)
    demuxer = _demuxer(source.read(_HEADER_BYTES), is_tagged=start > 0)
    heard_s = 0.0
    try:
        for block in _ffmpeg(source, demuxer) if demuxer else _libsndfile(source):
            yield block
            heard_s += len(block.samples) / block.rate_hz
    except (soundfile.SoundFileError, av.FFmpegError, ValueError) as error:
        if heard_s < enough_s:
            raise UndecodableAudioError(_refusal(_reason(error))) from error
    if demuxer and not heard_s:
        raise UndecodableAudioError(_refusal(f"not one frame of {demuxer} can be decoded"))


def _refusal(reason: str) -> str:
    return (
        "The bytes are not audio in a format that is read (wav, flac, ogg, opus, mp3, m4a, aac), "
        f"or are damaged: {reason}."
    )


def _reason(error: Exception) -> str:
    told = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return str(told).removeprefix("Error : ").rstrip(".")


def _after_id3(source: BinaryIO) -> int:
    """Return where the sound begins: behind an ID3 tag, which may precede any format."""
    source.seek(0)
    tag = source.read(_ID3_BYTES)
    if len(tag) < _ID3_BYTES or not tag.startswith(b"ID3"):
        return 0
    # Seven bits a byte; the size leaves out this header, and a footer like it.
    size = sum((byte & 0x7F) << shift for byte, shift in zip(tag[6:], (21, 14, 7, 0), strict=True))
    has_footer = tag[5] & 0x10
    return _ID3_BYTES + size + (_ID3_BYTES if has_footer else 0)


def _demuxer(header: bytes, *, is_tagged: bool) -> str | None:
    """Return what FFmpeg calls the format; None for those that libsndfile reads."""
    if not is_tagged and (header[:4] == b"OggS" or (header[:4] in _WAV and header[8:] == b"WAVE")):
        return None
    if header[:4] == b"fLaC":
        return "flac"
    if header[4:8] == b"ftyp":
        return "mp4"
    sync = int.from_bytes(header[:2], "big")
    if sync & _ADTS_MASK == _ADTS:
        return "aac"
    if sync & _LAYER_3_MASK == _LAYER_3 or is_tagged:  # some taggers pad: the sync may come late
        return "mp3"
    raise UndecodableAudioError(_refusal(f"they begin with {header.hex(' ') or 'nothing'}"))


class _ForwardFile(soundfile.SoundFile):  # type: ignore[misc]  # it carries no types
    """A file that is read from start to end: soundfile seeks after each read of a seekable one."""

    def seekable(self) -> bool:
        return False


def _libsndfile(source: BinaryIO) -> Iterator[Block]:
    source.seek(0)
    # Without its name, from which soundfile would take the format.
    nameless = SimpleNamespace(read=source.read, seek=source.seek, tell=source.tell)
    with _ForwardFile(nameless) as file:
        n_frames = _BLOCK_SAMPLES // file.channels
        while len(samples := file.read(n_frames, dtype="float32", always_2d=True)):
            yield Block(file.samplerate, samples)


def _ffmpeg(source: BinaryIO, demuxer: str) -> Iterator[Block]:
    source.seek(0)
    with av.open(source, "r", format=demuxer, metadata_errors="ignore") as file:
        if not file.streams.audio:
            raise UndecodableAudioError(_refusal("there is no audio track"))
        as_floats = av.AudioResampler(format="fltp")
        for packet in file.demux(file.streams.audio[0]):
            with suppress(av.InvalidDataError):  # damaged: the next one may be whole
                for frame in packet.decode():
                    for planar in as_floats.resample(frame):
                        yield Block(planar.sample_rate, planar.to_ndarray().T.astype(np.float32))
