"""The calls that ``tests.replay`` makes, in order; their replies do not depend on the clock."""

import io
import json
import math
import wave
from collections.abc import Iterator, Mapping
from typing import Any

Call = tuple[str, str, Mapping[str, Any]]
"""Method, path, and arguments of httpx."""
CURSOR = "{next_cursor}"
"""Stands for the cursor of the page before."""
FUSIONS = (
    *("lyrics", "audio", "average", "weighted", "max_confidence", "adjusted_confidence"),
    *("random_forest", "logistic_regression", "neural_network", "early", "log_opinion"),
)
PLAIN = (
    *("mc", "hc", "mix", "rand", "entropy", "margin", "least_confident", "vote_entropy"),
    *("kl", "bald", "density", "herding", "uherding", "typiclust"),
)
STRATEGIES = (*PLAIN, "diverse", "taste", "newcomer", "balanced-mc", "balanced-kl", "eps-mc")
PAGES = (
    *("/", "/annotate", "/me", "/dashboard", "/try", "/docs", "/pages/style.css"),
    *("/pages/js/annotate.js", "/pages/js/me.js", "/pages/js/dashboard.js", "/pages/js/try.js"),
)
LYRICS = (
    "I dance all night and smile in the summer sun with you",
    "Burn it down, I hate the lies, rage is all I have",
    "Alone I cry in the rain since you have gone away",
    "Quiet waves, a gentle breeze, I rest beside the sea",
    "We shout and jump, the party never ends tonight",
    "Darkness comes, I fear the shadows at my door",
)


