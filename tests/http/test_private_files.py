"""What the service writes is for its own user alone; an upgrade mends what was open before."""

import hashlib
import os
import stat
from contextlib import closing

import pytest

from service.db.catalogue import identity_of
from service.db.database import Database
from service.db.schema import migrate
from tests.http.samples import hum
from tests.http.serving import serving

pytestmark = [pytest.mark.http, pytest.mark.slow]

LABEL = {"event_id": "e", "track_id": "hum", "quadrant": "Q1"}


@pytest.fixture(name="no_umask")
def _no_umask():
    """Nothing is taken away from what is made without a mode."""
    before = os.umask(0)
    yield
    os.umask(before)


def serving_from(folder):
    """An application of its own over a folder."""
    return serving(
        ATTUNE_DATABASE_URL=f"sqlite:///{folder}/attune.db", ATTUNE_AUDIO=f"{folder}/audio"
    )


def put(client):
    reply = client.put("/tracks/hum", files={"audio": ("a.wav", hum(42))})
    assert reply.status_code == 201, reply.text


def answer(client, user):
    return client.post("/update", json={"user_id": user, "labels": [LABEL]})


def found(folder):
    """Return the modes of a folder and all that is in it, and the names of what there is."""
    paths = [folder, *folder.rglob("*")]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in paths}
    return modes, {path.name for path in paths}


@pytest.mark.usefixtures("no_umask")
def test_only_its_user_may_read_what_a_service_writes(tmp_path):
    with serving_from(tmp_path / "new") as client:
        put(client)
        assert answer(client, "ana").status_code == 200
        assert client.post("/query", json={"user_id": "bob"}).status_code == 200

        modes, names = found(tmp_path / "new")

    open_ones = {str(path): oct(mode) for path, mode in modes.items() if mode & 0o077}
    assert open_ones == {}
    assert {"attune.db", "attune.db-wal", "attune.db-shm", "attune.db.claim"} <= names
    assert {"state.json", "rows", hashlib.sha256(hum(42)).hexdigest()} <= names


def test_an_upgrade_makes_folders_private(tmp_path, caplog):
    with closing(Database(f"sqlite:///{tmp_path}/attune.db")) as database:
        migrate(database)
        identity = identity_of(database)
    recordings = hashlib.sha256(identity.encode()).hexdigest()[:16]
    folders = [tmp_path / "sketches" / f"v0-{identity}", tmp_path / "audio" / recordings]
    for each in folders:
        each.mkdir(parents=True)
    for each in (tmp_path, *folders):
        each.chmod(0o755)

    with caplog.at_level("INFO"), serving_from(tmp_path) as client:
        put(client)

    assert {stat.S_IMODE(each.stat().st_mode) for each in folders} == {0o700}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755  # the operator's
    assert all(str(each) in caplog.text for each in folders)
