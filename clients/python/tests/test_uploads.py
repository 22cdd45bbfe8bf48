"""Recordings of every kind are sent whole in every attempt."""

import io
from contextlib import ExitStack

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
    "path": (_path, "tone.wav"),
    "name of invalid UTF-8": (lambda folder, _: _path(folder, name="t\udcff.wav"), "t?.wav"),
    "file": (lambda folder, stack: stack.enter_context(_path(folder).open("rb")), "tone.wav"),
    "file from its middle": (_file_from_its_middle, "tone.wav"),
    "pipe": (lambda _, stack: stack.enter_context(io.BufferedReader(Pipe())), "audio"),
}


@pytest.mark.parametrize(("source", "filename"), SOURCES.values(), ids=SOURCES)
def test_every_attempt_sends_the_whole_recording(client, service, tmp_path, source, filename):
    service.outages.append(loses_the_reply)

    with ExitStack() as stack:
        client.predict(source(tmp_path, stack))

    assert [form["audio"] for form in service.forms] == [(filename, AUDIO)] * 2
    assert int(service.requests[0].headers["Content-Length"]) > len(AUDIO)


def test_a_missing_file_is_an_error_and_nothing_is_sent(client, service, tmp_path):
    with pytest.raises(FileNotFoundError):
        client.predict(tmp_path / "nothing.wav")

    assert service.requests == []
