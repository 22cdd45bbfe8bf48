"""Examples of replies, to the examples of requests; long lists and densities are shortened."""

from pydantic.config import JsonDict

from service.api.examples import CURSOR, NAMES, TICKET, TRACK_ID, USER_ID, Examples

_MODEL: JsonDict = {"snapshot": "5662bc4947fa"}
_MOMENT = "2026-04-08T19:30:00Z"
_PROBABILITIES: JsonDict = {"Q1": 0.24, "Q2": 0.54, "Q3": 0.14, "Q4": 0.08}
_EXPECTED: JsonDict = {
    "valence": {"mean": -0.21, "sd": 0.33},
    "arousal": {"mean": 0.38, "sd": 0.3},
}
_PERSONAL: JsonDict = {"user_id": USER_ID, "n_labels": 1, "used": False}
_LOG_ODDS: JsonDict = {"Q1": 0.207, "Q2": 1.018, "Q3": -0.332, "Q4": -0.892}
_NOTHING: JsonDict = {"log_odds": {"Q1": 0.0, "Q2": 0.0, "Q3": 0.0, "Q4": 0.0}, "share": 0.0}
_PREDICTION: JsonDict = {
    "quadrant": "Q2",
    "probabilities": _PROBABILITIES,
    **_EXPECTED,
    "entropy": 1.153,
    "ambiguous": False,
    "set": {"quadrants": ["Q2", "Q1"], "coverage": 0.8},
    "why": {
        "population": {"log_odds": _LOG_ODDS, "share": 1.0},
        "others": _NOTHING,
        "level": _NOTHING,
        "taste": _NOTHING,
        "words": "By its lyrics most people would call it tense.",
    },
    "fusion": "log_opinion",
    "modalities": {"lyrics": _PROBABILITIES},
    "segments": [],
    "personal": _PERSONAL,
    "notices": [],
    "model": _MODEL,
}
_ASKED: JsonDict = {
    "track_id": TRACK_ID,
    "score": 0.71,
    "is_random": False,
    "propensity": None,
    "is_repeat": False,
}
_RANKED: JsonDict = {"track_id": TRACK_ID, "score": 0.54, "probability": 0.54, **_EXPECTED}
_TRACK: JsonDict = {
    "track_id": TRACK_ID,
    **NAMES,
    "duration_s": 92.4,
    "has_audio": True,
    "has_lyrics": True,
    "audio_url": f"/tracks/{TRACK_ID}/audio?ticket={TICKET}",
    "created_at": "2026-04-01T12:00:00Z",
    "prediction": {**_PREDICTION, "personal": None},
}
_ANSWER: JsonDict = {
    "track_id": TRACK_ID,
    "quadrant": "Q2",
    "valence": -0.4,
    "arousal": 0.8,
    "liking": 4,
    "familiarity": 1,
    "created_at": _MOMENT,
}
_LOGGED: JsonDict = {
    "cant_tell": False,
    "retracted": False,
    "emotion": "perceived",
    "strategy": "diverse",
    "is_random": False,
    "is_repeat": False,
}
_MOVE: JsonDict = {"from": "Q1", "to": "Q2"}
_EFFECT: JsonDict = {
    "n_tracks": 27,
    "n_moved": 1,
    "moves": [{**_MOVE, "n": 1}],
    "tracks": [
        {"track_id": "demo-market-day", "title": "Market Day", "artist": "Attune", **_MOVE}
    ],
}
_HITS: JsonDict = {
    "personal": {"n": 20, "hits": 13, "value": 0.65, "low": 0.433, "high": 0.819},
    "population": {"n": 20, "hits": 11, "value": 0.55, "low": 0.342, "high": 0.742},
}
_JUDGED: JsonDict = {
    "n": 20,
    "n_users": 2,
    **_HITS,
    "gain": {"value": 0.1, "low": -0.05, "high": 0.25},
}
_PICTURE: JsonDict = {
    "user_id": USER_ID,
    "n_labels": 1,
    "n_cant_tell": 0,
    "labels": [{**_ANSWER, **NAMES}],
    "axis": [-1.0, 0.0, 1.0],
    "personal": {"density": [[0.05, 0.1, 0.05], [0.1, 0.2, 0.1], [0.2, 0.15, 0.05]]},
    "population": {"density": [[0.05, 0.1, 0.05], [0.1, 0.4, 0.1], [0.05, 0.1, 0.05]]},
    "difference": {
        "valence": {"mean": -0.08, "sd": 0.04},
        "arousal": {"mean": 0.05, "sd": 0.03},
        "tracks": [
            {
                "track_id": TRACK_ID,
                **NAMES,
                "personal": {"valence": -0.34, "arousal": 0.52},
                "population": {"valence": -0.21, "arousal": 0.38},
            }
        ],
    },
    "prequential": {
        "n": 20,
        **_HITS,
        "curve": [{"from_labels": 0, "to_labels": 19, **_HITS}],
    },
    "consistency": {"n": 0, "same_quadrant": None, "distance": None},
    "paired": {
        "n": 20,
        "both": 10,
        "only_personal": 3,
        "only_population": 1,
        "neither": 6,
        "p_value": 0.625,
        "log_likelihood": {"n": 20, "value": 0.08, "low": -0.05, "high": 0.21},
    },
    "habits": [
        {"quadrant": "Q1", "n": 0, "expected": 0.24},
        {"quadrant": "Q2", "n": 1, "expected": 0.54},
        {"quadrant": "Q3", "n": 0, "expected": 0.14},
        {"quadrant": "Q4", "n": 0, "expected": 0.08},
    ],
    "own_tracks": [
        {
            "track_id": TRACK_ID,
            **NAMES,
            "quadrant": "Q2",
            "probability": 0.54,
            "playable": True,
        }
    ],
    "used": True,
    "model": _MODEL,
}
_OVERVIEW: JsonDict = {
    "at": "2026-04-08T20:00:00Z",
    "n_users": 2,
    "n_labels": 20,
    "n_tracks": 12,
    "labels_per_day": [{"day": "2026-04-08", "n_labels": 20, "n_users": 2}],
    "users_by_labels": [{"from": 1, "to": None, "n_users": 2}],
    "accuracy": [{"from_labels": 0, "to_labels": 19, **_JUDGED}],
    "strategies": [{"strategy": "diverse", **_JUDGED}],
    "snapshots": [
        {**_MODEL, "role": "primary", **_JUDGED, "first_at": _MOMENT, "last_at": _MOMENT}
    ],
    "listeners": {
        "state": "learnt",
        "n_users": 24,
        "n_needed": 20,
        "n_answers_each": 5,
        "shipped": {"kappa": 3.0, "gamma": 0.6, "tau": 0.4, "omega": 0.1},
        "learnt": {"kappa": 4.1, "gamma": 0.5, "tau": 0.5, "omega": 0.08},
        "n_fitted": 412,
        "judged": {
            "n_answers": 137,
            "n_users": 15,
            "shipped": 0.912,
            "learnt": 0.897,
            "low": -0.027,
            "high": -0.003,
        },
        "calibrated_at": _MOMENT,
    },
    "latency": [
        {"method": "POST", "route": "/query", "n": 9, "p50_s": 0.01, "p95_s": 0.02, "p99_s": 0.03}
    ],
}

