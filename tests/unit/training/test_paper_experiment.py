"""The paper's experiment from end to end, on made-up DEAM and AMG1608 in their true formats."""

import csv
import json

import numpy as np
import pytest

from models.emotion import QUADRANTS
from tests.synthetic_datasets import write_amg1608, write_deam
from training.__main__ import main
from training.arguments import SimulateArguments
from training.cli.options import take
from training.cli.simulate import simulate
from training.experiments.active_learning.simulation import protocol_of
from training.experiments.protocol import SWITCHES

SMALL = ("--queries", "4", "--rounds", "2", "--min-labels", "30")
MODES = ("mc", "hc", "mix", "rand")


@pytest.fixture(scope="module", name="data")
def _data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_amg1608(
        folder / "amg1608",
        n_songs=48,
        n_annotators=8,
        n_full=2,
        n_labels_full=40,
        n_labels_others=15,
        n_frames=6,
        n_features=20,
        recordings=True,
    )
    write_deam(folder / "deam", n_songs=24, n_rows=6, n_features=20, recordings=True)
    return folder


def told(data, out, *more):
    """The command line of a small experiment whose files all go below a folder."""
    places = ("--out", out / "results", "--report", out / "report", "--pretrained", out / "models")
    return ["simulate", "--data", data, "--workers", "1", *SMALL, *places, *more]


def run(data, out, *more):
    return main([str(part) for part in told(data, out, *more)])


