"""Calibration to a catalogue: bounded, shrunk, and moved by answers."""

import json
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calibration.catalogue import (
    Answers,
    CatalogueCalibration,
    PopulationReference,
    fit_calibration,
)
from models.calibration.zero_points import BOUND, LEAST_TRACKS, SHIPPED
from models.emotion import SIGNS, softmax
from training.members.population_reference import population_reference

N_COMPONENTS = 6
NOBODY = Answers(np.zeros(0, np.int64), np.zeros((0, 4)), np.zeros(0, np.int64))


def _tracks(shares, n_tracks, *, seed=0, sound=0.0, arousal=0.0):
    """Return labels, distributions and components of tracks that hold quadrants in these shares.

    Args:
        sound: Added to a component that says nothing of quadrants.
        arousal: Added to the log odds of arousal.
    """
    rng = np.random.default_rng(seed)
    y = np.sort(rng.choice(4, n_tracks, p=shares))
    signs = 1.5 * SIGNS[y] + rng.normal(size=(n_tracks, 2)) + [0.0, arousal]
    phi = rng.normal(size=(n_tracks, N_COMPONENTS))
    phi[:, :2] += SIGNS[y]
    phi[:, 5] += sound
    return y, softmax(signs @ SIGNS.T / 2.0), phi


@cache
def _reference():
    y, proba, phi = _tracks([0.25] * 4, 800, seed=1)
    return population_reference(proba, phi, y, np.zeros(800))


def _answers(y, places, listeners):
    return Answers(np.asarray(places), np.eye(4)[y[places]], np.asarray(listeners))


def _foreign(n_tracks=200, seed=2):
    return _tracks([0.25] * 4, n_tracks, seed=seed, sound=4.0, arousal=-2.0)


def _fit(tracks, answers=NOBODY):
    _, proba, phi = tracks
    return fit_calibration(_reference(), proba, phi, answers, snapshot="abc")


@pytest.mark.parametrize("quadrant", range(4))
def test_a_catalogue_of_one_quadrant_with_a_known_sound_keeps_its_zero_points(quadrant):
    tracks = _tracks(np.eye(4)[quadrant], 100, seed=3)

    assert np.abs(_fit(tracks).offset).max() < 0.05


def test_a_catalogue_with_another_sound_gets_some_of_its_arousal_back():
    y, proba, _ = tracks = _foreign()

    calibration = _fit(tracks)

    arousal = calibration.offset @ SIGNS[:, 1] / 2.0
    assert 0.5 < arousal < 2.0
    before = (proba.argmax(axis=1) == y).mean()
    assert (calibration(proba).argmax(axis=1) == y).mean() > before + 0.1


def test_valence_is_moved_less_than_arousal():
    y, proba, phi = _foreign()
    turned = proba[:, [0, 3, 2, 1]]  # what arousal was, valence is

    of_arousal = _fit((y, proba, phi)).offset @ SIGNS[:, 1]
    of_valence = _fit((y, turned, phi)).offset @ SIGNS[:, 0]

    assert 0.0 < of_valence < 0.8 * of_arousal


@settings(max_examples=40)
@given(st.integers(0, 200), st.floats(-80.0, 80.0), st.floats(-30.0, 30.0), st.integers(0, 40))
def test_offsets_are_finite_sum_to_zero_and_are_bounded(seed, sound, arousal, n_answers):
    y, proba, phi = _tracks([0.25] * 4, 60, seed=seed, sound=sound, arousal=arousal)
    answers = _answers((y + seed) % 4, np.arange(n_answers), np.arange(n_answers))
    proba[: seed % 61] = np.eye(4)[3]  # quadrants that are excluded

    calibration = _fit((y, proba, phi), answers)

    assert calibration.offset.sum() == pytest.approx(0.0, abs=1e-12)
    # Three directions of length 1/2 a quadrant, each at most twice the bound.
    assert np.abs(calibration.offset).max() <= 3.0 * BOUND
    assert np.abs(calibration.inputs["unlabelled"]).max() <= BOUND
    np.testing.assert_allclose(calibration(proba).sum(axis=1), 1.0)


@pytest.mark.parametrize("n_tracks", [0, LEAST_TRACKS - 1])
def test_a_small_catalogue_is_not_calibrated_without_answers(n_tracks):
    assert not _fit(_foreign(n_tracks)).offset.any()


def test_tracks_without_a_recording_do_not_count():
    y, proba, phi = _foreign()
    without = np.concatenate([phi, np.zeros((500, N_COMPONENTS))])
    uniform = np.concatenate([proba, np.full((500, 4), 0.25)])

    mixed = fit_calibration(_reference(), uniform, without, NOBODY, snapshot="abc")

    assert mixed.inputs["n_heard"] == len(y)
    np.testing.assert_array_equal(mixed.offset, _fit((y, proba, phi)).offset)


