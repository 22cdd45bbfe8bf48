"""Prometheus and Alertmanager by the files that are deployed: from the service to a receiver."""

import shutil
import subprocess
from contextlib import contextmanager

import httpx
import pytest
import yaml

from tests.deployment_files import DEPLOY
from tests.journey.servers import environment, free_port, run, running, served_from
from tests.servers import wait_for

PROGRAMS = ("prometheus", "prometheus-alertmanager")
MISSING = [name for name in PROGRAMS if not shutil.which(name)]
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(bool(MISSING), reason=f"ALERTING WAS NOT RUN without {MISSING}"),
]


@contextmanager
def started(folder, *command):
    """Run a program during the block."""
    with (folder / f"{command[0]}.log").open("wb") as log:
        program = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)  # noqa: S603
    try:
        yield
    finally:
        program.terminate()
        program.wait(30)


def asks(url, query):
    """Return the values that Prometheus answers, or nothing while it does not."""
    try:
        found = httpx.get(f"{url}/api/v1/query", params={"query": query}, trust_env=False)
    except httpx.TransportError:
        return []
    return [each["value"][1] for each in found.json().get("data", {}).get("result", [])]


def receivers(where):
    """Return the alerts that Alertmanager has, each with its receiver."""
    found = httpx.get(f"http://{where}/api/v2/alerts", trust_env=False).json()
    return [
        (each["labels"]["alertname"], who["name"]) for each in found for who in each["receivers"]
    ]


def read(name):
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def test_prometheus_asks_with_its_key_and_an_alert_reaches_its_receiver(tmp_path):
    served = served_from(tmp_path / "service", ATTUNE_WORKERS="1")
    ports = {name: free_port() for name in PROGRAMS}
    url = f"http://127.0.0.1:{ports['prometheus']}"
    scrape, alerts = read("prometheus/prometheus.yml"), read("prometheus/alerts.yml")
    told = read("alertmanager/alertmanager.yml")
    # What an operator sets, or what waits for minutes.
    [job] = scrape["scrape_configs"]
    job["authorization"]["credentials_file"] = str(tmp_path / "key")
    job["static_configs"][0]["targets"] = [f"127.0.0.1:{served.port}"]
    where = f"127.0.0.1:{ports['prometheus-alertmanager']}"
    scrape["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [where]
    scrape["global"] |= {"scrape_interval": "1s", "evaluation_interval": "1s"}
    for rule in alerts["groups"][0]["rules"]:
        rule["for"] = "1s"
    told["global"]["smtp_smarthost"] = "127.0.0.1:1"  # nobody: no mail leaves a test
    del told["global"]["smtp_auth_username"], told["global"]["smtp_auth_password_file"]
    for name, content in (("prometheus", scrape), ("alerts", alerts), ("alertmanager", told)):
        (tmp_path / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")

    with (
        started(
            tmp_path,
            "prometheus-alertmanager",
            "--config.file=alertmanager.yml",
            "--storage.path=told",
            "--cluster.listen-address=",
            f"--web.listen-address={where}",
        ),
        running(served),
    ):
        key = run(
            [*served.command[:3], "keys", "make", "prometheus", "--scopes", "admin"],
            served.cwd,
            environment(served.folder, ATTUNE_DATABASE_URL=served.environ["ATTUNE_DATABASE_URL"]),
        )
        (tmp_path / "key").write_text(key.strip(), encoding="utf-8")
        with started(
            tmp_path,
            "prometheus",
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=measured",
            f"--web.listen-address={url.removeprefix('http://')}",
        ):
            wait_for(lambda: asks(url, 'up{job="attune"}') == ["1"])
            wait_for(lambda: asks(url, "attune_workers") == ["1"])
            assert receivers(where) == []
            served.kill()
            wait_for(lambda: receivers(where) == [("AttuneIsAway", "page")])
