"""Matroska and WebM (RFC 9559): read the packets of the first audio track.

FFmpeg's demuxer keeps tags, cues and attachments in memory, and decompresses packets. Here they
are skipped, and a compressed track is refused. Sizes may be unknown, as browsers write them; after
damage, reading continues at the next cluster.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple, cast

from av import AudioCodecContext, CodecContext, Packet

from models.audio.file_views import View
from models.audio.frames import AudioPacket, Block, Coded, drop_end
from models.audio.vorbis_headers import split_headers, vorbis_extradata
from models.errors import NotAudioError

_EBML, _SEGMENT, _TRACKS, _TRACK, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1654AE6B, 0xAE, 0x1F43B675
_BLOCK_GROUP, _BLOCK, _SIMPLE_BLOCK, _DISCARD_PADDING = 0xA0, 0xA1, 0xA3, 0x75A2
_NUMBER, _TYPE, _CODEC, _PRIVATE, _DELAY, _AUDIO = 0xD7, 0x83, 0x86, 0x63A2, 0x56AA, 0xE1
_RATE, _CHANNELS, _BITS = 0xB5, 0x9F, 0x6264
_ENCODINGS, _ENCODING, _COMPRESSION, _ENCRYPTION = 0x6D80, 0x6240, 0x5034, 0x5035
_ALGORITHM, _SETTINGS = 0x4254, 0x4255
_PARENTS = {_SEGMENT, _TRACKS, _CLUSTER, _BLOCK_GROUP}
_PARENTS_IN_TRACK = {_AUDIO, _ENCODINGS, _ENCODING, _COMPRESSION}
_AUDIO_TYPE, _HEADER_STRIPPING = 2, 3
_MOST_ID_BYTES = 4
_HEADER_BYTES = 12
"""The longest id and size."""
_MOST_RATE_HZ = 2**20
_FLOATS = {4: ">f", 8: ">d"}
_MOST_TRACK_BYTES, _MOST_PACKET_BYTES = 2**20, 2**21
_SEARCHED_AT_ONCE = 2**16
_NS_A_SECOND = 1e9
_MOST_SURPLUS = 8_192
_NAMES = {
    "A_AAC": "aac",
    "A_AC3": "ac3",
    "A_ALAC": "alac",
    "A_EAC3": "eac3",
    "A_FLAC": "flac",
    "A_MPEG/L2": "mp2",
    "A_MPEG/L3": "mp3",
    "A_OPUS": "opus",
    "A_VORBIS": "vorbis",
}
_ALAC_PREFIX = struct.pack(">I4sI", 36, b"alac", 0)
"""What an mp4 stores before the same description."""
_PCM = {
    "A_PCM/INT/LIT": {8: "pcm_u8", 16: "pcm_s16le", 24: "pcm_s24le", 32: "pcm_s32le"},
    "A_PCM/INT/BIG": {16: "pcm_s16be", 24: "pcm_s24be", 32: "pcm_s32be"},
    "A_PCM/FLOAT/IEEE": {32: "pcm_f32le", 64: "pcm_f64le"},
}


class _Element(NamedTuple):
    """An element's id, and the offset and size of its content; -1 if the size is unknown."""

    id: int
    at: int
    n_bytes: int


def read_matroska(view: View) -> Iterator[Coded]:
    """Yield the packets of the first audio track."""
    elements = _elements(view)
    for element in elements:
        if element.id == _TRACK:
            track = _Track.of(view.read_at(element.at, min(element.n_bytes, _MOST_TRACK_BYTES)))
            if track.is_audio:
                sound = _Sound(view, elements, track)
                yield Coded(track.decoder(), sound.packets(), sound.trim)
                return
    raise NotAudioError("there is no audio track")


def _elements(view: View) -> Iterator[_Element]:
    """Yield a file's elements; those within the parents of tracks and blocks too."""
    at = 0
    while head := view.read_at(at, _HEADER_BYTES):
        element = _element(head, at)
        if element is None or (element.n_bytes < 0 and element.id not in _PARENTS):
            at = _next_cluster(view, at + 1)
        elif element.id in _PARENTS:
            at = element.at
        else:
            yield element
            at = element.at + element.n_bytes


