"""The client reads and sends what ``clients/openapi.json`` says, field by field."""

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
import replies  # the script that writes the module of that name

from attune_client import (
    Circumstances,
    Embeddings,
    Label,
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

REPLIES = [
    ("post", "/predict", Prediction),
    ("post", "/predict_batch", Batch),
    ("post", "/query", QueryReply),
    ("post", "/rank", RankReply),
    ("post", "/update", UpdateReply),
    ("put", "/tracks/{}", Track),
    ("get", "/tracks/{}", Track),
    ("get", "/tracks", TrackPage),
    ("get", "/users/{}", User),
    ("get", "/users/{}/labels", LabelEvent),
    ("get", "/users/{}/picture", Picture),
    ("get", "/overview", Overview),
    ("post", "/users/{}/labels", UpdateReply),
    ("get", "/model", Model),
    ("post", "/model/reload", Reload),
]
BODIES = [
    (
        "post",
        "/predict",
        {"lyrics", "audio_embedding", "lyrics_embedding", "track_id", "user_id", "fusion"},
    ),
    ("post", "/predict_batch", {"track_ids", "lyrics", "embeddings", "user_id", "fusion"}),
    ("post", "/query", {"user_id", "n", "strategy", "exclude", "repeat_share", "playable"}),
    (
        "post",
        "/rank",
        {"user_id", "quadrant", "valence", "arousal", "limit", "cursor", "exclude_answered"},
    ),
    ("post", "/update", {"user_id", "labels"}),
    (
        "put",
        "/tracks/{}",
        {
            "audio",
            "lyrics",
            "audio_embedding",
            "lyrics_embedding",
            "title",
            "artist",
            "audio_url",
        },
    ),
]
ANSWERS = [
    Label.quadrant("t1", "Q1"),
    Label.point("t1", valence=0.5, arousal=0.5),
    Label.cant_tell("t1"),
    Label.retract("t1"),
]
CIRCUMSTANCES = {field.name for field in fields(Circumstances)}


@pytest.fixture(name="contract", scope="module")
def _contract() -> dict[str, Any]:
    if not replies.CONTRACT.exists():
        pytest.skip(f"NOT CHECKED AGAINST THE SERVICE: there is no {replies.CONTRACT}")
    return json.loads(replies.CONTRACT.read_text(encoding="utf-8"))


def test_the_reply_types_are_those_of_the_contract(contract):
    written = replies.MODULE.read_text(encoding="utf-8")

    assert written == replies.module(contract), "run `make openapi`"


@pytest.mark.parametrize(("method", "path", "kind"), REPLIES)
def test_a_call_reads_the_reply_that_it_is_promised(contract, method, path, kind):
    responses = operation(contract, method, path)["responses"]
    success = next(reply for status, reply in sorted(responses.items()) if status[0] == "2")
    (content,) = success["content"].values()
    name = content["schema"]["$ref"].rpartition("/")[2]

    assert replies.NAMES.get(name, name) == kind.__name__


@pytest.mark.parametrize(("method", "path", "names"), BODIES)
def test_every_field_that_is_sent_is_known(contract, method, path, names):
    content = operation(contract, method, path)["requestBody"]["content"]
    known = {
        name
        for body in content.values()
        for option in objects(contract, body["schema"])
        for name in option["properties"]
    }

    assert names <= known


def test_every_embedding_of_a_batch_that_is_sent_is_known(contract):
    content = operation(contract, "post", "/predict_batch")["requestBody"]["content"]
    whole = next(objects(contract, content["application/json"]["schema"]))
    known = next(objects(contract, whole["properties"]["embeddings"]))["properties"]

    assert set(Embeddings([0.5], [0.5]).body()) <= set(known)


def test_every_label_that_is_sent_is_known(contract):
    body = operation(contract, "post", "/update")["requestBody"]["content"]["application/json"]
    whole = next(objects(contract, body["schema"]))
    known = next(objects(contract, whole["properties"]["labels"]))["properties"]

    assert {name for answer in ANSWERS for name in answer.body()} | CIRCUMSTANCES <= set(known)


def test_a_recording_is_promised(contract):
    assert "200" in operation(contract, "get", "/tracks/{}/audio")["responses"]


def test_the_header_that_is_sent_is_known(contract):
    known = operation(contract, "post", "/update")["parameters"]

    assert [(each["name"], each["in"]) for each in known] == [("Idempotency-Key", "header")]


def operation(contract: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """Return the operation at ``path``, whatever its parameters are called."""
    named = {_unnamed(known): methods for known, methods in contract["paths"].items()}
    return named[path][method]


def objects(spec: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the object schemas that ``schema`` is, refers to, chooses from or lists."""
    if "$ref" in schema:
        target: Any = spec
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        yield from objects(spec, target)
    for option in [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]:
        yield from objects(spec, option)
    if "items" in schema:
        yield from objects(spec, schema["items"])
    if "properties" in schema:
        yield schema


def _unnamed(path: str) -> str:
    return "/".join("{}" if step.startswith("{") else step for step in path.split("/"))
