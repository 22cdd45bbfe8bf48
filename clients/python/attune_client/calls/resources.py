"""The resources: tracks, users, and the model that serves them."""

from collections.abc import Iterable

import httpx

from attune_client.call import Call, Page, given, json_reply, no_reply, segment
from attune_client.decoding import decode, parse
from attune_client.embeddings import Embeddings, Numbers
from attune_client.errors import AttuneError, NotFound, ServerError, TransportError
from attune_client.replies import (
    LabelEvent,
    Model,
    Overview,
    Picture,
    Reload,
    Track,
    TrackPage,
    UpdateReply,
    User,
)
from attune_client.upload import Audio


def put_track(  # noqa: PLR0913  # as much as the service takes
    track_id: str,
    audio: Audio | None = None,
    *,
    lyrics: str | None = None,
    audio_embedding: Numbers | None = None,
    lyrics_embedding: Numbers | None = None,
    title: str | None = None,
    artist: str | None = None,
    audio_url: str | None = None,
) -> Call[Track]:
    """Register a track under an id of the caller's choice, or replace it.

    Args:
        track_id: Its name, unique in the catalogue.
        audio: A path, bytes or an open binary file.
        lyrics: Alone or with audio.
        audio_embedding: Your own encoder's numbers instead of audio, where ``Model.embeddings``
            is not None.
        lyrics_embedding: Likewise instead of lyrics.
        title: For people.
        artist: For people.
        audio_url: Where browsers can hear it; the service itself never looks there.

    Raises:
        Conflict: Somebody has labelled the track, and what it consists of would change.
        ValueError: A number of an embedding is not finite, or a recording goes with embeddings.
    """
    path = f"/tracks/{segment(track_id)}"
    texts = given(lyrics=lyrics, title=title, artist=artist, audio_url=audio_url)
    embeddings = Embeddings(audio_embedding, lyrics_embedding)
    return Call("PUT", path, json_reply(Track)).carrying(texts, audio, embeddings)


def get_track(track_id: str) -> Call[Track]:
    """Return a registered track and its prediction.

    Raises:
        NotFound: There is no such track.
    """
    return Call("GET", f"/tracks/{segment(track_id)}", json_reply(Track))


def track_audio(track_id: str) -> Call[bytes]:
    """Return the recording that was uploaded, where the service keeps recordings.

    Raises:
        NotFound: There is no such track, or its recording was not kept.
    """
    path = f"/tracks/{segment(track_id)}/audio"
    return Call("GET", path, lambda response: response.content)


def delete_track(track_id: str) -> Call[None]:
    """Remove a track from the catalogue.

    Raises:
        NotFound: There is no such track.
    """
    return Call("DELETE", f"/tracks/{segment(track_id)}", no_reply, recover=_gone_meanwhile)


def tracks(*, page_size: int = 100) -> Call[Page[Track]]:
    """Iterate over all registered tracks, asking for ``page_size`` at a time."""
    return _tracks_after(None, page_size)


def user(user_id: str) -> Call[User]:
    """Return a listener's profile.

    Raises:
        NotFound: The service has learnt nothing from such a listener.
    """
    return Call("GET", f"/users/{segment(user_id)}", json_reply(User))


def picture(user_id: str) -> Call[Picture]:
    """Return what the service knows of a listener, for them to look at.

    Raises:
        NotFound: The service has learnt nothing from such a listener.
    """
    return Call("GET", f"/users/{segment(user_id)}/picture", json_reply(Picture))


def overview() -> Call[Overview]:
    """Return what was answered, by how many, and how well answers were foretold.

    Raises:
        Forbidden: The key is not an operator's.
    """
    return Call("GET", "/overview", json_reply(Overview))


def user_labels(user_id: str) -> Call[Page[LabelEvent]]:
    """Iterate over a listener's log, the oldest event first.

    The log is fetched whole before the first event is given out: a connection that breaks is
    tried again and never leaves half a log that looks like all of it.
    """
    return Call("GET", f"/users/{segment(user_id)}/labels", _log)


def export_labels(user_id: str) -> Call[Page[str]]:
    """Iterate over a listener's log as lines of JSON, without their ends: to be kept as they are.

    The log is fetched whole before the first line is given out, as in ``user_labels``.

    Raises:
        NotFound: The service has learnt nothing from such a listener.
    """
    return Call("GET", f"/users/{segment(user_id)}/labels", lambda reply: Page(_lines_of(reply)))


def import_labels(user_id: str, lines: Iterable[str]) -> Call[UpdateReply]:
    """Record a log as ``export_labels`` gave it, here or at another service: all or nothing.

    Every answer keeps its moment and its event id, so lines that are known are duplicates, and
    sending a log again changes nothing. The service takes 100,000 lines a call; give a
    ``RetryPolicy`` with a longer ``timeout_s`` for so many.

    Args:
        user_id: Whose log it becomes; the lines name nobody.
        lines: With or without their ends.

    Raises:
        NotFound: A track is not registered.
        Conflict: An event id was used before, with another answer.
        Gone: The listener was forgotten.
    """
    body = "".join(f"{line.rstrip()}\n" for line in lines).encode()
    path = f"/users/{segment(user_id)}/labels"
    return Call("POST", path, json_reply(UpdateReply), lines=body)


def forget(user_id: str) -> Call[None]:
    """Erase a listener: the log and all that was derived from it. Safe to repeat.

    The service records nothing more under this id, until it is told to ``readmit`` it.
    """
    return Call("DELETE", f"/users/{segment(user_id)}", no_reply)


def readmit(user_id: str) -> Call[None]:
    """Let a forgotten listener answer again, as somebody new; anybody else is fine.

    Raises:
        Forbidden: The key is not an operator's.
    """
    return Call("POST", f"/users/{segment(user_id)}/readmit", no_reply)


def model() -> Call[Model]:
    """Return which shared models are in use, and the fusions and strategies that they know."""
    return Call("GET", "/model", json_reply(Model))


def reload_model() -> Call[Reload]:
    """Have the service take up the models that now lie in its folder, without stopping.

    Raises:
        Forbidden: The key is not an operator's.
        Refused: What lies there cannot be served; the models in use stay.
    """
    return Call("POST", "/model/reload", json_reply(Reload))


def ready() -> Call[bool]:
    """Return whether the service answers and can serve; asks once, so poll it as you like."""
    return Call("GET", "/readyz", lambda _: True, repeatable=False, recover=_not_ready)


def _tracks_after(cursor: str | None, limit: int) -> Call[Page[Track]]:
    def read(response: httpx.Response) -> Page[Track]:
        page = decode(TrackPage, parse(response.content))
        following = _tracks_after(page.next_cursor, limit) if page.next_cursor else None
        return Page(page.tracks, following)

    return Call("GET", "/tracks", read, params={"limit": limit, **given(cursor=cursor)})


def _log(response: httpx.Response) -> Page[LabelEvent]:
    lines = enumerate(_lines_of(response))
    return Page(tuple(decode(LabelEvent, parse(line), f"line {i}") for i, line in lines))


def _lines_of(response: httpx.Response) -> tuple[str, ...]:
    # not splitlines(): JSON strings may hold U+2028, which it takes for the end of a line
    return tuple(line.decode() for line in response.content.split(b"\n") if line.strip())


def _gone_meanwhile(error: AttuneError, attempts: int) -> None:
    """Take "not found" for done when an earlier attempt, its reply lost, may have done it."""
    if not (isinstance(error, NotFound) and attempts > 1):
        raise error


def _not_ready(error: AttuneError, _attempts: int) -> bool:
    if isinstance(error, TransportError | ServerError):
        return False
    raise error
