"""The command ``reembed``: what it prints, and how it ends."""

import io
from contextlib import closing

import pytest
from sqlalchemy import select

from models.snapshot import version_in
from service.__main__ import main
from service.api.predict.predictions import Upload
from service.cli import reembed as module
from service.db.database import Database
from service.db.tables import track
from service.observability.metrics import Metrics
from service.serving.snapshots import serve
from service.settings import Settings
from tests.http.samples import clatter
from tests.small_service import register
from tests.snapshots import networked

pytestmark = pytest.mark.slow
LYRICS = "rain on the roofs"
SENT = {
    "heard": Upload(io.BytesIO(clatter(0))),
    "text": Upload(lyrics=LYRICS),
    "both": Upload(io.BytesIO(clatter(1)), LYRICS),
}


@pytest.fixture(name="folder")
def _folder(shipped, tmp_path, monkeypatch):
    """A catalogue of another snapshot's features; the environment names it and the present one."""
    chosen = {
        "ATTUNE_DATABASE_URL": f"sqlite:///{tmp_path}/attune.db",
        "ATTUNE_AUDIO": str(tmp_path / "audio"),
    }
    networked(shipped, tmp_path / "old")
    old = chosen | {"ATTUNE_SNAPSHOT": str(tmp_path / "old")}
    serving = serve(Settings.from_env(old), Metrics(None))
    for track_id, sent in SENT.items():
        register(serving.resources, track_id, sent)
    serving.close()
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def test_it_lists_what_must_be_registered_again_and_ends_with_3(folder, shipped, capsys):
    status = main(["reembed"])
    reply = capsys.readouterr()
    again = main(["reembed", "--list", str(folder / "unsent")])

    assert (status, again) == (3, 3)
    assert reply.out == (
        f"Snapshot {shipped.version}: features of 2 tracks extracted again.\n"
        "Tracks to register again, with their audio and lyrics: 2 (no usable recording is "
        "kept: 1; the text of the lyrics is not kept: 1).\n"
        "both\ntext\n"
    )
    assert reply.err.endswith("3 of 3 tracks, features of 2 extracted\n")
    assert (folder / "unsent").read_text() == "both\ntext\n"
    assert not capsys.readouterr().out.endswith("text\n")


def test_the_members_that_are_served_judge_what_is_heard(folder, shipped, monkeypatch):
    monkeypatch.setenv("ATTUNE_MEMBERS", "svm,sgd")
    served = version_in(Settings().snapshot, ("svm", "sgd"))

    main(["reembed"])

    with closing(Database(f"sqlite:///{folder}/attune.db")) as database, database.read() as rows:
        judged = rows.execute(select(track.c.snapshot).where(track.c.track_id == "heard"))
        assert judged.scalar_one() == served != shipped.version


def test_replay_names_it(folder, capsys):
    del folder

    assert main(["replay"]) == 0

    assert "`python -m service reembed`" in capsys.readouterr().out


def test_it_ends_at_ctrl_c_with_a_sentence(folder, capsys, monkeypatch):
    del folder

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "reembed", interrupted)
    status = main(["reembed"])

    assert status == 130
    assert "the same command resumes" in capsys.readouterr().err
