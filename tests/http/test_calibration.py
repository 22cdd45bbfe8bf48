"""A calibration over HTTP: made by command, taken up beside the requests, and taken back."""

import re

import numpy as np
import pytest

from models.emotion import QUADRANTS, SIGNS, Modality, softmax
from models.snapshot import Origin, ReadoutParts, load_snapshot, save_snapshot
from service.__main__ import main
from tests.http.samples import said
from tests.http.serving import serving
from tests.journey.servers import wait_for
from tests.snapshots import EMBEDDINGS, embedding, reading_embeddings
from training.members.population_reference import population_reference

pytestmark = [pytest.mark.http, pytest.mark.slow]

N_TRACKS = 24
IDS = [f"track-{number:02}" for number in range(N_TRACKS)]
ANSWERS = ("Q3", "Q3", "Q2", "Q3", "Q3", "Q2")


@pytest.fixture(scope="module", name="chosen")
def _chosen(tmp_path_factory):
    """Settings under which a snapshot is served that was trained on what sounds otherwise."""
    folder = tmp_path_factory.mktemp("calibration")
    reading_embeddings(folder / "small")
    small = load_snapshot(folder / "small")
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(4), 50)
    proba = softmax(2.0 * SIGNS[y] @ SIGNS.T + rng.normal(size=(200, 4)) + [2.0, 2.0, 0.0, 0.0])
    population = population_reference(proba, rng.normal(size=(200, 2)) + 9.0, y, np.zeros(200))
    parts = ReadoutParts(small.readout, small.listener_model, small.limits, population=population)
    origin = Origin(EMBEDDINGS, data={}, seed=0, versions={}, figures={})
    save_snapshot(folder / "snapshot", small.committees, small.fusions, parts, origin)
    return {
        "ATTUNE_SNAPSHOT": str(folder / "snapshot"),
        "ATTUNE_WEIGHTS": str(folder / "no encoders"),
        "ATTUNE_DATABASE_URL": f"sqlite:///{folder}/attune.db",
    }


@pytest.fixture(scope="module", name="own")
def _own(chosen):
    """A worker over a catalogue about which one user has answered."""
    with serving(**chosen) as own:
        for number, track_id in enumerate(IDS):
            assert own.put(f"/tracks/{track_id}", json=embedded(number)).status_code == 201
        labels = [said(*each) for each in zip(IDS, ANSWERS, strict=False)]
        assert own.post("/update", json={"user_id": "ana", "labels": labels}).status_code == 200
        yield own


@pytest.fixture(name="calibrate")
def _calibrate(chosen, monkeypatch, capsys):
    """Run the command as an operator does beside the worker; return what it prints."""
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)

    def calibrate(*options):
        assert main(["calibrate", *options]) == 0
        return capsys.readouterr().out

    return calibrate


@pytest.fixture(name="version")
def _version(own, calibrate):
    """The calibration that is in use for one test."""
    (version,) = re.findall(r"^Calibration (\w+) is in use from now on\.$", calibrate(), re.M)
    wait_for(lambda: version_of(own) == version)
    yield version
    calibrate("--revert")
    wait_for(lambda: version_of(own) is None)


def embedded(number):
    return {f"{m}_embedding": embedding(number % 4, m, seed=number) for m in Modality}


def version_of(own):
    calibration = own.get("/model").json()["calibration"]
    return calibration and calibration["version"]


def felt(own, **who):
    """Return what is predicted for every track."""
    reply = own.post("/predict_batch", json={"track_ids": IDS, **who})
    assert reply.status_code == 200, reply.text
    return [item["prediction"] for item in reply.json()["items"]]


def proba(prediction):
    return [prediction["probabilities"][quadrant] for quadrant in QUADRANTS]


def everything(own):
    """Return all that depends on what is told of tracks, of a user and of nobody."""
    ranking = {"user_id": "ana", "quadrant": "Q3"}
    return {
        "tracks": felt(own),
        "anas": felt(own, user_id="ana"),
        "ranking": own.post("/rank", json=ranking).json()["tracks"],
        "difference": own.get("/users/ana/picture").json()["difference"]["tracks"],
    }


def test_the_command_shifts_every_answer_and_takes_that_back(own, calibrate):
    before = everything(own)

    printed = calibrate()
    wait_for(lambda: version_of(own) is not None)
    between = everything(own)
    calibrate("--revert")
    wait_for(lambda: version_of(own) is None)

    assert printed.startswith(f"Read {N_TRACKS} tracks and {len(ANSWERS)} answers of 1 users.")
    assert everything(own) == before
    assert [name for name in before if between[name] == before[name]] == []


def test_the_model_tells_which_calibration_is_in_use(own, version):
    result = own.get("/model").json()["calibration"]

    assert result.pop("created_at").startswith("20")
    assert result == {"version": version, "n_tracks": N_TRACKS, "n_answers": len(ANSWERS)}


@pytest.mark.usefixtures("version")
def test_an_upload_is_shifted_as_a_registered_track_is(own):
    sent = own.post("/predict", json=embedded(6)).json()

    np.testing.assert_allclose(proba(sent), proba(felt(own)[6]), atol=1e-5)


@pytest.mark.usefixtures("version")
@pytest.mark.parametrize("user_id", ["ana", "nobody-has-heard-of"])
def test_a_ranking_goes_by_what_is_predicted(own, user_id):
    asked = {"user_id": user_id, "quadrant": "Q2", "exclude_answered": False}

    ranking = own.post("/rank", json=asked).json()["tracks"]

    result = zip(IDS, felt(own, user_id=user_id), strict=True)
    predicted = {track_id: pytest.approx(proba(each)[1], abs=1e-5) for track_id, each in result}
    assert {each["track_id"]: each["probability"] for each in ranking} == predicted


@pytest.mark.usefixtures("version")
def test_a_worker_that_starts_answers_as_the_others(own, chosen):
    with serving(**chosen) as fresh:
        assert everything(fresh) == everything(own)


def test_forecasts_are_counted_by_calibration(own, version):
    sent = {"user_id": "cem", "labels": [said(IDS[8], "Q1")]}
    assert own.post("/update", json=sent).status_code == 200

    result = own.get("/overview").json()["snapshots"]

    own.delete("/users/cem")
    (current,) = [each for each in result if each["role"] == "primary"]
    assert current["snapshot"].endswith(f"+{version}")
