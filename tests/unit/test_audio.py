"""Decoding: every format, rate and channel count; every way a file can be bad."""

import io
import struct
import tracemalloc

import av
import numpy as np
import pytest

from models.audio import SAMPLE_RATE_HZ, decode
from models.errors import (
    AudioError,
    SilentAudioError,
    TooLongAudioError,
    TooShortAudioError,
    UndecodableAudioError,
)
from tests.signals import (
    AAC,
    FORMATS,
    LOSSLESS,
    chord,
    encoded,
    id3_tag,
    over_channels,
    peak_hz,
    referring_to,
    tone,
)

RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000)
OPUS_RATES_HZ = (8_000, 12_000, 16_000, 24_000, 48_000)
MP3_RATES_HZ = RATES_HZ[:-2]
AAC_RATES_HZ = RATES_HZ[:-1]
TEXT = b"These are lyrics, not music, whatever the file is called.\n" * 40


def heard(file, **bounds):
    return decode(io.BytesIO(file), **bounds)


def flac_claiming(n_samples):
    """Three seconds of flac whose header tells another length."""
    file = bytearray(encoded(tone(seconds=3), "flac 16 bit"))
    file[21] = file[21] & 0xF0 | n_samples >> 32
    file[22:26] = struct.pack(">I", n_samples & 0xFFFFFFFF)
    return bytes(file)


def wav_claiming(n_bytes):
    """Three seconds of wav whose header tells another length."""
    file = bytearray(encoded(tone(seconds=3)))
    struct.pack_into("<I", file, file.index(b"data") + 4, n_bytes)
    return bytes(file)


def mp3_claiming(n_frames):
    """Three seconds of mp3 whose header tells another length."""
    file = bytearray(encoded(tone(seconds=3), "mp3"))
    struct.pack_into(">I", file, file.index(b"Xing") + 8, n_frames)
    return bytes(file)


def mp3_of_untold_length():
    """Three seconds of mp3, of varying bitrate, without the header that tells their length."""
    return encoded(tone(seconds=3), "mp3").replace(b"Xing", bytes(4))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_keeps_pitch_and_length(name):
    file = encoded(over_channels(tone(440, seconds=2, rate_hz=48_000), 2), name, rate_hz=48_000)

    wave = heard(file)

    # An aac encoder begins and ends with a frame or two of 1,024 samples that it made up.
    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(2, abs=0.05)
    assert peak_hz(wave) == pytest.approx(440, abs=1)
    assert (wave.dtype, wave.ndim) == (np.float32, 1)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("name", ["wav 24 bit", "flac 16 bit", "ogg vorbis"])
def test_any_rate_becomes_16_khz(name, rate_hz):
    wave = heard(encoded(tone(440, rate_hz=rate_hz), name, rate_hz=rate_hz))

    assert len(wave) == pytest.approx(SAMPLE_RATE_HZ, abs=1)
    assert peak_hz(wave) == pytest.approx(440, abs=1)


@pytest.mark.parametrize(
    ("name", "rate_hz"),
    [("ogg opus", rate_hz) for rate_hz in OPUS_RATES_HZ]
    + [("mp3", rate_hz) for rate_hz in MP3_RATES_HZ]
    + [(name, rate_hz) for name in ("m4a", "aac") for rate_hz in AAC_RATES_HZ],
)
def test_any_rate_a_lossy_codec_knows_becomes_16_khz(name, rate_hz):
    wave = heard(encoded(tone(440, seconds=2, rate_hz=rate_hz), name, rate_hz=rate_hz))

    # Two frames of 1,024 samples at 8 kHz are a quarter of a second.
    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(2, abs=2_100 / rate_hz)
    assert peak_hz(wave) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("n_channels", range(1, 9))