def _element(data: bytes, at: int) -> _Element | None:
    """Return the element that begins a file's bytes from an offset; None if it is damaged."""
    id_bytes = _vint_bytes(data)
    size_bytes = _vint_bytes(data[id_bytes:])
    if not 1 <= id_bytes <= _MOST_ID_BYTES or not size_bytes or len(data) < id_bytes + size_bytes:
        return None
    number = int.from_bytes(data[id_bytes : id_bytes + size_bytes])
    mask = (1 << 7 * size_bytes) - 1
    size = -1 if number & mask == mask else number & mask
    return _Element(int.from_bytes(data[:id_bytes]), at + id_bytes + size_bytes, size)


def _vint_bytes(data: bytes) -> int:
    """Return how long the number at the start is; 0 if there is none."""
    return 9 - data[0].bit_length() if data and data[0] else 0


def _next_cluster(view: View, at: int) -> int:
    """Return the offset of the next cluster, or of the file's end."""
    mark = _CLUSTER.to_bytes(4)
    while piece := view.read_at(at, _SEARCHED_AT_ONCE):
        found = piece.find(mark)
        if found >= 0:
            return at + found
        at += max(1, len(piece) - len(mark) + 1)
    return at


class _Track(NamedTuple):
    """A track's fields by their ids."""

    fields: dict[int, bytes]

    @classmethod
    def of(cls, data: bytes) -> "_Track":
        """Read the fields; of several with one id, the first."""
        fields: dict[int, bytes] = {}
        at = 0
        while at < len(data) and (element := _element(data[at : at + _HEADER_BYTES], at)):
            end = element.at + max(element.n_bytes, 0)
            if element.id not in fields:  # a copy each would take long: they may be nested
                fields[element.id] = data[element.at : end]
            at = element.at if element.id in _PARENTS_IN_TRACK else end
        return cls(fields)

    def number(self, field: int, default: int = 0) -> int:
        """Return a field's unsigned number."""
        return int.from_bytes(self.fields[field]) if field in self.fields else default

    @property
    def is_audio(self) -> bool:
        """Whether it is a track of sound."""
        return self.number(_TYPE) == _AUDIO_TYPE

    @property
    def rate_hz(self) -> int:
        """Its sample rate."""
        data = self.fields.get(_RATE, b"")
        rate = struct.unpack(_FLOATS[len(data)], data)[0] if len(data) in _FLOATS else 8_000.0
        return round(rate) if 0 < rate < _MOST_RATE_HZ else 0

    @property
    def delay_ns(self) -> int:
        """How much sound precedes the recording; Opus' decoder drops it itself."""
        return 0 if self.fields[_CODEC].startswith(b"A_OPUS") else self.number(_DELAY)

    @property
    def prefix(self) -> bytes:
        """What precedes each packet and is stored once.

        Raises:
            NotAudioError: The packets are compressed or encrypted.
        """
        if _ENCRYPTION in self.fields:
            raise NotAudioError("the track is encrypted")
        if _COMPRESSION not in self.fields:
            return b""
        if self.number(_ALGORITHM) != _HEADER_STRIPPING:
            raise NotAudioError("the track's packets are compressed, which is not supported")
        return self.fields.get(_SETTINGS, b"")

    def decoder(self) -> AudioCodecContext:
        """Return a decoder; raise `NotAudioError` if the codec is not supported."""
        codec = self.fields.get(_CODEC, b"").rstrip(b"\0").decode("ascii", "replace")
        private = self.fields.get(_PRIVATE, b"")
        name = _NAMES.get(codec) or _PCM.get(codec, {}).get(self.number(_BITS))
        if name is None:
            raise NotAudioError(f"the codec {codec} is not supported")
        if name == "vorbis":
            private = vorbis_extradata(split_headers(private))
        if name == "alac":
            private = _ALAC_PREFIX + private
        context = cast("AudioCodecContext", CodecContext.create(name, "r"))
        context.sample_rate = self.rate_hz
        context.layout = f"{self.number(_CHANNELS, 1)} channels"
        context.extradata = private
        return context


