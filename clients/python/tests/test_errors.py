"""The exceptions that replies raise."""

import httpx
import pytest
from fake_attune import answers

from attune_client import (
    Conflict,
    FieldError,
    Forbidden,
    Gone,
    NotFound,
    ProblemError,
    RateLimited,
    Refused,
    ServerError,
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

    with pytest.raises(ProblemError) as failed:
        client.model()

    assert type(failed.value) is kind
    assert failed.value.status == status


def test_an_error_has_the_fields_of_the_problem(client):
    with pytest.raises(NotFound) as failed:
        client.get_track("x")

    error = failed.value
    assert (error.code, error.detail) == ("track_not_found", "There is no track 'x'.")
    assert error.errors == (FieldError("track_id", "unknown"),)
    assert error.request_id == "req-1"
    assert str(error) == "404 track_not_found: There is no track 'x'. (request req-1)"


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", "", "[]", '{"code": 7}', "\x00"])
def test_an_error_page_of_a_proxy_is_an_error_too(client, service, body):
    service.outages.append(lambda *_: httpx.Response(500, text=body))

    with pytest.raises(ServerError) as failed:
        client.model()

    assert failed.value.code == "http_500"
    assert failed.value.request_id == service.requests[0].headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("call", "body", "message"),
    [
        ("model", "<html>Log in</html>", "expected JSON"),
        ("model", '{"snapshot": NaN}', "NaN"),
        ("model", "[]", r"reply: expected Model, got \[\]"),
        ("predict_batch", '{"items": [{}]}', r"reply\.items: an item has neither"),
    ],
)
def test_a_success_that_breaks_the_contract_is_an_error(client, service, call, body, message):
    service.outages.append(lambda *_: httpx.Response(200, text=body))

    with pytest.raises(UnexpectedReplyError, match=message):
        getattr(client, call)()

    assert len(service.requests) == 1
