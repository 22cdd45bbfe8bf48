"""`python -m training fuse` on one's own tables: the page, the snapshot, and what is refused."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from models.prediction.predictor import predict_all, predict_population
from models.snapshot import load_snapshot
from models.track import AudioFeatures, Track, TrackFeatures
from tests.synthetic_laa import write_laa
from tests.tables import write_pairs
from training.__main__ import main
from training.datasets.paired import load_any
from training.experiments.fusion import replication

SIZES = {"n_audio": 6, "n_lyrics": 5, "signal": 8.0}


@pytest.fixture(name="pair", scope="module")
def _pair(tmp_path_factory):
    return write_laa(tmp_path_factory.mktemp("pair"), n_train=160, n_test=60, **SIZES)


@pytest.fixture(name="exported", scope="module")
def _exported(pair, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    train, test = pair
    options = ["--export", folder / "snapshot", "--encoder", "ours", "--out", folder]

    status = main(list(map(str, ["fuse", "--train", train, "--test", test, *options])))

    assert status == 0
    return folder


def page_in(folder):
    (page,) = folder.glob("*/index.md")
    return page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_page_tells_what_was_fitted_to_and_what_was_judged(exported):
    page = page_in(exported)

    assert "fitted to 160 tracks of LaA_train.csv by 40 artists" in page
    assert "60 tracks by 15 artists" in page
    assert "The first repeat" not in page


@pytest.mark.slow
def test_what_was_judged_is_what_is_served(exported, pair):
    snapshot, test = load_snapshot(exported / "snapshot"), load_any(pair[1])
    features = [
        TrackFeatures(AudioFeatures.of_embedding(audio), lyrics)
        for audio, lyrics in zip(test.audio, test.lyrics, strict=True)
    ]
    tracks = [
        Track(str(row), one, predict_population(snapshot, one)) for row, one in enumerate(features)
    ]

    answered = [
        one.quadrant.index
        for one in predict_all(snapshot, tracks, personal=None, fusion="log_opinion")
    ]

    figures = json.loads((exported / "snapshot/manifest.json").read_text())["figures"]
    served = np.mean(np.array(answered) == test.y)
    # Support vectors are stored in half precision: a track at the border may change sides.
    assert served == pytest.approx(figures["fusion"]["log_opinion"]["accuracy"], abs=1.5 / 60)


@pytest.mark.slow
def test_the_card_prints_the_pages_figures(exported):
    card = (exported / "snapshot/MODEL_CARD.md").read_text(encoding="utf-8")
    figure = re.search(r"\| `log_opinion` \| (\S+) ", card).group(1)

    assert f"| `log_opinion` (default) | {figure} [" in page_in(exported)
    assert "6 numbers of audio, 5 of lyrics" in card
    assert "On a table of other artists" in card


@pytest.mark.slow
def test_the_same_table_gives_the_same_page(tmp_path, pair):
    write_pairs(load_any(pair[1]), tmp_path / "mine.npz")

    for name in ("first", "second"):
        typed = ["--train", tmp_path / "mine.npz", "--out", tmp_path / name, "--folds", "2"]
        assert main(list(map(str, ["fuse", *typed]))) == 0

    first, second = (files_in(tmp_path / name / "mine") for name in ("first", "second"))
    assert first["confusion.png"].startswith(b"\x89PNG")
    assert {name: content.replace(b"/first", b"/second") for name, content in first.items()} == (
        second
    )


def files_in(folder: Path):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
def test_the_notebooks_figures_stand_beside_ours_in_folds_and_on_a_test_table(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(replication, "KEPT", tmp_path / "kept")
    train, test = write_laa(tmp_path, n_train=120, n_test=60, n_shared_artists=2, **SIZES)
    options = ["--as-notebook", "--out", tmp_path]

    assert main(list(map(str, ["fuse", "--train", train, "--test", test, *options]))) == 0
    on_a_test_table = page_in(tmp_path)
    assert main(list(map(str, ["fuse", "--train", train, "--folds", "2", *options]))) == 0
    in_folds = page_in(tmp_path)

    assert "2 artists are in both" in re.sub(r"\s+", " ", on_a_test_table)
    assert "more by artists of the other table were left out" in on_a_test_table
    assert "## As the notebook does" in in_folds
    assert "Accuracies of 360 answers" in in_folds
