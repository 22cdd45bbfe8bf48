"""The command line of training: every verb explains itself, refuses in a sentence, and resumes."""

import subprocess
import sys

import pytest

from tests import small_studies
from tests.synthetic_laa import write_laa
from tests.tables import write_features, write_labels
from training.__main__ import main, training
from training.library import embedding

PERSONALISE = (
    "personalise --dataset table --labels {0}/labels.csv --features {0}/features.csv"
    " --algorithms gnb,sgd --workers 1 --splits 1 --min-labels 20"
    " --out {1}/results --report {1}/pages"
)
PAPER = "simulate --data {0} --protocol paper --workers 1 --out {1}/results --report {1}/pages"


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory):
    """Tables of a small study, two tables of embeddings that differ in size, and no music."""
    folder = tmp_path_factory.mktemp("typed")
    study = small_studies.study()
    write_labels(study.labels, folder / "labels.csv")
    write_features(study.features, folder / "features.csv")
    for name, n_audio in (("six", 6), ("seven", 7)):
        write_laa(folder / name, n_train=8, n_test=8, n_audio=n_audio, n_lyrics=5)
    (folder / "broken").mkdir()
    (folder / "broken" / "a.mp3").write_bytes(b"music")
    return folder


@pytest.mark.parametrize("verb", sorted(training.commands))
def test_every_verb_explains_itself(verb, capsys):
    status = main([verb, "--help"])

    assert status == 0
    assert "--" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("embed music --workers 0", "'--workers': 0 is not in the range x>=1"),
        ("fuse --folds 1", "'--folds': 1 is not in the range x>=2"),
        ("simulate --rows songs", "'songs' is not one of 'tracks', 'frames'"),
        ("pretrain --epochs few", "'--epochs': 'few' is not a valid integer"),
        ("predict", "Missing option '--models'"),
        ("", "VERB"),
    ],
)
def test_usage_errors_name_value_and_bound(typed, complaint, capsys):
    status = main(typed.split())

    assert status == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("fuse --dataset mirex --data {0}/nowhere", "{0}/nowhere"),
        ("fuse --test a.csv", "--test needs a table to fit to: add --train FILE"),
        ("fuse --export a", "--export needs a table to fit to: add --train FILE"),
        ("fuse --train a.csv", "a.csv is missing"),
        ("fuse --train a.csv --export models", "models is neither empty nor a snapshot"),
        ("fuse --train a.csv --export models/pretrained", "is the shipped snapshot"),
        ("fuse --train a.csv --export README.md", "README.md is neither empty nor a snapshot"),
        (
            "fuse --train {0}/six/LaA_train.csv --test {0}/seven/LaA_test.csv --out {0}/out",
            "its audio embedding has 7 numbers",
        ),
        ("embed {0}/broken --out {0}/out.npz --workers 1", "None of 1 tracks could be embedded"),
        (f"{PERSONALISE} --methods own,guess", "'guess'"),
        (f"{PERSONALISE} --answers 0,four", "0,four"),
        (f"{PERSONALISE} --answers 4,8", "4,8"),
        (f"{PERSONALISE} --answers 0,4,47 --methods majority", "47"),
        (f"{PERSONALISE} --others all,few", "all,few"),
        (f"{PERSONALISE} --others -1", "--others"),
        (f"{PERSONALISE} --judged-share 1.5", "--judged-share is 1.5"),
        (f"{PERSONALISE} --splits 0", "--splits is 0"),
        (f"{PAPER} --population others", "must name one, such as deam"),
        (f"{PAPER} --algorithms gnb,svm", "The paper's committee has no 'svm'"),
        (f"{PAPER} --rows tracks", "--score frames needs --rows frames"),
        (f"{PAPER} --personaliser paper,refit", "run paper by itself"),
        (f"{PAPER} --train-share 1.5", "--train-share is 1.5"),
        (f"{PAPER} --dataset trompa --border positive", "--rows tracks reads them"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(folder, tmp_path, typed, complaint, capsys):
    status = main(typed.format(folder, tmp_path).split())

    err = capsys.readouterr().err
    assert status == 1
    assert complaint.format(folder) in err
    assert "Traceback" not in err


def test_ctrl_c_ends_in_a_sentence(folder, capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(embedding, "embed", stop)

    status = main(f"embed {folder}/broken --out {folder}/out.npz --workers 1".split())

    assert status == 1
    assert capsys.readouterr().err.startswith("Stopped. Finished tracks are kept")


@pytest.mark.slow
def test_a_study_becomes_a_page_once_and_the_second_run_reads_its_results(
    folder, tmp_path, capsys
):
    typed = f"{PERSONALISE} --answers 0,4,12 --methods own,population,map".format(
        folder, tmp_path
    ).split()
    assert main(typed) == 0
    page = (tmp_path / "pages" / "index.md").read_text(encoding="utf-8")
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "results").rglob("*.npz")}

    assert main(typed) == 0

    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert (tmp_path / "pages" / "index.md").read_text(encoding="utf-8") == page
    assert str(tmp_path / "pages" / "index.md") in capsys.readouterr().out
    assert "--answers 0,4,12 --others all --splits 1 --min-labels 20" in page
    assert "4 listeners of `table`" in page
    for name in ("curves.png", "reliability.png", "index.html"):
        assert (tmp_path / "pages" / name).exists()
    assert "`majority`:" not in page


def test_building_encoders_and_asking_for_help_import_nothing_heavy():
    heavy = "import sys; from training.__main__ import main; import training.encoders.build; "
    code = (
        heavy + "sys.exit(bool({'torch', 'pandas', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    )

    ended = subprocess.run([sys.executable, "-c", code])  # noqa: S603  # our own command

    assert ended.returncode == 0
