"""Track features that one replica builds and others fetch: what they see, and what goes wrong."""

import json
import threading
from dataclasses import dataclass

import numpy as np
import pytest
from sqlalchemy import delete, func, select, update

from service.db import published_features
from service.db.catalogue import Catalogue
from service.db.published_features import TURN, PublishedFeatures, remove_unused
from service.db.tables import published_features as head
from service.db.tables import published_part as part
from service.db.track_feature_feed import TrackFeatureFeed
from service.db.track_features import TrackFeatureStore
from service.tracks import Content, TrackMetadata
from tests.fakes import FakeClock, features, population_predictor

N_COLUMNS = 5
N_TRACKS = 8


@dataclass
class Replica:
    """A replica with a disk of its own."""

    published: PublishedFeatures
    store: TrackFeatureStore
    asked: list[int]
    """Revisions after which it read changes from the database."""

    def shown(self):
        """Return the features of every shown track."""
        tracks = self.store.prepare()
        places = np.flatnonzero(tracks.is_shown)
        ids = tracks.track_ids(places)
        assert tracks.places(ids).tolist() == places.tolist()
        return {each: tracks.rows[place].tolist() for each, place in zip(ids, places, strict=True)}


class RecordingFeed(TrackFeatureFeed):
    """A feed that remembers what it was asked."""

    def __init__(self, *given) -> None:
        super().__init__(*given)
        self.asked: list[int] = []

    def since(self, revision):
        self.asked.append(revision)
        return super().since(revision)


@dataclass
class Replicas:
    """Replicas over one database."""

    database: object
    folder: object
    clock: FakeClock
    n_replicas: int = 0

    def new(self):
        predictor = population_predictor()
        feed = RecordingFeed(self.database, predictor)
        published = PublishedFeatures(self.database, self.clock, predictor.version)
        self.n_replicas += 1
        folder = self.folder / str(self.n_replicas)
        store = TrackFeatureStore(feed, folder, predictor.version, N_COLUMNS, published)
        return Replica(published, store, feed.asked)

    def put(self, *track_ids, seed=0):
        catalogue = Catalogue(self.database, population_predictor(), self.clock)
        for number, track_id in enumerate(track_ids, seed):
            content = Content(f"{number}", None)
            catalogue.put(track_id, features(seed=number), content, TrackMetadata())

    def read(self, statement):
        with self.database.read() as connection:
            return connection.execute(statement).all()

    def write(self, statement):
        with self.database.write_cache() as connection:
            connection.execute(statement)


@pytest.fixture(name="replicas")
def _replicas(database, tmp_path, monkeypatch):
    """A large catalogue: a call applies three changes at most, and a part has 64 bytes."""
    monkeypatch.setattr("service.db.track_features.IN_A_CALL", 3)
    monkeypatch.setattr("service.db.track_features._AGAIN_S", 0.01)
    monkeypatch.setattr("service.db.track_feature_feed.CHANGES_AT_ONCE", 2)
    monkeypatch.setattr(published_features, "PART_BYTES", 64)
    replicas = Replicas(database, tmp_path, FakeClock())
    replicas.put(*(f"t{number}" for number in range(N_TRACKS)))
    return replicas


def drawn(number):
    return population_predictor().predict_population(features(seed=number)).sketch.tolist()


def all_drawn(n_tracks=N_TRACKS):
    return {f"t{number}": drawn(number) for number in range(n_tracks)}


def test_a_replica_fetches_what_another_has_built(replicas):
    builder, other = replicas.new(), replicas.new()
    assert builder.shown() == all_drawn()

    assert other.shown() == all_drawn()

    assert 0 in builder.asked
    assert min(other.asked) == N_TRACKS
    lengths = replicas.read(select(func.length(part.c.content)))
    assert max(length for (length,) in lengths) == 64


def test_changes_since_the_publication_are_applied(replicas):
    replicas.new().shown()
    replicas.put("new", seed=20)
    replicas.put("t0", seed=21)

    other = replicas.new()

    assert other.shown() == all_drawn() | {"new": drawn(20), "t0": drawn(21)}
    assert min(other.asked) == N_TRACKS


def test_a_small_catalogue_is_not_published(replicas, monkeypatch):
    monkeypatch.setattr("service.db.track_features.IN_A_CALL", 100)

    assert replicas.new().shown() == all_drawn()

    assert not replicas.read(select(head))


def test_a_publication_is_replaced_when_a_quarter_has_changed(replicas):
    builder = replicas.new()
    builder.shown()
    (before,) = replicas.read(select(head.c.publication))
    for number in range(N_TRACKS, N_TRACKS + 3):
        replicas.put(f"t{number}", seed=number)
        builder.store.current()
    builder.shown()
    assert replicas.read(select(head.c.publication)) == [before]

    replicas.put("t11", seed=11)
    builder.shown()

    (after,) = replicas.read(select(head.c.publication))
    assert after != before
    assert replicas.read(select(part.c.publication).distinct()) == [after]
    other = replicas.new()
    assert other.shown() == all_drawn(12)
    assert min(other.asked) == 12


