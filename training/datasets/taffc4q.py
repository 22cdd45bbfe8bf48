"""4Q audio emotion dataset: clips with consensus quadrants (Panda et al. 2018)."""

from pathlib import Path

from models.errors import DatasetError
from training.datasets.tables import quadrants, read_csv
from training.datasets.tracks import LabelledTracks


def load(folder: Path) -> LabelledTracks:
    """Return the clips with recognised lyrics, which are noisy and often empty.

    Raises:
        DatasetError: A table, a column or a clip is missing.
    """
    path = folder / "tracks.csv"
    table = read_csv(path, ["track_id", "artist", "quadrant"])
    lyrics_path = folder / "asr_lyrics.csv"
    recognised = read_csv(lyrics_path, ["track_id", "lyrics"])
    lyrics = dict(zip(recognised["track_id"], recognised["lyrics"].str.strip(), strict=True))
    audio = [folder / "audio" / f"{track_id}.ogg" for track_id in table["track_id"]]
    for clip in audio:
        if not clip.is_file():
            raise DatasetError(f"{clip} is missing.")
    return LabelledTracks(
        ids=table["track_id"].tolist(),
        y=quadrants(table["quadrant"], path),
        artists=table["artist"].tolist(),
        lyrics=[lyrics.get(track_id, "") for track_id in table["track_id"]],
        audio=audio,
    )


def load_genres(folder: Path) -> dict[str, str]:
    """Return AllMusic's genres of each clip, separated by semicolons.

    Raises:
        DatasetError: The table or a column is missing.
    """
    table = read_csv(folder / "tracks.csv", ["track_id", "genres"])
    return dict(zip(table["track_id"].astype(str), table["genres"].astype(str), strict=True))
