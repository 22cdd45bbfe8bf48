"""Ranking the catalogue over HTTP."""

import pytest

from tests.http.conftest import register

pytestmark = pytest.mark.http


@pytest.fixture(name="ranked")
def _ranked(client, user, old_track):
    """Asks for a ranking; by logistic models, which the service may be told not to make."""
    del old_track

    def ask(**asked):
        return client.post("/rank", json={"user_id": user, "quadrant": "Q1"} | asked)

    if ask().json().get("code") == "ranking_unavailable":
        pytest.skip("NOT RANKED: this service makes no logistic models (ATTUNE_PERSONALISER)")
    return ask


def ids(reply):
    assert reply.status_code == 200, reply.text
    return [ranked["track_id"] for ranked in reply.json()["tracks"]]


def test_a_ranking_is_told_in_full(ranked, user):
    reply = ranked(limit=1).json()

    (first,) = reply["tracks"]
    assert first["score"] == first["probability"]
    assert 0 < first["probability"] < 1
    assert -1 <= first["valence"]["mean"] <= 1
    assert first["arousal"]["sd"] > 0
    assert reply["changed"] is False
    assert reply["personal"] == {"user_id": user, "n_labels": 0, "used": False}
    assert set(reply) == {"tracks", "next_cursor", "changed", "personal", "model"}


def test_the_target_may_be_a_word(ranked):
    assert ids(ranked(quadrant="Tense")) == ids(ranked(quadrant="Q2"))


def test_pages_show_every_track_once_in_order(client, ranked):
    for _ in range(3):
        register(client)
    whole = ids(ranked(limit=500))
    shown, cursor = [], {}
    while cursor is not None:
        page = ranked(limit=2, **cursor)
        shown += ids(page)
        following = page.json()["next_cursor"]
        cursor = {"cursor": following} if following else None

    assert shown == whole
    assert len(set(shown)) == len(shown)
