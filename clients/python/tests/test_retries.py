"""What is sent again, when, and when no more."""

from dataclasses import replace

import httpx
import pytest
from fake_attune import answers, breaks, loses_the_reply

from attune_client import (
    AttuneClient,
    Label,
    NotFound,
    ProblemError,
    RateLimited,
    RetryPolicy,
    ServerError,
    TransportError,
)

LOST = [
    httpx.ConnectError,
    httpx.ReadError,
    httpx.WriteError,
    httpx.RemoteProtocolError,
    httpx.ConnectTimeout,
    httpx.ReadTimeout,
]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_passing_status_is_asked_again(client, service, status):
    service.outages.extend([answers(status), answers(status)])

    assert client.model().snapshot == "2026.1"
    assert len(service.requests) == 3


@pytest.mark.parametrize("error", LOST)
def test_a_lost_connection_is_tried_again(client, service, error):
    service.outages.append(breaks(error))

    assert client.model().snapshot == "2026.1"


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 410, 413, 422, 500, 501])
def test_a_lasting_status_is_not_asked_again(client, service, status):
    service.outages.append(answers(status))

    with pytest.raises(ProblemError):
        client.model()

    assert len(service.requests) == 1


def test_a_request_that_cannot_be_sent_is_not_tried_again(client, service):
    service.outages.append(breaks(httpx.UnsupportedProtocol))

    with pytest.raises(TransportError):
        client.model()

    assert len(service.requests) == 1


def test_an_update_whose_reply_was_lost_is_recorded_once(client, service):
    service.outages.append(loses_the_reply)

    reply = client.update("ana", [Label.quadrant("t1", "Q1")])

    assert (reply.accepted, reply.duplicates, reply.n_labels) == (0, 1, 1)
    assert service.requests[0].content == service.requests[1].content


def test_a_deletion_whose_reply_was_lost_has_succeeded(client, service):
    client.put_track("t1", lyrics="la")
    service.outages.append(loses_the_reply)

    client.delete_track("t1")

    assert service.tracks == {}


def test_a_deletion_of_nothing_is_not_found(client):
    with pytest.raises(NotFound):
        client.delete_track("t1")


def test_all_attempts_at_a_call_share_its_request_id(client, service):
    service.outages.extend([answers(503), breaks(httpx.ReadError)])

    client.model()

    assert len({request.headers["X-Request-ID"] for request in service.requests}) == 1


def test_waits_double_up_to_the_longest(client, service, time, policy):
    service.outages.extend([answers(503)] * policy.attempts)

    with pytest.raises(ServerError):
        client.model()

    assert time.sleeps == pytest.approx([0.2, 0.4, 0.8])
    assert policy.wait_s(30, None) == policy.longest_wait_s


def test_jitter_is_full():
    policy = RetryPolicy(first_wait_s=1.0)

    waits = [policy.wait_s(1, None) for _ in range(200)]

    # 200 even draws from [0, 1] all miss a tenth of it with probability 0.9**200 < 1e-9
    assert min(waits) < 0.1
    assert 0.9 < max(waits) <= 1.0


def test_the_service_says_how_long_it_wants_to_be_left_alone(client, service, time):
    service.outages.append(answers(429, Retry_After="7"))

    client.model()

    assert time.sleeps == pytest.approx([7.2])


def test_a_date_to_come_back_is_counted_from_the_reply_s_own_date(client, service, time):
    service.outages.append(
        answers(
            503,
            Retry_After="Fri, 02 Jan 2026 03:04:15 GMT",
            Date="Fri, 02 Jan 2026 03:04:05 GMT",
        )
    )

    client.model()

    assert time.sleeps == pytest.approx([10.2])


@pytest.mark.parametrize("nonsense", ["soon", "-5", "\u00b2", "Fri, 02 Jan 2026 03:04:15 GMT"])
def test_a_wish_that_makes_no_sense_is_no_wish(client, service, time, nonsense):
    service.outages.append(answers(503, Retry_After=nonsense.encode("latin-1")))

    client.model()

    assert time.sleeps == pytest.approx([0.2])


def test_a_wish_beyond_the_deadline_is_told_at_once(client, service, time):
    service.outages.append(answers(429, Retry_After="3600"))

    with pytest.raises(RateLimited) as refused:
        client.model()

    assert refused.value.retry_after_s == 3600.0
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


def test_the_last_failure_is_the_one_that_is_told(client, service):
    service.outages.extend([answers(503), answers(503), answers(503), breaks(httpx.ConnectError)])

    with pytest.raises(TransportError, match=r"GET /model: no reply after 4 attempt\(s\)") as lost:
        client.model()

    assert isinstance(lost.value.__cause__, httpx.ConnectError)
    assert lost.value.request_id == service.requests[0].headers["X-Request-ID"]


def test_readiness_is_asked_once_whatever_the_policy(client, service, time):
    service.outages.extend([answers(503), breaks(httpx.ConnectError)])

    assert [client.ready() for _ in range(3)] == [False, False, True]
    assert time.sleeps == []


def test_readiness_that_is_refused_is_an_error_and_not_a_no(client, service):
    service.outages.append(answers(401))

    with pytest.raises(ProblemError):
        client.ready()


def test_one_attempt_means_one(service, policy):
    service.outages.append(answers(503))
    impatient = replace(policy, attempts=1)

    with (
        AttuneClient(transport=httpx.MockTransport(service), retry=impatient) as client,
        pytest.raises(ServerError),
    ):
        client.model()

    assert len(service.requests) == 1
