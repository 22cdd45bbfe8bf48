"""The calls predict, query, rank and update."""

from collections.abc import Sequence

import httpx

from attune_client.call import Call, given, json_reply
from attune_client.decoding import DecodeError
from attune_client.embeddings import Embeddings, Numbers
from attune_client.labels import Label
from attune_client.replies import (
    Batch,
    BatchItem,
    ItemError,
    Prediction,
    Quadrant,
    QueryReply,
    RankReply,
    UpdateReply,
)
from attune_client.upload import Audio, Lyrics


def predict(  # noqa: PLR0913  # the fields of the request
    audio: Audio | None = None,
    *,
    lyrics: Lyrics | None = None,
    audio_embedding: Numbers | None = None,
    lyrics_embedding: Numbers | None = None,
    track_id: str | None = None,
    user_id: str | None = None,
    fusion: str | None = None,
) -> Call[Prediction]:
    """Predict the emotion of a piece of music, for a listener or by the population model.

    Args:
        audio: A path (a text or a ``Path``), bytes or an open binary file.
        lyrics: The text, or its file in any encoding: a ``Path``, bytes or an open binary file.
        audio_embedding: Your own embedding instead of audio, if ``Model.embeddings`` is not
            None.
        lyrics_embedding: Your own embedding instead of lyrics.
        track_id: A registered track instead.
        user_id: The listener; None: the population model.
        fusion: One of ``Model.fusions``; None: the service's default.

    Raises:
        ValueError: A number is not finite, or both a recording and embeddings are given.
        OSError: The file of the recording cannot be opened.
        TypeError: The recording is none of these, or a file that is open in text mode.
    """
    texts = given(track_id=track_id, user_id=user_id, fusion=fusion)
    embeddings = Embeddings(audio_embedding, lyrics_embedding)
    return Call("POST", "/predict", json_reply(Prediction)).with_music(
        texts, audio, lyrics, embeddings
    )


def predict_batch(
    track_ids: Sequence[str] | None = None,
    *,
    lyrics: Sequence[str] | None = None,
    embeddings: Sequence[Embeddings] | None = None,
    user_id: str | None = None,
    fusion: str | None = None,
) -> Call[list[Prediction | ItemError]]:
    """Predict many tracks, lyrics or embeddings; one prediction or error for each, in order.

    Args:
        track_ids: Registered tracks.
        lyrics: Instead of tracks.
        embeddings: Instead of both, if ``Model.embeddings`` is not None.
        user_id: The listener; None: the population model.
        fusion: One of ``Model.fusions``; None: the service's default.

    Raises:
        ValueError: A number is not finite.
    """
    lists = given(track_ids=track_ids, lyrics=lyrics)
    body: dict[str, object] = {name: list(entries) for name, entries in lists.items()}
    if embeddings is not None:
        entries = enumerate(embeddings)
        body["embeddings"] = [entry.body(f"embeddings[{i}].") for i, entry in entries]
    texts = given(user_id=user_id, fusion=fusion)
    return Call("POST", "/predict_batch", _batch, json={**body, **texts})


def query(  # noqa: PLR0913  # the fields of the request
    user_id: str,
    *,
    n: int = 10,
    strategy: str | None = None,
    exclude: Sequence[str] = (),
    repeat_share: float | None = None,
    playable: bool | None = None,
) -> Call[QueryReply]:
    """Select at most ``n`` tracks whose labels would teach the model most.

    Args:
        user_id: The listener; answered tracks are selected only as repeats.
        n: At most this many tracks.
        strategy: One of ``Model.strategies``; None: the service's default.
        exclude: Ids of tracks to leave out.
        repeat_share: Probability of each place to repeat a track that was answered some time
            ago, which measures how consistent the listener is; None: 0.
        playable: Select only tracks that have a recording or an ``audio_url``.
    """
    options = given(strategy=strategy, repeat_share=repeat_share, playable=playable)
    body = {"user_id": user_id, "n": n, "exclude": list(exclude), **options}
    return Call("POST", "/query", json_reply(QueryReply), json=body)


def rank(  # noqa: PLR0913  # the fields of the request
    user_id: str,
    *,
    quadrant: Quadrant | str | None = None,
    valence: float | None = None,
    arousal: float | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exclude_answered: bool = True,
) -> Call[RankReply]:
    """Rank the catalogue by probability of a quadrant, or by distance to a point.

    Args:
        user_id: The listener; labels are not needed.
        quadrant: The target, Q1 to Q4 or a word such as happy; or else ``valence`` and
            ``arousal``.
        valence: Of the target point, in [-1, 1].
        arousal: Of the target point, in [-1, 1].
        limit: At most this many tracks.
        cursor: ``next_cursor`` of the previous page, for the same listener and target.
        exclude_answered: Leave out tracks that the listener has answered.

    Raises:
        Conflict: The service's models cannot rank.
    """
    target = given(quadrant=quadrant, valence=valence, arousal=arousal, cursor=cursor)
    body = {"user_id": user_id, "limit": limit, "exclude_answered": exclude_answered, **target}
    return Call("POST", "/rank", json_reply(RankReply), json=body)


def update(
    user_id: str,
    labels: Sequence[Label],
    *,
    idempotency_key: str | None = None,
    effect: bool = False,
) -> Call[UpdateReply]:
    """Record a listener's labels, all or none; a repeated label changes nothing.

    Args:
        user_id: The listener.
        labels: The labels.
        idempotency_key: Names the whole call: the same labels under the same key get the first
            reply again, ``accepted`` included.
        effect: Return which predictions the labels changed; the call is slower.

    Raises:
        NotFound: A track is not registered.
        Conflict: An event id is in use with another answer.
        Gone: The listener was forgotten.
        Refused: The idempotency key is in use with other labels.
    """
    options = given(effect=effect or None)  # an older service rejects the field
    body = {"user_id": user_id, "labels": [label.body() for label in labels], **options}
    headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
    return Call("POST", "/update", json_reply(UpdateReply), json=body, headers=headers)


def _batch(response: httpx.Response) -> list[Prediction | ItemError]:
    return [_item(item) for item in json_reply(Batch)(response).items]


def _item(item: BatchItem) -> Prediction | ItemError:
    outcome = item.prediction or item.error
    if outcome is None:
        raise DecodeError("reply.items: an item has neither prediction nor error")
    return outcome
