"""Calibrations in a database: which one is in use, what it is made of, and who makes it."""

import json
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import cache, partial

import numpy as np
import pytest
from sqlalchemy import select, update

from models.calibration.catalogue import CatalogueCalibration
from models.calibration.listeners import ListenerCalibration
from models.emotion import QUADRANTS, SIGNS, Quadrant, softmax
from models.personal.logistic import n_columns
from models.prediction.predictor import predict_population
from models.snapshot import Snapshot
from service.db.calibration_inputs import CalibrationInputs
from service.db.calibrations import TURN, Calibrations, Size
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.notifications import Notifications
from service.db.tables import calibration as calibration_table
from service.db.tables import track
from service.db.track_feature_feed import TrackFeatureFeed
from service.db.track_features import TrackFeatureStore
from service.errors import NoPopulationError, UnreadableCalibrationError
from service.labels import Label
from service.serving.calibration import calibrate, gather
from service.serving.calibration_schedule import CalibrationSchedule, has_grown
from service.tracks import Content, PopulationPredictor, TrackMetadata
from tests import small_service
from tests.fakes import FakeClock, features
from tests.journey.servers import wait_for
from training.members.population_reference import population_reference

OFFSET = np.array([0.9, 0.4, -0.8, -0.5])
MADE = CatalogueCalibration(OFFSET, {"n_tracks": 3, "n_answers": 2, "n_listeners": 1}, {})
OTHER = replace(MADE, offset=OFFSET / 2.0)
NOTHING = replace(MADE, offset=np.zeros(4))


@cache
def shared() -> Snapshot:
    """Shared models that tell what their training tracks are like."""
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(4), 50)
    proba = softmax(SIGNS[y] @ SIGNS.T / 2.0 + rng.normal(size=(200, 4)))
    phi = rng.normal(size=(200, 2)) + 3.0
    return replace(
        small_service.snapshot(), population=population_reference(proba, phi, y, np.zeros(200))
    )


@dataclass
class Place:
    """A database as one process sees it."""

    database: Database
    clock: FakeClock
    n_judged: int = 0

    def __post_init__(self):
        self.calibrations = Calibrations(self.database, self.clock)
        self.log = LabelLog(self.database, self.clock)
        self.catalogue = self.under(shared())

    def population_predictor(self, snapshot):
        def judge(given):
            self.n_judged += 1
            return predict_population(snapshot.under(None), given)

        return PopulationPredictor(
            snapshot.version,
            snapshot.feature_digest,
            judge,
            recalibrated_features=snapshot.recalibrated_features,
        )

    def under(self, snapshot):
        return Catalogue(self.database, self.population_predictor(snapshot), self.clock)

    def inputs(self, snapshot=None):
        return CalibrationInputs(self.database, self.population_predictor(snapshot or shared()))

    def schedule(self, *, snapshot=None, inputs=None):
        return CalibrationSchedule(
            self.calibrations, inputs or self.inputs, lambda: [snapshot or shared()]
        )

    def put(self, n_tracks, first=0):
        for seed in range(first, first + n_tracks):
            content = Content(f"{seed}", None)
            self.catalogue.put(f"t{seed:03d}", features(seed=seed), content, TrackMetadata())

    def answer(self, user_id, *labels):
        self.log.append(user_id, labels)

    def count(self):
        with self.database.read() as connection:
            return len(connection.execute(select(calibration_table)).all())


@pytest.fixture(name="places")
def _places(url):
    """Returns what another process sees of the same database."""
    with ExitStack() as stack:

        def another():
            database = Database(url)
            stack.callback(database.close)
            return Place(database, clock)

        clock = FakeClock()
        yield another


@pytest.fixture(name="place")
def _place(places):
    return places()


def test_the_last_one_that_stands_is_in_use(place):
    assert place.calibrations.in_use("v1") is None

    for made in (MADE, OTHER):
        assert place.calibrations.add("v1", made, Size(3, 2))

    found = place.calibrations.in_use("v1")
    assert (found.version, found.n_tracks, found.n_answers) == (OTHER.version, 3, 2)
    assert found.calibration.offset.tolist() == OTHER.offset.tolist()
    assert place.calibrations.in_use("v2") is None


