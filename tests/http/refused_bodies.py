"""Bodies that are refused for what they are made of."""

import numpy as np

from tests.http.refusal import (
    PREDICT,
    PUT,
    QUERY,
    UPDATE,
    audio,
    body,
    form,
    label,
    part,
    raw,
    refused,
    typed,
)
from tests.http.samples import wav
from tests.signals import encoded

MEDIA_TYPES = [
    *refused(
        PREDICT,
        415,
        "unsupported_media_type",
        ("no media type", "no Content-Type", {"content": b"{}"}),
        ("plain text", "text/plain", typed("text/plain")),
        (
            "a urlencoded form, which is what curl -d sends",
            "takes application/json or multipart/form-data",
            typed("application/x-www-form-urlencoded"),
        ),
        ("pickle", "pickle", typed("application/vnd.bentoml+pickle")),
    ),
    *refused(
        UPDATE,
        415,
        "unsupported_media_type",
        ("pickle in capitals", "", typed("Application/VND.BentoML+Pickle")),
        ("a form for labels", "", audio(b"x")),
    ),
    *refused(
        QUERY,
        415,
        "unsupported_media_type",
        ("bytes", "", typed("application/octet-stream")),
        ("a form for a query", "", audio(b"x")),
    ),
    *refused(
        PUT,
        415,
        "unsupported_media_type",
        ("text for a track", "", typed("text/plain")),
    ),
]

NOT_JSON = [
    *refused(
        PREDICT,
        400,
        "malformed_json",
        ("nothing", "", raw(b"")),
        ("no JSON", "column 1", raw(b"la la")),
        ("half an object", "", raw(b'{"lyrics": "la')),
        ("a list", "a list of 1", raw(b"[1]")),
        ("a text", "hey", raw(b'"hey"')),
        ("null", "null", raw(b"null")),
        ("no UTF-8", "byte 0xff", raw(b'{"lyrics": "\xff"}')),
        ("UTF-16", "", raw('{"lyrics": "la"}'.encode("utf-16"))),
        ("a byte order mark", "", raw(b"\xef\xbb\xbf{}")),
        ("endless nesting", "more than 16 deep", raw(b"[" * 10_000)),
        (
            "deep nesting",
            "more than 16 deep",
            raw(b'{"lyrics": ' + b"[" * 16 + b"]" * 16 + b"}"),
        ),
        ("a key twice", '"lyrics" comes twice', raw(b'{"lyrics": "a", "lyrics": "b"}')),
    ),
    *refused(
        UPDATE,
        400,
        "malformed_json",
        ("NaN", "NaN", label(quadrant=None, valence=float("nan"), arousal=0)),
        ("infinity", "Infinity", label(quadrant=None, valence=float("inf"), arousal=0)),
    ),
    *refused(
        PUT,
        400,
        "malformed_json",
        ("NaN in a track", "NaN", raw(b'{"title": NaN}')),
    ),
    *refused(
        QUERY,
        400,
        "malformed_json",
        ("an endless number", "", raw(b'{"user_id": "u", "n": 1' + b"0" * 5000 + b"}")),
    ),
]

FORMS = [
    *refused(
        PREDICT,
        400,
        "malformed_form",
        (
            "a form without a boundary",
            "boundary",
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        ),
        ("a form that is none", "not a form", form(b"la la")),
        ("an empty form", "cut off", form(b"")),
        ("a form cut off", "cut off", form(part(b'name="lyrics"', b"la"))),
        (
            "a field twice",
            '"lyrics" comes twice',
            form(part(b'name="lyrics"', b"la") * 2 + b"--b--"),
        ),
        (
            "lyrics that are no UTF-8",
            "not UTF-8",
            form(part(b'name="lyrics"', b"\xff") + b"--b--"),
        ),
    ),
    *refused(
        PREDICT,
        422,
        "invalid_request",
        (
            "an unknown field of a form",
            "colour is not a known field",
            form(part(b'name="colour"', b"red") + b"--b--"),
        ),
        (
            "a text where the audio goes",
            'audio is "la"',
            form(part(b'name="audio"', b"la") + b"--b--"),
        ),
        (
            "a file where the lyrics go",
            "lyrics is a file",
            {"files": {"lyrics": ("l.txt", b"la")}},
        ),
        ("a file for an id", "come with it", audio(wav(), track_id="t")),
        ("audio in JSON", "audio is", body(audio="http://127.0.0.1/a.wav")),
    ),
    *refused(
        PUT,
        422,
        "invalid_request",
        ("a file where the title goes", "title is a file", {"files": {"title": ("l.txt", b"la")}}),
    ),
]

AUDIO = [
    *refused(
        PREDICT,
        422,
        "undecodable_audio",
        ("a text named wav", "wav, flac", audio(b"la la la" * 50)),
        ("an empty file", "", audio(b"")),
        ("a broken file", "", audio(wav()[:30])),
    ),
    *refused(
        PREDICT,
        422,
        "silent_audio",
        ("silence", "", audio(wav(peak=0.0))),
        ("a constant", "", audio(encoded(np.full(16_000, 0.3, np.float32), "wav float"))),
    ),
    *refused(
        PREDICT,
        422,
        "audio_too_short",
        ("a blink of audio", "0.5 s", audio(wav(0.1))),
    ),
    *refused(
        PREDICT,
        422,
        "audio_too_long",
        ("too long an audio", "20 s", audio(wav(20.5))),
    ),
    *refused(
        PUT,
        422,
        "undecodable_audio",
        ("no audio for a track", "", audio(b"la la la" * 50)),
    ),
]

BODIES = [*MEDIA_TYPES, *NOT_JSON, *FORMS, *AUDIO]
