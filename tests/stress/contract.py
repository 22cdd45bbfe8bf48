"""Schemathesis over the whole contract, with an administrator's key and without; fuzzed forms."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.journey.servers import ROOT, Served
from tests.stress import fuzz_forms
from tests.stress.context import BOTH, Context
from tests.stress.contract_hooks import KEYLESS, TRACK_IDS, USER_ID
from tests.stress.keys import admin, client
from tests.stress.monitor import pids
from tests.stress.report import Row

DATABASES = BOTH
LIMIT_S = 900.0, 400.0
SEED = 4
PATIENCE_S = 600

LEFT_OUT = ("positive_data_acceptance",)
"""Checks that are not made. This one requires that all that the schema allows is accepted; rules
that JSON Schema cannot say, such as "exactly one of the two", are refused with 422."""
LEFT_OUT_KEYLESS = ("unsupported_method",)
"""This one requires 405 for an unknown method; without a key the answer is 401."""


def run(context: Context) -> list[Row]:
    """Call every operation with generated data."""
    with context.served(context.new_database()) as served:
        headers = admin(served)
        _register(served.port, headers)
        before = pids(served)
        rows = [
            *_called(context, served, "with a key", headers),
            *_called(context, served, "without a key", {}),
            *fuzz_forms.run(context, served.port, headers),
        ]
        return [*rows, context.equal("workers that died", len(before - pids(served)))]


def _register(port: int, headers: Mapping[str, str]) -> None:
    """Register tracks, and a listener who has labelled one."""
    label = {"event_id": "e1", "track_id": TRACK_IDS[0], "quadrant": "Q1"}
    update = {"user_id": USER_ID, "labels": [label]}
    with client(port, headers) as http:
        for track_id in TRACK_IDS:
            body = {"lyrics": f"a song about {track_id}"}
            http.put(f"/tracks/{track_id}", json=body).raise_for_status()
        http.post("/update", json=update).raise_for_status()


def _called(context: Context, served: Served, how: str, headers: Mapping[str, str]) -> list[Row]:
    report = _report(context, served, how, headers)
    found = [
        f"{each['title']} ({each['count']}): {', '.join(each['operations'])}"
        for each in report["failures"]
    ]
    found += [f"{error['title']} ({error['count']})" for error in report["errors"]]
    operations, n_calls = report["operations"], report["test_cases"]["generated"]
    return [
        context.figure(f"calls by schemathesis {how}", f"{n_calls:,}"),
        context.equal(f"operations called {how}", operations["tested"], operations["total"]),
        context.none_of(f"answers outside the contract {how}", found),
    ]


def _report(
    context: Context, served: Served, how: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    """Run schemathesis; its output stays in the folder."""
    place = context.folder / how.replace(" ", "-")
    path = place.with_suffix(".json")
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "--no-color",
        f"--config-file={ROOT / 'tests' / 'stress' / 'schemathesis.toml'}",
        "run",
        f"{served.url}/openapi.json",
        "--checks=all",
        f"--exclude-checks={','.join(LEFT_OUT if headers else LEFT_OUT + LEFT_OUT_KEYLESS)}",
        f"--max-examples={context.size(150, 3) if headers else context.size(30, 2)}",
        f"--seed={SEED}",
        "--continue-on-failure",
        "--warnings=off",
        "--no-shrink",
        "--generation-database=none",
        "--report=json",
        f"--report-json-path={path.resolve()}",
        *(f"--header={name}:{value}" for name, value in headers.items()),
    ]
    environ = os.environ | {"SCHEMATHESIS_HOOKS": "tests.stress.contract_hooks"}
    environ |= {"PYTHONPATH": str(ROOT)} | ({} if headers else {KEYLESS: "1"})
    context.log(f"schemathesis calls every operation {how}")
    with place.with_suffix(".txt").open("w") as log:
        subprocess.run(  # noqa: S603  # our own command
            command,
            cwd=ROOT,
            env=environ,
            stdout=log,
            stderr=log,
            check=False,
            timeout=PATIENCE_S,
        )
    report: dict[str, Any] = json.loads(path.read_text())
    return report
