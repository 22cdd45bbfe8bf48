"""The model card: written from the manifest; the one that ships is of the manifest that ships."""

import json
import re

import pytest

from models.fusion import FUSIONS
from tests.conftest import HOUSE
from training.card import card, write_card

PRETRAINED = HOUSE / "models" / "pretrained"


@pytest.fixture(name="manifest")
def _manifest():
    return json.loads((PRETRAINED / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(name="with_cnn")
def _with_cnn(manifest):
    """A manifest as it is with a cnn."""
    rows = manifest["figures"]["audio"]["rows"]
    judged = {**rows, "committee_without": rows["committee"], "cnn": rows["gnb"]}
    fold = {
        "epochs": 12,
        "minutes": 20.5,
        "n_fit": 590,
        "n_validation": 101,
        "validation_accuracy": 0.61,
        "held_out_accuracy": 0.59,
    }
    part = {
        **manifest["figures"]["audio"],
        "rows": judged,
        "difference": {
            metric: {"estimate": 0.0112, "low": -0.004, "high": 0.02} for metric in rows["gnb"]
        },
        "facts": {
            "width": 32,
            "seed": 0,
            "device": "cpu",
            "torch": "2.9",
            "minutes_allowed": 120,
            "recipe": {"epochs": 40, "crops": 2, "teacher_weight": 1.0},
            "folds": [fold] * 5,
        },
    }
    figures = {**manifest["figures"], "cnn": part}
    figures["abroad"]["rows"]["committee_without"] = figures["abroad"]["rows"]["committee"]
    return {**manifest, "figures": figures}


FIGURES = {"accuracy": 0.61, "weighted_f1": 0.5872, "nll": 1.0134, "brier": 0.52, "ece": 0.0441}


def _figures(shift=0.0):
    return {
        metric: {"estimate": value + shift, "low": value - 0.0312, "high": value + 0.0287}
        for metric, value in FIGURES.items()
    }


def _part(*names):
    rows = {name: _figures(0.0111 * place) for place, name in enumerate(sorted(names))}
    return {"n_tracks": 120, "n_artists": 60, "rows": rows}


def _made_up():
    """A manifest of which nothing changes when models are trained anew."""
    members = ("committee", "gnb", "sgd", "xgb", "svm")
    fold = {"epochs": 12, "minutes": 20.4, "n_fit": 590, "n_validation": 101}
    fold |= {"validation_accuracy": 0.6132, "held_out_accuracy": 0.5914}
    facts = {"width": 32, "seed": 0, "device": "cpu", "torch": "2.9", "minutes_allowed": 120}
    facts |= {"recipe": {"epochs": 40, "crops": 2, "teacher_weight": 1.0}, "folds": [fold] * 5}
    cnn = _part(*members, "committee_without", "cnn") | {"facts": facts, "difference": _figures()}
    listeners = {"n_components": 8, "n_listeners": 300, "n_labels": 3000, "n_heard": 400}
    listeners |= {"shared": 0.2134, "level": 0.0412, "taste": 0.0213, "noise": 0.6112}
    return {
        "version": "0123abcd",
        "seed": 7,
        "feature_digest": "89abcdef" * 8,
        "versions": {"numpy": "2.0", "torch": "2.9"},
        "data": {"nju": {"tracks": 10, "audio": 0, "lyrics": 10}},
        "fusion": {"default": "log_opinion", "pool_weights": [0.812, 0.314]},
        "figures": {
            "procedure": "3 x 5-fold by artist, seed 7",
            "audio": _part(*members),
            "cnn": cnn,
            "abroad": _part("committee", "cnn") | {"majority": 0.4972},
            "lyrics": {"nju": _part(*members), "pmemo": _part(*members)},
            "fusion": _part(*FUSIONS),
            "listeners": listeners | {"gain": [0.4132, 0.6121]},
        },
    }


def test_the_card_is_the_stored_one(expect_page):
    """`python -m pytest FILE --update-pages` stores it anew; read the difference."""
    expect_page("card.md", card(_made_up()))


def test_the_card_without_a_cnn_and_weights_is_the_stored_one(expect_page):
    manifest = _made_up()
    del manifest["figures"]["cnn"], manifest["fusion"]["pool_weights"]

    expect_page("card-without-cnn.md", card(manifest))


def test_the_card_of_a_cnn_from_an_accelerator_is_the_stored_one(expect_page):
    manifest = _made_up()
    facts = manifest["figures"]["cnn"]["facts"]
    facts |= {"device": "cuda", "minutes_allowed": None}
    facts["recipe"] = facts["recipe"] | {"teacher_weight": 0.0}

    expect_page("card-of-cuda.md", card(manifest))


def test_the_card_that_ships_is_of_the_manifest_that_ships(manifest):
    shipped = (PRETRAINED / "MODEL_CARD.md").read_text(encoding="utf-8")

    assert shipped == card(manifest)


def test_the_card_tells_what_it_is_of_and_how_to_make_it_again(manifest):
    told = card(manifest)

    assert told.startswith(f"# Model card: snapshot {manifest['version']}\n")
    assert f"python -m training pretrain --data ../shared/data --seed {manifest['seed']}" in told
    assert manifest["feature_digest"][:16] in told
    for library, version in manifest["versions"].items():
        assert f"{library} {version}" in told


def test_every_dataset_and_its_count_is_told(manifest):
    told = card(manifest)

    for name, row in manifest["data"].items():
        assert f"| {name} | {row['tracks']} | {row['audio']} | {row['lyrics']} |" in told


def test_every_figure_is_told_with_its_interval(manifest):
    told = card(manifest)

    for row in manifest["figures"]["fusion"]["rows"].values():
        for figure in row.values():
            cell = f"{figure['estimate']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
            assert cell in told


def test_every_fusion_has_a_row_in_the_order_of_the_table(manifest):
    both = card(manifest).partition("### Both")[2]

    rows = re.findall(r"^\| `(\w+)` \|", both, re.MULTILINE)

    assert rows == list(FUSIONS)


def test_every_row_of_a_table_has_the_cells_of_its_head(manifest):
    tables = re.findall(r"(?:^\|.*\|\n)+", card(manifest), re.MULTILINE)

    for table in tables:
        widths = {line.count("|") for line in table.splitlines()}
        assert len(widths) == 1


def test_with_a_cnn_the_card_tells_how_good_it_is_and_how_it_was_trained(with_cnn):
    told = card(with_cnn)

    command = "--member cnn --data ../shared/data --seed 0 --width 32 --epochs 40 --minutes 120\n"
    assert f"python -m training pretrain {command}python -m training pretrain --data" in told
    section = told.partition("### The cnn beside")[2].partition("### Audio, abroad")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [
        "committee",
        "committee_without",
        "gnb",
        "sgd",
        "xgb",
        "svm",
        "cnn",
    ]
    assert "| paired difference | +0.011 [-0.004, +0.020] |" in section
    assert "| 4 | 590 | 101 | 12 | 20.5 | 0.610 | 0.590 |" in section
    assert re.search(r"took 102 minutes of 120 allowed|took 103 minutes of 120 allowed", section)
    assert "MSD_musicnn" in section
    assert "Processor time is what limits it" in section


def test_a_cnn_taught_by_labels_alone_on_an_accelerator_is_told_as_such(with_cnn):
    facts = with_cnn["figures"]["cnn"]["facts"]
    facts |= {"device": "cuda", "minutes_allowed": None}
    facts["recipe"]["teacher_weight"] = 0.0

    section = card(with_cnn).partition("### The cnn beside")[2].partition("### Audio, abroad")[0]

    assert "on cuda with torch 2.9" in section
    assert not re.search("MSD_musicnn|Processor time|allowed", section)


def test_without_a_cnn_there_is_no_word_of_it(manifest):
    figures = {name: part for name, part in manifest["figures"].items() if name != "cnn"}

    assert "cnn" not in card({**manifest, "figures": figures}).lower().replace("musicnn", "")


def test_every_row_of_a_table_with_a_cnn_has_the_cells_of_its_head(with_cnn):
    tables = re.findall(r"(?:^\|.*\|\n)+", card(with_cnn), re.MULTILINE)

    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_a_card_lies_beside_its_manifest(manifest, tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))

    write_card(tmp_path)

    assert (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8") == card(manifest)
