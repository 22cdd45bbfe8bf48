"""Web pages of other sites before a service without keys, and which answers they may use."""

from datetime import UTC, datetime

import pytest

from service.auth.api_keys import EVERY_SCOPE, make_key
from tests.http.authorized_service import FAR, OPEN, SCOPES, Keys, bearer, behind, opened, refusal
from tests.http.conftest import HERE
from tests.http.samples import hum

pytestmark = pytest.mark.http

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = "http://localhost:8080"
SHARING = "cross-origin-resource-policy"
GUARDED = [(method, template) for method, template in SCOPES if template not in OPEN]
ELSEWHERE = pytest.mark.parametrize(
    "site", ["cross-site", "same-site", "Cross-Site", "unheard-of"]
)


@pytest.fixture(scope="module", name="signed_urls")
def _signed_urls(application, client):
    del client  # boots the service
    return application.api.state.runtime.serving.shared.signed_urls


@pytest.fixture(scope="module", name="keyless")
def _keyless(application, signed_urls):
    """A client on this machine of a service without keys, which one page may call."""
    return behind(application, opened(Keys(), signed_urls, origins=[PAGE]), **HERE)


@pytest.fixture(scope="module", name="heard")
def _heard(client):
    """The address of a recording, which has a ticket."""
    reply = client.put("/tracks/played-elsewhere", files={"audio": ("a.wav", hum(7))})
    assert reply.status_code == 201, reply.text
    return reply.json()["audio_url"]


def asked_by(site, **more):
    return {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", **more}


@ELSEWHERE
def test_a_page_of_another_site_can_call_nothing_that_is_not_open(keyless, site):
    for method, template in GUARDED:
        path = template.format(track_id="t", user_id="u")
        reply = keyless.request(method, path, headers=asked_by(site))
        assert reply.status_code == 403, (method, template)
        assert method == "HEAD" or reply.json()["code"] == "cross_origin"


@ELSEWHERE
def test_a_page_of_another_site_cannot_play_a_recording(keyless, heard, site):
    bare = heard.partition("?")[0]

    assert refusal(keyless.get(bare, headers=asked_by(site))) == (403, "cross_origin")


@ELSEWHERE
def test_a_page_of_another_site_plays_a_recording_by_its_ticket(keyless, heard, site):
    reply = keyless.get(heard, headers=asked_by(site, Range="bytes=0-9"))

    assert (reply.status_code, len(reply.content)) == (206, 10)
    assert reply.headers[SHARING] == "cross-origin"


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_service_s_own_pages_and_addresses_that_were_typed_are_answered(keyless, heard, site):
    bare = heard.partition("?")[0]

    assert keyless.get("/model", headers=asked_by(site)).status_code == 200
    assert keyless.get(bare, headers=asked_by(site)).headers[SHARING] == "same-origin"


def test_a_link_on_another_site_leads_to_the_pages(keyless):
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}

    assert keyless.get("/annotate", headers=followed).status_code == 200


@pytest.mark.parametrize("path", ["/", "/model", "/readyz", "/nowhere", "/pages/style.css"])
def test_answers_are_for_pages_of_the_service_s_own_origin(keyless, path):
    assert keyless.get(path).headers[SHARING] == "same-origin"


def test_a_key_is_asked_for_no_site(application, signed_urls, heard):
    new = make_key("app", EVERY_SCOPE, None, NOW)
    shut = behind(application, opened(Keys(new.key), signed_urls), **FAR)

    shown = shut.get("/model", headers=asked_by("cross-site") | bearer(new.written))
    played = shut.get(heard, headers=asked_by("cross-site"))
    bare = shut.get(heard.partition("?")[0], headers=asked_by("cross-site"))

    assert shown.status_code == 200
    assert (played.status_code, played.headers[SHARING]) == (200, "cross-origin")
    assert refusal(bare) == (401, "key_needed")
    assert bare.headers[SHARING] == "same-origin"


@pytest.mark.parametrize("ticket", ["", "?ticket=1.x"])
def test_only_a_good_ticket_shares_a_recording_with_other_origins(keyless, heard, ticket):
    bare = heard.partition("?")[0]

    assert keyless.get(bare + ticket).headers[SHARING] == "same-origin"


def test_a_recording_that_a_browser_has_already_stays_shared(keyless, heard):
    kept = {"If-None-Match": keyless.get(heard).headers["etag"]}

    reply = keyless.get(heard, headers=kept)

    assert (reply.status_code, reply.headers[SHARING]) == (304, "cross-origin")
