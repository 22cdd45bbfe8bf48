"""Examples of parameters and requests: one user who labels one track.

They are consistent, so they can be sent to a service without data: register the track, predict,
query, rank, update, show the user. They are added to the OpenAPI document by the names of schemas
and not by the models, because FastAPI drops every null of what a model says of itself.
"""

from collections.abc import Mapping, Sequence

from pydantic.config import JsonDict

Examples = Mapping[str, Sequence[JsonDict]]
"""By the name of a schema; documentation pages show the first."""

TRACK_ID = "demo-battle-theme"
USER_ID = "ana"
FUSION = "average"
CURSOR = "ZGVtby1iYXR0bGUtdGhlbWU"
"""Of `GET /tracks`: the page that begins after the track."""
TICKET = "493240.k3Jx0-Vb8m2QfA7cRzYtWgK1nH4sLpE9uDoXiC6vZyM"
IDEMPOTENCY_KEY = "ana-2026-04-08-1"
NAMES: JsonDict = {"title": "Battle Theme", "artist": "Attune"}

_LYRICS = "Steel on steel and drums of war, we ride until the morning comes"
_WITH_LYRICS: JsonDict = {"lyrics": _LYRICS, "user_id": USER_ID}
_WITH_ID: JsonDict = {"track_id": TRACK_ID, "user_id": USER_ID}
_REGISTERED: JsonDict = {"lyrics": _LYRICS, **NAMES}
_RANKED: JsonDict = {"user_id": USER_ID, "limit": 5, "exclude_answered": False}
_LABEL: JsonDict = {
    "event_id": "ana-1",
    "track_id": TRACK_ID,
    "valence": -0.4,
    "arousal": 0.8,
    "emotion": "perceived",
    "liking": 4,
    "strategy": "diverse",
}
_ANSWERED: JsonDict = {"user_id": USER_ID, "labels": [_LABEL]}
_LINES: Sequence[JsonDict] = [
    {
        "event_id": "ana-earlier-1",
        "track_id": TRACK_ID,
        "cant_tell": True,
        "created_at": "2026-04-07T08:15:00Z",
    },
    {
        "event_id": "ana-earlier-2",
        "track_id": TRACK_ID,
        "quadrant": "Q2",
        "created_at": "2026-04-07T08:16:30Z",
        "others": {"Q1": 0.5, "Q2": 2.5, "Q3": 0.0, "Q4": 0.0},
    },
]

OF_REQUESTS: Examples = {
    "PredictIn": [_WITH_LYRICS, _WITH_ID],
    "PredictForm": [_WITH_LYRICS],
    "PredictBatchIn": [
        {"track_ids": [TRACK_ID], "user_id": USER_ID},
        {"lyrics": [_LYRICS, "Sleep now, the sea is still"]},
    ],
    "QueryIn": [{"user_id": USER_ID, "n": 5}],
    "RankIn": [{**_RANKED, "quadrant": "Q2"}, {**_RANKED, "valence": 0.6, "arousal": -0.5}],
    "UpdateIn": [_ANSWERED, {**_ANSWERED, "effect": True}],
    "LabelIn": [_LABEL],
    "LabelLine": _LINES,
    "TrackIn": [_REGISTERED],
    "TrackForm": [_REGISTERED],
}
