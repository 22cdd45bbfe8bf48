"""The documentation's fenced blocks: finds them, and runs them in a folder that is thrown away.

A fence names a language and, where that does not suffice, how its block is run. ``KINDS`` lists
all fences that a page may use, so that no block is left unrun by accident.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
README, START, OPERATING = "README.md", "docs/index.md", "docs/operating.md"
EMBEDDINGS = "docs/embeddings.md"
SHOWN_URL = "http://127.0.0.1:3000"
"""The address that all pages show."""

RUN = {
    "sh": "run, in order, page by page",
    "sh serve": "run in the background on pages that start their own service",
    "sh slow": "run by `make thorough`",
    "sh data": "run by `make thorough` where the datasets are, with options that make it short",
    "python": "run, in order with the page's other blocks",
    "js": "run by Node, likewise",
    "js browser": "run in Chromium by tests/browser",
    "postgresql": "run where there is a PostgreSQL",
}
CHECKED = {
    "docker": "needs a container engine: bash parses it, tests check the files it names",
    "kubernetes": "needs a cluster: likewise",
}
NOT_RUN = {
    "sh install": "downloads or installs something outside of the project",
    "sh long": "takes hours; its parts are tested on small data",
    "sh asks": "asks a person; tests/journey/test_attune_command.py answers",
    "text": "what a command prints, or a format",
    "json": "a body or a reply",
    "csv": "a format",
}
KINDS = RUN | CHECKED | NOT_RUN
"""Fence to what happens with its block."""
TOOLS = {"sh": "curl", "js": "node"}
"""Programs that the blocks of a kind need."""

PATIENCE_S = 600.0
STOPPING_S = 30.0
SERVED_LOG = "served.log"
_FENCE = re.compile(r"^```([^\n`]+)\n(.*?)^```[ ]*$", re.DOTALL | re.MULTILINE)
_STRICTLY = "set -euxo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT\n"
"""Ends the script at the first step that fails, and the processes it started with it."""
_SERVE = """
( {script} ) > {log} 2>&1 & served=$!
until curl -s --fail {url}/readyz > /dev/null; do kill -0 $served; sleep 1; done
"""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        page: The page's path in the repository.
        line: The line of its fence, from 1.
        kind: What its fence says.
    """

    page: str
    line: int
    kind: str
    text: str


def pages() -> list[str]:
    """Return the README, the pages in ``docs`` and the clients' READMEs."""
    found = [*(ROOT / "docs").glob("*.md"), *(ROOT / "clients").glob("*/README.md")]
    return [README, *sorted(path.relative_to(ROOT).as_posix() for path in found)]


def blocks(page: str, *kinds: str) -> list[Block]:
    """Return a page's blocks in order; only those of ``kinds`` if any are named."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = [
        Block(page, text.count("\n", 0, fence.start()) + 1, fence[1].strip(), fence[2])
        for fence in _FENCE.finditer(text)
    ]
    return [block for block in found if not kinds or block.kind in kinds]


def script(page: str, *kinds: str, url: str = SHOWN_URL) -> str:
    """Return a page's blocks of some kinds as one bash script that calls ``url``."""
    steps = [_step(block, url) for block in blocks(page, *kinds)]
    return "".join(steps).replace(SHOWN_URL, url)


def _step(block: Block, url: str) -> str:
    if block.kind == "sh serve":
        return _SERVE.format(script=block.text, log=SERVED_LOG, url=url)
    if block.kind == "python":
        return f"python - <<'END'\n{block.text}END\n"
    if block.kind == "js":
        return f"node --input-type=module - <<'END'\n{block.text}END\n"
    return block.text


def is_readable(text: str) -> bool:
    """Whether bash can parse a script; it does not run it."""
    return subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode == 0  # noqa: S607


@dataclass
class Shell:
    """A bash in a folder.

    Attributes:
        folder: Where scripts run.
        environ: Their whole environment.
        logs: Files of the folder that are shown when a script fails.
    """

    folder: Path
    environ: Mapping[str, str]
    logs: tuple[str, ...]
    _started: list[psutil.Popen] = field(default_factory=list, init=False)

    def __call__(self, text: str, patience_s: float = PATIENCE_S, **variables: str) -> str:
        """Run a script that must succeed; return what it printed."""
        with (self.folder / "printed").open("w+") as printed:
            process = psutil.Popen(
                ["bash", "-c", _STRICTLY + text],
                cwd=self.folder,
                env={**self.environ, **variables},
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._started.append(process)
            status = process.wait(patience_s)
            printed.seek(0)
            output = printed.read()
        assert status == 0, output + self._logged()
        return output

    def end(self) -> None:
        """Stop the processes that scripts left running; kill those that do not stop."""
        for process in self._started:
            for each in _alive_in(process.pid):
                with suppress(psutil.NoSuchProcess):  # its parent may have stopped it
                    each.terminate()
            _, left = psutil.wait_procs(_alive_in(process.pid), STOPPING_S)
            for each in left:
                with suppress(psutil.NoSuchProcess):
                    each.kill()

    def _logged(self) -> str:
        found = [self.folder / name for name in self.logs]
        return "".join(log.read_text(errors="replace") for log in found if log.exists())


@contextmanager
def shell(
    folder: Path, environ: Mapping[str, str], logs: tuple[str, ...] = ("service.log", SERVED_LOG)
) -> Iterator[Shell]:
    """Yield a bash in a folder; at the end stop what it left running."""
    bash = Shell(folder, environ, logs)
    try:
        yield bash
    finally:
        bash.end()


def _alive_in(session: int) -> list[psutil.Process]:
    """Return the live processes of a session, also those whose parent has ended."""
    found = []
    for each in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getsid(each.pid) == session and each.status() != psutil.STATUS_ZOMBIE:
                found.append(each)
    return found
