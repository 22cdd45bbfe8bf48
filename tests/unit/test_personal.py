"""The committee's personal model: who learns, who does not, and what is stored of it."""

import io
import zipfile

import numpy as np
import pytest

from models.emotion import QUADRANTS, Modality, Quadrant
from models.personal import Answer, CommitteePersonaliser
from tests import small

AUDIO, LYRICS = Modality
LEARNERS = {AUDIO: {"gnb", "sgd", "xgb", "cnn"}, LYRICS: {"gnb", "sgd", "xgb"}}


@pytest.fixture(scope="module", name="personaliser")
def _personaliser(with_cnn):
    return CommitteePersonaliser(with_cnn.committees)


@pytest.fixture(scope="module", name="tracks")
def _tracks(with_cnn):
    return small.drawn_tracks(with_cnn, 20)


def fitted(personaliser, tracks):
    return personaliser.fit(
        [Answer(track, QUADRANTS[place % 4]) for place, track in enumerate(tracks)]
    )


@pytest.mark.parametrize("modality", Modality)
def test_those_who_learn_learn_and_those_who_do_not_say_what_they_said(
    personaliser, with_cnn, tracks, modality
):
    committee = with_cnn.committees[modality]
    features = np.stack([track.features.vector(modality) for track in tracks])
    shared = np.stack(
        [track.population_prediction.member_logits[modality] for track in tracks], axis=1
    )

    personal = fitted(personaliser, tracks).member_logits(modality, features, shared)

    changed = {
        name: bool((personal[committee.rows(name)] != shared[committee.rows(name)]).any())
        for name in committee.families
    }
    assert changed == dict.fromkeys(LEARNERS[modality], True) | {"svm": False}


def test_what_is_stored_are_plain_arrays_named_by_modality_and_algorithm(personaliser, tracks):
    blob = fitted(personaliser, tracks).to_bytes()

    names = {name.rpartition("/")[0] for name in zipfile.ZipFile(io.BytesIO(blob)).namelist()}
    assert names == {"", *(f"{m}/{a}" for m in Modality for a in LEARNERS[m])}
    with np.load(io.BytesIO(blob), allow_pickle=False) as file:
        assert all(array.dtype.kind in "fiu" for array in file.values())


def test_of_a_modality_without_answers_nothing_is_stored(personaliser, with_cnn):
    tracks = small.drawn_tracks(with_cnn, 3, without=LYRICS)

    blob = fitted(personaliser, tracks).to_bytes()

    names = zipfile.ZipFile(io.BytesIO(blob)).namelist()
    assert not [name for name in names if name.startswith(LYRICS)]


def test_even_uncompressed_a_model_is_within_the_goal(personaliser, tracks):
    # What does not compress at all could not be larger than this, however many the answers.
    with np.load(io.BytesIO(fitted(personaliser, tracks).to_bytes())) as file:
        n_bytes = sum(array.nbytes for array in file.values())

    assert n_bytes < 64 * 1024


def test_every_learner_counts_in_what_is_told(personaliser, tracks):
    model = personaliser.fit([Answer(track, Quadrant.Q4) for track in tracks])

    assert {modality: set(deltas) for modality, deltas in model.deltas.items()} == LEARNERS
    assert personaliser.algorithm == "committee"
