"""The notebook's table of lyrics and audio (LaA): an embedding of each and a mood a track.

No description of it is published, so its form is read with some tolerance. A row is a track. The
label is in the first of the columns ``quadrant``, ``mood``, ``emotion`` and ``label`` there is: Q1
to Q4, or a mood word (happy, angry, sad, relaxed and a few like them); rows without are left out.
The id is in the first of ``id``, ``ids``, ``track_id``, ``song_id`` and ``song``, otherwise it is
the number of the row; ``artist`` may be there. Case does not matter. An embedding is either one
column a number, whose name begins with ``audio`` or ``lyric`` and ends in the number's place
(``audio_0``, ``lyrics_emb_12``), or a single such column with the numbers in each cell, in
brackets or not, parted by commas or blanks.
"""

import re
from pathlib import Path

import pandas as pd

from models.arrays import FloatMatrix
from models.emotion import QUADRANTS
from models.errors import DatasetError
from training.datasets.reading import matrix, numbers, quadrants, read_csv
from training.datasets.tracks import PairedTable

ABOUT = "A track's quadrant is that of its mood word; features are the audio embedding."
_LABELS = ("quadrant", "mood", "emotion", "label")
_IDS = ("id", "ids", "track_id", "song_id", "song")
_MOODS = {
    **dict.fromkeys(("happy", "happiness", "joy", "excited"), "Q1"),
    **dict.fromkeys(("angry", "anger", "tense", "fear"), "Q2"),
    **dict.fromkeys(("sad", "sadness", "depressed"), "Q3"),
    **dict.fromkeys(("relaxed", "relax", "calm", "peaceful"), "Q4"),
    **{quadrant.value.lower(): quadrant.value for quadrant in QUADRANTS},
}


def load(path: Path) -> PairedTable:
    """Return the tracks of a file in the form above.

    Raises:
        DatasetError: The file is missing or not in that form, or no row has a label.
    """
    table = read_csv(path, [])
    table.columns = [str(name).strip().lower() for name in table]
    label = _first(table, _LABELS)
    if label is None:
        raise DatasetError(f"{path} has none of the columns {', '.join(_LABELS)}.")
    table = table[table[label].str.strip() != ""]
    moods = table[label].str.strip()
    return PairedTable(
        ids=_ids(table),
        y=quadrants([_MOODS.get(mood.lower(), mood) for mood in moods], path),
        artists=table["artist"].tolist() if "artist" in table else [""] * len(table),
        audio=_embedding(table, "audio", path),
        lyrics=_embedding(table, "lyric", path),
    )


def _first(table: pd.DataFrame, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in table), None)


def _ids(table: pd.DataFrame) -> list[str]:
    column = _first(table, _IDS)
    return [str(row) for row in table.index] if column is None else table[column].tolist()


def _embedding(table: pd.DataFrame, beginning: str, path: Path) -> FloatMatrix:
    ours = [name for name in table.columns if name.startswith(beginning)]
    # A place has a word before it: in lyric_bert768_0 the number 768 is none.
    placed = {name: int(end[0]) for name in ours if (end := re.findall(r"\d+$", name))}
    if placed and len(placed) != 1:
        in_order = sorted(placed, key=lambda name: placed[name])
        return matrix(numbers(table, in_order, path), beginning, path)
    if len(ours) != 1:
        raise DatasetError(
            f"{path} has {len(ours)} columns whose names begin with {beginning!r}; there must be"
            f" one, or one a number, such as {beginning}_0."
        )
    return _from_cells(table[ours[0]], path)


def _from_cells(cells: "pd.Series[str]", path: Path) -> FloatMatrix:
    parts = [re.split(r"[\s,]+", cell.strip().strip("[]()").strip()) for cell in cells]
    lengths = {len(part) for part in parts}
    if len(lengths) > 1:
        raise DatasetError(
            f"{path}: {cells.name!r} holds between {min(lengths)} and {max(lengths)} numbers a"
            " track; it must be the same number in every row."
        )
    columns = [f"{cells.name}_{place}" for place in range(lengths.pop())]
    return matrix(numbers(pd.DataFrame(parts, columns=columns), columns, path), columns[0], path)
