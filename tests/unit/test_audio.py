"""Decoding: every format, rate and channel count; every way a file can be bad."""

import io
import struct
import tracemalloc
from time import thread_time

import numpy as np
import pytest

from models.audio.decoding import SAMPLE_RATE_HZ, decode
from models.errors import (
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
    over_channels,
    peak_hz,
    tone,
)

FORMAT_BYTES = 12
"""So many tell the format."""

RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000)
OPUS_RATES_HZ = (8_000, 12_000, 16_000, 24_000, 48_000)
MP3_RATES_HZ = RATES_HZ[:-2]
AAC_RATES_HZ = RATES_HZ[:-1]


def heard(file, **bounds):
    return decode(io.BytesIO(file), **bounds)


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


@pytest.mark.parametrize("name", ["wav 16 bit", "flac 16 bit", "ogg vorbis", "m4a"])
def test_channels_that_cancel_each_other_are_heard(name):
    wave = tone(440, seconds=2)

    opposite = heard(encoded(np.stack([wave, -wave], axis=1), name))

    assert peak_hz(opposite) == pytest.approx(440, abs=1)
    assert np.abs(opposite[4_000:12_000]).max() == pytest.approx(0.5, rel=0.2)


def test_of_channels_that_cancel_each_other_the_louder_one_is_heard():
    wave = tone(440, amplitude=0.4)

    opposite = heard(encoded(np.stack([0.8 * wave, -wave], axis=1), "wav float"))

    np.testing.assert_allclose(opposite, -wave, rtol=0, atol=1e-6)


def test_channels_that_have_nothing_in_common_are_averaged():
    left, right = tone(440, amplitude=0.4), tone(660, amplitude=0.4)

    wave = heard(encoded(np.stack([left, right], axis=1), "wav float"))

    np.testing.assert_allclose(wave, (left + right) / 2, rtol=0, atol=1e-6)


@pytest.mark.parametrize("n_channels", range(1, 9))
def test_channels_of_flac_are_averaged(n_channels):
    wave = heard(encoded(over_channels(tone(440), n_channels), "flac 24 bit"))

    np.testing.assert_allclose(wave, tone(440), rtol=0, atol=1e-6)


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
    loudest[::2] *= -1

    wave = heard(encoded(loudest, "wav float"))

    assert (np.abs(wave) == 1).all()


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


@pytest.mark.parametrize("offset", [0.3, -0.7, 1.0])
def test_a_constant_is_silent(offset):
    with pytest.raises(SilentAudioError):
        heard(encoded(np.full(SAMPLE_RATE_HZ, offset, np.float32), "wav float"))


class SlowFile(io.BytesIO):
    """A flac whose first bytes take three seconds of processor time each time they are read."""

    def read(self, n_bytes=-1):
        end_s = thread_time() + 3.0 * (n_bytes == FORMAT_BYTES)
        while thread_time() < end_s:
            pass
        return super().read(n_bytes)


def test_a_file_that_is_read_twice_has_no_more_time():
    wave = tone(440)
    opposite = encoded(np.stack([wave, -wave], axis=1), "flac 16 bit")

    with pytest.raises(UndecodableAudioError, match="more than 5 s of processor time"):
        decode(SlowFile(opposite))


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


def test_a_rate_that_changes_on_the_way_does_not_change_the_pitch():
    slow = encoded(tone(440, seconds=2, rate_hz=22_050), "aac", rate_hz=22_050)
    fast = encoded(tone(440, seconds=2, rate_hz=44_100), "aac", rate_hz=44_100)

    wave = heard(slow + fast)

    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(4, abs=0.25)
    assert peak_hz(wave[:30_000]) == pytest.approx(440, abs=1)
    assert peak_hz(wave[-30_000:]) == pytest.approx(440, abs=1)


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
