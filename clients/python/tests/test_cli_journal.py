"""The journal of an import survives a killed process."""

from pathlib import Path

import pytest

from attune_client.cli.importing.journal import (
    BegunUpload,
    ImportedTrack,
    Journal,
    JournalError,
    journal_path,
)

DONE = ImportedTrack([3, 4, None], "abc")


def reopened(path):
    journal = Journal.open(path)
    journal.close()
    return journal


def test_results_are_read_back_unless_fresh(tmp_path):
    path = tmp_path / "folder" / "journal"
    journal = Journal.open(path)
    journal.begin("a", BegunUpload(1.5, "abc"))
    journal.finish("a", DONE)
    journal.begin("b", BegunUpload(2.5, "abc"))
    journal.begin("c", BegunUpload(3.5, "abc"))
    journal.fail("c")
    journal.close()

    known = reopened(path)
    Journal.open(path, fresh=True).close()

    assert known.done == {"a": DONE}
    assert known.begun == {"b": BegunUpload(2.5, "abc")}
    assert reopened(path).done == {}


@pytest.mark.parametrize("n_lost", range(1, 60, 7))
def test_an_incomplete_last_line_is_ignored(tmp_path, n_lost):
    path = tmp_path / "journal"
    journal = Journal.open(path)
    journal.finish("a", DONE)
    n_before = path.stat().st_size
    journal.finish("b", DONE)
    journal.close()

    content = path.read_bytes()
    path.write_bytes(content[: max(n_before, len(content) - n_lost)])
    torn = Journal.open(path)
    torn.finish("c", DONE)
    torn.close()

    assert set(reopened(path).done) == {"a", "c"}


@pytest.mark.parametrize("content", ["{}\n", "[]\n", "nonsense\n", '{"format": 2}\n'])
def test_another_file_is_an_error_and_stays(tmp_path, content):
    path = tmp_path / "journal"
    path.write_text(content)

    with pytest.raises(JournalError, match=r"line 1.*--fresh"):
        Journal.open(path)

    assert path.read_text() == content


def test_a_line_of_version_0_5_has_no_digest(tmp_path):
    path = tmp_path / "journal"
    path.write_text('{"format": 1}\n{"begun": "a", "at": 1.5}\n')

    assert reopened(path).begun == {"a": BegunUpload(1.5, "")}


def test_each_folder_and_service_has_a_journal(tmp_path):
    environ = {"XDG_STATE_HOME": str(tmp_path / "state")}

    paths = {
        journal_path(url, folder, environ)
        for url in ("http://a.test", "http://b.test")
        for folder in (tmp_path, tmp_path / "b" / "..", tmp_path / "c")
    }

    assert len(paths) == 4
    assert all(path.is_relative_to(tmp_path / "state" / "attune") for path in paths)


def test_a_relative_state_folder_is_ignored():
    path = journal_path("http://a.test", Path("/music"), {"XDG_STATE_HOME": "here"})

    assert path.is_relative_to(Path.home() / ".local" / "state")
