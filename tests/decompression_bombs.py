"""Small files that ask for much: of memory, or of processor time.

``python -m tests.decompression_bombs FILE…`` decodes files and prints the cost of each, one JSON
object a line.
"""

import io
import json
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import soundfile

from models.audio.decoding import SAMPLE_RATE_HZ, decode
from models.audio.vorbis_headers import Bits, skip_code_book
from models.errors import AudioError
from tests.audio_signals import encoded, id3_tag, remuxed, tone

MB = 2**20
CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf", b"mvex")


@cache
def original(name: str) -> bytes:
    """Two seconds of a tone."""
    return encoded(tone(440, seconds=2), name)


def box(name: bytes, content: bytes) -> bytes:
    """A box of an mp4."""
    return struct.pack(">I4s", 8 + len(content), name) + content


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The names and contents of consecutive boxes."""
    at = 0
    while at < len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        yield name, content[at + 8 : at + size]
        at += size


def with_boxes(content: bytes, **new: bytes) -> bytes:
    """The same boxes, however deep, but some with other contents."""
    return b"".join(
        box(name, new[name.decode()])
        if name.decode() in new
        else box(name, with_boxes(inside, **new) if name in CONTAINERS else inside)
        for name, inside in boxes(content)
    )


def within_moov(more: bytes) -> bytes:
    """An m4a with more boxes at the end of its table of contents."""
    (moov,) = (inside for name, inside in boxes(original("m4a")) if name == b"moov")
    return with_boxes(original("m4a"), moov=moov + more)


def syncsafe(number: int) -> bytes:
    """Seven bits a byte, as ID3 has it."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def id3(frames: bytes, version: int = 4) -> bytes:
    """An ID3 tag of version 2.3 or 2.4."""
    return b"ID3" + bytes([version, 0, 0]) + syncsafe(len(frames)) + frames


@cache
def compressed_pictures(version: int = 4) -> bytes:
    """An ID3 tag of eight pictures of 100 MB each, compressed."""
    number = syncsafe if version == 4 else struct.Struct(">I").pack
    picture = b"\0image/png\0\3\0" + bytes(100 * MB)
    content = number(len(picture)) + zlib.compress(picture)
    return id3(8 * (b"APIC" + number(len(content)) + b"\0\x09" + content), version)


def many_texts() -> bytes:
    """An ID3 tag of a hundred thousand texts, each of another name."""
    texts = (b"\0%06x\0v" % i for i in range(100_000))
    return id3(b"".join(b"TXXX" + syncsafe(len(text)) + b"\0\0" + text for text in texts))


def aac_with_tags_between_frames() -> bytes:
    aac = original("aac")
    first = int.from_bytes(aac[3:7]) >> 13 & 0x1FFF
    return aac[:first] + compressed_pictures() + aac[first:]


def aac_with_an_ape_tag() -> bytes:
    items = b"".join(struct.pack("<II", 1, 0) + b"%06x\0v" % i for i in range(65_536))
    footer = b"APETAGEX" + struct.pack("<4I", 2000, len(items) + 32, 65_536, 0) + bytes(8)
    return original("aac") + items + footer


@cache
def png(n_pixels: int = 6_000) -> bytes:
    """A black square."""

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", n_pixels, n_pixels, 8, 6, 0, 0, 0)
    rows = zlib.compress(bytes(n_pixels * (4 * n_pixels + 1)))
    pieces = (chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)


def flac_with(*blocks: tuple[int, bytes]) -> bytes:
    """A flac with more blocks of metadata, of a kind and a content each."""
    flac = original("flac 16 bit")
    more = b"".join(bytes([kind]) + len(content).to_bytes(3) + content for kind, content in blocks)
    return flac[:4] + b"\0" + flac[5:42] + more + flac[42:]


def flac_picture(picture: bytes, claimed: int = 0) -> bytes:
    """A picture that says how long it is, or claims another length."""
    fields = (0, 1, 1, 24, 0, claimed or len(picture))
    return struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">6I", *fields) + picture


def vorbis_comments(n: int) -> bytes:
    """So many comments, each of another name."""
    texts = b"".join(struct.pack("<I", 8) + b"%06x=v" % i for i in range(n))
    return struct.pack("<II", 0, n) + texts


@cache
def compressed_moov() -> bytes:
    """A table of contents that inflates to 200 MB."""
    size = 200 * MB
    compressed = struct.pack(">I", size) + zlib.compress(bytes(size))
    return box(b"cmov", box(b"dcom", b"zlib") + box(b"cmvd", compressed))


