"""Every failure of the command is a sentence, and its status says which kind it was."""

import socket
import subprocess
import sys

import pytest
from fake_attune import answers

from attune_client import __version__

WITHOUT = """
import sys
sys.modules[{module!r}] = None
from attune_client.__main__ import main
sys.exit(main())
"""


def run_python(*arguments):
    folder = __file__.rpartition("/tests/")[0]
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)  # noqa: S603


@pytest.mark.parametrize("order", [("--url", "{}", "tracks"), ("tracks", "--url", "{}")])
def test_a_missing_service_is_named(attune, order):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        result = attune(*(word.format(url) for word in order))

    assert result.status == 1
    assert result.err.startswith(f"attune: No Attune service answers at {url} ")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(("status", "text"), [(401, "ATTUNE_KEY"), (500, "under request req-1")])
def test_an_error_of_the_service_says_what_to_do(attune, service, status, text):
    service.outages.append(answers(status))

    result = attune("tracks")

    assert result.status == 1
    assert text in result.err


def test_the_key_is_sent_and_never_shown(attune, service):
    service.outages.append(answers(403))

    result = attune("tracks", "--key", "attune_secret")

    assert service.requests[0].headers["Authorization"] == "Bearer attune_secret"
    assert "secret" not in result.out + result.err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        *((["tracks", "--url", url], "not ") for url in ("/", "foo", "ftp://a.test", "http://")),
        (["tracks", "--url", "http://a.test:x"], "not a URL"),
        (["tracks", "--key", "a b"], "no key has"),
        (["nonsense"], "No such command"),
        (["rank"], "--user"),
        (["import"], "FOLDER"),
        (["--nonsense"], "No such option"),
        (["completion", "tcsh"], "tcsh"),
    ],
)
def test_wrong_usage_has_a_status_of_its_own(attune, words, text):
    result = attune(*words)

    assert result.status == 2
    assert text in result.err


def test_help_and_version_succeed(attune):
    assert attune("--help").status == 0
    assert attune("--version").out == f"attune, version {__version__}\n"


@pytest.mark.parametrize("module", ["click", "rich", "tinytag"])
def test_a_missing_package_is_named_with_the_way_to_install_it(module):
    result = run_python("-c", WITHOUT.format(module=module))

    assert result.returncode == 1
    assert result.stderr == (
        f"The command needs {module}, which is not installed: pip install 'attune-client[cli]'\n"
    )


def test_the_module_is_the_command():
    result = run_python("-m", "attune_client", "--version")

    assert (result.returncode, result.stdout) == (0, f"attune, version {__version__}\n")


def test_ctrl_c_has_the_status_that_shells_expect(attune, service):
    service.tracks["t1"] = {"track_id": "t1", "created_at": "2026-01-02T03:04:05Z"}

    result = attune("label", "--user", "ana", stdin=Interrupting())

    assert result.status == 130
    assert "Traceback" not in result.err


class Interrupting:
    """A keyboard on which the user presses Ctrl-C."""

    def readline(self, *_):
        raise KeyboardInterrupt
