"""Which error a reply becomes, and what it tells."""

import httpx
import pytest
from fake_attune import answers, breaks

from attune_client import (
    AttuneError,
    Conflict,
    FieldError,
    Forbidden,
    Gone,
    NotFound,
    ProblemError,
    RateLimited,
    Refused,
    ServerError,
    TransportError,
    Unauthorized,
    Unavailable,
    UnexpectedReplyError,
)

BY_STATUS = {
    307: ProblemError,
    400: Refused,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    413: Refused,
    422: Refused,
    429: RateLimited,
    500: ServerError,
    503: Unavailable,
}


@pytest.mark.parametrize(("status", "kind"), BY_STATUS.items())
def test_a_status_has_its_error(client, service, policy, status, kind):
    service.outages.extend([answers(status)] * policy.attempts)

    with pytest.raises(ProblemError) as refused:
        client.model()

    assert type(refused.value) is kind
    assert refused.value.status == status


def test_an_error_tells_all_that_the_service_told(client):
    with pytest.raises(NotFound) as refused:
        client.get_track("x")

    error = refused.value
    assert (error.code, error.detail) == ("track_not_found", "There is no track 'x'.")
    assert error.errors == (FieldError("track_id", "unknown"),)
    assert error.request_id == "req-1"
    assert str(error) == "404 track_not_found: There is no track 'x'. (request req-1)"


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", "", "[]", '{"code": 7}', "\x00"])
def test_a_proxy_s_error_page_is_an_error_like_any_other(client, service, body):
    service.outages.append(lambda *_: httpx.Response(500, text=body))

    with pytest.raises(ServerError) as refused:
        client.model()

    assert refused.value.code == "http_500"
    assert refused.value.request_id == service.requests[0].headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<html>Log in</html>", "expected JSON"),
        ("[]", r"reply: expected Model, got \[\]"),
        ("{}", r"reply\.snapshot is missing"),
        ('{"snapshot": 3}', r"reply\.snapshot: expected str, got 3"),
        ('{"snapshot": NaN}', "NaN"),
    ],
)
def test_a_success_that_is_none_names_what_is_wrong(client, service, body, complaint):
    service.outages.append(lambda *_: httpx.Response(200, text=body))

    with pytest.raises(UnexpectedReplyError, match=complaint) as unexpected:
        client.model()

    assert isinstance(unexpected.value, AttuneError)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "body", ["{}", "[]", '{"items": {}}', '{"items": [3]}', '{"items": [{}]}']
)
def test_a_batch_reply_out_of_shape_is_named(client, service, body):
    service.outages.append(lambda *_: httpx.Response(200, text=body))

    with pytest.raises(UnexpectedReplyError, match=r"reply"):
        client.predict_batch(["t1"])


def test_what_cannot_be_written_as_json_never_leaves(client, service):
    with pytest.raises(ValueError, match="JSON"):
        client.query("ana", n=float("nan"))

    assert service.requests == []


def test_a_reply_that_cannot_be_unpacked_is_not_asked_for_again(client, service):
    service.outages.append(breaks(httpx.DecodingError))

    with pytest.raises(TransportError, match="DecodingError"):
        client.model()

    assert len(service.requests) == 1
