"""The client's requests and replies agree with ``clients/openapi.json``."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import generate_replies
import pytest

from attune_client import (
    Circumstances,
    Embeddings,
    ImportReply,
    Label,
    LabelEvent,
    Model,
    Overview,
    Picture,
    Prediction,
    Quadrant,
    QueryReply,
    RankReply,
    Reload,
    Track,
    UpdateReply,
    User,
)
from attune_client.quadrants import NAMES
from attune_client.replies import Batch, TrackPage, UserPage

REPLIES = {
    "post /predict": Prediction,
    "post /predict_batch": Batch,
    "post /query": QueryReply,
    "post /rank": RankReply,
    "post /update": UpdateReply,
    "put /tracks/{}": Track,
    "get /tracks/{}": Track,
    "get /tracks": TrackPage,
    "get /users": UserPage,
    "get /users/{}": User,
    "get /users/{}/labels": LabelEvent,
    "get /users/{}/picture": Picture,
    "get /overview": Overview,
    "post /users/{}/labels": ImportReply,
    "get /model": Model,
    "post /model/reload": Reload,
}
EMBEDDINGS = "audio_embedding lyrics_embedding"
BODIES = {
    "post /predict": f"lyrics {EMBEDDINGS} track_id user_id fusion",
    "post /predict_batch": "track_ids lyrics embeddings user_id fusion",
    "post /query": "user_id n strategy exclude repeat_share playable",
    "post /rank": "user_id quadrant valence arousal limit cursor exclude_answered",
    "post /update": "user_id labels",
    "put /tracks/{}": f"audio lyrics {EMBEDDINGS} title artist audio_url",
}
LABELS = [
    Label.quadrant("t1", "Q1"),
    Label.point("t1", valence=0.5, arousal=0.5),
    Label.cant_tell("t1"),
    Label.retract("t1"),
]


@pytest.fixture(name="contract", scope="module")
def _contract() -> dict[str, Any]:
    if not generate_replies.CONTRACT.exists():
        pytest.skip(f"NOT CHECKED AGAINST THE SERVICE: there is no {generate_replies.CONTRACT}")
    return json.loads(generate_replies.CONTRACT.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("call", "kind"), REPLIES.items())
def test_a_call_decodes_the_reply_of_the_contract(contract, call, kind):
    responses = operation(contract, call)["responses"]
    success = next(reply for status, reply in sorted(responses.items()) if status[0] == "2")
    content, *_ = success["content"].values()  # after the lines of a log, the same as a file
    name = content["schema"]["$ref"].rpartition("/")[2]

    assert generate_replies.NAMES.get(name, name) == kind.__name__


@pytest.mark.parametrize(("call", "names"), BODIES.items())
def test_the_contract_has_every_field_that_is_sent(contract, call, names):
    content = operation(contract, call)["requestBody"]["content"]
    fields_ = {
        name
        for body in content.values()
        for option in objects(contract, body["schema"])
        for name in option["properties"]
    }

    assert set(names.split()) <= fields_


@pytest.mark.parametrize(
    ("call", "field", "names"),
    [
        ("post /predict_batch", "embeddings", set(Embeddings([0.5], [0.5]).body())),
        ("post /update", "labels", {name for label in LABELS for name in label.body()}),
        ("post /update", "labels", {field.name for field in fields(Circumstances)}),
    ],
)
def test_the_contract_has_every_field_of_an_entry_that_is_sent(contract, call, field, names):
    content = operation(contract, call)["requestBody"]["content"]["application/json"]
    body = next(objects(contract, content["schema"]))

    assert names <= set(next(objects(contract, body["properties"][field]))["properties"])


def test_the_contract_has_the_recording_and_the_header(contract):
    (header,) = operation(contract, "post /update")["parameters"]

    assert "200" in operation(contract, "get /tracks/{}/audio")["responses"]
    assert (header["name"], header["in"]) == ("Idempotency-Key", "header")


def test_the_contract_has_the_words_of_quadrants(contract):
    options = contract["components"]["schemas"]["RankIn"]["properties"]["quadrant"]["anyOf"]
    words = {word for option in options for word in option.get("enum", ())}

    assert words | {quadrant.lower() for quadrant in Quadrant} == set(NAMES)


def operation(contract: dict[str, Any], call: str) -> dict[str, Any]:
    """Return the operation of a call, whatever its path parameters are named."""
    method, path = call.split()
    paths = {
        re.sub(r"{\w+}", "{}", known): methods for known, methods in contract["paths"].items()
    }
    return paths[path][method]


def objects(spec: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the object schemas in a schema, with references and alternatives resolved."""
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
