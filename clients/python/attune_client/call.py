"""A call as a value: request, type of the reply, and whether it may be repeated."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Generic, Literal, Never, TypeVar
from urllib.parse import quote

import httpx

from attune_client.decoding import decode, parse
from attune_client.embeddings import Embeddings
from attune_client.errors import AttuneError
from attune_client.upload import Audio, Lyrics, Upload

T = TypeVar("T")
Part = tuple[str | None, bytes | BinaryIO]


@dataclass(frozen=True, slots=True)
class Form:
    """A ``multipart/form-data`` body: text fields, and files by field."""

    texts: Mapping[str, str]
    files: Mapping[str, Upload]


def _raise(error: AttuneError, attempts: int) -> Never:  # noqa: ARG001  # the signature of `recover`
    raise error


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request and the type of its reply.

    Attributes:
        path: Absolute, with quoted ids.
        reply: Decodes a successful response.
        json: The body, unless ``form`` or ``lines`` is set.
        lines: The body as NDJSON.
        headers: Sent with this call only.
        repeatable: Whether the call is idempotent and a repetition is useful.
        recover: Returns a reply in place of the final error, given the number of attempts, or
            raises the error.
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

    def with_music(
        self,
        texts: Mapping[str, str | None],
        audio: Audio | None,
        lyrics: Lyrics | None,
        embeddings: Embeddings,
    ) -> "Call[T]":
        """Return this call with a piece of music: as a form if there is a file, else as JSON.

        A text that is None is null in JSON; a form leaves it out.

        Raises:
            ValueError: A number is not finite, or both a file and embeddings are given.
        """
        numbers = embeddings.body()
        files = {} if audio is None else {"audio": Upload.of(audio, "audio")}
        if isinstance(lyrics, str):
            texts = {"lyrics": lyrics, **texts}
        elif lyrics is not None:
            files["lyrics"] = replace(Upload.of(lyrics, "lyrics"), filename="lyrics")
        if not files:
            return replace(self, json={**texts, **numbers})
        if numbers:
            raise ValueError(
                f"{' and '.join([*files, *numbers])} were given; "
                "embeddings replace a recording and lyrics, so leave one of them out"
            )
        sent = {name: text for name, text in texts.items() if text is not None}
        return replace(self, form=Form(sent, files))

    @contextmanager
    def parts(self) -> Iterator[dict[str, Part] | None]:
        """Provide the parts of the form, open for one attempt; None without a form."""
        if self.form is None:
            yield None
            return
        # httpx sends a part without a file name as a text field.
        fields: dict[str, Part] = {
            name: (None, text.encode()) for name, text in self.form.texts.items()
        }
        with ExitStack() as stack:
            for name, file in self.form.files.items():
                fields[name] = (file.filename, stack.enter_context(file.opened()))
            yield fields


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of entries, and the call for the next page."""

    entries: tuple[T, ...]
    next_call: Call["Page[T]"] | None = None


def json_reply(kind: type[T]) -> Callable[[httpx.Response], T]:
    """Return a decoder of replies that are one JSON object."""
    return lambda response: decode(kind, parse(response.content))


def no_reply(response: httpx.Response) -> None:
    """Ignore the body of a successful reply."""


def segment(identifier: str) -> str:
    """Return an id, quoted as one segment of a path.

    Raises:
        ValueError: The id is empty, ``.`` or ``..``, so the path would be another one.
    """
    if identifier in {"", ".", ".."}:
        raise ValueError(f"an id cannot be empty, '.' or '..', got {identifier!r}")
    return quote(identifier, safe="")


def given(**values: T | None) -> dict[str, T]:
    """Return the ``values`` that are not None."""
    return {name: value for name, value in values.items() if value is not None}
