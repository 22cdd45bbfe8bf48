"""Opus in ogg: its packets, for FFmpeg's decoder, which is cheaper than libsndfile's.

Comments are passed over unread. A damaged page is left out, and what follows it is heard; streams
that follow each other are heard one after the other (RFC 7845).
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import cast

from av import CodecContext, Packet

from models.audio.file_views import View
from models.audio.frames import AudioPacket, Block, decoded
from models.audio.ogg_pages import Page, pages

HEAD = b"OpusHead"
_LEAST_HEAD_BYTES = 19
_PRE_SKIP = slice(10, 12)
_MOST_PACKET_BYTES = 2**19
_MOST_SURPLUS = 5_760
"""Samples in the longest packet, 120 ms: more of them are not cut off at the end."""


def opus_blocks(view: View) -> Iterator[Block]:
    """Yield the samples of an ogg whose first stream is Opus.

    Raises:
        ValueError: There is no sound in it.
    """
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
    """A logical stream, read page by page.

    Attributes:
        serial: Stands on its pages.
        is_over: Whether its last page was read.
    """

    def __init__(self, serial: int, head: bytes) -> None:
        self.serial = serial
        self.is_over = len(head) < _LEAST_HEAD_BYTES
        self._context = CodecContext.create("opus", "r")
        self._context.extradata = head
        self._pre_skip = int.from_bytes(head[_PRE_SKIP], "little")  # which the decoder leaves out
        self._offset: int | None = None  # of granules, told by the first page with sound
        self._n_heard = 0
        self._begun = bytearray()  # a packet that goes on in the next page
        self._is_in_comments = True

    def read(self, page: Page) -> Iterator[Block]:
        """Yield the samples of the packets that end in a page."""
        self.is_over = page.is_last
        packets = [cast("AudioPacket", Packet(packet)) for packet in self._packets(page)]
        if page.is_last:
            return self._up_to(page.granule, decoded(self._context, [*packets, None]))
        return self._counted(page.granule, decoded(self._context, packets))

    def _counted(self, granule: int, blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            self._n_heard += len(block.samples)
            yield block
        if self._offset is None and self._n_heard:
            self._offset = granule - self._n_heard

    def _up_to(self, granule: int, blocks: Iterable[Block]) -> Iterator[Block]:
        """Yield the last samples; only those are held back that may be cut off."""
        held: deque[Block] = deque()
        n_held = 0
        for block in blocks:
            self._n_heard += len(block.samples)
            held.append(block)
            n_held += len(block.samples)
            while n_held - len(held[0].samples) >= _MOST_SURPLUS:
                n_held -= len(held[0].samples)
                yield held.popleft()
        end = self._n_heard + (self._pre_skip if self._offset is None else self._offset)
        n_held -= min(max(end - granule, 0), _MOST_SURPLUS)
        for block in held:
            yield Block(block.rate_hz, block.samples[: max(n_held, 0)])
            n_held -= len(block.samples)

    def _packets(self, page: Page) -> Iterator[bytes]:
        """Yield the packets that end in a page; comments, which come first, are left out."""
        if page.is_continued != bool(self._begun) and not self._is_in_comments:
            self._begun.clear()
            parts = page.parts[1:] if page.is_continued else page.parts
        else:
            parts = page.parts
        for part, is_whole in parts:
            if not self._is_in_comments and len(self._begun) < _MOST_PACKET_BYTES:
                self._begun += part
            if is_whole and self._begun:
                yield bytes(self._begun)
                self._begun.clear()
            self._is_in_comments &= not is_whole
