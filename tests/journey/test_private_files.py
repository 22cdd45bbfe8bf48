"""A service of the default settings keeps what it writes from the machine's other users."""

import os
import stat
import sys

import pytest

from tests.journey.servers import ROOT, Served, environment, free_port, running

pytestmark = [pytest.mark.journey, pytest.mark.slow]

NO_UMASK = ["sh", "-c", 'umask 0; exec "$@"', "sh"]


@pytest.fixture(name="served")
def _served(tmp_path):
    """The service where nothing is named and nothing is taken from the modes of files."""
    port, folder = free_port(), tmp_path / "run"
    environ = environment(folder, ATTUNE_AUDIO="music/audio")
    del environ["BENTOML_HOME"]
    environ["PYTHONPATH"] += f"{os.pathsep}{ROOT}"
    command = [*NO_UMASK, sys.executable, "-m", "service", "--port", str(port)]
    return Served(command, folder, environ, port)


def reachable(folder):
    """Yield what all users of the machine can open, by folders that they may enter."""
    for path in folder.iterdir():
        mode = path.stat().st_mode
        if mode & stat.S_IRWXO:
            yield path
            if path.is_dir():
                yield from reachable(path)


def test_nothing_that_it_writes_can_be_reached_by_others(served):
    with running(served):
        own = served.folder / ".attune"
        modes = {
            name: stat.S_IMODE((own / name).stat().st_mode)
            for name in ("", "attune.db", "attune.db-wal", "attune.db.claim", "sketches")
        }
        others = {path.name for path in reachable(served.folder)}

    assert modes == {
        "": 0o700,
        "attune.db": 0o600,
        "attune.db-wal": 0o600,
        "attune.db.claim": 0o600,
        "sketches": 0o700,
    }
    assert others <= {"heard", "server.log"}  # the test's own
