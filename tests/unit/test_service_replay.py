"""Replay: what there is to do is done once, in pieces, and may be interrupted."""

import pytest

from models.emotion import Quadrant
from service.__main__ import main
from service.api.predict.predictions import Upload
from service.api.tracks.catalogue import Archive, Registration, put_track
from service.cli import replaying as module
from service.cli.progress import Progress
from service.cli.replaying import ReplayProgress, replay
from service.db.replay_backlog import Extent
from service.labels import Label
from service.observability.metrics import Metrics
from service.serving.snapshots import serve
from service.settings import Settings
from service.tracks import TrackMetadata
from tests.conftest import HOUSE
from tests.snapshots import tempered


class FakeBacklog:
    """Tracks and users as sets; judges a few tracks and is then interrupted, if it is told to."""

    def __init__(self, tracks=(), users=()):
        self.left = sorted(tracks)
        self.due = dict.fromkeys(sorted(users), True)
        self.patience = 1_000

    def extent(self):
        return Extent(len(self.left), 0, len(self.due))

    def tracks(self, after, limit):
        return [each for each in self.left if each > after][:limit]

    def judge(self, track_ids):
        self.patience -= 1
        if not self.patience:
            raise KeyboardInterrupt
        self.left = [each for each in self.left if each not in track_ids]

    def users(self, after, limit):
        return dict([item for item in self.due.items() if item[0] > after][:limit])


class Learnt:
    """Listeners that note who was learnt."""

    def __init__(self):
        self.users = []

    def advance(self, user_id):
        self.users.append(user_id)


def test_everything_is_done_once_whatever_the_size_of_a_piece(monkeypatch):
    monkeypatch.setattr(module, "TRACKS_AT_ONCE", 2)
    monkeypatch.setattr(module, "USERS_AT_ONCE", 2)
    backlog, learnt = FakeBacklog("abcde", ["ana", "ben", "cem"]), Learnt()
    backlog.due["ben"] = False
    told = []

    done = replay(backlog, learnt, told.append)

    assert done == ReplayProgress(5, 3, 2)
    assert backlog.left == []
    assert learnt.users == ["ana", "cem"]
    assert [each.n_tracks for each in told] == [2, 4, 5, 5, 5, 5]


def test_what_was_interrupted_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(module, "TRACKS_AT_ONCE", 2)
    backlog = FakeBacklog("abcde")
    backlog.patience = 2

    with pytest.raises(KeyboardInterrupt):
        replay(backlog, Learnt(), lambda _: None)

    assert backlog.left == ["c", "d", "e"]
    assert replay(backlog, Learnt(), lambda _: None).n_tracks == 3


@pytest.mark.parametrize(("is_tty", "n_lines"), [(True, 3), (False, 2)])
def test_progress_is_told_now_and_then(capsys, is_tty, n_lines):
    times = iter([0.0, 0.5, 5.0])
    progress = Progress(is_tty=is_tty, clock=lambda: next(times))

    for n in (1, 2, 3):
        progress(f"{n} of 3 tracks")
    progress.end("3 of 3 tracks, 1 of 1 users")

    told = capsys.readouterr().err
    assert told.endswith("3 of 3 tracks, 1 of 1 users\n")
    assert told.count("tracks") == n_lines
    assert told.count("\r") == (n_lines - 1) * is_tty


@pytest.fixture(name="database")
def _database(tmp_path, monkeypatch):
    """A database with two tracks and a user, made under the snapshot that ships."""
    url = f"sqlite:///{tmp_path}/attune.db"
    monkeypatch.setenv("ATTUNE_DATABASE_URL", url)
    serving = serve(Settings.from_env({"ATTUNE_DATABASE_URL": url}), Metrics(None))
    resources = serving.resources
    for n in range(2):
        put_track(
            f"t{n}",
            Registration(Upload(lyrics=f"rain on {n} roofs"), TrackMetadata()),
            archive=Archive.of(resources),
            extractor=resources.extractor,
            listeners=resources.listeners,
        )
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
        f"Snapshot {version}: 2 tracks judged, the answers of 1 of 1 users learnt; "
        "all others were before.\n"
    )
    assert main(["replay", "--prune"]) == 0
    assert "1 personal models, 2 beliefs about tracks" in capsys.readouterr().out


@pytest.mark.slow
def test_the_command_ends_at_ctrl_c_with_a_sentence(database, tmp_path, capsys, monkeypatch):
    del database  # is named by the environment
    tempered(HOUSE / "models" / "pretrained", tmp_path / "new")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "replay", interrupted)
    status = main(["replay", "--snapshot", str(tmp_path / "new")])

    assert status == 130
    assert "the same command goes on" in capsys.readouterr().err


@pytest.mark.slow
def test_a_reload_is_announced_to_every_worker(database, capsys):
    serving = serve(Settings.from_env({"ATTUNE_DATABASE_URL": database}), Metrics(None))
    before = serving.shared.notifications.revisions()["snapshot"]

    status = main(["reload"])

    after = serving.shared.notifications.revisions()["snapshot"]
    serving.close()
    assert (status, after) == (0, before + 1)
    assert serving.resources.snapshot.version in capsys.readouterr().out


@pytest.mark.slow
def test_a_worker_answers_with_the_members_that_were_chosen(tmp_path):
    chosen = {"ATTUNE_DATABASE_URL": f"sqlite:///{tmp_path}/a.db", "ATTUNE_MEMBERS": "svm,sgd"}

    serving = serve(Settings.from_env(chosen), Metrics(None))

    told = serving.reload()
    serving.close()
    snapshot = serving.resources.snapshot
    assert [set(each.families) for each in snapshot.committees.values()] == [{"sgd", "svm"}] * 2
    assert snapshot.version != snapshot.manifest["version"]
    assert not told.is_new


@pytest.mark.usefixtures("database")
def test_a_member_that_there_is_not_is_refused_by_name(monkeypatch, capsys):
    monkeypatch.setenv("ATTUNE_MEMBERS", "svm,tree")

    status = main(["reload"])

    assert status == 1
    assert "no member 'tree'; it has gnb, sgd, xgb, svm" in capsys.readouterr().err
