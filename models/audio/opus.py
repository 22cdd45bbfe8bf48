"""Opus in ogg (RFC 7845): read packets for FFmpeg's decoder, which is cheaper than libsndfile's.

Comments are skipped. A damaged page is dropped and decoding continues after it. Chained streams
are decoded one after the other.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import cast

from av import CodecContext, Packet

from models.audio.file_views import View
from models.audio.frames import AudioPacket, Block, decode_packets
from models.audio.ogg_pages import Page, pages

HEAD = b"OpusHead"
_LEAST_HEAD_BYTES = 19
_PRE_SKIP = slice(10, 12)
_MOST_PACKET_BYTES = 2**19
_MOST_SURPLUS = 5_760
"""Samples of the longest packet, 120 ms: the end trimming removes no more."""


def opus_blocks(view: View) -> Iterator[Block]:
    """Yield the samples of an ogg whose first stream is Opus; without any, raise `ValueError`."""
    stream, n_samples = _Stream(0, b""), 0
    for page in pages(view):
        if page.is_first and page.body.startswith(HEAD) and stream.is_over:
            stream = _Stream(page.serial, page.body)
        elif page.serial == stream.serial:
            for block in stream.read(page):
                n_samples += len(block.samples)
                yield block
    if not n_samples:
        raise ValueError("not one packet of Opus can be decoded")


class _Stream:
    """A logical stream, decoded page by page.

    Attributes:
        serial: Id on its pages.
        is_over: Whether its last page was read.
    """

    def __init__(self, serial: int, head: bytes) -> None:
        self.serial = serial
        self.is_over = len(head) < _LEAST_HEAD_BYTES
        self._context = CodecContext.create("opus", "r")
        self._context.extradata = head
        self._pre_skip = int.from_bytes(head[_PRE_SKIP], "little")  # the decoder drops these
        self._offset: int | None = None  # from the first page with sound
        self._n_decoded = 0
        self._partial = bytearray()  # a packet that continues on the next page
        self._is_in_comments = True

    def read(self, page: Page) -> Iterator[Block]:
        """Yield the samples of the packets that end in this page."""
        self.is_over = page.is_last
        packets = [cast("AudioPacket", Packet(packet)) for packet in self._packets(page)]
        if page.is_last:
            return self._trim_end(page.granule, decode_packets(self._context, [*packets, None]))
        return self._all_samples(page.granule, decode_packets(self._context, packets))

    def _all_samples(self, granule: int, blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            self._n_decoded += len(block.samples)
            yield block
        if self._offset is None and self._n_decoded:
            self._offset = granule - self._n_decoded

    def _trim_end(self, granule: int, blocks: Iterable[Block]) -> Iterator[Block]:
        """Yield the last samples up to a granule; buffer only samples that may be trimmed."""
        pending: deque[Block] = deque()
        n_pending = 0
        for block in blocks:
            self._n_decoded += len(block.samples)
            pending.append(block)
            n_pending += len(block.samples)
            while n_pending - len(pending[0].samples) >= _MOST_SURPLUS:
                n_pending -= len(pending[0].samples)
                yield pending.popleft()
        end = self._n_decoded + (self._pre_skip if self._offset is None else self._offset)
        n_pending -= min(max(end - granule, 0), _MOST_SURPLUS)
        for block in pending:
            yield Block(block.rate_hz, block.samples[: max(n_pending, 0)])
            n_pending -= len(block.samples)

    def _packets(self, page: Page) -> Iterator[bytes]:
        """Yield the packets that end in a page, without the comments, which come first."""
        if page.is_continued != bool(self._partial) and not self._is_in_comments:
            self._partial.clear()
            parts = page.parts[1:] if page.is_continued else page.parts
        else:
            parts = page.parts
        for part, is_whole in parts:
            if not self._is_in_comments and len(self._partial) < _MOST_PACKET_BYTES:
                self._partial += part
            if is_whole and self._partial:
                yield bytes(self._partial)
                self._partial.clear()
            self._is_in_comments &= not is_whole
