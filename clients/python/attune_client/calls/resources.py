"""Calls on resources: tracks, users and the model."""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from attune_client.call import Call, Page, given, json_reply, no_reply, segment
from attune_client.decoding import decode, parse
from attune_client.embeddings import Embeddings, Numbers
from attune_client.errors import AttuneError, NotFound, ServerError, TransportError
from attune_client.replies import (
    ImportReply,
    LabelEvent,
    Model,
    Overview,
    Picture,
    Reload,
    Track,
    TrackPage,
    User,
    UserItem,
    UserPage,
)
from attune_client.upload import Audio, Lyrics


def put_track(  # noqa: PLR0913  # the fields of the request
    track_id: str,
    audio: Audio | None = None,
    *,
    lyrics: Lyrics | None = None,
    audio_embedding: Numbers | None = None,
    lyrics_embedding: Numbers | None = None,
    title: str | None = None,
    artist: str | None = None,
    audio_url: str | None = None,
) -> Call[Track]:
    """Register a track under an id of your choice, or replace it.

    Without audio, lyrics and embeddings, the given title, artist and URL of a registered track
    change, and ``""`` removes one; its content and the others stay.

    Args:
        track_id: Unique in the catalogue.
        audio: A path (a text or a ``Path``), bytes or an open binary file.
        lyrics: The text, or its file in any encoding: a ``Path``, bytes or an open binary file.
        audio_embedding: Your own embedding instead of audio, if ``Model.embeddings`` is not
            None.
        lyrics_embedding: Your own embedding instead of lyrics.
        title: For display.
        artist: For display.
        audio_url: An address for browsers to play; the service never opens it.

    Raises:
        Conflict: The track has labels, and other sound or other words were sent. Tags, line ends
            and other forms of the same words do not matter.
        Refused: There is no such track, and no content was sent.
        ValueError: A number is not finite, or both a recording and embeddings are given.
        OSError: The file of the recording cannot be opened.
        TypeError: The recording is none of these, or a file that is open in text mode.
    """
    path = f"/tracks/{segment(track_id)}"
    names = given(title=title, artist=artist, audio_url=audio_url)
    texts = {name: text or None for name, text in names.items()}
    embeddings = Embeddings(audio_embedding, lyrics_embedding)
    return Call("PUT", path, json_reply(Track)).with_music(texts, audio, lyrics, embeddings)


def get_track(track_id: str) -> Call[Track]:
    """Return a registered track and its prediction.

    Raises:
        NotFound: There is no such track.
    """
    return Call("GET", f"/tracks/{segment(track_id)}", json_reply(Track))


def track_audio(track_id: str) -> Call[bytes]:
    """Return the uploaded recording, if the service keeps recordings.

    Raises:
        NotFound: There is no such track, or it has no stored recording.
    """
    path = f"/tracks/{segment(track_id)}/audio"
    return Call("GET", path, lambda response: response.content)


def delete_track(track_id: str) -> Call[None]:
    """Remove a track from the catalogue.

    Raises:
        NotFound: There is no such track.
    """
    return Call("DELETE", f"/tracks/{segment(track_id)}", no_reply, recover=_deleted_before)


def tracks(*, page_size: int = 100, search: str | None = None) -> Call[Page[Track]]:
    """Iterate over the registered tracks by id, ``page_size`` in a request.

    Args:
        page_size: At most 500.
        search: Words that title and artist together must have; case and accents do not count, and
            the last word may be the beginning of a longer one. None: all tracks.

    Raises:
        Refused: The search has no word, or too many.
    """
    return _tracks_after(None, {"limit": page_size, **given(search=search)})


def users(*, page_size: int = 100) -> Call[Page[UserItem]]:
    """Iterate over all listeners with recorded labels, by id, ``page_size`` in a request.

    Raises:
        Forbidden: The key is not an operator's.
    """
    return _users_after(None, page_size)


def user(user_id: str) -> Call[User]:
    """Return a listener's summary.

    Raises:
        NotFound: The listener has no labels.
    """
    return Call("GET", f"/users/{segment(user_id)}", json_reply(User))


def picture(user_id: str) -> Call[Picture]:
    """Return a listener's profile: answers, personal model, accuracy of forecasts.

    Raises:
        NotFound: The listener has no labels.
    """
    return Call("GET", f"/users/{segment(user_id)}/picture", json_reply(Picture))


def overview() -> Call[Overview]:
    """Return statistics: labels, users, accuracy of forecasts.

    Raises:
        Forbidden: The key is not an operator's.
    """
    return Call("GET", "/overview", json_reply(Overview))


