"""What is true after the harm: the log, and all that has to follow from it, asked anew."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
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
from service.serving.personal_models import Listeners
from service.settings import PREFIX, Settings
from tests.journey.serving import Served
from tests.stress.plan import Plan
from tests.stress.table import Row
from tests.stress.tellers import Journal, Post
from tests.stress.wire import ask_once, post, request

Said = tuple[str, str | None, float | None, float | None]
"""What an event says: its track, the quadrant or None for a retraction, valence, arousal."""
N_ASKS = 6
"""How often the same is asked on connections of their own, which different workers take."""

_EVENTS = (
    "SELECT user_id, event_id, track_id, quadrant, valence, arousal FROM label_event ORDER BY seq"
)
_VOTES = "SELECT track_id, q1, q2, q3, q4 FROM track_votes WHERE q1 + q2 + q3 + q4 > 0"


@dataclass(frozen=True, slots=True)
class Log:
    """The log as it lies in the database: user, event id and what was said, in order."""

    events: Sequence[tuple[str, str, Said]]

    def votes(self) -> dict[str, list[float]]:
        """Return the votes that last words count as, by track; none where there are none."""
        found: dict[str, Any] = {}
        for said in self.standing().values():
            for track_id, quadrant, valence, arousal in said.values():
                is_point = valence is not None and arousal is not None
                vote = vote_of(Quadrant(quadrant), (valence, arousal) if is_point else None)
                found[track_id] = found.get(track_id, 0.0) + vote
        return {track_id: votes.tolist() for track_id, votes in found.items()}

    def standing(self) -> dict[str, dict[str, Said]]:
        """Return each user's answers that stand, by track."""
        last: dict[str, dict[str, Said]] = {}
        for user_id, _, said in self.events:
            track_id, *_ = said
            last.setdefault(user_id, {})[track_id] = said
        return {
            user_id: {each: words for each, words in said.items() if words[1] is not None}
            for user_id, said in last.items()
        }


def log_of(database_url: str) -> Log:
    """Return the log, read behind the service's back."""
    rows = _asked(database_url, _EVENTS)
    return Log([(user, event, (track, q, v, a)) for user, event, track, q, v, a in rows])


def recorded(plan: Plan, journal: Journal, log: Log) -> list[Row]:
    """Return whether each acknowledged event is in the log once, and none more than once."""
    times = Counter((user_id, event_id) for user_id, event_id, _ in log.events)
    said = {(user_id, event_id): words for user_id, event_id, words in log.events}
    known, unknown = events_of(journal.acknowledged), events_of(journal.unacknowledged)
    n_silently = sum(times[key] for key in unknown)
    return [
        plan.exactly(
            "acknowledged events that are not in the log exactly once, or say something else",
            sum(times[key] != 1 or said[key] != words for key, words in known.items()),
        ),
        plan.exactly(
            "unacknowledged events that are in the log more than once",
            sum(times[key] > 1 for key in unknown),
        ),
        plan.exactly(
            "events in the log that nobody sent",
            sum(key not in known and key not in unknown for key in times),
        ),
        plan.stated("acknowledged events", f"{len(known):,}"),
        plan.stated(
            "unacknowledged events; of these recorded", f"{len(unknown):,}; {n_silently:,}"
        ),
    ]


def derived(plan: Plan, served: Served, log: Log) -> list[Row]:
    """Return whether all that follows from the log is what the service keeps and says."""
    database_url, port = served.environ["ATTUNE_DATABASE_URL"], served.port
    standing = log.standing()
    stored = {track_id: votes for track_id, *votes in _asked(database_url, _VOTES)}
    votes = log.votes()
    n_labels = {user_id: len(said) for user_id, said in standing.items()}
    shown = asyncio.run(_n_labels(port, list(n_labels)))
    return [
        plan.exactly(
            "tracks whose votes are not those of the log",
            sum(stored.get(i) != votes.get(i) for i in stored | votes),
        ),
        plan.exactly(
            f"of {len(n_labels)} users, /users/{{id}} counts other labels than the log",
            sum(shown[user_id] != n_labels[user_id] for user_id in n_labels),
        ),
        *_models(plan, served, list(n_labels)),
    ]


