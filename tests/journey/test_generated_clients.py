"""Clients that generators make from the contract work with the running service, every call."""

import asyncio
import importlib
import io
import json
import os
import pkgutil
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.http.samples import wav
from tests.http.test_examples import CALLS, FORM, JSON, LINES, ORDER, examples_of
from tests.journey.servers import ROOT, running, served_from

pytestmark = [pytest.mark.people, pytest.mark.journey, pytest.mark.slow]

CONTRACT = ROOT / "clients/openapi.json"
PACKAGE = "generated_attune"


@pytest.fixture(scope="module", name="server")
def _server(tmp_path_factory):
    """A service that keeps recordings."""
    folder = tmp_path_factory.mktemp("generated")
    with running(served_from(folder, ATTUNE_AUDIO=str(folder / "audio"))) as served:
        yield served


@pytest.fixture(scope="module", name="generation")
def _generation(tmp_path_factory):
    """What openapi-python-client warned of; its package can be imported."""
    folder = tmp_path_factory.mktemp("python")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    files = ["--path", str(CONTRACT), "--output-path", str(folder / PACKAGE)]
    done = subprocess.run(  # noqa: S603  # the tests' own command
        [*command, *files], capture_output=True, text=True, env={**os.environ, "COLUMNS": "200"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield done.stderr


@pytest.fixture(name="client")
def _client(generation, server):
    del generation
    generated = importlib.import_module(PACKAGE)
    with generated.Client(base_url=server.url) as client:
        yield client


def operation(name):
    """Return the generated module of a call."""
    call = CALLS[name]
    return importlib.import_module(f"{PACKAGE}.api.{call['tags'][0]}.{call['operationId']}")


def parameters_of(name):
    """Return the examples of a call's parameters, by the names that the generator gives them."""
    return {
        each["name"].lower().replace("-", "_"): examples_of(each)[0]
        for each in CALLS[name].get("parameters", [])
    }


def bodies_of(name):
    """Yield the bodies of a call's examples as arguments; one empty dictionary without a body."""
    contents = CALLS[name].get("requestBody", {}).get("content", {})
    sent = [
        {"body": MADE[media_type](content.get("schema", {}), example)}
        for media_type, content in contents.items()
        for example in examples_of(content) * (media_type in MADE)
    ]
    yield from sent or [{}]


def model(schema, example):
    """Return an example as the generated type of its schema."""
    models = importlib.import_module(f"{PACKAGE}.models")
    return getattr(models, schema["$ref"].rpartition("/")[2]).from_dict(example)


def file(content):
    return importlib.import_module(f"{PACKAGE}.types").File(io.BytesIO(content), "tone.wav")


def form(schema, example):
    """Return an example of a form as the generated type, with a recording."""
    made = model(schema, example)
    made.audio = file(wav())
    return made


MADE = {JSON: model, FORM: form}
"""Media type to the argument `body`; the generator knows no NDJSON."""


def _whole(parsed):
    return parsed.payload.read()


READ = {
    JSON: (
        lambda parsed: json.loads(json.dumps(parsed.to_dict()).replace("+00:00", "Z")),
        json.loads,
    ),
    LINES: (_whole, bytes),
    "audio/wav": (_whole, bytes),
    "text/plain": (str, bytes.decode),
    "": (repr, lambda _: "None"),
}
"""Media type to two readings that should agree: of what was parsed, and of what was sent."""


def read(reply):
    """Return both readings of a reply."""
    media_type = reply.headers.get("content-type", "").partition(";")[0]
    of_parsed, of_sent = READ[media_type]
    return of_parsed(reply.parsed), of_sent(reply.content)


def test_the_generator_reads_the_whole_contract(generation):
    """It knows no NDJSON; the call that takes it also takes the lines as JSON."""
    warnings = re.findall(r"^WARNING .*\n\n(.*)", generation, re.MULTILINE)

    assert warnings == [f"Unsupported content type {LINES}"]


@pytest.mark.usefixtures("generation")
def test_every_module_of_the_package_can_be_imported():
    package = importlib.import_module(PACKAGE)
    names = [each.name for each in pkgutil.walk_packages(package.__path__, f"{PACKAGE}.")]

    modules = [importlib.import_module(name) for name in names]

    assert len(modules) > len(CALLS)


def test_every_call_works_and_its_reply_is_read_whole(client):
    replies = [
        (name, operation(name).sync_detailed(client=client, **parameters_of(name), **body))
        for name in ORDER
        for body in bodies_of(name)
    ]

    assert [(n, reply.content) for n, reply in replies if reply.status_code >= 300] == []
    readings = [(name, *read(reply)) for name, reply in replies]
    assert [(name, parsed) for name, parsed, _ in readings] == [
        (name, sent) for name, _, sent in readings
    ]


def test_an_exported_log_can_be_imported(client):
    models = importlib.import_module(f"{PACKAGE}.models")
    lyrics = models.TrackIn(lyrics="tears of night")
    operation("PUT /tracks/{track_id}").sync("kept", client=client, body=lyrics)
    label = models.LabelIn(track_id="kept", quadrant=models.Quadrant.Q4)
    update = models.UpdateIn(user_id="eve", labels=[label])
    header = {"idempotency_key": "eve-1"}
    operation("POST /update").sync(client=client, body=update, **header)
    log = operation("GET /users/{user_id}/labels").sync("eve", client=client)
    lines = [models.LabelLine.from_dict(json.loads(line)) for line in log.payload]

    body = models.LabelLines(lines=lines)
    reply = operation("POST /users/{user_id}/labels").sync("eva", client=client, body=body)

    assert (reply.accepted, reply.n_labels) == (1, 1)


def test_an_error_is_a_problem_also_for_the_asynchronous_client(client):
    blocking = operation("GET /tracks/{track_id}").sync("nowhere", client=client)
    with ThreadPoolExecutor() as threads:  # in this one, Chromium's tests may have left a loop
        call = operation("GET /users/{user_id}").asyncio("nobody", client=client)
        awaited = threads.submit(asyncio.run, call).result()

    assert (blocking.code, awaited.code) == ("track_not_found", "user_not_found")
