"""Trains the CNN on the committee's folds and exports it."""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from models.errors import DatasetError
from training.cnn.data import Clips, committee_fold, load_clips, split
from training.cnn.export import Exported, Fold, export
from training.cnn.network import build, channels_last, default_device
from training.cnn.recipe import Recipe
from training.cnn.task import FoldTask
from training.cnn.training import read_checkpoint, train

CACHE = Path(".cache/cnn")
N_FOLDS = 5
"""As many as a committee has."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is told.

    Attributes:
        data: The folder of all datasets.
        out: Where the exported files go.
        weights: The encoders' folder.
        recipe: How each fold is trained.
        cache: Where log-mels and checkpoints are kept.
        seed: Decides folds and everything random; the committee's own.
        minutes: For all folds together; None: the recipe's epochs alone count.
        device: ``cpu``, ``cuda`` and so on; empty: an accelerator if there is one.
    """

    data: Path
    out: Path
    weights: Path
    recipe: Recipe
    cache: Path = CACHE
    seed: int = 0
    minutes: float | None = None
    device: str = ""


def run(settings: Settings) -> Exported:
    """Train what is not trained yet, and export all folds."""
    _check(settings)
    clips = replace(
        load_clips(settings.data, settings.cache, settings.weights),
        fold=committee_fold(settings.data, settings.seed),
    )
    folds = fit_folds(clips, settings)
    facts = {
        "width": settings.recipe.width,
        "seed": settings.seed,
        "device": device_of(settings),
        "minutes_allowed": settings.minutes,
        "recipe": asdict(settings.recipe),
        "torch": torch.__version__,
    }
    exported = export(settings.out, clips, folds, facts)
    facts_given = exported.facts["accuracy"]
    _log.info(
        "Accuracy on held-out artists %.3f [%.3f, %.3f].",
        facts_given["estimate"],
        facts_given["low"],
        facts_given["high"],
    )
    return exported


def fit_folds(clips: Clips, settings: Settings) -> list[Fold]:
    """Train every fold, each in what is left of the time divided by the folds that are left."""
    folder = settings.cache / digest_of(settings, clips)
    files = [folder / f"fold{index}.pt" for index in range(N_FOLDS)]
    folds = []
    parted = split(clips.y, clips.groups, N_FOLDS, settings.seed, clips.fold)
    for index, parts in enumerate(parted):
        task = FoldTask(
            clips, parts, settings.recipe, settings.seed * N_FOLDS + index, device_of(settings)
        )
        budget_s = _budget_s(settings.minutes, files, index)
        title = f"cnn: fold {index + 1} of {N_FOLDS}"
        state = train(task, files[index], title=title, budget_s=budget_s)
        network = build(settings.recipe.width, clips.heard[0].shape[1], task.seed)
        network.load_state_dict(state.best)
        channels_last(network)
        folds.append(Fold(network, parts, state))
    return folds


def device_of(settings: Settings) -> str:
    """Return the device to train on."""
    return settings.device or default_device()


def digest_of(settings: Settings, clips: Clips) -> str:
    """Return a name for all that decides the weights; checkpoints of one name may be resumed."""
    facts_given: dict[str, Any] = asdict(settings.recipe)
    facts_given |= {"seed": settings.seed, "minutes": settings.minutes, "clips": list(clips.ids)}
    facts_given["y"] = clips.y.tolist()
    return hashlib.sha256(json.dumps(facts_given, sort_keys=True).encode()).hexdigest()[:16]


def _budget_s(minutes: float | None, files: list[Path], index: int) -> float | None:
    """Return what a fold may take: an even share of what the folds before it have left."""
    if minutes is None:
        return None
    spent = sum(state.spent_s for file in files[:index] if (state := read_checkpoint(file)))
    return max(0.0, minutes * 60 - spent) / (len(files) - index)


def _check(settings: Settings) -> None:
    if settings.minutes is not None and not settings.minutes > 0:
        raise DatasetError(f"--minutes is {settings.minutes:g}; it must be above 0.")
    for name in ("width", "epochs"):
        if getattr(settings.recipe, name) < 1:
            raise DatasetError(
                f"--{name} is {getattr(settings.recipe, name)}; it must be at least 1."
            )