class NoMemos:
    """Remembers no model: every one is made from the log."""

    def get(self, key: ModelKey) -> bytes | None:
        del key
        return None

    def put(self, key: ModelKey, blob: bytes) -> bool:
        del key, blob
        return False


def _models(plan: Plan, served: Served, user_ids: Sequence[str]) -> list[Row]:
    with _parts(served) as resources:
        kept = resources.listeners
        anew = replace(kept, model_store=NoMemos(), recent=LRUCache(1))
        differing = [user for user in user_ids if _blob(kept, user) != _blob(anew, user)]
        asked = user_ids[:: max(1, len(user_ids) // plan.size(40, 6))]
        track_ids = [record.track_id for record in resources.catalogue.page("", 20)]
        n_wrong = 0
        for user_id in asked:
            expected = _expected(resources, anew, track_ids, user_id)
            heard = asyncio.run(_predictions(served.port, track_ids, user_id))
            n_wrong += sum(reply != expected for reply in heard)
    n_asked = len(asked) * N_ASKS
    return [
        plan.exactly(
            f"of {len(user_ids)} personal models, not the replay of the log to the bit",
            len(differing),
        ),
        plan.exactly(
            f"of {n_asked} predictions of {len(track_ids)} tracks over HTTP, not the replay's",
            n_wrong,
        ),
    ]


@contextmanager
def _parts(served: Served) -> Iterator[Resources]:
    """Lend a worker's parts, as this process makes them from the same settings."""
    told = {name: value for name, value in served.environ.items() if name.startswith(PREFIX)}
    settings = Settings.from_env(told)
    snapshot = load_snapshot(settings.snapshot)
    shared = build(settings, snapshot)
    try:
        yield shared.resources(snapshot, shared.calibrations.in_use(snapshot.version))
    finally:
        shared.close()


def _blob(listeners: Listeners, user_id: str) -> bytes | None:
    model = listeners.current(user_id).model
    return None if model is None else model.to_bytes()


def _expected(
    resources: Resources, listeners: Listeners, track_ids: Sequence[str], user_id: str
) -> Any:
    found = predict_tracks(
        track_ids,
        PredictionTarget(user_id, None),
        catalogue=resources.catalogue,
        listeners=listeners,
    )
    return Batch.model_validate(found).model_dump(mode="json")


async def _predictions(port: int, track_ids: Sequence[str], user_id: str) -> list[Any]:
    sent = post("/predict_batch", {"track_ids": list(track_ids), "user_id": user_id})
    return [(await ask_once(port, sent)).json() for _ in range(N_ASKS)]


async def _n_labels(port: int, user_ids: Sequence[str]) -> dict[str, int]:
    asking = partial(ask_once, port)
    return {i: (await asking(request("GET", f"/users/{i}"))).json()["n_labels"] for i in user_ids}


def events_of(posts: Sequence[Post]) -> dict[tuple[str, str], Said]:
    """Return what posts say, by user and event."""
    return {
        (told.user_id, str(label["event_id"])): _said(label)
        for told in posts
        for label in told.labels
    }


def _said(label: Mapping[str, Any]) -> Said:
    valence, arousal, quadrant = (label.get(name) for name in ("valence", "arousal", "quadrant"))
    if valence is not None and arousal is not None:
        quadrant = quadrant_of(valence, arousal).value
    return label["track_id"], quadrant, valence, arousal


def _asked(database_url: str, statement: str) -> list[tuple[Any, ...]]:
    with connected(database_url) as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


@contextmanager
def connected(database_url: str) -> Iterator[Connection]:
    """Lend a connection that knows nothing of the service's ways."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
