"""Retries: which failures are repeated, and when."""

from dataclasses import replace

import httpx
import pytest
from fake_attune import answers, breaks, loses_the_reply

from attune_client import (
    AttuneClient,
    AttuneError,
    Label,
    ProblemError,
    RateLimited,
    RetryPolicy,
    ServerError,
    TransportError,
)

DATE = "Fri, 02 Jan 2026 03:04:05 GMT"
TEN_SECONDS_LATER = "Fri, 02 Jan 2026 03:04:15 GMT"


@pytest.mark.parametrize(
    "outage",
    [
        *map(answers, (429, 502, 503, 504)),
        breaks(httpx.ConnectError),
        breaks(httpx.ReadError),
        breaks(httpx.WriteError),
        breaks(httpx.RemoteProtocolError),
        breaks(httpx.ConnectTimeout),
        breaks(httpx.ReadTimeout),
    ],
)
def test_a_transient_failure_is_repeated_under_one_request_id(client, service, outage):
    service.outages.extend([outage, outage])

    assert client.model().snapshot == "2026.1"
    assert len(service.requests) == 3
    assert len({request.headers["X-Request-ID"] for request in service.requests}) == 1


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 410, 413, 422, 500, 501])
def test_a_permanent_status_is_not_repeated(client, service, status):
    service.outages.append(answers(status))

    with pytest.raises(ProblemError):
        client.model()

    assert len(service.requests) == 1


@pytest.mark.parametrize("error", [httpx.UnsupportedProtocol, httpx.DecodingError])
def test_a_permanent_transport_error_is_not_repeated(client, service, error):
    service.outages.append(breaks(error))

    with pytest.raises(TransportError, match=error.__name__):
        client.model()

    assert len(service.requests) == 1


def test_an_update_whose_reply_was_lost_is_recorded_once(client, service):
    service.outages.append(loses_the_reply)

    reply = client.update("ana", [Label.quadrant("t1", "Q1")])

    assert (reply.accepted, reply.duplicates, reply.n_labels) == (0, 1, 1)
    assert service.requests[0].content == service.requests[1].content


def test_a_deletion_whose_reply_was_lost_succeeds(client, service):
    client.put_track("t1", lyrics="la")
    service.outages.append(loses_the_reply)

    client.delete_track("t1")

    assert service.tracks == {}


def test_waits_double_up_to_the_longest(client, service, time, policy):
    service.outages.extend([answers(503)] * policy.attempts)

    with pytest.raises(ServerError):
        client.model()

    assert time.sleeps == pytest.approx([0.2, 0.4, 0.8])
    assert policy.wait_s(30, None) == policy.longest_wait_s


def test_jitter_is_full():
    policy = RetryPolicy(first_wait_s=1.0)

    waits = [policy.wait_s(1, None) for _ in range(200)]

    # 200 uniform draws from [0, 1] all miss a tenth of it with probability 0.9**200 < 1e-9
    assert min(waits) < 0.1
    assert 0.9 < max(waits) <= 1.0


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry_After": "7"}, 7.2),
        ({"Retry_After": TEN_SECONDS_LATER, "Date": DATE}, 10.2),
        ({"Retry_After": TEN_SECONDS_LATER}, 0.2),
        ({"Retry_After": "soon"}, 0.2),
        ({"Retry_After": "-5"}, 0.2),
        ({"Retry_After": "\u00b2".encode("latin-1")}, 0.2),
    ],
)
def test_the_wait_begins_after_a_valid_retry_after(client, service, time, headers, wait_s):
    service.outages.append(answers(429, **headers))

    client.model()

    assert time.sleeps == pytest.approx([wait_s])


def test_a_retry_after_beyond_the_deadline_is_an_error_at_once(client, service, time):
    service.outages.append(answers(429, Retry_After="3600"))

    with pytest.raises(RateLimited) as failed:
        client.model()

    assert failed.value.retry_after_s == 3600.0
    assert time.sleeps == []


def test_time_spent_in_attempts_counts_towards_the_deadline(client, service, time, policy):
    def hangs(_service, request):
        time.now_s += request.extensions["timeout"]["read"]
        raise httpx.ReadTimeout("hung", request=request)

    service.outages.extend([hangs] * policy.attempts)
    started_s = time.now_s

    with pytest.raises(TransportError):
        client.model()

    assert time.now_s - started_s <= policy.deadline_s
    timeouts = [request.extensions["timeout"]["read"] for request in service.requests]
    assert timeouts == pytest.approx([10.0, 10.0, 30.0 - 20.0 - 0.2 - 0.4])


def test_the_last_failure_is_raised(client, service):
    service.outages.extend([answers(503), answers(503), answers(503), breaks(httpx.ConnectError)])

    with pytest.raises(TransportError, match=r"GET /model: no reply after 4 attempt\(s\)") as lost:
        client.model()

    assert isinstance(lost.value.__cause__, httpx.ConnectError)
    assert lost.value.request_id == service.requests[0].headers["X-Request-ID"]


def test_ready_makes_one_attempt(client, service, time):
    service.outages.extend([answers(503), breaks(httpx.ConnectError)])

    assert [client.ready() for _ in range(3)] == [False, False, True]
    assert time.sleeps == []

    service.outages.append(answers(401))
    with pytest.raises(ProblemError):
        client.ready()


def test_a_policy_of_one_attempt_never_repeats(service, policy):
    service.outages.append(answers(503))
    once = replace(policy, attempts=1)

    with (
        AttuneClient(transport=httpx.MockTransport(service), retry=once) as client,
        pytest.raises(ServerError),
    ):
        client.model()

    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("outage", "n_attempts"),
    [
        (answers(502), 1),
        (answers(504), 1),
        (breaks(httpx.ReadTimeout), 1),
        (breaks(httpx.RemoteProtocolError), 1),
        (answers(503), 4),
        (breaks(httpx.ConnectError), 4),
    ],
)
def test_a_policy_may_bound_unanswered_uploads(service, time, policy, outage, n_attempts):
    service.outages.extend([outage] * policy.attempts)
    bound = replace(policy, unanswered_uploads=1)

    with (
        AttuneClient(
            transport=httpx.MockTransport(service), retry=bound, sleep=time.sleep
        ) as client,
        pytest.raises(AttuneError),
    ):
        client.put_track("t1", b"audio")

    assert len(service.requests) == n_attempts
