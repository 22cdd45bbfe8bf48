"""Run ``python -m training simulate`` from its arguments to the report."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from models.committee import Committee
from models.personal.logistic import Components
from training.arguments import RunArguments, SimulateArguments, StudyArguments
from training.datasets.listeners import Study
from training.datasets.source import Source
from training.datasets.studies import load_study
from training.engine import engine
from training.experiments.active_learning.plan import Plan, Protocol
from training.experiments.active_learning.report import write_report
from training.experiments.active_learning.results import Results
from training.experiments.active_learning.run import Experiment, simulate
from training.experiments.cold_start import Newcomers
from training.experiments.few_labels import loading
from training.experiments.few_labels import plan as few_labels
from training.experiments.learners import LOGISTIC
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
from training.experiments.protocol import PAPER, SNAPSHOT, SWITCHES, PlanError
from training.experiments.source_dataset import Standardisation, standardised_study
from training.experiments.study import AudioSource, chosen_listeners, digest_of, names
from training.reporting.render import Provenance, command_line

_DEFAULTS = {field.name: field.default for field in fields(Protocol)}
_WITHOUT_SWITCH = ("train-share", "cnn", "cnn-width", "cnn-epochs", "judged-share", "cold-share")
"""Options with the same default under both protocols."""


def run(arguments: SimulateArguments, tables: StudyArguments, how: RunArguments) -> Path:
    """Run the simulation, write the report and return the path of its page.

    Raises:
        AttuneError: A name is unknown, options contradict each other, or a table is unusable.
    """
    protocol = protocol_of(arguments, how.seed)
    personalisers = names(arguments.personaliser)
    plan = Plan(
        protocol, names(arguments.mode), personalisers, arguments.splits, tables.min_labels
    )
    audio_source = AudioSource(how.snapshot if arguments.population == SNAPSHOT else None)
    own = Source(
        tables.data,
        tables.labels,
        tables.features,
        audio_source.open,
        protocol.rows,
        protocol.border,
    )
    study = load_study(arguments.dataset, own)
    elsewhere = Source(tables.data, cache=audio_source.open, rows=protocol.rows)
    start = _shared(protocol, study, elsewhere, how.snapshot, arguments.pretrained)
    study = start.study
    protocol = replace(protocol, features=digest_of(study, start.identity))
    plan = replace(plan, protocol=protocol)
    listeners = chosen_listeners(study, plan.min_labels, tables.listeners)
    done = Results(how.out or Path("runs/simulate") / arguments.dataset, protocol)
    newcomers = _newcomers(protocol, start) if LOGISTIC in personalisers else None
    experiment = Experiment(study, protocol, start.committee, start.standard, newcomers)
    if protocol.cnn == "full":
        experiment = _with_whole_networks(experiment, how.snapshot, audio_source.paths)
    simulate(experiment, plan, listeners, done, engine(how.engine, how.workers))
    pages = how.report or Path("reports/simulation") / arguments.dataset
    provenance = Provenance(_command(arguments, tables, how.seed), study.about)
    return write_report(done, plan, pages, provenance, listeners=listeners)


@dataclass(frozen=True, slots=True, eq=False)
class _StartingModels:
    """The shared models at the start of a simulation.

    Attributes:
        study: The study with features as the shared models read them.
        committee: The shared models; None if they are fitted to the other listeners.
        identity: Version or digest of the shared models.
        standard: Standardisation of the study's features, if any.
        components: Components of the features; None if they are fitted to the study.
    """

    study: Study
    committee: Committee | PaperCommittee | None
    identity: str
    standard: Standardisation | None = None
    components: Components | None = None


def _newcomers(protocol: Protocol, start: _StartingModels) -> Newcomers:
    """Return the source of priors for the logistic model.

    Raises:
        PlanError: The shared models are the paper's.
    """
    if isinstance(start.committee, PaperCommittee):
        raise PlanError(f"--personaliser {LOGISTIC} cannot use the paper's models.")
    common = few_labels.Protocol(
        dataset=protocol.dataset,
        algorithms=protocol.algorithms,
        population=protocol.population,
        seed=protocol.seed,
    )
    return Newcomers(loading.Experiment(start.study, common, start.committee, start.components))


def _shared(
    protocol: Protocol, study: Study, elsewhere: Source, snapshot: Path, pretrained: Path | None
) -> _StartingModels:
    if not is_another_dataset(protocol.population):
        shared = models_of(protocol, study, snapshot, elsewhere)
        return _StartingModels(
            study, shared.committee, shared.identity, components=shared.components
        )
    study, standard = standardised_study(study)
    if protocol.members != PAPER:
        shared = models_of(protocol, study, snapshot, elsewhere)
        return _StartingModels(study, shared.committee, shared.identity, standard)
    how = pretraining(protocol, pretrained)
    corpus = corpus_to_pretrain_on(protocol, study, elsewhere)
    committee = pretrain(corpus, protocol.algorithms, how)
    return _StartingModels(study, replace(committee, standard=standard), corpus.digest, standard)


def protocol_of(arguments: SimulateArguments, seed: int) -> Protocol:
    """Return the protocol of a command line.

    Raises:
        PlanError: The settings are invalid.
    """
    return Protocol(
        dataset=arguments.dataset,
        algorithms=names(arguments.algorithms),
        population=arguments.population,
        n_queries=arguments.queries,
        n_rounds=arguments.rounds,
        seed=seed,
        cnn=arguments.cnn,
        members=PAPER if PAPER in names(arguments.personaliser) else "attune",
        rows=arguments.rows,
        split=arguments.split,
        train_share=arguments.train_share,
        score=arguments.score,
        votes=arguments.votes,
        picks=arguments.picks,
        border=arguments.border,
        cnn_best=arguments.cnn_best,
        cnn_width=arguments.cnn_width,
        cnn_epochs=arguments.cnn_epochs,
        judged_share=arguments.judged_share,
        cold_share=arguments.cold_share,
    )


def pretraining(protocol: Protocol, folder: Path | None) -> Pretraining:
    """Return the pretraining settings of the paper's models under a protocol.

    Args:
        protocol: Defines dataset, rows, seed and the cnn.
        folder: Folder of the models that ``python -m training pretrain`` wrote, or will write.
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
        raise PlanError("--cnn full needs recordings; features alone are not enough.")
    networks = load_networks(snapshot)
    study, committee = with_whole_networks(
        experiment.study, experiment.shared, networks, Recordings(recordings)
    )
    return Experiment(study, experiment.protocol, committee)


