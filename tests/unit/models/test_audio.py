"""Decoding: every format, rate and channel count; every way a file can be bad."""

import io
import tracemalloc
from time import thread_time

import numpy as np
import pytest

from models.audio import file_views
from models.audio.decoding import SAMPLE_RATE_HZ, decode, decode_recording
from models.errors import (
    SilentAudioError,
    TooLongAudioError,
    TooShortAudioError,
    UndecodableAudioError,
)
from tests.audio_signals import (
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


def heard(file, **bounds):
    return decode(io.BytesIO(file), **bounds)


RATES_OF = {
    "ogg opus": (8_000, 12_000, 16_000, 24_000, 48_000),
    "mp3": RATES_HZ[:-2],
    **dict.fromkeys(AAC, RATES_HZ[:-1]),
    **dict.fromkeys(["wav 24 bit", "flac 16 bit", "ogg vorbis"], RATES_HZ),
}
EXACT = (*LOSSLESS, "ogg vorbis")


@pytest.mark.parametrize(
    ("name", "rate_hz"),
    [(name, rate_hz) for name in FORMATS for rate_hz in RATES_OF.get(name, [48_000])],
)
def test_every_format_at_any_rate_keeps_pitch_and_length(name, rate_hz):
    stereo = over_channels(tone(440, seconds=2, rate_hz=rate_hz), 2)

    wave = heard(encoded(stereo, name, rate_hz=rate_hz))

    # Lossy encoders begin and end with a frame of about 1,024 samples that they made up.
    slack_s = 1 / SAMPLE_RATE_HZ if name in EXACT else 2_100 / rate_hz
    assert len(wave) / SAMPLE_RATE_HZ == pytest.approx(2, abs=slack_s)
    assert peak_hz(wave) == pytest.approx(440, abs=1)
    assert (wave.dtype, wave.ndim) == (np.float32, 1)


@pytest.mark.parametrize("n_channels", range(1, 9))
@pytest.mark.parametrize("name", ["wav float", "flac 24 bit"])
def test_channels_are_averaged(name, n_channels):
    one_of_them = np.zeros((SAMPLE_RATE_HZ, n_channels), np.float32)
    one_of_them[:, -1] = tone(440)

    wave = heard(encoded(one_of_them, name))

    np.testing.assert_allclose(wave, tone(440) / n_channels, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "name", ["wav 16 bit", "wav 24 bit", "flac 16 bit", "ogg vorbis", "m4a", "mp3", "aiff 16 bit"]
)
def test_channels_that_cancel_each_other_are_heard(name):
    wave = tone(440, seconds=2)

    opposite = heard(encoded(np.stack([wave, -wave], axis=1), name))

    assert peak_hz(opposite) == pytest.approx(440, abs=1)
    assert np.abs(opposite[4_000:12_000]).max() == pytest.approx(0.5, rel=0.2)


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        (-tone(440, amplitude=0.4), -tone(440, amplitude=0.4)),
        (tone(660), (tone(440, amplitude=0.3) + tone(660)) / 2),
    ],
    ids=["cancel", "have nothing in common"],
)
def test_the_louder_of_two_channels_is_heard_only_where_they_cancel(right, expected):
    wave = heard(encoded(np.stack([tone(440, amplitude=0.3), right], axis=1), "wav float"))

    np.testing.assert_allclose(wave, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["wav 24 bit", "flac 24 bit"])
def test_six_channels_that_cancel_each_other_are_heard(name):
    wave = tone(440)
    columns = np.stack([wave, -wave, 0 * wave, 0 * wave, wave / 2, -wave / 2], axis=1)

    np.testing.assert_allclose(np.abs(heard(encoded(columns, name))), np.abs(wave), atol=1e-6)


@pytest.mark.parametrize("part", [0.25, 0.5, 0.9])
def test_channels_that_cancel_each_other_in_a_part_of_the_recording_are_heard_there(part):
    left, right = tone(440, seconds=12), tone(440, seconds=12)
    right[: round(part * len(right))] *= -1

    wave = heard(encoded(np.stack([left, right], axis=1), "wav float"))

    np.testing.assert_allclose(wave, left, rtol=0, atol=1e-6)


@pytest.mark.parametrize("n_channels", [1, 2, 6])
@pytest.mark.parametrize("name", AAC)
def test_channels_of_aac_are_averaged(name, n_channels):
    wave = heard(encoded(over_channels(tone(440, amplitude=0.3), n_channels), name))

    # Of six channels the one for bass is cut at 120 Hz, and adds nothing.
    assert np.abs(wave[4_000:12_000]).max() == pytest.approx(0.3, rel=0.25)


@pytest.mark.parametrize(
    ("name", "bits"), zip(LOSSLESS, (8, 16, 24, 24, 24, 24, 16, 24, 16, 24), strict=True)
)
def test_lossless_formats_lose_less_than_their_last_bit(name, bits):
    wave = heard(encoded(chord(seconds=1), name))

    np.testing.assert_allclose(wave, chord(seconds=1), rtol=0, atol=2.0 ** (1 - bits))


def test_floats_beyond_full_scale_are_clipped():
    wave = heard(encoded(tone(440, amplitude=4), "wav float"))

    assert (wave.min(), wave.max()) == (-1, 1)
    np.testing.assert_allclose(wave, tone(440, amplitude=4).clip(-1, 1), atol=1e-6)