class _Sound:
    """The packets of a track."""

    def __init__(self, view: View, elements: Iterable[_Element], track: _Track) -> None:
        self._view = view
        self._elements = elements
        self._track = track
        self._prefix = track.prefix
        self._padding_ns = 0
        self._rate_hz = 0

    def packets(self) -> "Iterator[AudioPacket | None]":
        """Yield the packets, then None."""
        is_own = False  # whether the last block is of this track
        for element in self._elements:
            if element.id in {_BLOCK, _SIMPLE_BLOCK}:
                is_own = False
                for packet in filter(None, self._packets(self._content(element))):
                    is_own, self._padding_ns = True, 0
                    yield cast("AudioPacket", Packet(self._prefix + packet))
            elif element.id == _DISCARD_PADDING and is_own:
                self._padding_ns = int.from_bytes(self._content(element)[-8:], signed=True)
        yield None

    def _content(self, element: _Element) -> bytes:
        """Return an element's bytes; none if it is cut or too large."""
        n_bytes = element.n_bytes if element.n_bytes <= _MOST_PACKET_BYTES else 0
        content = self._view.read_at(element.at, n_bytes)
        return content if len(content) == n_bytes else b""

    def trim(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """Drop the encoder's delay, and what is to be discarded after the last packet."""
        return drop_end(self._after_delay(blocks), self._n_surplus, _MOST_SURPLUS)

    def _after_delay(self, blocks: Iterable[Block]) -> Iterator[Block]:
        n_seen = 0
        for rate_hz, samples in blocks:
            self._rate_hz = rate_hz
            n_delay = max(self._n_samples(self._track.delay_ns) - n_seen, 0)
            n_seen += len(samples)
            yield Block(rate_hz, samples[n_delay:])

    def _n_surplus(self) -> int:
        return self._n_samples(self._padding_ns)

    def _n_samples(self, time_ns: int) -> int:
        return round(time_ns * self._rate_hz / _NS_A_SECOND)

    def _packets(self, block: bytes) -> Iterator[bytes]:
        """Yield the packets of a block, if it is one of the track."""
        number_bytes = _vint_bytes(block)
        start = number_bytes + 3
        number = int.from_bytes(block[:number_bytes]) & (1 << 7 * number_bytes) - 1
        if not number_bytes or number != self._track.number(_NUMBER) or len(block) <= start:
            return
        lacing = block[start - 1] & 6
        sizes, at = _LACED[lacing](block, start) if lacing else ([], start)
        for size in sizes:
            yield block[at : at + size]
            at += size
        yield block[at:]


def _equal_sizes(block: bytes, at: int) -> tuple[list[int], int]:
    n_more = block[at]
    return [(len(block) - at - 1) // (n_more + 1)] * n_more, at + 1


def _xiph_sizes(block: bytes, at: int) -> tuple[list[int], int]:
    n_more, at = block[at], at + 1
    sizes = [0] * n_more
    for i in range(n_more):
        while block[at : at + 1] == b"\xff":
            sizes[i], at = sizes[i] + 255, at + 1
        sizes[i], at = sizes[i] + sum(block[at : at + 1]), at + 1
    return sizes, at


def _ebml_sizes(block: bytes, at: int) -> tuple[list[int], int]:
    """Read sizes of which the first is a number, and each other a signed difference."""
    n_more, at = block[at], at + 1
    sizes: list[int] = []
    for _ in range(n_more):
        n_bytes = _vint_bytes(block[at : at + 1])
        number = int.from_bytes(block[at : at + n_bytes]) & (1 << 7 * n_bytes) - 1
        middle = (1 << 7 * n_bytes - 1) - 1 if n_bytes else 0
        sizes.append(sizes[-1] + number - middle if sizes else number)
        at += n_bytes
    return [max(size, 0) for size in sizes], at


_LACED = {2: _xiph_sizes, 4: _equal_sizes, 6: _ebml_sizes}
"""By two bits of a block's flags, the readers of the sizes of its packets but the last."""
