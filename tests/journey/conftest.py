"""The Bento, built once; the music, fetched once; one service, and those who listen."""

import sys
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path

import pytest
from attune_client import AttuneClient, Label

from clients import demo_music
from tests.journey.opposite_listeners import PATIENT, TASTES, answers_of, everybodys
from tests.journey.servers import ROOT, Served, environment, free_port, run

N_OF_A_MOOD = 4
BENS = 7
"""Every so many tracks, the first listener answers."""


@dataclass
class Bento:
    """A Bento that was built.

    Attributes:
        tag: Its name and version.
        home: The store it is in.
        as_built: Its contents at first.
    """

    tag: str
    home: Path
    as_built: dict[Path, int] = field(init=False)

    def __post_init__(self):
        self.as_built = self.contents()

    @property
    def folder(self):
        """Where it is in the store."""
        return self.home / "bentos" / self.tag.replace(":", "/")

    def contents(self):
        """Return when each of its files was last written, in nanoseconds."""
        return {path: path.stat().st_mtime_ns for path in self.folder.rglob("*")}


@pytest.fixture(scope="session")
def bento(tmp_path_factory):
    """The Bento, built from this working copy with no network and away from the user's home."""
    environ = environment(tmp_path_factory.mktemp("build"))
    reply = run([sys.executable, "-m", "bentoml", "build", "--output", "tag"], ROOT, environ)
    return Bento(reply.strip().removeprefix("__tag__:"), Path(environ["BENTOML_HOME"]))


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    """Twenty recordings, four of each mood."""
    try:
        package = demo_music.fetch()
    except demo_music.MusicError as error:
        pytest.skip(f"NO MUSIC, NO JOURNEY: {error}")
    found = demo_music.unpack(package, tmp_path_factory.mktemp("music"))
    moods = groupby(sorted(found, key=lambda r: r.mood), key=lambda r: r.mood)
    return [recording for _, alike in moods for recording in islice(alike, N_OF_A_MOOD)]


@pytest.fixture(scope="session")
def server(bento, tmp_path_factory):
    """The built Bento, served by two workers from a folder that has nothing to do with it."""
    folder = tmp_path_factory.mktemp("elsewhere")
    environ = environment(
        folder,
        BENTOML_HOME=str(bento.home),
        XDG_CACHE_HOME=str(folder / "cache"),
        ATTUNE_DATABASE_URL=f"sqlite:///{folder / 'attune.db'}",
        ATTUNE_WORKERS="2",
    )
    port = free_port()
    address = ["--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-m", "bentoml", "serve", bento.tag, *address]
    served = Served(command, folder, environ, port)
    served.start()
    try:
        served.until_ready()
        yield served
    finally:
        served.kill()


@pytest.fixture(scope="session")
def attune(server):
    """The client that an app would use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with AttuneClient(server.url, retry=PATIENT) as client:
            yield client


@pytest.fixture(scope="session")
def tracks(attune, recordings):
    """The recordings, registered."""
    for recording in recordings:
        attune.put_track(
            recording.track_id,
            audio=recording.path,
            title=recording.title,
            artist=demo_music.MAKER,
        )
    return recordings


@pytest.fixture(scope="session")
def track_ids(tracks):
    return [recording.track_id for recording in tracks]


@pytest.fixture(scope="session")
def ben(attune, track_ids):
    """A listener who answered before anybody else, and says no more."""
    labels = [Label.quadrant(track_id, "Q2") for track_id in track_ids[::BENS]]
    assert attune.update("ben", labels).personal.n_labels == len(labels)
    return "ben"


@pytest.fixture(scope="session")
def before(attune, track_ids, ben):
    """What everybody felt before the others answered."""
    return everybodys(attune, track_ids, ben, *TASTES)


@pytest.fixture(scope="session")
def answers(tracks):
    """What either listener answers."""
    return {user: answers_of(user, tracks) for user in TASTES}


@pytest.fixture(scope="session")
def replies(attune, answers, before):
    """What the service said to that."""
    del before  # comes first
    return {user: attune.update(user, said.labels) for user, said in answers.items()}


@pytest.fixture(scope="session")
def after(attune, track_ids, ben, replies):
    """What everybody felt once they had answered."""
    return everybodys(attune, track_ids, ben, *replies)
