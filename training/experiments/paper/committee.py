"""The paper's committee: models of each algorithm on five folds of another dataset."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import GroupShuffleSplit
from tqdm import tqdm

from models.arrays import FloatMatrix, MemberProba
from models.emotion import N_QUADRANTS, QUADRANTS
from models.errors import DatasetError
from training.atomic_files import write_json
from training.datasets.feature_rows import Rows
from training.datasets.folds import Fold
from training.experiments.paper.algorithm import UNFINISHED, Algorithm
from training.experiments.paper.members import (
    ALGORITHMS,
    FITS,
    Batch,
    Member,
    Tracks,
    file_name,
    load_member,
)
from training.experiments.protocol import PlanError
from training.experiments.source_dataset import Corpus, Standardisation

N_FOLDS = 5
_CLAIM, _SCORES = "pretrained.json", "scores.json"


@dataclass(frozen=True, slots=True, eq=False)
class PaperCommittee:
    """Fitted models by algorithm and fold; their consensus is the plain mean.

    Attributes:
        families: Algorithm to the models of its folds.
        standard: Standardisation of the features that the models read.
    """

    families: Mapping[str, Sequence[Member]]
    standard: Standardisation

    @property
    def n_folds(self) -> int:
        """Models of each algorithm."""
        return len(next(iter(self.families.values())))

    @property
    def sharpness(self) -> float:
        """Exponent of the consensus: 1, because the paper does not calibrate."""
        return 1.0

    def common(self, x: FloatMatrix) -> FloatMatrix:
        """Return the features that query strategies compare tracks by: all of them."""
        return x

    def proba(self, tracks: Tracks) -> Mapping[str, MemberProba]:
        """Return each algorithm's distributions ``(n_folds, n_rows, n_quadrants)``."""
        return {
            name: np.stack([member.proba(tracks) for member in members])
            for name, members in self.families.items()
        }

    def learn(self, batch: Batch) -> "PaperCommittee":
        """Return the committee after every model has learnt a batch of answers."""
        families = {
            name: [member.learn(batch) for member in members]
            for name, members in self.families.items()
        }
        return replace(self, families=families)

    def write(self, folder: Path) -> None:
        """Write each model and the standardisation of the features into a folder."""
        self.standard.write(folder)
        for name, members in self.families.items():
            for fold, member in enumerate(members):
                member.save(folder / file_name(name, fold))


@dataclass(frozen=True, slots=True)
class Pretraining:
    """Settings of pretraining.

    Attributes:
        folder: Folder of the models.
        n_folds: Models of each algorithm; at least 1.
        seed: Seed of the folds and of all other randomness.
        algorithms: The available algorithms by name.
    """

    folder: Path
    n_folds: int = N_FOLDS
    seed: int = 0
    algorithms: Mapping[str, "Algorithm"] = field(default_factory=lambda: BY_ROW)

    def __post_init__(self) -> None:
        if self.n_folds < 1:
            raise PlanError(f"--folds is {self.n_folds}; at least 1 is needed.")


def _fit_by_row(algorithm: str, corpus: Corpus, fold: Fold, seed: int, path: Path) -> Member:
    del path  # a fit is too short to need a checkpoint
    return FITS[algorithm](corpus.x[fold.train], corpus.y[fold.train], seed)


BY_ROW: Mapping[str, Algorithm] = {
    name: Algorithm(partial(_fit_by_row, name), load_member) for name in FITS
}
"""Algorithms that are fitted to rows of features."""


def algorithms(
    names: Sequence[str], cnn_width: int, cnn_epochs: int, cnn_best: str = "batch"
) -> Mapping[str, Algorithm]:
    """Return the available algorithms; the cnn, which imports torch, only if it is named.

    Args:
        names: Names of the requested algorithms.
        cnn_width: Channels of the cnn's first block.
        cnn_epochs: Most epochs of a fold; an update has half as many.
        cnn_best: Loss that chooses the epoch of an update: ``batch`` or ``test``.
    """
    if "cnn" not in names:
        return BY_ROW
    from training.experiments.paper.network import cnn  # imports torch

    return {**BY_ROW, "cnn": cnn(cnn_width, cnn_epochs, cnn_best)}


def folder_of(dataset: str, rows: str) -> Path:
    """Return the default folder of the models of a dataset."""
    return Path("runs/pretrained") / f"{dataset}-{rows}"


@dataclass(frozen=True, slots=True)
class FoldScore:
    """Weighted scores of a fold's model on the rows of its test songs."""

    precision: float
    recall: float
    f1: float


