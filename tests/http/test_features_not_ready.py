"""A large catalogue whose track features are still being prepared."""

import threading

import pytest

from service.db.track_feature_feed import TrackFeatureFeed
from tests.http.serving import serving
from tests.journey.servers import wait_for

pytestmark = pytest.mark.http

RANK = {"user_id": "ana", "quadrant": "Q1"}
LABEL = {"event_id": "e", "track_id": "t0", "quadrant": "Q2"}


def test_only_rankings_and_queries_wait_for_track_features(tmp_path, monkeypatch):
    database = {"ATTUNE_DATABASE_URL": f"sqlite:///{tmp_path}/attune.db"}
    with serving(**database) as client:
        for number in range(3):
            sent = {"lyrics": f"the night {number} is falling down on me"}
            assert client.put(f"/tracks/t{number}", json=sent).status_code == 201
    may_go_on, since = threading.Event(), TrackFeatureFeed.since

    def waiting(feed, revision):
        assert may_go_on.wait(60)
        return since(feed, revision)

    monkeypatch.setattr(TrackFeatureFeed, "since", waiting)
    monkeypatch.setattr("service.db.track_features.IN_A_CALL", 2)
    with serving(**database) as client:
        refused = [
            client.post("/rank", json=RANK),
            client.post("/query", json={"user_id": "ana"}),
        ]
        mistyped = client.post("/query", json={"user_id": "ana", "strategy": "luck"})
        updated = client.post(
            "/update", json={"user_id": "ana", "labels": [LABEL], "effect": True}
        )
        answered = [
            client.get("/readyz"),
            client.post("/predict", json={"user_id": "ana", "track_id": "t1"}),
            client.get("/users/ana/picture"),
            client.get("/overview"),
        ]
        may_go_on.set()
        wait_for(lambda: client.post("/rank", json=RANK).status_code == 200)
        ranked = client.post("/rank", json=RANK)

    for reply in refused:
        assert (reply.status_code, reply.json()["code"]) == (503, "features_not_ready")
        assert reply.headers["Retry-After"] == "5"
    assert (mistyped.status_code, mistyped.json()["code"]) == (422, "unknown_strategy")
    assert (updated.status_code, updated.json()["effect"]) == (200, None)
    assert [reply.status_code for reply in answered] == [200] * 4
    assert {each["track_id"] for each in ranked.json()["tracks"]} == {"t1", "t2"}  # t0 has a label
