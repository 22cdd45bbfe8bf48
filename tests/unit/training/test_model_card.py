"""The model card: written from the manifest; the one that ships is of the manifest that ships."""

import json
from difflib import unified_diff

import pytest

from models.fusion import FUSIONS
from tests.conftest import HOUSE
from training.reporting.model_card import card, write_card

PRETRAINED = HOUSE / "models" / "pretrained"


@pytest.fixture(name="manifest")
def _manifest():
    return json.loads((PRETRAINED / "manifest.json").read_text(encoding="utf-8"))


FIGURES = {
    "accuracy": 0.61,
    "macro_f1": 0.5513,
    "weighted_f1": 0.5872,
    "nll": 1.0134,
    "brier": 0.52,
    "ece": 0.0441,
}


def _figures(shift=0.0):
    return {
        metric: {"estimate": value + shift, "low": value - 0.0312, "high": value + 0.0287}
        for metric, value in FIGURES.items()
    }


def _part(*names):
    rows = {name: _figures(0.0111 * place) for place, name in enumerate(sorted(names))}
    whole = [name for name in ("committee", "committee_unknown") if name in names]
    bins = [
        {"n": 60, "confidence": 0.42, "accuracy": 0.4},
        {"n": 60, "confidence": 0.8, "accuracy": 0.7},
    ]
    return {
        "n_tracks": 120,
        "n_artists": 60,
        "majority": 0.4972,
        "rows": rows,
        "confusion": {name: [[0.2, 0.02, 0.02, 0.01]] * 4 for name in whole},
        "reliability": dict.fromkeys(whole, bins),
    }


def _made_up():
    """A manifest of which nothing changes when models are trained anew."""
    members = ("committee", "committee_unknown", "gnb", "sgd", "xgb", "svm")
    fold = {"epochs": 12, "minutes": 20.4, "n_fit": 590, "n_validation": 101}
    fold |= {"validation_accuracy": 0.6132, "held_out_accuracy": 0.5914}
    facts = {"width": 32, "seed": 0, "device": "cpu", "torch": "2.9", "minutes_allowed": 120}
    facts |= {"recipe": {"epochs": 40, "crops": 2, "teacher_weight": 1.0}, "folds": [fold] * 5}
    cnn = _part(*set(members) - {"committee_unknown"}, "committee_without", "cnn") | {
        "facts": facts
    }
    cnn |= {"difference": _figures()}
    study = {"n_listeners": 300, "n_answers": 3000, "n_tracks": 400}
    listeners = {"n_components": 32, "n_taste": 8, "studies": {"emotify": study}}
    listeners |= {"kappa": 3.1234, "gamma": 0.4812, "tau": 0.4913, "omega": 0.5112}
    return {
        "version": "0123abcd",
        "seed": 7,
        "feature_digest": "89abcdef" * 8,
        "versions": {"numpy": "2.0", "torch": "2.9"},
        "data": {"nju": {"tracks": 10, "audio": 0, "lyrics": 10}},
        "fusion": {"default": "log_opinion", "pool_weights": [0.812, 0.314]},
        "figures": {
            "procedure": "3 x 5-fold by artist, seed 7",
            "agreement": {
                "one": 0.6124,
                "majority_of_three": 0.6737,
                "n_answers": 9,
                "n_tracks": 3,
            },
            "audio": {"taffc4q": _part(*members), "emotify": _part(*members)},
            "cnn": cnn,
            "genres": _part("committee", "committee_unknown") | {"genres": ["pop", "rock"]},
            "strangers": {"emotify": _part("committee_unknown")},
            "offsets": {"audio": {"emotify": [0.91, -0.78, -0.79, 0.66]}},
            "reference": "taffc4q",
            "gain": [1.05, 1.12],
            "sets": {"audio": {"emotify": {"coverage": 0.8025, "size": 1.4725}}},
            "slopes": {"emotify": {"valence": {"slope": 0.91, "sd": 0.2113}}},
            "lyrics": {"nju": _part(*members), "pmemo": _part(*members)},
            "fusion": _part(*FUSIONS),
            "listeners": listeners,
        },
    }


def _without_cnn(manifest):
    del manifest["figures"]["cnn"], manifest["fusion"]["pool_weights"]
    return manifest


def _of_cuda(manifest):
    facts = manifest["figures"]["cnn"]["facts"]
    facts |= {"device": "cuda", "minutes_allowed": None}
    facts["recipe"] = facts["recipe"] | {"teacher_weight": 0.0}
    return manifest


def _changes(text, variant):
    """Where lines change or go, and the lines that come."""
    lines = unified_diff(text.splitlines(), variant.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith("-")]


def test_the_card_and_what_changes_without_a_cnn_and_on_an_accelerator_are_the_stored_ones(
    expect_page,
):
    text = card(_made_up())
    variants = [card(_without_cnn(_made_up())), card(_of_cuda(_made_up()))]

    changes = [line for variant in variants for line in _changes(text, variant)]

    expect_page("card.md", "\n".join([text, "# Variants", "", *changes, ""]))


def test_the_card_that_ships_is_written_beside_its_manifest(manifest, tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))

    write_card(tmp_path)

    shipped = (PRETRAINED / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8") == shipped
