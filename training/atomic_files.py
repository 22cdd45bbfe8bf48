"""Files that appear whole or not at all, however the writing ends."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Lend a name to write under; what was written gets its own at the end, unless that failed.

    The folder is made if need be. What an interrupted run left is written over.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    yield unfinished
    unfinished.replace(path)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a mapping as indented JSON, whole or not at all."""
    with whole(path) as unfinished:
        unfinished.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