def test_channels_are_averaged(n_channels):
    one_of_them = np.zeros((SAMPLE_RATE_HZ, n_channels), np.float32)
    one_of_them[:, -1] = tone(440)

    wave = heard(encoded(one_of_them, "wav float"))

    np.testing.assert_allclose(wave, tone(440) / n_channels, rtol=0, atol=1e-6)


@pytest.mark.parametrize("n_channels", [1, 2, 6])
@pytest.mark.parametrize("name", AAC)
def test_channels_of_aac_are_averaged(name, n_channels):
    wave = heard(encoded(over_channels(tone(440, amplitude=0.3), n_channels), name))

    # Of six channels the one for bass is cut at 120 Hz, and adds nothing.
    assert np.abs(wave[4_000:12_000]).max() == pytest.approx(0.3, rel=0.25)


@pytest.mark.parametrize(
    ("name", "bits"), zip(LOSSLESS, (8, 16, 24, 24, 24, 24, 16, 24), strict=True)
)
def test_lossless_formats_lose_less_than_their_last_bit(name, bits):
    wave = heard(encoded(chord(seconds=1), name))

    np.testing.assert_allclose(wave, chord(seconds=1), rtol=0, atol=2.0 ** (1 - bits))


def test_floats_beyond_full_scale_are_clipped():
    wave = heard(encoded(tone(440, amplitude=4), "wav float"))

    assert (wave.min(), wave.max()) == (-1, 1)
    np.testing.assert_allclose(wave, tone(440, amplitude=4).clip(-1, 1), atol=1e-6)


def test_resampling_does_not_overshoot_full_scale():
    square = np.sign(tone(440, rate_hz=44_100)).astype(np.float32)

    wave = heard(encoded(square, "wav float", rate_hz=44_100))

    assert np.abs(wave).max() <= 1


