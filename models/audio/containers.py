"""Containers: read a file's samples, or its coded packets.

`models.audio.formats` finds the format by the first bytes; here is a reader for each. FFmpeg,
through PyAV, decodes. It does not detect formats, because it would follow playlists, and it
ignores an mp4's references to other files by default.

A file of some kilobytes can request gigabytes. FFmpeg therefore gets no tags and no pictures,
decompresses nothing, and its allocations are limited. It demuxes mp3 and mp4 as they are, and wav,
aiff and wma with a rewritten header; ogg, Matroska, flac and aac are demuxed here.
"""

import ctypes
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, cast

import av
import av.packet
from av import AudioCodecContext, AudioStream, Packet

from models.audio.asf import rewrite_asf
from models.audio.chunks import rewrite_aiff, rewrite_w64, rewrite_wav
from models.audio.file_views import Rewritten, View
from models.audio.formats import detect_format
from models.audio.frames import Block, Coded, forget_custom_order
from models.audio.matroska import read_matroska
from models.audio.metadata import reject_compressed_index, skip_flac_metadata
from models.audio.ogg import read_ogg
from models.errors import NotAudioError
from models.interruption import check_interrupted

_CHUNK_BYTES = 2**16
_SHORTEST_PACKET_S = 0.0025
# No image decoder: FFmpeg decodes a cover to learn its size, and a png can be a compression bomb.
_CODECS = (
    "aac,ac3,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,alac,amrnb,amrwb,eac3,flac,gsm,gsm_ms,mp2,mp3,"
    "mp3float,opus,pcm_alaw,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,pcm_s16le,"
    "pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_s8,pcm_u8,vorbis,wmalossless,wmapro,wmav1,wmav2,"
    "wmavoice"
)
_MOST_TRACKS = 8
"""Phones add up to six tracks of other data to the picture and the sound."""
_OPTIONS = {
    "codec_whitelist": _CODECS,
    "max_streams": str(_MOST_TRACKS),
    "ignore_chapters": "1",
}
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
    sound = detect_format(source)
    view = View(source, sound.start, sound.end, began_s)
    decoded_s = 0.0
    try:
        for coded in _READERS[sound.name](view):
            for block in coded.blocks():
                check_interrupted()
                yield block
                decoded_s += len(block.samples) / block.rate_hz
                view.check(decoded_s)
    except NotAudioError:
        view.check(decoded_s)
        raise
    except (av.FFmpegError, ValueError) as error:
        view.check(decoded_s)
        if decoded_s < enough_s:
            raise NotAudioError(_reason(error)) from error
    view.check(decoded_s)
    if not decoded_s and sound.name not in _MAY_BE_EMPTY:
        raise NotAudioError(f"not one frame of {sound.name} can be decoded")


def packets(source: BinaryIO) -> Iterator[tuple[AudioCodecContext, bytes]]:
    """Yield the coded packets of a file's sound, each with the decoder that it is for.

    Joined, they stay the same when the file is tagged: with ID3, APE and Lyrics3 tags before or
    behind the sound, comments of ogg and flac, boxes of an mp4 and their new offsets, Matroska's
    tags and attachments, chunks of a wav or aiff, and texts of a wma. Packets have no fixed size:
    PCM comes in pieces that depend on the reader.

    Args:
        source: A seekable binary file.

    Raises:
        UndecodableAudioError: The format is not supported, the file is damaged before the first
            packet, or reading exceeds its time limit.
    """
    sound = detect_format(source)
    view = View(source, sound.start, sound.end)
    n_packets = 0
    try:
        for coded in _READERS[sound.name](view):
            for packet in coded.packets:
                check_interrupted()
                if packet is not None and packet.size:
                    yield coded.context, bytes(packet)
                    n_packets += 1
                    view.check(n_packets * _SHORTEST_PACKET_S)
    except NotAudioError:
        view.check(n_packets * _SHORTEST_PACKET_S)
        raise
    except (av.FFmpegError, ValueError) as error:
        view.check(n_packets * _SHORTEST_PACKET_S)
        if not n_packets:
            raise NotAudioError(_reason(error)) from error
    view.check(n_packets * _SHORTEST_PACKET_S)


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return (
            f"they request more than {_MOST_BYTES_AT_ONCE} bytes at once, or hold more than "
            f"{_MOST_TRACKS} tracks"
        )
    message = (
        getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    )
    return str(message).rstrip(".")


def _flac(view: View) -> Iterator[Coded]:
    return _parse("flac", view, skip_flac_metadata(view))


def _parse(codec: str, view: View, header: bytes | None = None) -> Iterator[Coded]:
    """Read frames without a demuxer: FFmpeg's flac and aac demuxers read metadata."""
    context = cast("AudioCodecContext", av.CodecContext.create(codec, "r"))
    context.extradata = header
    yield Coded(context, _frames(context, view))


def _frames(context: av.CodecContext, view: View) -> "Iterator[Packet[AudioStream] | None]":
    while chunk := view.read(_CHUNK_BYTES):
        yield from context.parse(chunk)
    while rest := context.parse(None):  # each call returns one frame
        yield from rest
    yield None


def _mp4(view: View) -> Iterator[Coded]:
    reject_compressed_index(view)
    return _demux("mp4", view)


def _wav(view: View) -> Iterator[Coded]:
    is_big = view.read_at(0, 4) == b"RIFX"
    for coded in _demux("wav", view, rewrite_wav):
        yield coded._replace(context=_big_endian(coded.context)) if is_big else coded


def _big_endian(context: AudioCodecContext) -> AudioCodecContext:
    """Return a decoder of samples in the byte order of a RIFX, which FFmpeg overlooks."""
    if not context.name.startswith("pcm_") or not context.name.endswith("le"):
        return context
    name = context.name.removesuffix("le") + "be"
    other = cast("AudioCodecContext", av.CodecContext.create(name, "r"))
    other.sample_rate, other.layout = context.sample_rate, f"{context.channels} channels"
    return other


def _demux(
    demuxer: str, view: View, rewrite: Callable[[View], View | Rewritten] = lambda view: view
) -> Iterator[Coded]:
    file = rewrite(view)
    with av.open(file, "r", format=demuxer, options=_OPTIONS, metadata_errors="ignore") as opened:
        codecs = [_codec(stream) for stream in opened.streams.audio]
        if not codecs:
            raise NotAudioError("there is no audio track")
        first = next((i for i, codec in enumerate(codecs) if codec in _CODECS.split(",")), None)
        if first is None:
            raise NotAudioError(f"the codec {codecs[0]} is not supported")
        stream = opened.streams.audio[first]
        forget_custom_order(stream.codec_context)
        yield Coded(stream.codec_context, opened.demux(stream))


def _codec(stream: AudioStream) -> str:
    return stream.codec_context.name if stream.codec_context else "of its sound"


_MAY_BE_EMPTY = ("aiff", "w64", "wav")
"""Formats of which a file without a sample is too short instead of damaged."""
_READERS: dict[str, Callable[[View], Iterator[Coded]]] = {
    "aac": partial(_parse, "aac"),
    "aiff": partial(_demux, "aiff", rewrite=rewrite_aiff),
    "asf": partial(_demux, "asf", rewrite=rewrite_asf),
    "flac": _flac,
    "matroska": read_matroska,
    "mp3": partial(_demux, "mp3"),
    "mp4": _mp4,
    "ogg": read_ogg,
    "w64": partial(_demux, "wav", rewrite=rewrite_w64),
    "wav": _wav,
}
