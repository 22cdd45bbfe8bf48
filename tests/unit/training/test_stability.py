"""The report on stability: its variants, its figures and its page."""

import io

import numpy as np
import pytest
import soundfile

from models.audio.decoding import decode
from tests.audio_signals import chord, encoded
from training.experiments import stability
from training.experiments.stability import REFERENCE, VARIANTS, Change, compare

SURE, UNSURE = [0.7, 0.1, 0.1, 0.1], [0.41, 0.39, 0.1, 0.1]


def test_changes_are_counted_where_the_two_likeliest_are_apart():
    reference = np.array([SURE, SURE, UNSURE])
    proba = np.array([SURE, SURE[::-1], [0.39, 0.41, 0.1, 0.1]])

    change = Change.between(reference, proba, bound=0.05)

    assert (change.quadrants, change.near, change.beyond) == (1, 1, 1)
    assert change.largest == pytest.approx(0.6)
    assert change.mean == pytest.approx((0 + 0.6 + 0.02) / 3)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_the_same_music(name):
    wave = chord(seconds=4)

    file = stability.encoded(wave, VARIANTS[name])

    heard = decode(io.BytesIO(file))[-len(wave) :]
    assert soundfile.info(io.BytesIO(file)).samplerate == 48_000
    # Of opposite channels either may be heard.
    assert abs(np.corrcoef(heard[8_000:-8_000], wave[8_000:-8_000])[0, 1]) > 0.9


def test_what_a_judge_hears_is_compared_with_the_reference(tmp_path):
    (tmp_path / "a.wav").write_bytes(encoded(chord(seconds=2)))

    changes = compare([tmp_path / "a.wav"], by_level)

    assert REFERENCE not in changes
    assert changes["wav, two equal channels"].largest == pytest.approx(0, abs=1e-4)
    assert changes["wav, mono, -20 dB"].quadrants == 1


def by_level(file):
    """A distribution that goes by the peak alone."""
    peak = float(np.abs(decode(io.BytesIO(file))).max())
    return np.array([peak, 0.95 - peak, 0.05, 0.0])


def test_the_page_is_the_stored_one(expect_page):
    changes = {name: Change(0, 1, 0, 0.0123, 0.0045) for name in list(VARIANTS)[1:]}
    changes["mp3, stereo"] = Change(1, 0, 2, 0.4, 0.05)

    expect_page("stability.md", stability.page("python -m training stability", "v1", 42, changes))
