"""Embeddings that are refused for what they are made of, and all of them where none is read."""

from tests.http.refusal import BATCH, PREDICT, PUT, audio, body, raw, refused
from tests.http.samples import wav

LONG = [0.0] * 16_385
OWN = (
    "this snapshot reads recordings and lyrics and makes its own embeddings. One made by "
    "`python -m training fuse --export` reads yours."
)

NOT_READ = [
    *refused(
        PREDICT,
        422,
        "input_not_read",
        (
            "an audio embedding",
            f"audio_embedding cannot be used: {OWN}",
            body(audio_embedding=[1]),
        ),
        (
            "an embedding beside lyrics",
            f"audio_embedding cannot be used: {OWN}",
            body(audio_embedding=[0.5, -1], lyrics="la"),
        ),
        ("a lyrics embedding", "lyrics_embedding cannot be used", body(lyrics_embedding=[1.5])),
    ),
    *refused(
        PUT,
        422,
        "input_not_read",
        ("a track of an embedding", "`python -m training fuse", body(lyrics_embedding=[1.5])),
    ),
    *refused(
        BATCH,
        422,
        "input_not_read",
        (
            "a batch of embeddings",
            "lyrics_embedding cannot be used",
            body(embeddings=[{"lyrics_embedding": [1]}] * 3),
        ),
    ),
]

NO_NUMBERS = [
    *refused(
        PREDICT,
        400,
        "malformed_json",
        (
            "NaN in an embedding",
            "audio_embedding[3] is NaN, which is not a number in JSON.",
            raw(b'{"lyrics_embedding": [1], "audio_embedding": [0, 1.5, -2, NaN, NaN]}'),
        ),
        (
            "infinity in an embedding",
            "lyrics_embedding[0] is -Infinity, which",
            raw(b'{"lyrics_embedding": [-Infinity]}'),
        ),
        ("NaN for a body", "The body is NaN, which is not a number in JSON.", raw(b"NaN")),
    ),
    *refused(
        PUT,
        400,
        "malformed_json",
        (
            "NaN in a track's embedding",
            "audio_embedding[1] is Infinity",
            raw(b'{"audio_embedding": [1, Infinity]}'),
        ),
    ),
    *refused(
        BATCH,
        400,
        "malformed_json",
        (
            "NaN in a batch's embedding",
            "embeddings[1].audio_embedding[1] is NaN, which",
            raw(b'{"embeddings": [{"audio_embedding": [1]}, {"audio_embedding": [1, NaN]}]}'),
        ),
    ),
]

AGAINST_THE_RULES = [
    *refused(
        PREDICT,
        422,
        "invalid_request",
        ("an empty embedding", "audio_embedding is a list of 0", body(audio_embedding=[])),
        ("a long embedding", "a list of 16385", body(audio_embedding=LONG)),
        (
            "a large number",
            "audio_embedding[1] is 1000000000.1",
            body(audio_embedding=[0, 1e9 + 0.1]),
        ),
        ("a low number", "lyrics_embedding[0] is -1e+300", body(lyrics_embedding=[-1e300])),
        ("an endless integer", "[0] is 1000", body(lyrics_embedding=[10**400])),
        ("more than any number", "[0] is Infinity", raw(b'{"audio_embedding": [1e999]}')),
        (
            "a number of an embedding as text",
            'audio_embedding[2] is "1"',
            body(audio_embedding=[0, 1, "1"]),
        ),
        ("a number that is true", "audio_embedding[0] is true", body(audio_embedding=[True])),
        ("no number", "audio_embedding[1] is null", body(audio_embedding=[0, None])),
        ("a list in an embedding", "a list of 1", body(audio_embedding=[[0]])),
        ("one number for an embedding", "audio_embedding is 1", body(audio_embedding=1)),
        ("an embedding as text", 'audio_embedding is "[1]"', body(audio_embedding="[1]")),
        ("an id and an embedding", "come with it", body(track_id="t", lyrics_embedding=[1])),
        (
            "lyrics and an embedding of them",
            "lyrics_embedding stands for lyrics, which cannot come with it.",
            body(lyrics="la", lyrics_embedding=[1]),
        ),
        ("an embedding in a form", "audio_embedding", audio(wav(), audio_embedding="[1]")),
    ),
    *refused(
        PUT,
        422,
        "invalid_request",
        (
            "lyrics and an embedding of a track",
            "lyrics_embedding stands for lyrics",
            body(lyrics="la", lyrics_embedding=[1]),
        ),
        ("an empty embedding of a track", "a list of 0", body(audio_embedding=[])),
    ),
    *refused(
        BATCH,
        422,
        "invalid_request",
        ("no embeddings in a batch", "embeddings is a list of 0", body(embeddings=[])),
        (
            "a large batch of embeddings",
            "1001",
            body(embeddings=[{"audio_embedding": [1]}] * 1001),
        ),
        (
            "an entry without an embedding",
            "embeddings[1] is an object: at least one of audio_embedding and lyrics_embedding is",
            body(embeddings=[{"audio_embedding": [1]}, {}]),
        ),
        (
            "a large number in an entry",
            "embeddings[0].lyrics_embedding[1] is 2000000000.0",
            body(embeddings=[{"lyrics_embedding": [1, 2e9]}]),
        ),
        (
            "an unknown field of an entry",
            "embeddings[0].audio is",
            body(embeddings=[{"audio": [1]}]),
        ),
        (
            "lyrics and embeddings",
            "Exactly one",
            body(lyrics=["la"], embeddings=[{"audio_embedding": [1]}]),
        ),
    ),
]

EMBEDDINGS = [*NOT_READ, *NO_NUMBERS, *AGAINST_THE_RULES]
