"""The journal: what it says survives whatever happened to the one who wrote it."""

from pathlib import Path

import pytest

from attune_client.cli.importing.journal import Done, Journal, JournalError, journal_path

DONE = Done([3, 4, None], "abc")


def reopened(path):
    journal = Journal.open(path)
    journal.close()
    return journal


def test_what_was_done_is_known_later(tmp_path):
    path = tmp_path / "folder" / "journal"
    journal = Journal.open(path)
    journal.begin("a", 1.5)
    journal.finish("a", DONE)
    journal.begin("b", 2.5)
    journal.begin("c", 3.5)
    journal.fail("c")
    journal.close()

    known = reopened(path)

    assert known.done == {"a": DONE}
    assert known.begun == {"b": 2.5}


@pytest.mark.parametrize("n_lost", range(1, 60, 7))
def test_a_last_line_that_was_torn_is_as_if_never_written(tmp_path, n_lost):
    path = tmp_path / "journal"
    journal = Journal.open(path)
    journal.finish("a", DONE)
    journal.close()
    before = path.read_bytes()
    journal = Journal.open(path)
    journal.finish("b", DONE)
    journal.close()
    written = path.read_bytes()[len(before) :]

    path.write_bytes(before + written[: max(0, len(written) - n_lost)])
    torn = Journal.open(path)
    torn.finish("c", DONE)
    torn.close()

    assert set(reopened(path).done) == {"a", "c"}


def test_starting_afresh_forgets(tmp_path):
    path = tmp_path / "journal"
    journal = Journal.open(path)
    journal.finish("a", DONE)
    journal.close()

    Journal.open(path, fresh=True).close()

    assert reopened(path).done == {}


@pytest.mark.parametrize("content", ["{}\n", "[]\n", "nonsense\n", '{"format": 2}\n'])
def test_what_is_no_journal_is_told_and_left_alone(tmp_path, content):
    path = tmp_path / "journal"
    path.write_text(content)

    with pytest.raises(JournalError, match=r"line 1.*--fresh"):
        Journal.open(path)

    assert path.read_text() == content


def test_nobody_else_may_write_meanwhile(tmp_path):
    journal = Journal.open(tmp_path / "journal")

    with pytest.raises(JournalError, match="Another import"):
        Journal.open(tmp_path / "journal")
    journal.close()

    reopened(tmp_path / "journal")


def test_each_folder_and_each_service_has_a_journal_of_its_own(tmp_path):
    environ = {"XDG_STATE_HOME": str(tmp_path / "state")}

    paths = {
        journal_path(url, folder, environ)
        for url in ("http://a.test", "http://b.test")
        for folder in (tmp_path, tmp_path / "b" / "..", tmp_path / "c")
    }

    assert len(paths) == 4
    assert all(path.is_relative_to(tmp_path / "state" / "attune") for path in paths)


def test_a_state_folder_that_is_relative_is_none():
    path = journal_path("http://a.test", Path("/music"), {"XDG_STATE_HOME": "here"})

    assert path.is_relative_to(Path.home() / ".local" / "state")
