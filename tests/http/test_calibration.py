"""A calibration over HTTP: two workers take it up, let it go, and answer of one distribution."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import numpy as np
import pytest

from models.calibration.catalogue import CatalogueCalibration
from models.emotion import QUADRANTS, Modality
from service.clock import utc_now
from service.db.calibrations import Calibrations, Size
from service.db.database import Database
from tests.journey.serving import running, served_from, wait_for
from tests.snapshots import embedding, reading_embeddings

N_TRACKS = 12
IDS = [f"track-{number:02}" for number in range(N_TRACKS)]
OFFSET = np.array([0.9, 0.4, -0.8, -0.5])
MADE = CatalogueCalibration(OFFSET, {"n_tracks": N_TRACKS, "n_answers": 6}, {})
N_ASKED = 32
"""Replies after which both workers have had a say, where many are asked for at the same time."""


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibration")
    reading_embeddings(folder / "snapshot")
    return folder


@pytest.fixture(scope="module", name="server")
def _server(folder):
    """Two workers over one catalogue, which calibrate nothing by themselves."""
    chosen = {
        "ATTUNE_SNAPSHOT": str(folder / "snapshot"),
        "ATTUNE_WEIGHTS": str(folder / "no encoders"),
        "ATTUNE_WORKERS": "2",
    }
    with running(served_from(folder / "home", **chosen)) as server:
        yield server


@pytest.fixture(scope="module", name="own")
def _own(server):
    """Talks to it, each time over another connection, and so to either worker."""
    alone = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60, limits=alone) as own:
        for number, track_id in enumerate(IDS):
            body = {f"{m}_embedding": embedding(number % 4, m, seed=number) for m in Modality}
            assert own.put(f"/tracks/{track_id}", json=body).status_code == 201
        labels = [
            {"track_id": track_id, "quadrant": quadrant, "event_id": track_id}
            for track_id, quadrant in zip(
                IDS[:6], ["Q3", "Q3", "Q2", "Q3", "Q3", "Q2"], strict=True
            )
        ]
        own.post("/update", json={"user_id": "ana", "labels": labels}).raise_for_status()
        yield own


@pytest.fixture(name="calibrations")
def _calibrations(server):
    """What the command writes with."""
    with ExitStack() as stack:
        database = Database(server.environ["ATTUNE_DATABASE_URL"])
        stack.callback(database.close)
        yield Calibrations(database, utc_now)


@pytest.fixture(name="calibrated")
def _calibrated(own, calibrations):
    """The same workers under a calibration, for one test."""
    snapshot = own.get("/model").json()["snapshot"]
    calibrations.add(snapshot, MADE, Size(N_TRACKS, 6))
    wait_for(lambda: versions(own) == {MADE.version})
    yield own
    calibrations.revert(snapshot)
    wait_for(lambda: versions(own) == {None})


def versions(own):
    """The calibrations that the workers say they answer with."""

    def calibration(_):
        reply = httpx.get(own.base_url.join("/model"), trust_env=False, timeout=60)
        return reply.json()["calibration"]

    # One after the other, an idle worker may answer them all.
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(calibration, range(N_ASKED)))
    return {each and each["version"] for each in told}


def felt(own, **who):
    """What is predicted for every track."""
    reply = own.post("/predict_batch", json={"track_ids": IDS, **who})
    assert reply.status_code == 200, reply.text
    return [item["prediction"] for item in reply.json()["items"]]


def distribution(told):
    return np.array([told[quadrant] for quadrant in QUADRANTS])


def proba(prediction):
    return distribution(prediction["probabilities"])


def shifted(proba):
    odds = proba * np.exp(OFFSET)
    return odds / odds.sum()


def everything(own):
    """All that depends on what is told of tracks, of a listener and of nobody in particular."""
    return {
        "tracks": felt(own),
        "anas": felt(own, user_id="ana"),
        "ranking": own.post("/rank", json={"user_id": "ana", "quadrant": "Q3"}).json(),
        "difference": own.get("/users/ana/picture").json()["difference"],
    }


def test_without_one_there_is_none(own):
    assert own.get("/model").json()["calibration"] is None


def test_it_is_told_which_one_is_in_use(calibrated):
    told = calibrated.get("/model").json()["calibration"]

    assert told.pop("created_at").startswith("20")
    assert told == {"version": MADE.version, "n_tracks": N_TRACKS, "n_answers": 6}


def test_it_shifts_what_is_told_and_what_is_taken_back_is_as_before(own, calibrations):
    snapshot = own.get("/model").json()["snapshot"]
    before = everything(own)

    calibrations.add(snapshot, MADE, Size(N_TRACKS, 6))
    wait_for(lambda: versions(own) == {MADE.version})
    between = everything(own)
    calibrations.revert(snapshot)
    wait_for(lambda: versions(own) == {None})

    assert everything(own) == before
    for first, second in zip(before["tracks"], between["tracks"], strict=True):
        for modality in Modality:
            expected = shifted(distribution(first["modalities"][modality]))
            told = distribution(second["modalities"][modality])
            np.testing.assert_allclose(told, expected, atol=1e-5)
    assert between["tracks"] != before["tracks"]
    assert between["anas"] != before["anas"]
    assert between["ranking"] != before["ranking"]


def test_an_upload_is_shifted_as_a_registered_track_is(calibrated):
    body = {f"{m}_embedding": embedding(2, m, seed=6) for m in Modality}

    sent = calibrated.post("/predict", json=body).json()

    np.testing.assert_allclose(proba(sent), proba(felt(calibrated)[6]), atol=1e-5)


@pytest.mark.parametrize("user_id", ["ana", "nobody-has-heard-of"])
def test_a_ranking_goes_by_what_is_predicted(calibrated, user_id):
    ranking = calibrated.post(
        "/rank", json={"user_id": user_id, "quadrant": "Q2", "exclude_answered": False}
    ).json()

    told = zip(IDS, felt(calibrated, user_id=user_id), strict=True)
    predicted = {track_id: proba(each)[1] for track_id, each in told}
    ranked = {each["track_id"]: each["probability"] for each in ranking["tracks"]}
    assert ranked == {track_id: pytest.approx(p, abs=1e-5) for track_id, p in predicted.items()}


def test_a_restarted_worker_answers_as_before(server, calibrated):
    before = everything(calibrated)

    server.stop()
    server.start()
    server.until_ready()

    assert everything(calibrated) == before


def test_what_was_foretold_is_counted_by_calibration(calibrated):
    label = {"track_id": IDS[8], "quadrant": "Q1", "event_id": "under"}
    calibrated.post("/update", json={"user_id": "cem", "labels": [label]}).raise_for_status()

    told = calibrated.get("/overview").json()["snapshots"]

    (current,) = [each for each in told if each["role"] == "primary"]
    assert current["snapshot"].endswith(f"+{MADE.version}")