def test_the_same_again_takes_no_second_row_and_only_changes_are_announced(place):
    place.calibrations.add("v1", MADE, Size(3, 2))
    revision = Notifications(place.database).revisions()["calibration"]

    assert not place.calibrations.add("v1", MADE, Size(4, 2))

    assert place.count() == 1
    assert place.calibrations.last_size("v1") == Size(4, 2)
    assert Notifications(place.database).revisions()["calibration"] == revision == 1
    place.calibrations.revert("v1")
    assert Notifications(place.database).revisions()["calibration"] == 2


def test_after_one_that_is_taken_back_the_one_before_is_in_use(place):
    for made in (MADE, OTHER):
        place.calibrations.add("v1", made, Size(30, 2))

    assert place.calibrations.revert("v1") == OTHER.version
    assert place.calibrations.in_use("v1").version == MADE.version
    assert place.calibrations.revert("v1") == MADE.version
    assert place.calibrations.in_use("v1") is None
    assert place.calibrations.revert("v1") is None

    assert [each.reverted_at is None for each in place.calibrations.history("v1")] == [False] * 2
    assert place.calibrations.last_size("v1") == Size(30, 2)


def test_what_was_taken_back_can_be_made_again(place):
    place.calibrations.add("v1", MADE, Size())
    place.calibrations.revert("v1")

    assert place.calibrations.add("v1", MADE, Size())

    assert place.calibrations.in_use("v1").version == MADE.version
    assert place.count() == 2


def test_one_that_shifts_nothing_ends_the_one_before(place):
    place.calibrations.add("v1", MADE, Size())

    place.calibrations.add("v1", NOTHING, Size())

    assert place.calibrations.in_use("v1") is None
    assert place.calibrations.standing("v1").version == NOTHING.version


def test_one_of_another_release_can_be_taken_back(place):
    place.calibrations.add("v1", MADE, Size())
    with place.database.write() as connection:
        connection.execute(update(calibration_table).values(facts=json.dumps({"calibration": 7})))

    with pytest.raises(UnreadableCalibrationError, match="--revert"):
        place.calibrations.in_use("v1")
    assert place.calibrations.revert("v1") == MADE.version
    assert place.calibrations.in_use("v1") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"offset": [float("nan"), 0.0, 0.0, 0.0]},
        {"offset": [1.0, -1.0]},
        {"offset": None},
        {"offset": [1.0, 0.0, 0.0, -1.0]},  # which is not what the version stands for
        {"inputs": []},
        {"inputs": {}},
        {"inputs": {"n_tracks": "many", "n_answers": 0}},
    ],
)
def test_a_damaged_one_is_told_until_it_is_taken_back(place, changes):
    place.calibrations.add("v1", MADE, Size(30, 0))
    facts = json.dumps({"calibration": MADE.to_facts() | changes, "size": asdict(Size(30, 0))})
    with place.database.write() as connection:
        connection.execute(update(calibration_table).values(facts=facts))

    for read in (place.calibrations.standing, place.calibrations.history):
        with pytest.raises(UnreadableCalibrationError):
            read("v1")
    with pytest.raises(UnreadableCalibrationError):
        place.calibrations.last_size("v1")
    assert place.calibrations.revert("v1") == MADE.version

    assert place.calibrations.history("v1") == []
    assert place.calibrations.last_size("v1") == Size()


def test_numbers_that_are_not_finite_are_not_kept(place):
    with pytest.raises(ValueError, match="JSON"):
        place.calibrations.add("v1", replace(MADE, offset=np.full(4, np.nan)), Size())

    assert place.count() == 0


def test_growth_is_counted_anew_also_where_the_one_in_use_is_made_again(place):
    place.calibrations.add("v1", MADE, Size(30, 0))
    place.calibrations.add("v1", OTHER, Size(50, 0))
    place.calibrations.revert("v1")

    place.calibrations.add("v1", MADE, Size(80, 0))

    assert place.calibrations.last_size("v1") == Size(80, 0)
    assert place.calibrations.in_use("v1").version == MADE.version


def test_a_turn_of_a_clock_that_was_ahead_ends(place):
    place.clock.now += timedelta(days=400)
    place.calibrations.take_turn()
    place.clock.now -= timedelta(days=400)

    assert place.calibrations.take_turn() is not None


def test_it_is_the_turn_of_one(places):
    one, other = places(), places()

    turn = one.calibrations.take_turn()
    assert other.calibrations.take_turn() is None
    one.calibrations.end_turn(turn)

    assert other.calibrations.take_turn() is not None


