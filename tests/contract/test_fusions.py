"""What every fusion must do. A new fusion joins by its line in FUSIONS."""

from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.emotion import Modality
from models.errors import MissingModalityError, NoEvidenceError, UnknownFusionError
from models.fusion import FUSIONS, Evidence, from_arrays, to_arrays
from models.fusion.averaging import Average
from models.fusion.confidence import MostConfident
from models.fusion.pool import LogOpinionPool
from training.members.fusions import FusionData, fit_fusions

AUDIO, LYRICS = Modality.AUDIO, Modality.LYRICS
N_FEATURES = MappingProxyType({AUDIO: 6, LYRICS: 4})
EXTREMES = np.vstack([np.eye(4), np.full((1, 4), 0.25), [[1 - 3e-12, 1e-12, 1e-12, 1e-12]]])


def _evidence(rng, n_tracks, modalities=tuple(Modality)):
    return Evidence(
        {modality: rng.dirichlet(np.ones(4), n_tracks) for modality in modalities},
        {m: rng.normal(size=(n_tracks, N_FEATURES[m])).astype(np.float32) for m in modalities},
    )


def _rows(evidence, rows):
    return Evidence(
        {modality: proba[rows] for modality, proba in evidence.proba.items()},
        {modality: features[rows] for modality, features in evidence.features.items()},
    )


@pytest.fixture(name="fusions", scope="module")
def _fusions():
    rng = np.random.default_rng(1)
    evidence = _evidence(rng, 160)
    # Labels drawn from the audio's distribution: there is something to learn.
    y = (evidence.proba[AUDIO].cumsum(axis=1) < rng.random((160, 1))).sum(axis=1)
    return fit_fusions(FusionData(evidence, y, np.arange(160) // 2, seed=0))


@pytest.fixture(name="fusion", params=FUSIONS)
def _fusion(request, fusions):
    return fusions[request.param]


@pytest.mark.parametrize("far", [0.0, 1.0, 1e3, 1e6])
def test_certainty_absurd_features_and_contradiction_give_distributions(fusion, far):
    audio, lyrics = (
        part.reshape(-1, 4) for part in np.broadcast_arrays(EXTREMES[:, None], EXTREMES[None])
    )
    features = {m: np.full((len(audio), n), far, np.float32) for m, n in N_FEATURES.items()}

    proba = fusion.fuse(Evidence({AUDIO: audio, LYRICS: lyrics}, features))

    assert (proba.shape, proba.dtype) == (audio.shape, np.float64)
    assert proba.min() >= 0.0
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-9)


def test_a_track_is_judged_alike_in_any_company(fusion):
    evidence = _evidence(np.random.default_rng(3), 30)

    alone = np.concatenate([fusion.fuse(_rows(evidence, [row])) for row in range(30)])

    np.testing.assert_allclose(alone, fusion.fuse(evidence), atol=1e-6)


@pytest.mark.parametrize("name", FUSIONS)
def test_arrays_in_a_file_bring_back_the_very_same_fusion(name, fusions, tmp_path):
    evidence = _evidence(np.random.default_rng(4), 20)
    np.savez(tmp_path / "fusion.npz", **to_arrays(fusions[name]))

    with np.load(tmp_path / "fusion.npz", allow_pickle=False) as arrays:
        again = from_arrays(name, arrays)

    assert again.requires == fusions[name].requires
    assert np.array_equal(again.fuse(evidence), fusions[name].fuse(evidence))


@pytest.mark.parametrize("name", ["average", "weighted", "max_confidence", "adjusted_confidence"])
@pytest.mark.parametrize("present", Modality)
def test_with_one_modality_the_answer_is_that_modalitys(name, present, fusions):
    evidence = _evidence(np.random.default_rng(6), 10, [present])

    np.testing.assert_allclose(fusions[name].fuse(evidence), evidence.proba[present], atol=1e-15)


@pytest.mark.parametrize("present", Modality)
@pytest.mark.parametrize("name", FUSIONS)
def test_a_fusion_refuses_a_track_only_for_what_it_requires(name, present, fusions):
    evidence = _evidence(np.random.default_rng(5), 3, [present])
    missing = fusions[name].requires - {present}

    refused = _refusal(fusions[name], evidence)

    assert refused == [
        f"The fusion {name} needs {modality}, which the track lacks." for modality in missing
    ]


def _refusal(fusion, evidence):
    try:
        fusion.fuse(evidence)
    except MissingModalityError as error:
        return [str(error)]
    return []


@pytest.mark.parametrize("modalities", [[AUDIO], [LYRICS], [AUDIO, LYRICS]], ids=str)
@given(st.integers(0, 10_000))
def test_averages_and_opinion_pools_are_their_formulas(modalities, seed):
    rng = np.random.default_rng(seed)
    evidence = _evidence(rng, 5, modalities)
    weights, prior = rng.uniform(0.1, 1.0, 2), rng.dirichlet(np.full(4, 3.0))
    of = dict(zip(Modality, weights, strict=True))
    total = sum(of[m] for m in modalities)

    average = Average(weights).fuse(evidence)
    pooled = LogOpinionPool(weights, prior).fuse(evidence)

    mean = sum(of[m] * evidence.proba[m] for m in modalities) / total
    product = prior ** (1.0 - total) * np.prod(
        [np.maximum(evidence.proba[m], 1e-6) ** of[m] for m in modalities], axis=0
    )
    np.testing.assert_allclose(average, mean, atol=1e-12)
    np.testing.assert_allclose(pooled, product / product.sum(axis=1, keepdims=True), atol=1e-9)


def test_precision_can_overrule_confidence():
    said = {AUDIO: np.array([[0.9, 0.1, 0.0, 0.0]]), LYRICS: np.array([[0.2, 0.8, 0.0, 0.0]])}
    distrusted = np.ones((2, 4))
    distrusted[0, 0] = 0.5  # audio's Q1 is right half the time

    plain = MostConfident(np.ones((2, 4))).fuse(Evidence(said, {}))
    adjusted = MostConfident(distrusted).fuse(Evidence(said, {}))

    assert plain.argmax() == 0
    assert adjusted.argmax() == 1


def test_an_unknown_fusion_is_refused_with_those_there_are():
    with pytest.raises(UnknownFusionError, match="no fusion 'sum'; there are lyrics, audio"):
        from_arrays("sum", {})


def test_evidence_of_nothing_cannot_be():
    with pytest.raises(NoEvidenceError, match="neither audio nor lyrics"):
        Evidence({}, {})