def kill_while_publishing(replica, monkeypatch):
    """Let a replica die after it has stored three parts, so that it releases nothing."""
    renewed, calls = PublishedFeatures.renewed, []

    def dying(published, turn):
        calls.append(turn)
        n_batches = len(replica.asked) - 1
        if len(calls) == n_batches + 3:
            raise KeyboardInterrupt
        return renewed(published, turn)

    with monkeypatch.context() as patched:
        patched.setattr(PublishedFeatures, "renewed", dying)
        patched.setattr(PublishedFeatures, "end_turn", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            replica.store.prepare()


def test_a_replica_that_dies_while_it_publishes_leaves_nothing_that_passes_for_whole(
    replicas, monkeypatch
):
    dead = replicas.new()
    kill_while_publishing(dead, monkeypatch)
    assert len(replicas.read(select(part.c.number))) == 3
    assert dead.published.newest() is None
    assert dead.published.take_turn() is None
    replicas.clock.now += TURN

    heir = replicas.new()
    assert heir.shown() == all_drawn()

    publication = heir.published.newest()
    assert publication is not None
    found = replicas.read(select(part.c.publication, part.c.number).order_by(part.c.number))
    assert found == [(publication.publication, n) for n in range(publication.n_parts)]
    other = replicas.new()
    assert other.shown() == all_drawn()
    assert min(other.asked) == N_TRACKS


def test_the_publication_before_stays_until_the_new_one_is_whole(replicas, monkeypatch):
    replicas.new().shown()
    replicas.put(*(f"t{number}" for number in range(N_TRACKS, 16)), seed=N_TRACKS)
    kill_while_publishing(replicas.new(), monkeypatch)

    other = replicas.new()
    replicas.clock.now += TURN

    assert other.shown() == all_drawn(16)
    assert min(other.asked) == N_TRACKS


def corrupt_content(replicas):
    replicas.write(update(part).where(part.c.number == 1).values(content=b"x" * 64))


def lose_part(replicas):
    replicas.write(delete(part).where(part.c.number == 1))


def corrupt_sizes(replicas):
    ((state,),) = replicas.read(select(head.c.state))
    replicas.write(update(head).values(state=json.dumps(json.loads(state) | {"n_rows": 7})))


def write_as_another_release(replicas):
    replicas.write(update(head).values(state='{"layout": 2}'))


@pytest.mark.parametrize(
    "corrupt", [corrupt_content, lose_part, corrupt_sizes, write_as_another_release]
)
def test_a_corrupt_publication_is_noticed_and_replaced(replicas, corrupt):
    replicas.new().shown()
    corrupt(replicas)

    other, third = replicas.new(), replicas.new()

    assert other.shown() == all_drawn()
    assert min(other.asked) == 0
    assert third.shown() == all_drawn()
    assert min(third.asked) == N_TRACKS


def test_a_replica_waits_for_another_that_builds(replicas):
    builder, other = replicas.new(), replicas.new()
    turn = builder.published.take_turn()
    waiting = threading.Thread(target=other.store.prepare)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    assert other.asked == []
    builder.published.end_turn(turn)
    builder.shown()
    waiting.join(20)

    assert other.shown() == all_drawn()
    assert min(builder.asked + other.asked) == 0
    assert [builder.asked.count(0), other.asked.count(0)] in ([1, 0], [0, 1])


def test_who_lost_the_turn_publishes_nothing(replicas):
    builder, other = replicas.new(), replicas.new()
    tracks = builder.store.prepare()
    published = builder.published.newest()
    lost = builder.published.take_turn()
    replicas.clock.now += TURN
    assert other.published.take_turn() is not None

    assert not builder.published.publish(lost, tracks)

    assert builder.published.newest() == published
    assert replicas.read(select(part.c.publication).distinct()) == [(published.publication,)]


def test_a_turn_is_renewed_while_it_is_used(replicas):
    published = replicas.new().published
    turn = published.take_turn()
    for _ in range(5):
        replicas.clock.now += TURN * 0.6
        turn = published.renewed(turn)

    assert replicas.new().published.take_turn() is None


def test_publications_of_snapshots_that_are_not_served_are_removed(replicas):
    builder = replicas.new()
    builder.shown()
    published_at = replicas.clock.now

    assert remove_unused(replicas.database, ["v1"], replicas.clock()) == 0
    assert remove_unused(replicas.database, ["v2"], published_at - TURN) == 0
    assert remove_unused(replicas.database, ["v2"], replicas.clock()) == 1

    assert not replicas.read(select(head))
    assert not replicas.read(select(part.c.number))
