"""What every store must keep of what was foretold, and how it sums it up."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from models.emotion import QUADRANTS, Quadrant
from service.db.catalogue import Catalogue
from service.db.counts import UsageCounts
from service.db.label_log import LabelLog
from service.errors import TrackNotFoundError
from service.evaluation.intervals import Proportion
from service.evaluation.prequential import Forecast, PrequentialRecord
from service.labels import DatedLabel, Label, call_of
from service.tracks import Content, TrackMetadata
from tests.fakes import FakeClock, features, population_predictor

Q1, Q2, Q3, Q4 = Quadrant
ONES = {q: tuple(float(q is other) for other in QUADRANTS) for q in QUADRANTS}


def forecast(personal=Q1, population=Q2, n_labels=0, snapshot="v1"):
    return Forecast(snapshot, n_labels, ONES[personal], ONES[population])


def said(event_id, track_id, quadrant, **circumstances):
    return Label(event_id, track_id, quadrant, **circumstances)


def test_a_guess_is_kept_as_it_was_noted(stores):
    stores.put("t", "u")
    forecast = Forecast("v1", 3, (0.1, 0.2, 0.3, 0.4), (0.4, 0.3, 0.2, 0.1))
    labels = [said("e1", "t", Q2, strategy="mc", is_random=True), said("e2", "u", Q4)]

    stores.log.append("ana", labels, forecasts={"t": forecast, "u": forecast})

    assert list(stores.prequential_records.of("ana")) == [
        PrequentialRecord("t", "v1", 3, Q2, Q4, Q1, 0.2, 0.3, "mc", is_random=True),
        PrequentialRecord("u", "v1", 3, Q4, Q4, Q1, 0.4, 0.1, None, is_random=False),
    ]
    assert list(stores.prequential_records.of("bob")) == []


def test_guesses_come_in_the_order_of_the_answers(stores):
    stores.put("a", "b", "c")
    for n, track_id in enumerate("cab"):
        stores.log.append("ana", [said(f"e{n}", track_id, Q1)], forecasts={track_id: forecast()})

    assert [guess.track_id for guess in stores.prequential_records.of("ana")] == ["c", "a", "b"]


def test_what_is_sent_again_notes_nothing(stores):
    stores.put("t")
    labels = [said("e1", "t", Q1)]
    call = call_of("k", labels)
    stores.log.append("ana", labels, call, forecasts={"t": forecast(Q1)})

    stores.log.append("ana", labels, call, forecasts={"t": forecast(Q3)})
    stores.log.append("ana", labels, forecasts={"t": forecast(Q4)})

    assert [guess.forecast for guess in stores.prequential_records.of("ana")] == [Q1]


def test_a_call_that_is_refused_notes_nothing(stores):
    stores.put("t")
    with pytest.raises(TrackNotFoundError):
        stores.log.append(
            "ana", [said("e1", "t", Q1), said("e2", "no", Q1)], forecasts={"t": forecast()}
        )

    assert list(stores.prequential_records.of("ana")) == []


def test_a_correction_is_what_the_guess_is_judged_by_and_a_repeat_is_not(stores):
    stores.put("t")
    stores.log.append("ana", [said("e1", "t", Q1)], forecasts={"t": forecast(Q1, Q3)})
    (first,) = stores.prequential_records.of("ana")

    stores.log.append("ana", [said("e2", "t", Q4, is_repeat=True)], forecasts={"t": forecast(Q4)})
    assert list(stores.prequential_records.of("ana")) == [first]
    stores.log.append("ana", [said("e3", "t", Q1)], forecasts={"t": forecast(Q4)})
    assert list(stores.prequential_records.of("ana")) == [first]
    stores.log.append("ana", [said("e4", "t", Q3)], forecasts={"t": forecast(Q4)})

    # What the other quadrants were called is not kept.
    corrected = replace(first, quadrant=Q3, p=None, p_population=None)
    assert list(stores.prequential_records.of("ana")) == [corrected]


@pytest.mark.parametrize("last", [Label.retraction("e2", "t"), Label.undecided("e2", "t")])
def test_a_guess_goes_with_its_answer_and_a_new_answer_is_noted_anew(stores, last):
    stores.put("t", "u")
    both = {"t": forecast(Q1), "u": forecast(Q1)}
    stores.log.append("ana", [said("e0", "u", Q1), said("e1", "t", Q1)], forecasts=both)

    stores.log.append("ana", [last])
    assert [guess.track_id for guess in stores.prequential_records.of("ana")] == ["u"]

    stores.log.append("ana", [said("e3", "t", Q2)], forecasts={"t": forecast(Q4)})
    assert [guess.forecast for guess in stores.prequential_records.of("ana")] == [Q1, Q4]


def test_an_import_takes_guesses_away_and_brings_none(stores):
    stores.put("t", "u")
    stores.log.append("ana", [said("e1", "t", Q1)], forecasts={"t": forecast()})
    before, later = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)

    stores.log.restore("ana", [DatedLabel(Label.retraction("e0", "t"), before)])
    assert [record.quadrant for record in stores.prequential_records.of("ana")] == [Q1]
    gone = DatedLabel(Label.retraction("e2", "t"), later)
    stores.log.restore("ana", [gone, DatedLabel(said("e3", "u", Q1), later)])

    assert list(stores.prequential_records.of("ana")) == []


def test_guesses_are_forgotten_with_their_user(stores):
    stores.put("t")
    for user_id in ("ana", "bob"):
        stores.log.append(user_id, [said("e1", "t", Q1)], forecasts={"t": forecast()})

    stores.log.forget("ana")

    assert list(stores.prequential_records.of("ana")) == []
    assert len(stores.prequential_records.of("bob")) == 1
    (bin_,) = stores.prequential_records.by_labels()
    assert (bin_.tally.n_users, bin_.tally.n) == (1, 1)


def test_guesses_are_summed_up_over_users_by_the_labels_before(stores):
    tracks = [f"t{i}" for i in range(8)]
    stores.put(*tracks)
    # Of ana, who answers Q1: 3 of 4 are foretold, 1 by the population; of bob 1 of 2, and 2.
    for place, (likeliest, n_labels) in enumerate(
        [((Q1, Q2), 0), ((Q1, Q1), 1), ((Q1, Q2), 4), ((Q2, Q3), 2), ((Q1, Q1), 50)]
    ):
        label = said(f"e{place}", tracks[place], Q1)
        given = forecast(*likeliest, n_labels)
        stores.log.append("ana", [label], forecasts={tracks[place]: given})
    for place, (likeliest, n_labels) in enumerate([((Q1, Q1), 3), ((Q4, Q1), 4)]):
        label = said(f"e{place}", tracks[place], Q1)
        given = forecast(*likeliest, n_labels)
        stores.log.append("bob", [label], forecasts={tracks[place]: given})

    none, few, many = stores.prequential_records.by_labels()

    assert [(each.from_labels, each.to_labels) for each in (none, few, many)] == [
        (0, 0),
        (1, 4),
        (50, None),
    ]
    tally = few.tally
    assert (tally.n_users, tally.n, tally.h, tally.p) == (2, 3 + 2, 2 + 1, 1 + 2)
    assert (tally.nn, tally.hh, tally.pp) == (9 + 4, 4 + 1, 1 + 4)
    assert (tally.hn, tally.pn, tally.hp) == (6 + 2, 3 + 4, 2 + 2)
    assert tally.gain.value == 0.0
    assert none.tally.personal == Proportion(1, 1, 1.0, pytest.approx(0.2065, abs=1e-4), 1.0)


def test_only_evenly_drawn_tracks_tell_of_strategies(stores):
    tracks = [f"t{i}" for i in range(6)]
    stores.put(*tracks)
    asked = [("mc", True), ("rand", True), ("rand", True), ("rand", False), (None, True)]
    for place, (strategy, is_random) in enumerate(asked):
        label = said(f"e{place}", tracks[place], Q1, strategy=strategy, is_random=is_random)
        stores.log.append("ana", [label], forecasts={tracks[place]: forecast()})

    summed = [(each.strategy, each.tally.n) for each in stores.prequential_records.by_strategy()]

    assert summed == [("rand", 2), ("mc", 1)]


def test_snapshots_are_summed_up_the_newest_first(stores):
    stores.put("a", "b", "c")
    for place, (track_id, snapshot) in enumerate([("a", "v1"), ("b", "v1"), ("c", "v2")]):
        given = forecast(snapshot=snapshot)
        label = said(f"e{place}", track_id, Q1)
        stores.log.append("ana", [label], forecasts={track_id: given})

    new, old = stores.prequential_records.by_snapshot()

    assert [(each.snapshot, each.tally.n) for each in (new, old)] == [("v2", 1), ("v1", 2)]
    assert old.first_at < old.last_at < new.first_at == new.last_at
    assert old.first_at.tzinfo is not None


def test_nothing_foretold_is_nothing_to_sum_up(stores):
    assert list(stores.prequential_records.by_labels()) == []
    assert list(stores.prequential_records.by_strategy()) == []
    assert list(stores.prequential_records.by_snapshot()) == []


def test_headings_are_found_together_and_of_hidden_tracks_none_is_left(stores):
    stores.put("a", "b")
    stores.catalogue.hide("b")

    found = stores.catalogue.track_metadata_by_id(["a", "b", "no"])

    assert found == {"a": TrackMetadata("A", "Ana"), "b": TrackMetadata()}


def put(database, *track_ids):
    catalogue = Catalogue(database, population_predictor(), FakeClock())
    for seed, track_id in enumerate(track_ids):
        catalogue.put(track_id, features(seed=seed), Content("a" * 64, None), TrackMetadata())


def test_a_census_counts_what_stands(database):
    log, usage_counts = LabelLog(database, FakeClock()), UsageCounts(database)
    put(database, *(f"t{i}" for i in range(12)))
    for user, n in (("ana", 12), ("bob", 5), ("cy", 1)):
        log.append(user, [said(f"e{i}", f"t{i}", Q1) for i in range(n)])
    log.append("cy", [Label.retraction("no", "t0")])
    log.append("bob", [Label.undecided("ct", "t1"), said("again", "t0", Q2)])
    log.append("dee", [Label.undecided("ct", "t1")])

    counted = usage_counts.count()

    assert (counted.n_labels, counted.n_tracks) == (12 + 4, 12)
    user_bins = {(c.from_labels, c.to_labels): c.n_users for c in counted.user_bins}
    assert user_bins == {
        (1, 4): 1,
        (5, 9): 0,
        (10, 19): 1,
        (20, 49): 0,
        (50, 99): 0,
        (100, None): 0,
    }


def test_days_are_those_of_utc(database):
    log, usage_counts = LabelLog(database, FakeClock()), UsageCounts(database)
    put(database, "a", "b")
    midnight = datetime(2026, 2, 2, tzinfo=UTC)
    second = timedelta(seconds=1)
    for user_id in ("ana", "bob"):
        log.restore(
            user_id,
            [
                DatedLabel(said("e0", "a", Q1), midnight - 40 * second),
                DatedLabel(said("e1", "a", Q1), midnight - second),
                DatedLabel(said("e2", "b", Q1), midnight),
                DatedLabel(Label.retraction("e3", "b"), midnight + second),
            ],
        )

    days = usage_counts.days(date(2026, 2, 1))

    counts = {day: (each.n_labels, each.n_users) for day, each in days.items()}
    assert counts == {date(2026, 2, 1): (4, 2), date(2026, 2, 2): (2, 2)}
    assert usage_counts.days(date(2026, 2, 2)).keys() == {date(2026, 2, 2)}


def test_an_empty_database_counts_nothing(database):
    counted = UsageCounts(database).count()

    assert (counted.n_labels, counted.n_tracks) == (0, 0)
    assert not any(crowd.n_users for crowd in counted.user_bins)
    assert UsageCounts(database).days(date(2020, 1, 1)) == {}
