"""What ``make bench-simulation`` sets side by side, on the same listeners, splits and modes."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time

import numpy as np
from tqdm import tqdm

from tests.bench import original_layout
from training.datasets.listeners import Study
from training.experiments.active_learning.plan import Protocol, UnitKey
from training.experiments.active_learning.results import Results
from training.experiments.active_learning.unit import run_unit
from training.experiments.paper.committee import Pretraining, pretrain
from training.experiments.source_dataset import Corpus, standardised_study
from training.experiments.splits import split_of
from training.experiments.starting_models import Start, begin

ORIGINAL, PAPER = "original", "paper"
OURS = ("successive", "refit")
COLUMNS = (ORIGINAL, PAPER, *OURS)


class UnequalScoresError(Exception):
    """The same learners came to other scores in our organisation than in the original's."""


@dataclass(frozen=True)
class Trial:
    """What one listener in one mode came to in one column.

    Attributes:
        asked: Places of the songs among the study's, in the order they were asked about.
        f1: Weighted F1 of single members ``(n_rounds + 1, n_members)``.
        consensus: Weighted F1 of the members' consensus ``(n_rounds + 1,)``.
        spent_s: Processor time of asking, learning, keeping and scoring, in seconds.
        n_bytes: Of the listener's models on disk, at the end.
        parts_s: Processor time by what it was spent on.
        ends_s: Processor time until the end of each round, in the original's organisation.
    """

    asked: np.ndarray
    f1: np.ndarray
    consensus: np.ndarray
    spent_s: float
    n_bytes: int
    parts_s: Mapping[str, float]
    ends_s: Sequence[float] = ()


@dataclass(frozen=True)
class Starts:
    """Where a listener begins: the paper's models, read alike by two columns, and ours.

    Attributes:
        pretrained: The folder of the original's files.
        paper: Standardised rows, and the paper's models as Attune keeps them.
        ours: Raw rows, and Attune's own committee.
    """

    pretrained: Path
    paper: Start
    ours: Start


def compare(
    study: Study, listeners: Sequence[str], modes: Sequence[str], protocol: Protocol
) -> dict[str, list[Trial]]:
    """Run every mode of the first split of each listener in every column, turn by turn.

    Raises:
        UnequalScoresError: See :func:`require_equal`.
    """
    trials: dict[str, list[Trial]] = {column: [] for column in COLUMNS}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _warm_up(study, listeners[0], protocol, folder / "warm up")
        for place, listener in enumerate(tqdm(listeners, desc="comparison", unit="listener")):
            home = folder / str(place)
            starts = starts_of(study, listener, protocol, home)
            for mode in modes:
                for column in COLUMNS:
                    trial = run(column, starts, mode, protocol, home / mode / column)
                    trials[column].append(trial)
    require_equal(trials[ORIGINAL], trials[PAPER])
    return trials


def _warm_up(study: Study, listener: str, protocol: Protocol, home: Path) -> None:
    short = replace(protocol, n_rounds=1)
    starts = starts_of(study, listener, protocol, home)
    for column in COLUMNS:
        run(column, starts, "mc", short, home / column)


def starts_of(study: Study, listener: str, protocol: Protocol, home: Path) -> Starts:
    """Pretrain both kinds of models on the other listeners' labels, and return the starts."""
    standardised, standard = standardised_study(study)
    others = split_of(study, listener, 0, protocol).population
    places = study.track_places[others]
    corpus = Corpus(
        name=f"others than {listener}",
        x=standardised.features.x[places],
        y=study.labels.y[others],
        songs=study.features.groups[places],
        standard=standard,
    )
    original_layout.pretrain(corpus.x, corpus.y, corpus.songs, protocol.seed, home / "pretrained")
    how = Pretraining(home / "kept", original_layout.N_FOLDS, protocol.seed)
    committee = pretrain(corpus, original_layout.KINDS, how)
    return Starts(
        home / "pretrained",
        begin(standardised, listener, 0, protocol, committee),
        begin(study, listener, 0, protocol),
    )


def run(column: str, starts: Starts, mode: str, protocol: Protocol, folder: Path) -> Trial:
    """Run one listener in one mode; models are kept below a folder that is not there yet."""
    if column == ORIGINAL:
        return _original(starts, mode, protocol, folder)
    return _ours(starts.paper if column == PAPER else starts.ours, column, mode, protocol, folder)


def _original(starts: Starts, mode: str, protocol: Protocol, folder: Path) -> Trial:
    began = process_time()
    out = original_layout.run(starts.paper, starts.pretrained, folder, mode, protocol)
    spent_s = process_time() - began
    asked = starts.paper.places[out.asked]
    f1, consensus = np.array(out.f1), np.array(out.consensus)
    return Trial(asked, f1, consensus, spent_s, _size(folder), out.spent, out.ends)


def _ours(start: Start, how: str, mode: str, protocol: Protocol, folder: Path) -> Trial:
    began = process_time()
    results = Results(folder, protocol)
    unit, models = run_unit(start, UnitKey(start.listener, 0, mode, how), protocol)
    learnt = process_time()
    results.put_models(unit.key, models)
    results.put(unit)
    kept = process_time()
    y = unit.judged.y
    f1 = [[original_layout.weighted_f1(y, said) for said in members] for members in unit.answers]
    consensus = [original_layout.weighted_f1(y, said.argmax(axis=1)) for said in unit.proba[:, -1]]
    ended = process_time()
    parts = {
        "asking, learning and predicting": learnt - began,
        "keeping": kept - learnt,
        "scoring": ended - kept,
    }
    n_bytes = _size(results.home(start.listener) / "models")
    return Trial(unit.labelled, np.array(f1), np.array(consensus), ended - began, n_bytes, parts)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def n_equal(ones: Sequence[Trial], others: Sequence[Trial]) -> tuple[int, int]:
    """Return how many scores, members' and consensus', are equal to the last digit, and of all."""
    pairs = list(zip(ones, others, strict=True))
    alike = [
        same
        for one, other in pairs
        for same in (one.f1 == other.f1, one.consensus == other.consensus)
    ]
    return sum(int(same.sum()) for same in alike), sum(same.size for same in alike)


def require_equal(ones: Sequence[Trial], others: Sequence[Trial]) -> None:
    """Refuse columns whose questions or scores differ in a single digit.

    Raises:
        UnequalScoresError: They do.
    """
    equal, n_scores = n_equal(ones, others)
    pairs = list(zip(ones, others, strict=True))
    n_alike = sum(np.array_equal(one.asked, other.asked) for one, other in pairs)
    if equal < n_scores or n_alike < len(pairs):
        raise UnequalScoresError(
            f"{equal} of {n_scores} scores are equal, and {n_alike} of {len(pairs)} listeners and"
            " modes asked about the same songs."
        )
