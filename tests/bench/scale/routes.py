"""Every call of the API, with bodies for a database of the bench."""

import base64
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from models.query import PLAIN
from tests.bench.catalogue import clip, track_id_of
from tests.bench.http_client import Request, get, post, post_file
from tests.bench.scale.listeners import probe_id, probes, user_id_of
from tests.bench.upload import CODECS, compressed

BATCH = 100
STRATEGIES = (*PLAIN, "balanced-mc", "eps-mc")
"""All, and one of each prefix, which asks as the strategy behind it does."""
_WORDS = ["amber", "blue", "cold", "dawn", "ember", "fall", "gold", "hollow", "iron", "june"]
_LISTENER = probe_id(10)


@dataclass(frozen=True, slots=True)
class Call:
    """A call to measure.

    Attributes:
        name: In the page's tables.
        route: Method and path as in the OpenAPI description.
        requests: The requests to send.
        n_labels: Answers of the listener whom it names; None if they do not matter.
    """

    name: str
    route: str
    requests: Iterator[Request]
    n_labels: int | None = None


def every_call(n_tracks: int, n_listeners: int) -> list[Call]:
    """Return all calls, in the order in which they can be sent; those that delete are last."""
    return [
        *_of_the_service(),
        *_predictions(n_tracks),
        *(
            _call(f"POST /query {name}", query(_LISTENER, name), "POST /query")
            for name in STRATEGIES
        ),
        *(call for n in probes(n_tracks) for call in _of_a_listener(n, n_tracks)),
        *_of_users(n_listeners),
        *_of_tracks(n_tracks),
    ]


def query(user_id: str, strategy: str) -> Request:
    """Return the request for ten questions."""
    return post("/query", {"user_id": user_id, "strategy": strategy, "n": 10})


def rank(user_id: str) -> Request:
    """Return the request for the first page of a ranking."""
    return post("/rank", {"user_id": user_id, "quadrant": "Q2"})


def _of_the_service() -> Iterator[Call]:
    for path in ("/livez", "/readyz", "/model", "/metrics", "/overview"):
        yield _call(f"GET {path}", get(path))
    yield _call("POST /model/reload", Request("POST", "/model/reload"))


