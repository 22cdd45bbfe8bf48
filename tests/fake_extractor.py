"""An extractor for tests in several processes; imports little, so that they start soon."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from models.errors import UndecodableAudioError
from models.features.extraction import FeatureSpec
from models.track import AudioFeatures, LyricsFeatures

N_FEATURES = 6


class LoggingExtractor:
    """Leaves a line in a file for each recording it hears; some bytes break it in their way."""

    def __init__(self, log: Path, revision: int) -> None:
        self.spec = FeatureSpec(revision=revision)
        self._log = log

    def audio(self, source: BinaryIO) -> AudioFeatures:
        content = source.read()
        with self._log.open("a") as lines:
            lines.write(content.decode() + "\n")
        if content == b"audio stop":
            raise KeyboardInterrupt
        if content == b"audio crash":
            os._exit(3)
        if content == b"audio bug":
            raise ZeroDivisionError("oh")
        if content == b"audio slow":
            time.sleep(600)
        if not content.startswith(b"audio"):
            raise UndecodableAudioError("This is not audio.")
        drawn = np.random.default_rng(sum(content)).integers(-8, 9, (4, N_FEATURES)) / 8
        vector, *segments = drawn.astype(np.float32)
        starts_s = np.arange(3, dtype=np.float32) * 3
        return AudioFeatures(vector, np.stack(segments), starts_s, starts_s + 3, 9.0)

    def lyrics(self, text: str) -> LyricsFeatures:
        if text.startswith("unread "):
            return LyricsFeatures(None, text.removeprefix("unread "))
        words = text.split()
        return LyricsFeatures(np.full(N_FEATURES, len(words) / 8, np.float32) if words else None)


@dataclass(frozen=True)
class FakeOpening:
    """How workers get such an extractor."""

    log: Path
    revision: int = 1

    def __call__(self) -> LoggingExtractor:
        return LoggingExtractor(self.log, self.revision)

    def heard(self) -> list[str]:
        """What was heard since this was asked last."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return sorted(lines)
