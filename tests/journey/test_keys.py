"""Keys are made, used and revoked by command while the service runs, in every worker."""

import re
import subprocess
import sys

import httpx
import pytest

from tests.journey.servers import ROOT, running, served_from, wait_for

pytestmark = [pytest.mark.journey, pytest.mark.slow]

N_ASKED = 20
"""Requests on connections of their own, enough for every worker to have answered one."""


@pytest.fixture(scope="module", name="served")
def _served(tmp_path_factory):
    with running(served_from(tmp_path_factory.mktemp("door"), ATTUNE_WORKERS="2")) as served:
        yield served


def keys(served, *arguments):
    """Run the command; return what it wrote to standard output and to standard error."""
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "service", "keys", *arguments],
        cwd=ROOT,
        env=dict(served.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def codes(served, written=""):
    """Return how a call that needs a key is answered, again and again."""
    headers = {"Authorization": f"Bearer {written}"} if written else {}
    return {
        httpx.get(f"{served.url}/model", headers=headers, trust_env=False).json().get("code")
        for _ in range(N_ASKED)
    }


def test_a_key_opens_and_shuts_the_door_of_every_worker(served):
    assert re.search(r"access +open to this machine only\. Make a key: ", served.log.read_text())
    assert "There is no API key: only this machine is answered." in served.log.read_text()
    assert codes(served) == {None}

    printed, told = keys(served, "make", "Ana's app", "--scopes", "predict,label")
    written = printed.removesuffix("\n")
    key_id = written.split("_")[1]
    assert re.fullmatch(r"attune_[a-z2-7]{12}_[\w-]{43}", written)
    assert "It is the first" in told
    wait_for(lambda: codes(served) == {"key_needed"}, served.log)
    assert codes(served, written) == {None}

    listed, _ = keys(served, "list")
    line = rf"^{key_id} +Ana's app +predict,label +- +- +\S+ \S+ +-$"
    assert re.search(line, listed, re.MULTILINE)
    assert written.rpartition(f"{key_id}_")[2] not in listed + served.log.read_text()

    refused = httpx.get(
        f"{served.url}/metrics", headers={"Authorization": f"Bearer {written}"}, trust_env=False
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")

    _, told = keys(served, "revoke", key_id)
    assert "within 1 s" in told
    wait_for(lambda: codes(served, written) == {"key_revoked"}, served.log)
    assert codes(served) == {"key_needed"}
    assert httpx.get(f"{served.url}/readyz", trust_env=False).status_code == 200
