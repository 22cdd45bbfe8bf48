"""SQLite files for tests: one is migrated a process, every other is a copy of it."""

import shutil
from atexit import register
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from weakref import finalize

from service.db.api_keys import ApiKeys
from service.db.database import Database
from service.db.schema import migrate
from tests.fakes import FakeClock

MEMORY = Path("/dev/shm")  # noqa: S108  # a file system in memory: a commit waits for no disk
_NUMBERS = count()


def new_database() -> Database:
    """Return an empty database of the newest schema; its folder goes when nothing refers to it."""
    folder = _root() / str(next(_NUMBERS))
    folder.mkdir()
    shutil.copyfile(_template(), folder / "attune.db")
    database = Database(f"sqlite:///{folder}/attune.db")
    finalize(database, shutil.rmtree, folder, ignore_errors=True)
    return database


def new_keys() -> ApiKeys:
    """Return an empty store of API keys."""
    return ApiKeys(new_database(), FakeClock())


@cache
def _root() -> Path:
    root = Path(mkdtemp(prefix="attune-tests-", dir=MEMORY if MEMORY.is_dir() else None))
    register(shutil.rmtree, root, ignore_errors=True)
    return root


@cache
def _template() -> Path:
    path = _root() / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path
