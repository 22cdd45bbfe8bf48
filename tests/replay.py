"""Compare the replies of two checkouts byte for byte.

::

    python -m tests.replay record FOLDER --root CHECKOUT
    python -m tests.replay compare BEFORE AFTER

``record`` serves a checkout with an empty database, makes the calls of ``tests.replay_calls`` in
order and writes one JSON line a call to ``FOLDER/replies.jsonl``. Values that differ between two
runs of the same code (moments, request ids, key ids, signatures) are replaced by ``*``.
``compare`` prints every difference and marks those that change only words.
"""

import argparse
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import httpx

from tests.replay_calls import CURSOR, KEYS, PAGES, Call, calls, keyed_calls

FILE = "replies.jsonl"
SENTENCES = re.compile(r'"(detail|message|words)":\s*"(?:[^"\\]|\\.)*"')
"""Fields of replies that people read; they may be worded anew without breaking a client."""
VOLATILE = (
    (re.compile(r'("(?:request_id|at|day|[a-z_]+_at)":\s*)"[^"]*"'), r'\1"*"'),
    (re.compile(r'("latency":\s*)\[.*?\](?=[,}])'), r'\1"*"'),
    (re.compile(r"ticket=[\w.~-]+"), "ticket=*"),
    (re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b"), "*"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:*"),
)
DESCRIPTIONS = ("/openapi.json", "/schema.json")
EXAMPLES = {"example", "examples"}
PROSE = {"title", "description", "summary", "doc"}
UNCOMPARED = {"content-length", "date", "last-modified", "server", "x-request-id"}
SETTINGS = {
    "ATTUNE_CALIBRATE": "never",
    "ATTUNE_SEED": "7",
    "ATTUNE_MAX_JSON_BYTES": "65536",
    "ATTUNE_MAX_BODY_BYTES": "1048576",
    "ATTUNE_MAX_AUDIO_S": "20",
    "OMP_NUM_THREADS": "1",
    "BENTOML_DO_NOT_TRACK": "True",
}


def record(folder: Path, root: Path) -> None:
    """Serve a checkout, without API keys and then with some, and write its replies."""
    folder.mkdir(parents=True, exist_ok=True)
    python = [str(root / ".venv" / "bin" / "python"), "-m", "service"]
    with tempfile.TemporaryDirectory() as work, (folder / FILE).open("w") as lines:
        kept = {name: each for name, each in os.environ.items() if not name.startswith("ATTUNE_")}
        places = {
            "ATTUNE_DATABASE_URL": f"sqlite:///{work}/attune.db",
            "ATTUNE_AUDIO": f"{work}/audio",
        }
        run = {"cwd": root, "env": kept | SETTINGS | places}
        with served(python, folder / "server.log", run) as http:
            n_replies = ask(http, calls(), lines, {})
        keys = {
            name: subprocess.check_output([*python, "keys", "make", name, *chosen], **run)
            for name, chosen in KEYS.items()
        }
        keys = {name: made.decode().strip() for name, made in keys.items()}
        revoked = keys["revoked"].split("_")[1]
        subprocess.check_output([*python, "keys", "revoke", revoked], **run)
        with served(python, folder / "server.log", run) as http:
            n_replies += ask(http, keyed_calls(keys), lines, keys)
    print(f"{n_replies} replies are in {folder / FILE}.")


