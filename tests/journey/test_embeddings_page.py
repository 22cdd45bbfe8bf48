"""The page on embeddings is followed word for word, from a CSV to a personal prediction."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from models.fusion import FUSIONS
from tests.journey.desk import furnish
from tests.journey.serving import ROOT, environment, free_port
from tests.journey.shell import SERVED_LOG, is_readable, left_running, shell
from tests.manual import OWN_ENCODER, blocks

pytestmark = [pytest.mark.people, pytest.mark.journey, pytest.mark.slow]

TOOLS = ("make", "curl")
SET_UP = 'make() { command make --assume-old=models/weights/encoders.json "$@"; }\n'
"""`make serve` without setting anything up: the tests' own environment serves."""


def followed(url):
    """Return the page's blocks as one script; what serves is left running in the background."""
    written = {
        "sh": lambda text: text,
        "sh serve": lambda text: left_running(text, url),
        "python": lambda text: f"python - <<'END'\n{text}END\n",
    }
    steps = [written[block.kind](block.text) for block in blocks(OWN_ENCODER, *written)]
    return SET_UP + "".join(steps).replace("http://127.0.0.1:3000", url)


@pytest.fixture(name="desk")
def _desk(tmp_path):
    """A folder with what `make serve` takes, and with a song."""
    furnish(tmp_path)
    (tmp_path / "Makefile").symlink_to(ROOT / "Makefile")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


@pytest.fixture(name="environ")
def _environ(desk):
    environ, port = environment(desk), free_port()
    paths = [str(ROOT), str(ROOT / "clients" / "python"), environ["PYTHONPATH"]]
    return environ | {
        "PATH": f"{desk / 'bin'}:{environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(paths),
        "ATTUNE_URL": f"http://127.0.0.1:{port}",
        "NO_PROXY": "127.0.0.1",
        "PORT": str(port),
    }


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"NOT FOLLOWED without {TOOLS}.")
def test_the_page_leads_from_a_csv_to_a_personal_prediction(desk, environ):
    with shell(desk, environ, logs=(SERVED_LOG,)) as bash:
        printed = bash(followed(environ["ATTUNE_URL"]))

    assert "\nreads {'audio': 32, 'lyrics': 24}\n" in printed
    before, after = map(float, re.search(r"^before (\S+) after (\S+)$", printed, re.M).groups())
    assert after > 2 * before  # both are small: the population model is all but sure here
    assert re.search(r"^personal: .*n_labels=10, used=True", printed, re.MULTILINE)
    assert [name for name in FUSIONS if not re.search(rf"^{name} Q[1-4] ", printed, re.M)] == []
    (refusal,) = re.findall(r"`input_not_read`: \*(.+)\* ", page())
    assert refusal in printed
    assert (desk / "my-models" / "MODEL_CARD.md").exists()
    assert (desk / ".attune" / "attune.db").exists()


def page():
    return Path(ROOT / OWN_ENCODER).read_text(encoding="utf-8")


def test_every_block_of_the_page_can_be_read():
    assert all(is_readable(block.text) for block in blocks(OWN_ENCODER, "sh", "sh serve"))