def clip(number: int, seconds: float = 3.0, peak: float = 0.4) -> bytes:
    """Return a swelling tone as the bytes of a wav file at 16 kHz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, 16_000, 0, "NONE", ""))
        for at in range(int(seconds * 16_000)):
            time_s, pitch_hz = at / 16_000, 220 * 2 ** (number / 5)
            swell = 0.6 + 0.4 * math.sin(2 * math.pi * (number + 1) * time_s)
            value = peak * swell * math.sin(2 * math.pi * pitch_hz * time_s)
            written.writeframesraw(int(32_767 * value).to_bytes(2, "little", signed=True))
    return file.getvalue()


def get(path: str, **headers: str) -> Call:
    return "GET", path, {"headers": headers}


def post(path: str, **fields: Any) -> Call:
    return "POST", path, {"json": fields}


def form(method: str, path: str, audio: bytes, **fields: str) -> Call:
    return method, path, {"files": {"audio": ("clip.wav", audio)}, "data": fields}


def raw(path: str, content: bytes | str, kind: str = "application/json", **headers: str) -> Call:
    return "POST", path, {"content": content, "headers": {"Content-Type": kind} | headers}


def label(track: int, quadrant: str | None = None, event: str = "", **more: Any) -> dict[str, Any]:
    answer = more if quadrant is None else {"quadrant": quadrant, **more}
    return {"event_id": event or f"e{track}", "track_id": f"t{track}", **answer}


def calls() -> Iterator[Call]:
    """Yield the calls of a service that has no API key."""
    for path in PAGES:
        yield get(path)
    yield from (get(path) for path in ("/livez", "/healthz", "/readyz", "/model", "/overview"))
    yield from (get(path) for path in ("/openapi.json", "/schema.json", "/tracks"))
    yield from (("HEAD", path, {}) for path in ("/livez", "/healthz", "/readyz"))
    yield post("/query", user_id="ann")
    for number in range(18):
        text = f"{LYRICS[number % 6]} {LYRICS[(number * 5 + 1) % 6]}"
        yield "PUT", f"/tracks/t{number}", {"json": {"lyrics": text, "title": f"Title {number}"}}
    for number in (0, 1):
        yield form("PUT", f"/tracks/a{number}", clip(number), title=f"Clip {number}")
    yield form("PUT", "/tracks/both", clip(2), lyrics=LYRICS[2], artist="Somebody")
    yield "PUT", "/tracks/t0", {"json": {"lyrics": LYRICS[3], "artist": "Another"}}
    yield "PUT", "/tracks/url", {"json": {"lyrics": LYRICS[0], "audio_url": "https://a.example/b"}}
    yield from _predictions()
    yield from _answers()
    yield from _lists()
    yield from _users()
    yield from _malformed()
    yield from _invalid()
    yield from _forbidden()
    yield get("/overview")
    yield get("/metrics")


def _predictions() -> Iterator[Call]:
    for fusion in (None, *FUSIONS):
        chosen = {"fusion": fusion} if fusion else {}
        yield post("/predict", lyrics=LYRICS[1], **chosen)
        yield form("POST", "/predict", clip(3), lyrics=LYRICS[1], **chosen)
        yield post("/predict", track_id="both", **chosen)
    yield form("POST", "/predict", clip(4))
    yield from (post("/predict", lyrics=text) for text in ("", "la la la", "Ich bin so allein"))
    yield post("/predict", lyrics=LYRICS[0], user_id="unheard-of")
    yield from (post("/predict", track_id=each) for each in ("t0", "a0", "a1", "nowhere"))
    yield post("/predict_batch", track_ids=["t1", "nowhere", "both", "t1"])
    yield post("/predict_batch", lyrics=[*LYRICS, "", "la la la"])
    yield post("/predict_batch", lyrics=[LYRICS[0]], fusion="audio")
    yield post("/predict_batch", track_ids=["a0", "t2"], user_id="ann", fusion="average")


def _answers() -> Iterator[Call]:
    quadrants = ("Q1", "Q2", "Q3", "Q4")
    for user, shift in (("ann", 0), ("ben", 1), ("cem", 1)):
        for first in (0, 4):
            labels = [label(n, quadrants[(n + shift) % 4]) for n in range(first, first + 4)]
            yield post("/update", user_id=user, labels=labels)
        yield post("/predict", track_id="t9", user_id=user)
        yield get(f"/users/{user}/picture")
    yield post("/update", user_id="ann", labels=[label(0, "Q1")])  # again
    yield post("/update", user_id="ann", labels=[label(8, valence=-0.5, arousal=0.7)])
    yield post("/update", user_id="ann", labels=[label(9, cant_tell=True, emotion="felt")])
    yield post("/update", user_id="ann", labels=[label(1, "Q3", "corrected")])
    yield post("/update", user_id="ann", labels=[label(2, None, "taken-back", retracted=True)])
    more = {"liking": 4, "familiarity": 2, "strategy": "mc", "is_random": True}
    yield post("/update", user_id="ben", labels=[label(10, "Q2", **more)], effect=True)
    repeated = label(10, "Q2", "repeated", is_repeat=True)
    yield post("/update", user_id="ben", labels=[repeated])
    keyed = {"Idempotency-Key": "one-call"}
    for track in (3, 3, 4):
        reply = {"user_id": "dee", "labels": [{"track_id": f"t{track}", "quadrant": "Q1"}]}
        yield "POST", "/update", {"json": reply, "headers": keyed}
    for user in ("ann", "ben", "unheard-of"):
        yield from (post("/predict", track_id=f"t{n}", user_id=user) for n in (0, 11, 12))
        yield post("/predict", lyrics=LYRICS[4], user_id=user)
        yield get(f"/tracks/both?user_id={user}&fusion=average")
    yield post("/predict_batch", track_ids=["t5", "both"], user_id="ann")


def _lists() -> Iterator[Call]:
    for strategy in (None, *STRATEGIES):
        yield post("/query", user_id="ann", n=4, **({"strategy": strategy} if strategy else {}))
    yield post("/query", user_id="unheard-of", strategy="diverse")
    yield post("/query", user_id="ann", strategy="mc", exclude=["t12", "t13"], playable=True)
    yield post("/query", user_id="ben", n=3, repeat_share=1.0)
    for quadrant in ("Q1", "Q2", "Q3", "Q4"):
        yield post("/rank", user_id="ann", quadrant=quadrant, limit=5)
    yield post("/rank", user_id="ann", quadrant="Q4", limit=5, cursor=CURSOR)
    yield post("/rank", user_id="ben", valence=-0.4, arousal=0.6, exclude_answered=False)
    yield post("/rank", user_id="unheard-of", quadrant="Q2", limit=3)
    yield get("/tracks?limit=7")
    yield get(f"/tracks?limit=7&cursor={CURSOR}")
    yield from (get(f"/tracks/{each}") for each in ("t0", "a0", "both", "url", "nowhere"))
    yield from (get(f"/tracks/{each}/audio") for each in ("a0", "t0", "nowhere"))
    yield get("/tracks/a0/audio", Range="bytes=10-19")
    yield get("/tracks/a0/audio", Range="bytes=9999999-")
    yield "HEAD", "/tracks/a0/audio", {}


def _users() -> Iterator[Call]:
    for user in ("ann", "ben", "unheard-of"):
        for part in ("", "/picture", "/labels"):
            yield get(f"/users/{user}{part}")
    dated = {"created_at": "2026-01-02T03:04:05Z", "others": {"Q1": 2, "Q2": 0, "Q3": 0, "Q4": 1}}
    lines = "\n".join(json.dumps(label(n, "Q3") | dated) for n in range(3))
    for _ in range(2):
        yield raw("/users/eva/labels", lines, "application/x-ndjson")
    yield from (get(f"/users/eva{part}") for part in ("", "/labels"))
    yield "DELETE", "/users/cem", {}
    yield get("/users/cem")
    yield post("/update", user_id="cem", labels=[label(0, "Q1")])
    yield "POST", "/users/cem/readmit", {}
    yield post("/update", user_id="cem", labels=[label(0, "Q1", "anew")])
    yield "DELETE", "/tracks/t17", {}
    yield "DELETE", "/tracks/t17", {}
    yield get("/tracks/t17")


def _malformed() -> Iterator[Call]:
    for text in (b"", b"la", b"[1]", b'{"lyrics": "\xff"}', b"[" * 99, b'{"n": 1, "n": 2}'):
        yield raw("/predict", text)
    yield raw("/rank", '{"user_id": "ann", "valence": NaN, "arousal": 0}')
    for kind in ("text/plain", "application/vnd.bentoml+pickle", "application/octet-stream"):
        yield raw("/query", b"{}", kind)
    yield raw("/predict", b"la", "multipart/form-data")
    yield raw("/predict", b"--b\r\nla", "multipart/form-data; boundary=b")
    yield raw("/users/ann/labels", b"{}\nla", "application/x-ndjson")
    yield raw("/predict", json.dumps({"lyrics": "la " * 30_000}))
    yield raw("/predict", b"{}", **{"X-Long": "a" * 40_000})
    doubled = [("Content-Type", "application/json")] * 2
    yield "POST", "/predict", {"content": b"{}", "headers": doubled}
    yield form("POST", "/predict", b"la" * 2**20)
    for audio in (b"la la la" * 50, clip(1, 3, 0.0), clip(1, 0.1), clip(1, 20.5)):
        yield form("POST", "/predict", audio)
    yield form("POST", "/predict", clip(1), track_id="t1")


def _invalid() -> Iterator[Call]:
    for sent in (
        *({}, {"colour": 1}, {"lyrics": 1}, {"track_id": " "}, {"user_id": "ü", "lyrics": "a b"}),
        *({"fusion": "none", "lyrics": LYRICS[0]}, {"track_id": "t1", "fusion": "early"}),
        *({"audio_embedding": [1.0]}, {"audio_embedding": []}, {"lyrics_embedding": ["a"]}),
    ):
        yield post("/predict", **sent)
    for sent in ({}, {"lyrics": []}, {"track_ids": ["t1"], "lyrics": ["a"]}, {"embeddings": [{}]}):
        yield post("/predict_batch", **sent)
    for sent in ({"n": 0}, {"strategy": "none"}, {"strategy": ""}, {"repeat_share": 2}):
        yield post("/query", user_id="ann", **sent)
    everything = [*(f"t{n}" for n in range(17)), "a0", "a1", "both", "url"]
    yield post("/query", user_id="ann", exclude=everything)
    for sent in ({}, {"quadrant": "Q5"}, {"valence": 0.1}, {"quadrant": "Q1", "cursor": "la"}):
        yield post("/rank", user_id="ann", **sent)
    for wrong in (
        *(label(0), label(0, "Q1", valence=0.5, arousal=0.5), label(0, "Q2", retracted=True)),
        *(label(0, valence=0.5), label(0, "Q3"), label(99, "Q1"), label(0, "Q1", liking=9)),
        *(label(0, "Q1", emotion="none"), label(0, "Q1", "bad id!"), {"track_id": "t0"}),
    ):
        yield post("/update", user_id="ann", labels=[wrong])
    yield post("/update", user_id="ann", labels=[])
    yield "PUT", "/tracks/t0", {"json": {"lyrics": "other words than those before"}}
    yield "PUT", "/tracks/none", {"json": {"title": "no content"}}
    yield "PUT", "/tracks/none", {"json": {"lyrics": "a b c", "audio_url": "ftp://a"}}


def _forbidden() -> Iterator[Call]:
    for path in (
        "/tracks?limit=0",
        "/tracks?cursor=la",
        "/tracks?colour=1",
        "/tracks/t0?fusion=la",
    ):
        yield get(path)
    for path in ("/nothing", "/pages/none.js", "/docs/none.js", "/tracks/%20", "/predict"):
        yield get(path)
    yield "DELETE", "/model", {}
    yield raw("/predict", b"{}", Origin="https://evil.example")
    yield get("/model", Host="attune.example")
    yield get("/model", **{"X-Forwarded-For": "10.0.0.1"})
    yield get("/model", Authorization="Bearer la")


KEYS = {
    "admin": ("--scopes", "admin"),
    "predict": ("--scopes", "predict"),
    "own": ("--scopes", "predict,label", "--user", "ann"),
    "slow": ("--scopes", "predict", "--rate", "0.01"),
    "revoked": ("--scopes", "predict"),
}


def keyed_calls(keys: Mapping[str, str]) -> Iterator[Call]:
    """Yield the calls of a service that has API keys: who may do what."""
    yield from (get(path) for path in ("/model", "/livez", "/readyz", "/annotate", "/metrics"))
    known_id, secret = keys["predict"].split("_", 2)[1:]
    forged = f"attune_{known_id}_{'A' * len(secret)}"
    for key in ("la", "attune_la_la", forged, keys["revoked"]):
        yield get("/model", Authorization=f"Bearer {key}")
    for name in ("slow", "slow", "predict", "own", "admin"):
        yield get("/model", Authorization=f"Bearer {keys[name]}")
    for name in ("predict", "own", "admin"):
        yield from (
            get(path, Authorization=f"Bearer {keys[name]}")
            for path in ("/overview", "/metrics", "/users/ann", "/users/ben", "/tracks/a0")
        )
    yield get("/tracks/a0/audio")
    yield get("/tracks/a0/audio?ticket=la")
    yield get("/tracks/a0/audio", Authorization=f"Bearer {keys['predict']}")