@pytest.mark.parametrize("worst", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
@pytest.mark.parametrize("name", ["wav float", "wav double"])
def test_samples_that_are_no_numbers_are_refused_wherever_they_are(worst, rate_hz, name):
    wave = over_channels(tone(440, seconds=3, rate_hz=rate_hz), 2)
    wave[-10] = (worst, -worst)

    with pytest.raises(UndecodableAudioError, match="not finite numbers"):
        heard(encoded(wave, name, rate_hz=rate_hz))


def test_numbers_too_large_for_single_precision_are_refused():
    file = encoded(tone(440), "wav double")
    file = file[:-80] + struct.pack("<10d", *[1e300] * 10)

    with pytest.raises(UndecodableAudioError, match="not finite numbers"):
        heard(file)


def test_the_largest_numbers_there_are_are_clipped():
    loudest = np.full((SAMPLE_RATE_HZ, 8), np.finfo(np.float32).max)

    wave = heard(encoded(loudest, "wav float"))

    assert (wave == 1).all()


def test_half_a_second_is_enough():
    wave = heard(encoded(tone(440, seconds=0.5)))

    assert len(wave) == SAMPLE_RATE_HZ / 2


@pytest.mark.parametrize("n_samples", [0, 1, 100, 7_999])
def test_less_than_half_a_second_is_refused(n_samples):
    with pytest.raises(TooShortAudioError) as refusal:
        heard(encoded(tone(440)[:n_samples]))

    assert f"{n_samples / SAMPLE_RATE_HZ:.3f} s" in str(refusal.value)
    assert "0.5 s" in str(refusal.value)


@pytest.mark.parametrize("peak", [0.0, 9e-5])
def test_silence_is_refused(peak):
    with pytest.raises(SilentAudioError) as refusal:
        heard(encoded(tone(440, amplitude=peak), "wav float"))

    assert f"{peak:.1e}"[:3] in str(refusal.value)
    assert "1e-04" in str(refusal.value)


def test_the_faintest_audible_recording_is_heard():
    wave = heard(encoded(tone(440, amplitude=1.1e-4), "wav float"))

    assert peak_hz(wave) == pytest.approx(440, abs=1)


def test_a_recording_as_long_as_is_allowed_is_heard():
    wave = heard(encoded(tone(440, seconds=2)), max_duration_s=2)

    assert len(wave) == 2 * SAMPLE_RATE_HZ


@pytest.mark.parametrize("name", FORMATS)
def test_too_long_a_recording_is_refused(name):
    with pytest.raises(TooLongAudioError) as refusal:
        heard(encoded(tone(440, seconds=3), name), max_duration_s=2.5)

    assert "at most 2.5 s" in str(refusal.value)


@pytest.mark.parametrize("name", ["wav 16 bit", "ogg vorbis", "mp3", "flac 16 bit", "aac"])
def test_a_long_recording_is_not_read_to_its_end_to_be_refused(name):
    file = CountingFile(encoded(chord(seconds=60), name))

    with pytest.raises(TooLongAudioError):
        decode(file, max_duration_s=1)

    assert file.n_read < len(file.getvalue()) / 2


class CountingFile(io.BytesIO):
    """Counts the bytes that are read of it."""

    n_read = 0

    def read(self, *size):
        piece = super().read(*size)
        self.n_read += len(piece)
        return piece


@pytest.mark.parametrize("rate_hz", [1_000, 400_000])
def test_a_rate_nobody_records_at_is_refused(rate_hz):
    with pytest.raises(UndecodableAudioError) as refusal:
        heard(encoded(tone(440), rate_hz=rate_hz))

    assert f"{rate_hz} Hz" in str(refusal.value)
    assert "[4000, 384000]" in str(refusal.value)


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"x", id="one byte"),
        pytest.param(TEXT, id="text"),
        pytest.param(TEXT.decode().encode("utf-16"), id="text of another encoding"),
        pytest.param(bytes(50_000), id="zeros"),
        pytest.param(b"\xff" * 50_000, id="ones"),
        pytest.param(np.random.default_rng(1).bytes(100_000), id="random, like mp3"),
        pytest.param(np.random.default_rng(2).bytes(100_000), id="random"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(500), id="png"),
        pytest.param(b"%PDF-1.7\n" + bytes(500), id="pdf"),
        pytest.param(b"RIFF\xff\0\0\0AVI LIST" + bytes(500), id="avi"),
        pytest.param(b"RIFF\xff\0\0\0WAVEfmt ", id="the start of a wav"),
        pytest.param(b"fLaC", id="the start of a flac"),
        pytest.param(b"OggS" + bytes(23), id="the start of an ogg"),
        pytest.param(b"\xff\xfb\x90\x64" + bytes(5_000), id="the start of an mp3"),
        pytest.param(b"\xff\xf1\x50\x80" + bytes(5_000), id="the start of an aac"),
        pytest.param(b"\0\0\0\x20ftypM4A " + bytes(500), id="the start of an m4a"),
        pytest.param(id3_tag(), id="a tag and nothing else"),
        pytest.param(b"ID3\x04\0\0\x7f\x7f\x7f\x7f", id="a tag of 256 MB that is not there"),
        pytest.param(id3_tag(0) * 5_000, id="tags without end"),
        pytest.param(id3_tag() + TEXT, id="a tag and text"),
    ],
)
def test_what_is_no_audio_is_refused(file):
    with pytest.raises(UndecodableAudioError, match="wav, flac, ogg, opus, mp3, m4a, aac"):
        heard(file)


PLAYLISTS = {
    "names": "{target}\n",
    "m3u": "#EXTM3U\n#EXTINF:2,Ana\n{target}\n",
    "hls": "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:2.0,\n{target}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{target}'\n",
    "pls": "[playlist]\nFile1={target}\nNumberOfEntries=1\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 97\n",
}


