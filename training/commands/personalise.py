"""``python -m training personalise``: from what was typed to the report."""

import argparse
from dataclasses import replace
from pathlib import Path

from training.datasets.source import Source
from training.datasets.studies import load_study
from training.engine import engine
from training.experiments.corpus import standardised_study
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.plan import Plan, Protocol
from training.experiments.few_labels.results import Results
from training.experiments.few_labels.run import Experiment, personalise
from training.experiments.population import is_another_dataset, models_of
from training.experiments.protocol import SNAPSHOT, PlanError
from training.experiments.study import Ears, chosen_listeners, digest_of, names
from training.reporting.few_labels import write_report
from training.reporting.render import Provenance


def run(told: argparse.Namespace) -> Path:
    """Compare what the command line asks for, write the report and return its page.

    Raises:
        AttuneError: Something asked for does not exist or does not fit.
    """
    methods = _methods(told.methods)
    n_labels = _numbers(told.answers)
    ears = Ears(told.snapshot if told.population == SNAPSHOT else None)
    source = Source(told.data, told.labels, told.features, ears.open)
    study = load_study(told.dataset, source)
    if is_another_dataset(told.population):
        study, _ = standardised_study(study)
    protocol = Protocol(
        dataset=told.dataset,
        n_labels=n_labels,
        algorithms=names(told.algorithms),
        population=told.population,
        seed=told.seed,
    )
    shared = models_of(protocol, study, told.snapshot, Source(told.data, cache=ears.open))
    protocol = replace(protocol, features=digest_of(study, shared.identity))
    plan = Plan(protocol, methods, told.splits, told.min_labels)
    listeners = chosen_listeners(study, plan.min_labels, told.listeners)
    done = Results(told.out or Path("runs/personalise") / told.dataset, protocol)
    experiment = Experiment(study, protocol, shared.committee)
    personalise(experiment, plan, listeners, done, engine(told.engine, told.workers))
    pages: Path = told.report or Path("reports/personalise") / told.dataset
    return write_report(done, plan, listeners, pages, Provenance(_command(told), study.about))


def _methods(listed: str | None) -> tuple[str, ...]:
    chosen = tuple(METHODS) if listed is None else names(listed)
    for name in chosen:
        if name not in METHODS:
            raise PlanError(f"There is no method {name!r}; there are {', '.join(METHODS)}.")
    return tuple(name for name in METHODS if name in chosen)


def _numbers(listed: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in names(listed))
    except ValueError:
        raise PlanError(
            f"--answers is {listed!r}; it must be whole numbers that commas part, such as 0,4,12."
        ) from None


def _command(told: argparse.Namespace) -> str:
    """Return the command that prints the report, without what does not change it."""
    parts = ["python -m training personalise", f"--dataset {told.dataset}"]
    parts += [
        f"--{name} {getattr(told, name.replace('-', '_'))}"
        for name in ("answers", "splits", "min-labels", "algorithms", "population", "seed")
    ]
    parts += [
        f"--{name} {value}"
        for name in ("methods", "labels", "features", "listeners")
        if (value := getattr(told, name.replace("-", "_")))
    ]
    return " ".join(parts)
