"""``python -m training simulate``: from what was typed to the report."""

import argparse
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.arrays import FloatMatrix
from models.committee import Committee
from models.emotion import Modality
from models.features import FeatureExtractor
from models.snapshot import load_snapshot
from training.datasets.listeners import Study, read_listener_file, select_listeners
from training.datasets.studies import Source, load_study
from training.embed import CACHE, WEIGHTS, FeatureCache
from training.engine import engine
from training.simulate.plan import Plan, PlanError, Protocol
from training.simulate.report import write_report
from training.simulate.results import Results
from training.simulate.run import Experiment, simulate

_log = logging.getLogger(__name__)


def run(told: argparse.Namespace) -> Path:
    """Simulate what the command line asks for, write the report and return its page.

    Raises:
        AttuneError: Something asked for does not exist or does not fit.
    """
    ears = _Ears(told)
    study = load_study(told.dataset, Source(told.data, told.labels, told.features, ears.open))
    protocol = Protocol(
        dataset=told.dataset,
        algorithms=_names(told.algorithms),
        population=told.population,
        n_queries=told.queries,
        n_rounds=told.rounds,
        seed=told.seed,
        cnn=told.cnn,
        features=digest_of(study),
    )
    plan = Plan(
        protocol, _names(told.mode), _names(told.personaliser), told.splits, told.min_labels
    )
    chosen = None if told.listeners is None else read_listener_file(told.listeners)
    listeners = select_listeners(study, min_labels=plan.min_labels, chosen=chosen)
    left_out = sorted(set(chosen or ()) - set(listeners))
    if left_out:
        _log.info("Left out, with fewer than %d labels: %s.", plan.min_labels, ", ".join(left_out))
    done = Results(told.out or Path("runs/simulate") / told.dataset, protocol)
    experiment = _experiment(told, study, protocol, ears)
    simulate(experiment, plan, listeners, done, engine(told.engine, told.workers))
    pages: Path = told.report or Path("reports/simulation") / told.dataset
    return write_report(done, plan, pages, _command(told), study.about, listeners=listeners)


class _Ears:
    """Turns recordings into the features that the chosen population reads; opened if needed."""

    def __init__(self, told: argparse.Namespace) -> None:
        self._network = told.population == "snapshot"
        self._snapshot: Path = told.snapshot
        self.paths: Sequence[Path] = ()
        """The recordings of the study, in the order of its tracks."""

    def open(self) -> "_Ears":
        """Return itself: nothing is loaded before it is listened to."""
        return self

    def audio(self, name: str, paths: Mapping[str, Path]) -> FloatMatrix:
        """Return the features of recordings."""
        self.paths = list(paths.values())
        network = load_snapshot(self._snapshot).network if self._network else None
        return FeatureCache(CACHE, FeatureExtractor.open(WEIGHTS, network)).audio(name, paths)


def digest_of(study: Study) -> str:
    """Return SHA-256 of all labels and features, in hexadecimal: results stand for these alone."""
    labels, features = study.labels, study.features
    told = hashlib.sha256("\n".join([*labels.listeners, *labels.tracks, *features.ids]).encode())
    told.update("\n".join(features.artists).encode())
    told.update(np.ascontiguousarray(labels.y).tobytes())
    told.update(np.ascontiguousarray(features.x, np.float32).tobytes())
    return told.hexdigest()


def _experiment(
    told: argparse.Namespace, study: Study, protocol: Protocol, ears: _Ears
) -> Experiment:
    if protocol.population == "others":
        return Experiment(study, protocol)
    committee = _shipped(told.snapshot, protocol, study)
    if protocol.cnn == "full":
        from training.cnn.finetune import load_networks
        from training.simulate.whole import Recordings, with_whole_networks

        networks = load_networks(told.snapshot)
        study, committee = with_whole_networks(study, committee, networks, Recordings(ears.paths))
    return Experiment(study, protocol, committee)


def _shipped(folder: Path, protocol: Protocol, study: Study) -> Committee:
    """Return the committee that ships, cut down to the chosen algorithms."""
    snapshot = load_snapshot(folder)
    committee = snapshot.committees[Modality.AUDIO]
    for name in protocol.algorithms:
        if name not in committee.families:
            known = ", ".join(committee.families)
            raise PlanError(f"The snapshot's committee has no {name!r}; it has {known}.")
    spec = snapshot.manifest["feature_spec"]
    n_read = spec["n_audio_features"] + (spec.get("network") or {"n_features": 0})["n_features"]
    if study.features.x.shape[1] != n_read:
        raise PlanError(
            f"{study.name} has {study.features.x.shape[1]} features a track; snapshot"
            f" {snapshot.version} reads {n_read}: --population others learns from the listeners."
        )
    return replace(
        committee,
        families={name: committee.families[name] for name in protocol.algorithms},
        learners={n: f for n, f in committee.learners.items() if n in protocol.algorithms},
    )


def _names(listed: str) -> tuple[str, ...]:
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
