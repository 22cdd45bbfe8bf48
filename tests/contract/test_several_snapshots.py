"""Several snapshots over one database: what each says of tracks, and how one is prepared."""

import os
import time
from dataclasses import dataclass, replace

import numpy as np
import pytest
from sqlalchemy import func, select, update

from models.emotion import Modality, Quadrant
from models.track import PopulationPrediction
from service.db.catalogue import Catalogue, identity_of
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.personal_models import ModelKey, PersonalModels
from service.db.pruning import prune, remove_unused
from service.db.replay_backlog import Backlog
from service.db.tables import personal_model, track, track_belief
from service.db.track_features import TrackFeatureFeed, TrackFeatureStore
from service.labels import Label
from service.tracks import Content, PopulationPredictor, TrackMetadata
from tests import fakes
from tests.fakes import FakeClock, features

CONTENT = Content("a" * 64, None)
TRACKS = ("a", "b", "c")
N_COLUMNS = 5


class UsageTotals:
    """A snapshot's belief, how often it was asked for, and unlike that of other snapshots."""

    def __init__(self, version, weight):
        self.weight = np.float32(weight)
        self.parameters = 0
        self.population_predictor = PopulationPredictor(version, "f" * 64, self)

    def __call__(self, features):
        self.parameters += 1
        message = fakes.predict_population(features)
        logits = {m: float(self.weight) * each for m, each in message.member_logits.items()}
        segment_proba = np.roll(message.segment_proba, int(self.weight), axis=0)
        return PopulationPrediction(logits, segment_proba, self.weight * message.sketch)


@dataclass
class SmallService:
    """A database, two snapshots, and the tracks as the first has judged them."""

    database: Database
    old: UsageTotals
    new: UsageTotals
    clock: FakeClock

    def catalogue(self, snapshot, beside=()):
        return Catalogue(self.database, snapshot.population_predictor, self.clock, beside)

    def backlog(self, snapshot=None):
        population_predictor = (snapshot or self.new).population_predictor
        return Backlog(
            self.database, population_predictor, "logistic", population_predictor.version
        )

    def put(self, track_id, seed, beside=()):
        self.catalogue(self.old, beside).put(
            track_id, features(seed=seed), CONTENT, TrackMetadata()
        )

    def rows_beside(self):
        with self.database.read() as connection:
            return connection.execute(select(func.count()).select_from(track_belief)).scalar_one()

    def logits(self, snapshot, track_id):
        return self.prediction(snapshot, track_id).member_logits

    def prediction(self, snapshot, track_id):
        return self.catalogue(snapshot).get(track_id).track.population_prediction


@pytest.fixture(name="house")
def _house(database):
    house = SmallService(database, UsageTotals("v1", 1), UsageTotals("v2", 2), FakeClock())
    for seed, track_id in enumerate(TRACKS):
        house.put(track_id, seed)
    return house


def test_each_way_to_read_tracks_finds_what_was_judged_beforehand(house, tmp_path):
    track_features = house.catalogue(house.new).summaries(TRACKS)
    assert house.backlog().tracks("", 10) == list(TRACKS)
    house.backlog().predict(TRACKS)
    assert house.backlog().tracks("", 10) == []
    house.new.parameters = 0

    catalogue = house.catalogue(house.new)
    found = [
        {each.track_id: each for each in catalogue.find(TRACKS)},
        catalogue.learnt_from(TRACKS),
        catalogue.summaries(TRACKS),
        {each.track_id: each.track for each in catalogue.page("", 9)},
    ]
    feed = TrackFeatureFeed(house.database, house.new.population_predictor)
    kept = TrackFeatureStore(feed, tmp_path / "sketches", "v2", N_COLUMNS).current()

    for tracks in found:
        for track_id in TRACKS:
            assert (tracks[track_id].sketch == track_features[track_id].sketch).all()
    for place, track_id in enumerate(kept.track_ids(np.arange(3))):
        assert (kept.rows[place] == track_features[track_id].sketch).all()
    assert house.new.parameters == 0


def test_two_snapshots_do_not_rewrite_each_other(house):
    house.backlog().predict(TRACKS)
    house.old.parameters = house.new.parameters = 0

    for _ in range(2):
        one, two = (house.logits(each, "a")[Modality.AUDIO] for each in (house.old, house.new))
        assert (two == 2 * one).all()

    assert (house.old.parameters, house.new.parameters) == (0, 0)


def test_other_content_is_judged_anew_by_everybody(house):
    house.backlog().predict(TRACKS)

    house.put("a", seed=9)

    fresh = SmallService(house.database, UsageTotals("v1", 1), UsageTotals("v3", 2), house.clock)
    expected = fresh.logits(fresh.new, "a")[Modality.AUDIO]
    assert (house.logits(house.new, "a")[Modality.AUDIO] == expected).all()
    assert house.backlog().tracks("", 10) == ["a"]


def test_a_track_that_changes_while_it_is_judged_is_not_given_an_old_belief(house):
    class Interrupted(UsageTotals):
        def __call__(self, message):
            if not self.parameters:
                house.put("a", seed=9)
            return super().__call__(message)

    slow = Interrupted("v2", 2)

    house.backlog(slow).predict(TRACKS)

    assert house.backlog().tracks("", 10) == ["a"]
    assert house.rows_beside() == len(TRACKS) - 1


def test_what_is_served_beside_judges_new_tracks_too(house):
    house.put("d", seed=7, beside=[house.old.population_predictor, house.new.population_predictor])
    assert house.rows_beside() == 1
    house.new.parameters = 0

    expected = 2 * house.logits(house.old, "d")[Modality.AUDIO]

    assert (house.logits(house.new, "d")[Modality.AUDIO] == expected).all()
    assert house.new.parameters == 0


