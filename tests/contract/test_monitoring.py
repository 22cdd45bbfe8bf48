"""Dashboard, scrape and alerts: they ask for what `/metrics` really tells, and nothing else."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from service.auth.api_keys import Scope
from service.http.errors import codes
from service.observability.metrics import Metrics
from tests.http.authorized_service import SCOPES

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "attune.json").read_text())
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
SCRAPE = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())

RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS = DASHBOARD["panels"]
EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel["targets"]]
EXPRESSIONS += [rule["expr"] for rule in RULES]
QUERIES = [v["query"]["query"] for v in DASHBOARD["templating"]["list"] if v["type"] == "query"]

PROMETHEUS = {"up", "job", "instance", "le"}
"""What Prometheus adds by itself."""
WORDS = {
    "sum", "max", "count", "rate", "by", "or", "and", "vector", "absent", "histogram_quantile",
    "min_over_time", "predict_linear", "label_values",
}  # fmt: skip


@pytest.fixture(scope="module")
def exposed():
    """Every series that a worker tells once everything has happened, with its labels."""
    metrics = Metrics(None, "1.2.3")
    metrics.observe("GET", "/model", 200, 0.1)
    metrics.refused("overloaded")
    metrics.count_model("memory")
    metrics.set_served({"primary": "v1"})
    series = {}
    for line in metrics.exposition().decode().splitlines():
        if line and not line.startswith("#"):
            name, labels = re.fullmatch(r"(\w+)(?:\{(.*)\})? \S+", line).groups()
            series.setdefault(name, set()).update(re.findall(r'(\w+)="', labels or ""))
    return series


def named(expression):
    """Return the names in an expression that are neither strings, durations nor numbers."""
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]', "", expression)
    return set(re.findall(r"[a-zA-Z_]\w*", bare)) - WORDS


@pytest.mark.parametrize("expression", EXPRESSIONS + QUERIES)
def test_an_expression_names_only_what_is_told(expression, exposed):
    labels = set().union(*exposed.values())

    assert named(expression) <= set(exposed) | labels | PROMETHEUS
    assert named(expression) & (set(exposed) | {"up"})


def test_every_metric_is_shown(exposed):
    shown = set().union(*(named(expression) for expression in EXPRESSIONS + QUERIES))
    derived = {f"{name}{end}" for name in shown for end in ("", "_created")}
    derived |= {"attune_request_seconds_sum", "attune_request_seconds_count"}

    unshown = {name for name in exposed if not name.endswith("_created")} - derived
    assert unshown <= {"attune_start_time_seconds"}  # the same as the time that it is up


def test_a_reason_that_is_asked_for_is_a_code():
    known = {code for _, code in codes()}
    asked = re.findall(r'reason=~?"([^"]*)"', " ".join(EXPRESSIONS))

    assert asked
    assert {reason for each in asked for reason in each.split("|")} <= known


def test_a_panel_has_an_id_and_a_place_of_its_own():
    ids = [panel["id"] for panel in PANELS]
    places = [
        (x, y)
        for panel in PANELS
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(set(ids)) == len(ids)
    assert len(set(places)) == len(places)
    assert max(x for x, _ in places) < 24


def test_the_data_source_is_whoever_looks_chooses():
    chosen = {v["name"] for v in DASHBOARD["templating"]["list"] if v["type"] == "datasource"}
    sources = [panel["datasource"]["uid"] for panel in PANELS]
    sources += [target["datasource"]["uid"] for panel in PANELS for target in panel["targets"]]

    assert {source.strip("${}") for source in sources} == chosen


def test_prometheus_asks_with_a_key_for_what_needs_one():
    (job,) = SCRAPE["scrape_configs"]

    assert SCOPES["GET", job["metrics_path"]] == frozenset({Scope.ADMIN})
    assert job["authorization"]["type"] == "Bearer"
    assert "credentials" not in job["authorization"]  # from a file, not in plain sight
    assert SCRAPE["rule_files"] == ["alerts.yml"]


def test_an_alert_is_of_the_job_that_is_asked():
    (job,) = SCRAPE["scrape_configs"]
    asked = re.findall(r'job="([^"]*)"', " ".join(rule["expr"] for rule in RULES))

    assert set(asked) == {job["job_name"]}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_it_means_and_waits_before_it_calls(rule):
    assert rule["for"]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["description"].endswith(".")


@pytest.mark.skipif(not shutil.which("promtool"), reason="ALERTS WERE NOT RUN without promtool")
def test_alerts_fire_when_they_should():
    done = subprocess.run(  # noqa: S603  # the tests' own file
        ["promtool", "test", "rules", str(Path(__file__).with_name("alerts_promtool.yaml"))],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
