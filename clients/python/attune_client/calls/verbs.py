"""The verbs: predict, query, rank, update."""

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
from attune_client.upload import Audio


def predict(  # noqa: PLR0913  # as much as the service takes
    audio: Audio | None = None,
    *,
    lyrics: str | None = None,
    audio_embedding: Numbers | None = None,
    lyrics_embedding: Numbers | None = None,
    track_id: str | None = None,
    user_id: str | None = None,
    fusion: str | None = None,
) -> Call[Prediction]:
    """Predict what a piece of music feels like, to ``user_id`` or to nobody in particular.

    Args:
        audio: A path, bytes or an open binary file.
        lyrics: Alone or with audio.
        audio_embedding: Your own encoder's numbers instead of audio, where ``Model.embeddings``
            is not None.
        lyrics_embedding: Likewise instead of lyrics.
        track_id: A registered track instead of all these.
        user_id: Whose prediction it is.
        fusion: How modalities become one distribution; the service has a default.

    Raises:
        ValueError: A number of an embedding is not finite, or a recording goes with embeddings.
    """
    texts = given(lyrics=lyrics, track_id=track_id, user_id=user_id, fusion=fusion)
    embeddings = Embeddings(audio_embedding, lyrics_embedding)
    return Call("POST", "/predict", json_reply(Prediction)).carrying(texts, audio, embeddings)


def predict_batch(
    track_ids: Sequence[str] | None = None,
    *,
    lyrics: Sequence[str] | None = None,
    embeddings: Sequence[Embeddings] | None = None,
    user_id: str | None = None,
    fusion: str | None = None,
) -> Call[list[Prediction | ItemError]]:
    """Predict many registered tracks, lyrics or embeddings; one answer or error each, in order.

    Args:
        track_ids: Registered tracks.
        lyrics: Instead of tracks.
        embeddings: Instead of both, where ``Model.embeddings`` is not None.
        user_id: Whose predictions they are.
        fusion: How modalities become one distribution; the service has a default.

    Raises:
        ValueError: A number of an embedding is not finite.
    """
    lists = given(track_ids=track_ids, lyrics=lyrics)
    body: dict[str, object] = {name: list(entries) for name, entries in lists.items()}
    if embeddings is not None:
        entries = enumerate(embeddings)
        body["embeddings"] = [entry.body(f"embeddings[{i}].") for i, entry in entries]
    texts = given(user_id=user_id, fusion=fusion)
    return Call("POST", "/predict_batch", _batch, json={**body, **texts})


def query(  # noqa: PLR0913  # as much as the service takes
    user_id: str,
    *,
    n: int = 10,
    strategy: str | None = None,
    exclude: Sequence[str] = (),
    repeat_share: float | None = None,
    playable: bool | None = None,
) -> Call[QueryReply]:
    """Choose at most ``n`` tracks that a listener's answers would teach most about.

    Args:
        user_id: The listener; what they have answered is chosen only as a repeat.
        n: How many tracks at most.
        strategy: One of ``Model.strategies``; the one that fits the service if None.
        exclude: Track ids not to ask about.
        repeat_share: The probability of each place to go to a track that was answered some time
            ago, so that one learns how much the listener's answers vary; 0 if None.
        playable: Only tracks that can be heard: see ``Track.audio_url``.
    """
    wishes = given(strategy=strategy, repeat_share=repeat_share, playable=playable)
    body = {"user_id": user_id, "n": n, "exclude": list(exclude), **wishes}
    return Call("POST", "/query", json_reply(QueryReply), json=body)


def rank(  # noqa: PLR0913  # as many as the service takes
    user_id: str,
    *,
    quadrant: Quadrant | str | None = None,
    valence: float | None = None,
    arousal: float | None = None,
    limit: int = 50,
    cursor: str | None = None,
    exclude_answered: bool = True,
) -> Call[RankReply]:
    """Rank the catalogue by what a listener would put in a quadrant, or nearest to a point.

    Args:
        user_id: The listener; nobody needs to have answered anything.
        quadrant: What is looked for; or else ``valence`` and ``arousal``, in [-1, 1].
        valence: Of the point.
        arousal: Of the point.
        limit: At most this many tracks.
        cursor: ``next_cursor`` of the page before, of the same listener and target.
        exclude_answered: Leave out what the listener has answered.

    Raises:
        Conflict: The service has no models that a catalogue can be ranked by.
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
    """Record a listener's answers, all or none; repeating a label changes nothing.

    Args:
        user_id: Who answered.
        labels: The answers.
        idempotency_key: Names the call as a whole: the same labels under the same key get the
            reply that they got before, ``accepted`` included, however often they are sent.
        effect: Tell which tracks the answers moved for the listener; it makes the call slower.

    Raises:
        NotFound: A track is not registered.
        Conflict: An event id was used before, with another answer.
        Gone: The listener was forgotten.
        Refused: The key was used before, with other labels.
    """
    wishes = given(effect=effect or None)  # an older service does not know the field
    body = {"user_id": user_id, "labels": [label.body() for label in labels], **wishes}
    headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
    return Call("POST", "/update", json_reply(UpdateReply), json=body, headers=headers)


def _batch(response: httpx.Response) -> list[Prediction | ItemError]:
    return [_either(item) for item in json_reply(Batch)(response).items]


def _either(item: BatchItem) -> Prediction | ItemError:
    outcome = item.prediction or item.error
    if outcome is None:
        raise DecodeError("reply.items: an item has neither prediction nor error")
    return outcome