def user_labels(user_id: str) -> Call[Page[LabelEvent]]:
    """Iterate over a listener's log, the oldest event first.

    The whole log is fetched before the first event is yielded, so a broken connection never
    yields a part of the log.
    """
    return Call("GET", f"/users/{segment(user_id)}/labels", _log)


def export_labels(user_id: str) -> Call[Page[str]]:
    """Iterate over a listener's log as lines of JSON, without line ends, for a backup.

    The whole log is fetched before the first line is yielded, as in ``user_labels``.

    Raises:
        NotFound: The listener has no labels.
    """
    return Call("GET", f"/users/{segment(user_id)}/labels", lambda reply: Page(_lines(reply)))


def import_labels(
    user_id: str, lines: Iterable[str], *, replace: bool = False
) -> Call[ImportReply]:
    """Record a log from ``export_labels`` of this or another service: all lines or none.

    Every label keeps its time and event id: known lines count as duplicates, and a second import
    changes nothing. The service accepts 100,000 lines a call; such a call needs a ``RetryPolicy``
    with a longer ``timeout_s``. Labels of deleted or unknown tracks are kept; the reply names
    these tracks.

    Args:
        user_id: The listener; the lines hold no user id.
        lines: With or without line ends.
        replace: Let a line replace a newer label of its track; for moving a whole log. By default
            such a line is kept and does not count.

    Raises:
        Conflict: An event id is in use with another answer.
        Gone: The listener was forgotten.
    """
    body = "".join(f"{line.rstrip()}\n" for line in lines).encode()
    path = f"/users/{segment(user_id)}/labels"
    params = {"replace": "true"} if replace else {}
    return Call("POST", path, json_reply(ImportReply), lines=body, params=params)


def forget(user_id: str) -> Call[None]:
    """Erase a listener: the log and everything derived from it. Safe to repeat.

    The service records nothing more under this id until ``readmit``.
    """
    return Call("DELETE", f"/users/{segment(user_id)}", no_reply)


def readmit(user_id: str) -> Call[None]:
    """Accept labels of a forgotten listener again; no effect on other listeners.

    Raises:
        Forbidden: The key is not an operator's.
    """
    return Call("POST", f"/users/{segment(user_id)}/readmit", no_reply)


def model() -> Call[Model]:
    """Return the snapshot in use, with its fusions and strategies."""
    return Call("GET", "/model", json_reply(Model))


def reload_model() -> Call[Reload]:
    """Load the snapshot that is now in the service's folder, without a restart.

    Raises:
        Forbidden: The key is not an operator's.
        Refused: The snapshot cannot be served; the current one stays in use.
    """
    return Call("POST", "/model/reload", json_reply(Reload))


def ready() -> Call[bool]:
    """Return whether the service is ready; one attempt, so it is safe to poll."""
    return Call("GET", "/readyz", lambda _: True, repeatable=False, recover=_not_ready)


def _tracks_after(cursor: str | None, params: Mapping[str, Any]) -> Call[Page[Track]]:
    def read(response: httpx.Response) -> Page[Track]:
        page = decode(TrackPage, parse(response.content))
        next_call = _tracks_after(page.next_cursor, params) if page.next_cursor else None
        return Page(page.tracks, next_call)

    return Call("GET", "/tracks", read, params={**params, **given(cursor=cursor)})


def _users_after(cursor: str | None, limit: int) -> Call[Page[UserItem]]:
    def read(response: httpx.Response) -> Page[UserItem]:
        page = decode(UserPage, parse(response.content))
        next_call = _users_after(page.next_cursor, limit) if page.next_cursor else None
        return Page(page.users, next_call)

    return Call("GET", "/users", read, params={"limit": limit, **given(cursor=cursor)})


def _log(response: httpx.Response) -> Page[LabelEvent]:
    lines = enumerate(_lines(response))
    return Page(tuple(decode(LabelEvent, parse(line), f"line {i}") for i, line in lines))


def _lines(response: httpx.Response) -> tuple[str, ...]:
    # not splitlines(): it splits at U+2028, which JSON strings may hold
    return tuple(line.decode() for line in response.content.split(b"\n") if line.strip())


def _deleted_before(error: AttuneError, attempts: int) -> None:
    """Accept "not found" if an earlier attempt, whose reply was lost, may have deleted it."""
    if not (isinstance(error, NotFound) and attempts > 1):
        raise error


def _not_ready(error: AttuneError, _attempts: int) -> bool:
    if isinstance(error, TransportError | ServerError):
        return False
    raise error
