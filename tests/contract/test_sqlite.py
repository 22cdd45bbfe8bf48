"""SQLite when its file or its disk is not what it should be."""

import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from models.emotion import Quadrant
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.file_lock import SUFFIX, this_machine
from service.db.label_log import LabelLog
from service.db.schema import migrate
from service.errors import StoreUnavailableError
from service.labels import Label
from service.tracks import Content, TrackMetadata
from tests.contract.catalogue_counter import revision, write
from tests.fakes import FakeClock, features, population_predictor

ROOT = Path(__file__).parents[2]
SERVES = """
import sys
from service.db.database import Database

Database(sys.argv[1]).claim(sys.argv[2])
print("serving", flush=True)
sys.stdin.read()
"""
"""Another process that serves a file as some machine, until its input ends."""


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    return tmp_path / "attune.db"


@pytest.fixture(name="database")
def _database(file: Path, sqlite_template: Path) -> Iterator[Database]:
    shutil.copy(sqlite_template, file)
    with closing(Database(f"sqlite:///{file}", patience_s=0.05)) as database:
        yield database


def fill(database):
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE junk (bytes BLOB)")
        connection.exec_driver_sql("INSERT INTO junk VALUES (randomblob(2000000))")


def test_what_was_acknowledged_survives_a_power_cut(database):
    with database.write() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }

    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


def test_a_commit_waits_for_the_disk_whatever_the_connection_wrote_before(database):
    reply = []
    for writing in (database.write_cache, database.write, database.write_cache, database.write):
        with writing() as connection:
            reply.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    assert reply == [1, 2, 1, 2]


def test_a_database_that_may_only_be_read_is_read_and_says_so_when_it_is_written_to(
    file, database
):
    write(database, 3)
    read_only = Database(f"sqlite:///file:{file}?mode=ro&uri=true")

    migrate(read_only)  # there is nothing to do
    with pytest.raises(StoreUnavailableError, match="readonly"):
        write(read_only, 1)
    assert revision(read_only) == 3


def test_a_file_that_is_no_database_is_refused(file):
    file.write_text("This is a letter, not a database. " * 40)

    with pytest.raises(StoreUnavailableError, match="not a database"):
        migrate(Database(f"sqlite:///{file}"))


def test_a_torn_file_is_refused(file):
    database = Database(f"sqlite:///{file}")
    migrate(database)
    database.close()
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))

    with pytest.raises(StoreUnavailableError, match="malformed"):
        revision(Database(f"sqlite:///{file}"))


def test_a_full_disk_is_told_and_what_was_there_is_read_until_there_is_room_again(database):
    write(database, 3)
    is_full = [True]

    @event.listens_for(database._engine, "checkout")
    def _limit(connection, record, proxy):
        del record, proxy
        connection.execute(f"PRAGMA max_page_count = {1 if is_full[0] else 1_000_000}")

    with pytest.raises(StoreUnavailableError, match="full"):
        fill(database)
    assert revision(database) == 3

    is_full[0] = False
    fill(database)
    write(database, 4)
    assert revision(database) == 4


def test_a_disk_that_takes_no_more_bytes_is_told_and_nothing_is_lost(database):
    write(database, 3)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, most))  # Python ignores the signal
    try:
        with pytest.raises(StoreUnavailableError, match="disk"):
            fill(database)
        assert revision(database) == 3
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    fill(database)
    assert revision(database) == 3


def test_a_file_that_is_gone_is_not_written_to_and_not_made_anew(file, database):
    write(database, 3)
    away = file.with_name("away.db")
    shutil.move(file, away)

    with pytest.raises(StoreUnavailableError, match="its file was deleted"):
        write(database, 4)
    with pytest.raises(StoreUnavailableError, match="its file was deleted"):
        revision(database)
    assert not file.exists()

    shutil.move(away, file)
    write(database, 5)
    assert revision(database) == 5


def test_a_database_that_is_put_in_its_place_is_read_without_a_restart(file, tmp_path, database):
    write(database, 3)
    other = Database(f"sqlite:///{tmp_path}/other.db")
    migrate(other)
    write(other, 8)
    other.close()

    for end in ("-wal", "-shm"):
        Path(f"{file}{end}").unlink()
    (tmp_path / "other.db").replace(file)

    assert revision(database) == 8


def test_no_byte_of_a_forgotten_user_stays_in_the_file(file, database):
    tracks = Catalogue(database, population_predictor(), FakeClock())
    tracks.put("t", features(), Content("a" * 64, None), TrackMetadata())
    log = LabelLog(database, FakeClock())
    for number in range(200):
        log.append("ana-the-secret", [Label(f"e{number}", "t", Quadrant.Q1)])
    database.erase_traces()
    assert b"ana-the-secret" in file.read_bytes()

    log.forget("ana-the-secret")
    database.erase_traces()

    assert b"ana-the-secret" not in file.read_bytes()
    assert b"ana-the-secret" not in Path(f"{file}-wal").read_bytes()


def test_traces_stay_for_a_moment_where_somebody_is_reading(file, database):
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM catalogue").fetchall()
        write(database, 3)

        database.erase_traces()

    assert revision(database) == 3


@pytest.fixture(name="serving_elsewhere")
def _serving_elsewhere(file: Path) -> Iterator[subprocess.Popen]:
    Database(f"sqlite:///{file}").close()
    command = [sys.executable, "-c", SERVES, f"sqlite:///{file}", "other-host another-boot"]
    process = subprocess.Popen(  # noqa: S603  # our own command
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "serving\n"
        yield process
        process.stdin.close()


def test_a_file_that_another_machine_serves_is_refused_until_that_one_ends(
    database, serving_elsewhere
):
    with pytest.raises(StoreUnavailableError, match=r"'other-host'.* PostgreSQL"):
        database.claim(this_machine())

    serving_elsewhere.kill()
    serving_elsewhere.wait()

    database.claim(this_machine())


def test_processes_of_one_machine_serve_a_file_together(database, serving_elsewhere):
    del serving_elsewhere
    database.claim("other-host another-boot")

    with pytest.raises(StoreUnavailableError, match="another machine"):
        Database(f"sqlite:///{database.file}").claim(this_machine())


def test_a_claim_is_let_go_when_the_database_is_closed(file, database):
    database.claim("one boot")
    database.close()

    Database(f"sqlite:///{file}").claim("two boot")

    assert file.with_name(file.name + SUFFIX).read_text() == "two boot"


def test_a_claim_is_not_written_through_a_link(tmp_path):
    (tmp_path / "anothers").write_text("said")
    (tmp_path / "attune.db.claim").symlink_to(tmp_path / "anothers")

    with closing(Database(f"sqlite:///{tmp_path}/attune.db")) as database:
        database.claim(this_machine())

    assert (tmp_path / "anothers").read_text() == "said"


def test_what_an_earlier_release_let_all_users_read_is_restricted_once_and_told(
    file, database, caplog
):
    write(database, 3)
    database.claim(this_machine())
    paths = [Path(f"{file}{end}") for end in ("", "-wal", "-shm", SUFFIX)]
    for path in paths:
        path.chmod(0o644)

    with caplog.at_level("INFO"), closing(Database(f"sqlite:///{file}")) as later:
        later.claim(this_machine())
        assert revision(later) == 3

    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert [str(path) in " ".join(caplog.messages) for path in paths] == [True] * 4
