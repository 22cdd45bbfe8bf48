"""Every page, in light and in dark: axe-core finds nothing that keeps people out."""

import pytest
from attune_client import Label
from axe_playwright_python.sync_playwright import Axe

from tests.browser.annotation_page import Annotating
from tests.browser.conftest import PHONE, WIDE, picture

pytestmark = [pytest.mark.people, pytest.mark.slow]

GRAVE = {"serious", "critical"}
PAGES = ("/", "/annotate", "/me", "/dashboard", "/try")
LOOKS = {"wide-light": (WIDE, "light"), "phone-dark": (PHONE, "dark")}
"""By name: a size, and the colours that its owner prefers."""


def faults(page):
    """Return what axe-core finds grave: the rule, and where."""
    found = Axe().run(page).response["violations"]
    return [
        (fault["id"], node["target"], node.get("failureSummary"))
        for fault in found
        for node in fault["nodes"]
        if fault["impact"] in GRAVE
    ]


@pytest.fixture(scope="module", name="reader")
def _reader(attune):
    """A listener with some answers, so that pages have something to show."""
    points = [Label.point(f"tone-{n:02}", valence=n / 10 - 0.5, arousal=0.4) for n in range(9)]
    attune.update("reader", points)
    return "reader"


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", PAGES)
def test_nobody_is_kept_out_of_a_page(page_for, reader, path, look):
    size, scheme = LOOKS[look]
    page = page_for(*size, color_scheme=scheme)

    page.goto(f"{path}?user={reader}")
    page.wait_for_load_state("networkidle")

    name = path.strip("/") or "home"
    picture(page, f"{name}-{look}")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("look", LOOKS)
def test_nobody_is_kept_out_of_a_step_of_answering(page_for, look):
    size, scheme = LOOKS[look]
    page = page_for(*size, color_scheme=scheme)
    annotating = Annotating(page)
    found = {}

    def judge(step):
        picture(page, f"annotate-{step}-{look}")
        found[step] = faults(page)

    page.goto("/annotate")
    page.get_by_label("Your name here").wait_for()
    judge("name")
    annotating.open(f"steps-{look}").listen()
    page.get_by_text("Answer with two sliders instead").click()
    page.get_by_text("Keys and settings").click()
    page.locator("#plane svg").press("ArrowRight")
    judge("open")
    annotating.answer(-0.5, 0.5)
    judge("answered")

    assert found == {"name": [], "open": [], "answered": []}


def test_nobody_is_kept_out_where_nothing_can_be_asked(page_for, attune):
    page = page_for(*PHONE, failing=("/query",))
    for number in range(24):
        attune.update("through", [Label.quadrant(f"tone-{number:02}", "Q1")])

    page.goto("/annotate?user=through")
    page.get_by_text("You have answered every track").wait_for()

    picture(page, "annotate-done-phone-light")
    assert faults(page) == []