@contextmanager
def served(python: list[str], log: Path, run: Mapping[str, Any]) -> Iterator[httpx.Client]:
    """Serve until the caller is done; wait for readiness as long as the server lives."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("ab") as written:
        command = [*python, "--port", str(port)]
        server = subprocess.Popen(command, stdout=written, stderr=written, **run)
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=600) as http:
            while not is_ready(http):
                if server.poll() is not None:
                    raise SystemExit(f"The server has ended; see {log}.")
                time.sleep(0.2)
            yield http
    finally:
        server.terminate()
        server.wait()


def is_ready(http: httpx.Client) -> bool:
    """Return whether the service answers that it is ready."""
    try:
        return http.get("/readyz").is_success
    except httpx.TransportError:
        return False


def ask(http: httpx.Client, asked: Iterable[Call], lines: TextIO, keys: Mapping[str, str]) -> int:
    """Make calls in order, write a line for each, and return their number."""
    cursor, n_replies = "", 0
    for n_replies, (method, path, given) in enumerate(asked, start=1):  # noqa: B007
        filled = fill(given, cursor)
        reply = http.request(method, path.replace(CURSOR, cursor), **filled)
        found = re.search(r'"next_cursor":\s*"([^"]*)"', reply.text) if is_text(reply) else None
        cursor = found[1] if found else cursor
        sent = normalised(repr(given), keys)
        recorded = {"call": f"{method} {path}", "sent": shortened(sent)} | shown(path, reply, keys)
        lines.write(json.dumps(recorded) + "\n")
    return n_replies


def fill(given: Mapping[str, Any], cursor: str) -> dict[str, Any]:
    """Return the arguments of a request with the cursor of the page before."""
    fields = given.get("json", {})
    if fields.get("cursor") != CURSOR:
        return dict(given)
    return {**given, "json": fields | {"cursor": cursor}}


def shown(path: str, reply: httpx.Response, keys: Mapping[str, str]) -> dict[str, Any]:
    """Return status, headers and body of a reply as they are compared."""
    is_page = path in PAGES
    left_out = UNCOMPARED | ({"etag"} if is_page else set())
    headers = {name: normalised(each, keys) for name, each in sorted(reply.headers.items())}
    kept = {name: each for name, each in headers.items() if name not in left_out}
    return {"status": reply.status_code, "headers": kept, "body": body_of(path, reply, keys)}


def body_of(path: str, reply: httpx.Response, keys: Mapping[str, str]) -> str:
    """Return a reply's text; of pages the length, of metrics the names, of files the hash."""
    if path in PAGES and reply.is_success:
        return f"page of {len(reply.content)} bytes"
    if path in DESCRIPTIONS:
        described = json.dumps(without_prose(reply.json()), sort_keys=True)
        return f"{digest(reply.content)} without prose {digest(described.encode())}"
    if path == "/metrics" and reply.is_success:
        return " ".join(sorted(re.findall(r"^# TYPE (.+)$", reply.text, re.MULTILINE)))
    return normalised(reply.text, keys) if is_text(reply) else digest(reply.content)


def without_prose(described: Any) -> Any:
    """Return an OpenAPI description without titles, descriptions and examples."""
    if isinstance(described, list):
        return [without_prose(each) for each in described]
    if isinstance(described, dict):
        kept = {name: each for name, each in described.items() if not is_prose(name, each)}
        return {name: without_prose(each) for name, each in kept.items()}
    return described


def is_prose(name: str, value: Any) -> bool:
    """Return whether a member of a schema is for readers; a field may have the same name."""
    return name in EXAMPLES or (name in PROSE and isinstance(value, str))


def normalised(text: str, keys: Mapping[str, str]) -> str:
    """Return a text with ``*`` for what differs from run to run."""
    for name, key in keys.items():
        text = text.replace(key, f"KEY-{name}").replace(key.split("_")[1], f"ID-{name}")
    for pattern, instead in VOLATILE:
        text = pattern.sub(instead, text)
    return text


def shortened(text: str) -> str:
    """Return a text, or its beginning and hash if it is long."""
    return text if len(text) <= 300 else f"{text[:100]}… {digest(text.encode())}"


def is_text(reply: httpx.Response) -> bool:
    """Return whether a reply's body is text."""
    return not reply.headers.get("content-type", "").startswith("audio/")


def digest(content: bytes) -> str:
    """Return the beginning of a SHA-256."""
    return hashlib.sha256(content).hexdigest()[:16]


def compare(before: Path, after: Path) -> bool:
    """Print every difference, and return whether all that is not a sentence is equal."""
    old, new = (
        [json.loads(line) for line in (folder / FILE).read_text().splitlines()]
        for folder in (before, after)
    )
    n_worded, n_different = 0, abs(len(old) - len(new))
    for number, (one, other) in enumerate(zip(old, new, strict=False), start=1):
        if one == other:
            continue
        is_worded = unworded(one) == unworded(other)
        n_worded += is_worded
        n_different += not is_worded
        print(f"{number} {one['call']}{' (only words)' if is_worded else ''} {one['sent'][:150]}")
        for name in one:
            if one[name] != other[name]:
                print(f"  {name}\n  - {one[name]}\n  + {other[name]}")
    n_equal = max(len(old), len(new)) - n_worded - n_different
    print(f"{n_equal} of {len(old)} equal, {n_worded} differ in words, {n_different} otherwise.")
    return not n_different


def unworded(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recorded reply without the texts that people read."""
    body = SENTENCES.sub(r'"\1": "…"', recorded["body"])
    body = re.sub(r"^page of \d+ bytes|^\w+ without prose", "", body)
    return {**recorded, "body": body}


def main() -> None:
    """Record or compare."""
    parser = argparse.ArgumentParser(description="Compare the replies of two checkouts.")
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("folder", type=Path)
    recording.add_argument("--root", type=Path, default=Path.cwd())
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    chosen = parser.parse_args()
    if chosen.command == "record":
        record(chosen.folder, chosen.root.absolute())
    elif not compare(chosen.before, chosen.after):
        sys.exit(1)


if __name__ == "__main__":
    main()
