"""Containers: what a file is, told by its first bytes alone, and the samples inside it.

libsndfile reads wav, flac and ogg; FFmpeg, through PyAV, reads mp3, m4a and aac. Neither is left
to guess: libsndfile would look for resource forks in the working directory, FFmpeg would follow
playlists. Mp3 is FFmpeg's because libsndfile stops at the length that an mp3 claims, or, where
none is claimed, at one that it estimates.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import SEEK_SET
from typing import BinaryIO, NamedTuple

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from models.errors import UndecodableAudioError

_BLOCK_FRAMES = 2**14
_HEADER_BYTES = 12
_ID3_BYTES = 10


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
        for block in _ffmpeg(source, demuxer) if demuxer else _libsndfile(source, start):
            yield block
            heard_s += len(block.samples) / block.rate_hz
    except (soundfile.SoundFileError, av.FFmpegError, ValueError) as error:
        if heard_s < enough_s:
            raise UndecodableAudioError(_refusal(_reason(error))) from error


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
    if header[:4] in (b"fLaC", b"OggS"):
        return None
    if header[:4] in (b"RIFF", b"RIFX", b"RF64") and header[8:] == b"WAVE":
        return None
    if header[4:8] == b"ftyp":
        return "mp4"
    # Eleven bits of sync, two of version, two of layer, of which 00 is ADTS.
    sync = int.from_bytes(header[:2], "big")
    if sync & 0xFFF6 == 0xFFF0:
        return "aac"
    if sync & 0xFFE0 == 0xFFE0 or is_tagged:  # some taggers pad: the sync may come late
        return "mp3"
    raise UndecodableAudioError(_refusal(f"the first are {header.hex(' ') or 'none'}"))


class _View:
    """A file from some place on, and without the name by which libsndfile would take its format."""

    def __init__(self, source: BinaryIO, start: int) -> None:
        self.read = source.read
        self._source = source
        self._start = start

    def tell(self) -> int:
        return self._source.tell() - self._start

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        return self._source.seek(offset + (self._start if whence == SEEK_SET else 0), whence)


class _ForwardFile(soundfile.SoundFile):  # type: ignore[misc]  # it carries no types
    """A file that is read from start to end.

    Soundfile seeks after each read of a seekable file, which fails where a flac does not tell its
    length or is cut short.
    """

    def seekable(self) -> bool:
        return False


def _libsndfile(source: BinaryIO, start: int) -> Iterator[Block]:
    source.seek(start)
    with _ForwardFile(_View(source, start)) as file:
        while len(samples := file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
            yield Block(file.samplerate, samples)


def _ffmpeg(source: BinaryIO, demuxer: str) -> Iterator[Block]:
    source.seek(0)
    with av.open(
        source, "r", format=demuxer, metadata_errors="ignore", io_open=_refuse_to_open
    ) as file:
        if not file.streams.audio:
            raise UndecodableAudioError(_refusal("there is no audio track"))
        as_floats = av.AudioResampler(format="fltp")
        for packet in file.demux(file.streams.audio[0]):
            with suppress(av.InvalidDataError):  # damaged: the next one may be whole
                for frame in packet.decode():
                    for planar in as_floats.resample(frame):
                        yield Block(planar.sample_rate, planar.to_ndarray().T)


def _refuse_to_open(url: str, flags: int, options: Mapping[str, str]) -> BinaryIO:
    """An mp4 may name other files as the place of its samples."""
    del flags, options
    raise UndecodableAudioError(_refusal(f"it refers to {url!r}, which is not opened"))
