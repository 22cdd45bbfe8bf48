"""The container without an engine: its commands, variables and rights, in folders of its own.

What the Dockerfile says is done as it says it, with the container's folders elsewhere: the code is
somebody else's and cannot be written to, as on a read-only root.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.deployment_files import Dockerfile
from tests.journey.servers import ROOT, Served, free_port, wait_for
from tests.postgres import GUARDED, PASSWORD

pytestmark = [pytest.mark.journey, pytest.mark.thorough]

CODE = ROOT / ".cache" / "container" / "src"
LYRICS = {"lyrics": "Keep me in a box, I shall sing all the same"}


@dataclass
class Container:
    """What an engine would run, and where its folders are here."""

    dockerfile: Dockerfile
    folder: Path

    def environ(self, **more):
        """Return the container's variables: none of this process's but where Python is."""
        environ = self.dockerfile.environment | {"TMPDIR": "/tmp"} | more  # noqa: S108  # its own
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {name: self.here(value) for name, value in environ.items()} | {"PATH": path}

    def command(self, *words):
        """Return its entry point with arguments, run by somebody without rights."""
        return [*STRIPPED, *found(self.dockerfile.words("ENTRYPOINT")), *words]

    def run(self, *words, **more):
        """Run a verb that must succeed; return what it printed."""
        done = subprocess.run(  # noqa: S603  # the container's own command
            self.command(*words),
            cwd=CODE,
            env=self.environ(**more),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def serve(self, **more):
        """Return its server, not started: at an address of this machine alone."""
        port = free_port()
        words = ["127.0.0.1" if w == "0.0.0.0" else w for w in self.dockerfile.words("CMD")]  # noqa: S104
        command = self.command(*words, "--port", str(port))
        return Served(command, self.folder, self.environ(**more), port, cwd=CODE)

    def is_healthy(self):
        """Return what its health check says."""
        command = [*STRIPPED, *found(self.dockerfile.health)]
        done = subprocess.run(command, cwd=CODE, env=self.environ(), check=False)  # noqa: S603
        return done.returncode == 0

    def here(self, value):
        """Return a value with the container's folders as they are called here."""
        # At once: the folder itself may be in /tmp.
        return re.sub("/(state|tmp)", lambda found: str(self.folder / found[1]), value)


# Root without its capabilities may no more than anybody else; the interpreter may be where another
# user could not reach it.
STRIPPED = (
    ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    if os.geteuid() == 0
    else []
)


@pytest.fixture(scope="module", name="code")
def _code(bento):
    """The Bento's code, where nobody may write."""
    if STRIPPED and not shutil.which(STRIPPED[0]):
        pytest.skip("THE CONTAINER WAS NOT TRIED: as root that takes util-linux's setpriv.")
    unlock(CODE)  # of a run that was killed
    shutil.rmtree(CODE, ignore_errors=True)
    shutil.copytree(bento.folder / "src", CODE)
    for path in CODE.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    CODE.chmod(0o555)
    before = contents(CODE)
    yield CODE
    after = contents(CODE)
    unlock(CODE)
    assert after == before


@pytest.fixture(name="container")
def _container(bento, code):
    del code  # comes first
    folder = Path(tempfile.mkdtemp(prefix="attune-container-"))  # pytest's own are private
    folder.chmod(0o755)
    for name in ("state", "tmp"):
        (folder / name).mkdir()
    text = (bento.folder / "env/docker/Dockerfile").read_text()
    yield Container(Dockerfile.read(text), folder)
    shutil.rmtree(folder)


@pytest.fixture(name="started")
def _started():
    """Start servers; whatever of them still runs at the end is killed."""
    made = []

    def started(served):
        made.append(served)
        served.start()
        served.until_logged("Attune is ready")  # a worker that ends before ends the service
        return served

    yield started
    for served in made:
        served.kill()


def test_it_serves_keeps_its_workers_and_writes_into_its_volume_alone(container, started):
    key = container.run("keys", "make", "app", "--scopes", "predict")
    served = started(container.serve(ATTUNE_WORKERS="2"))
    [first, second] = served.workers()

    first.kill()
    wait_for(lambda: len(set(served.workers()) - {first, second}) == 1, served.log)
    served.until_ready()
    answers = [ask(served, key) for _ in range(4)]

    assert container.is_healthy()
    assert [answer.status_code for answer in answers] == [200] * 4
    assert ask(served, None).status_code == 401
    assert served.stop() == 0
    assert served.survivors() == []
    assert not container.is_healthy()
    assert {path.name for path in container.folder.iterdir()} == {"state", "tmp", "server.log"}
    assert (container.folder / "state" / "attune.db").exists()
    assert "Compiling" not in served.log.read_text()  # the loops came with the code


def test_it_serves_from_postgresql_with_the_password_apart(container, started, postgres):
    name = postgres.new_database().rpartition("/")[2]
    postgres.tell(f"ALTER DATABASE {name} OWNER TO {GUARDED}")
    reply = {
        "ATTUNE_DATABASE_URL": postgres.url_of(name, GUARDED).replace("+psycopg", ""),
        "PGPASSWORD": PASSWORD,
        "ATTUNE_MIGRATE": "never",
        "ATTUNE_REPLICAS": "2",
    }

    shown = container.run("migrate", **reply)
    key = container.run("keys", "make", "app", "--scopes", "predict", **reply)
    served = started(container.serve(**reply))

    assert "pending  none" in shown
    assert ask(served, key).status_code == 200
    assert PASSWORD not in served.log.read_text()
    assert not (container.folder / "state" / "attune.db").exists()


def found(words):
    """Return a command with its program's place here."""
    assert words[0] == "python"
    return [sys.executable, *words[1:]]


def ask(served, key):
    """Return the answer to somebody with a key, or without."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with httpx.Client(trust_env=False, headers=headers, timeout=60) as http:
        return http.post(f"{served.url}/predict", json=LYRICS)


def unlock(folder):
    """Let whoever made a folder write to it again."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)


def contents(folder):
    """Return the files of a folder, and when each was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
