"""Shared models that are not the other listeners': another dataset's, or those that ship."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from models.snapshot.files import MANIFEST, version_of
from tests import small_models, small_studies
from training.datasets import populations
from training.datasets.listeners import FeatureTable
from training.datasets.populations import Population
from training.datasets.source import Source
from training.experiments.active_learning.plan import Protocol, UnitKey
from training.experiments.active_learning.unit import run_unit
from training.experiments.population import models_of
from training.experiments.protocol import PlanError
from training.experiments.starting_models import begin
from training.experiments.study import digest_of

PROTOCOL = Protocol("small", population="elsewhere", n_queries=4, n_rounds=2)
SHIPPED = Path("models/pretrained")


def elsewhere(seed, n_features=small_models.N_FEATURES):
    tracks = small_models.tracks(80, seed=seed, n_features=n_features)
    names = [f"e{place}" for place in range(80)]
    return Population("elsewhere", FeatureTable(names, names, tracks.x), tracks.y)


@pytest.fixture(name="offer")
def _offer(monkeypatch):
    def offer(population):
        known = {**populations.POPULATIONS, "elsewhere": lambda _: population}
        monkeypatch.setattr(populations, "POPULATIONS", known)

    return offer


def test_another_datasets_models_are_every_splits_start(offer):
    offer(elsewhere(1))
    study = small_studies.study()

    shared = models_of(PROTOCOL, study, SHIPPED, Source())
    starts = [begin(study, "listener 1", split, PROTOCOL, shared.committee) for split in (0, 1)]

    assert list(shared.committee.families) == list(PROTOCOL.algorithms)
    assert all(start.committee is shared.committee for start in starts)
    reply, _ = run_unit(starts[0], UnitKey("listener 1", 0, "mc", "refit"), PROTOCOL)
    assert np.isfinite(reply.proba).all()


def test_results_under_other_models_are_other_results(offer):
    study = small_studies.study()
    digests = set()
    for seed in (1, 2):
        offer(elsewhere(seed))
        digests.add(digest_of(study, models_of(PROTOCOL, study, SHIPPED, Source()).identity))
    assert len(digests | {digest_of(study)}) == 3


def test_models_that_read_other_features_are_refused(offer):
    offer(elsewhere(1, n_features=7))
    with pytest.raises(PlanError, match=r"small has 6 features a row; .* elsewhere reads 7\."):
        models_of(PROTOCOL, small_studies.study(), SHIPPED, Source())


def test_the_snapshots_models_are_refused_likewise():
    protocol = dataclasses.replace(PROTOCOL, population="snapshot")
    with pytest.raises(PlanError, match=r"small has 6 features a row; snapshot \w+ reads \d+\."):
        models_of(protocol, small_studies.study(), SHIPPED, Source())


def test_a_snapshot_is_not_judged_on_tracks_that_it_was_trained_on(tmp_path):
    folder = shutil.copytree(SHIPPED, tmp_path / "snapshot")
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["data"]["small"] = {"tracks": 9, "audio": 9, "lyrics": 0}
    manifest["version"] = version_of(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    protocol = dataclasses.replace(PROTOCOL, population="snapshot")

    with pytest.raises(PlanError, match=r"was trained on tracks of small: it cannot be judged"):
        models_of(protocol, small_studies.study(), folder, Source())
