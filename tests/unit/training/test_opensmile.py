"""The optional openSMILE: its windows on a stand-in, its numbers where it is installed."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile

from models.errors import AttuneError, TooShortAudioError
from tests.synthetic_datasets import column_names
from training.datasets import opensmile
from training.datasets.moments import read_moments

RATE = opensmile.RATE_HZ
STEP = RATE // 2


class _Smile:
    """The least and the largest sample of each half second."""

    feature_names = ("pcm_sma_stddev", "mfcc_sma[1]_amean")

    def __init__(self, feature_set, feature_level, options):
        config = Path(feature_set).read_text(encoding="utf-8")
        assert f"writer.dmLevel = {feature_level}" in config
        for option, path in options.items():
            assert Path(path).is_file()
            assert option in {"descriptors", "bufferModeConf", "bufferModeRbLagConf"}

    def process_signal(self, signal, sampling_rate):
        assert sampling_rate == RATE
        windows = signal[: len(signal) // STEP * STEP].reshape(-1, STEP)
        return pd.DataFrame({"least": windows.min(axis=1), "largest": windows.max(axis=1)})


@pytest.fixture(name="package")
def _package(tmp_path):
    """A package that holds the files our configuration includes."""
    folder = tmp_path / "package" / "core" / "config"
    for name in (
        "is09-13/IS13_ComParE_core.lld.conf.inc",
        "shared/BufferMode.conf.inc",
        "shared/BufferModeRbLag.conf.inc",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return SimpleNamespace(__file__=str(tmp_path / "package" / "__init__.py"), Smile=_Smile)


@pytest.fixture(name="installed")
def _installed(monkeypatch, package):
    monkeypatch.setitem(sys.modules, "opensmile", package)


def _tone(path, seconds, rate=RATE, channels=1):
    wave = np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 440 / rate) / 2
    soundfile.write(path, np.stack([wave] * channels, axis=1), rate)
    return path


@pytest.mark.usefixtures("installed")
def test_a_row_is_half_a_second():
    wave = np.repeat([0.1, 0.2, 0.3], STEP).astype(np.float32)

    moments = opensmile.HalfSeconds.open().of(wave)

    assert moments.names == ["pcm_sma_stddev", "pcm_fftMag_mfcc_sma[1]_amean"]  # DEAM's names
    assert moments.times_s.tolist() == [0, 0.5, 1]
    np.testing.assert_allclose(moments.x, [[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]])
    assert moments.x.dtype == np.float32


@pytest.mark.usefixtures("installed")
def test_the_loudest_sample_fits_into_16_bits():
    wave = np.repeat([-1, 1], STEP).astype(np.float32)

    moments = opensmile.HalfSeconds.open().of(wave)

    assert (moments.x * 2**15).tolist() == [[-(2**15)] * 2, [2**15 - 1] * 2]


@pytest.mark.usefixtures("installed")
def test_what_fills_no_window_is_too_short():
    with pytest.raises(TooShortAudioError, match=r"lasts 0\.520 s; at least 0\.54 s are"):
        opensmile.HalfSeconds.open().of(np.zeros(RATE * 52 // 100, np.float32))


def test_without_the_package_it_is_said_how_to_get_it_and_what_it_allows(monkeypatch):
    monkeypatch.setitem(sys.modules, "opensmile", None)

    with pytest.raises(AttuneError, match=r"pip install opensmile.*no commercial use"):
        opensmile.HalfSeconds.open()


@pytest.mark.usefixtures("installed")
def test_a_folder_of_recordings_becomes_tables_once(tmp_path):
    audio, out = tmp_path / "audio", tmp_path / "out"
    audio.mkdir()
    _tone(audio / "7.wav", 1.2)
    _tone(audio / "short.wav", 0.2)
    _tone(audio / "unfilled.wav", 0.51)
    (audio / "broken.mp3").write_bytes(b"no music")
    (audio / "notes.txt").write_text("not heard")

    failures = opensmile.run(audio, out)

    assert set(failures) == {"short", "broken", "unfilled"}
    assert "lasts 0.200 s; at least 0.5 s" in failures["short"]
    assert read_moments(out / "7.csv").x.shape == (2, 2)
    assert [path.name for path in out.iterdir()] == ["7.csv"]

    (audio / "7.wav").write_bytes(b"gone")  # not heard a second time

    assert set(opensmile.run(audio, out)) == {"short", "broken", "unfilled"}


def test_a_folder_that_cannot_become_tables_is_refused(tmp_path):
    with pytest.raises(AttuneError, match=r"holds no recording: no file ends in \.wav"):
        opensmile.run(tmp_path, tmp_path / "out")
    _tone(tmp_path / "7.wav", 1)
    _tone(tmp_path / "7.flac", 1)
    with pytest.raises(AttuneError, match=r"7\.wav and 7\.flac would have the same table"):
        opensmile.run(tmp_path, tmp_path / "out")


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 1), (16_000, 2), (48_000, 1)])
def test_recordings_are_brought_to_one_rate(tmp_path, rate, channels):
    wave = opensmile.load(_tone(tmp_path / "a.wav", 1, rate, channels))

    assert wave.dtype == np.float32
    assert abs(len(wave) - RATE) <= 1
    assert np.abs(np.fft.rfft(wave)).argmax() == 440


@pytest.fixture(name="real", scope="module")
def _real():
    return pytest.importorskip("opensmile", reason="the optional package opensmile is missing")


def _music(seconds):
    """A gliding tone that comes and goes, in noise, a third of a second of it silent."""
    rng = np.random.default_rng(0)
    t = np.arange(int(seconds * RATE)) / RATE
    tone = np.sin(2 * np.pi * 220 * (1 + 0.1 * np.sin(t)) * t) * (1 + np.sin(3 * t)) / 5
    return ((tone + rng.normal(0, 0.02, len(t))) * (np.abs(t - 2) > 1 / 6)).astype(np.float32)


@pytest.mark.slow
@pytest.mark.usefixtures("real")
@pytest.mark.parametrize(("seconds", "n_rows"), [(0.54, 1), (1.03, 1), (1.04, 2), (3, 5)])
def test_a_real_row_is_a_half_second_that_is_filled(seconds, n_rows):
    moments = opensmile.HalfSeconds.open().of(_music(3)[: round(seconds * RATE)])

    assert moments.names == column_names()
    assert moments.x.shape == (n_rows, 260)
    assert np.isfinite(moments.x).all()


@pytest.mark.slow
def test_real_rows_are_deviation_and_mean_of_the_challenges_frames(real):
    wave = _music(4.2)

    moments = opensmile.HalfSeconds.open().of(wave)

    folder = Path(real.__file__).parent / "core" / "config"
    levels = [
        real.Smile(
            feature_set=str(folder / "is09-13" / "IS13_ComParE.conf"),
            feature_level=level,
            options={
                "bufferModeConf": str(folder / "shared/BufferMode.conf.inc"),
                "bufferModeRbLagConf": str(folder / "shared/BufferModeRbLag.conf.inc"),
            },
        ).process_signal(wave, RATE)
        for level in ("lld", "lld_de")
    ]
    frames = np.concatenate([level.to_numpy(np.float64)[:400] for level in levels], axis=1)
    windows = frames.reshape(8, 50, 130)
    expected = np.stack([windows.std(axis=1), windows.mean(axis=1)], axis=2).reshape(8, 260)
    scale = np.abs(expected).max(axis=0) + 1e-12
    np.testing.assert_allclose(moments.x / scale, expected / scale, atol=1e-6)
