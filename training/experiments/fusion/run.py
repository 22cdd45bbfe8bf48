"""Run ``python -m training fuse``: evaluate the fusions and export a snapshot."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.emotion import Modality
from models.errors import AttuneError, DatasetError
from models.snapshot import load_snapshot
from training.arguments import PRETRAINED, FuseArguments
from training.datasets.paired import load_any, require_new_artists, shared_artist_rows
from training.datasets.tracks import PairedTable
from training.experiments.fusion import replication
from training.experiments.fusion.comparison import SOURCES, cross_validate, fit, judge
from training.members.pipeline import System
from training.reporting.fusion import LIBRARIES, Evaluation, Run, figures_of, write_report
from training.reporting.notebook import section
from training.reporting.render import command_line, versions_of
from training.snapshot.embedding_snapshot import Export, require_snapshot_folder


@dataclass(frozen=True, slots=True, eq=False)
class _Result:
    """Result of an evaluation.

    Attributes:
        tracks: Tracks that an exported snapshot is fitted to.
        system: The evaluated system; None if each fold had its own.
        more: Further sections of the page.
    """

    about: Run
    evaluation: Evaluation
    tracks: PairedTable
    system: System | None
    more: str


def run(arguments: FuseArguments) -> None:
    """Evaluate the fusions, write the page, and export a snapshot if requested.

    Raises:
        AttuneError: Options contradict each other, or a table is unusable.
    """
    _check(arguments)
    if arguments.train and arguments.test:
        judged = _on_a_test_table(arguments, arguments.train, arguments.test)
    else:
        judged = _in_folds(arguments)
    folder = arguments.out / judged.about.dataset
    write_report(judged.about, judged.evaluation, folder, judged.more)
    sys.stdout.write(f"The page is {folder / 'index.md'}.\n")
    if arguments.export:
        _export(arguments.export, arguments, judged)


def _check(arguments: FuseArguments) -> None:
    """Check options that contradict each other, before the long work."""
    if arguments.train is None and (arguments.test or arguments.export):
        option = "--test" if arguments.test else "--export"
        raise AttuneError(f"{option} needs a table to fit to: add --train FILE.")
    if arguments.export:
        require_snapshot_folder(arguments.export)


def _in_folds(arguments: FuseArguments) -> _Result:
    if (path := arguments.train) is not None:
        dataset, about, tracks = path.stem, _about(path), load_any(path)
    else:
        dataset, about = arguments.dataset, SOURCES[arguments.dataset].about
        tracks = SOURCES[arguments.dataset].load(arguments.data)
    evaluation = cross_validate(tracks, arguments.seed, arguments.folds)
    run = _run(arguments, dataset, about, n_folds=arguments.folds)
    more = ""
    if arguments.as_notebook:
        found = replication.in_folds(tracks, evaluation, arguments.seed, arguments.folds)
        more = section(found, arguments.seed)
    return _Result(run, evaluation, tracks, None, more)


def _on_a_test_table(arguments: FuseArguments, train_path: Path, test_path: Path) -> _Result:
    whole, test = load_any(train_path), load_any(test_path)
    _require_one_size(whole, test, train_path, test_path)
    if not (arguments.drop_shared_artists or arguments.as_notebook):
        require_new_artists(whole, test, train_path, test_path)
    n_all = len(whole.y)
    train = whole.take(np.setdiff1d(np.arange(n_all), shared_artist_rows(whole, test)))
    system = fit(train, arguments.seed)
    evaluation = judge(system, test)
    more = ""
    if arguments.as_notebook:
        found = replication.on_a_test_table(whole, test, evaluation, arguments.seed)
        more = section(found, arguments.seed)
    run = _run(
        arguments,
        train_path.stem,
        _about(test_path),
        fitted=_fitted(train_path.name, train, n_all),
    )
    return _Result(run, evaluation, train, system, more)


def _about(path: Path) -> str:
    return f"One's own table of paired embeddings, {path}."


def _require_one_size(
    train: PairedTable, test: PairedTable, train_path: Path, test_path: Path
) -> None:
    """Check that the embeddings of two tables have the same length.

    Raises:
        DatasetError: The lengths differ.
    """
    for name in Modality:
        found, wanted = (getattr(table, name).shape[1] for table in (test, train))
        if found != wanted:
            raise DatasetError(
                f"{test_path} row 1: its {name} embedding has {found} numbers; those of"
                f" {train_path} have {wanted}."
            )


def _fitted(name: str, train: PairedTable, n_all: int) -> str:
    n_artists, n_left_out = len(np.unique(train.groups)), n_all - len(train.y)
    rest = f" {n_left_out} more by artists of the other table were left out." if n_left_out else ""
    return (
        f"The models are fitted to {len(train.y)} tracks of {name} by {n_artists} artists.{rest}"
    )


def _run(
    arguments: FuseArguments,
    dataset: str,
    about: str,
    *,
    n_folds: int | None = None,
    fitted: str = "",
) -> Run:
    command, versions = _command(arguments), versions_of(*LIBRARIES)
    return Run(dataset, about, command, arguments.seed, versions, n_folds, fitted)


def _command(arguments: FuseArguments) -> str:
    """Return the command that makes the page."""
    is_own, is_split = arguments.train is not None, arguments.test is not None
    options: dict[str, object] = {
        "train": arguments.train,
        "test": arguments.test,
        "export": arguments.export,
        "dataset": None if is_own else arguments.dataset,
        "data": None if is_own else arguments.data,
        "encoder": arguments.encoder,
        "out": arguments.out,
        "seed": arguments.seed,
        "folds": None if is_split else arguments.folds,
        "as-notebook": arguments.as_notebook,
        "drop-shared-artists": arguments.drop_shared_artists,
    }
    return command_line("fuse", options)


def _export(folder: Path, arguments: FuseArguments, judged: _Result) -> None:
    made = Export(
        judged.system or fit(judged.tracks, arguments.seed),
        judged.tracks,
        arguments.encoder,
        arguments.seed,
        {
            "fusion": figures_of(judged.evaluation),
            "command": judged.about.command,
            "n_folds": judged.about.n_folds,
        },
    )
    version = made.write(folder, load_snapshot(PRETRAINED))
    sys.stdout.write(f"Snapshot {version} is in {folder}.\n")
