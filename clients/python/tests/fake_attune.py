"""A service in a few dictionaries: the HTTP contract as the client understands it."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import unquote

import httpx
from filled import filled

from attune_client import (
    LabelEvent,
    Model,
    Overview,
    Picture,
    Prediction,
    QueryReply,
    RankReply,
    Reload,
    Track,
    UpdateReply,
    User,
)
from attune_client.replies import Batch, TrackPage

NOW = "2026-01-02T03:04:05+00:00"
EVEN = {"Q1": 0.25, "Q2": 0.25, "Q3": 0.25, "Q4": 0.25}
POINT = {"mean": 0.25, "sd": 0.5}
SET = {"quadrants": ["Q1", "Q4"], "coverage": 0.8}
NOTHING = {"log_odds": {"Q1": 0, "Q2": 0, "Q3": 0, "Q4": 0}, "share": 0}
WHY = {
    "population": {"log_odds": {"Q1": 0.75, "Q2": -0.75, "Q3": 0, "Q4": 0}, "share": 0.75},
    "others": {"log_odds": {"Q1": -0.25, "Q2": 0.25, "Q3": 0, "Q4": 0}, "share": 0.25},
    "level": NOTHING,
    "taste": NOTHING,
    "words": "By its sound most people would call it happy.",
}
EFFECT = {
    "n_tracks": 9,
    "n_moved": 2,
    "moves": [{"from": "Q4", "to": "Q1", "n": 2}],
    "tracks": [{"track_id": "t2", "title": None, "artist": None, "from": "Q4", "to": "Q1"}],
}
MODEL = {"snapshot": "2026.1"}
BROKEN = b"broken"
"""A recording that is none."""
SHARE = {"n": 4, "hits": 3, "value": 0.75, "low": 0.25, "high": 0.95}
GAIN = {"value": None, "low": None, "high": None}
FORETOLD = {"n": 4, "n_users": 1, "personal": SHARE, "population": SHARE, "gain": GAIN}
OVERVIEW = {
    "at": NOW,
    "n_users": 1,
    "n_labels": 4,
    "n_tracks": 2,
    "labels_per_day": [{"day": "2026-01-02", "n_labels": 4, "n_users": 1}],
    "users_by_labels": [{"from": 1, "to": 4, "n_users": 1}, {"from": 5, "to": None, "n_users": 0}],
    "accuracy": [{"from_labels": 0, "to_labels": None, **FORETOLD}],
    "strategies": [{"strategy": "eps-mc", **FORETOLD}],
    "snapshots": [
        {"snapshot": "2026.1", "role": "primary", "first_at": NOW, "last_at": NOW, **FORETOLD}
    ],
    "latency": [
        {"method": "POST", "route": "/query", "n": 9, "p50_s": 0.01, "p95_s": 0.02, "p99_s": 0.03}
    ],
}
UNKNOWN = {
    "prediction": None,
    "error": {"code": "track_not_found", "detail": "There is no track 'x'."},
}

Outage = Callable[["FakeAttune", httpx.Request], httpx.Response]


class FakeAttune:
    """Answers requests; give it to ``httpx.MockTransport``.

    Attributes:
        outages: What happens instead, to the next requests in turn.
        embeddings: Modality to the size of its embedding; None: it reads recordings and lyrics.
        requests: All that was received, outages too.
        forms: The parts of each multipart request, by name: (file name, content).
    """

    def __init__(self) -> None:
        self.tracks: dict[str, dict[str, object]] = {}
        self.audio: dict[str, bytes] = {}
        self.logs: dict[str, dict[str, dict[str, object]]] = {}
        self.outages: deque[Outage] = deque()
        self.embeddings: dict[str, int] | None = None
        self.calls: dict[str, httpx.Response] = {}
        self.forgotten: set[str] = set()
        self.requests: list[httpx.Request] = []
        self.forms: list[dict[str, tuple[str | None, bytes]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        if self.outages:
            return self.outages.popleft()(self, request)
        return self.answer(request)

    def answer(self, request: httpx.Request) -> httpx.Response:
        first, *rest = (unquote(part) for part in request.url.raw_path.decode()[1:].split("/"))
        name = f"{request.method.lower()}_{first.partition('?')[0]}"
        return getattr(self, name)(request, *rest)

    def fields(self, request: httpx.Request) -> dict[str, object]:
        if request.headers.get("Content-Type", "").startswith("multipart/"):
            self.forms.append(_parts(request))
            return {name: content for name, (_, content) in self.forms[-1].items()}
        return json.loads(request.content)

    def post_predict(self, request: httpx.Request) -> httpx.Response:
        fields = self.fields(request)
        user_id = fields.get("user_id")
        personal = {"user_id": _text(user_id), "n_labels": 0, "used": False} if user_id else None
        return httpx.Response(200, json=prediction(personal, heard="audio" in fields))

    def post_predict_batch(self, request: httpx.Request) -> httpx.Response:
        fields = self.fields(request)
        items = [
            {"prediction": prediction(), "error": None} if track_id in self.tracks else UNKNOWN
            for track_id in fields.get("track_ids", ())
        ] + [
            {"prediction": prediction()}
            for name in ("lyrics", "embeddings")
            for _ in fields.get(name, ())
        ]
        return success(Batch, {"items": items})

    def post_query(self, request: httpx.Request) -> httpx.Response:
        fields = self.fields(request)
        known = [track_id for track_id in self.tracks if track_id not in fields["exclude"]]
        asked = {"score": 1, "is_random": False, "propensity": 0.5, "is_repeat": False}
        answered = {event["track_id"] for event in self.logs.get(fields["user_id"], {}).values()}
        known = [track_id for track_id in known if track_id not in answered]
        if not known and answered:
            return refusal("empty_pool", 409)
        tracks = [{"track_id": track_id, **asked} for track_id in known[: fields["n"]]]
        body = {"tracks": tracks, "strategy": fields.get("strategy", "mc"), "model": MODEL}
        return success(QueryReply, body)

    def post_rank(self, request: httpx.Request) -> httpx.Response:
        fields = self.fields(request)
        start = int(fields.get("cursor", 0))
        end = start + fields["limit"]
        probability = 0.5 if "quadrant" in fields else None
        ranked = {"score": 0.5, "probability": probability, "valence": POINT, "arousal": POINT}
        body = {
            "tracks": [{"track_id": each, **ranked} for each in list(self.tracks)[start:end]],
            "next_cursor": str(end) if end < len(self.tracks) else None,
            "changed": False,
            "personal": {"user_id": fields["user_id"], "n_labels": 0, "used": False},
            "model": MODEL,
        }
        return success(RankReply, body)

    def post_update(self, request: httpx.Request) -> httpx.Response:
        fields = self.fields(request)
        key = request.headers.get("Idempotency-Key")
        if key not in self.calls:
            reply = self._record(fields)
            if key is None:
                return reply
            self.calls[key] = reply
        return self.calls[key]

    def _record(self, fields: Mapping[str, Any]) -> httpx.Response:
        user_id, labels = fields["user_id"], fields["labels"]
        if user_id in self.forgotten:
            return refusal("user_forgotten", 410)
        log = self.logs.setdefault(user_id, {})
        new = [label for label in labels if label["event_id"] not in log]
        for label in new:
            log[label["event_id"]] = filled(LabelEvent, {"created_at": NOW, **label})
        body = {
            "accepted": len(new),
            "duplicates": len(labels) - len(new),
            "n_labels": len(log),
            "personal": {"user_id": user_id, "n_labels": len(log), "used": True},
            "effect": EFFECT if fields.get("effect") and new else None,
        }
        return success(UpdateReply, body)

    def post_users(self, request: httpx.Request, user_id: str, what: str) -> httpx.Response:
        if what == "readmit":
            self.forgotten.discard(user_id)
            return httpx.Response(204)
        assert request.headers["Content-Type"] == "application/x-ndjson"
        lines = [json.loads(line) for line in request.content.splitlines()]
        return self._record({"user_id": user_id, "labels": lines})

    def post_model(self, _: httpx.Request, what: str) -> httpx.Response:
        assert what == "reload"
        body = {"version": "2026.2", "previous": "2026.1", "candidate": None, "is_new": True}
        return success(Reload, body)

    def put_tracks(self, request: httpx.Request, track_id: str) -> httpx.Response:
        fields = self.fields(request)
        if fields.get("audio") == BROKEN:
            return refusal("undecodable_audio", 422)
        self.audio[track_id] = fields.get("audio", b"")
        self.tracks[track_id] = {
            "track_id": track_id,
            "title": _text(fields.get("title")),
            "artist": _text(fields.get("artist")),
            "duration_s": 30.0 if "audio" in fields else None,
            "has_audio": bool({"audio", "audio_embedding"} & set(fields)),
            "has_lyrics": bool({"lyrics", "lyrics_embedding"} & set(fields)),
            "audio_url": _text(fields.get("audio_url")),
            "created_at": NOW,
            "prediction": prediction(),
        }
        return success(Track, self.tracks[track_id], 201)

    def get_tracks(
        self, request: httpx.Request, track_id: str | None = None, what: str = ""
    ) -> httpx.Response:
        if track_id is None:
            return self._page(int(request.url.params["limit"]), request.url.params.get("cursor"))
        if track_id not in self.tracks:
            return refusal("track_not_found", 404)
        if what == "audio":
            return httpx.Response(200, content=self.audio[track_id])
        return success(Track, self.tracks[track_id])

    def _page(self, limit: int, cursor: str | None) -> httpx.Response:
        start = int(cursor or 0)
        tracks = list(self.tracks.values())
        end = start + limit
        following = str(end) if end < len(tracks) else None
        return success(TrackPage, {"tracks": tracks[start:end], "next_cursor": following})

    def delete_tracks(self, _: httpx.Request, track_id: str) -> httpx.Response:
        if self.tracks.pop(track_id, None) is None:
            return refusal("track_not_found", 404)
        return httpx.Response(204)

    def get_users(self, _: httpx.Request, user_id: str, what: str = "") -> httpx.Response:
        log = self.logs.get(user_id)
        if log is None:
            return refusal("user_not_found", 404)
        if what == "labels":
            lines = "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in log.values())
            return httpx.Response(200, text=lines)
        if what == "picture":
            return success(Picture, picture(user_id, len(log)))
        body = {
            "user_id": user_id,
            "n_labels": len(log),
            "n_cant_tell": sum("cant_tell" in event for event in log.values()),
            "quadrants": {"Q1": len(log), "Q2": 0, "Q3": 0, "Q4": 0},
            "first_label_at": NOW,
            "last_label_at": NOW,
            "personal": {"user_id": user_id, "n_labels": len(log), "used": True},
        }
        return success(User, body)

    def delete_users(self, _: httpx.Request, user_id: str) -> httpx.Response:
        self.logs.pop(user_id, None)
        self.forgotten.add(user_id)
        return httpx.Response(204)

    def get_model(self, _: httpx.Request) -> httpx.Response:
        body = {
            **MODEL,
            "features": "abc",
            "modalities": ["audio", "lyrics"],
            "fusions": ["average", "log_opinion"],
            "default_fusion": "log_opinion",
            "strategies": ["mc", "rand"],
            "candidate": {"snapshot": "2026.2", "share": 0.25},
            "manifest": {"seed": 7, "data": ["nju"]},
            "embeddings": self.embeddings,
        }
        return success(Model, body)

    def get_overview(self, _: httpx.Request) -> httpx.Response:
        return success(Overview, OVERVIEW)

    def get_readyz(self, _: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"status": "ready"})


def prediction(personal: object = None, *, heard: bool = False) -> dict[str, object]:
    segment = {"start_s": 0, "end_s": 3, "probabilities": EVEN, "valence": POINT, "arousal": POINT}
    told = {
        "quadrant": "Q1",
        "probabilities": EVEN,
        "valence": POINT,
        "arousal": POINT,
        "entropy": 1.386,
        "ambiguous": True,
        "modalities": {"audio": EVEN},
        "segments": [segment] if heard else [],
        "personal": personal,
        "model": MODEL,
        "fusion": "log_opinion",
        "set": SET,
        "why": WHY,
        "a_field_of_tomorrow": [1, 2, 3],
    }
    return filled(Prediction, told)


def picture(user_id: str, n_labels: int) -> dict[str, object]:
    density = {"density": [[0.25, 0.25], [0.5, 0]]}
    point = {"valence": 0.5, "arousal": -0.5}
    return {
        "user_id": user_id,
        "n_labels": n_labels,
        "n_cant_tell": 0,
        "labels": [{"track_id": "t1", "quadrant": "Q4", "created_at": NOW, "liking": 5}],
        "axis": [-1, 1],
        "personal": density,
        "population": density,
        "difference": {
            "valence": {"mean": 0.5, "sd": 0.25},
            "arousal": {"mean": -0.5, "sd": 0.25},
            "tracks": [{"track_id": "t1", "personal": point, "population": point}],
        },
        "prequential": {
            "n": 4,
            "personal": SHARE,
            "population": None,
            "curve": [{"from_labels": 0, "to_labels": 3, "personal": SHARE, "population": SHARE}],
        },
        "consistency": {"n": 4, "same_quadrant": SHARE, "distance": 0.25},
        "paired": {
            "n": 4,
            "both": 2,
            "only_personal": 1,
            "only_population": 0,
            "neither": 1,
            "p_value": 1.0,
            "log_likelihood": {"n": 4, "value": 0.25, "low": -0.5, "high": 1.0},
        },
        "habits": [{"quadrant": "Q4", "n": 1, "expected": 0.25}],
        "own_tracks": [{"track_id": "t1", "quadrant": "Q4", "probability": 0.5, "playable": True}],
        "used": True,
        "model": MODEL,
    }


def success(kind: type, told: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=filled(kind, told))


def problem(code: str, status: int) -> dict[str, object]:
    return {
        "type": "about:blank",
        "title": "Sorry",
        "status": status,
        "code": code,
        "detail": "There is no track 'x'.",
        "request_id": "req-1",
        "errors": [{"field": "track_id", "message": "unknown"}],
    }


def refusal(code: str, status: int, **headers: str) -> httpx.Response:
    kind = {"Content-Type": "application/problem+json"}
    return httpx.Response(status, json=problem(code, status), headers={**kind, **headers})


def answers(status: int, **headers: str) -> Outage:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _service, _request: refusal("out_of_order", status, **named)


def breaks(error: type[httpx.RequestError]) -> Outage:
    def broken(_: FakeAttune, request: httpx.Request) -> httpx.Response:
        raise error("broken", request=request)

    return broken


def loses_the_reply(service: FakeAttune, request: httpx.Request) -> httpx.Response:
    service.answer(request)
    raise httpx.ReadError("reset", request=request)


def _parts(request: httpx.Request) -> dict[str, tuple[str | None, bytes]]:
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.content)
    return {
        part.get_param("name", header="content-disposition"): (
            part.get_filename(),
            part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    }


def _text(value: object) -> object:
    return value.decode() if isinstance(value, bytes) else value
