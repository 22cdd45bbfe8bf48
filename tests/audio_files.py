"""Audio files as people have them: tags and junk around the sound, joined streams, wrong sizes.

Files are made of `tests.audio_signals.encoded`.
"""

import io
import struct
from collections.abc import Callable

import av
import numpy as np
import soundfile

from models.audio.file_views import View
from models.audio.ogg_pages import pages
from tests.audio_signals import SAMPLE_RATE_HZ, Samples, id3_tag
from tests.decompression_bombs import signed

JUNK = np.random.default_rng(7).integers(0, 0x7F, 60_000, np.uint8).tobytes()


def ape_tag(n_bytes: int = 64, *, is_header: bool) -> bytes:
    """An APEv2 tag with one item of that many bytes, with a header and a footer."""
    item = struct.pack("<II", n_bytes, 0) + b"Title\0" + b"a" * n_bytes
    fields = struct.pack("<III", 2_000, len(item) + 32, 1)
    head = b"APETAGEX" + fields + struct.pack("<I", 0xA0000000) + bytes(8)
    foot = b"APETAGEX" + fields + struct.pack("<I", 0x80000000 * is_header) + bytes(8)
    return head + item + foot if is_header else item + foot


def id3_with_footer() -> bytes:
    tag = bytearray(id3_tag(300))
    tag[5] = 0x10
    return bytes(tag) + b"3DI" + bytes(tag[3:10])


ID3V1 = b"TAG" + b"a".ljust(125, b"\0")
LYRICS3 = b"LYRICSBEGININD0000200" + b"LYR00005hello" + b"000034LYRICS200"

BEFORE = {
    "nothing": b"",
    "id3v2.2": b"ID3\2" + id3_tag(200)[4:],
    "id3v2.3": b"ID3\3" + id3_tag(200)[4:],
    "id3v2.4": id3_tag(70_000),
    "two id3": id3_tag(100) + id3_tag(3_000),
    "id3 with a footer": id3_with_footer(),
    "ape": ape_tag(is_header=True),
    "id3 and ape": id3_tag(50) + ape_tag(is_header=True),
    "zeros": bytes(512),
    "many zeros": bytes(300_000),
    "a line": b"\r\n",
    "blanks": b" \t\r\n" * 40,
    "id3 and zeros": id3_tag(40) + bytes(1_000),
    "zeros and id3": bytes(600) + id3_tag(40),
    "byte order mark": b"\xef\xbb\xbf",
    "http header": b"ICY 200 OK\r\nicy-br:128\r\n\r\n",
    "junk": JUNK,
}
"""What may stand before the sound."""
AFTER = {
    "nothing": b"",
    "id3v1": ID3V1,
    "ape": ape_tag(is_header=False),
    "ape and id3v1": ape_tag(5_000, is_header=False) + ID3V1,
    "ape with a header": ape_tag(is_header=True),
    "lyrics3 and id3v1": LYRICS3 + ID3V1,
}
"""What may stand after mp3, aac and flac."""


def beside_video(ogg: bytes) -> bytes:
    """An ogg multiplexed with streams of Skeleton and Theora, a page of theirs for each page."""
    theirs = page(b"fishead\0" + bytes(56), serial=90, flags=2)
    theirs += page(b"\x80theora" + bytes(35), serial=91, flags=2)
    joined = b""
    for number, each in enumerate(pages(View(io.BytesIO(ogg)))):
        head = struct.pack(
            "<4sBBqII", b"OggS", 0, each.flags, each.granule, each.serial, each.number
        )
        own = signed(head, bytes([len(each.sizes)]) + each.sizes + each.body)
        joined += (theirs if each.is_first else page(bytes(99), serial=91, number=number)) + own
    return joined


def page(packet: bytes, *, serial: int, flags: int = 0, number: int = 0) -> bytes:
    """A page of one packet of less than 255 bytes."""
    head = struct.pack("<4sBBqII", b"OggS", 0, flags, number, serial, number)
    return signed(head, bytes([1, len(packet)]) + packet)


def silent_speex(n_frames: int = 100) -> bytes:
    """An ogg of so many frames of 20 ms, at 8 kHz."""
    fields = struct.pack("<13i", 1, 80, 8_000, 0, 4, 1, -1, 160, 0, 1, 0, 0, 0)
    head = b"Speex   " + b"1.2".ljust(20, b"\0") + fields
    pages_ = [page(head, serial=60, flags=2), page(bytes(8), serial=60, number=1)]
    pages_ += [page(bytes(1), serial=60, number=number) for number in range(2, n_frames + 2)]
    return b"".join(pages_)


