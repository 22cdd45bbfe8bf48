"""The optional openSMILE: its windows on a stand-in, its numbers where it is installed."""

import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile

from models.errors import AttuneError, TooShortAudioError, UndecodableAudioError
from training import opensmile
from training.datasets.moments import read_moments

RATE = opensmile.RATE_HZ


class _Level:
    """Two descriptors every 10 ms: the frame's number and its square; some frames are a tail."""

    def __init__(self, ending, n_tail):
        self.feature_names = [f"a{ending}", f"b{ending}"]
        self._n_tail = n_tail

    def process_signal(self, signal, sampling_rate):
        assert sampling_rate == RATE
        frames = np.arange(len(signal) * 100 // RATE - 4 + self._n_tail, dtype=float)
        return pd.DataFrame({"a": frames, "b": frames**2})


@pytest.fixture(name="installed")
def _installed(monkeypatch):
    levels = {"LowLevelDescriptors": ("_sma", 0), "LowLevelDescriptors_Deltas": ("_sma_de", 2)}

    def smile(feature_set, feature_level):
        assert feature_set == "ComParE_2016"
        return _Level(*levels[feature_level])

    package = SimpleNamespace(
        FeatureSet=SimpleNamespace(ComParE_2016="ComParE_2016"),
        FeatureLevel=SimpleNamespace(**{name: name for name in levels}),
        Smile=smile,
    )
    monkeypatch.setitem(sys.modules, "opensmile", package)


def _tone(path, seconds, rate=RATE, channels=1):
    wave = np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 440 / rate) / 2
    soundfile.write(path, np.stack([wave] * channels, axis=1), rate)
    return path


@pytest.mark.usefixtures("installed")
def test_each_second_has_deviation_and_mean_of_its_own_frames():
    moments = opensmile.Seconds.open().of(np.zeros(int(2.5 * RATE), np.float32))

    assert moments.times_s.tolist() == [0, 1]
    first, second = np.arange(100.0), np.arange(100.0, 200.0)
    np.testing.assert_allclose(moments.x[0, :2], [first.std(), first.mean()], rtol=1e-6)
    np.testing.assert_allclose(moments.x[1, :2], [second.std(), second.mean()], rtol=1e-6)
    np.testing.assert_allclose(moments.x[1, 3], (second**2).mean(), rtol=1e-6)


@pytest.mark.usefixtures("installed")
def test_columns_are_named_and_ordered_as_deams():
    assert opensmile.Seconds.open().names == [
        "a_sma_stddev",
        "a_sma_amean",
        "b_sma_stddev",
        "b_sma_amean",
        "a_sma_de_stddev",
        "a_sma_de_amean",
        "b_sma_de_stddev",
        "b_sma_de_amean",
    ]


@pytest.mark.usefixtures("installed")
def test_the_deltas_tail_is_nobodys_frame():
    moments = opensmile.Seconds.open().of(np.zeros(RATE, np.float32))

    assert moments.x.shape == (1, 8)
    np.testing.assert_array_equal(moments.x[0, :4], moments.x[0, 4:])


@pytest.mark.usefixtures("installed")
def test_less_than_a_second_is_one_second():
    assert opensmile.Seconds.open().of(np.zeros(RATE * 3 // 4, np.float32)).x.shape == (1, 8)


def test_without_the_package_it_is_said_how_to_get_it_and_what_it_allows(monkeypatch):
    monkeypatch.setitem(sys.modules, "opensmile", None)

    with pytest.raises(AttuneError, match=r"pip install opensmile.*no commercial use"):
        opensmile.Seconds.open()


@pytest.mark.usefixtures("installed")
def test_a_folder_of_recordings_becomes_tables_once(tmp_path):
    audio, out = tmp_path / "audio", tmp_path / "out"
    audio.mkdir()
    _tone(audio / "7.wav", 1.2)
    _tone(audio / "short.wav", 0.2)
    (audio / "broken.mp3").write_bytes(b"no music")
    (audio / "notes.txt").write_text("not heard")

    failures = opensmile.run(audio, out)

    assert set(failures) == {"short", "broken"}
    assert "lasts 0.200 s; at least 0.5 s" in failures["short"]
    assert read_moments(out / "7.csv").x.shape == (1, 8)
    assert [path.name for path in out.iterdir()] == ["7.csv"]

    (audio / "7.wav").write_bytes(b"gone")  # not heard a second time

    assert set(opensmile.run(audio, out)) == {"short", "broken"}


@pytest.mark.usefixtures("installed")
def test_two_recordings_of_one_name_are_refused(tmp_path):
    _tone(tmp_path / "7.wav", 1)
    _tone(tmp_path / "7.flac", 1)

    with pytest.raises(AttuneError, match=r"7\.wav and 7\.flac would share one table"):
        opensmile.run(tmp_path, tmp_path / "out")


def test_a_folder_without_recordings_is_refused(tmp_path):
    with pytest.raises(AttuneError, match=r"holds no recording: no file ends in \.wav"):
        opensmile.run(tmp_path, tmp_path / "out")


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 1), (16_000, 2), (48_000, 1)])
def test_recordings_are_brought_to_one_rate(tmp_path, rate, channels):
    wave = opensmile.load(_tone(tmp_path / "a.wav", 1, rate, channels))

    assert wave.dtype == np.float32
    assert abs(len(wave) - RATE) <= 1
    assert np.abs(np.fft.rfft(wave)).argmax() == 440


def test_what_cannot_be_heard_is_told(tmp_path):
    (tmp_path / "a.mp3").write_bytes(b"no music")

    with pytest.raises(UndecodableAudioError):
        opensmile.load(tmp_path / "a.mp3")
    with pytest.raises(TooShortAudioError):
        opensmile.load(_tone(tmp_path / "a.wav", 0.1))


@pytest.mark.slow
def test_the_real_package_gives_260_numbers_a_second(tmp_path):
    pytest.importorskip("opensmile", reason="the optional package opensmile is not installed")

    moments = opensmile.Seconds.open().of(opensmile.load(_tone(tmp_path / "a.wav", 2.1)))

    assert moments.x.shape == (2, 260)
    assert np.isfinite(moments.x).all()
    assert moments.names[:2] == ["F0final_sma_stddev", "F0final_sma_amean"]
    assert moments.names[-1] == "mfcc_sma_de[14]_amean"
    assert abs(moments.x[1, 1] - 440) < 5
