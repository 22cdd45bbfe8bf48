"""Containers: detect a file's format by its first bytes and decode its samples.

libsndfile reads wav and ogg Vorbis. FFmpeg, through PyAV, reads flac, mp3, m4a, aac and ogg Opus.
Neither detects formats itself: libsndfile would search the working directory for resource forks,
and FFmpeg would follow playlists. FFmpeg ignores an mp4's references to other files by default.
FFmpeg decodes flac and mp3 because libsndfile stops at the first damaged frame, and at the length
that the header claims or that it estimates.

A file of some kilobytes can request gigabytes. FFmpeg therefore gets no ID3 tag, no flac metadata
and no picture, decompresses nothing, and its allocations are limited.
"""

import ctypes
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, cast

import av
import av.packet
import soundfile
from av import AudioCodecContext, AudioStream, Packet

from models.audio.file_views import View
from models.audio.frames import Block, decode_packets
from models.audio.metadata import after_id3, reject_compressed_index, skip_flac_metadata
from models.audio.ogg_headers import check_ogg
from models.audio.opus import HEAD, opus_blocks
from models.errors import NotAudioError

_BLOCK_SAMPLES = 2**15
_CHUNK_BYTES = 2**16
_HEADER_BYTES = 12
_WAV = (b"RIFF", b"RIFX", b"RF64")
# MPEG audio begins with 11 sync bits, 2 version bits (ADTS: one more sync bit) and 2 layer bits,
# which are 00 in ADTS and 01 in mp3.
_ADTS, _ADTS_MASK = 0xFFF0, 0xFFF6
_LAYER_3, _LAYER_3_MASK = 0xFFE2, 0xFFE6
# No image decoder: FFmpeg decodes a cover to learn its size, and a png can be a compression bomb.
_CODECS = "aac,ac3,alac,eac3,flac,mp3,mp3float,opus,pcm_s16be,pcm_s16le,pcm_s24be,pcm_s24le"
_OPTIONS = {"codec_whitelist": _CODECS, "max_streams": "6", "ignore_chapters": "1"}
# FFmpeg allocates what an mp4's frame table claims. 349,525 frames fit: two hours at 44.1 kHz.
_MOST_BYTES_AT_ONCE = 2**23
ctypes.CDLL(av.packet.__file__).av_max_alloc(ctypes.c_size_t(_MOST_BYTES_AT_ONCE))


def read(source: BinaryIO, *, enough_s: float, began_s: float | None = None) -> Iterator[Block]:
    """Yield a file's samples up to its end or its first fatal damage; open no other file.

    Args:
        source: A seekable binary file.
        enough_s: Damage after this many seconds of sound ends the samples without an error.
        began_s: Thread CPU time from which the time limit counts; by default now.

    Raises:
        UndecodableAudioError: The format is not supported, the file is damaged before
            ``enough_s``, or decoding exceeds its time limit.
    """
    start = after_id3(source)
    view = View(source, start, began_s)
    header = view.read(_HEADER_BYTES)
    name = _format(header, is_tagged=start > 0 or header.startswith(b"ID3"))
    view.seek(0)
    decoded_s = 0.0
    try:
        for block in _READERS[name](view):
            yield block
            decoded_s += len(block.samples) / block.rate_hz
            view.check(decoded_s)
    except (soundfile.SoundFileError, av.FFmpegError, ValueError) as error:
        view.check(decoded_s)
        if decoded_s < enough_s:
            raise NotAudioError(_reason(error)) from error
    view.check(decoded_s)
    if not decoded_s and name not in _LIBSNDFILE:
        raise NotAudioError(f"not one frame of {name} can be decoded")


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return f"they request more than {_MOST_BYTES_AT_ONCE} bytes at once"
    message = (
        getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    )
    return str(message).removeprefix("Error : ").rstrip(".")


def _format(header: bytes, *, is_tagged: bool) -> str:
    """Return a file's format; only formats that FFmpeg reads may follow an ID3 tag."""
    if not is_tagged and header[:4] == b"OggS":
        return "ogg"
    if not is_tagged and header[:4] in _WAV and header[8:] == b"WAVE":
        return "wav"
    if header[:4] == b"fLaC":
        return "flac"
    if header[4:8] == b"ftyp":
        return "mp4"
    sync = int.from_bytes(header[:2], "big")
    if sync & _ADTS_MASK == _ADTS:
        return "aac"
    if sync & _LAYER_3_MASK == _LAYER_3 or is_tagged:  # some taggers pad before the sync
        return "mp3"
    raise NotAudioError(f"they begin with {header.hex(' ') or 'nothing'}")


class _ForwardFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A file without seeking: soundfile seeks after each read of a seekable one."""

    def seekable(self) -> bool:
        return False


def _libsndfile(view: View) -> Iterator[Block]:
    with _ForwardFile(view) as file:
        n_frames = _BLOCK_SAMPLES // file.channels
        while len(samples := file.read(n_frames, dtype="float32", always_2d=True)):
            yield Block(file.samplerate, samples)


def _ogg(view: View) -> Iterator[Block]:
    return opus_blocks(view) if check_ogg(view).startswith(HEAD) else _libsndfile(view)


def _flac(view: View) -> Iterator[Block]:
    return _decode_stream("flac", view, skip_flac_metadata(view))


def _decode_stream(codec: str, view: View, header: bytes | None = None) -> Iterator[Block]:
    """Decode frames without a demuxer: FFmpeg's flac and aac demuxers read metadata."""
    context = cast("AudioCodecContext", av.CodecContext.create(codec, "r"))
    context.extradata = header
    return decode_packets(context, _packets(context, view))


def _packets(context: av.CodecContext, view: View) -> "Iterator[Packet[AudioStream] | None]":
    while chunk := view.read(_CHUNK_BYTES):
        yield from context.parse(chunk)
    while rest := context.parse(None):  # each call returns one frame
        yield from rest
    yield None


def _mp4(view: View) -> Iterator[Block]:
    reject_compressed_index(view)
    return _demux("mp4", view)


def _demux(demuxer: str, view: View) -> Iterator[Block]:
    with av.open(view, "r", format=demuxer, options=_OPTIONS, metadata_errors="ignore") as file:
        if not file.streams.audio:
            raise NotAudioError("there is no audio track")
        stream = file.streams.audio[0]
        codec = stream.codec_context.name if stream.codec_context else "an unknown codec"
        if codec not in _CODECS.split(","):
            raise NotAudioError(f"the codec {codec} is not supported")
        yield from decode_packets(stream.codec_context, file.demux(stream))


_LIBSNDFILE = ("wav", "ogg")
_READERS: dict[str, Callable[[View], Iterator[Block]]] = {
    "wav": _libsndfile,
    "ogg": _ogg,
    "flac": _flac,
    "aac": partial(_decode_stream, "aac"),
    "mp3": partial(_demux, "mp3"),
    "mp4": _mp4,
}
"""Format to decoder; the last two names are also FFmpeg's demuxer names."""
