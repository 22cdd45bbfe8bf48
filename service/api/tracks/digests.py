"""Digests of what a caller sends: they tell whether a track's content changes."""

import hashlib
from collections.abc import Sequence
from typing import BinaryIO

from models.audio.identity import find_sound_digest
from models.emotion import Modality
from models.features.embeddings import to_float32
from models.lyrics.text import canonical_lyrics
from service.api.predict.predictions import Upload
from service.tracks import Content

_CHUNK_BYTES = 1 << 20
_EMBEDDING = b"embedding\0"
"""Prefix of an embedding's bytes in its fingerprint."""


def content_of(upload: Upload, stored: Content | None) -> Content:
    """Return the digests of an upload.

    The recording is read once more for what is heard, unless its file is the stored one.
    """
    prints = {name: _fingerprint(numbers) for name, numbers in upload.embeddings.items()}
    audio, lyrics = upload.audio, canonical_lyrics(upload.lyrics or "")
    file_digest = prints.get(Modality.AUDIO) if audio is None else _digest(audio)
    is_stored = stored is not None and stored.audio_sha256 == file_digest
    sound = stored.sound_sha256 if stored is not None and is_stored else None
    if audio is not None and sound is None:
        sound = find_sound_digest(audio)
    if not lyrics:
        return Content(file_digest, prints.get(Modality.LYRICS), sound)
    earlier = _earlier(upload.sent_lyrics or upload.lyrics or "", lyrics)
    return Content(file_digest, _sha256(lyrics), sound, earlier)


def _earlier(sent: str, canonical: str) -> frozenset[str]:
    """Return digests of these lyrics as releases up to 0.5 may have received them."""
    crlf = canonical.replace("\n", "\r\n")
    return frozenset(map(_sha256, (sent, f"{canonical}\n", crlf, f"{crlf}\r\n")))


def _fingerprint(embedding: Sequence[float]) -> str:
    """Return the SHA-256 of an embedding as stored; the prefix keeps it apart from other files."""
    return hashlib.sha256(_EMBEDDING + to_float32(embedding).astype("<f4").tobytes()).hexdigest()


def _digest(audio: BinaryIO) -> str:
    """Return the SHA-256 of a file, and rewind it."""
    digest = hashlib.sha256()
    while chunk := audio.read(_CHUNK_BYTES):
        digest.update(chunk)
    audio.seek(0)
    return digest.hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
