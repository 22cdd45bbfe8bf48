"""Forms that no client would send: what schemathesis cannot draw, Hypothesis does."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from service.http.errors import MEDIA_TYPE
from tests import signals
from tests.stress.plan import Plan
from tests.stress.table import Row
from tests.stress.wire import Answer, BrokenConnectionError, Line, request

SEED = 7
NAMES = (
    "audio",
    "lyrics",
    "track_id",
    "user_id",
    "fusion",
    "title",
    "artist",
    "segments",
    "AUDIO",
)
FILE_NAMES = (
    "clip.wav",
    "",
    "../../../etc/passwd",
    "C:\\clip.wav",
    "a" * 300,
    "\u266b.ogg",
    "\x00",
)
KINDS = ("audio/wav", "text/plain; charset=utf-16", "application/json", "multipart/mixed", "/", "")
LINE = b"\r\n"

TONE = signals.encoded(signals.tone(seconds=0.6))

SENSIBLE = {"audio": TONE, "lyrics": b"tears of night", "user_id": b"known-listener"}
"""Fields that go together, and what one would put there."""

characters = st.characters(codec="utf-8", exclude_characters='"\r\n')
contents = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [TONE, TONE[:60], b"", b"known-1", b"tears of night", b"\xff\xfe\x00", b"\r\n--"]
    ),
    st.text(max_size=40).map(lambda text: text.encode()),
)


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """The headers of a part, most of them well formed."""
    name = draw(st.one_of(st.sampled_from(NAMES), st.text(characters, max_size=20)))
    said = f'form-data; name="{name}"'
    if draw(st.booleans()):
        said += f'; filename="{draw(st.sampled_from(FILE_NAMES))}"'
    lines = [f"Content-Disposition: {draw(st.sampled_from([said, said, said, name, 'file']))}"]
    if draw(st.booleans()):
        lines.append(f"Content-Type: {draw(st.sampled_from(KINDS))}")
    if draw(st.integers(0, 9)) == 0:
        lines.append(draw(st.sampled_from(["Content-Transfer-Encoding: base64", ":", "X" * 9000])))
    return "\r\n".join(lines).encode()


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, bytes]:
    """A content type and a body, of which more or less fits together."""
    mark = draw(st.text("abcXYZ019'()+_,-./:=?", min_size=1, max_size=70))
    parts = draw(st.lists(st.tuples(heads(), contents), max_size=6))
    parts *= draw(st.sampled_from([1] * 15 + [300]))
    dash = b"--" + mark.encode()
    body = b"".join(dash + LINE + head + LINE * 2 + content + LINE for head, content in parts)
    body += draw(st.sampled_from([dash + b"--" + LINE, dash + b"--", dash, b""]))
    if draw(st.integers(0, 4)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    told = draw(st.sampled_from([f'"{mark}"', f'"{mark}"', f'"{mark}"', mark, f'"{mark}x"', ""]))
    return f"multipart/form-data; boundary={told}", body


@st.composite
def whole_bodies(draw: st.DrawFn) -> tuple[str, bytes]:
    """A form that is well made, with whatever in it."""
    names = st.sets(st.sampled_from(sorted(SENSIBLE)), min_size=1, max_size=3)
    pieces = []
    for name in sorted(draw(names)):
        content = draw(st.just(SENSIBLE[name]) | contents)
        file = f'; filename="{draw(st.sampled_from(FILE_NAMES))}"' if name == "audio" else ""
        head = f'--mark\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        pieces.append(head.encode() + content + LINE)
    return "multipart/form-data; boundary=mark", b"".join(pieces) + b"--mark--\r\n"


def run(plan: Plan, port: int, headers: Mapping[str, str]) -> list[Row]:
    """Send many forms, one after the other."""
    teller = LabellingClient(port, headers, plan.folder)
    teller.tell_all(plan.size(4_000, 60))
    for each in teller.wrong:
        plan.say(each)
    told = ", ".join(f"{n:,} x {status}" for status, n in sorted(teller.statuses.items()))
    return [
        plan.stated("forms by Hypothesis", told),
        plan.exactly("forms answered with neither success nor a refusal", len(teller.wrong)),
    ]


@dataclass
class LabellingClient:
    """Sends forms, and keeps those that are answered wrongly."""

    port: int
    headers: Mapping[str, str]
    folder: Path
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def tell_all(self, n: int) -> None:
        """Send that many forms to both calls that take one."""
        with asyncio.Runner() as runner:
            line = Line(self.port)

            @seed(SEED)
            @settings(
                max_examples=n,
                phases=[Phase.generate],
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(
                whole_bodies() | bodies(),
                st.sampled_from([("POST", "/predict"), ("PUT", "/tracks/formed")]),
            )
            def tell(drawn: tuple[str, bytes], call: tuple[str, str]) -> None:
                kind, body = drawn
                sent = request(*call, body, kind=kind, headers=self.headers)
                runner.run(self._tell(line, sent))

            tell()
            line.close()

    async def _tell(self, line: Line, sent: bytes) -> None:
        try:
            answer = await line.ask(sent)
        except BrokenConnectionError as error:
            self._keep(sent, f"the connection broke: {error}")
            return
        self.statuses[answer.status] += 1
        if not (answer.is_success or _is_refusal(answer)):
            self._keep(sent, f"{answer.status}: {answer.body[:200]!r}")

    def _keep(self, sent: bytes, what: str) -> None:
        path = self.folder / f"form-{len(self.wrong)}.http"
        path.write_bytes(sent)
        self.wrong.append(f"{path.name}: {what}")


def _is_refusal(answer: Answer) -> bool:
    if not 400 <= answer.status < 500 or answer.headers.get("content-type") != MEDIA_TYPE:
        return False
    return json.loads(answer.body).get("status") == answer.status