def test_judging_again_and_twice_at_once_changes_nothing(house):
    house.backlog().predict(TRACKS)
    house.backlog().predict(TRACKS)
    house.backlog(house.old).predict(TRACKS)

    assert house.rows_beside() == len(TRACKS)
    assert house.backlog(house.old).tracks("", 10) == []


def test_of_a_track_that_is_erased_no_belief_is_left(house):
    house.backlog().predict(TRACKS)

    house.catalogue(house.old).hide("a")

    assert house.rows_beside() == len(TRACKS) - 1


def test_tracks_come_in_pieces_from_where_one_was_left(house):
    assert house.backlog().tracks("", 2) == ["a", "b"]
    assert house.backlog().tracks("b", 2) == ["c"]
    assert house.backlog().tracks("c", 2) == []


def test_tracks_with_other_features_are_counted_and_left_alone(house):
    with house.database.write() as connection:
        connection.execute(
            update(track).where(track.c.track_id == "b").values(feature_digest="0" * 64)
        )

    extent = house.backlog().extent()

    assert (extent.n_tracks, extent.n_foreign, extent.n_users) == (2, 1, 0)
    assert house.backlog().tracks("", 10) == ["a", "c"]


def test_a_user_is_due_until_the_last_answer_is_learnt(house):
    log, models = LabelLog(house.database, house.clock), PersonalModels(house.database)
    for user in ("ana", "ben"):
        log.append(user, [Label("e", "a", Quadrant.Q1)])
    key = ModelKey("ana", "v2", "logistic", log.last_seq("ana"))
    models.put(key, b"model")
    models.put(replace(key, user_id="ben", snapshot="v1"), b"model")

    assert house.backlog().users("", 9) == {"ana": False, "ben": True}
    log.append("ana", [Label("f", "b", Quadrant.Q2)])
    assert house.backlog().users("", 1) == {"ana": True}
    assert house.backlog().users("ana", 9) == {"ben": True}
    assert house.backlog().extent().n_users == 2


def test_pruning_keeps_what_is_served_and_no_answer_changes(house):
    third = UsageTotals("v3", 3)
    for snapshot in (house.new, third):
        house.backlog(snapshot).predict(TRACKS)
    log, models = LabelLog(house.database, house.clock), PersonalModels(house.database)
    log.append("ana", [Label("e", "a", Quadrant.Q1)])
    for version in ("v1", "v2", "v3"):
        models.put(ModelKey("ana", version, "logistic", log.last_seq("ana")), b"model")
    before = {each: house.prediction(house.new, each) for each in TRACKS}

    n_models, n_beliefs = prune(house.database, {"v2": "v2"}, home="v2")

    assert (n_models, n_beliefs) == (2, 2 * len(TRACKS))
    assert house.rows_beside() == 0
    house.new.parameters = 0
    for track_id, prediction in before.items():
        now = house.prediction(house.new, track_id)
        for modality, logits in prediction.member_logits.items():
            assert (now.member_logits[modality] == logits).all()
        assert (now.segment_proba == prediction.segment_proba).all()
    assert house.new.parameters == 0
    with house.database.read() as connection:
        assert list(connection.execute(select(personal_model.c.snapshot)).scalars()) == ["v2"]
        assert set(connection.execute(select(track.c.snapshot)).scalars()) == {"v2"}
    assert prune(house.database, {"v2": "v2"}, home="v2") == (0, 0)


def test_pruning_keeps_the_models_of_the_calibration_in_use_alone(house):
    log, models = LabelLog(house.database, house.clock), PersonalModels(house.database)
    log.append("ana", [Label("e", "a", Quadrant.Q1)])
    house.backlog().predict(TRACKS)
    for version in ("v2", "v2+earlier", "v2+now"):
        models.put(ModelKey("ana", version, "logistic", log.last_seq("ana")), b"model")

    n_models, _ = prune(house.database, {"v2": "v2+now"}, home="v2")

    assert n_models == 2
    with house.database.read() as connection:
        assert list(connection.execute(select(personal_model.c.snapshot)).scalars()) == ["v2+now"]
        assert set(connection.execute(select(track.c.snapshot)).scalars()) == {"v2"}


def test_pruning_leaves_beliefs_where_the_new_snapshot_has_judged_nothing(house):
    prune(house.database, {"v2": "v2"}, home="v2")

    with house.database.read() as connection:
        assert set(connection.execute(select(track.c.snapshot)).scalars()) == {"v1"}


def test_sketches_that_nobody_opened_for_long_are_swept_up(house, tmp_path):
    identity = identity_of(house.database)
    for each in (house.old, house.new):
        feed = TrackFeatureFeed(house.database, each.population_predictor)
        TrackFeatureStore(feed, tmp_path, each.population_predictor.version, N_COLUMNS).current()
    (tmp_path / "v1-another").mkdir()
    long_ago = time.time() - 1000
    os.utime(tmp_path / f"v1-{identity}" / "state.json", (long_ago, long_ago))

    assert remove_unused(tmp_path, identity, ["v2"], idle_s=2000) == 0
    assert remove_unused(tmp_path, identity, ["v1"], idle_s=500) == 0
    assert remove_unused(tmp_path, identity, ["v2"], idle_s=500) == 1

    left = {each.name for each in tmp_path.iterdir() if each.is_dir()}
    assert {f"v2-{identity}", "v1-another"} <= left
    assert f"v1-{identity}" not in left