@pytest.mark.parametrize("playlist", PLAYLISTS.values(), ids=PLAYLISTS)
@pytest.mark.parametrize("name", ["list.mp3", "list.m4a", "list.m3u8", "list"])
def test_nothing_that_a_playlist_names_is_opened(playlist, name, tmp_path):
    (tmp_path / "music.wav").write_bytes(encoded(tone(440, seconds=2)))
    (tmp_path / name).write_text(playlist.format(target=tmp_path / "music.wav"))

    with (tmp_path / name).open("rb") as file, pytest.raises(UndecodableAudioError):
        decode(file)


@pytest.mark.parametrize("mask", ["{}", "file://{}"])
def test_nothing_that_an_m4a_names_is_opened(mask, tmp_path):
    path = tmp_path / "other.m4a"
    path.write_bytes(encoded(tone(1_000, seconds=2), "m4a"))

    with pytest.raises(UndecodableAudioError):
        heard(referring_to(mask.format(path), encoded(tone(440, seconds=2), "m4a")))


@pytest.mark.parametrize("name", FORMATS)
def test_what_lies_in_the_working_directory_does_not_matter(name, tmp_path, monkeypatch):
    # Where libsndfile would look for the resource fork of a file without a name.
    (tmp_path / "._").write_bytes(bytes(1_000))
    (tmp_path / ".AppleDouble").mkdir()
    monkeypatch.chdir(tmp_path)

    wave = heard(encoded(tone(440, seconds=2), name))

    assert peak_hz(wave) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("name", ["music.raw", "music.mp3", "music.txt", "music"])
@pytest.mark.parametrize("kind", ["wav 16 bit", "mp3", "m4a"])
def test_what_a_file_is_called_does_not_matter(name, kind, tmp_path):
    (tmp_path / name).write_bytes(encoded(tone(440), kind))

    with (tmp_path / name).open("rb") as file:
        wave = decode(file)

    assert peak_hz(wave) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("name", ["mp3", "aac", "flac 16 bit"])
def test_a_tag_may_come_before_the_sound(name):
    wave = heard(id3_tag(2_000) + encoded(tone(440, seconds=2), name))

    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(2, abs=0.15)
    assert peak_hz(wave) == pytest.approx(440, abs=1)


@pytest.mark.parametrize(
    "file",
    [
        *(pytest.param(flac_claiming(n), id=f"flac {n}") for n in (0, 1, 10**6, 2**36 - 1)),
        *(pytest.param(wav_claiming(n), id=f"wav {n}") for n in (2**31 - 1, 2**32 - 1)),
        *(pytest.param(mp3_claiming(n), id=f"mp3 {n}") for n in (0, 1, 10**6, 2**32 - 1)),
        pytest.param(mp3_of_untold_length(), id="mp3 untold"),
    ],
)
def test_the_length_is_what_is_there_whatever_the_header_claims(file):
    wave = heard(file)

    # Without its header an mp3 begins and ends with a frame or two that the encoder made up.
    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(3, abs=0.15)
    assert peak_hz(wave) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "m4a"])
