"""Tags: title and artist of a recording."""

from typing import BinaryIO, NamedTuple

import av

from models.library import MAX_TEXT

# The suffix selects the demuxer: with its own detection, FFmpeg would follow playlists.
DEMUXERS = {
    ".3gp": "mp4",
    ".aac": "aac",
    ".aif": "aiff",
    ".aifc": "aiff",
    ".aiff": "aiff",
    ".flac": "flac",
    ".m4a": "mp4",
    ".m4b": "mp4",
    ".mka": "matroska",
    ".mkv": "matroska",
    ".mov": "mp4",
    ".mp3": "mp3",
    ".mp4": "mp4",
    ".oga": "ogg",
    ".ogg": "ogg",
    ".opus": "ogg",
    ".w64": "w64",
    ".wav": "wav",
    ".webm": "matroska",
    ".wma": "asf",
}
"""By the endings of the names of recordings; what is decoded depends on the content alone."""


class Tags(NamedTuple):
    """Title and artist of a recording; empty if missing."""

    title: str = ""
    artist: str = ""


def read_tags(source: BinaryIO, suffix: str) -> Tags:
    """Return the tags of a seekable file of that suffix; empty ones if it is unreadable."""
    demuxer = DEMUXERS.get(suffix.lower())
    if demuxer is None:
        return Tags()
    source.seek(0)
    try:
        with av.open(source, "r", format=demuxer, metadata_errors="replace") as file:
            file_tags = dict(file.metadata)
            for stream in file.streams.audio:  # Ogg stores tags in streams
                file_tags = dict(stream.metadata) | file_tags
    except (av.FFmpegError, ValueError, OSError):  # the decoder rejects broken files later
        return Tags()
    by_name = {name.lower(): tidy(text) for name, text in file_tags.items()}
    return Tags(by_name.get("title", ""), by_name.get("artist", ""))


def tidy(text: str) -> str:
    r"""Return a title or name on one line, cut to the length that the service accepts.

    >>> tidy(" Blue \n in  Green ")
    'Blue in Green'
    """
    return " ".join(text.replace("\0", " ").split())[:MAX_TEXT]
