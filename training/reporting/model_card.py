"""Write the model card of a snapshot from its manifest."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.emotion import QUADRANTS
from models.fusion import FUSIONS
from models.prediction_sets import COVERAGE, ENOUGH
from models.snapshot.files import MANIFEST
from training.reporting.number_format import code, fixed, percent
from training.reporting.render import Table, render

_TITLES = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "weighted_f1": "weighted F1",
    "nll": "NLL",
    "brier": "Brier",
    "ece": "ECE",
}
_COMMITTEES = ("committee", "committee_unknown", "committee_without")
_MEMBERS = (*_COMMITTEES, "gnb", "sgd", "xgb", "svm", "cnn")
_FOR_BRIEF = ("accuracy", "macro_f1", "nll", "ece")


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
        summary=_summary(figures),
        offsets=_offsets(figures["offsets"]),
        sets=_sets(figures["sets"]),
        slopes=_slopes(figures["slopes"]),
        table=_table,
        reliability=_reliability,
        confusion=_confusion,
    )


def _summary(figures: Mapping[str, Any]) -> Table:
    """Return one line for each evaluation and committee."""
    parts = [
        (f"{modality}, {name}", part)
        for modality in ("audio", "lyrics")
        for name, part in figures[modality].items()
    ]
    parts.append(("audio, emotify, a genre left out", figures["genres"]))
    parts += [(f"audio, {n}, not trained on", part) for n, part in figures["strangers"].items()]
    rows = [
        [where, code(row), *(_cell(part["rows"][row][metric]) for metric in _FOR_BRIEF)]
        for where, part in parts
        for row in _COMMITTEES
        if row in part["rows"]
    ]
    return Table(["judged on", "committee", *(_TITLES[metric] for metric in _FOR_BRIEF)], rows)


def _offsets(offsets: Mapping[str, Mapping[str, Sequence[float]]]) -> Table:
    rows = [
        [modality, name, *(f"{value:+.2f}" for value in values)]
        for modality, corpora in offsets.items()
        for name, values in corpora.items()
    ]
    return Table(["modality", "corpus", *QUADRANTS], rows)


def _sets(sets: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Table:
    rows = [
        [modality, name, percent(figures_of["coverage"]), fixed(figures_of["size"], 2)]
        for modality, corpora in sets.items()
        for name, figures_of in corpora.items()
    ]
    return Table(["modality", "corpus", "sets hold the answer", "quadrants in a set"], rows)


def _slopes(slopes: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Table:
    rows = [
        [name, axis, fixed(figures_of["slope"], 2), fixed(figures_of["sd"], 3)]
        for name, axes in slopes.items()
        for axis, figures_of in axes.items()
    ]
    return Table(["corpus", "axis", "slope of truth on prediction", "sd of predictions"], rows)


def _reliability(part: Mapping[str, Any]) -> Table:
    """Return confidence and accuracy of the committees in bins, lowest confidence first."""
    rows = [
        [code(name), str(place + 1), fixed(bin_["confidence"], 3), fixed(bin_["accuracy"], 3)]
        for name, bins in part["reliability"].items()
        for place, bin_ in enumerate(bins)
    ]
    return Table(["committee", "fifth", "confidence", "accuracy"], rows)


def _confusion(part: Mapping[str, Any]) -> Table:
    """Return the confusion matrix in per cent of all tracks."""
    rows = [
        [code(name), f"truly {quadrant}", *(percent(share, 1) for share in shares)]
        for name, matrix in part["confusion"].items()
        for quadrant, shares in zip(QUADRANTS, matrix, strict=True)
    ]
    return Table(["committee", "", *(f"predicted {quadrant}" for quadrant in QUADRANTS)], rows)


def _versions(manifest: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in manifest["versions"].items())


def _cnn(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of the cnn with its tables."""
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
    # A manifest's keys are sorted by name; the rows are in order of members and fusions.
    names = sorted(part["rows"], key=[*_MEMBERS, *FUSIONS].index)
    rows = [[code(name), *(_cell(part["rows"][name][m]) for m in _TITLES)] for name in names]
    return Table([head, *_TITLES.values()], rows)


def _cell(figure: Mapping[str, float], sign: str = "") -> str:
    estimate, low, high = (f"{figure[name]:{sign}.3f}" for name in ("estimate", "low", "high"))
    return f"{estimate} [{low}, {high}]"