def test_of_a_file_cut_short_what_is_there_is_heard(name):
    file = encoded(chord(seconds=10), name)

    wave = heard(file[: len(file) * 6 // 10])

    # Vorbis comes in pages of some 4 kB, a second and a half of this.
    assert 4.4 <= len(wave) / SAMPLE_RATE_HZ <= 6.2
    np.testing.assert_allclose(wave[:60_000], heard(file)[:60_000], rtol=0, atol=1e-4)


def test_an_m4a_cut_short_before_its_table_of_contents_is_refused():
    file = encoded(chord(seconds=10), "m4a")

    with pytest.raises(UndecodableAudioError, match="damaged"):
        heard(file[: len(file) * 6 // 10])


@pytest.mark.parametrize("name", [name for name in FORMATS if not name.startswith("ogg")])
def test_around_a_hole_in_a_file_the_rest_is_heard(name):
    whole = encoded(chord(seconds=10), name)

    wave = heard(with_a_hole(whole))

    # A lost flac frame is a quarter of a second; a lost fragment is one of aac.
    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(10, abs=0.6)
    np.testing.assert_allclose(wave[:60_000], heard(whole)[:60_000], rtol=0, atol=1e-4)


def with_a_hole(file):
    middle = len(file) // 2
    return file[:middle] + bytes(200) + file[middle + 200 :]


@pytest.mark.parametrize("name", ["ogg vorbis", "ogg opus"])
def test_up_to_a_hole_in_an_ogg_it_is_heard(name):
    wave = heard(with_a_hole(encoded(chord(seconds=10), name)))

    assert len(wave) / SAMPLE_RATE_HZ > 3


def test_a_rate_that_changes_on_the_way_does_not_change_the_pitch():
    slow = encoded(tone(440, seconds=2, rate_hz=22_050), "aac", rate_hz=22_050)
    fast = encoded(tone(440, seconds=2, rate_hz=44_100), "aac", rate_hz=44_100)

    wave = heard(slow + fast)

    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(4, abs=0.25)
    assert peak_hz(wave[:30_000]) == pytest.approx(440, abs=1)
    assert peak_hz(wave[-30_000:]) == pytest.approx(440, abs=1)


def test_a_film_without_sound_is_refused():
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=10, width=16, height=16, pix_fmt="yuv420p")
        for packet in [*stream.encode(av.VideoFrame(16, 16, "yuv420p")), *stream.encode(None)]:
            output.mux(packet)

    with pytest.raises(UndecodableAudioError, match="no audio track"):
        heard(file.getvalue())


@pytest.mark.slow
def test_an_hour_is_heard_in_bounded_memory():
    rate_hz = 8_000
    hour = np.tile(tone(440, seconds=60, rate_hz=rate_hz), 60)
    file = encoded(hour, "flac 16 bit", rate_hz=rate_hz)
    tracemalloc.start()

    wave = heard(file)

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(wave) == 3_600 * SAMPLE_RATE_HZ
    # The pieces and the whole, and a tenth for what passes through.
    assert peak_bytes < 2.1 * wave.nbytes


@pytest.mark.slow
def test_however_a_file_is_damaged_the_answer_is_audio_or_a_refusal():
    rng = np.random.default_rng(2026)
    files = [
        encoded(over_channels(tone(440, rate_hz=48_000), 2), name, rate_hz=48_000)
        for name in FORMATS
    ]
    answers = [answer(damaged(files[i % len(files)], rng)) for i in range(800)]

    refusals = [error for error in answers if error is not None]
    # Damage was done, and not all of it was fatal: the test tests something.
    assert 200 < len(refusals) < 600
    assert all(str(error).endswith(".") for error in refusals)


def answer(file):
    """None if it is heard; the refusal; anything else that is raised ends the test."""
    try:
        wave = heard(file, max_duration_s=30)
    except AudioError as error:
        return error
    assert np.isfinite(wave).all()
    return None


def damaged(file, rng):
    return DAMAGES[rng.integers(len(DAMAGES))](bytearray(file), rng)


def scattered(file, rng):
    for at in rng.integers(len(file), size=rng.integers(1, 20)):
        file[at] = rng.integers(256)
    return bytes(file)


def in_the_header(file, rng):
    for at in rng.integers(300, size=rng.integers(1, 8)):
        file[at] = rng.integers(256)
    return bytes(file)


def extreme_numbers(file, rng):
    numbers = (b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\1")
    for at in rng.integers(400, size=rng.integers(1, 6)):
        file[at : at + 4] = numbers[rng.integers(len(numbers))]
    return bytes(file)


def cut(file, rng):
    return bytes(file[: rng.integers(len(file))])


def replaced(file, rng):
    start, end = sorted(rng.integers(len(file), size=2))
    file[start:end] = rng.bytes(rng.integers(2_000))
    return bytes(file)


DAMAGES = (scattered, in_the_header, extreme_numbers, cut, replaced)
