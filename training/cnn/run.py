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
"""The committee's number of folds."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a run.

    Attributes:
        data: Folder of datasets.
        out: Folder of the exported files.
        weights: Folder of encoders.
        recipe: Hyperparameters of each fold.
        cache: Folder of log-mels and checkpoints.
        seed: Seed of folds and of all random draws; the same as the committee's.
        minutes: Time limit for all folds; None: no limit.
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
    """Train the folds without a finished checkpoint, and export all folds."""
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
    score = exported.facts["accuracy"]
    _log.info(
        "Accuracy on held-out artists %.3f [%.3f, %.3f].",
        score["estimate"],
        score["low"],
        score["high"],
    )
    return exported


def fit_folds(clips: Clips, settings: Settings) -> list[Fold]:
    """Train every fold; the remaining time is divided by the remaining folds."""
    folder = settings.cache / digest_of(settings, clips)
    files = [folder / f"fold{index}.pt" for index in range(N_FOLDS)]
    folds = []
    splits = split(clips.y, clips.groups, N_FOLDS, settings.seed, clips.fold)
    for index, parts in enumerate(splits):
        task = FoldTask(
            clips, parts, settings.recipe, settings.seed * N_FOLDS + index, device_of(settings)
        )
        budget_s = _budget_s(settings.minutes, files, index)
        title = f"cnn: fold {index + 1} of {N_FOLDS}"
        state = train(task, files[index], title=title, budget_s=budget_s)
        network = build(settings.recipe.width, clips.teacher[0].shape[1], task.seed)
        network.load_state_dict(state.best)
        channels_last(network)
        folds.append(Fold(network, parts, state))
    return folds


def device_of(settings: Settings) -> str:
    """Return the device to train on."""
    return settings.device or default_device()


def digest_of(settings: Settings, clips: Clips) -> str:
    """Return a digest of all inputs of the weights; its checkpoints can be resumed."""
    inputs: dict[str, Any] = asdict(settings.recipe)
    inputs |= {"seed": settings.seed, "minutes": settings.minutes, "clips": list(clips.ids)}
    inputs["y"] = clips.y.tolist()
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]


def _budget_s(minutes: float | None, files: list[Path], index: int) -> float | None:
    """Return a fold's time limit: an equal share of the remaining time."""
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
