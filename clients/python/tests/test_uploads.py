"""Recordings of every kind, sent whole at every attempt."""

import io
from contextlib import ExitStack

import pytest
from fake_attune import loses_the_reply

AUDIO = bytes(range(256)) * 1000


class Pipe(io.RawIOBase):
    """A stream that can be read once and never rewound."""

    def __init__(self) -> None:
        self._left = io.BytesIO(AUDIO)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        return self._left.readinto(buffer)


def _path(folder, _stack=None):
    path = folder / "tone.wav"
    path.write_bytes(AUDIO)
    return path


def _file(folder, stack):
    return stack.enter_context(_path(folder).open("rb"))


def _file_from_its_middle(folder, stack):
    path = folder / "longer.wav"
    path.write_bytes(b"header" + AUDIO)
    file = stack.enter_context(path.open("rb"))
    file.seek(len(b"header"))
    return file


SOURCES = {
    "bytes": lambda _folder, _stack: AUDIO,
    "path": _path,
    "file": _file,
    "file from its middle": _file_from_its_middle,
    "pipe": lambda _folder, stack: stack.enter_context(io.BufferedReader(Pipe())),
}


@pytest.fixture(name="recording", params=SOURCES)
def _recording(request, tmp_path):
    with ExitStack() as stack:
        yield SOURCES[request.param](tmp_path, stack)


def test_every_attempt_sends_the_whole_recording(client, service, recording):
    service.outages.append(loses_the_reply)

    client.predict(recording)

    sent = [form["audio"][1] for form in service.forms]
    assert sent == [AUDIO, AUDIO]


def test_a_file_keeps_the_last_part_of_its_name(client, service, tmp_path):
    client.predict(_path(tmp_path))
    with _path(tmp_path).open("rb") as file:
        client.predict(file)

    assert [form["audio"][0] for form in service.forms] == ["tone.wav", "tone.wav"]


def test_a_name_that_is_no_text_does_not_stop_a_file(client, service, tmp_path):
    path = tmp_path / "t\udcff.wav"
    path.write_bytes(AUDIO)

    client.predict(path)

    assert service.forms[0]["audio"][1] == AUDIO


def test_a_path_to_nothing_is_an_error_of_the_caller_s(client, service, tmp_path):
    with pytest.raises(FileNotFoundError):
        client.predict(tmp_path / "nothing.wav")

    assert service.requests == []


def test_a_large_file_is_streamed_with_its_length(client, service, tmp_path):
    client.put_track("t1", _path(tmp_path))

    assert int(service.requests[0].headers["Content-Length"]) > len(AUDIO)
    assert service.tracks["t1"]["has_audio"]
