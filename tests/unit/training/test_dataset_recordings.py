"""Recordings of datasets: where they lie, and their samples."""

import pickle

import numpy as np
import pytest
import soundfile

from models.errors import DatasetError
from training.datasets.recordings import read_wave, recordings_in

PICKLED = pickle.dumps(np.array([{}], dtype=object))


def _tone(n_samples, rate=16_000):
    return np.sin(np.arange(n_samples) * 2 * np.pi * 440 / rate).astype(np.float32) / 2


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_recording_is_mono_at_16_khz(tmp_path, name, rate):
    soundfile.write(tmp_path / name, np.stack([_tone(rate, rate)] * 2, axis=1), rate)

    wave = read_wave(tmp_path / name)

    assert wave.dtype == np.float32
    assert abs(len(wave) - 16_000) <= 1600  # what an encoder adds
    assert abs(np.abs(np.fft.rfft(wave[:16_000])).argmax() - 440) <= 3


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_samples_are_taken_as_they_are(tmp_path, kind):
    np.save(tmp_path / "a.npy", np.array([0.5, -1.5, 0.25], kind))

    wave = read_wave(tmp_path / "a.npy")

    assert wave.tolist() == [0.5, -1, 0.25]
    assert wave.dtype == np.float32


@pytest.mark.parametrize(
    ("array", "complaint"),
    [
        (np.zeros((2, 5), np.float32), r"samples \(n_samples,\), not float32 of shape \(2, 5\)"),
        (np.zeros(0, np.float32), r"not float32 of shape \(0,\)"),
        (np.zeros(5, np.int16), r"not int16 of shape \(5,\)"),
        (np.array([0, np.nan]), "holds samples that are not finite"),
    ],
)
def test_other_arrays_are_no_samples(tmp_path, array, complaint):
    np.save(tmp_path / "a.npy", array)

    with pytest.raises(DatasetError, match=complaint):
        read_wave(tmp_path / "a.npy")


@pytest.mark.parametrize("name", ["gone.mp3", "gone.npy", "broken.mp3", "short.wav"])
def test_what_cannot_be_heard_is_named(tmp_path, name):
    (tmp_path / "broken.mp3").write_bytes(b"no music")
    soundfile.write(tmp_path / "short.wav", _tone(1000), 16_000)

    with pytest.raises(DatasetError, match=name):
        read_wave(tmp_path / name)


def test_recordings_are_called_after_their_tracks(tmp_path):
    for name in ("007.mp3", "7.wav", "8.FLAC", "cover.jpg"):
        (tmp_path / name).touch()

    assert recordings_in(tmp_path / "none", tmp_path) == {
        "7": tmp_path / "007.mp3",
        "8": tmp_path / "8.FLAC",
    }


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00", PICKLED])
def test_a_damaged_or_pickled_file_of_samples_is_not_read(tmp_path, content):
    (tmp_path / "a.npy").write_bytes(content)

    with pytest.raises(DatasetError, match=r"a\.npy is not a file of a plain array"):
        read_wave(tmp_path / "a.npy")
