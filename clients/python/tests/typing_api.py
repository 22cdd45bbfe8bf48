"""The types that callers see, checked by ``mypy --strict`` and never run."""

from array import array
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import assert_type

from attune_client import (
    AsyncAttuneClient,
    AttuneClient,
    Circumstances,
    Embeddings,
    Gain,
    ImportReply,
    ItemError,
    Label,
    LabelEvent,
    LikelySet,
    Model,
    Part,
    Picture,
    Prediction,
    Quadrant,
    QueryReply,
    RankReply,
    Reload,
    Track,
    UpdateReply,
    User,
    UserItem,
)


def blocking(client: AttuneClient) -> None:
    assert_type(client.predict(Path("a.wav"), lyrics="la", user_id="ana"), Prediction)
    assert_type(client.predict(track_id="t1", fusion="average").quadrant, Quadrant)
    assert_type(client.predict(track_id="t1").set, LikelySet | None)
    assert_type(client.predict(track_id="t1").why.taste, Part)
    assert_type(client.predict_batch(["t1"]), list[Prediction | ItemError])
    assert_type(client.query("ana", n=3, strategy="mc", exclude=["t1"]), QueryReply)
    assert_type(client.rank("ana", quadrant=Quadrant.Q1, limit=3), RankReply)
    assert_type(client.update("ana", [Label.quadrant("t1", "Q1")]), UpdateReply)
    assert_type(client.put_track("t1", b"RIFF", title="A"), Track)
    assert_type(client.get_track("t1"), Track)
    assert_type(client.track_audio("t1"), bytes)
    assert_type(client.picture("ana"), Picture)
    assert_type(client.overview().accuracy[0].gain, Gain)
    assert_type(client.tracks(search="a", page_size=10), Iterator[Track])
    assert_type(client.user("ana"), User)
    assert_type(client.user_labels("ana"), Iterator[LabelEvent])
    assert_type(client.update("ana", [], idempotency_key="k"), UpdateReply)
    assert_type(client.export_labels("ana"), Iterator[str])
    assert_type(client.import_labels("ana", ["{}"], replace=True), ImportReply)
    assert_type(client.model(), Model)
    assert_type(client.reload_model(), Reload)
    assert_type(client.ready(), bool)
    client.delete_track("t1")
    client.forget("ana")
    client.readmit("ana")


def listed(client: AttuneClient) -> None:
    assert_type(client.users(page_size=10), Iterator[UserItem])


def recordings(client: AttuneClient) -> None:
    assert_type(client.predict("a.wav"), Prediction)
    assert_type(client.predict(Path("a.wav")), Prediction)
    assert_type(client.predict(bytearray(b"RIFF")), Prediction)
    assert_type(client.predict(memoryview(b"RIFF")), Prediction)
    with Path("a.wav").open("rb") as file:
        assert_type(client.put_track("t1", file), Track)


def by_numbers(client: AttuneClient) -> None:
    assert_type(client.model().embeddings, dict[str, int] | None)
    assert_type(client.predict(audio_embedding=[0.5], lyrics_embedding=(1, 2)), Prediction)
    assert_type(client.predict(audio_embedding=array("f", [0.5])), Prediction)


def with_lyrics(client: AttuneClient) -> None:
    assert_type(client.predict(lyrics=Path("song.lrc")), Prediction)
    assert_type(client.put_track("t1", lyrics=b"la"), Track)


async def awaiting(client: AsyncAttuneClient) -> None:
    assert_type(await client.predict(b"RIFF"), Prediction)
    assert_type(await client.predict("a.wav"), Prediction)
    assert_type(await client.predict_batch(lyrics=["la"]), list[Prediction | ItemError])
    batch = await client.predict_batch(embeddings=[Embeddings(audio=[0.5])])
    assert_type(batch, list[Prediction | ItemError])
    assert_type(await client.put_track("t1", lyrics_embedding=[0.5]), Track)
    assert_type(client.tracks(), AsyncIterator[Track])
    assert_type(client.export_labels("ana"), AsyncIterator[str])
    assert_type(await client.import_labels("ana", iter(["{}"])), ImportReply)
    assert_type(await client.ready(), bool)
    await client.delete_track("t1")


def mistakes(client: AttuneClient) -> None:
    """Each line is an error; mypy reports an unused ignore."""
    client.predict(open("a.wav"))  # type: ignore[arg-type]  # noqa: PTH123, SIM115  # text mode
    client.predict(None, "la")  # type: ignore[call-arg]  # keyword-only
    client.predict(audio_embedding="[0.1, 0.2]")  # type: ignore[arg-type]  # text
    client.query()  # type: ignore[call-arg]  # user_id
    client.update("ana", ["Q1"])  # type: ignore[list-item]  # not a Label
    Circumstances(emotion="thought")  # type: ignore[arg-type]  # perceived or felt
    Label.point("t1", 0.5, 0.5)  # type: ignore[call-arg]  # keyword-only
