"""Schemathesis over the whole contract, with an administrator's key and without one; and forms."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.journey.serving import ROOT, Served
from tests.stress import forms
from tests.stress.contract_hooks import KEYLESS, TRACK_IDS, USER_ID
from tests.stress.keys import ADMIN, bearer, make_key
from tests.stress.plan import BOTH, Bound, Plan
from tests.stress.table import Row
from tests.stress.wire import ask_all, post, request

NAME = "contract"
DATABASES = BOTH
BOUND = Bound(full_s=900, short_s=60)
SEED = 4
PATIENCE_S = 600

LEFT_OUT = ("positive_data_acceptance",)
"""Checks that are not made. This one holds that whatever the schema allows is accepted; rules that
JSON Schema does not tell, such as "exactly one of the two", are refused with 422 all the same."""
LEFT_OUT_KEYLESS = ("unsupported_method",)
"""That an unknown method is answered with 405: who shows no key is told 401 before that."""


def run(plan: Plan) -> list[Row]:
    """Call everything with everything."""
    with plan.served(plan.new_database(), workers=2) as served:
        key = make_key(served, ADMIN)
        stock(served.port, key)
        workers = {worker.pid for worker in served.workers()}
        rows = [
            *_called(plan, served, "with a key", bearer(key)),
            *_called(plan, served, "without a key", {}),
            *forms.run(plan, served.port, bearer(key)),
        ]
        died = workers - {worker.pid for worker in served.workers()}
        return [*rows, plan.exactly("workers that died", len(died))]


def stock(port: int, key: str) -> None:
    """Register some tracks, and a listener who has labelled one."""
    tracks = [
        request(
            "PUT",
            f"/tracks/{track_id}",
            json.dumps({"lyrics": f"a song about {track_id}"}).encode(),
            headers=bearer(key),
        )
        for track_id in TRACK_IDS
    ]
    label = {"event_id": "e1", "track_id": TRACK_IDS[0], "quadrant": "Q1"}
    update = post("/update", {"user_id": USER_ID, "labels": [label]}, headers=bearer(key))
    answers = ask_all(port, [*tracks, update])
    assert all(answer.is_success for answer in answers), answers


def _called(plan: Plan, served: Served, how: str, headers: Mapping[str, str]) -> list[Row]:
    report = _report(plan, served, how, headers)
    cases = report["test_cases"]
    found = [
        f"{each['title']} ({each['count']}): {', '.join(each['operations'])}"
        for each in report["failures"]
    ]
    found += [f"{error['title']} ({error['count']})" for error in report["errors"]]
    for each in found:
        plan.say(each)
    operations = report["operations"]
    return [
        plan.stated(f"calls by schemathesis {how}", f"{cases['generated']:,}"),
        plan.exactly(f"operations called {how}", operations["tested"], operations["total"]),
        plan.exactly(f"answers outside the contract {how}", len(found)),
    ]


def _report(plan: Plan, served: Served, how: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return what schemathesis found; its own words stay in the folder."""
    place = plan.folder / how.replace(" ", "-")
    path = place.with_suffix(".json")
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "--no-color",
        "run",
        f"{served.url}/openapi.json",
        "--checks=all",
        f"--exclude-checks={','.join(LEFT_OUT if headers else LEFT_OUT + LEFT_OUT_KEYLESS)}",
        f"--max-examples={plan.size(150, 3) if headers else plan.size(30, 2)}",
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
    plan.say(f"schemathesis calls everything {how}")
    with place.with_suffix(".txt").open("w") as told:
        subprocess.run(  # noqa: S603  # our own command
            command,
            cwd=ROOT,
            env=environ,
            stdout=told,
            stderr=told,
            check=False,
            timeout=PATIENCE_S,
        )
    report: dict[str, Any] = json.loads(path.read_text())
    return report
