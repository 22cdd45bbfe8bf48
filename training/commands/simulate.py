"""``python -m training simulate``: from what was typed to the report."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.committee import Committee
from training.datasets.listeners import Study
from training.datasets.studies import Source, load_study
from training.engine import engine
from training.experiments.active_learning.plan import Plan, Protocol
from training.experiments.active_learning.results import Results
from training.experiments.active_learning.run import Experiment, simulate
from training.experiments.corpus import Standardisation, standardised_study
from training.experiments.paper.committee import (
    PaperCommittee,
    Pretraining,
    algorithms,
    folder_of,
    pretrain,
)
from training.experiments.population import (
    corpus_to_pretrain_on,
    is_another_dataset,
    models_of,
)
from training.experiments.protocol import OTHERS, PAPER, SNAPSHOT, SWITCHES, PlanError
from training.experiments.study import Ears, chosen_listeners, digest_of, names
from training.reporting.active_learning import write_report
from training.reporting.render import Provenance

OUR_DEFAULTS: Mapping[str, object] = {
    "dataset": "trompa",
    "population": OTHERS,
    "personaliser": "successive",
    "splits": 20,
}
PAPERS_DEFAULTS: Mapping[str, object] = {
    "dataset": "amg1608",
    "population": "deam",
    "personaliser": PAPER,
    "splits": 1,
}
"""What else ``--protocol`` sets, beside the switches."""


def run(told: argparse.Namespace) -> Path:
    """Simulate what the command line asks for, write the report and return its page.

    Raises:
        AttuneError: Something asked for does not exist or does not fit.
    """
    told = completed(told)
    protocol = protocol_of(told)
    plan = Plan(protocol, names(told.mode), names(told.personaliser), told.splits, told.min_labels)
    ears = Ears(told.snapshot if told.population == SNAPSHOT else None)
    own = Source(told.data, told.labels, told.features, ears.open, told.rows, told.border)
    study = load_study(told.dataset, own)
    begun = _shared(told, protocol, study, ears)
    study = begun.study
    protocol = replace(protocol, features=digest_of(study, begun.identity))
    plan = replace(plan, protocol=protocol)
    listeners = chosen_listeners(study, plan.min_labels, told.listeners)
    done = Results(told.out or Path("runs/simulate") / told.dataset, protocol)
    experiment = Experiment(study, protocol, begun.committee, begun.standard)
    if protocol.cnn == "full":
        experiment = _with_whole_networks(experiment, told.snapshot, ears.paths)
    simulate(experiment, plan, listeners, done, engine(told.engine, told.workers))
    pages: Path = told.report or Path("reports/simulation") / told.dataset
    provenance = Provenance(_command(told), study.about)
    return write_report(done, plan, pages, provenance, listeners=listeners)


@dataclass(frozen=True, slots=True, eq=False)
class _Begun:
    """What listeners begin with.

    Attributes:
        study: As the shared models read it.
        committee: The shared models; None where they are fitted to the other listeners.
        identity: What tells the shared models from others.
        standard: How the study was standardised, if it was.
    """

    study: Study
    committee: Committee | PaperCommittee | None
    identity: str
    standard: Standardisation | None = None


def _shared(told: argparse.Namespace, protocol: Protocol, study: Study, ears: Ears) -> _Begun:
    elsewhere = Source(told.data, cache=ears.open, rows=told.rows)
    if not is_another_dataset(told.population):
        shared = models_of(protocol, study, told.snapshot, elsewhere)
        return _Begun(study, shared.committee, shared.identity)
    study, standard = standardised_study(study)
    if protocol.members != PAPER:
        shared = models_of(protocol, study, told.snapshot, elsewhere)
        return _Begun(study, shared.committee, shared.identity, standard)
    how = pretraining(protocol, told.pretrained)
    corpus = corpus_to_pretrain_on(protocol, study, elsewhere)
    committee = pretrain(corpus, protocol.algorithms, how)
    return _Begun(study, replace(committee, standard=standard), corpus.digest, standard)


def completed(told: argparse.Namespace) -> argparse.Namespace:
    """Return what was typed, with what was left out as the protocol has it."""
    is_paper = told.protocol == PAPER
    left_out: dict[str, object] = {
        name.replace("-", "_"): switch.paper if is_paper else switch.ours
        for name, switch in SWITCHES.items()
    }
    left_out |= PAPERS_DEFAULTS if is_paper else OUR_DEFAULTS
    typed = {name: value for name, value in vars(told).items() if value is not None}
    return argparse.Namespace(**vars(told) | left_out | typed)


def protocol_of(told: argparse.Namespace) -> Protocol:
    """Return the protocol of what was typed.

    Raises:
        PlanError: It cannot be run.
    """
    switches = {name.replace("-", "_") for name in SWITCHES}
    return Protocol(
        dataset=told.dataset,
        algorithms=names(told.algorithms),
        population=told.population,
        n_queries=told.queries,
        n_rounds=told.rounds,
        seed=told.seed,
        cnn=told.cnn,
        members=PAPER if PAPER in names(told.personaliser) else "attune",
        train_share=told.train_share,
        cnn_width=told.cnn_width,
        cnn_epochs=told.cnn_epochs,
        **{name: getattr(told, name) for name in switches},
    )


def pretraining(protocol: Protocol, folder: Path | None) -> Pretraining:
    """Return how the paper's models are pretrained under a protocol.

    Args:
        protocol: Names dataset, rows, seed and what a cnn is like.
        folder: Where the models are kept, or were by ``python -m training pretrain``.
    """
    return Pretraining(
        folder or folder_of(protocol.population, protocol.rows),
        seed=protocol.seed,
        algorithms=algorithms(
            protocol.algorithms, protocol.cnn_width, protocol.cnn_epochs, protocol.cnn_best
        ),
    )


def _with_whole_networks(
    experiment: Experiment, snapshot: Path, recordings: Sequence[Path]
) -> Experiment:
    from training.cnn.finetune import load_networks
    from training.experiments.active_learning.whole import Recordings, with_whole_networks

    if not isinstance(experiment.shared, Committee) or not recordings:
        raise PlanError("--cnn full hears recordings; features alone will not do.")
    networks = load_networks(snapshot)
    study, committee = with_whole_networks(
        experiment.study, experiment.shared, networks, Recordings(recordings)
    )
    return Experiment(study, experiment.protocol, committee)


def _command(told: argparse.Namespace) -> str:
    """Return the command that prints the report, without what does not change it."""
    parts = ["python -m training simulate", f"--dataset {told.dataset}"]
    if told.protocol == PAPER:
        parts.append(f"--protocol {PAPER}")
    parts += [f"--{name} {getattr(told, name.replace('-', '_'))}" for name in _TOLD]
    # Under a protocol, only what departs from it is told.
    usual = vars(completed(argparse.Namespace(protocol=told.protocol)))
    parts += [
        f"--{name} {value}"
        for name in (*SWITCHES, "train-share", "cnn-width", "cnn-epochs")
        if (value := getattr(told, name.replace("-", "_")))
        != usual.get(name.replace("-", "_"), value)
    ]
    parts += [
        f"--{name} {path}"
        for name in ("labels", "features", "listeners")
        if (path := getattr(told, name))
    ]
    return " ".join(parts)


_TOLD = (
    "mode",
    "personaliser",
    "algorithms",
    "population",
    "queries",
    "rounds",
    "splits",
    "min-labels",
    "seed",
)
