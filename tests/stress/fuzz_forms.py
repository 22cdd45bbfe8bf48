"""Multipart forms that no client would send, drawn by Hypothesis."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from service.http.errors import MEDIA_TYPE
from tests import audio_signals
from tests.stress.context import Context
from tests.stress.keys import client
from tests.stress.report import Row

SEED = 7
NAMES = ("audio", "lyrics", "track_id", "user_id", "fusion", "title", "segments", "AUDIO")
FILE_NAMES = ("clip.wav", "", "../../../etc/passwd", "C:\\clip.wav", "a" * 300, "\u266b.ogg", "\0")
KINDS = ("audio/wav", "text/plain; charset=utf-16", "application/json", "multipart/mixed", "/", "")
END = b"\r\n"

TONE = audio_signals.encoded(audio_signals.tone(seconds=0.6))
VALID = {"audio": TONE, "lyrics": b"tears of night", "user_id": b"known-listener"}

GENERATION = settings(
    phases=[Phase.generate],
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
"""Generates examples without shrinking or storing them."""

characters = st.characters(codec="utf-8", exclude_characters='"\r\n')
contents = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [TONE, TONE[:60], b"", b"known-1", b"tears of night", b"\xff\xfe\x00", b"\r\n--"]
    ),
    st.text(max_size=40).map(lambda text: text.encode()),
)


@st.composite
def part_headers(draw: st.DrawFn) -> bytes:
    """The headers of a part, most of them well formed."""
    name = draw(st.one_of(st.sampled_from(NAMES), st.text(characters, max_size=20)))
    value = f'form-data; name="{name}"'
    if draw(st.booleans()):
        value += f'; filename="{draw(st.sampled_from(FILE_NAMES))}"'
    lines = [f"Content-Disposition: {draw(st.sampled_from([value, value, value, name, 'file']))}"]
    if draw(st.booleans()):
        lines.append(f"Content-Type: {draw(st.sampled_from(KINDS))}")
    if draw(st.integers(0, 9)) == 0:
        lines.append(draw(st.sampled_from(["Content-Transfer-Encoding: base64", ":", "X" * 9000])))
    return "\r\n".join(lines).encode()


@st.composite
def malformed(draw: st.DrawFn) -> tuple[str, bytes]:
    """A content type and a body that do not always fit together."""
    mark = draw(st.text("abcXYZ019'()+_,-./:=?", min_size=1, max_size=70))
    resources = draw(st.lists(st.tuples(part_headers(), contents), max_size=6))
    resources *= draw(st.sampled_from([1] * 15 + [300]))
    dash = b"--" + mark.encode()
    body = b"".join(dash + END + head + END * 2 + content + END for head, content in resources)
    body += draw(st.sampled_from([dash + b"--" + END, dash + b"--", dash, b""]))
    if draw(st.integers(0, 4)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    named = draw(st.sampled_from([f'"{mark}"', f'"{mark}"', f'"{mark}"', mark, f'"{mark}x"', ""]))
    return f"multipart/form-data; boundary={named}", body


@st.composite
def well_formed(draw: st.DrawFn) -> tuple[str, bytes]:
    """A content type and a well-formed body with any content."""
    names = st.sets(st.sampled_from(sorted(VALID)), min_size=1, max_size=3)
    pieces = []
    for name in sorted(draw(names)):
        content = draw(st.just(VALID[name]) | contents)
        file = f'; filename="{draw(st.sampled_from(FILE_NAMES))}"' if name == "audio" else ""
        head = f'--mark\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        pieces.append(head.encode() + content + END)
    return "multipart/form-data; boundary=mark", b"".join(pieces) + b"--mark--\r\n"


def run(context: Context, port: int, headers: Mapping[str, str]) -> list[Row]:
    """Send forms to both calls that take one; store those with unexpected answers."""
    statuses: Counter[int] = Counter()
    wrong: list[str] = []

    @seed(SEED)
    @settings(GENERATION, max_examples=context.size(4_000, 60))
    @given(
        well_formed() | malformed(),
        st.sampled_from([("POST", "/predict"), ("PUT", "/tracks/formed")]),
    )
    def send(form: tuple[str, bytes], call: tuple[str, str]) -> None:
        kind, body = form
        try:
            reply = http.request(*call, content=body, headers={"Content-Type": kind})
        except httpx.TransportError as error:
            wrong.append(_stored(context.folder / f"form-{len(wrong)}", kind, body, repr(error)))
            return
        statuses[reply.status_code] += 1
        if not (reply.is_success or _is_refusal(reply)):
            what = f"{reply.status_code}: {reply.content[:200]!r}"
            wrong.append(_stored(context.folder / f"form-{len(wrong)}", kind, body, what))

    with client(port, headers) as http:
        send()
    by_status = ", ".join(f"{n:,} x {status}" for status, n in sorted(statuses.items()))
    return [
        context.figure("forms by Hypothesis", by_status),
        context.none_of("forms answered with neither success nor a refusal", wrong),
    ]


def _is_refusal(reply: httpx.Response) -> bool:
    if not reply.is_client_error or reply.headers.get("content-type") != MEDIA_TYPE:
        return False
    return bool(reply.json().get("status") == reply.status_code)


def _stored(path: Path, kind: str, body: bytes, what: str) -> str:
    path.write_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    return f"{path}: {what}"