def _command(arguments: SimulateArguments, tables: StudyArguments, seed: int) -> str:
    """Return the command that makes the report, without options that do not change it."""
    options = {
        "dataset": arguments.dataset,
        "protocol": PAPER if arguments.protocol == PAPER else None,
        "mode": arguments.mode,
        "personaliser": arguments.personaliser,
        "algorithms": arguments.algorithms,
        "population": arguments.population,
        "queries": arguments.queries,
        "rounds": arguments.rounds,
        "splits": arguments.splits,
        "min-labels": tables.min_labels,
        "seed": seed,
        **_departures(arguments),
        "labels": tables.labels,
        "features": tables.features,
        "listeners": tables.listeners,
    }
    return command_line("simulate", options)


def _departures(arguments: SimulateArguments) -> dict[str, object]:
    """Return the options whose values differ from the defaults of the protocol."""
    is_paper = arguments.protocol == PAPER
    usual: dict[str, object] = {
        name: switch.paper if is_paper else switch.ours for name, switch in SWITCHES.items()
    }
    usual |= {name: _DEFAULTS[name.replace("-", "_")] for name in _WITHOUT_SWITCH}
    chosen = {name: getattr(arguments, name.replace("-", "_")) for name in usual}
    return {name: value for name, value in chosen.items() if value != usual[name]}
