"""Whatever happens, the command says a sentence, and its status says which kind it was."""

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


@pytest.fixture(name="nobody")
def _nobody():
    """An address where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_a_service_that_is_not_there_is_named(attune, population_model):
    told = attune("tracks", "--url", population_model)

    assert told.status == 1
    assert told.err.startswith(f"attune: No Attune service answers at {population_model} ")
    assert told.err.count("\n") == 1


def test_where_the_service_is_may_be_said_before_the_command(attune, population_model):
    assert attune("--url", population_model, "tracks").status == 1


def test_a_missing_key_is_told_with_the_way_to_give_one(attune, service):
    service.outages.append(answers(401))

    told = attune("tracks")

    assert told.status == 1
    assert "ATTUNE_KEY" in told.err


def test_a_key_goes_with_the_requests_and_is_never_shown(attune, service):
    service.outages.append(answers(403))

    told = attune("tracks", "--key", "attune_secret")

    assert service.requests[0].headers["Authorization"] == "Bearer attune_secret"
    assert "secret" not in told.out + told.err


@pytest.mark.parametrize("url", ["", "foo", "ftp://a.test", "http://", "http://a.test:x"])
def test_what_is_no_url_is_a_fault_of_usage(attune, url):
    told = attune("tracks", "--url", url or "/")

    assert told.status == 2
    assert "no URL" in told.err


def test_a_key_that_cannot_be_one_is_a_fault_of_usage(attune):
    told = attune("tracks", "--key", "a b")

    assert told.status == 2
    assert "no key has" in told.err


def test_a_fault_of_the_service_names_the_request(attune, service):
    service.outages.append(answers(500))

    told = attune("tracks")

    assert told.status == 1
    assert "under request req-1" in told.err


@pytest.mark.parametrize("words", [["nonsense"], ["rank"], ["import"], ["--nonsense"]])
def test_usage_has_a_status_of_its_own(attune, words):
    assert attune(*words).status == 2


def test_help_and_version_succeed(attune):
    assert attune("--help").status == 0
    assert attune("--version").out == f"attune, version {__version__}\n"


@pytest.mark.parametrize("module", ["click", "rich", "tinytag"])
def test_without_what_it_needs_the_command_says_what_to_install(module):
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", WITHOUT.format(module=module)],
        capture_output=True,
        text=True,
        cwd=__file__.rpartition("/tests/")[0],
    )

    assert done.returncode == 1
    assert done.stderr == (
        f"The command needs {module}, which is not installed: pip install 'attune-client[cli]'\n"
    )


def test_the_module_is_the_command():
    done = subprocess.run(  # our own command
        [sys.executable, "-m", "attune_client", "--version"],
        capture_output=True,
        text=True,
        cwd=__file__.rpartition("/tests/")[0],
    )

    assert (done.returncode, done.stdout) == (0, f"attune, version {__version__}\n")


def test_ctrl_c_ends_with_the_status_that_shells_expect(attune, service):
    service.tracks["t1"] = {
        "track_id": "t1",
        "has_audio": True,
        "has_lyrics": False,
        "created_at": "2026-01-02T03:04:05Z",
    }

    told = attune("label", "--user", "ana", stdin=Interrupting())

    assert told.status == 130
    assert "Traceback" not in told.err


class Interrupting:
    """A keyboard at which somebody presses Ctrl-C."""

    def readline(self, *_):
        raise KeyboardInterrupt