def test_a_clock_that_is_a_little_behind_takes_no_turn(places):
    one, other = places(), places()
    assert one.calibrations.take_turn() is not None
    one.clock.now -= timedelta(minutes=1)

    assert other.calibrations.take_turn() is None


def test_the_turn_of_a_process_that_died_ends(places):
    one, other = places(), places()
    stale = one.calibrations.take_turn()
    one.clock.now += TURN

    turn = other.calibrations.take_turn()

    assert turn > stale + timedelta(seconds=0)
    one.calibrations.end_turn(stale)  # too late, and somebody else's now
    assert one.calibrations.take_turn() is None


def test_every_answer_that_stands_is_read(place, monkeypatch):
    monkeypatch.setattr("service.db.calibration_inputs.ROWS_AT_ONCE", 2)
    place.put(4)
    place.answer("ana", Label("1", "t000", Quadrant.Q1), Label("2", "t001", Quadrant.Q2))
    place.answer("ana", Label("3", "t000", Quadrant.Q3), Label.retraction("4", "t001"))
    place.answer("ben", Label("1", "t000", Quadrant.Q1), Label.undecided("2", "t002"))
    place.answer("ben", Label.at_point("3", "t003", -0.5, 0.25))

    found = list(place.inputs().answers())

    assert [(each.user_id, each.track_id, str(each.quadrant), each.point) for each in found] == [
        ("ana", "t000", "Q3", None),
        ("ben", "t000", "Q1", None),
        ("ben", "t003", "Q2", (-0.5, 0.25)),
    ]


def test_tracks_that_cannot_be_read_are_counted(place):
    place.put(6)
    place.catalogue.hide("t000")
    with place.database.write() as connection:
        foreign = update(track).where(track.c.track_id == "t001")
        connection.execute(foreign.values(feature_digest="0" * 64))
        connection.execute(
            update(track).where(track.c.track_id == "t002").values(snapshot="another")
        )
        last = track.c.track_id == "t003"
        sketch = connection.execute(select(track.c.sketch).where(last)).scalar_one()
        nothing = np.full(len(sketch) // 4, np.nan, np.float32).tobytes()
        connection.execute(update(track).where(last).values(sketch=nothing))

    evidence = gather(shared(), place.inputs(), place.calibrations)

    assert (len(evidence.proba), evidence.n_unpredicted, evidence.n_foreign) == (2, 2, 1)


def test_answers_are_about_the_rows_of_their_tracks(place):
    place.put(3)
    place.answer("ana", Label("1", "t002", Quadrant.Q1), Label("2", "t000", Quadrant.Q2))
    place.answer("ben", Label.at_point("3", "t002", 0.01, 0.9))
    place.answer("ben", Label("4", "t001", Quadrant.Q4))
    place.catalogue.hide("t001")

    answers = gather(shared(), place.inputs(), place.calibrations).answers

    assert answers.track.tolist() == [1, 0, 1]
    assert answers.listener.tolist() == [0, 0, 1]
    assert answers.y[:2].tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]
    # On the axis of valence and far up: one of the two upper quadrants, either as likely.
    assert answers.y[2] == pytest.approx([0.5, 0.5, 0.0, 0.0], abs=0.03)
    assert answers.y[2].sum() == pytest.approx(1)


def test_a_calibration_is_fitted_to_stored_sketches_without_judging_a_track(place):
    place.put(30)
    place.answer("ana", *(Label(f"{n}", f"t{n:03d}", Quadrant.Q1) for n in range(20)))
    place.n_judged = 0

    done = calibrate(
        shared(), gather(shared(), place.inputs(), place.calibrations), place.calibrations
    )

    assert place.n_judged == 0
    assert done.is_new
    assert (done.calibration.inputs["n_tracks"], done.calibration.inputs["n_answers"]) == (30, 20)
    assert done.calibration.offset[0] == done.calibration.offset.max()
    assert place.calibrations.in_use(shared().version).version == done.calibration.version


def test_a_snapshot_that_does_not_tell_what_it_was_trained_on_is_refused(place):
    without = replace(shared(), population=None)

    with pytest.raises(NoPopulationError, match="train it again"):
        gather(without, place.inputs(), place.calibrations)


