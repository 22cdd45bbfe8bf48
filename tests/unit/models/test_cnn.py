"""The CNN's ears: the front end, chunks of long and short recordings, and the encoder."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audio import spectrogram
from models.features import cnn
from tests import small_models


def test_a_chunk_is_as_long_as_the_papers():
    assert spectrogram.n_frames(59_049) == cnn.CHUNK_FRAMES


@given(n_frames=st.integers(cnn.CHUNK_FRAMES, 20_000))
def test_chunks_reach_from_the_first_frame_to_the_last_with_hardly_a_gap(n_frames):
    starts = cnn.chunk_starts(n_frames)

    assert len(starts) == max(1, round(n_frames / cnn.CHUNK_FRAMES))
    assert starts[0] == 0
    assert starts[-1] + cnn.CHUNK_FRAMES <= n_frames
    # One chunk of two that nearly fit leaves less than half a chunk at the end; else nothing.
    assert n_frames - (starts[-1] + cnn.CHUNK_FRAMES) < cnn.CHUNK_FRAMES / 2
    assert (np.diff(starts) < 1.5 * cnn.CHUNK_FRAMES).all()


@pytest.mark.parametrize("n_frames", [1, 32, 230])
def test_a_short_recording_is_repeated(n_frames):
    mel = np.random.default_rng(0).random((n_frames, 128)).astype(np.float32)

    (chunk,) = cnn.chunks(mel)

    assert chunk.shape == (cnn.CHUNK_FRAMES, 128)
    assert (chunk == mel[np.arange(cnn.CHUNK_FRAMES) % n_frames]).all()


def test_a_long_recording_is_cut_where_its_chunks_begin():
    mel = np.arange(1000 * 128, dtype=np.float32).reshape(1000, 128)

    pieces = cnn.chunks(mel)

    assert pieces.shape == (4, cnn.CHUNK_FRAMES, 128)
    assert (pieces[:, 0, 0] / 128).tolist() == cnn.chunk_starts(1000).tolist()


@given(n_frames=st.integers(1, 3000), low=st.integers(0, 3000), length=st.integers(1, 1000))
def test_a_stretch_belongs_to_the_chunks_that_sound_in_it(n_frames, low, length):
    starts = cnn.chunk_starts(max(n_frames, cnn.CHUNK_FRAMES))

    chosen = cnn.overlapping(n_frames, low, low + length)

    sounding = (starts < low + length) & (low < starts + cnn.CHUNK_FRAMES)
    assert chosen.any()
    assert not sounding.any() or (chosen == sounding).all()


@pytest.fixture(scope="module", name="encoder")
def _encoder(tmp_path_factory):
    path = small_models.network(tmp_path_factory.mktemp("cnn") / "cnn.onnx", n_folds=2)
    return cnn.CnnEncoder.of(path.read_bytes(), threads=1)


@pytest.mark.parametrize("n_chunks", [1, 8, 11])
def test_any_number_of_chunks_is_heard_each_by_itself(encoder, n_chunks):
    pieces = np.random.default_rng(0).random((n_chunks, cnn.CHUNK_FRAMES, 128), np.float32)

    embedding = encoder(pieces)

    assert embedding.shape == (n_chunks, encoder.n_features) == (n_chunks, 2 * cnn.N_EMBEDDING)
    alone = np.concatenate([encoder(pieces[[place]]) for place in range(n_chunks)])
    assert embedding == pytest.approx(alone, abs=1e-5)
