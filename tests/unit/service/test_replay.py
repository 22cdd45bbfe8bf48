"""Replay: what there is to do is done once, in pieces, and may be interrupted."""

import pytest

from models.emotion import Quadrant
from service.__main__ import main
from service.api.predict.predictions import Upload
from service.cli import replay as module
from service.cli.progress import Progress
from service.cli.replay import ReplayProgress, replay
from service.db.replay_backlog import Backlog
from service.labels import Label
from service.observability.metrics import Metrics
from service.serving.container import population_predictor_of
from service.serving.snapshots import serve
from service.settings import Settings
from tests.conftest import HOUSE
from tests.small_service import SmallService, register, snapshot
from tests.snapshots import tempered


class Interrupted(Backlog):
    """A backlog that is interrupted when it judges the second piece."""

    n_pieces = 0

    def predict(self, track_ids):
        self.n_pieces += 1
        if self.n_pieces == 2:
            raise KeyboardInterrupt
        super().predict(track_ids)


@pytest.fixture(name="newer")
def _newer(monkeypatch):
    """A house whose snapshot has to judge five tracks, and to learn two of three users."""
    monkeypatch.setattr(module, "TRACKS_AT_ONCE", 2)
    monkeypatch.setattr(module, "USERS_AT_ONCE", 2)
    house = SmallService()
    house.put(*"abcde")
    for user_id in ("ana", "ben", "cem"):
        house.tell(user_id, Label("e", "a", Quadrant.Q1))
    newer = house.restarted(snapshot("v2"))
    newer.listeners.advance("ben")
    return newer


def backlog_of(house, kind=Backlog):
    return kind(
        house.database,
        population_predictor_of(house.snapshot),
        "committee",
        house.snapshot.version,
    )


def test_everything_is_done_once_whatever_the_size_of_a_piece(newer):
    message = []

    done = replay(backlog_of(newer), newer.listeners, message.append)

    assert done == ReplayProgress(5, 3, 2)
    assert [each.n_tracks for each in message] == [2, 4, 5, 5, 5, 5]
    assert replay(backlog_of(newer), newer.listeners, message.append) == ReplayProgress(0, 3, 0)


def test_what_was_interrupted_goes_on_where_it_was(newer):
    with pytest.raises(KeyboardInterrupt):
        replay(backlog_of(newer, Interrupted), newer.listeners, str)

    assert backlog_of(newer).tracks("", 9) == ["c", "d", "e"]
    assert replay(backlog_of(newer), newer.listeners, str).n_tracks == 3


@pytest.mark.parametrize(("is_tty", "n_lines"), [(True, 3), (False, 2)])
def test_progress_is_told_now_and_then(capsys, is_tty, n_lines):
    times = iter([0.0, 0.5, 5.0])
    progress = Progress(is_tty=is_tty, clock=lambda: next(times))

    for n in (1, 2, 3):
        progress(f"{n} of 3 tracks")
    progress.end("3 of 3 tracks, 1 of 1 users")

    message = capsys.readouterr().err
    assert message.endswith("3 of 3 tracks, 1 of 1 users\n")
    assert message.count("tracks") == n_lines
    assert message.count("\r") == (n_lines - 1) * is_tty


@pytest.fixture(name="database")
def _database(tmp_path, monkeypatch):
    """A database with two tracks and a user, made under the snapshot that ships."""
    url = f"sqlite:///{tmp_path}/attune.db"
    monkeypatch.setenv("ATTUNE_DATABASE_URL", url)
    serving = serve(Settings.from_env({"ATTUNE_DATABASE_URL": url}), Metrics(None))
    resources = serving.resources
    for n in range(2):
        register(resources, f"t{n}", Upload(lyrics=f"rain on {n} roofs"))
    resources.log.append("ana", [Label("e", "t0", Quadrant.Q2)])
    resources.listeners.advance("ana")
    serving.close()
    return url


@pytest.mark.slow
def test_the_command_prepares_and_prunes(database, tmp_path, capsys):
    del database  # is named by the environment
    new = tmp_path / "new"
    version = tempered(HOUSE / "models" / "pretrained", new)

    assert main(["replay", "--snapshot", str(new)]) == 0
    assert capsys.readouterr().out == (
        f"Snapshot {version}: 2 tracks predicted, models of 1 of 1 users fitted; "
        "all others were up to date.\n"
    )
    assert main(["replay", "--prune"]) == 0
    assert "1 personal models, 2 predictions of tracks" in capsys.readouterr().out


@pytest.mark.slow
def test_the_command_ends_at_ctrl_c_with_a_sentence(database, tmp_path, capsys, monkeypatch):
    del database  # is named by the environment
    tempered(HOUSE / "models" / "pretrained", tmp_path / "new")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "replay", interrupted)
    status = main(["replay", "--snapshot", str(tmp_path / "new")])

    assert status == 130
    assert "the same command resumes" in capsys.readouterr().err


@pytest.mark.slow
def test_the_chosen_members_answer_and_a_reload_is_announced(database, monkeypatch, capsys):
    monkeypatch.setenv("ATTUNE_MEMBERS", "svm,sgd")
    chosen = {"ATTUNE_DATABASE_URL": database, "ATTUNE_MEMBERS": "svm,sgd"}
    serving = serve(Settings.from_env(chosen), Metrics(None))
    notifications, snapshot = serving.shared.notifications, serving.resources.snapshot
    before = notifications.revisions()["snapshot"]

    status = main(["reload"])

    message, after = serving.reload(), notifications.revisions()["snapshot"]
    serving.close()
    assert [set(each.families) for each in snapshot.committees.values()] == [{"sgd", "svm"}] * 2
    assert snapshot.version != snapshot.manifest["version"]
    assert not message.is_new
    assert (status, after) == (0, before + 1)
    assert snapshot.version in capsys.readouterr().out


@pytest.mark.usefixtures("database")
def test_a_member_that_there_is_not_is_refused_by_name(monkeypatch, capsys):
    monkeypatch.setenv("ATTUNE_MEMBERS", "svm,tree")

    status = main(["reload"])

    assert status == 1
    assert "no member 'tree'; it has gnb, sgd, xgb, svm" in capsys.readouterr().err
