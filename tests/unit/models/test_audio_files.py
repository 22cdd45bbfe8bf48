"""Files as people have them: each is read whole, with FFmpeg's length, or refused for a reason."""

import io
import struct
from itertools import product

import numpy as np
import pytest

from models.audio.containers import packets, read
from models.audio.decoding import SAMPLE_RATE_HZ, decode
from models.audio.formats import MOST_JUNK_BYTES, detect_format
from models.errors import AudioError, UndecodableAudioError
from tests.audio_files import (
    AFTER,
    BEFORE,
    JUNK,
    WAVS,
    beside_video,
    ffmpeg_s,
    silent_speex,
    wav,
    written,
)
from tests.audio_signals import (
    FORMATS,
    MORE,
    chord,
    encoded,
    encoded_by_ffmpeg,
    over_channels,
    peak_hz,
    remuxed,
    tone,
)
from tests.decompression_bombs import ogg_of

ALL = (*FORMATS, *MORE)
WITHOUT_LENGTH = ("mp3", "aac", "flac 16 bit")
OGGS = {
    "vorbis": ("ogg vorbis", 44_100, 2),
    "vorbis at another rate": ("ogg vorbis", 22_050, 1),
    "opus": ("ogg opus", 48_000, 2),
    "opus of FFmpeg": ("ogg opus of ffmpeg", 48_000, 1),
    "flac": ("ogg flac", 44_100, 2),
    "flac at another rate": ("ogg flac", 96_000, 1),
}
TOLERANCE_S = 1e-3
UNREADABLE_WHEN_CUT = {"m4a", "mov alac", "mov 16 bit", "mp4 opus", "mp4 flac", "3gp"}
"""Their table of contents is at their end."""


def heard(file):
    return decode(io.BytesIO(file))


def length_s(file):
    """How long a file is decoded, of any length."""
    blocks = read(io.BytesIO(file), enough_s=0.5)
    return sum(len(block.samples) / block.rate_hz for block in blocks)


def content(file):
    return b"".join(packet for _, packet in packets(io.BytesIO(file)))


def ogg(name):
    kind, rate_hz, n_channels = OGGS[name]
    wave = over_channels(tone(440, seconds=2, rate_hz=rate_hz), n_channels)
    return encoded(wave, kind, rate_hz=rate_hz)


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("name", ALL)
def test_every_file_has_the_length_of_ffmpeg(name, n_channels):
    wave = over_channels(chord(seconds=1, rate_hz=48_000), n_channels)
    file = encoded(wave, name, rate_hz=48_000)

    assert length_s(file) == pytest.approx(ffmpeg_s(file), abs=TOLERANCE_S)
    assert length_s(file) == pytest.approx(1, abs=0.09)


@pytest.mark.parametrize("container", ["matroska", "webm"])
@pytest.mark.parametrize("name", ["vorbis", "opus"])
def test_the_packets_of_an_ogg_in_a_webm_are_the_same_sound(name, container):
    file = remuxed(ogg(name), container)

    assert length_s(file) == pytest.approx(ffmpeg_s(file), abs=TOLERANCE_S)
    assert content(file) == content(ogg(name))


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize("name", ["mp3", "aac", "flac 16 bit", "wav 16 bit", "ogg vorbis", "m4a"])
def test_what_stands_before_the_sound_changes_nothing(name, before):
    file = encoded(chord(seconds=1), name)

    np.testing.assert_array_equal(heard(before + file), heard(file))
    assert content(before + file) == content(file)


@pytest.mark.parametrize("after", AFTER.values(), ids=AFTER)
@pytest.mark.parametrize("name", WITHOUT_LENGTH)
def test_tags_after_the_sound_change_nothing(name, after):
    file = encoded(chord(seconds=1), name)

    np.testing.assert_array_equal(heard(file + after), heard(file))
    assert content(file + after) == content(file)


def test_more_junk_before_the_sound_is_refused():
    junk = (JUNK * 2)[: MOST_JUNK_BYTES + 1]

    with pytest.raises(UndecodableAudioError, match="they begin with"):
        heard(junk + encoded(tone(440), "mp3"))


