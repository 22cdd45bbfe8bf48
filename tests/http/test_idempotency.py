"""The header Idempotency-Key: a call that may be sent again as a whole."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.http.samples import exported, series

pytestmark = pytest.mark.http

COUNT = "attune_labels_accepted_total"


def nameless(track_id, quadrant="Q2"):
    return {"track_id": track_id, "quadrant": quadrant}


def update(client, user, key, *labels):
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/update", json={"user_id": user, "labels": labels}, headers=headers)


def test_a_call_that_is_sent_again_gets_the_same_reply_and_records_nothing(
    client, user, track, old_track
):
    labels = nameless(track), nameless(old_track)
    before = series(client, COUNT)

    first, again = (update(client, user, "k", *labels) for _ in range(2))

    assert (first.status_code, first.json()["accepted"]) == (200, 2)
    assert again.json() == first.json()
    assert len(exported(client, user)) == 2
    assert series(client, COUNT) == before + 2


def test_labels_without_event_ids_get_ids_of_their_own(client, user, track):
    given = {**nameless(track), "event_id": "e"}
    update(client, user, "k", nameless(track, "Q1"), given, nameless(track, "Q1"))
    update(client, user, "l", nameless(track, "Q1"))

    ids = [line["event_id"] for line in exported(client, user)]

    assert len(set(ids)) == 4
    assert ids[1] == "e"


def test_an_event_id_is_given_to_no_other_label_of_the_call(client, user, track):
    update(client, f"not-{user}", "k", nameless(track))
    (drawn,) = exported(client, f"not-{user}")

    given = {**nameless(track, "Q4"), "event_id": drawn["event_id"]}
    reply = update(client, user, "k", nameless(track), given)

    assert reply.json()["accepted"] == 2
    assert exported(client, user)[1]["event_id"] == drawn["event_id"]


def test_a_key_cannot_name_two_calls(client, user, track):
    update(client, user, "k", nameless(track, "Q2"))

    reply = update(client, user, "k", nameless(track, "Q3"))

    assert (reply.status_code, reply.json()["code"]) == (422, "idempotency_key_reused")
    assert "'k'" in reply.json()["detail"]
    assert [line["quadrant"] for line in exported(client, user)] == ["Q2"]


def test_a_call_that_is_sent_many_times_at_once_is_recorded_once(client, user, track):
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(update, client, user, "k", nameless(track)) for _ in range(8)]

    assert [each.result().json()["accepted"] for each in sent] == [1] * 8
    assert len(exported(client, user)) == 1


@pytest.mark.parametrize("key", ["", "a b", "k" * 257, "\u00e4".encode("latin-1"), "a\tb"])
def test_a_key_that_is_none_is_refused(client, user, track, key):
    reply = update(client, user, key, nameless(track))

    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
    assert reply.json()["errors"][0]["field"] == "Idempotency-Key"


def test_a_key_that_comes_twice_is_refused(client, user, track):
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    sent = {"user_id": user, "labels": [nameless(track)]}

    assert client.post("/update", json=sent, headers=headers).status_code == 422


@pytest.mark.parametrize("key", ["k" * 200, '"!~"'])
def test_a_key_may_be_long_and_of_any_printable_characters(client, user, track, key):
    assert update(client, user, key, nameless(track)).status_code == 200


def test_without_a_key_every_label_needs_its_event_id(client, user, track):
    reply = update(client, user, None, {**nameless(track), "event_id": "e"}, nameless(track))

    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
    assert [each["field"] for each in reply.json()["errors"]] == ["labels[1].event_id"]
    assert client.get(f"/users/{user}").status_code == 404


def test_the_contract_names_the_header(client):
    described = client.get("/openapi.json").json()
    (header,) = described["paths"]["/update"]["post"]["parameters"]

    assert (header["name"], header["in"]) == ("Idempotency-Key", "header")
    assert header["schema"]["maxLength"] == 256
    assert "Idempotency-Key" not in json.dumps(described["components"]["schemas"]["UpdateIn"])
