"""``python -m service calibrate``: what it prints, and what it changes."""

import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from sqlalchemy import update

from models.calibration.catalogue import CatalogueCalibration
from models.calibration.listeners import ListenerCalibration
from models.emotion import QUADRANTS, SIGNS, Quadrant, softmax
from models.personal.logistic import Prior
from models.personal.logistic.prequential import Comparison
from service.__main__ import main
from service.cli import factories
from service.cli.calibration_report import lines_of
from service.cli.factories import CalibrationResources
from service.clock import utc_now
from service.db.calibration_inputs import CalibrationInputs
from service.db.calibrations import Calibrations, Size
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.schema import migrate
from service.db.tables import track
from service.labels import Label
from service.tracks import Content, TrackMetadata
from tests import house
from tests.fakes import features
from training.members.population_reference import population_reference

VERSION = house.snapshot().version


@pytest.fixture(name="database")
def _database(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/attune.db")
    migrate(database)
    yield database
    database.close()


@pytest.fixture(name="calibrate")
def _calibrate(database, capsys, monkeypatch):
    """Runs the command on a small snapshot; returns the lines that it printed."""
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(4), 50)
    proba = softmax(SIGNS[y] @ SIGNS.T / 2.0 + rng.normal(size=(200, 4)))
    phi = rng.normal(size=(200, 2)) + 3.0
    population = population_reference(proba, phi, y, np.zeros(200))
    shared = replace(house.snapshot(), population=population)
    parts = CalibrationResources(
        shared,
        CalibrationInputs(database, house.population_predictor_of(shared)),
        Calibrations(database, utc_now),
        20,
        lambda: None,
    )
    monkeypatch.setattr(factories, "build_calibrate", lambda *_: parts)

    def calibrate(*options):
        status = main(["calibrate", *options])
        return status, capsys.readouterr().out.splitlines()

    return calibrate


@pytest.fixture(name="put")
def _put(database):
    def put(n_tracks, version=VERSION):
        population_predictor = house.population_predictor_of(house.snapshot(version))
        catalogue = Catalogue(database, population_predictor, utc_now)
        for seed in range(n_tracks):
            content = Content(f"{seed}", None)
            catalogue.put(f"t{seed:02}", features(seed=seed), content, TrackMetadata())

    return put


@pytest.fixture(name="answer")
def _answer(database):
    def answer(user_id, quadrant, n):
        labels = [Label(f"{each}", f"t{each:02}", quadrant) for each in range(n)]
        LabelLog(database, utc_now).append(user_id, labels)

    return answer


def test_it_says_what_it_read_moved_and_foretells(calibrate, put, answer):
    put(30)
    answer("ana", Quadrant.Q1, 10)
    answer("ben", Quadrant.Q1, 10)

    status, lines = calibrate()

    assert status == 0
    assert lines[0] == "Read 30 tracks and 20 answers of 2 listeners."
    assert lines[1].startswith("Calibration ")
    assert lines[1].endswith(" is used from now on.")
    assert "The odds of lively against quiet are" in "".join(lines)
    assert "Share of the catalogue after: Q1" in "".join(lines)
    assert lines[-2].startswith("Of 20 answers that it did not fit: ")
    assert lines[-1].startswith(
        "Nothing is learnt of listeners yet: 2 gave 5 answers or more, 20 are needed. As shipped: "
    )


def test_the_same_again_changes_nothing(calibrate, put):
    put(30)
    calibrate()

    _, lines = calibrate()

    assert lines[1].startswith("Nothing changes: calibration ")
    assert len([line for line in calibrate("--show")[1] if " in use" in line]) == 1


def test_too_few_tracks_change_nothing_and_it_says_why(calibrate, put):
    put(5)

    _, lines = calibrate()

    assert lines[0] == "Read 5 tracks and 0 answers of 0 listeners."
    assert lines[1].startswith("Nothing changes: ")
    assert "at least 20 recordings" in lines[1]
    assert "too few answers" in lines[-2]


def test_tracks_that_are_not_judged_are_left_out_and_counted(calibrate, put):
    put(4, version="v2")

    _, lines = calibrate()

    assert lines[1] == (
        "4 tracks are left out, which the snapshot has not judged yet: "
        "run `python -m service replay` first."
    )