@pytest.fixture(scope="module", name="paper")
def _paper(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("paper")
    assert run(data, out, "--protocol", "paper", "--algorithms", "gnb,sgd,xgb") == 0
    return out


def unit(out, listener, mode, how="paper"):
    path = out / "results" / "listeners" / listener / "units" / f"0-{mode}-{how}.npz"
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def test_all_four_modes_run_and_are_told_on_one_page(paper):
    page = (paper / "report" / "index.md").read_text(encoding="utf-8")
    assert "--protocol paper" in page
    for mode in MODES:
        assert f"`{mode}`" in page
        assert unit(paper, "0", mode)["n_labels"][0] == 0


def test_modes_begin_alike_and_ask_what_they_are_to(paper):
    by_mode = [unit(paper, "1", mode) for mode in MODES]
    for one in by_mode[1:]:
        assert (one["proba"][0] == by_mode[0]["proba"][0]).all()
    assert [one["n_labels"][-1] for one in by_mode if one is not by_mode[2]] == [8, 8, 8]
    # Double picks of mix cost places.
    assert by_mode[2]["n_labels"][-1] <= 8


def test_a_listeners_folder_has_every_model_and_they_can_be_asked_again(data, paper, tmp_path):
    folder = paper / "results" / "listeners" / "0" / "models" / "0-mc-paper"
    names = {path.name for path in folder.iterdir()}
    endings = {"gnb": "skops", "sgd": "skops", "xgb": "ubj"}
    assert names == {"standardisation.npz"} | {
        f"classifier_{name}.it_{fold}.{ending}"
        for name, ending in endings.items()
        for fold in range(5)
    }

    table = tmp_path / "told.csv"
    features = data / "amg1608" / "feats"
    asked = ["predict", "--models", folder, "--features", features, "--out", table]
    assert main([str(part) for part in asked]) == 0

    with table.open(encoding="utf-8") as file:
        rows = {row["track"]: row for row in csv.DictReader(file)}
    assert len(rows) == 48
    one = unit(paper, "0", "mc")
    # What was stored of the judged songs' frames is what the kept models say of the songs.
    songs = one["proba"][-1, -1].reshape(-1, 6, 4).mean(axis=1)
    said = np.array([[float(row[str(q)]) for q in QUADRANTS] for row in rows.values()])
    assert all(np.abs(said - song).sum(axis=1).min() < 1e-4 for song in songs)


def test_pretraining_prints_weighted_scores_of_each_fold(data, tmp_path, capsys):
    argv = ["pretrain", "--dataset", "deam", "--data", data, "--out", tmp_path, "--folds", "3"]
    assert main([str(part) for part in (*argv, "--member", "sgd")]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["sgd", "precision", "recall", "f1", "(weighted)"]
    assert [line.split()[0] for line in lines[1:6]] == [*["fold"] * 3, "mean", "deviation"]
    told_f1 = [float(line.split()[-1]) for line in lines[1:5]]
    assert told_f1[3] == pytest.approx(np.mean(told_f1[:3]), abs=6e-4)
    kept = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert [round(fold["f1"], 3) for fold in kept["sgd"]] == told_f1[:3]
    assert len(list(tmp_path.glob("classifier_sgd.it_*.skops"))) == 3


def test_pretrained_models_are_loaded_again_and_those_of_other_settings_refused(
    data, paper, capsys
):
    before = {path: path.stat().st_mtime_ns for path in (paper / "models").iterdir()}
    argv = ["pretrain", "--dataset", "deam", "--data", data, "--out", paper / "models"]

    assert main([str(part) for part in (*argv, "-m", "gnb", "-cv", "5")]) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert main([str(part) for part in (*argv, "-m", "gnb", "--folds", "3")]) == 1
    assert "folds 5, not 3" in capsys.readouterr().err


@pytest.mark.slow
def test_the_cnn_takes_part_where_there_are_recordings(data, tmp_path):
    cnn = ("--algorithms", "gnb,cnn", "--cnn-width", "2", "--cnn-epochs", "2")
    assert run(data, tmp_path, "--protocol", "paper", *cnn, "--mode", "mc", "--rounds", "1") == 0

    page = (tmp_path / "report" / "index.md").read_text(encoding="utf-8")
    assert "--cnn-width 2 --cnn-epochs 2" in page
    one = unit(tmp_path, "0", "mc")
    assert list(one["predictors"]) == ["gnb", "cnn", "committee"]
    assert (one["proba"][0, 1] != one["proba"][1, 1]).any()
    folder = tmp_path / "results" / "listeners" / "0" / "models" / "0-mc-paper"
    table = tmp_path / "told.csv"
    asked = ["predict", "--models", folder, "--features", data / "amg1608" / "feats"]
    asked += ["--recordings", data / "amg1608" / "npy", "--out", table]
    assert main([str(part) for part in asked]) == 0
    assert len(table.read_text(encoding="utf-8").splitlines()) == 49


@pytest.mark.parametrize("rows", ["tracks", "frames"])
def test_our_protocol_runs_from_deam_to_amg1608_too(data, tmp_path, rows):
    ours = ("--dataset", "amg1608", "--population", "deam", "--splits", "1", "--rows", rows)
    assert run(data, tmp_path, *ours, "--mode", "mc,rand", "--personaliser", "refit") == 0

    one = unit(tmp_path, "0", "mc", "refit")
    assert one["n_labels"].tolist() == [0, 4, 8]
    assert np.isfinite(one["proba"]).all()


@pytest.mark.parametrize("name", SWITCHES)
def test_each_switch_can_be_set_by_itself(name):
    paper = parsed("--protocol", "paper")
    ours = parsed("--protocol", "paper", f"--{name}", SWITCHES[name].ours, "--score", "tracks")
    differing = {parameter for parameter in paper if paper[parameter] != ours[parameter]}
    assert differing - {"score"} == {name.replace("-", "_")} - {"score"}


def test_the_papers_protocol_sets_every_switch_and_its_two_programs():
    protocol = protocol_of(take(SimulateArguments, parsed("--protocol", "paper")), seed=0)
    for name, switch in SWITCHES.items():
        assert getattr(protocol, name.replace("-", "_")) == switch.paper
    assert (protocol.dataset, protocol.population, protocol.members) == (
        "amg1608",
        "deam",
        "paper",
    )
    assert (protocol.n_queries, protocol.n_rounds, protocol.train_share) == (10, 10, 0.85)


def test_a_pool_that_is_asked_out_is_warned_of(data, tmp_path, caplog):
    paper = ("--protocol", "paper", "--algorithms", "gnb", "--mode", "mc", "--queries", "17")
    assert run(data, tmp_path, *paper) == 0
    assert "34 questions exhaust the pool in 2 of 2 splits" in caplog.text


def parsed(*typed):
    """Return the parameters of a command line."""
    return simulate.make_context("simulate", list(typed)).params