@pytest.mark.parametrize("full_scale", [2**7, 2**15, 2**23, 2**31])
@pytest.mark.parametrize("name", ["wav float", "wav double", "aiff float", "mkv float"])
@pytest.mark.parametrize("amplitude", [0.6, 1.0])
def test_floats_in_integer_units_are_divided_by_full_scale(name, full_scale, amplitude):
    wave = over_channels(tone(440, amplitude=amplitude), 2)

    recording = decode_recording(io.BytesIO(encoded(wave * full_scale, name)))

    np.testing.assert_allclose(recording.wave, wave[:, 0], rtol=0, atol=1e-6)
    (notice,) = recording.notices
    assert (notice.code, notice.value) == ("audio_scaled", str(full_scale))


def test_opposite_channels_in_integer_units_are_heard():
    wave = tone(440)

    heard_wave = heard(encoded(np.stack([wave, -wave], 1) * 2**15, "wav float"))

    np.testing.assert_allclose(np.abs(heard_wave), np.abs(wave), rtol=0, atol=1e-6)


def test_single_samples_far_beyond_full_scale_are_clipped():
    wave = tone(440)
    wave[4_000:4_010] = 20_000

    recording = decode_recording(io.BytesIO(encoded(wave, "wav float")))

    np.testing.assert_allclose(recording.wave, wave.clip(-1, 1), atol=1e-6)
    assert recording.notices == ()


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
@pytest.mark.parametrize("amplitude", [1, np.finfo(np.float32).max])
def test_no_sample_exceeds_full_scale(amplitude, rate_hz):
    square = np.sign(tone(440, rate_hz=rate_hz)) * np.float32(amplitude)

    wave = heard(encoded(over_channels(square, 8), "wav float", rate_hz=rate_hz))

    assert np.abs(wave).max() == pytest.approx(1, abs=0.01)
    assert np.abs(wave).max() <= 1


@pytest.mark.parametrize(
    ("worst", "name"),
    [(worst, name) for worst in (np.nan, np.inf, -np.inf) for name in ("wav float", "wav double")]
    + [(1e300, "wav double")],  # too large for single precision
)
@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_samples_that_are_no_numbers_are_refused_wherever_they_are(worst, name, rate_hz):
    wave = over_channels(tone(440, seconds=3, rate_hz=rate_hz), 2).astype(np.float64)
    wave[-10] = (worst, -worst)

    with pytest.raises(UndecodableAudioError, match="not finite numbers"):
        heard(encoded(wave, name, rate_hz=rate_hz))


@pytest.mark.parametrize("n_samples", [0, 1, 100, 7_999])
def test_less_than_half_a_second_is_refused(n_samples):
    with pytest.raises(TooShortAudioError) as refusal:
        heard(encoded(tone(440)[:n_samples]))

    assert f"{n_samples / SAMPLE_RATE_HZ:.3f} s" in str(refusal.value)
    assert "0.5 s" in str(refusal.value)


@pytest.mark.parametrize(
    ("seconds", "amplitude", "most_s"), [(0.5, 0.5, 9), (2, 0.5, 2), (1, 1.1e-4, 9)]
)
def test_the_shortest_the_longest_and_the_faintest_recording_are_heard(seconds, amplitude, most_s):
    file = encoded(tone(440, seconds=seconds, amplitude=amplitude), "wav float")

    wave = heard(file, max_duration_s=most_s)

    assert len(wave) == seconds * SAMPLE_RATE_HZ
    assert peak_hz(wave) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("offset", [0.0, 0.3, -0.7, 1.0])
@pytest.mark.parametrize("peak", [0.0, 9e-5])
def test_silence_is_refused_whatever_its_offset(peak, offset):
    wave = (tone(440, amplitude=peak) + np.float32(offset)).clip(-1, 1)

    with pytest.raises(SilentAudioError, match=r"its peak is .*e.* at least 1e-04 is needed"):
        heard(encoded(wave, "wav float"))


class SlowFile(io.BytesIO):
    """A flac whose first bytes take four tenths of a second of processor time at each reading."""

    def read(self, n_bytes=-1):
        end_s = thread_time() + 0.4 * (n_bytes == FORMAT_BYTES)
        while thread_time() < end_s:
            pass
        return super().read(n_bytes)


def test_a_file_that_is_read_twice_has_no_more_time(monkeypatch):
    monkeypatch.setattr(file_views, "_FREE_S", 0.6)
    opposite = encoded(np.stack([tone(440), -tone(440)], axis=1), "flac 16 bit")

    with pytest.raises(UndecodableAudioError, match="more than 1 s of CPU time"):
        decode(SlowFile(opposite))


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


def test_a_long_recording_is_heard_in_bounded_memory():
    rate_hz, n_minutes = 8_000, 15
    minute = tone(440, seconds=60, rate_hz=rate_hz)
    file = encoded(np.tile(minute, n_minutes), "flac 16 bit", rate_hz=rate_hz)
    tracemalloc.start()

    wave = heard(file)

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(wave) == n_minutes * 60 * SAMPLE_RATE_HZ
    # The pieces and the whole, and a fifth for what passes through.
    assert peak_bytes < 2.2 * wave.nbytes