@pytest.mark.parametrize(
    "head",
    [
        b"RIFF\0\0\0\0AVI LIST",
        b"PK\3\4",
        b"%PDF-1.7",
        b"FLV\1",
        b"\0\0\1\xba",
        b"caff\0\1",
        b"MThd",
    ],
)
def test_sound_inside_a_file_of_another_format_is_not_taken_for_the_whole(head):
    with pytest.raises(UndecodableAudioError, match="they begin with"):
        heard(head + bytes(50) + encoded(tone(440), "mp3"))


@pytest.mark.parametrize("make", WAVS.values(), ids=WAVS)
def test_every_wav_of_the_same_samples_is_heard_alike(make):
    wave = chord(seconds=1)

    np.testing.assert_allclose(heard(make(wave)), wave, rtol=0, atol=1e-4)
    assert len(heard(make(wave))) == len(wave)


def test_an_aiff_whose_sizes_were_never_filled_in_is_heard():
    file = bytearray(encoded(tone(440), "aiff 16 bit"))
    sizes_at = file.index(b"SSND") + 4
    file[4:8] = file[sizes_at : sizes_at + 4] = bytes(4)

    np.testing.assert_allclose(heard(bytes(file)), tone(440), rtol=0, atol=1e-4)


def test_an_aiff_that_is_described_behind_its_samples_is_heard():
    file = encoded(tone(440), "aiff 16 bit")
    start, end = file.index(b"COMM"), file.index(b"SSND")

    late = file[:start] + file[end:] + file[start:end]

    np.testing.assert_array_equal(heard(late), heard(file))


@pytest.mark.parametrize("order", [0x7A_0006, 0x7B_0006, 0x7C_0006], ids=["B", "C", "D"])
def test_channels_of_a_movie_in_an_order_of_its_own_are_heard(order):
    # PyAV would free the order twice, and crash sooner or later.
    file = bytearray(encoded(over_channels(tone(440), 6), "mov 16 bit"))
    struct.pack_into(">II", file, file.index(b"chan") + 8, order, 0)

    contexts = [context for context, _ in packets(io.BytesIO(file))]

    assert contexts[0].layout.name == "6 channels"
    np.testing.assert_allclose(heard(bytes(file)), tone(440), rtol=0, atol=1e-4)


@pytest.mark.parametrize("container", ["wav", "mov", "matroska"])
def test_layer_ii_of_broadcasters_is_heard(container):
    wave = tone(440, rate_hz=48_000)[:, None]
    file = encoded_by_ffmpeg(wave, container, "mp2", rate_hz=48_000)

    assert length_s(file) == pytest.approx(ffmpeg_s(file), abs=TOLERANCE_S)
    assert peak_hz(heard(file)) == pytest.approx(440, abs=1)


def test_calls_recorded_by_phones_are_heard():
    narrow = encoded_by_ffmpeg(
        tone(440, rate_hz=8_000)[:, None], "3gp", "libopencore_amrnb", rate_hz=8_000
    )
    frames = np.random.default_rng(0).bytes(60 * 50)
    wide = b"".join(b"\x44" + frames[at : at + 60] for at in range(0, len(frames), 60))
    wide = remuxed(b"#!AMR-WB\n" + wide, "3gp")

    assert peak_hz(heard(narrow)) == pytest.approx(440, abs=5)
    assert length_s(narrow) == pytest.approx(ffmpeg_s(narrow), abs=TOLERANCE_S)
    assert length_s(wide) == pytest.approx(1, abs=TOLERANCE_S)


def test_of_a_wav_cut_short_every_sample_is_heard():
    wave = chord(seconds=2)

    np.testing.assert_allclose(heard(wav(wave)[:-20_001]), wave[:-10_001], rtol=0, atol=1e-4)


@pytest.mark.parametrize(("first", "second"), product(OGGS, OGGS))
def test_oggs_that_follow_each_other_are_heard_to_the_end(first, second):
    wave = heard(ogg(first) + ogg(second))

    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(4, abs=TOLERANCE_S)
    assert peak_hz(wave) == pytest.approx(440, abs=1)


def test_six_oggs_of_three_codecs_are_heard_to_the_end():
    wave = heard(b"".join(map(ogg, OGGS)))

    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(12, abs=TOLERANCE_S)


