"""The API key: sent with every request and never shown."""

import traceback

import httpx
import pytest
from fake_attune import answers, breaks

from attune_client import ONCE, AsyncAttuneClient, AttuneClient, AttuneError

KEY = "attune_abc_0123456789"


@pytest.mark.parametrize(
    ("environment", "arguments", "header"),
    [
        (None, {"key": KEY}, f"Bearer {KEY}"),
        (f"{KEY}\n", {}, f"Bearer {KEY}"),
        (KEY, {"key": "attune_other_1"}, "Bearer attune_other_1"),
        (KEY, {"headers": {"Authorization": "Basic x"}}, "Basic x"),
        (None, {}, None),
        (" ", {}, None),
        (KEY, {"key": ""}, None),
    ],
)
def test_the_key_comes_from_headers_argument_or_environment(
    service, monkeypatch, environment, arguments, header
):
    monkeypatch.delenv("ATTUNE_KEY", raising=False)
    if environment is not None:
        monkeypatch.setenv("ATTUNE_KEY", environment)

    transport = httpx.MockTransport(service)
    with AttuneClient(transport=transport, retry=ONCE, **arguments) as client:
        client.model()

    assert service.requests[-1].headers.get("Authorization") == header


@pytest.mark.parametrize("kind", [AttuneClient, AsyncAttuneClient])
@pytest.mark.parametrize("broken", [f"{KEY}\nx", f"{KEY} x", f"{KEY}\u00e4"])
def test_a_malformed_key_is_rejected_and_not_shown(kind, broken):
    with pytest.raises(ValueError, match="character") as rejected:
        kind(key=broken)

    assert KEY not in "".join(traceback.format_exception(rejected.value))


@pytest.mark.parametrize("outage", [answers(401), answers(403), breaks(httpx.ConnectError)])
def test_no_error_and_no_repr_shows_the_key(service, outage):
    service.outages.append(outage)
    transport = httpx.MockTransport(service)

    with (
        AttuneClient(key=KEY, transport=transport, retry=ONCE) as client,
        pytest.raises(AttuneError) as failed,
    ):
        client.model()

    assert KEY not in "".join(traceback.format_exception(failed.value))
    assert KEY not in repr(failed.value) + repr(client) + repr(vars(client))
