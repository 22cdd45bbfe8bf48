"""Loudness: every recording at one level, and silence at its ends unheard."""

import numpy as np
import pytest

from models.audio.decoding import SAMPLE_RATE_HZ
from models.audio.loudness import LEVEL_DB, find_sound
from tests.audio_signals import chord, tone

SECOND = np.zeros(SAMPLE_RATE_HZ, np.float32)


def level_db(wave):
    return 10 * np.log10(np.mean(wave.astype(np.float64) ** 2))


def heard(wave):
    sound = find_sound(wave)
    return sound.normalise(sound.wave)


@pytest.mark.parametrize("gain_db", [6, 0, -60])
def test_a_steady_sound_has_the_level_whatever_its_volume(gain_db):
    wave = tone(440, seconds=3) * np.float32(10 ** (gain_db / 20))

    assert level_db(heard(wave)) == pytest.approx(LEVEL_DB, abs=0.01)


@pytest.mark.parametrize("part", ["silence", "a faint sound"])
def test_what_is_far_fainter_than_the_rest_does_not_count(part):
    faint = {"silence": SECOND, "a faint sound": tone(440) * np.float32(0.01)}[part]
    wave = np.concatenate([tone(440, seconds=4), faint, faint, tone(440, seconds=4)])

    assert level_db(heard(wave)[: 4 * SAMPLE_RATE_HZ]) == pytest.approx(LEVEL_DB, abs=0.2)


def test_an_offset_is_neither_level_nor_sound():
    wave = np.concatenate([SECOND, tone(440, seconds=3)]) * np.float32(0.5) + np.float32(0.1)

    assert find_sound(wave).start == SAMPLE_RATE_HZ
    # Blocks that begin before the sound lower the mean a little.
    assert level_db(heard(wave)) == pytest.approx(LEVEL_DB, abs=0.3)


HISS = np.random.default_rng(0).normal(0, 1e-4, SAMPLE_RATE_HZ).astype(np.float32)


@pytest.mark.parametrize("silence", [SECOND, HISS], ids=["zeros", "hiss"])
def test_silence_at_both_ends_is_left_out_and_silence_between_stays(silence):
    music = np.concatenate([chord(seconds=4), silence, silence, chord(seconds=2)])

    sound = find_sound(np.concatenate([silence, silence, music, silence]))

    assert sound.start == 2 * SAMPLE_RATE_HZ
    assert len(sound.wave) == len(music)
    assert (sound.wave == music).all()


def test_a_click_is_heard_with_half_a_second_around_it():
    wave = np.concatenate([SECOND, np.ones(1, np.float32), SECOND])

    sound = find_sound(wave)

    assert len(sound.wave) == SAMPLE_RATE_HZ / 2
    assert sound.wave.max() == 1


@pytest.mark.parametrize("n_samples", [1, 100, 161, 8_000, 8_001])
def test_every_length_has_a_sound(n_samples):
    wave = heard(tone(440, seconds=1)[-n_samples:] + np.float32(0.1))

    assert np.isfinite(wave).all()
    assert len(wave) > 0


@pytest.mark.parametrize("offset", [0.0, 0.3, -0.7, 1e-40])
@pytest.mark.parametrize("ripple", [0.0, 1e-7])
def test_of_a_constant_only_rounding_is_left(offset, ripple):
    noise = ripple * np.random.default_rng(0).normal(size=3 * SAMPLE_RATE_HZ)

    wave = heard((offset + noise).astype(np.float32))

    assert np.isfinite(wave).all()
    assert np.abs(wave).max() < 1
