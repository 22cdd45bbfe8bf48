"""A fake service in dictionaries, by the HTTP contract."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import unquote

import httpx
from sample_replies import filled

from attune_client import (
    ImportReply,
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
from attune_client.replies import Batch, TrackPage, UserPage

NOW = "2026-01-02T03:04:05+00:00"
EVEN = {"Q1": 0.25, "Q2": 0.25, "Q3": 0.25, "Q4": 0.25}
POINT = {"mean": 0.25, "sd": 0.5}
SET = {"quadrants": ["Q1", "Q4"], "coverage": 0.8}
WHY = {
    "population": {"log_odds": {"Q1": 0.75, "Q2": -0.75, "Q3": 0, "Q4": 0}, "share": 0.75},
    "others": {"log_odds": {"Q1": -0.25, "Q2": 0.25, "Q3": 0, "Q4": 0}, "share": 0.25},
    "words": "By its sound most people would call it happy.",
}
EFFECT = {
    "n_tracks": 9,
    "n_moved": 2,
    "moves": [{"from": "Q4", "to": "Q1", "n": 2}],
    "tracks": [{"track_id": "t2", "from": "Q4", "to": "Q1"}],
}
DENSITY = {"density": [[0.25, 0.25], [0.5, 0]]}
MODEL = {"snapshot": "2026.1"}
BROKEN = b"broken"  # not audio
OVERVIEW = {
    "labels_per_day": [{"day": "2026-01-02"}],
    "users_by_labels": [{"from": 1, "to": 4}, {"from": 5, "to": None}],
}
UNKNOWN = {
    "prediction": None,
    "error": {"code": "track_not_found", "detail": "There is no track 'x'."},
}

Outage = Callable[["FakeAttune", httpx.Request], httpx.Response]


class FakeAttune:
    """A handler for ``httpx.MockTransport``.

    Attributes:
        outages: Handlers of the next requests, in turn.
        embeddings: Length of the embedding by modality; None: recordings and lyrics.
        unused: What the reply to an import says it did not use.
        failing: Handlers of uploads by track id.
        notices: Of predictions, by track id.
        requests: All requests.
        forms: The parts of each multipart request by name: (file name, content).
    """

    def __init__(self) -> None:
        self.tracks: dict[str, dict[str, object]] = {}
        self.audio: dict[str, bytes] = {}
        self.logs: dict[str, dict[str, dict[str, object]]] = {}
        self.unused: dict[str, object] = {"older": 0, "n_unregistered": 0, "unregistered": []}
        self.outages: deque[Outage] = deque()
        self.embeddings: dict[str, int] | None = None
        self.calls: dict[str, httpx.Response] = {}
        self.forgotten: set[str] = set()
        self.failing: dict[str, Outage] = {}
        self.notices: dict[str, list[dict[str, str]]] = {}
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
        return httpx.Response(200, json=prediction(personal, has_segments="audio" in fields))

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
        answered = {event["track_id"] for event in self.logs.get(fields["user_id"], {}).values()}
        known = [each for each in self.tracks if each not in {*fields["exclude"], *answered}]
        if not known and answered:
            return refusal("empty_pool", 409)
        selected = {"score": 1, "propensity": 0.5}
        tracks = [{"track_id": track_id, **selected} for track_id in known[: fields["n"]]]
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
        assert request.url.params.get("replace", "true") == "true"
        lines = [json.loads(line) for line in request.content.splitlines()]
        reply = self._record({"user_id": user_id, "labels": lines})
        return success(ImportReply, reply.json() | self.unused)

    def post_model(self, _: httpx.Request, what: str) -> httpx.Response:
        assert what == "reload"
        return success(Reload, {"version": "2026.2", "previous": "2026.1", "is_new": True})

    def put_tracks(self, request: httpx.Request, track_id: str) -> httpx.Response:
        fields = self.fields(request)
        if fields.get("audio") == BROKEN:
            return refusal("undecodable_audio", 422)
        if track_id in self.failing:
            return self.failing[track_id](self, request)
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
            "prediction": prediction() | {"notices": self.notices.get(track_id, [])},
        }
        return success(Track, self.tracks[track_id], 201)

    def get_tracks(
        self, request: httpx.Request, track_id: str | None = None, what: str = ""
    ) -> httpx.Response:
        if track_id is None:
            page, following = self._page(request, self.tracks.values())
            wanted = request.url.params.get("search", "")
            shown = [track for track in page if wanted in str(track["title"] or "")]
            return success(TrackPage, {"tracks": shown, "next_cursor": following})
        if track_id not in self.tracks:
            return refusal("track_not_found", 404)
        if what == "audio":
            return httpx.Response(200, content=self.audio[track_id])
        return success(Track, self.tracks[track_id])

    def _page(
        self, request: httpx.Request, entries: Iterable[Any]
    ) -> tuple[list[Any], str | None]:
        start = int(request.url.params.get("cursor", 0))
        end = start + int(request.url.params["limit"])
        whole = list(entries)
        return whole[start:end], str(end) if end < len(whole) else None

    def delete_tracks(self, _: httpx.Request, track_id: str) -> httpx.Response:
        if self.tracks.pop(track_id, None) is None:
            return refusal("track_not_found", 404)
        return httpx.Response(204)

    def get_users(
        self, request: httpx.Request, user_id: str | None = None, what: str = ""
    ) -> httpx.Response:
        if user_id is None:
            users = [
                {"user_id": each, "n_labels": len(log), "last_label_at": NOW}
                for each, log in sorted(self.logs.items())
            ]
            page, following = self._page(request, users)
            return success(UserPage, {"users": page, "next_cursor": following})
        log = self.logs.get(user_id)
        if log is None:
            return refusal("user_not_found", 404)
        if what == "labels":
            lines = "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in log.values())
            return httpx.Response(200, text=lines)
        if what == "picture":
            return success(
                Picture, {"user_id": user_id, "n_labels": len(log), "personal": DENSITY}
            )
        body = {
            "user_id": user_id,
            "n_labels": len(log),
            "n_cant_tell": sum("cant_tell" in event for event in log.values()),
            "quadrants": {"Q1": len(log), "Q2": 0, "Q3": 0, "Q4": 0},
        }
        return success(User, body)

    def delete_users(self, _: httpx.Request, user_id: str) -> httpx.Response:
        self.logs.pop(user_id, None)
        self.forgotten.add(user_id)
        return httpx.Response(204)

    def get_model(self, _: httpx.Request) -> httpx.Response:
        body = {
            **MODEL,
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


def prediction(personal: object = None, *, has_segments: bool = False) -> dict[str, object]:
    segment = {"start_s": 0, "end_s": 3, "probabilities": EVEN, "valence": POINT, "arousal": POINT}
    body = {
        "quadrant": "Q1",
        "probabilities": EVEN,
        "valence": POINT,
        "arousal": POINT,
        "entropy": 1.386,
        "ambiguous": True,
        "modalities": {"audio": EVEN},
        "segments": [segment] if has_segments else [],
        "personal": personal,
        "model": MODEL,
        "fusion": "log_opinion",
        "set": SET,
        "why": WHY,
        "a_field_of_tomorrow": [1, 2, 3],
    }
    return filled(Prediction, body)


def success(kind: type, body: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=filled(kind, body))


def refusal(code: str, status: int, **headers: str) -> httpx.Response:
    body = {
        "code": code,
        "detail": "There is no track 'x'.",
        "request_id": "req-1",
        "errors": [{"field": "track_id", "message": "unknown"}],
    }
    return httpx.Response(status, json=body, headers=headers)


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
