"""A newcomer with nothing but a checkout follows the manual's first page, word for word.

It takes minutes, most of them pip's: `make newcomer`. Encoders and music come from the package
index, as for anybody; only where that index is, is taken from this machine.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.journey.serving import ROOT, free_port
from tests.journey.shell import SERVED_LOG, left_running, shell
from tests.manual import START, blocks

pytestmark = [pytest.mark.journey, pytest.mark.thorough]

PATIENCE_S = 1800.0
TOOLS = ("git", "make", "curl", "python3")
INDEX = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")
"""What tells pip where its packages are, which is a machine's business and not the newcomer's."""
CHANGED = 0.05
"""How far a probability must have moved: far more than rounding, far less than ten answers do."""


def checkout(folder):
    """Copy what a clone of this working tree would have."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]
    for name in names:  # a name may be of a file that was just deleted
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)


def bare(home):
    """Return an environment with a new home and the machine's own programs, and nothing else."""
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    index = {name: told for name, told in os.environ.items() if name.upper().startswith(INDEX)}
    config = Path.home() / ".config" / "pip" / "pip.conf"
    return index | {
        "HOME": str(home),
        "PATH": f"{home / 'bin'}:/usr/bin:/bin",
        "PIP_CONFIG_FILE": str(config) if config.exists() else os.devnull,
    }


def followed(url):
    """Return the page's blocks as one script; what serves is left running in the background."""
    return "".join(
        left_running(block.text, url) if block.kind == "sh serve" else block.text
        for block in blocks(START, "sh", "sh serve")
    ).replace("http://127.0.0.1:3000", url)


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"NOBODY CAN BEGIN without {TOOLS}.")
def test_the_start_page_leads_to_a_prediction_that_is_personal(tmp_path, capsys):
    project = tmp_path / "attune"
    checkout(project)
    port = free_port()
    environ = bare(tmp_path / "home") | {"PORT": str(port)}
    began = time.monotonic()

    with shell(project, environ, logs=(SERVED_LOG,)) as bash:
        printed = bash(followed(f"http://127.0.0.1:{port}"), patience_s=PATIENCE_S)

    before, after = (
        json.loads((project / "runs" / f"{when}.json").read_text()) for when in ("before", "after")
    )
    with capsys.disabled():
        sys.stdout.write(f"\nA newcomer took {time.monotonic() - began:.0f} s.\n")
    assert "28/28" in printed
    assert before["personal"]["used"] is False
    assert after["personal"] == {"user_id": "you", "n_labels": 10, "used": True}
    moved = [abs(after["probabilities"][q] - before["probabilities"][q]) for q in ("Q1", "Q2")]
    assert max(moved) > CHANGED
