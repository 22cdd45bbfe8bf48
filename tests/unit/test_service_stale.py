"""A catalogue that was registered under a snapshot of other features is served on."""

import io
from dataclasses import replace

import numpy as np
import pytest

from models.emotion import Quadrant
from models.personal import CommitteePersonaliser, LogisticPersonaliser
from models.query import STRATEGIES, is_personal
from service.api.predict.predictions import PredictionTarget, Upload, predict_track, predict_tracks
from service.api.query.pools import PoolSources
from service.api.query.questions import QueryRequest, query
from service.api.rank.ranking import Order, rank
from service.api.tracks.catalogue import Archive, Registration, list_tracks, put_track, show_track
from service.auth.signed_urls import SignedUrls
from service.labels import Label
from service.serving.forecasts import forecast_answers
from service.serving.vote_table import LiveVotes
from service.tracks import Content, TrackMetadata
from tests.fakes import FakeClock, MemorySketches, features
from tests.house import SmallService, answers, snapshot

Q1, Q2, Q3, Q4 = Quadrant
NOBODY = PredictionTarget()
TRACKS = [f"t{number}" for number in range(6)]
PERSONALISERS = {
    "logistic": lambda shared: LogisticPersonaliser(shared.listener_model),
    "committee": lambda shared: CommitteePersonaliser(shared.committees),
    "committee-newest": lambda shared: CommitteePersonaliser(
        shared.committees, "committee-newest"
    ),
}
ASKED = [
    *(("logistic", strategy) for strategy in STRATEGIES),
    *(("committee", strategy) for strategy in STRATEGIES if not is_personal(strategy)),
]
"""Personalisers, each with every strategy that goes with it."""


def upgraded(house, personaliser="logistic"):
    """Another worker over the same state, whose snapshot reads other features."""
    newer = house.restarted(replace(snapshot("v2"), feature_digest="e" * 64))
    chosen = PERSONALISERS[personaliser](newer.snapshot)
    newer.listeners = replace(newer.listeners, personaliser=chosen)
    return newer


@pytest.fixture(name="old")
def _old() -> SmallService:
    house = SmallService()
    house.put(*TRACKS)
    return house


@pytest.fixture(name="house", params=PERSONALISERS)
def _house(request, old) -> SmallService:
    return upgraded(old, request.param)


def sources(house):
    return PoolSources(house.table, MemorySketches(house.catalogue), LiveVotes(house.log))


def by_id(house, track_id, asked=NOBODY):
    return predict_track(track_id, asked, catalogue=house.catalogue, listeners=house.listeners)


def archive(house):
    return Archive(house.catalogue, house.recordings, SignedUrls(b"house", FakeClock()))


@pytest.mark.parametrize("user", [None, "ana"])
def test_every_track_is_predicted_and_the_reply_names_the_earlier_snapshot(house, user):
    house.tell("ana", *answers(("t0", Q1), ("t1", Q2)))
    asked = PredictionTarget(user)

    batch = predict_tracks(TRACKS, asked, catalogue=house.catalogue, listeners=house.listeners)

    assert [each.error for each in batch.items] == [None] * len(TRACKS)
    for track_id, item in zip(TRACKS, batch.items, strict=True):
        alone = by_id(house, track_id, asked)
        np.testing.assert_array_equal(item.prediction.recognition.proba, alone.recognition.proba)
        assert alone.snapshot == item.prediction.snapshot == "v1"


def test_a_track_that_is_put_again_is_the_present_snapshots(house):
    house.catalogue.put("t0", features(), Content("t0", None), TrackMetadata())

    batch = predict_tracks(
        ["t0", "t1"], PredictionTarget(), catalogue=house.catalogue, listeners=house.listeners
    )

    assert [each.prediction.snapshot for each in batch.items] == ["v2", "v1"]


def test_tracks_are_shown_and_listed_with_their_predictions(house):
    shown = show_track("t0", PredictionTarget(), archive=archive(house), listeners=house.listeners)
    page = list_tracks(None, 99, archive=archive(house), listeners=house.listeners)

    assert shown.prediction.snapshot == "v1"
    assert [each.record.track_id for each in page.tracks] == TRACKS
    assert {each.prediction.snapshot for each in page.tracks} == {"v1"}


