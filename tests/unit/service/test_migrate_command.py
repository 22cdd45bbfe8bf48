"""``python -m service migrate``, as an operator types it."""

import logging

import pytest

from service.__main__ import main


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
        "current  none: no tables yet\nhead     0010\n"
        "pending  0001, 0002, 0003, 0004, 0005, 0006, 0007, 0008, 0009, 0010\n",
        "",
    )

    assert migrate("--show") == expected
    assert migrate("--show") == expected


def test_it_brings_a_database_to_a_revision_and_to_the_newest(migrate):
    status, out, _ = migrate("--to", "0002")
    assert (status, out) == (
        0,
        "current  0002\nhead     0010\npending  0003, 0004, 0005, 0006, 0007, 0008, 0009, 0010\n",
    )

    status, out, _ = migrate()
    assert (status, out) == (0, "current  0010\nhead     0010\npending  none\n")


def test_it_goes_back_only_when_told_that_data_may_be_lost(migrate):
    migrate()

    status, out, err = migrate("--to", "0001")
    assert (status, out) == (1, "")
    assert (
        "the data of 0002, 0003, 0004, 0005, 0006, 0007, 0008, 0009, 0010; nothing was changed."
        in err
    )
    assert "To allow it: --yes" in err

    status, out, _ = migrate("--to", "0001", "--yes")
    assert (status, out) == (
        0,
        "current  0001\nhead     0010\n"
        "pending  0002, 0003, 0004, 0005, 0006, 0007, 0008, 0009, 0010\n",
    )


def test_it_takes_another_database_than_the_one_that_is_served(migrate, tmp_path):
    migrate("--database", f"sqlite:///{tmp_path}/other.db")

    assert (tmp_path / "other.db").exists()
    assert "no tables yet" in migrate("--show")[1]
