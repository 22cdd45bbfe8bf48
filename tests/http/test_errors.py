"""What is refused: each with its status and its code, all in one shape."""

import re
from tempfile import SpooledTemporaryFile

import pytest
from pydantic import BaseModel

import service.api.openapi  # noqa: F401  # defines every type of a body
from tests.http.bad_requests import BAD_REQUESTS, STATUSES

pytestmark = pytest.mark.http


def below(root):
    """Yield a class and all that inherit from it."""
    yield root
    for each in root.__subclasses__():
        yield from below(each)


OF_ONE_WORD = re.compile("[A-Z][a-z]+")
"""Names such as Track, which a sentence may begin with."""
CLASSES = {SpooledTemporaryFile, *below(BaseModel), *below(Exception)}
CLASS_NAMES = {each.__name__ for each in CLASSES if not OF_ONE_WORD.fullmatch(each.__name__)} | {
    "Quadrant"
}


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
    messages = [problem["detail"], *(each["message"] for each in problem.get("errors", []))]
    assert CLASS_NAMES.isdisjoint(re.findall(r"\w+", " ".join(messages)))
