"""The operator sees what the service counts, and says so where it is too little."""

import pytest
from attune_client import Circumstances, Label
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, make_key, picture

pytestmark = [pytest.mark.people, pytest.mark.journey, pytest.mark.slow]

LISTENERS = ("counted-1", "counted-2", "counted-3")
DRAWN = Circumstances(strategy="eps-mix", is_random=True)
QUADRANTS = ("Q1", "Q2", "Q3", "Q4")


@pytest.fixture(scope="module", name="answered")
def _answered(attune):
    """Three listeners answered six questions each, drawn evenly."""
    for place, user_id in enumerate(LISTENERS):
        for number in range(6):
            quadrant = QUADRANTS[(place + number) % len(QUADRANTS)]
            label = Label.quadrant(f"tone-{number:02}", quadrant, circumstances=DRAWN)
            attune.update(user_id, [label])


def look(page):
    page.goto("/dashboard")
    expect(page.locator("#state")).to_contain_text("As of")
    return page


def rows(page, figure):
    """Return what a figure's table says, row by row."""
    return [
        line.locator("th, td").all_text_contents()
        for line in page.locator(f"#{figure}-figure tbody tr").all()
    ]


@pytest.mark.usefixtures("answered")
def test_the_dashboard_shows_what_the_service_counts(page_for, attune):
    told = attune.overview()

    page = look(page_for(*WIDE))

    for name in ("n_users", "n_labels", "n_tracks"):
        expect(page.locator(f"#{name}")).to_have_text(f"{getattr(told, name):,}")
    days = rows(page, "labels_per_day")
    assert [int(day[1]) for day in days] == [day.n_labels for day in told.labels_per_day]
    users = rows(page, "users_by_labels")
    assert [int(line[1]) for line in users] == [line.n_users for line in told.users_by_labels]


@pytest.mark.usefixtures("answered")
def test_shares_are_shown_with_their_numbers(page_for, attune):
    told = attune.overview()

    page = look(page_for(*WIDE))

    accuracy = rows(page, "accuracy")
    assert [int(line[1]) for line in accuracy] == [line.n for line in told.accuracy]
    for line, one in zip(accuracy, told.accuracy, strict=True):
        assert line[3].startswith(f"{one.personal.hits} of {one.personal.n} (")
        assert line[4].startswith(f"{one.population.hits} of {one.population.n} (")
    [drawn] = [line for line in rows(page, "strategies") if line[0] == "eps-mix"]
    assert drawn[1:3] == ["18", "3"]
    [snapshot] = rows(page, "snapshots")
    assert told.snapshots[0].snapshot in snapshot[0]
    whiskers = page.locator("#accuracy-figure .read")
    expect(whiskers).to_have_count(2 * len(told.accuracy))


@pytest.mark.usefixtures("answered")
def test_routes_are_shown_with_their_times(page_for):
    page = look(page_for(*WIDE))

    [update] = [line for line in rows(page, "latency") if line[0] == "POST /update"]

    assert int(update[1].replace(",", "")) > 0
    assert all(time.endswith(("ms", "\N{NO-BREAK SPACE}s")) for time in update[2:])


@pytest.mark.usefixtures("answered")
def test_refresh_counts_anew(page_for, attune):
    page = look(page_for(*WIDE))
    before = attune.overview().n_labels

    attune.update("counted-late", [Label.quadrant("tone-00", "Q1")])
    page.get_by_role("button", name="Refresh").click()

    expect(page.locator("#n_labels")).to_have_text(f"{before + 1:,}")


def test_the_dashboard_wants_a_key_of_an_operator(page_for, shut):
    listener, operator = (make_key(shut, name, "--scopes", name) for name in ("label", "admin"))
    page = page_for(*WIDE, base_url=shut.url, failing=("/overview",))

    page.goto(f"/dashboard#key={listener}")
    expect(page.locator("#state")).to_contain_text("This key may not see the dashboard.")
    expect(page.locator("#state")).to_contain_text("admin")
    expect(page.locator("#figures")).to_be_hidden()
    page.get_by_role("button", name="Use another key").click()
    page.get_by_role("dialog").get_by_role("textbox").fill(operator)
    page.get_by_role("dialog").get_by_role("button", name="Use it").click()

    expect(page.locator("#state")).to_contain_text("As of")
    expect(page.locator("#accuracy-words")).to_contain_text("Too little to say")
    expect(page.locator("#labels_per_day-words")).to_contain_text("No answer came")