def test_flac_in_ogg_as_it_was_before_its_mapping_is_heard():
    flac = encoded(tone(440), "flac 16 bit")
    frames = [packet for _, packet in packets(io.BytesIO(flac))]

    np.testing.assert_array_equal(heard(ogg_of([b"fLaC", flac[4:42], *frames])), heard(flac))


def test_silence_in_speex_that_follows_another_ogg_is_heard():
    wave = heard(ogg("vorbis") + silent_speex(n_frames=100))

    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(4, abs=TOLERANCE_S)


@pytest.mark.parametrize("name", OGGS)
def test_the_sound_beside_a_film_in_an_ogg_is_heard(name):
    np.testing.assert_array_equal(heard(beside_video(ogg(name))), heard(ogg(name)))


@pytest.mark.parametrize("name", ["wav 16 bit", "ogg flac", "webm", "m4a", "wma", "aiff 16 bit"])
def test_packets_need_no_decoder_and_differ_where_the_sound_differs(name):
    file, other = (encoded(chord(seconds=1, seed=seed), name) for seed in (1, 2))

    assert content(file) != content(other)
    assert content(file) == content(encoded(chord(seconds=1, seed=1), name))


@pytest.mark.parametrize(
    ("before", "name", "media_type"),
    [
        ("id3v2.4", "flac 16 bit", "audio/flac"),
        ("zeros", "mp3", "audio/mpeg"),
        ("id3v2.3", "aac", "audio/aac"),
        ("junk", "wav 16 bit", "audio/wav"),
        ("nothing", "webm", "audio/webm"),
        ("nothing", "wma", "audio/x-ms-wma"),
        ("nothing", "aiff float", "audio/aiff"),
        ("a line", "ogg opus", "audio/ogg"),
        ("id3v2.2", "m4a", "audio/mp4"),
    ],
)
def test_the_media_type_is_that_of_the_sound(before, name, media_type):
    file = io.BytesIO(BEFORE[before] + encoded(tone(440), name))

    assert detect_format(file).media_type == media_type


PERCENT = [60, *(pytest.param(n, marks=pytest.mark.thorough) for n in (25, 40, 75, 90, 99))]


@pytest.mark.parametrize("percent", PERCENT)
@pytest.mark.parametrize("name", [name for name in ALL if name not in UNREADABLE_WHEN_CUT])
def test_of_a_file_cut_short_as_much_is_heard_as_by_ffmpeg(name, percent):
    file = encoded(chord(seconds=6, rate_hz=48_000), name, rate_hz=48_000)
    cut = file[: len(file) * percent // 100]

    assert length_s(cut) == pytest.approx(ffmpeg_s(cut), abs=TOLERANCE_S)


@pytest.mark.parametrize("percent", PERCENT)
@pytest.mark.parametrize("name", sorted(UNREADABLE_WHEN_CUT))
def test_a_file_cut_short_before_its_table_of_contents_is_refused(name, percent):
    file = encoded(chord(seconds=6, rate_hz=48_000), name, rate_hz=48_000)

    with pytest.raises(AudioError, match="damaged"):
        heard(file[: len(file) * percent // 100])


@pytest.mark.thorough
@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("before", ["nothing", "id3v2.4", "zeros and id3", "junk"])
@pytest.mark.parametrize(
    "name", [name for name in ALL if "opus" not in name and name[:3] != "web"]
)
def test_at_every_rate_behind_anything_a_file_has_the_length_of_ffmpeg(name, before, rate_hz):
    file = encoded(over_channels(chord(rate_hz=rate_hz), 2), name, rate_hz=rate_hz)

    assert length_s(BEFORE[before] + file) == pytest.approx(ffmpeg_s(file), abs=TOLERANCE_S)


@pytest.mark.parametrize("container", ["AIFF", "WAV", "WAVEX", "W64", "RF64"])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_what_libsndfile_writes_is_heard_whole(container, subtype):
    wave = tone(440)

    np.testing.assert_allclose(heard(written(wave, container, subtype)), wave, rtol=0, atol=0.02)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_big_endian_wavs_are_heard(subtype):
    wave = tone(440)

    np.testing.assert_allclose(
        heard(written(wave, "WAV", subtype, "BIG")), wave, rtol=0, atol=0.02
    )
