"""``python -m service prune``, as an operator types it."""

from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.emotion import Quadrant
from service.__main__ import main
from service.clock import utc_now
from service.db import retention
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.schema import migrate
from service.db.tables import guess, label_event, repeatable_call, track_segments
from service.evaluation.prequential import Forecast
from service.labels import Label, RepeatableCall
from service.tracks import Content, TrackMetadata
from tests.fakes import features, population_predictor

FORECAST = Forecast("v", 0, (0.4, 0.3, 0.2, 0.1), (0.25, 0.25, 0.25, 0.25))


@pytest.fixture(name="n_rows")
def _n_rows(tmp_path, monkeypatch):
    """A track with two answers of 100 days ago, by the numbers of rows that stand for it."""
    url = f"sqlite:///{tmp_path}/attune.db"
    monkeypatch.setenv("ATTUNE_DATABASE_URL", url)
    with closing(Database(url)) as database:
        migrate(database)
        Catalogue(database, population_predictor(), utc_now).put(
            "t", features(), Content("a" * 64, None), TrackMetadata()
        )
        log = LabelLog(database, lambda: utc_now() - timedelta(days=100))
        for event_id in ("e1", "e2"):
            label = Label(event_id, "t", Quadrant.Q1)
            call = RepeatableCall(event_id, "b" * 64)
            log.append("ana", [label], call, forecasts={"t": FORECAST})

        def n_rows():
            with database.read() as connection:
                return {
                    table.name: connection.scalar(select(func.count()).select_from(table))
                    for table in (track_segments, guess, repeatable_call, label_event)
                }

        yield n_rows


def test_without_yes_it_only_counts(n_rows, capsys):
    before = n_rows()

    asked = ["--segments", "none", "--forecasts", "99", "--calls", "99", "--events", "99"]
    assert main(["prune", *asked]) == 0

    assert capsys.readouterr().out == (
        "segments: 1 tracks with 0.0 MB\n"
        "forecasts: 1 to delete\n"
        "calls: 2 to delete\n"
        "events: 1 to delete\n"
        "Nothing was changed; --yes does it.\n"
    )
    assert n_rows() == before


def test_with_yes_it_deletes_what_was_named(n_rows, capsys):
    assert main(["prune", "--events", "99", "--calls", "99", "--yes"]) == 0

    assert capsys.readouterr().out == "events: 1 deleted\ncalls: 2 deleted\n"
    assert n_rows() == {"track_segments": 1, "guess": 1, "repeatable_call": 0, "label_event": 1}

    assert main(["prune", "--forecasts", "101", "--segments", "coarse", "--yes"]) == 0

    assert n_rows() == {"track_segments": 1, "guess": 1, "repeatable_call": 0, "label_event": 1}
    assert "segments: 1 tracks changed" in capsys.readouterr().out

    assert main(["prune", "--forecasts", "99", "--segments", "none", "--yes"]) == 0

    assert n_rows() == {"track_segments": 0, "guess": 0, "repeatable_call": 0, "label_event": 1}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Say what to prune: --segments, --forecasts, --calls or --events."),
        (["--yes"], "Say what to prune"),
        (["--events", "89"], "89 is not in the range x>=90"),
        (["--calls", "0"], "0 is not in the range x>=1"),
        (["--segments", "all"], "'all' is not one of 'coarse', 'none'"),
    ],
)
def test_what_cannot_be_meant_is_refused(n_rows, capsys, arguments, said):
    before = n_rows()

    assert main(["prune", *arguments]) == 2

    assert said in capsys.readouterr().err
    assert n_rows() == before


def test_it_ends_at_ctrl_c_with_a_sentence(n_rows, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(retention, "delete_old", interrupted)

    assert main(["prune", "--calls", "9", "--yes"]) == 130

    assert "the same command resumes" in capsys.readouterr().err
    assert n_rows()["repeatable_call"] == 2
