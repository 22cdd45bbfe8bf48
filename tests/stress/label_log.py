"""Check the label log after a failure, and all that the service derives from it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from cachetools import LRUCache
from sqlalchemy import Connection, create_engine, text

from models.emotion import Quadrant, quadrant_of
from models.snapshot import load_snapshot
from models.votes import vote_of
from service.api.predict.predictions import PredictionTarget, predict_tracks
from service.api.predict.schemas import Batch
from service.db.personal_models import ModelKey
from service.serving.container import Resources, build
from service.serving.personal_models import UserModels
from service.settings import PREFIX, Settings
from tests.journey.servers import Served
from tests.stress.clients import Journal, Post
from tests.stress.context import Context
from tests.stress.keys import client
from tests.stress.report import Row

Label = tuple[str, str | None, float | None, float | None]
"""An event's track, quadrant (None for a retraction), valence and arousal."""
N_CALLS = 6
"""Calls of the same on connections of their own, which different workers take."""

_EVENTS = (
    "SELECT user_id, event_id, track_id, quadrant, valence, arousal FROM label_event ORDER BY seq"
)
_VOTES = "SELECT track_id, q1, q2, q3, q4 FROM track_votes WHERE q1 + q2 + q3 + q4 > 0"


@dataclass(frozen=True, slots=True)
class Log:
    """The log in the database: user, event id and label, in order."""

    events: Sequence[tuple[str, str, Label]]

    def votes(self) -> dict[str, list[float]]:
        """Return the votes that the current labels count as, by track."""
        found: dict[str, Any] = {}
        for labels in self.current().values():
            for track_id, quadrant, valence, arousal in labels.values():
                is_point = valence is not None and arousal is not None
                vote = vote_of(Quadrant(quadrant), (valence, arousal) if is_point else None)
                found[track_id] = found.get(track_id, 0.0) + vote
        return {track_id: votes.tolist() for track_id, votes in found.items()}

    def current(self) -> dict[str, dict[str, Label]]:
        """Return each user's last label of each track, without retracted ones."""
        last: dict[str, dict[str, Label]] = {}
        for user_id, _, label in self.events:
            last.setdefault(user_id, {})[label[0]] = label
        return {
            user_id: {track: label for track, label in labels.items() if label[1] is not None}
            for user_id, labels in last.items()
        }


def read_log(database_url: str) -> Log:
    """Read the log without the service."""
    rows = _select(database_url, _EVENTS)
    return Log([(user, event, (track, q, v, a)) for user, event, track, q, v, a in rows])


def check_events(context: Context, journal: Journal, log: Log) -> list[Row]:
    """Check that each acknowledged event is in the log once, and none more than once."""
    times = Counter((user_id, event_id) for user_id, event_id, _ in log.events)
    stored = {(user_id, event_id): label for user_id, event_id, label in log.events}
    known, unknown = events_of(journal.acknowledged), events_of(journal.unacknowledged)
    n_recorded = sum(times[key] for key in unknown)
    return [
        context.equal(
            "acknowledged events that are not in the log exactly once, or differ",
            sum(times[key] != 1 or stored[key] != label for key, label in known.items()),
        ),
        context.equal(
            "unacknowledged events that are in the log more than once",
            sum(times[key] > 1 for key in unknown),
        ),
        context.equal(
            "events in the log that no client sent",
            sum(key not in known and key not in unknown for key in times),
        ),
        context.figure("acknowledged events", f"{len(known):,}"),
        context.figure(
            "unacknowledged events; of these recorded", f"{len(unknown):,}; {n_recorded:,}"
        ),
    ]


def check_votes(context: Context, database_url: str, log: Log) -> Row:
    """Check the votes against the log."""
    stored = {track_id: votes for track_id, *votes in _select(database_url, _VOTES)}
    votes = log.votes()
    return context.equal(
        "tracks whose votes are not those of the log",
        sum(stored.get(i) != votes.get(i) for i in stored | votes),
    )