def test_tracks_with_other_features_are_to_be_heard_again(calibrate, put, database):
    put(4)
    with database.write() as connection:
        connection.execute(update(track).values(feature_digest="0" * 64))

    _, lines = calibrate()

    assert lines[:-1] == [
        "Read 0 tracks and 0 answers of 0 listeners.",
        "4 tracks are left out, which hold other features than the snapshot reads: "
        "see `python -m service reembed`.",
        "Nothing changes: tracks and answers give no reason to move anything. Without answers at "
        "least 20 recordings are needed.",
        "There are too few answers to judge it on some that it did not fit.",
    ]


def test_a_calibration_that_moves_nothing_is_shown_as_such(calibrate, put):
    put(5)
    calibrate()

    _, lines = calibrate("--show")

    assert lines[0].endswith("5 tracks, 0 answers  in use; it moves nothing")


def test_the_history_is_shown_and_the_newest_taken_back(calibrate, database):
    calibrations = Calibrations(database, utc_now)
    figures = {"catalogue": {"before": {}, "after": {}}, "answers": {"n_judged": 0}}
    made = CatalogueCalibration(
        np.array([0.6, 0.6, -0.6, -0.6]), {"n_tracks": 30, "n_answers": 9}, figures
    )
    versions = [replace(made, offset=made.offset * by).version for by in (1.0, 0.5)]
    for by in (1.0, 0.5):
        calibrations.add(VERSION, replace(made, offset=made.offset * by), Size(30, 9))

    _, shown = calibrate("--show")
    _, first = calibrate("--revert")
    _, second = calibrate("--revert")
    _, third = calibrate("--revert")

    assert shown[0].startswith(versions[1])
    assert shown[0].endswith("30 tracks, 9 answers  in use")
    assert "The odds of lively against quiet are 1.82 times what they were." in shown[1]
    assert shown[-1].endswith("replaced")
    assert first == [
        f"Calibration {versions[1]} is taken back; {versions[0]} is used from now on."
    ]
    assert second == [f"Calibration {versions[0]} is taken back; none is used from now on."]
    assert third == [f"Snapshot {VERSION} has no calibration to take back."]
    assert "taken back" in calibrate("--show")[1][1]


def test_a_snapshot_that_cannot_be_calibrated_is_an_error_of_a_sentence(
    database, monkeypatch, capsys
):
    shared = house.snapshot()
    inputs = CalibrationInputs(database, house.population_predictor_of(shared))
    parts = partial(CalibrationResources, shared, inputs, Calibrations(database, utc_now), 20)
    monkeypatch.setattr(factories, "build_calibrate", lambda *_: parts(lambda: None))

    status = main(["calibrate"])

    assert status == 1
    assert "train it anew" in capsys.readouterr().err


def test_showing_and_taking_back_exclude_each_other(calibrate):
    assert calibrate("--show", "--revert")[0] == 2


def test_it_says_what_it_learnt_of_listeners_and_how_that_was_judged(calibrate, put, database):
    put(8)
    for number in range(8):
        for listener in range(20):
            label = Label(f"{number}", f"t{number:02}", QUADRANTS[listener % len(QUADRANTS)])
            LabelLog(database, utc_now).append(f"listener-{listener}", [label])

    _, lines = calibrate()
    _, shown = calibrate("--show")

    assert lines[-2].startswith("Learnt of listeners: kappa ")
    assert "Shipped: kappa " in lines[-2]
    assert re.fullmatch(
        r"Of 54 answers of 20 listeners that it did not fit: NLL \S+ against \S+ "
        r"\(-\S+, 95 % over listeners -\S+ to -\S+\)\.",
        lines[-1],
    )
    assert shown[-2:] == [f"  {line}" for line in lines[-2:]]


def test_it_says_why_what_was_learnt_is_not_taken():
    prior = Prior(kappa=3.0, gamma=0.6, tau=0.4, omega=0.1)
    judged = Comparison(40, 12, 0.9, 0.91, -0.01, 0.03)
    figures = {"catalogue": {"before": {}, "after": {}}, "answers": {"n_judged": 0}}
    made = CatalogueCalibration(
        np.zeros(4), {}, figures, ListenerCalibration(prior, None, 120, 24, judged)
    )

    assert lines_of(made)[-1] == (
        "Of 40 answers of 12 listeners that it did not fit, what listeners taught predicts no "
        "better than what is shipped: NLL 0.910 against 0.900 (+0.010, 95 % over listeners -0.010 "
        "to +0.030). As shipped: kappa 3, gamma 0.6, tau 0.4, omega 0.1."
    )