def folds_of(corpus: Corpus, n_folds: int, seed: int) -> list[Fold]:
    """Return the paper's folds: each tests on a fifth of the songs, drawn independently.

    Unlike in a cross-validation, test sets overlap.

    Raises:
        DatasetError: There are fewer than two songs, or a training part lacks a quadrant: the
            paper's models cannot add a quadrant later.
    """
    if len(np.unique(corpus.songs)) < 2:  # noqa: PLR2004  # one to fit to, one to test on
        raise DatasetError(f"{corpus.name} has one song; folds need at least two.")
    splitter = GroupShuffleSplit(n_folds, random_state=seed)
    folds = [Fold(*parts) for parts in splitter.split(corpus.x, groups=corpus.songs)]
    for place, fold in enumerate(folds):
        counts = np.bincount(corpus.y[fold.train], minlength=N_QUADRANTS)
        for quadrant in np.flatnonzero(counts == 0):
            is_there = corpus.y == quadrant
            raise DatasetError(
                f"{QUADRANTS[quadrant]} is missing where fold {place} of {corpus.name} is fitted:"
                f" {is_there.sum()} of {len(is_there)} rows have it, of"
                f" {len(np.unique(corpus.songs[is_there]))} songs. Try another --seed;"
                " --personaliser refit does not need every quadrant."
            )
    return folds


def pretrain(corpus: Corpus, algorithms: Sequence[str], how: Pretraining) -> PaperCommittee:
    """Fit each algorithm to each fold, and store the models in a folder.

    Models that an earlier call on the same data stored are loaded instead.

    Raises:
        DatasetError: A training part lacks a quadrant.
        PlanError: The folder holds models of other data or settings.
    """
    folds = folds_of(corpus, how.n_folds, how.seed)
    _claim(corpus, algorithms, how)
    families = {name: _members(name, corpus, folds, how) for name in algorithms}
    return PaperCommittee(families, corpus.standard)


def _members(
    algorithm: str, corpus: Corpus, folds: Sequence[Fold], how: Pretraining
) -> Sequence[Member]:
    members = []
    for place, fold in enumerate(tqdm(folds, desc=algorithm, unit="fold", leave=False)):
        path = how.folder / file_name(algorithm, place)
        if not path.exists():
            how.algorithms[algorithm].fit(corpus, fold, how.seed + place, path).save(path)
            path.with_suffix(UNFINISHED).unlink(missing_ok=True)
        members.append(how.algorithms[algorithm].load(path))
    return members


def load_committee(folder: Path) -> PaperCommittee:
    """Return the models in a folder, personal or pretrained.

    Raises:
        DatasetError: There is no model, a fold of an algorithm is missing, or a file is damaged.
    """
    families: dict[str, list[Member]] = {}
    for name in ALGORITHMS:
        paths = sorted(folder.glob(file_name(name, "*")))
        if paths:
            families[name] = [load_member(path) for path in paths]
    if len({len(members) for members in families.values()}) != 1:
        found = ", ".join(f"{len(members)} of {name}" for name, members in families.items())
        raise DatasetError(
            f"{folder} must hold as many models of each algorithm, such as"
            f" {file_name('gnb', 0)}; it holds {found or 'none'}."
        )
    return PaperCommittee(families, Standardisation.read(folder))


def score_folds(
    committee: PaperCommittee, corpus: Corpus, how: Pretraining
) -> dict[str, list[FoldScore]]:
    """Return each model's scores on its fold's test rows, and store them with the models.

    A cnn reads whole songs and is scored like the others: every row of a song counts.
    """
    folds = folds_of(corpus, how.n_folds, how.seed)
    scores = {
        name: [_score(member, corpus, fold) for member, fold in zip(members, folds, strict=True)]
        for name, members in committee.families.items()
    }
    manifest = {name: [asdict(each) for each in of_folds] for name, of_folds in scores.items()}
    path = how.folder / _SCORES
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    write_json(path, before | manifest)
    return scores


def _score(member: Member, corpus: Corpus, fold: Fold) -> FoldScore:
    order = fold.test[np.argsort(corpus.songs[fold.test], kind="stable")]
    songs, counts = np.unique(corpus.songs[order], return_counts=True)
    recordings = [corpus.recordings[song] for song in songs] if corpus.recordings else ()
    answered = member.proba(Tracks(corpus.x[order], Rows(counts), recordings)).argmax(axis=1)
    precision, recall, f1, _ = precision_recall_fscore_support(
        corpus.y[order], answered, average="weighted", zero_division=0
    )
    return FoldScore(float(precision), float(recall), float(f1))


def _claim(corpus: Corpus, names: Sequence[str], how: Pretraining) -> None:
    """Write the manifest of the models in a folder; refuse a folder of other models."""
    manifest: dict[str, object] = {
        "dataset": corpus.name,
        "data": corpus.digest,
        "folds": how.n_folds,
        "seed": how.seed,
        **{name: how.algorithms[name].settings for name in names},
    }
    path = how.folder / _CLAIM
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    differing = [name for name in manifest if found.get(name, manifest[name]) != manifest[name]]
    if differing:
        differences = "; ".join(
            f"{name} {found[name]!r}, not {manifest[name]!r}" for name in differing
        )
        raise PlanError(
            f"{how.folder} holds models of another training ({differences}): choose"
            " another folder, or delete that one."
        )
    if found != found | manifest:
        corpus.standard.write(how.folder)
        write_json(path, found | manifest)
