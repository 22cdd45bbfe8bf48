"""Matroska as other programs than FFmpeg write it: laced, stripped, compressed, encrypted."""

import io
from itertools import pairwise

import pytest

from models.audio.containers import packets, read
from models.errors import UndecodableAudioError
from tests.audio_signals import encoded, tone
from tests.decompression_bombs import element

RATE_HZ = 48_000
N_LACED = 5


def ogg_opus():
    return encoded(tone(440, seconds=1, rate_hz=RATE_HZ), "ogg opus", rate_hz=RATE_HZ)


def content(file):
    return [packet for _, packet in packets(io.BytesIO(file))]


def xiph(sizes):
    return b"".join(b"\xff" * (size // 255) + bytes([size % 255]) for size in sizes[:-1])


def ebml(sizes):
    """The first size, then signed differences, of two bytes each."""
    differences = [b - a + 2**13 - 1 for a, b in pairwise(sizes[:-1])]
    numbers = [*sizes[:1], *differences][: len(sizes) - 1]
    return b"".join((0x4000 | number).to_bytes(2) for number in numbers)


LACINGS = {"xiph": (0x02, xiph), "ebml": (0x06, ebml)}


def block(laced, flags, sizes_of):
    head = b"\x81\0\0" + bytes([flags, len(laced) - 1])
    return element("a3", head + sizes_of([len(packet) for packet in laced]) + b"".join(laced))


def mkv(blocks, *, encodings=b"", private=b""):
    track = element("d7", b"\1") + element("83", b"\2") + element("86", b"A_OPUS")
    track += element("63a2", private or opus_head(1)) + encodings
    segment = element("1654ae6b", element("ae", track)) + element("1f43b675", b"".join(blocks))
    return element("1a45dfa3", element("4282", b"matroska")) + element("18538067", segment)


def opus_head(n_channels):
    return b"OpusHead\1" + bytes([n_channels]) + b"\x38\1\x80\xbb\0\0\0\0\0"


@pytest.mark.parametrize("lacing", LACINGS)
def test_laced_packets_are_those_that_were_laced(lacing):
    expected = content(ogg_opus())
    groups = [expected[i : i + N_LACED] for i in range(0, len(expected), N_LACED)]

    file = mkv([block(group, *LACINGS[lacing]) for group in groups])

    assert content(file) == expected


def test_packets_of_one_size_may_be_laced_without_sizes():
    expected = [bytes([0xFC, number]) for number in range(8)]

    file = mkv([element("a3", b"\x81\0\0\x04" + bytes([7]) + b"".join(expected))])

    assert content(file) == expected


def test_bytes_that_were_stripped_of_each_packet_come_back():
    expected = content(ogg_opus())
    stripped = element("4254", b"\3") + element("4255", expected[0][:1])
    encodings = element("6d80", element("6240", element("5034", stripped)))

    file = mkv(
        [element("a3", b"\x81\0\0\0" + packet[1:]) for packet in expected], encodings=encodings
    )

    assert content(file) == [expected[0][:1] + packet[1:] for packet in expected]


def test_only_what_is_to_be_discarded_of_the_track_itself_is_discarded():
    blocks = [element("a3", b"\x81\0\0\0" + packet) for packet in content(ogg_opus())]
    half_a_packet = element("75a2", (10_000_000).to_bytes(4))
    other = element("a0", element("a1", b"\x82\0\0\0x") + half_a_packet)

    assert length(mkv([*blocks, other])) == length(mkv(blocks))


def length(file):
    return sum(len(block.samples) for block in read(io.BytesIO(file), enough_s=0.5))


@pytest.mark.parametrize(
    ("encoding", "reason"),
    [
        (element("5034", element("4254", b"\0")), "compressed"),
        (element("5034", b""), "compressed"),
        (element("5035", b""), "encrypted"),
    ],
)
def test_compressed_and_encrypted_tracks_are_refused(encoding, reason):
    file = mkv([], encodings=element("6d80", element("6240", encoding)))

    with pytest.raises(UndecodableAudioError, match=reason):
        list(read(io.BytesIO(file), enough_s=0.5))


def test_an_unknown_codec_is_refused_by_name():
    file = mkv([]).replace(b"A_OPUS", b"A_DTS\0")

    with pytest.raises(UndecodableAudioError, match="the codec A_DTS is not supported"):
        list(read(io.BytesIO(file), enough_s=0.5))
