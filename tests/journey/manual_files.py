"""What the manual's readers have in their folder: a song, some music, tables of their own."""

import csv
import shutil
import stat
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import soundfile

from tests import small_models, small_studies
from tests.journey.servers import ROOT

RATE_HZ = 16_000
SONG_S, TRACK_S = 6.0, 4.0
CHORDS_HZ = {
    "amber": (220.0, 277.2, 329.6),
    "basalt": (110.0, 130.8, 164.8),
    "cedar": (440.0, 554.4),
}
LYRICS = "The rain came down on my empty town and nobody was around\n"


def furnish(folder: Path) -> None:
    """Put into a folder what the manual's blocks take for granted."""
    # Not the package itself: imported by another path, it would be compiled anew by each command.
    (folder / "models").mkdir()
    for name in ("pretrained", "weights"):
        (folder / "models" / name).symlink_to(ROOT / "models" / name)
    _program(folder / "bin" / "attune", f'exec {sys.executable} -m attune_client "$@"')
    # What Node takes for the package: the code that the pages use, which needs no installing.
    package = folder / "node_modules" / "attune-client"
    shutil.copytree(ROOT / "service" / "pages" / "js" / "client", package)
    (package / "package.json").write_text('{"type": "module", "exports": "./index.js"}')
    _tone(folder / "song.ogg", CHORDS_HZ["amber"], SONG_S)
    (folder / "song.txt").write_text(LYRICS, encoding="utf-8")
    for name, chord in CHORDS_HZ.items():
        _tone(folder / "music" / f"{name}.ogg", chord, TRACK_S)
    (folder / "music" / "basalt.txt").write_text(LYRICS, encoding="utf-8")
    _listeners(folder)
    _pairs(folder / "paired.csv")


def _program(path: Path, line: str) -> None:
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _tone(path: Path, chord_hz: Sequence[float], duration_s: float) -> None:
    """Write a chord that is struck twice a second."""
    path.parent.mkdir(exist_ok=True)
    at_s = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    struck = np.exp(-4.0 * (at_s % 0.5))
    wave = sum(np.sin(2 * np.pi * hz * at_s) for hz in chord_hz) * struck
    soundfile.write(path, 0.2 * wave, RATE_HZ, format="OGG", subtype="VORBIS")


def _listeners(folder: Path) -> None:
    """Write small listeners in the form of one's own tables."""
    study = small_studies.study()
    labels, table = study.labels, study.features
    quadrants = [f"Q{index + 1}" for index in labels.y]
    rows = zip(labels.listeners, labels.tracks, quadrants, strict=True)
    _csv(folder / "labels.csv", ["listener", "track", "quadrant"], rows)
    columns = ["ids", "artist", *(f"audio_{place}" for place in range(table.x.shape[1]))]
    numbers = zip(table.ids, table.artists, table.x.tolist(), strict=True)
    _csv(folder / "features.csv", columns, ([track, who, *x] for track, who, x in numbers))


def _pairs(path: Path) -> None:
    """Write tracks with an embedding of their audio and one of their lyrics."""
    n_tracks = 80
    audio, lyrics = (small_models.tracks(n_tracks, distance=distance) for distance in (1.5, 0.7))
    sides = [("audio", audio), ("lyrics", lyrics)]
    columns = [f"{side}_{place}" for side, of in sides for place in range(of.x.shape[1])]
    rows = (
        [f"t{track}", f"artist {track // 2}", f"Q{audio.y[track] + 1}"]
        + [float(number) for _, of in sides for number in of.x[track]]
        for track in range(n_tracks)
    )
    _csv(path, ["ids", "artist", "quadrant", *columns], rows)


def _csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])
