"""Ogg: read the packets of Vorbis, Opus, FLAC and Speex (RFC 3533, 7845, 9639 and 5574).

FFmpeg's demuxer reads pictures in comments, and stops where a stream of another codec follows.
Here comments are skipped, chained streams are read one after the other, whatever their codecs, and
of streams side by side the first with sound. A damaged page is dropped.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple, cast

from av import AudioCodecContext, CodecContext, Packet

from models.audio.file_views import View
from models.audio.frames import AudioPacket, Block, Coded, drop_end
from models.audio.ogg_pages import Page, pages
from models.audio.vorbis_headers import vorbis_extradata
from models.errors import NotAudioError

_MOST_PACKET_BYTES = 2**21
_STREAMINFO = slice(8, 42)
_PRE_SKIP = slice(10, 12)
_FLAC_SYNC = 0xFF
_MOST_HEADERS = 3


class _Codec(NamedTuple):
    """A codec in ogg.

    Attributes:
        name: FFmpeg's.
        head: Beginnings of a stream's first packet.
        n_headers: Packets before the sound; None if the sound itself tells.
        most_surplus: Samples of the longest packet: the end trimming removes no more.
    """

    name: str
    head: tuple[bytes, ...]
    n_headers: int | None
    most_surplus: int


_CODECS = (
    _Codec("opus", (b"OpusHead",), 2, 5_760),
    _Codec("vorbis", (b"\x01vorbis",), 3, 8_192),
    _Codec("speex", (b"Speex   ",), 2, 0),
    _Codec("flac", (b"\x7fFLAC", b"fLaC"), None, 0),
)


def read_ogg(view: View) -> Iterator[Coded]:
    """Yield the packets of each page with sound."""
    stream = None
    for page in pages(view):
        is_next = stream is None or stream.has_begun
        if page.is_first and is_next and (codec := _codec(page.body)):
            stream = _Stream(page.serial, codec)
        if stream and page.serial == stream.serial:
            yield from stream.read(page)
    if not stream:
        raise NotAudioError("there is no stream of Vorbis, Opus, FLAC or Speex in the ogg")


def _codec(head: bytes) -> _Codec | None:
    return next((codec for codec in _CODECS if head.startswith(codec.head)), None)


class _Stream:
    """A logical stream, read page by page.

    Attributes:
        serial: Id on its pages.
        has_begun: Whether a page after its first was read.
    """

    def __init__(self, serial: int, codec: _Codec) -> None:
        self.serial = serial
        self.has_begun = False
        self._codec = codec
        self._headers: list[bytes] = []
        self._context: AudioCodecContext | None = None
        self._is_flushed = False
        self._pre_skip = 0  # of Opus; the decoder drops these samples
        self._offset: int | None = None  # from the first page with sound
        self._n_decoded = 0
        self._partial = bytearray()  # a packet that continues on the next page

    def read(self, page: Page) -> Iterator[Coded]:
        """Yield the packets that end in this page, if there are any of sound."""
        self.has_begun |= not page.is_first
        sound = list(self._sound(page))
        if not sound or not self._context:
            return
        if self._is_flushed:
            self._context.flush_buffers()
        self._is_flushed = page.is_last
        packets = [cast("AudioPacket", Packet(packet)) for packet in sound]
        trim = partial(self._trim_end if page.is_last else self._count, page.granule)
        yield Coded(self._context, [*packets, None] if page.is_last else packets, trim)

    def _count(self, granule: int, blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            self._n_decoded += len(block.samples)
            yield block
        if self._offset is None and self._n_decoded:
            self._offset = granule - self._n_decoded

    def _trim_end(self, granule: int, blocks: Iterable[Block]) -> Iterator[Block]:
        """Yield the last samples up to a granule."""
        offset = self._pre_skip if self._offset is None else self._offset
        counted = self._count(granule, blocks)
        return drop_end(
            counted, lambda: offset + self._n_decoded - granule, self._codec.most_surplus
        )

    def _packets(self, page: Page) -> Iterator[bytes]:
        """Yield the packets that end in a page."""
        parts = page.parts
        if page.is_continued != bool(self._partial):
            self._partial.clear()
            parts = parts[1:] if page.is_continued else parts
        for part, is_whole in parts:
            if len(self._partial) < _MOST_PACKET_BYTES:
                self._partial += part
            if is_whole:
                if self._partial:
                    yield bytes(self._partial)
                self._partial.clear()

    def _sound(self, page: Page) -> Iterator[bytes]:
        """Yield the packets after the headers, of which the last opens the decoder."""
        for packet in self._packets(page):
            is_flac_sound = self._codec.n_headers is None and packet[0] == _FLAC_SYNC
            if self._context is None and is_flac_sound:
                self._context = self._decoder()
            if self._context is not None:
                yield packet
                continue
            if len(self._headers) < _MOST_HEADERS:
                self._headers.append(packet)
            if len(self._headers) == self._codec.n_headers:
                self._context = self._decoder()

    def _decoder(self) -> AudioCodecContext:
        if self._codec.name == "opus":
            self._pre_skip = int.from_bytes(self._headers[0][_PRE_SKIP], "little")
        context = cast("AudioCodecContext", CodecContext.create(self._codec.name, "r"))
        context.extradata = _EXTRADATA[self._codec.name](self._headers)
        return context


def _streaminfo(headers: list[bytes]) -> bytes:
    start = b"".join(headers)
    return start[start.index(b"fLaC") :][_STREAMINFO]


_EXTRADATA: dict[str, Callable[[list[bytes]], bytes]] = {
    "opus": lambda headers: headers[0],
    "vorbis": vorbis_extradata,
    "flac": _streaminfo,
    "speex": lambda headers: headers[0],
}
