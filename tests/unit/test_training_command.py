"""The command line of training."""

import subprocess
import sys

import pytest

from training.__main__ import main


@pytest.mark.parametrize(
    "verb",
    [
        "encoders",
        "pretrain",
        "fuse",
        "ablate",
        "calibration",
        "languages",
        "embed",
        "opensmile",
        "simulate",
        "personalise",
        "predict",
        "stability",
    ],
)
def test_every_verb_explains_itself(verb, capsys):
    status = main([verb, "--help"])

    assert status == 0
    assert "--" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        (["embed", "music", "--workers", "0"], "'--workers': 0 is not in the range x>=1"),
        (["fuse", "--folds", "1"], "'--folds': 1 is not in the range x>=2"),
        (["simulate", "--rows", "songs"], "'songs' is not one of 'tracks', 'frames'"),
        (["pretrain", "--epochs", "few"], "'--epochs': 'few' is not a valid integer"),
        (["predict"], "Missing option '--models'"),
        ([], "VERB"),
    ],
)
def test_usage_errors_name_value_and_bound(typed, complaint, capsys):
    status = main(typed)

    assert status == 2
    assert complaint in capsys.readouterr().err


def test_data_that_are_not_there_end_in_a_sentence_that_names_them(tmp_path, capsys):
    status = main(["fuse", "--dataset", "mirex", "--data", str(tmp_path / "nowhere")])

    assert status == 1
    assert str(tmp_path / "nowhere") in capsys.readouterr().err


def test_building_encoders_and_asking_for_help_import_nothing_heavy():
    heavy = "import sys; from training.__main__ import main; import training.encoders.build; "
    code = (
        heavy + "sys.exit(bool({'torch', 'pandas', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    )

    ended = subprocess.run([sys.executable, "-c", code])  # noqa: S603  # our own command

    assert ended.returncode == 0