def _predictions(n_tracks: int) -> Iterator[Call]:
    recordings = _recordings()
    ids = [track_id_of(n_tracks * place // BATCH) for place in range(BATCH)]
    texts = (post("/predict", {"lyrics": _lyrics(number)}) for number in itertools.count())
    yield Call("POST /predict, lyrics", "POST /predict", texts)
    files = (post_file("/predict", "audio", file) for file in recordings)
    yield Call("POST /predict, 30 s of audio", "POST /predict", files)
    yield _call("POST /predict, track_id", post("/predict", {"track_id": ids[1]}))
    yield _call(f"POST /predict_batch, {BATCH} ids", post("/predict_batch", {"track_ids": ids}))


def _of_a_listener(n_labels: int, n_tracks: int) -> Iterator[Call]:
    """Yield the calls whose cost may depend on the listener's answers."""
    user_id = probe_id(n_labels)
    mine = {"user_id": user_id}
    by_id = post("/predict", mine | {"track_id": track_id_of(n_tracks // 2)})
    users = f"/users/{user_id}"
    calls = [
        _call("POST /predict, track_id, listener", by_id),
        _call("POST /query", post("/query", mine)),
        _call("POST /rank, quadrant", rank(user_id)),
        _call("POST /rank, point", post("/rank", mine | {"valence": 0.4, "arousal": -0.3})),
        Call("POST /update, 1 answer", "POST /update", _answers(user_id, n_tracks)),
        Call(
            "POST /update, 1 answer, effect",
            "POST /update",
            _answers(user_id, n_tracks, effect=True),
        ),
        _call("GET /users/{user_id}", get(users), "GET /users/{user_id}"),
        _call("GET …/picture", get(f"{users}/picture"), "GET /users/{user_id}/picture"),
        _call("GET …/labels", get(f"{users}/labels"), "GET /users/{user_id}/labels"),
    ]
    return (replace(call, n_labels=n_labels) for call in calls)


def _of_users(n_listeners: int) -> Iterator[Call]:
    users = "/users/{user_id}"
    middle = _cursor(user_id_of(n_listeners // 2))
    yield _call(f"GET /users, {BATCH} of them", get(f"/users?limit={BATCH}&cursor={middle}"))
    imports = (
        Request("POST", f"/users/imported-{number}/labels", _log(), "application/x-ndjson")
        for number in itertools.count()
    )
    yield Call(f"POST …/labels, {BATCH} lines", f"POST {users}/labels", imports)
    # Each is forgotten once; the last listeners, so that others stay.
    gone = (f"/users/{user_id_of(number)}" for number in reversed(range(n_listeners)))
    forgotten, readmitted = itertools.tee(gone)
    forget = (Request("DELETE", path) for path in forgotten)
    yield Call(f"DELETE {users}", f"DELETE {users}", forget)
    readmit = (Request("POST", f"{path}/readmit") for path in readmitted)
    yield Call(f"POST {users}/readmit", f"POST {users}/readmit", readmit)


def _of_tracks(n_tracks: int) -> Iterator[Call]:
    tracks = "/tracks/{track_id}"
    page = get(f"/tracks?limit={BATCH}&cursor={_cursor(track_id_of(n_tracks // 2))}")
    words = {"rare": "artist+77", "common": "amber", "two common": "amber+moon"}
    yield _call(f"GET {tracks}", get(f"/tracks/{track_id_of(n_tracks // 3)}"), f"GET {tracks}")
    yield _call(f"GET /tracks, {BATCH} of them", page)
    for kind, search in words.items():
        yield _call(
            f"GET /tracks, search, {kind}", get(f"/tracks?search={search.replace(' ', '+')}")
        )
    new = (
        replace(post(f"/tracks/new-{number}", {"lyrics": _lyrics(number)}), method="PUT")
        for number in itertools.count()
    )
    new, again = itertools.tee(new)
    yield Call(f"PUT {tracks}, lyrics", f"PUT {tracks}", new)
    yield Call(f"PUT {tracks}, the same again", f"PUT {tracks}", again)
    heard = (
        replace(post_file(f"/tracks/heard-{number}", "audio", file), method="PUT")
        for number, file in enumerate(_recordings())
    )
    yield Call(f"PUT {tracks}, 30 s of audio", f"PUT {tracks}", heard)
    played = f"GET {tracks}/audio"
    yield _call(played, get("/tracks/heard-0/audio"), played)
    gone = (
        Request("DELETE", f"/tracks/{track_id_of(number)}") for number in reversed(range(n_tracks))
    )
    yield Call(f"DELETE {tracks}", f"DELETE {tracks}", gone)


def _call(name: str, request: Request, route: str = "") -> Call:
    """Return the call that sends the same request each time; its name begins with its route."""
    return Call(name, route or name.partition(",")[0], itertools.repeat(request))


def _recordings() -> Iterator[bytes]:
    """Yield recordings of 30 s, no two the same."""
    opus = CODECS["Opus, 16 kHz mono"]
    return (compressed(clip(np.random.default_rng(seed)), opus) for seed in itertools.count(100))


def _answers(user_id: str, n_tracks: int, *, effect: bool = False) -> Iterator[Request]:
    """Yield an answer and its corrections, so that the listener's answers stay as many."""
    track_id = track_id_of(n_tracks // 2 + effect)
    for number in itertools.count():
        label = {
            "event_id": f"{track_id}-{number}",
            "track_id": track_id,
            "quadrant": f"Q{number % 4 + 1}",
        }
        yield post("/update", {"user_id": user_id, "labels": [label], "effect": effect})


def _log() -> bytes:
    """Return the lines of a log to import."""
    lines = (
        {"event_id": f"i{number}", "track_id": track_id_of(number), "quadrant": "Q1"}
        | {"created_at": "2026-01-01T00:00:00Z"}
        for number in range(BATCH)
    )
    return "\n".join(map(json.dumps, lines)).encode()


def _lyrics(number: int) -> str:
    """Return lyrics that no other number has."""
    words = [_WORDS[int(digit)] for digit in f"{number:08}"]
    return f"The rain came down and nobody was home in the {' '.join(words)}"


def _cursor(track_id: str) -> str:
    """Return the cursor of the page that begins after a track."""
    return base64.urlsafe_b64encode(track_id.encode()).decode().rstrip("=")
