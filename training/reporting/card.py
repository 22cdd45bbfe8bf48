"""The model card of a snapshot, written from its manifest, so that the two cannot disagree."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.fusion import FUSIONS
from models.sets import COVERAGE, ENOUGH
from models.snapshot.files import MANIFEST
from training.reporting.cells import code, fixed
from training.reporting.render import Table, render

_TITLES = {
    "accuracy": "accuracy",
    "weighted_f1": "weighted F1",
    "nll": "NLL",
    "brier": "Brier",
    "ece": "ECE",
}
_MEMBERS = ("committee", "committee_without", "gnb", "sgd", "xgb", "svm", "cnn")


def write_card(folder: Path) -> None:
    """Write ``MODEL_CARD.md`` beside a snapshot's manifest."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / "MODEL_CARD.md").write_text(card(manifest), encoding="utf-8")


def write_embedding_card(folder: Path) -> None:
    """Write ``MODEL_CARD.md`` beside the manifest of a snapshot that reads embeddings."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / "MODEL_CARD.md").write_text(embedding_card(manifest), encoding="utf-8")


def embedding_card(manifest: Mapping[str, Any]) -> str:
    """Return the card of a snapshot that reads embeddings as Markdown."""
    figures = manifest["figures"]
    names = {name: _TITLES[name] for name in ("accuracy", "weighted_f1", "nll")}
    rows = [
        [code(fusion), *(fixed(figures["fusion"][fusion][name], 3) for name in names)]
        for fusion in FUSIONS
    ]
    return render(
        "embedding_card",
        manifest=manifest,
        spec=manifest["feature_spec"],
        figures=figures,
        is_folded=figures["n_folds"] is not None,
        versions=_versions(manifest),
        data=_data(manifest["data"]),
        scores=Table(["fusion", *names.values()], rows),
    )


def card(manifest: Mapping[str, Any]) -> str:
    """Return the card as Markdown."""
    figures = manifest["figures"]
    return render(
        "card",
        manifest=manifest,
        figures=figures,
        listeners=figures["listeners"],
        weights=manifest["fusion"].get("pool_weights"),
        versions=_versions(manifest),
        data=_data(manifest["data"]),
        cnn=_cnn(figures["cnn"]) if "cnn" in figures else None,
        coverage=COVERAGE,
        enough=ENOUGH,
        table=_table,
    )


def _versions(manifest: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in manifest["versions"].items())


def _cnn(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of the cnn, tables among it."""
    facts: dict[str, Any] = part["facts"]
    allowed = facts.get("minutes_allowed")
    difference = [_cell(part["difference"][metric], "+") for metric in _TITLES]
    head = ["fold", "fitted to", "validation", "epochs", "minutes", "accuracy, validation"]
    counts = ("n_fit", "n_validation", "epochs", "minutes")
    shares = ("validation_accuracy", "held_out_accuracy")
    folds = [
        [str(fold), *(str(row[n]) for n in counts), *(fixed(row[n], 3) for n in shares)]
        for fold, row in enumerate(facts["folds"])
    ]
    return facts | {
        "figures": part,
        "allowed": f"{allowed:g}" if allowed else None,
        "difference": Table(
            ["with the cnn, less without it", *_TITLES.values()],
            [["paired difference", *difference]],
        ),
        "by_fold": Table([*head, "held out"], folds),
    }


def _data(data: Mapping[str, Mapping[str, int]]) -> Table:
    rows = [
        [name, *(str(row[what]) for what in ("tracks", "audio", "lyrics"))]
        for name, row in data.items()
    ]
    return Table(["dataset", "tracks", "with audio", "with lyrics"], rows)


def _table(head: str, part: Mapping[str, Any]) -> Table:
    # A manifest's keys are sorted; these rows have an order of their own.
    names = sorted(part["rows"], key=[*_MEMBERS, *FUSIONS].index)
    rows = [[code(name), *(_cell(part["rows"][name][m]) for m in _TITLES)] for name in names]
    return Table([head, *_TITLES.values()], rows)


def _cell(figure: Mapping[str, float], sign: str = "") -> str:
    estimate, low, high = (f"{figure[name]:{sign}.3f}" for name in ("estimate", "low", "high"))
    return f"{estimate} [{low}, {high}]"
