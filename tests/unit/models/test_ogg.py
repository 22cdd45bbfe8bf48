"""Ogg: libsndfile's samples, FFmpeg's lengths, and files that are not whole."""

import io
import struct
import tracemalloc

import av
import numpy as np
import pytest
import soundfile

from models.audio.decoding import SAMPLE_RATE_HZ, decode
from models.audio.file_views import View
from models.audio.ogg import read_ogg
from models.audio.ogg_pages import pages
from models.errors import UndecodableAudioError
from tests.audio_signals import chord, encoded, over_channels, peak_hz, tone
from tests.decompression_bombs import MB, ogg_of, signed

RATE_HZ = 48_000


def samples_of(file):
    """Samples at 48 kHz ``(n_samples, n_channels)``."""
    coded = read_ogg(View(io.BytesIO(file)))
    return np.concatenate([block.samples for each in coded for block in each.blocks()])


def opus(wave):
    return encoded(wave, "ogg opus", rate_hz=RATE_HZ)


def muxed_by_ffmpeg(wave):
    """Opus in an ogg whose granules begin elsewhere than libsndfile's."""
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as output:
        stream = output.add_stream("libopus", rate=RATE_HZ, layout="mono")
        for start in range(0, len(wave), 960):
            frame = av.AudioFrame.from_ndarray(wave[None, start : start + 960], "flt", "mono")
            frame.sample_rate, frame.pts = RATE_HZ, start
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def length_by_ffmpeg(file):
    with av.open(io.BytesIO(file)) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


@pytest.mark.parametrize("n_channels", [1, 2, 6])
def test_samples_are_those_of_libsndfile(n_channels):
    file = opus(over_channels(chord(seconds=3, rate_hz=RATE_HZ), n_channels))

    ours = samples_of(file)

    theirs, _ = soundfile.read(io.BytesIO(file), dtype="float32", always_2d=True)
    assert ours.shape == theirs.shape
    assert np.corrcoef(ours.mean(axis=1), theirs.mean(axis=1))[0, 1] > 0.9999


@pytest.mark.parametrize("n_samples", [30_000, 48_000, 100_001])
@pytest.mark.parametrize("encode", [muxed_by_ffmpeg, opus])
def test_lengths_are_those_of_ffmpeg(n_samples, encode):
    file = encode(tone(440, seconds=3, rate_hz=RATE_HZ)[:n_samples])

    assert len(samples_of(file)) == length_by_ffmpeg(file)


def test_streams_that_follow_each_other_are_heard_one_after_the_other():
    first, second = tone(440, seconds=2, rate_hz=RATE_HZ), tone(880, seconds=2, rate_hz=RATE_HZ)
    file = opus(first) + muxed_by_ffmpeg(second)

    wave = decode(io.BytesIO(file))

    assert len(wave) == pytest.approx(4 * SAMPLE_RATE_HZ, abs=100)
    assert peak_hz(wave[:30_000]) == pytest.approx(440, abs=1)
    assert peak_hz(wave[-30_000:]) == pytest.approx(880, abs=1)


def test_around_a_damaged_page_the_rest_is_heard():
    file = opus(tone(440, seconds=10, rate_hz=RATE_HZ))
    middle = len(file) // 2

    wave = decode(io.BytesIO(file[:middle] + bytes(50) + file[middle + 50 :]))

    assert 8 < len(wave) / SAMPLE_RATE_HZ <= 10
    assert peak_hz(wave) == pytest.approx(440, abs=1)


def test_marks_of_pages_that_are_none_are_passed_over():
    file = opus(tone(440, seconds=2, rate_hz=RATE_HZ))
    view = View(io.BytesIO(b"OggS" * 50 + file + b"OggS" * 9), 0)

    found = list(pages(view))

    assert sum(27 + len(page.sizes) + len(page.body) for page in found) == len(file)


def test_comments_are_not_read_and_sound_must_follow():
    head, tags, *sound = packets_of(encoded(tone(440, seconds=2), "ogg opus"))
    many = b"OpusTags" + struct.pack("<II", 0, 2**24) + bytes(10_000)

    wave = decode(io.BytesIO(ogg_of([head, many, *sound])))

    assert peak_hz(wave) == pytest.approx(440, abs=1)
    with pytest.raises(UndecodableAudioError, match="not one frame of ogg"):
        decode(io.BytesIO(ogg_of([head, tags])))


def test_a_last_page_of_many_samples_is_not_kept_in_memory():
    n_channels, n_packets = 32, 255
    same = bytes([1, 0, *[0] * n_channels])  # one stream, which all channels are of
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, n_channels, 312, RATE_HZ, 0, 255) + same
    long = bytes([0xFB, 6]) + 60 * b"\xaa"  # six frames: 120 ms
    file = page(0, [head], flags=2) + page(1, [b"OpusTags"]) + page(2, [long] * n_packets, flags=4)

    tracemalloc.start()
    wave = decode(io.BytesIO(file))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(0.12 * n_packets, abs=0.2)
    assert peak < 30 * MB  # all samples of all channels are 188 MB


def page(number, packets, flags=0):
    sizes = bytes(map(len, packets))
    head = struct.pack("<4sBBqII", b"OggS", 0, flags, -1, 7, number)
    return signed(head, bytes([len(sizes)]) + sizes + b"".join(packets))


def packets_of(file):
    found = pages(View(io.BytesIO(file)))
    return [packet for page in found for packet, _ in page.parts]
