"""``python -m service migrate``, as an operator types it."""

import logging

import pytest

from service.__main__ import main
from service.db.schema import HISTORY

REVISIONS = sorted(file.name[1:5] for file in (HISTORY / "versions").glob("r*.py"))
HEAD = REVISIONS[-1]


@pytest.fixture(name="migrate")
def _migrate(url, monkeypatch, capsys):
    monkeypatch.setenv("ATTUNE_DATABASE_URL", url)
    # Tests before may have set up logging in this process, as the service does.
    logging.disable(logging.INFO)

    def told(*arguments):
        status = main(["migrate", *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    yield told
    logging.disable(logging.NOTSET)


@pytest.fixture(name="url", params=["sqlite", "postgresql"])
def _url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/attune.db"
    return request.getfixturevalue("postgres").new_database()


def test_it_shows_where_a_database_stands_and_changes_nothing(migrate):
    expected = (
        0,
        f"current  none: no tables yet\nhead     {HEAD}\npending  {', '.join(REVISIONS)}\n",
        "",
    )

    assert migrate("--show") == expected
    assert migrate("--show") == expected


def test_it_brings_a_database_to_a_revision_and_to_the_newest(migrate):
    status, out, _ = migrate("--to", "0002")
    assert (status, out) == (
        0,
        f"current  0002\nhead     {HEAD}\npending  {', '.join(REVISIONS[2:])}\n",
    )

    status, out, _ = migrate()
    assert (status, out) == (0, f"current  {HEAD}\nhead     {HEAD}\npending  none\n")


def test_it_goes_back_only_when_told_that_data_may_be_lost(migrate):
    migrate()

    status, out, err = migrate("--to", "0001")
    assert (status, out) == (1, "")
    assert f"the data of {', '.join(REVISIONS[1:])}; nothing was changed." in err
    assert "To allow it: --yes" in err

    status, out, _ = migrate("--to", "0001", "--yes")
    assert (status, out) == (
        0,
        f"current  0001\nhead     {HEAD}\npending  {', '.join(REVISIONS[1:])}\n",
    )


def test_it_takes_another_database_than_the_one_that_is_served(migrate, tmp_path):
    migrate("--database", f"sqlite:///{tmp_path}/other.db")

    assert (tmp_path / "other.db").exists()
    assert "no tables yet" in migrate("--show")[1]