def test_one_listener_moves_the_offset_less_than_many_do():
    y, proba, phi = _tracks([0.25] * 4, 400, seed=4, arousal=-2.0)
    places = np.arange(0, 400, 4)

    many = _fit((y, proba, phi), _answers(y, places, np.arange(100)))
    one = _fit((y, proba, phi), _answers(y, places, np.zeros(100)))
    few = _fit((y, proba, phi), _answers(y, places[::10], np.arange(10)))

    sizes = [np.linalg.norm(fitted.offset) for fitted in (many, one, few)]
    assert sizes[1] < 0.6 * sizes[0]
    # However many, they weigh less than ten listeners with an answer each.
    assert sizes[1] < 1.5 * sizes[2]


def test_the_mode_has_no_slope():
    y, proba, phi = _foreign()
    answers = _answers(y, np.arange(0, 200, 2), np.arange(100) % 7)

    best = _fit((y, proba, phi), answers)

    directions = np.concatenate([np.eye(4) - 0.25, 0.25 - np.eye(4)])
    lowest = _loss(best.offset, best, proba, answers)
    for direction in directions:
        assert _loss(best.offset + 0.02 * direction, best, proba, answers) > lowest


def _loss(offset, calibration, proba, answers):
    """Return what the mode makes least, written again from its definition."""
    half = np.array([[1, 1, 1], [-1, 1, -1], [-1, -1, 1], [1, -1, -1]]) / 2.0
    reply = softmax(SHIPPED.sureness * (np.log(proba[answers.track]) + offset))
    _, who, n = np.unique(answers.listener, return_inverse=True, return_counts=True)
    nll = -(answers.y * np.log(reply)).sum(axis=1) / (1.0 + 0.1 * (n[who] - 1))
    away = half.T @ offset - np.array(calibration.inputs["unlabelled"])
    return nll.sum() + (away**2 / np.array(SHIPPED.prior_sd) ** 2).sum() / 2.0


def test_the_order_of_tracks_and_answers_does_not_matter():
    y, proba, phi = _foreign()
    answers = _answers(y, np.arange(0, 200, 3), np.arange(67) % 5)
    rng = np.random.default_rng(5)
    tracks, said = rng.permutation(200), rng.permutation(67)
    moved = np.argsort(tracks)[answers.track][said]
    mixed = Answers(moved, answers.y[said], answers.listener[said])

    first = _fit((y, proba, phi), answers)
    second = _fit((y[tracks], proba[tracks], phi[tracks]), mixed)

    assert first.version == second.version


def test_a_calibration_survives_json_exactly():
    y, proba, phi = _foreign()
    calibration = _fit((y, proba, phi), _answers(y, np.arange(50), np.arange(50) % 5))

    again = CatalogueCalibration.from_facts(json.loads(json.dumps(calibration.to_facts())))

    assert again.version == calibration.version != _fit((y, proba, phi)).version
    assert len(again.version) == 12
    np.testing.assert_array_equal(again(proba), calibration(proba))


def test_figures_are_of_answers_that_were_not_fitted():
    y, proba, phi = _tracks([0.25] * 4, 400, seed=4, arousal=-2.0)
    rng = np.random.default_rng(6)
    useless = _answers(rng.integers(0, 4, 400), np.arange(400), np.arange(400))
    useful = _answers(y, np.arange(400), np.arange(400))

    figures = [_fit((y, proba, phi), each).figures["answers"] for each in (useful, useless)]

    assert figures[0]["fitted"]["accuracy"] > figures[0]["raw"]["accuracy"] + 0.05
    assert figures[0]["fitted"]["nll"] < figures[0]["raw"]["nll"]
    assert figures[1]["fitted"]["accuracy"] < 0.35
    assert {each["n_judged"] for each in figures} == {400}
    single = _fit((y, proba, phi), _answers(y, [3], [0]))
    assert single.figures["answers"] == {"n_judged": 0}


def test_a_reference_survives_being_stored():
    reference, (_, proba, phi) = _reference(), _foreign()

    again = PopulationReference.from_arrays(reference.to_arrays())

    assert again.distance(phi) == reference.distance(phi)
    np.testing.assert_array_equal(again.displacement(proba), reference.displacement(proba))
    assert again.n_tracks == 800


def test_the_sounds_of_all_corpora_are_known():
    known = _tracks([0.25] * 4, 200)
    y, proba, phi = (np.concatenate(both) for both in zip(_foreign(), known, strict=True))
    corpus = np.repeat(["there", "here"], 200)

    reference = population_reference(proba, phi, y, corpus)

    assert reference.distance(phi[:200]) < 0.05
    assert _reference().distance(phi[:200]) > 1.0


def test_a_track_of_which_two_quadrants_round_to_nothing_does_not_outweigh_the_others():
    _, proba, phi = _foreign()
    sure = proba.copy()
    sure[0] = [1.0, 0.0, 0.0, 0.0]

    before = fit_calibration(_reference(), proba, phi, NOBODY, snapshot="s")
    after = fit_calibration(_reference(), sure, phi, NOBODY, snapshot="s")

    assert np.abs(after.offset - before.offset).max() < 0.1
