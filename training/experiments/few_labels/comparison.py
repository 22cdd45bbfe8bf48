"""Run ``python -m training personalise`` from its arguments to the report."""

from dataclasses import dataclass, replace
from pathlib import Path

from training.arguments import PersonaliseArguments, RunArguments, StudyArguments
from training.datasets.source import Source
from training.datasets.studies import load_study
from training.engine import engine
from training.experiments.few_labels.loading import Experiment, open_peers
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.peers import ELSEWHERE, Peers
from training.experiments.few_labels.plan import Plan, Protocol
from training.experiments.few_labels.report import write_report
from training.experiments.few_labels.results import Results
from training.experiments.few_labels.run import personalise
from training.experiments.population import is_another_dataset, models_of
from training.experiments.protocol import OTHERS, SNAPSHOT, USUAL, PlanError
from training.experiments.source_dataset import standardised_study
from training.experiments.study import AudioSource, chosen_listeners, digest_of, names
from training.reporting.render import Provenance, command_line

STUDIES = {"agreement": SNAPSHOT, "emotify": "taffc4q", "trompa": OTHERS}
"""The public studies of listeners, each with a population that does not include its tracks."""


def run(arguments: PersonaliseArguments, tables: StudyArguments, how: RunArguments) -> Path:
    """Compare methods, write the report and return the path of its page.

    Raises:
        AttuneError: A name is unknown, or a table is unusable.
    """
    methods = _methods(arguments.methods)
    n_labels = _numbers(arguments.answers)
    audio_source = AudioSource(how.snapshot if arguments.population == SNAPSHOT else None)
    source = Source(tables.data, tables.labels, tables.features, audio_source.open)
    study = load_study(arguments.dataset, source)
    if is_another_dataset(arguments.population):
        study, _ = standardised_study(study)
    protocol = Protocol(
        dataset=arguments.dataset,
        n_labels=n_labels,
        n_others=_others(arguments.others),
        judged_share=arguments.judged_share,
        cold_share=arguments.cold_share,
        algorithms=names(arguments.algorithms),
        population=arguments.population,
        seed=how.seed,
    )
    shared = models_of(protocol, study, how.snapshot, Source(tables.data, cache=audio_source.open))
    protocol = replace(protocol, features=digest_of(study, shared.identity))
    plan = Plan(protocol, methods, arguments.splits, tables.min_labels)
    listeners = chosen_listeners(study, plan.min_labels, tables.listeners)
    done = Results(how.out or Path("runs/personalise") / arguments.dataset, protocol)
    elsewhere = OtherStudies(arguments.dataset, tables.data, how.snapshot, how.seed)
    experiment = Experiment(study, protocol, shared.committee, shared.components, elsewhere.open)
    personalise(experiment, plan, listeners, done, engine(how.engine, how.workers))
    pages = how.report or Path("reports/personalise") / arguments.dataset
    provenance = Provenance(_command(arguments, tables, how.seed), study.about)
    return write_report(done, plan, listeners, pages, provenance)


@dataclass(frozen=True, slots=True)
class OtherStudies:
    """The public studies of listeners other than one dataset.

    Attributes:
        dataset: The dataset to leave out.
        data: Folder of datasets.
        snapshot: Folder of the snapshot.
        seed: Seed of all randomness.
    """

    dataset: str
    data: Path
    snapshot: Path
    seed: int

    def open(self) -> list[Peers]:
        """Return the listeners of these studies; none if the dataset is not a public study."""
        if self.dataset not in STUDIES:
            return []
        return [self.peers(name) for name in STUDIES if name != self.dataset]

    def peers(self, name: str) -> Peers:
        """Return all listeners of a public study."""
        audio_source = AudioSource()
        source = Source(self.data, cache=audio_source.open)
        study = load_study(name, source)
        population = STUDIES[name]
        if is_another_dataset(population):
            study, _ = standardised_study(study)
        protocol = Protocol(name, population=population, seed=self.seed)
        shared = models_of(protocol, study, self.snapshot, source)
        experiment = Experiment(study, protocol, shared.committee, shared.components)
        return open_peers(experiment, ELSEWHERE)


def _others(listed: str) -> tuple[int | None, ...]:
    try:
        return tuple(None if name == "all" else int(name) for name in names(listed))
    except ValueError:
        raise PlanError(
            f"--others is {listed!r}; it must be 'all' or whole numbers, separated by commas, such"
            " as all,15,5,0."
        ) from None


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
            f"--answers is {listed!r}; it must be whole numbers, separated by commas, such as"
            " 0,4,12."
        ) from None


def _command(arguments: PersonaliseArguments, tables: StudyArguments, seed: int) -> str:
    """Return the command that makes the report, without options that do not change it."""
    options = {
        "dataset": arguments.dataset,
        "answers": arguments.answers,
        "others": arguments.others,
        "splits": arguments.splits,
        "min-labels": tables.min_labels,
        "algorithms": arguments.algorithms,
        "population": arguments.population,
        "judged-share": _unusual(arguments.judged_share, USUAL.judged),
        "cold-share": _unusual(arguments.cold_share, USUAL.cold),
        "seed": seed,
        "methods": arguments.methods,
        "labels": tables.labels,
        "features": tables.features,
        "listeners": tables.listeners,
    }
    return command_line("personalise", options)


def _unusual(value: float, usual: float) -> str | None:
    return None if value == usual else f"{value:g}"
