"""Recordings as taggers leave them: other bytes, the same sound."""

import io
import struct
import tempfile
from pathlib import Path

import av

OTHER_TITLE = {"title": "Other", "artist": "Somebody with a long name"}
_ID3 = b"TIT2\0\0\0\x06\0\0\0Other"
_APE_FLAGS = 0xA0000000  # a header, and this is it


def id3v2(payload: bytes = _ID3) -> bytes:
    """An ID3v2.3 tag, as it stands in front of a recording."""
    body = payload + bytes(200)
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + body


def id3v1() -> bytes:
    """An ID3v1 tag, as it stands at the end."""
    return b"TAG" + b"Other".ljust(125, b"\0")


def apev2() -> bytes:
    """An APEv2 tag with a header, as it stands at the end."""
    item = struct.pack("<II", 5, 0) + b"Title\0Other"
    ends = [
        b"APETAGEX" + struct.pack("<IIII8x", 2000, len(item) + 32, 1, flags)
        for flags in (_APE_FLAGS, _APE_FLAGS & ~0x20000000)
    ]
    return ends[0] + item + ends[1]


def lyrics3() -> bytes:
    """A Lyrics3 2.00 tag, as it stands before an ID3v1 tag."""
    fields = b"LYRICSBEGINLYR00011Other words"
    return fields + f"{len(fields):06}LYRICS200".encode()


def with_flac_blocks(flac: bytes) -> bytes:
    """A flac with comments, a picture and padding that it did not have."""
    comment = struct.pack("<I", 0) + struct.pack("<I", 1) + struct.pack("<I", 11) + b"TITLE=Other"
    picture = struct.pack(">II", 3, 9) + b"image/png" + bytes(20) + struct.pack(">I", 500)
    added = ((4, comment), (6, picture + bytes(500)), (1, bytes(3000)))
    blocks = b"".join(bytes([kind]) + len(body).to_bytes(3) + body for kind, body in added)
    streaminfo = flac[4:42]
    frames = flac[_end_of_flac_blocks(flac) :]
    last = bytes([0x81]) + (10).to_bytes(3) + bytes(10)
    return b"fLaC" + bytes([0]) + streaminfo[1:] + blocks + last + frames


def _end_of_flac_blocks(flac: bytes) -> int:
    at, is_last = 4, False
    while not is_last:
        is_last = flac[at] >= 0x80
        at += 4 + int.from_bytes(flac[at + 1 : at + 4])
    return at


def with_wav_chunks(wav: bytes) -> bytes:
    """A wav with a broadcast chunk before its format, and names and an ID3 tag at its end."""
    bext = b"bext" + struct.pack("<I", 602) + bytes(602)
    listed = b"INFOINAM" + struct.pack("<I", 6) + b"Other\0"
    names = b"LIST" + struct.pack("<I", len(listed)) + listed
    tag = b"id3 " + struct.pack("<I", len(id3v2())) + id3v2()
    body = wav[8:12] + bext + wav[12:] + names + tag + bytes(len(tag) % 2)
    return wav[:4] + struct.pack("<I", len(body)) + body


def remuxed(recording: bytes, container: str, **options: str) -> bytes:
    """The same coded packets in a new container, with another title."""
    with tempfile.NamedTemporaryFile(suffix=f".{container}") as file:
        with (
            av.open(io.BytesIO(recording)) as source,
            av.open(file.name, "w", format=container, options=options) as target,
        ):
            (sound,) = source.streams.audio
            stream = target.add_stream_from_template(sound)
            target.metadata.update(OTHER_TITLE)
            for packet in source.demux(sound):
                if packet.dts is not None:
                    packet.stream = stream
                    target.mux(packet)
        return Path(file.name).read_bytes()


RETAGGED = {
    "mp3": ("mp3", lambda mp3: id3v2() + mp3 + apev2() + lyrics3() + id3v1()),
    "flac": ("flac 16 bit", with_flac_blocks),
    "ogg": ("ogg vorbis", lambda ogg: remuxed(ogg, "ogg")),
    "m4a": ("m4a", lambda m4a: remuxed(m4a, "mp4", movflags="faststart")),
    "wav": ("wav 16 bit", with_wav_chunks),
}
"""Ending to a format of `tests.audio_signals`, and what a tagger makes of such a file."""