def test_the_catalogue_is_ranked(old):
    house = upgraded(old)
    house.tell("ana", *answers(("t0", Q1)))

    ranked = rank(
        Order("ana", Q3, 10, is_new_only=False),
        track_features=MemorySketches(house.catalogue),
        votes=LiveVotes(house.log),
        log=house.log,
        listeners=house.listeners,
    )

    assert sorted(each.track_id for each in ranked.tracks) == TRACKS
    for each in ranked.tracks:
        told = by_id(house, each.track_id, PredictionTarget("ana")).recognition
        assert each.probability == pytest.approx(told.proba[Q3.index], abs=1e-6)


@pytest.mark.parametrize("n_fresh", [0, 3])
@pytest.mark.parametrize(("personaliser", "strategy"), ASKED)
def test_every_strategy_asks_about_every_open_track(old, personaliser, strategy, n_fresh):
    house = upgraded(old, personaliser)
    house.tell("ana", *answers(("t0", Q1)))
    for number in range(n_fresh):
        house.catalogue.put(
            f"fresh{number}", features(seed=number), Content("f", None), TrackMetadata()
        )

    asked = query(
        QueryRequest("ana", 20, strategy=strategy),
        sources=sources(house),
        log=house.log,
        listeners=house.listeners,
        rng=np.random.default_rng(0),
    )

    open_tracks = TRACKS[1:] + [f"fresh{number}" for number in range(n_fresh)]
    assert sorted(each.track_id for each in asked.tracks) == sorted(open_tracks)
    assert all(np.isfinite(each.score) for each in asked.tracks)


def test_labels_of_stale_tracks_teach_a_listener(old):
    house = upgraded(old)
    before = by_id(house, "t5").recognition

    house.tell("ana", *answers(*((track_id, Q3) for track_id in TRACKS[:5])))

    hers = by_id(house, "t5", PredictionTarget("ana"))
    assert hers.personal.n_labels == 5
    assert hers.personal.is_used
    assert hers.recognition.valence.mean < before.valence.mean


def test_labels_that_were_given_before_the_upgrade_teach_too(old):
    old.tell("ana", *answers(*((track_id, Q3) for track_id in TRACKS[:5])))

    house = upgraded(old)

    assert by_id(house, "t5", PredictionTarget("ana")).personal.is_used


def test_what_was_learnt_of_stale_tracks_is_learnt_anew_once_they_are_heard_again(house):
    house.tell("ana", *answers(("t0", Q1), ("t1", Q3)))
    by_id(house, "t2", PredictionTarget("ana"))
    for track_id in ("t0", "t1"):
        house.catalogue.put(track_id, features(seed=7), Content(track_id, None), TrackMetadata())

    told = by_id(house, "t0", PredictionTarget("ana")).recognition

    house.memory.models.clear()  # what is left is the log
    fresh = upgraded(SmallService(memory=house.memory), house.listeners.personaliser.algorithm)
    again = by_id(fresh, "t0", PredictionTarget("ana")).recognition
    np.testing.assert_array_equal(told.proba, again.proba)


def test_a_listener_of_stale_tracks_is_remembered_until_a_track_changes(house):
    found = []
    house.listeners = replace(house.listeners, found=found.append)
    house.tell("ana", *answers(("t0", Q1), ("t1", Q3)))
    del found[:]

    for _ in range(2):
        by_id(house, "t2", PredictionTarget("ana"))
    house.catalogue.put("t0", features(seed=7), Content("t0", None), TrackMetadata())
    by_id(house, "t2", PredictionTarget("ana"))

    assert found == ["memory", "memory", "log"]
    assert house.memory.models == {}


def test_answers_are_foretold(house):
    labels = [Label("e", "t0", Q1)]

    foretold = forecast_answers("ana", labels, house.listeners)

    assert foretold.keys() == {"t0"}


def test_the_same_recording_and_lyrics_make_the_track_fresh_though_it_is_labelled(old):
    def put(house):
        return put_track(
            "mine",
            Registration(Upload(io.BytesIO(b"audio 1"), "some words"), TrackMetadata("T")),
            archive=archive(house),
            extractor=house.extractor,
            listeners=house.listeners,
        )

    put(old)
    old.tell("ana", *answers(("mine", Q1)))
    house = upgraded(old)

    registered = put(house)

    assert not registered.is_new
    assert registered.shown.prediction.snapshot == "v2"
    assert house.extractor.heard == 1
    assert put(house).shown.prediction.snapshot == "v2"
    assert house.extractor.heard == 1