def m4a_metadata(items: bytes) -> bytes:
    """What iTunes writes at the end of a table of contents."""
    handler = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    return box(b"udta", box(b"meta", bytes(4) + handler + box(b"ilst", items)))


def m4a_cover() -> bytes:
    data = box(b"data", struct.pack(">II", 14, 0) + png())
    return within_moov(m4a_metadata(box(b"covr", data)))


def m4a_texts() -> bytes:
    data = box(b"data", struct.pack(">II", 1, 0) + b"v")
    mean = box(b"mean", bytes(4) + b"com")
    names = (box(b"name", bytes(4) + b"%06x" % i) for i in range(60_000))
    return within_moov(m4a_metadata(b"".join(box(b"----", mean + name + data) for name in names)))


def m4a_claiming(n_frames: int) -> bytes:
    """An m4a whose table claims so many frames of one byte each."""
    return with_boxes(
        original("m4a"),
        stsz=struct.pack(">III", 0, 1, n_frames),
        stsc=struct.pack(">IIIII", 0, 1, 1, n_frames, 1),
        stts=struct.pack(">IIII", 0, 1, n_frames, 1024),
    )


def fragments_claiming(n_frames: int) -> bytes:
    """Fragments that claim so many frames each, of which they say nothing."""
    return with_boxes(original("m4a in fragments"), trun=struct.pack(">III", 1, n_frames, 0))


def m4a_of_many_tracks() -> bytes:
    (moov,) = (inside for name, inside in boxes(original("m4a")) if name == b"moov")
    (track,) = (inside for name, inside in boxes(moov) if name == b"trak")
    return within_moov(900 * box(b"trak", track))


def m4a_of_many_edits() -> bytes:
    edits = struct.pack(">IIHH", 2_000, 0, 1, 0) * 4_000_000
    return with_boxes(original("m4a"), elst=struct.pack(">II", 0, 4_000_000) + edits)


def ogg_packets() -> list[bytes]:
    """The packets of an ogg Vorbis."""
    ogg, packets, packet, at = original("ogg vorbis"), [], b"", 0
    while at < len(ogg):
        sizes = ogg[at + 27 : at + 27 + ogg[at + 26]]
        at += 27 + len(sizes)
        for size in sizes:
            packet += ogg[at : at + size]
            at += size
            packets += [packet] if size < 255 else []
            packet = packet if size == 255 else b""
    return packets


def ogg_of(packets: list[bytes]) -> bytes:
    """An ogg where each packet begins a page."""
    pages, serial = [], 7
    for number, packet in enumerate(packets):
        sizes = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
        for start in range(0, len(sizes), 255):
            content = packet[start * 255 : (start + 255) * 255]
            part = sizes[start : start + 255]
            is_end = start + 255 >= len(sizes)
            flags = bool(start) | 2 * (number == 0) | 4 * (is_end and packet is packets[-1])
            position = 1_024 * max(0, number - 3) if is_end else -1
            head = struct.pack("<4sBBqII", b"OggS", 0, flags, position, serial, len(pages))
            pages.append(signed(head, bytes([len(part)]) + part + content))
    return b"".join(pages)


def signed(head: bytes, rest: bytes) -> bytes:
    """A page of an ogg with its checksum."""
    register = 0
    for byte in head + bytes(4) + rest:
        register ^= byte << 24
        for _ in range(8):
            register = register << 1 ^ (0x104C11DB7 if register >> 31 else 0)
    return head + struct.pack("<I", register) + rest


def code_book(n_entries_log2: int) -> tuple[int, int]:
    """A code book of entries of one length: its bits, the lowest first, and how many."""
    n, fields = n_entries_log2, [(0x564342, 24), (1, 16), (2**n_entries_log2, 24), (1, 1)]
    fields += [(n - 1, 5), (2**n, n + 1), (0, 4)]
    bits = at = 0
    for value, n_bits in fields:
        bits |= value << at
        at += n_bits
    return bits, at


def ogg_with_code_books(n: int = 8) -> bytes:
    """An ogg Vorbis with more code books, of four million entries, behind its own."""
    identification, comments, setup, *sound = ogg_packets()
    own = Bits(setup[8:])
    for _ in range(setup[7] + 1):
        skip_code_book(own)
    book, n_bits = code_book(22)
    more = sum(book << i * n_bits for i in range(n))
    bits = int.from_bytes(setup[8:], "little")
    changed = (bits >> own.at << n * n_bits | more) << own.at | bits % (1 << own.at)
    longer = setup[:7] + bytes([setup[7] + n]) + changed.to_bytes(len(setup) + n * 16, "little")
    return ogg_of([identification, comments, longer, *sound])


