"""A snapshot that answers with some of its algorithms, and one that knows its training tracks."""

from dataclasses import replace

import numpy as np
import pytest

from models.emotion import Modality
from models.errors import UnknownMemberError
from models.features.extraction import FeatureSpec
from models.population import PopulationReference
from models.snapshot import Origin, ReadoutParts, load_snapshot, save_snapshot, version_in
from tests import house, small
from training.snapshot.evaluation import COMMITTEE

AUDIO, LYRICS = Modality
ORIGIN = Origin(FeatureSpec(), data={}, seed=0, versions={}, figures={"procedure": COMMITTEE})
POPULATION = PopulationReference(
    vertices=np.arange(6.0).reshape(2, 3),
    whitening=np.eye(3),
    zero=np.array([0.1, -0.2]),
    n_tracks=90,
)


def hearing(population=None):
    shared = house.snapshot()
    return ReadoutParts(
        shared.readout, house.listener_model(), {frozenset({AUDIO}): 0.6}, population
    )


@pytest.fixture(scope="module", name="folder")
def _folder(fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("snapshot")
    save_snapshot(folder, fitted.committees, fitted.fusions, hearing(), ORIGIN)
    return folder


def test_some_of_the_algorithms_answer_as_they_do_in_the_whole(folder):
    whole = load_snapshot(folder).committees[AUDIO]

    part = load_snapshot(folder, ("svm", "gnb")).committees[AUDIO]

    x = small.corpus(seed=7).features[AUDIO][:20]
    assert list(part.families) == ["gnb", "svm"]
    assert list(part.learners) == ["gnb"]
    expected = whole.member_logits(x)[np.r_[whole.rows("gnb"), whole.rows("svm")]]
    assert part.member_logits(x) == pytest.approx(expected)


def test_their_consensus_has_a_sharpness_of_its_own(folder, fitted):
    part = load_snapshot(folder, ("svm", "gnb")).committees[AUDIO]

    whole = fitted.committees[AUDIO]
    assert part.sharpness == pytest.approx(whole.sharpness_of[frozenset({"svm", "gnb"})])
    assert part.sharpness != whole.sharpness


def test_each_choice_has_a_version_of_its_own_that_the_folder_tells_too(folder):
    choices = [(), ("svm",), ("svm", "gnb")]

    versions = [load_snapshot(folder, chosen).version for chosen in choices]

    assert len(set(versions)) == 3
    assert versions == [version_in(folder, chosen) for chosen in choices]
    assert version_in(folder, ("gnb", "svm")) == versions[2]


def test_an_algorithm_that_is_not_there_is_refused_with_those_that_are(folder):
    with pytest.raises(UnknownMemberError, match="'cnn'; it has gnb, sgd, xgb, svm"):
        load_snapshot(folder, ("svm", "cnn"))


def test_a_network_that_hears_may_stay_alone_with_a_lyrics_member():
    snapshot = small.with_cnn(house.snapshot())
    lyrics = next(iter(snapshot.committees[LYRICS].families))

    part = snapshot.only(("cnn", lyrics))

    assert set(part.committees[AUDIO].families) == {"cnn", lyrics}
    assert set(part.committees[LYRICS].families) == {lyrics}


def test_a_committee_is_not_left_without_members():
    snapshot = small.with_cnn(house.snapshot())

    with pytest.raises(UnknownMemberError, match="keeps none of its members"):
        snapshot.only(("cnn",))


def test_what_training_tracks_look_like_is_kept(fitted, folder, tmp_path):
    save_snapshot(tmp_path, fitted.committees, fitted.fusions, hearing(POPULATION), ORIGIN)

    kept = load_snapshot(tmp_path).population

    for name, value in POPULATION.to_arrays().items():
        assert kept.to_arrays()[name] == pytest.approx(value)
    assert load_snapshot(folder).population is None
    assert version_in(tmp_path) != version_in(folder)


def test_the_sharpness_of_the_parts_is_optional(fitted, tmp_path):
    older = {m: replace(each, sharpness_of={}) for m, each in fitted.committees.items()}
    save_snapshot(tmp_path, older, fitted.fusions, hearing(), ORIGIN)

    part = load_snapshot(tmp_path, ("svm",)).committees[AUDIO]

    assert part.sharpness == older[AUDIO].sharpness