def wav(
    wave: Samples,
    *,
    mark: bytes = b"RIFF",
    sizes: int | None = None,
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """A 16-bit mono wav with other sizes than the right ones, and chunks around the sound."""
    data = (wave * 32_767).astype("<i2").tobytes()
    fmt = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, SAMPLE_RATE_HZ, 2 * SAMPLE_RATE_HZ, 2, 16)
    body = b"WAVE" + before + fmt
    body += b"data" + struct.pack("<I", len(data) if sizes is None else sizes) + data + after
    return mark + struct.pack("<I", len(body) if sizes is None else sizes) + body


def ds64(n_bytes: int) -> bytes:
    """The chunk of an RF64 or BW64 that tells sizes of 64 bits."""
    return b"ds64" + struct.pack("<IQQQI", 28, n_bytes + 80, n_bytes, n_bytes // 2, 0)


def chunk(name: bytes, content: bytes, *, is_padded: bool = True) -> bytes:
    padding = bytes(len(content) % 2) if is_padded else b""
    return name + struct.pack("<I", len(content)) + content + padding


def wav_described_late(wave: Samples) -> bytes:
    """A wav whose chunk ``fmt `` follows its samples."""
    file = wav(wave)
    start, end = file.index(b"fmt "), file.index(b"data")
    return file[:start] + file[end:] + file[start:end]


def wav_of_valid_bits(wave: Samples) -> bytes:
    """A wav of 32-bit integers of which the highest 24 bits count."""
    file = bytearray(written(wave, "WAVEX", "PCM_32"))
    struct.pack_into("<H", file, file.index(b"fmt ") + 8 + 18, 24)
    return bytes(file)


WAVS: dict[str, Callable[[Samples], bytes]] = {
    "sizes of 0": lambda wave: wav(wave, sizes=0),
    "sizes of 2**32 - 1": lambda wave: wav(wave, sizes=2**32 - 1),
    "a size beyond the end": lambda wave: wav(wave, sizes=2**31),
    "rf64": lambda wave: wav(wave, mark=b"RF64", sizes=2**32 - 1, before=ds64(2 * len(wave))),
    "bw64": lambda wave: wav(wave, mark=b"BW64", sizes=2**32 - 1, before=ds64(2 * len(wave))),
    "bw64 never filled in": lambda wave: wav(wave, mark=b"BW64", sizes=2**32 - 1, before=ds64(0)),
    "bext and junk first": lambda wave: wav(
        wave, before=chunk(b"bext", bytes(858)) + chunk(b"JUNK", bytes(28))
    ),
    "an odd chunk first": lambda wave: wav(wave, before=chunk(b"LIST", b"INFOx")),
    "an odd chunk without padding": lambda wave: wav(
        wave, before=chunk(b"LIST", b"INFOx", is_padded=False)
    ),
    "described behind the samples": wav_described_late,
    "24 bits within 32": wav_of_valid_bits,
    "tags behind": lambda wave: wav(wave, after=chunk(b"LIST", b"INFO" + bytes(400)) + id3_tag()),
    "extensible": lambda wave: written(wave, "WAVEX", "PCM_16"),
    "big-endian": lambda wave: written(wave, "WAV", "PCM_16", "BIG"),
    "w64": lambda wave: written(wave, "W64", "PCM_16"),
    "rf64 of libsndfile": lambda wave: written(wave, "RF64", "PCM_16"),
}
"""Wavs that programs write, all of the same samples."""


def written(wave: Samples, container: str, subtype: str, endian: str = "FILE") -> bytes:
    """A file that libsndfile writes."""
    file = io.BytesIO()
    kind = {"format": container, "subtype": subtype, "endian": endian}
    soundfile.write(file, wave, SAMPLE_RATE_HZ, **kind)
    return file.getvalue()


def ffmpeg_s(file: bytes) -> float:
    """How long FFmpeg decodes a file, format detection included, in seconds; 0 if it does not."""
    try:
        with av.open(io.BytesIO(file), metadata_errors="ignore") as opened:
            stream = opened.streams.audio[0]
            return sum(_lengths_s(stream.codec_context, opened.demux(stream)))
    except (av.FFmpegError, IndexError):
        return 0.0


def _lengths_s(context, packets):  # type: ignore[no-untyped-def]
    for packet in packets:
        try:
            frames = context.decode(packet)
        except av.FFmpegError:
            frames = []
        yield sum(frame.samples / frame.sample_rate for frame in frames)
