"""``python -m training fuse``: fusions judged, beside the notebook's if wanted, and exported."""

import argparse
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.emotion import Modality
from models.errors import AttuneError, DatasetError
from models.snapshot import load_snapshot
from training import replication
from training.arguments import PRETRAINED
from training.datasets.paired import load_any, require_new_artists, shared_artist_rows
from training.datasets.tracks import PairedTable
from training.export import Export, require_snapshot_folder
from training.fuse import SOURCES, cross_validate, fit, judge
from training.reporting.fusion import LIBRARIES, Evaluation, Run, figures_of, write_report
from training.reporting.notebook import section
from training.reporting.render import versions_of
from training.system import System


@dataclass(frozen=True, slots=True, eq=False)
class _Result:
    """What was judged.

    Attributes:
        tracks: What an exported snapshot is fitted to.
        system: The one that was judged; None where each fold had its own.
        more: What follows on the page.
    """

    about: Run
    evaluation: Evaluation
    tracks: PairedTable
    system: System | None
    more: str


def run(told: argparse.Namespace) -> None:
    """Judge the fusions, write the page, and export a snapshot if wanted.

    Raises:
        AttuneError: Options do not go together, or a table cannot be used.
    """
    _check(told)
    judged = _on_a_test_table(told) if told.test else _in_folds(told)
    folder = told.out / judged.about.dataset
    write_report(judged.about, judged.evaluation, folder, judged.more)
    sys.stdout.write(f"The page is {folder / 'index.md'}.\n")
    if told.export:
        _export(told, judged)


def _check(told: argparse.Namespace) -> None:
    """Refuse options that do not go together, before the long work."""
    if told.train is None and (told.test or told.export):
        option = "--test" if told.test else "--export"
        raise AttuneError(f"{option} needs a table to fit to: add --train FILE.")
    if told.export:
        require_snapshot_folder(told.export)


def _in_folds(told: argparse.Namespace) -> _Result:
    if told.train:
        dataset, about, tracks = told.train.stem, _about(told.train), load_any(told.train)
    else:
        dataset, about = told.dataset, SOURCES[told.dataset].about
        tracks = SOURCES[told.dataset].load(told.data)
    evaluation = cross_validate(tracks, told.seed, told.folds)
    run = _run(told, dataset, about, n_folds=told.folds)
    more = ""
    if told.as_notebook:
        found = replication.in_folds(tracks, evaluation, told.seed, told.folds)
        more = section(found, told.seed)
    return _Result(run, evaluation, tracks, None, more)


def _on_a_test_table(told: argparse.Namespace) -> _Result:
    whole, test = load_any(told.train), load_any(told.test)
    _require_one_size(told, whole, test)
    if not (told.drop_shared_artists or told.as_notebook):
        require_new_artists(whole, test, told.train, told.test)
    n_all = len(whole.y)
    train = whole.take(np.setdiff1d(np.arange(n_all), shared_artist_rows(whole, test)))
    system = fit(train, told.seed)
    evaluation = judge(system, test)
    more = ""
    if told.as_notebook:
        found = replication.on_a_test_table(whole, test, evaluation, told.seed)
        more = section(found, told.seed)
    run = _run(
        told,
        told.train.stem,
        _about(told.test),
        fitted=_fitted(told.train.name, train, n_all),
    )
    return _Result(run, evaluation, train, system, more)


def _about(path: Path) -> str:
    return f"One's own table of paired embeddings, {path}."


def _require_one_size(told: argparse.Namespace, train: PairedTable, test: PairedTable) -> None:
    """Refuse two tables whose embeddings differ in length.

    Raises:
        DatasetError: They do.
    """
    for name in Modality:
        found, wanted = (getattr(table, name).shape[1] for table in (test, train))
        if found != wanted:
            raise DatasetError(
                f"{told.test} row 1: its {name} embedding has {found} numbers; those of"
                f" {told.train} have {wanted}."
            )


def _fitted(name: str, train: PairedTable, n_all: int) -> str:
    n_artists, n_left_out = len(np.unique(train.groups)), n_all - len(train.y)
    rest = f" {n_left_out} more by artists of the other table were left out." if n_left_out else ""
    return (
        f"The models are fitted to {len(train.y)} tracks of {name} by {n_artists} artists.{rest}"
    )


def _run(
    told: argparse.Namespace,
    dataset: str,
    about: str,
    *,
    n_folds: int | None = None,
    fitted: str = "",
) -> Run:
    return Run(dataset, about, _command(told), told.seed, versions_of(*LIBRARIES), n_folds, fitted)


def _command(told: argparse.Namespace) -> str:
    """Return what makes the page again."""
    given = [("--train", told.train), ("--test", told.test), ("--export", told.export)]
    if not told.train:
        given = [("--dataset", told.dataset), ("--data", told.data)]
    given += [("--encoder", told.encoder or None), ("--out", told.out), ("--seed", told.seed)]
    if not told.test:
        given.append(("--folds", told.folds))
    words = [word for name, value in given if value is not None for word in (name, str(value))]
    switches = {
        "--as-notebook": told.as_notebook,
        "--drop-shared-artists": told.drop_shared_artists,
    }
    words += [name for name, is_on in switches.items() if is_on]
    return shlex.join(["python", "-m", "training", "fuse", *words])


def _export(told: argparse.Namespace, judged: _Result) -> None:
    made = Export(
        judged.system or fit(judged.tracks, told.seed),
        judged.tracks,
        told.encoder,
        told.seed,
        {
            "fusion": figures_of(judged.evaluation),
            "command": judged.about.command,
            "n_folds": judged.about.n_folds,
        },
    )
    version = made.write(told.export, load_snapshot(PRETRAINED))
    sys.stdout.write(f"Snapshot {version} is in {told.export}.\n")
