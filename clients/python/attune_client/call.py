"""A call as a value: what is sent, what comes back, and whether it may be sent twice."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Generic, Literal, Never, TypeVar
from urllib.parse import quote

import httpx

from attune_client.decoding import decode, parse
from attune_client.embeddings import Embeddings
from attune_client.errors import AttuneError
from attune_client.upload import Audio, Upload

T = TypeVar("T")
Part = tuple[str | None, bytes | BinaryIO]


@dataclass(frozen=True, slots=True)
class Form:
    """A ``multipart/form-data`` body: a recording, and text fields beside it."""

    texts: Mapping[str, str]
    audio: Upload

    @contextmanager
    def opened(self) -> Iterator[dict[str, Part]]:
        """Provide the parts, the recording from its first byte; called once per attempt."""
        # to httpx, a part without a file name is a text field
        texts: dict[str, Part] = {name: (None, text.encode()) for name, text in self.texts.items()}
        with self.audio.opened() as content:
            yield {**texts, "audio": (self.audio.filename, content)}


def _raise(error: AttuneError, attempts: int) -> Never:  # noqa: ARG001  (the shape of `recover`)
    raise error


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request to the service and the type of its reply.

    Attributes:
        path: Absolute; ids in it are quoted.
        reply: Reads a successful response.
        json: The body, unless ``form`` or ``lines`` is.
        lines: The body as NDJSON.
        headers: Sent with this call alone.
        repeatable: Whether sending it twice does no more than sending it once, and helps.
        recover: Answers the final error, given how many attempts were made, or raises it.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    reply: Callable[[httpx.Response], T]
    params: Mapping[str, str | int] = field(default_factory=dict)
    json: Mapping[str, object] | None = None
    form: Form | None = None
    lines: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    recover: Callable[[AttuneError, int], T] = _raise

    def carrying(
        self, texts: Mapping[str, str], audio: Audio | None, embeddings: Embeddings
    ) -> "Call[T]":
        """Return this call with a piece of music: a form if there is a recording, else JSON.

        Raises:
            ValueError: A number is not finite, or there are both a recording and embeddings.
        """
        numbers = embeddings.body()
        if audio is None:
            return replace(self, json={**texts, **numbers})
        if numbers:
            raise ValueError(
                f"audio and {' and '.join(numbers)} were given; "
                "embeddings take the place of a recording, so leave one of them out"
            )
        return replace(self, form=Form(texts, Upload.of(audio)))

    @contextmanager
    def parts(self) -> Iterator[dict[str, Part] | None]:
        """Provide the parts of the form, open for one attempt; None without a form."""
        if self.form is None:
            yield None
            return
        with self.form.opened() as parts:
            yield parts


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of many, and the call that brings the next."""

    entries: tuple[T, ...]
    following: Call["Page[T]"] | None = None


def json_reply(kind: type[T]) -> Callable[[httpx.Response], T]:
    """Return a reader of replies that are one JSON object."""
    return lambda response: decode(kind, parse(response.content))


def no_reply(response: httpx.Response) -> None:
    """Read nothing: success says it all."""


def segment(identifier: str) -> str:
    """Return an id as one segment of a path.

    Raises:
        ValueError: The id is empty or consists of dots, so the path would name something else.
    """
    if identifier in {"", ".", ".."}:
        raise ValueError(f"an id needs a letter or a digit, got {identifier!r}")
    return quote(identifier, safe="")


def given(**values: T | None) -> dict[str, T]:
    """Return those of ``values`` that are not None."""
    return {name: value for name, value in values.items() if value is not None}
