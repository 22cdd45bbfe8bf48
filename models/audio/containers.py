"""Containers: what a file is, told by its first bytes alone, and the samples inside it.

libsndfile reads wav and ogg Vorbis; FFmpeg, through PyAV, reads flac, mp3, m4a, aac and the
packets of ogg Opus. Neither is left to guess: libsndfile would look for resource forks in the
working directory, FFmpeg would follow playlists; an mp4's references to other files it leaves
alone by itself. Flac and mp3 are FFmpeg's because libsndfile stops at the first damaged frame, and
at the length that the file claims, or that it estimates where none is claimed.

A file of some kilobytes can ask for gigabytes: FFmpeg reads no ID3 tag, no metadata of a flac and
no picture, inflates nothing, and allocates little at once.
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
from models.audio.frames import Block, decoded
from models.audio.metadata import after_id3, pass_flac_metadata, refuse_inflation
from models.audio.ogg_headers import check_ogg
from models.audio.opus import HEAD, opus_blocks
from models.errors import NotAudioError

_BLOCK_SAMPLES = 2**15
_CHUNK_BYTES = 2**16
_HEADER_BYTES = 12
_WAV = (b"RIFF", b"RIFX", b"RF64")
# MPEG audio begins with eleven bits of sync, two of version (a bit more of sync in ADTS), two of
# layer: 00 in ADTS, 01 in mp3.
_ADTS, _ADTS_MASK = 0xFFF0, 0xFFF6
_LAYER_3, _LAYER_3_MASK = 0xFFE2, 0xFFE6
# No decoder of pictures: FFmpeg decodes a cover to learn its size, and a png can inflate.
_CODECS = "aac,ac3,alac,eac3,flac,mp3,mp3float,opus,pcm_s16be,pcm_s16le,pcm_s24be,pcm_s24le"
_OPTIONS = {"codec_whitelist": _CODECS, "max_streams": "6", "ignore_chapters": "1"}
# FFmpeg allocates what a table claims. That of 349,525 mp4 frames fits, of two hours at 44.1 kHz.
_MOST_BYTES_AT_ONCE = 2**23
ctypes.CDLL(av.packet.__file__).av_max_alloc(ctypes.c_size_t(_MOST_BYTES_AT_ONCE))


def read(source: BinaryIO, *, enough_s: float, began_s: float | None = None) -> Iterator[Block]:
    """Yield a file's samples, up to where it ends or breaks off; nothing else is opened.

    Args:
        source: A seekable binary file.
        enough_s: A file that breaks off later than this is taken for what it holds until then.
        began_s: Processor time of this thread from which on time counts; now by default.

    Raises:
        UndecodableAudioError: It is in no format that is read, breaks off before ``enough_s``, or
            takes longer than its sound is worth.
    """
    start = after_id3(source)
    view = View(source, start, began_s)
    header = view.read(_HEADER_BYTES)
    name = _format(header, is_tagged=start > 0 or header.startswith(b"ID3"))
    view.seek(0)
    heard_s = 0.0
    try:
        for block in _READERS[name](view):
            yield block
            heard_s += len(block.samples) / block.rate_hz
            view.check(heard_s)
    except (soundfile.SoundFileError, av.FFmpegError, ValueError) as error:
        view.check(heard_s)
        if heard_s < enough_s:
            raise NotAudioError(_reason(error)) from error
    view.check(heard_s)
    if not heard_s and name not in _LIBSNDFILE:
        raise NotAudioError(f"not one frame of {name} can be decoded")


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return f"they ask for more than {_MOST_BYTES_AT_ONCE} bytes at once"
    message = (
        getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    )
    return str(message).removeprefix("Error : ").rstrip(".")


def _format(header: bytes, *, is_tagged: bool) -> str:
    """Return what a file is; behind a tag it is one of those that FFmpeg reads."""
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
    if sync & _LAYER_3_MASK == _LAYER_3 or is_tagged:  # some taggers pad: the sync may come late
        return "mp3"
    raise NotAudioError(f"they begin with {header.hex(' ') or 'nothing'}")


class _ForwardFile(soundfile.SoundFile):  # type: ignore[misc]  # it carries no types
    """A file that is read from start to end: soundfile seeks after each read of a seekable one."""

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
    return _parsed("flac", view, pass_flac_metadata(view))


def _parsed(codec: str, view: View, header: bytes | None = None) -> Iterator[Block]:
    """Decode frames that follow each other without a container.

    FFmpeg's demuxers of them differ in that they read metadata: that of aac between frames, too.
    """
    context = cast("AudioCodecContext", av.CodecContext.create(codec, "r"))
    context.extradata = header
    return decoded(context, _packets(context, view))


def _packets(context: av.CodecContext, view: View) -> "Iterator[Packet[AudioStream] | None]":
    while chunk := view.read(_CHUNK_BYTES):
        yield from context.parse(chunk)
    while rest := context.parse(None):  # one call gives one frame
        yield from rest
    yield None


def _mp4(view: View) -> Iterator[Block]:
    refuse_inflation(view)
    return _demuxed("mp4", view)


def _demuxed(demuxer: str, view: View) -> Iterator[Block]:
    with av.open(view, "r", format=demuxer, options=_OPTIONS, metadata_errors="ignore") as file:
        if not file.streams.audio:
            raise NotAudioError("there is no audio track")
        stream = file.streams.audio[0]
        codec = stream.codec_context.name if stream.codec_context else "an unknown codec"
        if codec not in _CODECS.split(","):
            raise NotAudioError(f"{codec} is not read")
        yield from decoded(stream.codec_context, file.demux(stream))


_LIBSNDFILE = ("wav", "ogg")
_READERS: dict[str, Callable[[View], Iterator[Block]]] = {
    "wav": _libsndfile,
    "ogg": _ogg,
    "flac": _flac,
    "aac": partial(_parsed, "aac"),
    "mp3": partial(_demuxed, "mp3"),
    "mp4": _mp4,
}
"""By what a file is called here; the last two are also FFmpeg's names of demuxers."""