def ogg_with_a_long_comment() -> bytes:
    identification, _, setup, *sound = ogg_packets()
    comment = struct.pack("<3I", 0, 1, 6 + 70_000) + b"TITLE=" + bytes(70_000)
    return ogg_of([identification, b"\3vorbis" + comment + b"\1", setup, *sound])


def ogg_with_a_huge_comment() -> bytes:
    file = io.BytesIO()
    kind = {"format": "OGG", "subtype": "VORBIS"}
    with soundfile.SoundFile(file, "w", SAMPLE_RATE_HZ, 1, **kind) as output:
        output.comment = "a" * 20 * MB
        output.write(tone(440, seconds=2))
    return file.getvalue()


def ogg_with_many_comments() -> bytes:
    """An ogg Vorbis with comments of nothing; four million, in 16 MB, took 183 MB."""
    identification, _, setup, *sound = ogg_packets()
    comments = b"\3vorbis" + struct.pack("<2I", 0, 200_000) + bytes(800_000) + b"\1"
    return ogg_of([identification, comments, setup, *sound])


def wav_with(*chunks: tuple[bytes, bytes]) -> bytes:
    """A wav with more chunks before its samples."""
    wav = original("wav 16 bit")
    more = b"".join(name + struct.pack("<I", len(content)) + content for name, content in chunks)
    return wav[:36] + more + wav[36:]


def aiff_with_compressed_pictures() -> bytes:
    aiff, tag = original("aiff 16 bit"), compressed_pictures()
    return aiff[:12] + b"ID3 " + struct.pack(">I", len(tag)) + tag + aiff[12:]


def element(name: str, content: bytes) -> bytes:
    """An element of Matroska, by the hexadecimal digits of its id."""
    return bytes.fromhex(name) + (1 << 56 | len(content)).to_bytes(8) + content


def webm_with(more: bytes) -> bytes:
    """A webm with more elements before its tracks."""
    webm = original("webm as browsers record it")
    at = webm.rindex(bytes.fromhex("1654ae6b"))
    return webm[:at] + more + webm[at:]


def webm_track_with(more: bytes) -> bytes:
    """A webm whose track has more fields."""
    webm = original("webm as browsers record it")
    at = webm.rindex(bytes.fromhex("1654ae6b"))
    entry = webm.index(b"\xae", at + 4)
    size = webm[entry + 1] & 0x7F if webm[entry + 1] & 0x80 else 0
    start = entry + 2 if size else entry + 9
    size = size or int.from_bytes(webm[entry + 2 : entry + 9])
    track = webm[start : start + size] + more
    return webm[:at] + element("1654ae6b", element("ae", track)) + webm[start + size :]


def compressed_webm() -> bytes:
    """A webm whose packets are said to be compressed, and one that inflates to 100 MB."""
    encodings = element("6d80", element("6240", element("5034", element("4254", b"\0"))))
    return webm_track_with(encodings) + element(
        "a3", b"\x81\0\0\0" + zlib.compress(bytes(100 * MB))
    )


def mkv_with_code_books() -> bytes:
    return remuxed(original("ogg vorbis"), "matroska").replace(*_code_books())


def _code_books() -> tuple[bytes, bytes]:
    """The setup header of an ogg Vorbis, and one of the same length with a huge code book."""
    setup = ogg_packets()[2]
    book, n_bits = code_book(22)
    bits = (book | 1 << n_bits) << 64 | int.from_bytes(b"\5vorbis\0", "little")
    return setup, bits.to_bytes(len(setup), "little")


def wma_with(guid: str, content: bytes, n: int) -> bytes:
    """A wma with more objects in its header."""
    wma = original("wma")
    more = n * (bytes.fromhex(guid) + struct.pack("<Q", 24 + len(content)) + content)
    size, n_objects = struct.unpack_from("<QI", wma, 16)
    return (
        wma[:16]
        + struct.pack("<QI", size + len(more), n_objects + n)
        + wma[28:30]
        + more
        + wma[30:]
    )


def wma_texts() -> bytes:
    """A hundred thousand texts of a wma, each of another name."""
    texts = b"".join(
        struct.pack("<H", 14)
        + f"{i:06x}\0".encode("utf-16-le")
        + struct.pack("<HH", 0, 2)
        + b"v\0"
        for i in range(50_000)
    )
    content = struct.pack("<H", 50_000) + texts
    return wma_with("40a4d0d207e3d21197f000a0c95ea850", content, 2)