@pytest.mark.usefixtures("answered")
def test_a_snapshot_that_was_calibrated_since_has_predicted_nothing_yet(page_for):
    page = page_for(*WIDE)

    def calibrated_since(route):
        reply = route.fetch()
        told = reply.json()
        told["snapshots"] = [each | {"role": "past"} for each in told["snapshots"]]
        route.fulfill(response=reply, json=told)

    page.route("**/overview", calibrated_since)

    look(page)

    expect(page.locator("#snapshots-words")).to_have_text(
        "The snapshot has predicted no answer since its last calibration."
    )


SHIPPED = {"kappa": 3.0, "gamma": 0.6, "tau": 0.4, "omega": 0.1}
JUDGED = {
    "n_answers": 137,
    "n_users": 15,
    "shipped": 0.912,
    "learnt": 0.897,
    "low": -0.027,
    "high": -0.003,
}
LEARNT = {
    "state": "learnt",
    "n_users": 24,
    "n_needed": 20,
    "n_answers_each": 5,
    "shipped": SHIPPED,
    "learnt": {"kappa": 4.12, "gamma": 0.5, "tau": 0.532, "omega": 0.0801},
    "n_fitted": 412,
    "judged": JUDGED,
    "calibrated_at": "2026-04-08T20:00:00Z",
}


def telling(page, listeners):
    """Show the dashboard as it is where this was learnt of listeners."""

    def told(route):
        reply = route.fetch()
        route.fulfill(response=reply, json=reply.json() | {"listeners": listeners})

    page.route("**/overview", told)
    return look(page)


@pytest.mark.usefixtures("answered")
def test_it_says_how_many_listeners_are_missing(page_for, attune):
    told = attune.overview()
    n_ready = sum(each.n_users for each in told.users_by_labels if each.from_ >= 5)

    page = look(page_for(*WIDE))

    expect(page.locator("#listeners-words")).to_contain_text(
        f"Nothing yet: {n_ready}\N{NO-BREAK SPACE}listeners have answered about 5 tracks or more, "
        f"and 20 are needed: {20 - n_ready} more."
    )
    assert [line[2] for line in rows(page, "listeners")] == ["\N{EN DASH}"] * 4


@pytest.mark.usefixtures("answered")
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_what_was_learnt_of_listeners_is_shown_with_its_figures(page_for, size):
    page = telling(page_for(*size), LEARNT)

    words = page.locator("#listeners-words")
    for part in ("137\N{NO-BREAK SPACE}answers", "0.897 instead of 0.912", "8 Apr 2026"):
        expect(words).to_contain_text(part)
    assert [line[1:] for line in rows(page, "listeners")] == [
        ["3.00", "4.12"],
        ["0.600", "0.500"],
        ["0.400", "0.532"],
        ["0.100", "0.0801"],
    ]
    page.locator("#listeners-title").scroll_into_view_if_needed()
    picture(page, f"dashboard-listeners-{size[0]}")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.usefixtures("answered")
def test_what_was_no_better_is_said_not_to_be_used(page_for):
    worse = LEARNT | {"state": "worse", "learnt": None, "judged": JUDGED | {"learnt": 0.93}}

    page = telling(page_for(*WIDE), worse)

    expect(page.locator("#listeners-words")).to_contain_text("So the shipped numbers are used.")


@pytest.mark.usefixtures("answered")
def test_enough_listeners_wait_for_the_next_calibration(page_for):
    waiting = LEARNT | {"state": "waiting", "learnt": None, "judged": None, "calibrated_at": None}

    page = telling(page_for(*WIDE), waiting)

    expect(page.locator("#listeners-words")).to_contain_text("enough for the next calibration")
