"""What is refused: each with its status and its code, all in one shape."""

import pytest

from tests.http.bad_requests import BAD_REQUESTS, STATUSES

pytestmark = pytest.mark.http


def named(row):
    """Return what names a test: the call and what its sentence must hold."""
    call, code, result, _ = row
    return f"{call[:30]} {result[:40] or code}".replace(" ", "-")


@pytest.mark.usefixtures("old_track")  # or there would be nothing to ask about
@pytest.mark.parametrize(
    ("call", "code", "result", "sent"), BAD_REQUESTS, ids=map(named, BAD_REQUESTS)
)
def test_a_bad_request_is_refused_with_a_problem(client, call, code, result, sent):
    method, path = call.split(" ")

    reply = client.request(method, path, **sent)

    problem = reply.json()
    assert (reply.status_code, problem["code"]) == (STATUSES.get(code, 422), code), problem
    assert result in problem["detail"]
    assert reply.headers["content-type"] == "application/problem+json"
    assert problem["type"] == "about:blank"
    assert problem["status"] == reply.status_code
    assert problem["title"]
    assert problem["request_id"] == reply.headers["x-request-id"]
    fields = {"type", "title", "status", "code", "detail", "request_id"}
    assert set(problem) - {"errors"} == fields