_CHECKS: JsonDict = {"database": "ok", "snapshot": "ok", "encoders": "ok"}
OF_REPLIES: Examples = {
    "Ready": [{"status": "ready", "checks": _CHECKS}],
    "Prediction": [_PREDICTION],
    "Batch": [{"items": [{"prediction": _PREDICTION, "error": None}]}],
    "QueryOut": [{"tracks": [_ASKED], "strategy": "diverse", "model": _MODEL}],
    "RankOut": [
        {
            "tracks": [_RANKED],
            "next_cursor": None,
            "changed": False,
            "personal": _PERSONAL,
            "model": _MODEL,
        }
    ],
    "UpdateOut": [
        {
            "accepted": 1,
            "duplicates": 0,
            "n_labels": 1,
            "personal": _PERSONAL,
            "effect": _EFFECT,
        }
    ],
    "Track": [_TRACK],
    "TrackPage": [{"tracks": [_TRACK], "next_cursor": CURSOR}],
    "User": [
        {
            "user_id": USER_ID,
            "n_labels": 1,
            "n_cant_tell": 0,
            "quadrants": {"Q1": 0, "Q2": 1, "Q3": 0, "Q4": 0},
            "first_label_at": _MOMENT,
            "last_label_at": _MOMENT,
            "personal": _PERSONAL,
        }
    ],
    "LoggedLabel": [
        {"event_id": "ana-1", **_ANSWER, **_LOGGED},
        {
            "event_id": "ana-2",
            **_ANSWER,
            **_LOGGED,
            "quadrant": "Q1",
            "valence": 0.1,
            "others": {"Q1": 0.25, "Q2": 1.25, "Q3": 0.25, "Q4": 0.25},
        },
    ],
    "Picture": [_PICTURE],
    "Overview": [_OVERVIEW],
    "ModelInfo": [
        {
            **_MODEL,
            "features": "a6907a7a5f982f278377d9203f8c9f205f0bcd8c3386367be8c6e1c3b402164d",
            "embeddings": None,
            "modalities": ["audio", "lyrics"],
            "fusions": ["audio", "average", "log_opinion", "lyrics"],
            "default_fusion": "log_opinion",
            "strategies": ["mc", "rand", "diverse"],
            "candidate": None,
            "calibration": {
                "version": "0c6f2a51d9e3",
                "created_at": "2026-11-30T09:00:00Z",
                "n_tracks": 412,
                "n_answers": 96,
            },
            "manifest": {"version": "5662bc4947fa", "seed": 0},
        }
    ],
    "ModelReload": [
        {
            "version": "5662bc4947fa",
            "previous": "5662bc4947fa",
            "candidate": None,
            "is_new": False,
        }
    ],
    "Problem": [
        {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "code": "track_not_found",
            "detail": f"There is no track '{TRACK_ID}'.",
            "request_id": "5f0c3bd1a2c94e6f8a7b0c1d2e3f4a5b",
        }
    ],
}
OVERLOADED: JsonDict = {
    "type": "about:blank",
    "title": "Service Unavailable",
    "status": 503,
    "code": "overloaded",
    "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
    "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b",
}
METRICS = """\
# HELP attune_requests_total Requests answered.
# TYPE attune_requests_total counter
attune_requests_total{method="POST",route="/predict",status="200"} 12.0
"""