def test_a_calibrated_catalogue_is_redrawn_and_not_judged(place, tmp_path):
    place.put(6)
    place.n_judged = 0
    served = shared().under(MADE)
    expected = {
        f"t{seed:03d}": predict_population(served, features(seed=seed)).sketch.tolist()
        for seed in range(6)
    }

    catalogue = place.under(served)
    feed = TrackFeatureFeed(place.database, place.population_predictor(served))
    width = n_columns(served.listener_model.components.n_components)
    mapped = TrackFeatureStore(feed, tmp_path, served.serving_version, width).current()

    ids = list(expected)
    summaries = catalogue.summaries(ids)
    whole = catalogue.learnt_from(ids)
    for track_id, sketch in expected.items():
        assert summaries[track_id].sketch.tolist() == sketch
        assert whole[track_id].sketch.tolist() == sketch
    assert dict(zip(mapped.track_ids(np.arange(6)), mapped.rows.tolist(), strict=True)) == expected
    assert place.n_judged == 0


def test_what_is_put_under_a_calibration_is_stored_without_it(place):
    place.under(shared().under(MADE)).put(
        "t", features(seed=1), Content("1", None), TrackMetadata()
    )

    stored = place.catalogue.summaries(["t"])["t"].sketch

    assert stored.tolist() == predict_population(shared(), features(seed=1)).sketch.tolist()


def test_what_another_snapshot_judged_is_drawn_under_the_calibration(place):
    place.put(1)
    newer = replace(small_service.snapshot("v2"), calibration=MADE)

    found = place.under(newer).summaries(["t000"])["t000"].sketch

    assert found.tolist() == predict_population(newer, features(seed=0)).sketch.tolist()


@pytest.mark.parametrize(
    ("now", "before", "is_due"),
    [
        (Size(19, 19), Size(), False),
        (Size(20, 0), Size(), True),
        (Size(0, 20), Size(), True),
        (Size(29, 20), Size(20, 14), False),
        (Size(30, 14), Size(20, 14), True),
        (Size(20, 21), Size(20, 14), True),
        (Size(15, 15), Size(10, 10), False),
    ],
)
def test_a_calibration_is_due_after_growth_by_half(now, before, is_due):
    assert has_grown(now, before) is is_due


def test_it_calibrates_by_itself_once_there_is_enough_and_again_after_growth(place):
    schedule = place.schedule()
    place.put(19)
    schedule.check()
    assert place.count() == 0

    place.put(1, first=19)
    schedule.check()
    schedule.check()
    assert place.calibrations.last_size(shared().version) == Size(20, 0)
    assert place.count() == 1

    place.put(10, first=20)
    schedule.check()
    assert place.calibrations.last_size(shared().version) == Size(30, 0)


def test_an_operator_who_took_it_back_is_not_overruled_at_once(place):
    schedule = place.schedule()
    place.put(20)
    place.answer("ana", *(Label(f"{n}", f"t{n:03d}", Quadrant.Q1) for n in range(20)))
    schedule.check()
    place.calibrations.revert(shared().version)

    schedule.check()

    assert place.calibrations.in_use(shared().version) is None


def test_several_processes_calibrate_once(places):
    one, other = places(), places()
    one.put(20)
    read = []

    def while_the_other_looks(inputs, snapshot):
        read.append(snapshot)
        other.schedule().check()
        return inputs(snapshot)

    one.schedule(inputs=partial(while_the_other_looks, one.inputs)).check()
    other.schedule(inputs=partial(while_the_other_looks, other.inputs)).check()

    assert (len(read), one.count()) == (1, 1)


@pytest.mark.parametrize("others", [{"snapshot": "another"}, {"feature_digest": "0" * 64}])
def test_a_catalogue_that_is_hardly_judged_waits(place, caplog, others):
    place.put(20)
    with place.database.write() as connection:
        connection.execute(update(track).values(others))
    schedule = place.schedule()

    schedule.check()
    schedule.check()

    assert place.count() == 0
    assert [each.message.count("20 of 20 tracks") for each in caplog.records] == [1]


def test_one_made_by_hand_of_few_tracks_does_not_hold_back_the_next(place):
    place.put(30)
    place.answer("ana", *(Label(f"{n}", f"t{n:03d}", Quadrant.Q1) for n in range(30)))
    with place.database.write() as connection:
        connection.execute(update(track).values(feature_digest="0" * 64))
    read = gather(shared(), place.inputs(), place.calibrations)
    calibrate(shared(), read, place.calibrations)
    with place.database.write() as connection:
        connection.execute(update(track).values(feature_digest=shared().feature_digest))

    place.schedule().check()

    assert place.calibrations.last_size(shared().version) == Size(30, 30)
    assert place.calibrations.standing(shared().version).n_tracks == 30


