"""What the bench of sizes sends, and the page that it writes."""

import json
from dataclasses import replace

import pytest

from models.query import PLAIN as STRATEGIES
from tests.bench.rank import PLAIN
from tests.bench.scale import page
from tests.bench.scale.databases import Size
from tests.bench.scale.isolation import Isolation
from tests.bench.scale.large import Large
from tests.bench.scale.measuring import Measured, Memory, Started
from tests.bench.scale.replicas import Poll, Polls
from tests.bench.scale.routes import every_call
from tests.bench.scale.trial import Trial
from tests.journey.servers import ROOT

REPORT, MANUAL = ROOT / "reports" / "scale" / "index.md", ROOT / "docs" / "operating.md"
STARTED = Started(9.0, 4.0, 12.0, 6.0, Memory(36.0, 315.0))
ISOLATION = Isolation(500, 5.0, 20.0, 10.0, 400.0)
LARGE = Large(10_000_000, 2 * 10**9, 60.0, 1.5, 400.0, 1_800.0, {PLAIN: 100.0}, {PLAIN: 110.0})
POLLS = Polls(Poll(0.2, 0.05), Poll(0.2, 0.05), Poll(0.2, 0.05))


def _trial(size: Size) -> Trial:
    """A trial whose ranking is linear in tracks; updates grow with the root of the answers."""
    calls = [
        Measured("GET /overview", None, 7.0, 9.0, 5.0, 6.0),
        Measured("POST /query mc", None, 9.0, 9.0, size.n_tracks / 1e4, 8.0),
        *(
            Measured("POST /update, 1 answer", n, 9.0, 9.0, n**0.5, 8.0)
            for n in (1, 10, 100, 1_000, 20_000)
        ),
        Measured("POST /rank, quadrant", 10, 0.0, 0.0, problem="504 {too slow}"),
    ]
    tables = {"track": 5_000 * size.n_tracks, "label_event": 10}
    return Trial(size, 77, tables, 190 * size.n_tracks, STARTED, STARTED, calls, Memory(36, 500))


@pytest.fixture(name="results")
def _results():
    sizes = [Size(10_000, 1_000), Size(100_000, 1_000), Size(100_000, 10_000)]
    trials = {size: _trial(size) for size in sizes}
    trials[sizes[-1]] = replace(trials[sizes[-1]], isolation=ISOLATION)
    return page.Results(trials, {100_000: 2.0}, LARGE, POLLS)


def _row(text: str, name: str) -> list[str]:
    """Return the cells of the first row of a table that begins with a name."""
    line = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_every_route_of_the_api_is_measured():
    document = json.loads((ROOT / "clients" / "openapi.json").read_text())
    routes = {
        f"{verb.upper()} {path}" for path, verbs in document["paths"].items() for verb in verbs
    }

    calls = every_call(100_000, 1_000)

    assert {call.route for call in calls} == routes
    assert {call.name for call in calls} >= {f"POST /query {name}" for name in STRATEGIES}


def test_each_request_goes_to_the_route_that_the_call_names():
    for call in every_call(100_000, 1_000):
        for request in (next(call.requests), next(call.requests)):
            path = request.path.partition("?")[0].split("/")
            verb, _, wanted = call.route.partition(" ")
            assert request.method == verb
            assert len(path) == len(wanted.split("/"))
            assert all(
                ours == theirs or theirs.startswith("{")
                for ours, theirs in zip(path, wanted.split("/"), strict=True)
            )


def test_growth_is_a_power_that_is_fitted(results):
    text = page.page(results, ["How."])

    *_, over_tracks, over_listeners = _row(text, "POST /query mc")
    *_, few, many, slope = _row(text.partition("## Growth")[2], "POST /update, 1 answer")
    assert (over_tracks, over_listeners) == ("1.00", "0.00")
    assert (few, many) == ("0.50", "0.50")
    assert float(slope) == pytest.approx((20**0.5 - 1) * 1e3**0.5 / 19, abs=0.01)


def test_a_call_without_an_answer_is_named_with_its_reason(results):
    text = page.page(results, ["How."])

    assert _row(text, "POST /rank, quadrant")[1:4] == ["504", "504", "504"]


def test_strategies_stand_beside_a_pass(results):
    text = page.page(results, []).partition("## Query strategies")[2]

    assert _row(text, "mc") == ["mc", "10.0", "5.0", "4.5"]


def test_uploads_replicas_and_the_large_catalogue_have_a_section(results):
    text = page.page(results, [])
    beside = text.partition("## Quick calls beside uploads")[2]

    assert _row(beside, "100,000 tracks, 10,000 listeners")[1:] == [
        "500",
        "5",
        "20",
        "10",
        "400",
        "2.0",
    ]
    assert "## 10,000,000 tracks in one process" in text
    assert "## 100 replicas, on paper\n\nNot measured:" in text
    assert "200 a second" in text


def test_what_was_measured_is_kept(tmp_path, results):
    for trial in results.trials.values():
        trial.write(tmp_path / "trial.json")
        assert Trial.read(tmp_path / "trial.json") == trial
    LARGE.write(tmp_path / "large.json")
    assert Large.read(tmp_path / "large.json") == LARGE
    POLLS.write(tmp_path / "polls.json")
    assert Polls.read(tmp_path / "polls.json") == POLLS


def test_the_figure_is_drawn(tmp_path, results):
    page.draw(results, tmp_path)

    assert (tmp_path / page.FIGURE).read_bytes().startswith(b"\x89PNG")


def test_the_sizing_table_of_the_manual_is_that_of_the_page():
    report = REPORT.read_text().splitlines()
    first = report.index("## Sizes") + 2
    table = report[first : report.index("", first)]

    assert "\n".join(table) in MANUAL.read_text()