HEARD_TOO: dict[str, Callable[[], bytes]] = {
    "wav with compressed pictures": lambda: wav_with((b"id3 ", compressed_pictures())),
    "wav with many chunks": lambda: wav_with(*[(b"LIST", b"INFO")] * 9_000),
    "aiff with compressed pictures": aiff_with_compressed_pictures,
    "webm with many tags": lambda: webm_with(element("1254c367", b"\x73\x73\x80" * 2**20)),
    "webm with many cues": lambda: webm_with(element("1c53bb6b", b"\xbb\x80" * 2**20)),
    "webm with attachments": lambda: webm_with(
        5 * element("1941a469", element("61a7", element("465c", bytes(12 * MB))))
    ),
    "webm with nested elements": lambda: webm_track_with(b"\xe1\x10\x10\0\0" * 180_000),
    "webm with many small elements": lambda: webm_with(b"\xec\x80" * 2**18),
    "wma with many texts": wma_texts,
    "ogg with a comment of 20 MB": ogg_with_a_huge_comment,
    "ogg with many comments": ogg_with_many_comments,
}
"""More of the same."""

HEARD: dict[str, Callable[[], bytes]] = {
    "mp3 with compressed pictures": lambda: compressed_pictures() + original("mp3"),
    "mp3 with compressed pictures in ID3v2.3": lambda: compressed_pictures(3) + original("mp3"),
    "mp3 with two tags": lambda: id3_tag() + compressed_pictures() + original("mp3"),
    "mp3 with many texts": lambda: many_texts() + original("mp3"),
    "aac with compressed pictures": lambda: compressed_pictures() + original("aac"),
    "aac with tags between frames": aac_with_tags_between_frames,
    "aac with an ape tag": aac_with_an_ape_tag,
    "flac behind compressed pictures": lambda: compressed_pictures() + original("flac 16 bit"),
    "flac with a picture": lambda: flac_with((6, flac_picture(png()))),
    "flac with pictures": lambda: flac_with(*[(6, flac_picture(bytes(12 * MB)))] * 5),
    "flac with a picture that claims 2 GB": lambda: flac_with(
        (6, flac_picture(bytes(1000), 2**31 - 1))
    ),
    "flac with many comments": lambda: flac_with((4, vorbis_comments(100_000))),
    "m4a behind compressed pictures": lambda: compressed_pictures() + original("m4a"),
    "m4a with a picture": m4a_cover,
    "ogg with a comment": ogg_with_a_long_comment,
    **HEARD_TOO,
}
"""By what they are; the two seconds of sound in them can be told from the rest."""

REFUSED: dict[str, Callable[[], bytes]] = {
    "m4a with a compressed moov": lambda: with_boxes(original("m4a"), moov=compressed_moov()),
    "m4a with cmov in a copy": lambda: within_moov(box(b"udta", compressed_moov())),
    "m4a with a hidden moov": lambda: original("m4a") + box(b"hoov", compressed_moov()),
    "m4a with many texts": m4a_texts,
    "m4a of many frames": lambda: m4a_claiming(2**26),
    "m4a of many tracks": m4a_of_many_tracks,
    "m4a of many edits": m4a_of_many_edits,
    "m4a of fragments of many frames": lambda: fragments_claiming(2**26),
    "ogg with large code books": ogg_with_code_books,
    "webm with compressed packets": compressed_webm,
    "webm of many tracks": lambda: webm_with(element("1654ae6b", b"\xae\x80" * 2**22)),
    "webm of many small elements": lambda: webm_with(b"\xec\x80" * 2**23),
    "mkv with large code books": mkv_with_code_books,
}


def main(paths: list[str]) -> None:
    """Decode files, an ordinary one of each format first."""
    for name in ("mp3", "m4a", "aac", "flac 16 bit", "ogg vorbis"):
        taken(original(name))
    for path in paths:
        sys.stdout.write(json.dumps(taken(Path(path).read_bytes())) + "\n")
        sys.stdout.flush()


def taken(file: bytes) -> dict[str, object]:
    """Decode a file and return what that took."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew
    before_mb, started_s = peak_mb(), time.process_time()
    try:
        heard: object = len(decode(io.BytesIO(file)))
    except AudioError as error:
        heard = str(error)
    return {
        "heard": heard,
        "grown_mb": peak_mb() - before_mb,
        "took_s": time.process_time() - started_s,
    }


def peak_mb() -> float:
    """How much memory this process has had at most."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main(sys.argv[1:])
