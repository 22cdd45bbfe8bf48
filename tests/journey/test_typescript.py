"""The TypeScript client lives with the real service: its own tests, run by Node's runner."""

import os
import re
import shutil
import subprocess

import pytest

from tests.journey.servers import ROOT, running, served_from

pytestmark = [pytest.mark.people, pytest.mark.journey, pytest.mark.slow]

CLIENT = ROOT / "clients/typescript"
OLDEST = (20, 19)
"""The first that takes the pages' modules for what they are without being told."""
PATIENCE_S = 300.0


def _run(*command, **environ):
    """Run a command in the client's folder; its home is the user's, where npm has its cache."""
    return subprocess.run(  # noqa: S603  # the tests' own commands
        command,
        cwd=CLIENT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


@pytest.fixture(scope="module", name="npm")
def _npm():
    """Npm, once what the client is made with is installed as it is locked."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("THE TYPESCRIPT CLIENT IS NOT TESTED: there is no node, or no npm")
    version = _run(node, "--version").stdout.strip()
    if tuple(map(int, re.findall(r"\d+", version)))[:2] < OLDEST:
        pytest.skip(f"THE TYPESCRIPT CLIENT IS NOT TESTED: node is {version}; 20.19 is needed")
    lock, installed = (CLIENT / name for name in ("package-lock.json", "node_modules/.made"))
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        done = _run(npm, "ci", "--ignore-scripts")
        if done.returncode:
            pytest.skip(f"THE TYPESCRIPT CLIENT IS NOT TESTED: npm ci says {done.stderr}")
        shutil.copy(lock, installed)
    return npm


@pytest.fixture(scope="module", name="server")
def _server(tmp_path_factory):
    """A service that keeps recordings."""
    folder = tmp_path_factory.mktemp("typescript")
    with running(served_from(folder, ATTUNE_AUDIO=str(folder / "audio"))) as served:
        yield served


def test_what_is_made_is_current_and_the_types_allow_and_refuse_what_they_should(npm):
    assert (built := _run(npm, "run", "build", "--", "--dist")).returncode == 0, built.stderr

    done = _run(npm, "run", "check")

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_whole_client_works_with_the_running_service(npm, server):
    done = _run(npm, "test", ATTUNE_URL=server.url)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "# SKIP" not in done.stdout
    assert re.search(r"^# fail 0$", done.stdout, re.MULTILINE)
    assert int(re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)[1]) > 0


def test_without_a_service_what_is_not_tested_is_said(npm):
    done = _run(npm, "test", ATTUNE_URL="")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "# SKIP NOT TESTED AGAINST A SERVICE" in done.stdout
