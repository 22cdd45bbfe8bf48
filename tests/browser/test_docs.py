"""The API page lists every call, filters calls, and sends their examples."""

from contextlib import suppress

import httpx
import pytest
from attune_client import NotFound
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from service.api.examples import TRACK_ID
from tests.browser.conftest import WIDE, make_key, picture
from tests.browser.tone_files import recording

pytestmark = [pytest.mark.people, pytest.mark.slow]

GRAVE = {"serious", "critical"}
NARROW = (360, 800)
LOOKS = {"wide-light": (WIDE, "light"), "phone-dark": (NARROW, "dark")}
NOT_OURS = {"nested-interactive"}
"""Grave faults of Swagger UI's own markup: the lock of a call is a button in a button."""


@pytest.fixture(scope="module", autouse=True)
def _left_as_found(attune):
    """Take away what was registered, because other pages are tested on the same catalogue."""
    yield
    for track_id in (TRACK_ID, "by-form"):
        with suppress(NotFound):
            attune.delete_track(track_id)


@pytest.fixture(scope="module", name="operations")
def _operations(server):
    """The method and path of every operation of the contract."""
    paths = httpx.get(f"{server.url}/openapi.json", trust_env=False).json()["paths"]
    return {f"{method.upper()} {path}" for path, calls in paths.items() for method in calls}


def opened(page, operation):
    """Open the page at an operation, named as in ``tracks/put_track``; return its block."""
    page.goto(f"/docs#/{operation}")
    block = page.locator(f"#operations-{operation.replace('/', '-')}")
    block.locator(".opblock-body .execute").wait_for()
    return block


def tried(page, operation):
    """Try an operation with its example, and return the block once it shows the reply."""
    block = opened(page, operation)
    block.locator(".execute").click()
    block.locator(".live-responses-table").wait_for()
    return block


def status(block):
    """Return where a block shows the status of a reply."""
    return block.locator(".live-responses-table .response .response-col_status")


def fits(page):
    """Whether nothing is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("look", LOOKS)
def test_every_call_error_and_type_is_on_the_page(page_for, operations, look):
    size, scheme = LOOKS[look]
    page = page_for(*size, color_scheme=scheme)

    page.goto("/docs")
    page.locator(".opblock").first.wait_for()
    page.get_by_role("button", name="Schemas").click()

    picture(page, f"docs-{look}")
    summaries = page.locator(".opblock-summary")
    shown = summaries.evaluate_all(
        "(all) => all.map((one) => one.querySelector('.opblock-summary-method').textContent + ' '"
        " + one.querySelector('[data-path]').dataset.path)"
    )
    assert set(shown) == operations
    expect(page.locator(".info").get_by_text("track_not_found")).to_be_attached()
    expect(page.locator(".models").get_by_text("Prediction", exact=True)).to_be_visible()
    assert fits(page)


@pytest.mark.parametrize("look", LOOKS)
def test_the_list_of_calls_has_no_grave_accessibility_fault(page_for, look):
    size, scheme = LOOKS[look]
    page = page_for(*size, color_scheme=scheme)

    page.goto("/docs")
    page.locator(".opblock").first.wait_for()

    # Preloading would put style sheets that others import into the page, against its policy.
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert {fault["id"] for fault in found if fault["impact"] in GRAVE} == NOT_OURS


def test_the_filter_narrows_the_list_by_tag_and_by_path(page_for):
    page = page_for(*WIDE)
    page.goto("/docs")
    field = page.get_by_placeholder("Filter")

    field.fill("rank")
    expect(page.locator(".opblock")).to_have_count(1)
    field.fill("/audio")

    expect(page.locator(".opblock")).to_have_count(1)
    expect(page.locator(".opblock [data-path]")).to_have_attribute(
        "data-path", "/tracks/{track_id}/audio"
    )


@pytest.mark.parametrize("look", LOOKS)
def test_the_examples_of_calls_can_be_sent(page_for, look):
    size, scheme = LOOKS[look]
    page = page_for(*size, color_scheme=scheme)
    order = ["tracks/put_track", "predict/predict", "update/update", "users/post_labels"]

    shown = {name: status(tried(page, name)).inner_text() for name in order}

    picture(page, f"docs-tried-{look}")
    assert {text.split()[0] for text in shown.values()} <= {"200", "201"}
    assert fits(page)


def test_a_form_sends_its_fields_and_a_file_and_nothing_empty(page_for, attune):
    page = page_for(*NARROW)
    block = opened(page, "tracks/put_track")
    block.get_by_placeholder("track_id").fill("by-form")

    block.locator(".opblock-section-request-body select").select_option("multipart/form-data")
    block.locator("input[type=file]").set_input_files(
        {"name": "tone.wav", "mimeType": "audio/wav", "buffer": recording(1)}
    )
    block.locator(".execute").click()

    expect(status(block)).to_contain_text("201")
    assert attune.get_track("by-form").title == "Battle Theme"
    assert fits(page)


def test_a_key_opens_a_call_and_is_not_stored(page_for, shut):
    key = make_key(shut, "reader", "--scopes", "predict")
    page = page_for(*NARROW, base_url=shut.url, failing=("/model",))
    refused = status(tried(page, "model/get_model")).inner_text()

    page.get_by_role("button", name="Authorize").first.click()
    page.locator("#auth-bearer-value").fill(key)
    page.locator(".modal-ux").get_by_role("button", name="Apply credentials").click()
    page.locator(".modal-ux .close-modal").click()
    page.locator("#operations-model-get_model .execute").click()

    expect(status(page.locator("#operations-model-get_model"))).to_contain_text("200")
    assert "401" in refused
    assert page.evaluate("JSON.stringify([localStorage, sessionStorage])").find(key) == -1