def test_a_failure_is_logged_and_gives_the_turn_back(place, caplog):
    def failing(_):
        raise ValueError("This cannot be read.")

    place.put(20)
    schedule = place.schedule(inputs=failing)

    with pytest.raises(ValueError, match="cannot be read"):
        schedule.check()
    schedule.check()  # not again at once

    assert place.calibrations.take_turn() is not None
    assert not caplog.records


def test_a_thread_looks_at_the_start_and_survives_a_failure(place, caplog):
    looked = []

    def failing(snapshot):
        looked.append(snapshot)
        raise ValueError("This cannot be read.")

    place.put(20)
    schedule = place.schedule(inputs=failing)
    schedule.start()
    wait_for(lambda: looked)
    schedule.stop()

    assert len(looked) == 1
    assert [each.message for each in caplog.records] == ["The catalogue could not be calibrated"]


N_LISTENERS = 24
N_ASKED = 8


@pytest.fixture(name="answered")
def _answered(place):
    """Listeners who put whatever they hear where they always put it, a question each in turn."""
    place.put(N_ASKED)
    for number in range(N_ASKED):
        for listener in range(N_LISTENERS):
            label = Label(f"{number}", f"t{number:03d}", QUADRANTS[listener % len(QUADRANTS)])
            place.answer(f"listener-{listener}", label)
    return place


def calibrated(place):
    evidence = gather(shared(), place.inputs(), place.calibrations)
    return calibrate(shared(), evidence, place.calibrations).calibration


def test_what_listeners_with_habits_teach_is_served_until_it_is_taken_back(answered):
    made = calibrated(answered)
    assert (made.listeners.state, made.listeners.n_listeners) == ("learnt", N_LISTENERS)
    assert made.listeners.judged.learnt < made.listeners.judged.shipped
    assert made.prior.tau > shared().listener_model.prior.tau
    served = shared().under(answered.calibrations.calibration_of(shared().version))
    again = served.under(made)

    answered.calibrations.revert(shared().version)
    shipped = served.under(answered.calibrations.calibration_of(shared().version))

    assert served.listener_model.prior == again.listener_model.prior == made.prior
    assert served.shipped_prior == shared().listener_model.prior
    assert served.serving_version != shared().serving_version
    assert shipped.listener_model.prior == shared().listener_model.prior
    assert shipped.serving_version == shared().serving_version


def test_a_calibration_is_fitted_to_the_shipped_prior_whatever_is_served(answered):
    first = calibrated(answered)
    served = shared().under(first)

    evidence = gather(served, answered.inputs(), answered.calibrations)
    again = calibrate(served, evidence, answered.calibrations)

    assert again.calibration.version == first.version
    assert not again.is_new


def test_answers_are_read_beside_the_votes_of_others_of_then(place):
    place.put(2)
    place.answer("ana", Label("1", "t000", Quadrant.Q1))
    place.answer("ben", Label("1", "t000", Quadrant.Q2), Label("2", "t001", Quadrant.Q3))
    place.answer("ana", Label("2", "t001", Quadrant.Q4))
    place.answer("eve", Label("1", "t000", Quadrant.Q1))

    evidence = gather(shared(), place.inputs(), place.calibrations)

    none = [0, 0, 0, 0]
    assert evidence.frozen.tolist() == [none, [1, 0, 0, 0], none, [0, 0, 1, 0], [1, 1, 0, 0]]


def test_a_calibration_with_numbers_that_cannot_be_served_is_unreadable(place):
    prior = shared().listener_model.prior
    broken = ListenerCalibration(prior, replace(prior, kappa=-1.0), 100, 20, None)
    place.calibrations.add("v1", replace(MADE, listeners=broken), Size())

    with pytest.raises(UnreadableCalibrationError):
        place.calibrations.in_use("v1")


def test_one_that_only_learnt_from_listeners_is_in_use(place):
    prior = shared().listener_model.prior
    learnt = ListenerCalibration(prior, replace(prior, kappa=7.0), 100, 20, None)
    made = replace(NOTHING, listeners=learnt)

    place.calibrations.add("v1", made, Size())

    assert place.calibrations.in_use("v1").version == made.version
