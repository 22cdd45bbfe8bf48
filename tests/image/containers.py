"""Containers of the image that `make image` built, without rights and without a network."""

import json
import os
import resource
import shlex
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from tests.servers import wait_for

ROOT = Path(__file__).parents[2]
WORK = Path(os.environ.get("IMAGE_WORK", ROOT / ".cache" / "image")).resolve()
UID = 1034
FORWARDING = Path(__file__).with_name("forwarding.py")
UNPRIVILEGED = [
    *("--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges"),
    *("--tmpfs", "/tmp:size=1g,mode=1777,noexec,nosuid,nodev"),  # noqa: S108  # the container's
]
# crun 1.8 refuses hybrid control groups: it gets a mount namespace in which there is one kind.
ONE_KIND_OF_CGROUPS = (
    'umount /sys/fs/cgroup/unified 2> /dev/null; mount -t cgroup2 none /sys/fs/cgroup; exec "$@"'
)


def why_not() -> str | None:
    """Return why no container can be started here; None if one can."""
    if not (WORK / "tag").exists():
        return "no image was built: `make image`"
    if os.geteuid() != 0:
        return "entering a container's network takes root"
    return None


def tag() -> str:
    """Return the name of the image that was built last."""
    return (WORK / "tag").read_text().strip()


def engine(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command of the engine that built the image."""
    done = subprocess.run(  # noqa: S603  # the tests' own commands
        [*_program(), *words], capture_output=True, text=True, check=False, env=_environ()
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


@dataclass
class Container:
    """A container; its folder `/state` is a volume.

    Attributes:
        name: Its name, and that of its volume.
        arguments: What the service is started with.
        settings: Environment variables.
        port: The port inside.
    """

    name: str
    arguments: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 3000

    def start(self) -> float:
        """Start it; return when, as `time.monotonic` counts."""
        began = time.monotonic()
        engine("run", "--detach", "--name", self.name, *self._options(), tag(), *self.arguments)
        return began

    def run(self, *verb: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a verb in a container of its own, over the same volume."""
        return engine("run", "--rm", *self._options(), tag(), *verb, check=check)

    def ready(self) -> httpx.Client:
        """Wait until it is ready; return a client, to which this machine is the container."""
        self._http = httpx.Client(base_url=self._forwarded(), trust_env=False, timeout=120)
        wait_for(self._is_ready)
        return self._http

    def exec(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command inside."""
        return engine("exec", self.name, *command, check=check)

    def state(self) -> dict[str, object]:
        """Return what the engine says of it."""
        return json.loads(engine("inspect", self.name).stdout)[0]["State"]

    def is_healthy(self) -> bool:
        """Run its health check once."""
        check = json.loads(engine("inspect", self.name).stdout)[0]["Config"]["Healthcheck"]["Test"]
        assert check[0] == "CMD"
        return self.exec(*check[1:], check=False).returncode == 0

    def processes(self) -> list[psutil.Process]:
        """Return its processes, the first of all first."""
        first = psutil.Process(int(self.state()["Pid"]))
        return [first, *first.children(recursive=True)]

    def log(self) -> str:
        """Return what it printed."""
        done = engine("logs", self.name)
        return done.stdout + done.stderr

    def stop(self) -> tuple[float, int]:
        """Stop it as an operator does; return the seconds it took and its exit status."""
        began = time.monotonic()
        engine("stop", "--time", "30", self.name)
        return time.monotonic() - began, int(self.state()["ExitCode"])

    def remove(self, *, volume: bool = True) -> None:
        """Remove it, started or not, with what it kept."""
        if hasattr(self, "_forwarder"):
            self._http.close()
            self._forwarder.kill()
            self._forwarder.wait()
            del self._forwarder
        engine("rm", "--force", self.name, check=False)
        if volume:
            engine("volume", "rm", "--force", self.name, check=False)

    def _options(self) -> list[str]:
        settings = {"ATTUNE_AUDIO": "/state/audio", "ATTUNE_CALIBRATE": "never"} | self.settings
        words = [*UNPRIVILEGED, "--network", "none", "--volume", f"{self.name}:/state"]
        words += [f"--env={name}={value}" for name, value in settings.items()]
        if _program() != ["docker"]:  # a shell's limits may not be raised by those who have none
            _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
            words += ["--cgroups=disabled", "--ulimit", f"nofile={files}:{files}"]
            words += ["--ulimit", "nproc=30000:30000", "--health-interval=disable"]
            words += ["--log-driver", "k8s-file"]
        return words

    def _forwarded(self) -> str:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            fd, pid = listener.fileno(), self.state()["Pid"]
            command = ["nsenter", f"--net=/proc/{pid}/ns/net", sys.executable, str(FORWARDING)]
            self._forwarder = subprocess.Popen(  # noqa: S603  # our own
                [*command, str(fd), str(self.port)], pass_fds=[fd]
            )
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def _is_ready(self) -> bool:
        assert self.state()["Running"], self.log()
        with suppress(httpx.HTTPError):
            return self._http.get("/readyz").is_success
        return False


def _program() -> list[str]:
    if not (WORK / "env").exists():
        return ["docker"]
    own = ["unshare", "--mount", "--propagation", "private"]
    return [*own, "bash", "-c", ONE_KIND_OF_CGROUPS, "bash", "podman"]


def _environ() -> dict[str, str]:
    """Return this environment with the storage that `deploy/image.sh` wrote down."""
    with suppress(FileNotFoundError):
        words = shlex.split((WORK / "env").read_text())
        return dict(os.environ) | dict(word.split("=", 1) for word in words if "=" in word)
    return dict(os.environ)
