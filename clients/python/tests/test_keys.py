"""The API key: sent with every request, and shown to nobody."""

import traceback

import httpx
import pytest
from fake_attune import answers, breaks

from attune_client import ONCE, AsyncAttuneClient, AttuneClient, AttuneError

KEY = "attune_abc_0123456789"


def sent_by(service, **given):
    """Return the header that a client sends."""
    with AttuneClient(transport=httpx.MockTransport(service), retry=ONCE, **given) as client:
        client.model()
    return service.requests[-1].headers.get("Authorization")


def test_a_key_goes_with_every_request(service):
    assert sent_by(service, key=KEY) == f"Bearer {KEY}"


def test_without_a_key_the_environment_is_asked(service, monkeypatch):
    monkeypatch.setenv("ATTUNE_KEY", f"{KEY}\n")

    assert sent_by(service) == f"Bearer {KEY}"
    assert sent_by(service, key="attune_other_1") == "Bearer attune_other_1"


@pytest.mark.parametrize("value", [None, "", " "])
def test_without_any_key_none_is_sent(service, monkeypatch, value):
    monkeypatch.delenv("ATTUNE_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("ATTUNE_KEY", value)

    assert sent_by(service) is None


def test_a_header_of_the_caller_s_own_comes_before_the_key(service, monkeypatch):
    monkeypatch.setenv("ATTUNE_KEY", KEY)

    assert sent_by(service, headers={"Authorization": "Basic x"}) == "Basic x"


@pytest.mark.parametrize("kind", [AttuneClient, AsyncAttuneClient])
@pytest.mark.parametrize("broken", [f"{KEY}\nx", f"{KEY} x", f"{KEY}\u00e4"])
def test_a_key_that_cannot_be_one_is_refused_and_not_shown(kind, broken):
    with pytest.raises(ValueError, match="character") as refused:
        kind(key=broken)

    assert KEY not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("outage", [answers(401), answers(403), breaks(httpx.ConnectError)])
def test_no_error_and_no_repr_shows_the_key(service, outage):
    service.outages.append(outage)
    transport = httpx.MockTransport(service)

    with (
        AttuneClient(key=KEY, transport=transport, retry=ONCE) as client,
        pytest.raises(AttuneError) as refused,
    ):
        client.model()

    assert KEY not in "".join(traceback.format_exception(refused.value))
    assert KEY not in repr(refused.value) + repr(client) + repr(vars(client))
