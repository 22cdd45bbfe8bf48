"""What pruning deletes and what it leaves, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.emotion import Quadrant
from models.track import AudioFeatures, TrackFeatures
from service.api.users.profile import consistency
from service.db import retention
from service.db.catalogue import Catalogue
from service.db.replay_backlog import Backlog
from service.db.retention import (
    CALLS,
    FORECASTS,
    REPLACED_EVENTS,
    count_old,
    delete_old,
    reduce_segments,
    size_of_segments,
)
from service.db.tables import guess, label_event, repeatable_call, track_belief, track_segments
from service.evaluation.prequential import Forecast
from service.labels import DatedLabel, Label, RepeatableCall, effective
from service.tracks import Content, TrackMetadata
from tests.fakes import FakeClock, features, population_predictor, standing_votes

CONTENT = Content("a" * 64, None)
AFTER = datetime(2030, 1, 1, tzinfo=UTC)
Q1, Q2, Q3, Q4 = Quadrant


def ignore(_):
    """Report no progress."""


def long_features(n_segments, *, seed=0):
    """Return the features of a recording of segments of 3 s."""
    short = features(seed=seed).audio
    rng = np.random.default_rng(seed)
    along = rng.normal(size=(n_segments, short.segments.shape[1])).astype(np.float32)
    starts_s = np.arange(n_segments, dtype=np.float32) * 3
    duration_s = 3.0 * n_segments
    return TrackFeatures(
        AudioFeatures(short.vector, along, starts_s, starts_s + 3, duration_s), None
    )


def rows_of(database, table):
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(*table.c[:2]))]


def catalogue_that_keeps(database, segments, beside=()):
    return Catalogue(database, population_predictor(), FakeClock(), beside, segments=segments)


def put_all(database, segments, *, beside=()):
    """Register recordings of 3 s to 5 minutes, and one without a recording."""
    catalogue = catalogue_that_keeps(database, segments, beside)
    for n_segments in (1, 3, 10, 47, 100):
        catalogue.put(f"n{n_segments}", long_features(n_segments), CONTENT, TrackMetadata())
    catalogue.put("read", features(audio=False), Content(None, "b" * 64), TrackMetadata())
    return catalogue


def curve(catalogue, track_id):
    track = catalogue.get(track_id).track
    audio = track.features.audio
    return audio.starts_s, audio.ends_s, track.population_prediction.segment_proba


@pytest.mark.parametrize("kept", ["coarse", "none"])
def test_pruned_segments_are_those_of_tracks_that_were_registered_so(database, kept, monkeypatch):
    monkeypatch.setattr(retention, "TRACKS_AT_ONCE", 2)
    beside = [population_predictor("v2")]
    put_all(database, kept, beside=beside)
    expected = rows_of(database, track_segments), rows_of(database, track_belief)
    put_all(database, "all", beside=beside)
    seen = []

    n_changed = reduce_segments(database, kept, seen.append)

    assert (rows_of(database, track_segments), rows_of(database, track_belief)) == expected
    assert n_changed == {"coarse": 4, "none": 5}[kept]
    assert seen == [2, 4, 5]
    assert reduce_segments(database, kept, ignore) == 0


def test_coarse_segments_are_means_of_neighbours_that_cover_the_recording(database):
    whole = put_all(database, "all")
    given = {name: curve(whole, name) for name in ("n1", "n3", "n10", "n47", "n100")}

    reduce_segments(database, "coarse", ignore)

    found = {name: curve(whole, name) for name in given}
    assert {name: len(starts_s) for name, (starts_s, *_) in found.items()} == {
        "n1": 1,
        "n3": 1,
        "n10": 3,
        "n47": 12,
        "n100": 12,
    }
    for name, (starts_s, ends_s, proba) in found.items():
        before = given[name]
        assert (starts_s[0], ends_s[-1]) == (before[0][0], before[1][-1])
        assert (starts_s[1:] == ends_s[:-1]).all()
        for start_s, end_s, mean in zip(starts_s, ends_s, proba, strict=True):
            is_within = (before[0] >= start_s) & (before[1] <= end_s)
            assert mean == pytest.approx(before[2][is_within].mean(axis=0), abs=1e-6)


def test_a_new_snapshot_predicts_coarse_segments_and_lacks_dropped_ones(database):
    put_all(database, "coarse")
    newer = Catalogue(database, population_predictor("v2"), FakeClock())

    starts_s, _, proba = curve(newer, "n47")
    assert len(starts_s) == len(proba) == 12

    reduce_segments(database, "none", ignore)

    for catalogue in (newer, catalogue_that_keeps(database, "all")):
        assert not any(map(len, curve(catalogue, "n47")))
        assert catalogue.get("n47").duration_s == 141


def test_a_prediction_of_segments_that_were_pruned_meanwhile_is_not_stored(database):
    put_all(database, "all")
    newer = population_predictor("v2")
    pruned = []

    def predict(given):
        if not pruned:
            pruned.append(reduce_segments(database, "coarse", ignore))
        return newer.predict_population(given)

    slow = replace(newer, predict_population=predict)
    Backlog(database, slow, "logistic", "v2").predict(["n10", "n3", "n1"])

    assert [row[0] for row in rows_of(database, track_belief)] == ["n1"]
    backlog = Backlog(database, newer, "logistic", "v2")
    backlog.predict(backlog.tracks("", 9))
    for name in ("n3", "n10"):
        starts_s, _, proba = curve(Catalogue(database, newer, FakeClock()), name)
        assert len(starts_s) == len(proba)


def test_the_size_of_segments_is_that_of_their_features(database):
    assert size_of_segments(database) == retention.SegmentSize(0, 0)
    put_all(database, "all")

    size = size_of_segments(database)

    n_features = features().audio.segments.shape[1]
    assert (size.n_tracks, size.n_bytes) == (5, 161 * n_features * 2)


def test_lists_and_learning_do_without_the_table_of_segments(stores, database):
    stores.put("a", "b")
    stores.seen_by(population_predictor("v2")).put("c", features(), CONTENT, TrackMetadata())
    with database.write() as connection:
        connection.exec_driver_sql("DROP TABLE track_segments")

    catalogue = stores.catalogue
    assert [record.track_id for record in catalogue.page("", 9)] == ["a", "b", "c"]
    assert len(catalogue.learnt_from("abc")) == len(catalogue.summaries("abc")) == 3
    assert catalogue.retitle("a", catalogue.content_of("a"), TrackMetadata("T")) is not None
    stores.log.append("ana", [Label("e", "a", Q1)])


@pytest.mark.parametrize("seen", ["hidden", "put without audio"])
def test_segments_go_with_the_features_that_they_belong_to(stores, database, seen):
    stores.put("t", "u")
    if seen == "hidden":
        stores.catalogue.hide("t")
    else:
        silent = features(audio=False)
        stores.catalogue.put("t", silent, Content(None, "b" * 64), TrackMetadata())

    assert [row[0] for row in rows_of(database, track_segments)] == ["u"]


def test_segments_of_a_hidden_track_go_when_the_last_answer_is_retracted(stores, database):
    stores.put("t")
    stores.log.append("ana", [Label("e1", "t", Q1)])
    stores.catalogue.hide("t")
    assert rows_of(database, track_segments)

    stores.log.append("ana", [Label.retraction("e2", "t")])

    assert rows_of(database, track_segments) == []


def events_in(database):
    with database.read() as connection:
        events = select(label_event.c.user_id, label_event.c.event_id)
        return {tuple(row) for row in connection.execute(events)}


def test_answers_that_were_replaced_go_and_current_ones_stay(stores, database):
    stores.put("t", "u", "v")
    log = stores.log
    log.append("ana", [Label("e1", "t", Q1), Label("e2", "u", Q2), Label("e3", "v", Q3)])
    log.append("ana", [Label("e4", "t", Q2), Label.retraction("e5", "u")])
    log.append("bob", [Label("e1", "t", Q1)])
    older = DatedLabel(Label("e6", "v", Q4), datetime(2020, 1, 1, tzinfo=UTC))
    log.restore("ana", [older])
    log.append("ana", [Label("e7", "t", Q3)])
    votes, last = standing_votes(log), log.last_seq("ana")

    assert count_old(database, REPLACED_EVENTS, AFTER) == 4
    assert delete_old(database, REPLACED_EVENTS, AFTER, ignore) == 4

    assert events_in(database) == {("ana", each) for each in ("e3", "e5", "e7")} | {("bob", "e1")}
    assert (standing_votes(log), log.last_seq("ana")) == (votes, last)
    assert count_old(database, REPLACED_EVENTS, AFTER) == 0


def test_a_replaced_answer_that_is_sent_again_counts_as_new_after_its_deletion(stores, database):
    stores.put("t")
    for event_id, quadrant in (("e1", Q1), ("e2", Q2)):
        stores.log.append("ana", [Label(event_id, "t", quadrant)])
    again = [Label("e1", "t", Q1)]
    assert stores.log.append("ana", again).duplicates == 1

    delete_old(database, REPLACED_EVENTS, AFTER, ignore)

    assert stores.log.append("ana", again).accepted == 1


def test_the_last_event_of_a_user_stays_even_if_it_never_counted(stores, database):
    stores.put("t")
    stores.log.append("ana", [Label("e1", "t", Q1)])
    older = DatedLabel(Label("e2", "t", Q4), datetime(2020, 1, 1, tzinfo=UTC))
    stores.log.restore("ana", [older])

    assert delete_old(database, REPLACED_EVENTS, AFTER, ignore) == 0


def test_younger_rows_stay(stores, database, monkeypatch):
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 2)
    names = [f"t{n}" for n in range(5)]
    stores.put(*names)
    forecast = Forecast("v", 0, (0.4, 0.3, 0.2, 0.1), (0.25, 0.25, 0.25, 0.25))
    middle = None
    for number, name in enumerate(names):
        for user_id in ("ana", "bob"):
            call = RepeatableCall(f"call-{number}", "b" * 64)
            labels = [Label(f"e{number}", name, Q1)]
            stores.log.append(user_id, labels, call, forecasts={name: forecast})
        if number == 2:
            with database.read() as connection:
                newest = connection.scalar(select(func.max(guess.c.created_at)))
            middle = newest + timedelta(microseconds=1)

    for old, table in ((FORECASTS, guess), (CALLS, repeatable_call)):
        seen = []
        assert count_old(database, old, middle) == 6
        assert delete_old(database, old, middle, seen.append) == 6
        assert seen == [2, 4, 6]
        left = rows_of(database, table)
        assert len(left) == 4
        assert delete_old(database, old, middle, ignore) == 0
        assert rows_of(database, table) == left


def test_a_call_that_is_repeated_after_its_deletion_records_nothing_twice(stores, database):
    stores.put("t")
    call = RepeatableCall("call", "b" * 64)
    stores.log.append("ana", [Label("e", "t", Q1)], call)

    delete_old(database, CALLS, AFTER, ignore)

    again = stores.log.append("ana", [Label("e", "t", Q1)], call)
    assert (again.accepted, again.duplicates) == (0, 1)


ANSWERS = st.lists(
    st.tuples(
        st.sampled_from("tuv"), st.sampled_from([Q1, Q2, "retracted", "older"]), st.booleans()
    ),
    max_size=12,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(answers=ANSWERS)
@example([("t", Q1, False), ("t", Q1, True), ("t", "retracted", False), ("t", Q1, False)])
def test_models_votes_and_consistency_do_not_notice(stores, database, answers):
    """After any answers, corrections, repeats and imports."""
    stores.put("t", "u", "v")
    stores.log.forget("ana")
    stores.log.readmit("ana")
    for number, (track_id, answer, is_repeat) in enumerate(answers):
        event_id = f"e{number}"
        if answer == "retracted":
            stores.log.append("ana", [Label.retraction(event_id, track_id)])
        elif answer == "older":
            label = Label(event_id, track_id, Q4)
            stores.log.restore("ana", [DatedLabel(label, datetime(2020, 1, 1, tzinfo=UTC))])
        else:
            label = Label(event_id, track_id, answer, is_repeat=is_repeat)
            stores.log.append("ana", [label])

    def state():
        events = list(stores.log.events("ana"))
        given = [event.label for event in events if not event.is_superseded]
        return effective(events), consistency(given), standing_votes(stores.log)

    before = state(), stores.log.last_seq("ana")

    delete_old(database, REPLACED_EVENTS, AFTER, ignore)

    assert (state(), stores.log.last_seq("ana")) == before
