"""Recordings of every kind are sent whole in every attempt."""

import io
import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_attune import loses_the_reply

AUDIO = bytes(range(256)) * 1000


class Pipe(io.RawIOBase):
    """A stream that can be read once and not rewound."""

    def __init__(self):
        self._left = io.BytesIO(AUDIO)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._left.readinto(buffer)


@dataclass(frozen=True)
class Entry(os.PathLike):
    """A path that is no `pathlib.Path`."""

    path: Path

    def __fspath__(self):
        return str(self.path)


def _path(folder, _stack=None, name="tone.wav"):
    path = folder / name
    path.write_bytes(AUDIO)
    return path


def _file_from_its_middle(folder, stack):
    path = folder / "tone.wav"
    path.write_bytes(b"header" + AUDIO)
    file = stack.enter_context(path.open("rb"))
    file.seek(len(b"header"))
    return file


SOURCES = {
    "bytes": (lambda _folder, _stack: AUDIO, "audio"),
    "bytearray": (lambda _folder, _stack: bytearray(AUDIO), "audio"),
    "memoryview": (lambda _folder, _stack: memoryview(AUDIO[::-1])[::-1], "audio"),
    "path": (_path, "tone.wav"),
    "path as text": (lambda folder, _: str(_path(folder)), "tone.wav"),
    "path of another library": (lambda folder, _: Entry(_path(folder)), "tone.wav"),
    "name of invalid UTF-8": (lambda folder, _: _path(folder, name="t\udcff.wav"), "t?.wav"),
    "file": (lambda folder, stack: stack.enter_context(_path(folder).open("rb")), "tone.wav"),
    "file from its middle": (_file_from_its_middle, "tone.wav"),
    "file in memory": (lambda _folder, _stack: io.BytesIO(AUDIO), "audio"),
    "pipe": (lambda _, stack: stack.enter_context(io.BufferedReader(Pipe())), "audio"),
}


@pytest.mark.parametrize(("source", "filename"), SOURCES.values(), ids=SOURCES)
def test_every_attempt_sends_the_whole_recording(client, service, tmp_path, source, filename):
    service.outages.append(loses_the_reply)

    with ExitStack() as stack:
        client.predict(source(tmp_path, stack))

    assert [form["audio"] for form in service.forms] == [(filename, AUDIO)] * 2
    assert int(service.requests[0].headers["Content-Length"]) > len(AUDIO)


@pytest.mark.parametrize("kind", [Path, str])
def test_a_missing_file_is_an_error_and_nothing_is_sent(client, service, tmp_path, kind):
    with pytest.raises(FileNotFoundError, match=r"nothing\.wav"):
        client.predict(kind(tmp_path / "nothing.wav"))

    assert service.requests == []


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        (io.StringIO("RIFF"), "open in text mode"),
        (io.TextIOWrapper(io.BytesIO(b"\xff\xfb")), "open in text mode; open it with mode 'rb'"),
        (44_100, "audio is of type int; a path, bytes or a file"),
        ([0.5, 0.25], "audio is of type list"),
    ],
)
def test_what_is_no_recording_is_refused_by_name_and_nothing_is_sent(
    client, service, audio, message
):
    with pytest.raises(TypeError, match=message):
        client.put_track("t1", audio)

    assert service.requests == []


def test_lyrics_in_text_mode_are_refused_by_their_name(client):
    with pytest.raises(TypeError, match=r"^lyrics is a file that is open in text mode"):
        client.predict(lyrics=io.StringIO("la"))