def check_derived(context: Context, served: Served, log: Log) -> list[Row]:
    """Check votes, label counts, personal models and predictions against the log."""
    n_labels = {user_id: len(labels) for user_id, labels in log.current().items()}
    with client(served.port, keeps=False) as http:
        shown = {i: http.get(f"/users/{i}").json()["n_labels"] for i in n_labels}
    return [
        check_votes(context, served.environ["ATTUNE_DATABASE_URL"], log),
        context.equal(
            f"of {len(n_labels)} users, /users/{{id}} counts other labels than the log",
            sum(shown[user_id] != n_labels[user_id] for user_id in n_labels),
        ),
        *_check_models(context, served, list(n_labels)),
    ]


class NoStoredModels:
    """Stores no model, so every one is made from the log."""

    def get(self, key: ModelKey) -> bytes | None:
        del key
        return None

    def put(self, key: ModelKey, blob: bytes) -> bool:
        del key, blob
        return False


def _check_models(context: Context, served: Served, user_ids: Sequence[str]) -> list[Row]:
    with _parts(served) as resources:
        stored = resources.listeners
        anew = replace(stored, model_store=NoStoredModels(), recent=LRUCache(1))
        differing = [user for user in user_ids if _blob(stored, user) != _blob(anew, user)]
        users = user_ids[:: max(1, len(user_ids) // context.size(40, 6))]
        track_ids = [record.track_id for record in resources.catalogue.page("", 20)]
        n_wrong = 0
        for user_id in users:
            expected = _expected(resources, anew, track_ids, user_id)
            replies = _predictions(served.port, track_ids, user_id)
            n_wrong += sum(reply != expected for reply in replies)
    n_calls = len(users) * N_CALLS
    return [
        context.equal(
            f"of {len(user_ids)} personal models, not the replay of the log to the bit",
            len(differing),
        ),
        context.equal(
            f"of {n_calls} predictions of {len(track_ids)} tracks over HTTP, not the replay's",
            n_wrong,
        ),
    ]


@contextmanager
def _parts(served: Served) -> Iterator[Resources]:
    """Build a worker's parts in this process from the same settings."""
    environ = {name: value for name, value in served.environ.items() if name.startswith(PREFIX)}
    settings = Settings.from_env(environ)
    snapshot = load_snapshot(settings.snapshot)
    shared = build(settings, snapshot)
    try:
        yield shared.resources(snapshot, shared.calibrations.in_use(snapshot.version))
    finally:
        shared.close()


def _blob(listeners: UserModels, user_id: str) -> bytes | None:
    model = listeners.current(user_id).model
    return None if model is None else model.to_bytes()


def _expected(
    resources: Resources, listeners: UserModels, track_ids: Sequence[str], user_id: str
) -> Any:
    found = predict_tracks(
        track_ids,
        PredictionTarget(user_id, None),
        catalogue=resources.catalogue,
        listeners=listeners,
    )
    return Batch.model_validate(found).model_dump(mode="json")


def _predictions(port: int, track_ids: Sequence[str], user_id: str) -> list[Any]:
    body = {"track_ids": list(track_ids), "user_id": user_id}
    with client(port, keeps=False) as http:
        return [http.post("/predict_batch", json=body).json() for _ in range(N_CALLS)]


def events_of(posts: Sequence[Post]) -> dict[tuple[str, str], Label]:
    """Return the labels of posts by user and event."""
    return {
        (post.user_id, str(label["event_id"])): _label(label)
        for post in posts
        for label in post.labels
    }


def _label(label: Mapping[str, Any]) -> Label:
    valence, arousal, quadrant = (label.get(name) for name in ("valence", "arousal", "quadrant"))
    if valence is not None and arousal is not None:
        quadrant = quadrant_of(valence, arousal).value
    return label["track_id"], quadrant, valence, arousal


def _select(database_url: str, statement: str) -> list[tuple[Any, ...]]:
    with connected(database_url) as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


@contextmanager
def connected(database_url: str) -> Iterator[Connection]:
    """Open a connection of our own, without the service's settings."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
