"""A backup of SQLite's file: whole, of one moment, and of what is there alone."""

import sqlite3
from contextlib import closing

import pytest

from service.db.backup import back_up
from service.errors import StoreUnavailableError
from service.settings import SettingsError

WORD = "unforgettable"


@pytest.fixture(name="url")
def _url(tmp_path):
    """A database in use: what was committed last is in SQLite's log, not in the file."""
    path = tmp_path / "attune.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE said (word TEXT)")
        database.executemany("INSERT INTO said VALUES (?)", [[WORD], ["hello"]])
        yield f"sqlite:///{path}"


def words(path):
    """Return what a copy holds."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [word for (word,) in database.execute("SELECT word FROM said")]


def test_a_backup_holds_what_was_committed(url, tmp_path):
    size = back_up(url, tmp_path / "copy.db")

    assert words(tmp_path / "copy.db") == [WORD, "hello"]
    assert size == (tmp_path / "copy.db").stat().st_size


def test_a_backup_does_not_hold_what_others_are_only_about_to_say(url, tmp_path):
    with closing(sqlite3.connect(tmp_path / "attune.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO said VALUES ('perhaps')")

        back_up(url, tmp_path / "copy.db")

        other.execute("COMMIT")
    assert "perhaps" not in words(tmp_path / "copy.db")


def test_what_was_deleted_before_is_in_no_byte_of_it(url, tmp_path):
    with closing(sqlite3.connect(tmp_path / "attune.db", isolation_level=None)) as other:
        other.execute("DELETE FROM said WHERE word = ?", [WORD])

    back_up(url, tmp_path / "copy.db")

    assert WORD.encode() not in (tmp_path / "copy.db").read_bytes()


def test_it_is_not_written_to_what_stands_at_the_name_of_its_draft(url, tmp_path):
    (tmp_path / "anothers").touch()
    (tmp_path / "anothers").chmod(0o666)
    (tmp_path / "copy.db.part").symlink_to(tmp_path / "anothers")
    back_up(url, tmp_path / "copy.db")
    (tmp_path / "second.db.part").touch()
    (tmp_path / "second.db.part").chmod(0o666)
    back_up(url, tmp_path / "second.db")

    assert (tmp_path / "anothers").read_bytes() == b""
    assert [f"{(tmp_path / name).lstat().st_mode:o}" for name in ("copy.db", "second.db")] == [
        "100600"
    ] * 2


def test_nobody_else_may_read_it(url, tmp_path):
    back_up(url, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_backup_replaces_no_file(url, tmp_path):
    (tmp_path / "copy.db").write_text("yesterday's")

    with pytest.raises(FileExistsError, match="never replaces a file"):
        back_up(url, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_text() == "yesterday's"


def test_of_what_is_no_database_nothing_is_left(tmp_path):
    (tmp_path / "broken.db").write_bytes(b"no database" * 1000)

    with pytest.raises(StoreUnavailableError, match="cannot be backed up"):
        back_up(f"sqlite:///{tmp_path / 'broken.db'}", tmp_path / "copy.db")

    assert not list(tmp_path.glob("copy.db*"))


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(StoreUnavailableError, match="cannot be backed up"):
        back_up(f"sqlite:///{tmp_path / 'nowhere.db'}", tmp_path / "copy.db")

    assert not list(tmp_path.iterdir())


def test_of_postgresql_it_says_what_does(tmp_path):
    with pytest.raises(SettingsError, match="pg_dump"):
        back_up("postgresql://attune@127.0.0.1/attune", tmp_path / "copy.db")
