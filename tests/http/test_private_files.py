"""What the service writes is for its own user alone; an upgrade mends what was open before."""

import hashlib
import os
import stat
from contextlib import closing
from datetime import UTC, datetime

import pytest

from service.db.catalogue import identity_of
from service.db.database import Database
from service.db.schema import migrate
from tests.http.samples import hum
from tests.http.serving import serving

pytestmark = [pytest.mark.http, pytest.mark.slow]

LABEL = {"event_id": "e", "track_id": "hum", "quadrant": "Q1"}
OLD = "INSERT INTO forgotten_user (user_hash, forgotten_at) VALUES (?, ?)"


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


def at_the_revision_before(folder):
    """A folder as the release before left it, with one forgotten user; return the identity."""
    (folder / "audio").mkdir(parents=True)
    with closing(Database(f"sqlite:///{folder}/attune.db")) as database:
        migrate(database, "0004")
        identity = identity_of(database)
        key = identity.encode()
        forgotten = hashlib.blake2b(b"ana", key=key, digest_size=32).hexdigest()
        with database.write() as connection:
            connection.exec_driver_sql(OLD, (forgotten, datetime(2026, 1, 1, tzinfo=UTC)))
    return identity


def own_folders(folder, identity):
    recordings = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return [folder / "sketches" / f"v0-{identity}", folder / "audio" / recordings]


def test_an_upgrade_makes_files_private_and_who_was_forgotten_stays_so(tmp_path, caplog):
    folder = tmp_path / "old"
    identity = at_the_revision_before(folder)
    folders = own_folders(folder, identity)
    files = [folder / "attune.db", folder / "attune.db.claim"]
    for each in folders:
        each.mkdir(parents=True)
    files[1].touch()
    for each in (folder, *folders):
        each.chmod(0o755)
    for each in files:
        each.chmod(0o644)

    with caplog.at_level("INFO"), serving_from(folder) as client:
        put(client)
        late, others = answer(client, "ana"), answer(client, "bob")
        again = client.post("/users/ana/readmit")
        readmitted = answer(client, "ana")

    assert {stat.S_IMODE(each.stat().st_mode) for each in folders} == {0o700}
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755  # the operator's
    assert all(str(each) in caplog.text for each in (*folders, *files))
    assert (late.status_code, late.json()["code"]) == (410, "user_forgotten")
    assert [each.status_code for each in (others, again, readmitted)] == [200, 204, 200]
