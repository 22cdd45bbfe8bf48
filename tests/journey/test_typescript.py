"""The TypeScript client lives with the real service: its own tests, run by Node's runner."""

import json
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


def _run(*command, cwd=CLIENT, **environ):
    """Run a command; its home is the user's, where npm has its cache."""
    return subprocess.run(  # noqa: S603  # the tests' own commands
        command,
        cwd=cwd,
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


@pytest.mark.parametrize("options", [(), ("--install-links",)], ids=["linked", "copied"])
def test_npm_installs_the_folder_with_its_build(npm, tmp_path, options):
    source, project = tmp_path / "client", tmp_path / "project"
    shutil.copytree(CLIENT, source, symlinks=True, ignore=shutil.ignore_patterns("dist"))
    project.mkdir()
    (project / "package.json").write_text('{"type": "module"}')
    (project / "use.js").write_text('export { AttuneClient } from "attune-client";')

    installed = _run(npm, "install", "--offline", *options, str(source), cwd=project)
    used = _run("node", "use.js", cwd=project)

    assert installed.returncode == 0, installed.stderr
    assert used.returncode == 0, used.stderr
    assert (project / "node_modules/attune-client/dist/index.d.ts").is_file()


def test_types_that_openapi_typescript_makes_fit_every_call(npm, server, tmp_path):
    del npm  # has installed what is run here
    tools = CLIENT / "node_modules/.bin"
    for source in ("generated/calls.ts", "tone.js"):
        shutil.copy(CLIENT / "tests" / source, tmp_path)
    (tmp_path / "node_modules").symlink_to(CLIENT / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    options = {"rootDir": ".", "outDir": "out", "declaration": False, "allowJs": True}
    config = {"extends": str(CLIENT / "tsconfig.json"), "compilerOptions": options}
    (tmp_path / "tsconfig.json").write_text(json.dumps({**config, "include": ["."]}))

    contract = str(ROOT / "clients/openapi.json")
    made = _run(tools / "openapi-typescript", contract, "-o", "contract.ts", cwd=tmp_path)
    compiled = _run(tools / "tsc", cwd=tmp_path)
    done = _run("node", "out/calls.js", server.url, cwd=tmp_path)

    assert made.returncode == 0, made.stderr
    assert compiled.returncode == 0, compiled.stdout
    assert (done.returncode, done.stdout) == (0, "every call works\n"), done.stderr


def test_without_a_service_what_is_not_tested_is_said(npm):
    done = _run(npm, "test", ATTUNE_URL="")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "# SKIP NOT TESTED AGAINST A SERVICE" in done.stdout
