"""ASF: find the sound of a wma.

FFmpeg reads texts and pictures in the header. It therefore gets the file rewritten: the properties
of the file and of its first audio stream, then the data.
"""

from collections.abc import Iterator
from typing import NamedTuple

from models.audio.file_views import Rewritten, View
from models.errors import NotAudioError

HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_STREAM = bytes.fromhex("9107dcb7b7a9cf118ee600c00c205365")
_AUDIO = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")
_ENCRYPTION = {
    bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),
    bytes.fromhex("14e68a292226174cb935dae07ee9289c"),
}
_OBJECT_BYTES, _HEADER_BYTES = 24, 30
_MOST_OBJECTS = 10_000
_MOST_PROPERTIES_BYTES = 2**16


class _Object(NamedTuple):
    guid: bytes
    at: int
    n_bytes: int


def rewrite_asf(view: View) -> Rewritten:
    """Return an ASF with its first audio stream alone and without metadata.

    Raises:
        NotAudioError: It has no audio stream, or is encrypted.
        ValueError: It is damaged.
    """
    properties: dict[bytes, bytes] = {}
    for each in _objects(view):
        if each.guid in _ENCRYPTION:
            raise NotAudioError("the wma is encrypted")
        if each.guid == _DATA:
            return _rewritten(view, each.at, properties)
        if each.guid in {_FILE, _STREAM} and each.n_bytes <= _MOST_PROPERTIES_BYTES:
            content = view.read_at(each.at, each.n_bytes)
            is_audio = content[_OBJECT_BYTES:].startswith(_AUDIO)
            if each.guid == _FILE or is_audio:
                properties.setdefault(each.guid, content)
    raise ValueError("the wma has no data")


def _rewritten(view: View, data_at: int, properties: dict[bytes, bytes]) -> Rewritten:
    if _STREAM not in properties:
        raise NotAudioError("there is no audio track")
    if _FILE not in properties:
        raise ValueError("the properties of the wma are missing")
    content = properties[_FILE] + properties[_STREAM]
    size = (_HEADER_BYTES + len(content)).to_bytes(8, "little")
    header = HEADER + size + len(properties).to_bytes(4, "little") + b"\1\2" + content
    return Rewritten(header, view, data_at, view.n_bytes - data_at)


def _objects(view: View) -> Iterator[_Object]:
    """Yield the objects of the header, then those after it."""
    at = _HEADER_BYTES
    for _ in range(_MOST_OBJECTS):
        head = view.read_at(at, _OBJECT_BYTES)
        if len(head) < _OBJECT_BYTES:
            return
        n_bytes = int.from_bytes(head[16:], "little")
        yield _Object(head[:16], at, n_bytes)
        at += max(n_bytes, _OBJECT_BYTES)
