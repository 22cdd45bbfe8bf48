"""``python -m training simulate``: from what was typed to the report."""

import argparse
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.arrays import FloatMatrix
from models.features import FeatureExtractor
from models.snapshot import load_snapshot
from training.datasets.listeners import Study, read_listener_file, select_listeners
from training.datasets.studies import Source, load_study
from training.embed import CACHE, WEIGHTS, FeatureCache
from training.engine import engine
from training.experiments.active_learning.plan import SNAPSHOT, Plan, PlanError, Protocol
from training.experiments.active_learning.results import Results
from training.experiments.active_learning.run import Experiment, simulate
from training.experiments.population import models_of
from training.reporting.active_learning import write_report
from training.reporting.render import Provenance

_log = logging.getLogger(__name__)


def run(told: argparse.Namespace) -> Path:
    """Simulate what the command line asks for, write the report and return its page.

    Raises:
        AttuneError: Something asked for does not exist or does not fit.
    """
    ears = Ears(told.snapshot if told.population == SNAPSHOT else None)
    study = load_study(told.dataset, Source(told.data, told.labels, told.features, ears.open))
    protocol = Protocol(
        dataset=told.dataset,
        algorithms=names(told.algorithms),
        population=told.population,
        n_queries=told.queries,
        n_rounds=told.rounds,
        seed=told.seed,
        cnn=told.cnn,
    )
    shared = models_of(protocol, study, told.snapshot, Source(told.data, cache=ears.open))
    protocol = replace(protocol, features=digest_of(study, shared.identity))
    plan = Plan(protocol, names(told.mode), names(told.personaliser), told.splits, told.min_labels)
    listeners = chosen_listeners(study, plan.min_labels, told.listeners)
    done = Results(told.out or Path("runs/simulate") / told.dataset, protocol)
    experiment = Experiment(study, protocol, shared.committee)
    if protocol.cnn == "full":
        experiment = _with_whole_networks(experiment, told.snapshot, ears.paths)
    simulate(experiment, plan, listeners, done, engine(told.engine, told.workers))
    pages: Path = told.report or Path("reports/simulation") / told.dataset
    provenance = Provenance(_command(told), study.about)
    return write_report(done, plan, pages, provenance, listeners=listeners)


def chosen_listeners(study: Study, min_labels: int, file: Path | None) -> list[str]:
    """Return who is judged, of all or of those that a file names; tell who is left out.

    Raises:
        DatasetError: The file cannot be read or names somebody unknown, or nobody is left.
    """
    chosen = None if file is None else read_listener_file(file)
    listeners = select_listeners(study, min_labels=min_labels, chosen=chosen)
    left_out = sorted(set(chosen or ()) - set(listeners))
    if left_out:
        _log.info("Left out, with fewer than %d labels: %s.", min_labels, ", ".join(left_out))
    return listeners


class Ears:
    """Turns recordings into features; opened if needed.

    Args:
        network: The snapshot whose network hears them as well; None for none.
    """

    def __init__(self, network: Path | None = None) -> None:
        self._network = network
        self.paths: Sequence[Path] = ()
        """The recordings of the study, in the order of its tracks."""

    def open(self) -> "Ears":
        """Return itself: nothing is loaded before it is listened to."""
        return self

    def audio(self, name: str, paths: Mapping[str, Path]) -> FloatMatrix:
        """Return the features of recordings."""
        self.paths = list(paths.values())
        network = None if self._network is None else load_snapshot(self._network).network
        return FeatureCache(CACHE, FeatureExtractor.open(WEIGHTS, network)).audio(name, paths)


def digest_of(study: Study, shared: str = "") -> str:
    """Return SHA-256 of all labels and features, in hexadecimal: results stand for these alone.

    Args:
        study: Whose labels and features.
        shared: What tells the shared models, where they are not fitted to this study.
    """
    labels, features = study.labels, study.features
    told = hashlib.sha256("\n".join([*labels.listeners, *labels.tracks, *features.ids]).encode())
    told.update("\n".join(features.artists).encode())
    told.update(np.ascontiguousarray(labels.y).tobytes())
    told.update(np.ascontiguousarray(features.x, np.float32).tobytes())
    told.update(shared.encode())
    return told.hexdigest()


def _with_whole_networks(
    experiment: Experiment, snapshot: Path, recordings: Sequence[Path]
) -> Experiment:
    from training.cnn.finetune import load_networks
    from training.experiments.active_learning.whole import Recordings, with_whole_networks

    if experiment.shared is None or not recordings:
        raise PlanError("--cnn full hears recordings; features alone will not do.")
    networks = load_networks(snapshot)
    study, committee = with_whole_networks(
        experiment.study, experiment.shared, networks, Recordings(recordings)
    )
    return Experiment(study, experiment.protocol, committee)


def names(listed: str) -> tuple[str, ...]:
    """Return names that commas part."""
    return tuple(name.strip() for name in listed.split(",") if name.strip())


def _command(told: argparse.Namespace) -> str:
    """Return the command that prints the report, without what does not change it."""
    parts = ["python -m training simulate", f"--dataset {told.dataset}"]
    parts += [
        f"--{name} {value}"
        for name, value in (
            ("mode", told.mode),
            ("personaliser", told.personaliser),
            ("algorithms", told.algorithms),
            ("population", told.population),
            ("queries", told.queries),
            ("rounds", told.rounds),
            ("splits", told.splits),
            ("min-labels", told.min_labels),
            ("seed", told.seed),
        )
    ]
    parts += [
        f"--{name} {path}"
        for name in ("labels", "features", "listeners")
        if (path := getattr(told, name))
    ]
    return " ".join(parts)
