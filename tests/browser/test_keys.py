"""Where the service wants keys, a link brings one, or the page asks for it."""

import pytest
from attune_client import AttuneClient
from playwright.sync_api import expect

from tests.browser.annotation_page import Annotating
from tests.browser.conftest import WIDE, make_key

pytestmark = [pytest.mark.people, pytest.mark.slow]


@pytest.fixture(scope="module", name="anas_key")
def _anas_key(shut):
    """A key for one listener, who is forgotten: other tests want a service without answers."""
    yield make_key(shut, "phone", "--scopes", "predict,label", "--user", "ana")
    with AttuneClient(shut.url, key=make_key(shut, "admin", "--scopes", "admin")) as client:
        client.forget("ana")


def test_a_link_with_a_key_is_all_that_a_listener_needs(page_for, shut, anas_key):
    page = page_for(*WIDE, base_url=shut.url)

    Annotating(page).open("ana", f"#key={anas_key}").listen().answer(0.4, 0.4).sent()

    assert "key" not in page.url
    assert page.evaluate("sessionStorage.getItem('attune.key')") == anas_key
    assert page.evaluate("JSON.stringify(localStorage)").find(anas_key) == -1
    page.reload()
    Annotating(page).until("listening")


def test_who_has_no_key_is_asked_for_it_and_loses_nothing(page_for, shut, anas_key):
    page = page_for(*WIDE, base_url=shut.url, failing=("/query",))
    page.goto("/annotate?user=ana")

    field = page.get_by_label("Key (attune_…)")
    field.fill("secret")
    field.press("Enter")
    expect(page.get_by_role("alert").first).to_have_text("A key begins with attune_.")
    field.fill(anas_key)
    field.press("Enter")

    Annotating(page).until("listening")


def test_another_listeners_key_is_refused_with_a_sentence(page_for, shut, anas_key):
    page = page_for(*WIDE, base_url=shut.url, failing=("/query",))

    page.goto(f"/annotate?user=ben#key={anas_key}")

    expect(page.locator("#closed-text")).to_contain_text("another listener")
