"""``python -m service calibrate``: what it prints, and what it changes."""

import re
from dataclasses import replace

import numpy as np
import pytest

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
from service.db.label_log import LabelLog
from service.labels import Label
from service.serving.container import population_predictor_of
from service.tracks import Content, TrackMetadata
from tests import small_service
from tests.databases import new_database
from tests.fakes import features
from training.members.population_reference import population_reference

VERSION = small_service.snapshot().version


@pytest.fixture(name="database")
def _database():
    return new_database()


@pytest.fixture(name="calibrate")
def _calibrate(database, capsys, monkeypatch):
    """Runs the command on a small snapshot; returns the lines that it printed."""
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(4), 50)
    proba = softmax(SIGNS[y] @ SIGNS.T / 2.0 + rng.normal(size=(200, 4)))
    phi = rng.normal(size=(200, 2)) + 3.0
    population = population_reference(proba, phi, y, np.zeros(200))
    shared = replace(small_service.snapshot(), population=population)
    parts = CalibrationResources(
        shared,
        CalibrationInputs(database, population_predictor_of(shared)),
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
    def put(n_tracks, **other):
        population_predictor = population_predictor_of(replace(small_service.snapshot(), **other))
        catalogue = Catalogue(database, population_predictor, utc_now)
        for seed in range(n_tracks):
            content = Content(f"{seed}", None)
            catalogue.put(f"t{seed:02}", features(seed=seed), content, TrackMetadata())

    return put


def test_it_says_what_it_read_moved_and_foretells(calibrate, put, database):
    put(30)
    for user_id in ("ana", "ben"):
        labels = [Label(f"{each}", f"t{each:02}", Quadrant.Q1) for each in range(10)]
        LabelLog(database, utc_now).append(user_id, labels)

    status, lines = calibrate()

    assert status == 0
    assert lines[0] == "Read 30 tracks and 20 answers of 2 users."
    assert lines[1].startswith("Calibration ")
    assert lines[1].endswith(" is in use from now on.")
    assert "The odds of lively against quiet change" in "".join(lines)
    assert "Share of the catalogue after: Q1" in "".join(lines)
    assert lines[-2].startswith("On 20 answers held out: ")
    assert lines[-1].startswith(
        "The users' prior is not fitted yet: 2 users gave 5 answers or more, 20 are needed."
    )


REPLAY = "because the snapshot has not predicted them yet: run `python -m service replay` first."
REEMBED = "because they hold features of another snapshot: see `python -m service reembed`."


@pytest.mark.parametrize(
    ("other", "reply"), [({"version": "v2"}, REPLAY), ({"feature_digest": "0" * 64}, REEMBED)]
)
def test_tracks_that_cannot_be_read_are_counted(calibrate, put, other, reply):
    put(4, **other)

    _, lines = calibrate()

    assert lines[:-1] == [
        "Read 0 tracks and 0 answers of 0 users.",
        f"4 tracks are left out {reply}",
        "Nothing changes: tracks and answers show no need for a calibration. Without answers, "
        "at least 20 recordings are needed.",
        "There are too few answers to evaluate it on held-out ones.",
    ]


def test_a_calibration_that_moves_nothing_is_shown_as_such(calibrate, put):
    put(5)
    calibrate()

    _, lines = calibrate("--show")

    assert lines[0].endswith("5 tracks, 0 answers  in use, without effect")


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
    assert "The odds of lively against quiet change by a factor of 1.82." in shown[1]
    assert shown[-1].endswith("replaced")
    assert first == [
        f"Calibration {versions[1]} is reverted; {versions[0]} is in use from now on."
    ]
    assert second == [f"Calibration {versions[0]} is reverted; none is in use from now on."]
    assert third == [f"Snapshot {VERSION} has no calibration to revert."]
    assert "reverted" in calibrate("--show")[1][1]


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

    assert lines[-2].startswith("Fitted prior of users: kappa ")
    assert "Shipped: kappa " in lines[-2]
    assert re.fullmatch(
        r"On 54 answers of 20 users held out: NLL \S+ against \S+ "
        r"\(-\S+, 95 % over users -\S+ to -\S+\)\.",
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
        "On 40 answers of 12 users held out, the fitted prior of users predicts no better than "
        "the shipped one: NLL 0.910 against 0.900 (+0.010, 95 % over users -0.010 to +0.030). "
        "Shipped: kappa 3, gamma 0.6, tau 0.4, omega 0.1."
    )
