"""``make bench-simulation``: the paper's learners in the original's organisation, and ours.

Four columns on the same listeners, splits and modes: the paper's learners as the original
organises them (:mod:`tests.bench.original_layout`), the same learners in our organisation, whose
scores must be the same to the last digit, and our own two personalisers, which give other scores.
The bench measures processor time, so other work on the machine has little effect.
"""

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import numpy as np

from models.command_line import HELP_OPTIONS
from tests.bench.growth import Growth, costs_by_rounds, draw, grow, power
from tests.bench.simulation_columns import COLUMNS, ORIGINAL, OURS, PAPER, Trial, compare, n_equal
from training.datasets.listeners import select_listeners
from training.datasets.source import Source
from training.datasets.studies import load_study
from training.experiments.active_learning.plan import Plan, Protocol
from training.experiments.active_learning.run import warn_of_small_pools

MODES = ("mc", "hc", "mix", "rand")
OUT = Path("reports/simulation/cost")
N_QUERIES, MIN_LABELS = 4, 80
TITLES = {
    ORIGINAL: "(a) the paper's learners, the original's organisation",
    PAPER: "the paper's learners, ours: `--personaliser paper`",
    "successive": "(b) ours by default: `--personaliser successive`",
    "refit": "(b) ours, as the service learns: `--personaliser refit`",
}


@click.command(context_settings=HELP_OPTIONS)
@click.option(
    "--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True
)
@click.option(
    "--listeners",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="Listeners in the comparison.",
)
@click.option("--rounds", type=click.IntRange(min=1), default=10, show_default=True)
def main(data: Path, listeners: int, rounds: int) -> None:
    """Measure, and write the page; fail if the same learners come to other scores."""
    study = load_study("trompa", Source(data))
    everybody = select_listeners(study, min_labels=MIN_LABELS)
    protocol = Protocol("trompa", n_queries=N_QUERIES, n_rounds=rounds)
    chosen = everybody[:listeners]
    warn_of_small_pools(study, Plan(protocol, MODES, n_splits=1), chosen)
    trials = compare(study, chosen, MODES, protocol)
    growth = grow(study, everybody, MODES, protocol)
    OUT.mkdir(parents=True, exist_ok=True)
    page = OUT / "index.md"
    lines = [*_about(listeners, rounds), *comparison(trials, protocol), *_growth(trials, growth)]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    click.echo(f"{page.read_text(encoding='utf-8')}\nThe page is {page}.")


def _about(n_listeners: int, n_rounds: int) -> list[str]:
    command = f"python -m tests.bench.simulation --listeners {n_listeners}"
    return [
        "# What a simulation costs",
        "",
        f"Printed by `make bench-simulation` (`{command} --rounds {n_rounds}`,"
        f" `OMP_NUM_THREADS=1`, {platform.machine()}) on TROMPA-MER's shared listeners: the first"
        f" {n_listeners} with at least {MIN_LABELS} labels, one split each, modes"
        f" {', '.join(MODES)}, {n_rounds} rounds of {N_QUERIES} questions; 11 descriptors a"
        " song; gnb, sgd and xgb, five folds each. Times are processor time, not the clock's.",
        "",
        "## What is compared",
        "",
        "- **(a)** The paper's learners in the original's organisation,"
        " `tests/bench/original_layout.py`: the 15 pretrained files are copied into a folder of"
        " the listener and mode; in every round each model is loaded and asked about the pool"
        " (`mc`, `mix`), loaded again, updated with the newest batch (`partial_fit`;"
        " 100 more trees), saved, and scored. scikit-learn and xgboost are called directly."
        " Files are pickled as in the original: this is a bench;"
        " Attune's own are not.",
        "- **The same learners in our organisation**, `--personaliser paper`: models stay in"
        " memory from round to round and are kept at the end (`skops`, `.ubj`).",
        "- **(b)** Ours, `--protocol attune`: a committee of our own, of which a listener changes"
        " a small part. `successive` learns each round on top of the last; `refit`, what the"
        " service does, learns all answers anew.",
        "",
        "TROMPA has no other dataset of the same descriptors, so the paper's models are pretrained"
        " on the other listeners' labels, standardised over TROMPA's songs; ours are fitted to the"
        " same labels. That is left out of all times here. Who is asked about what goes by the"
        " same rule and lot in all columns. Each column scores every model after every round by"
        " scikit-learn's weighted F1, within its time.",
        "",
    ]


def comparison(trials: Mapping[str, Sequence[Trial]], protocol: Protocol) -> list[str]:
    """Return the lines of the page that set the columns side by side."""
    equal, n_scores = n_equal(trials[ORIGINAL], trials[PAPER])
    first = trials[ORIGINAL][0]
    n_labels = min(protocol.n_questions, len(first.asked))
    return [
        "## Side by side",
        "",
        f"Mean weighted F1 at 0 and at {n_labels} labels; bytes are of one listener's models in"
        " one mode at the end. What `successive` and `refit` keep is read on top of the shared"
        " models, which all listeners have in common; the paper's files stand alone.",
        "",
        f"| | processor time, s | a unit, s | bytes | members, 0 | members, {n_labels}"
        f" | consensus, 0 | consensus, {n_labels} |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(column, trials[column]) for column in COLUMNS),
        "",
        f"**{equal:,} of {n_scores:,}** scores of (a) and of `--personaliser paper` are equal to"
        " the last digit, and so are all questions; the bench ends in an error where one is not."
        f" At equal scores the original's organisation takes"
        f" {_ratio(trials, ORIGINAL, PAPER):.2f} times the processor time of ours.",
        "",
        *(_beside(trials, how) for how in OURS),
        "",
        f"The scores are of {len(trials[ORIGINAL])} units, too few to tell which method is better;"
        " [the simulation](../trompa/index.md) judges ours on more listeners and splits.",
        "",
        "Where the processor time goes:",
        "",
        *(f"- {TITLES[column]}: {_parts(trials[column])}." for column in COLUMNS),
        "",
    ]


def _row(column: str, trials: Sequence[Trial]) -> str:
    spent = _spent(trials)
    size = np.mean([trial.n_bytes for trial in trials])
    scores = " | ".join(f"{score:.3f}" for score in (*_members(trials), *_consensus(trials)))
    return (
        f"| {TITLES[column]} | {spent:.2f} | {spent / len(trials):.3f} | {size:,.0f} | {scores} |"
    )


def _beside(trials: Mapping[str, Sequence[Trial]], how: str) -> str:
    theirs, ours = trials[ORIGINAL], trials[how]
    return (
        f"- (a) and `{how}` are different methods: (a) takes {_ratio(trials, ORIGINAL, how):.1f}"
        f" times the processor time; members end at {_members(theirs)[1]:.3f} there and"
        f" {_members(ours)[1]:.3f} here, the consensus at {_consensus(theirs)[1]:.3f} and"
        f" {_consensus(ours)[1]:.3f}. {_shared_songs(theirs, ours)} songs that are asked about are"
        " the same."
    )


def _ratio(trials: Mapping[str, Sequence[Trial]], one: str, other: str) -> float:
    return _spent(trials[one]) / _spent(trials[other])


def _spent(trials: Sequence[Trial]) -> float:
    return sum(trial.spent_s for trial in trials)


def _members(trials: Sequence[Trial]) -> Sequence[float]:
    return np.mean([trial.f1[[0, -1]].mean(axis=1) for trial in trials], axis=0)


def _consensus(trials: Sequence[Trial]) -> Sequence[float]:
    return np.mean([trial.consensus[[0, -1]] for trial in trials], axis=0)


def _shared_songs(ones: Sequence[Trial], others: Sequence[Trial]) -> str:
    pairs = zip(ones, others, strict=True)
    n_shared = sum(len(np.intersect1d(one.asked, other.asked)) for one, other in pairs)
    return f"{n_shared:,} of {sum(len(one.asked) for one in ones):,}"


def _parts(trials: Sequence[Trial]) -> str:
    spent = sum((Counter(dict(trial.parts_s)) for trial in trials), Counter())
    return ", ".join(f"{name} {100 * s / spent.total():.0f} %" for name, s in spent.most_common())


def _growth(trials: Mapping[str, Sequence[Trial]], growth: Growth) -> list[str]:
    theirs = costs_by_rounds(trials[ORIGINAL], [cost.rounds for cost in growth.rounds])
    lines = {
        ("ours, by listeners", "listeners"): growth.listeners,
        ("ours, by rounds", "rounds"): growth.rounds,
        ("(a), by rounds", "rounds"): theirs,
    }
    draw(lines, OUT / "cost.png")
    return [
        "## As it grows",
        "",
        "![processor time by listeners and rounds](cost.png)",
        "",
        "| listeners | rounds | `successive`, s |",
        "|---|---|---|",
        *(
            f"| {cost.listeners} | {cost.rounds} | {cost.spent_s:.2f} |"
            for cost in (*growth.listeners, *growth.rounds)
        ),
        "",
        f"Asking, learning, predicting and keeping grow with listeners to the power"
        f" {power(growth.listeners, 'listeners'):.2f} and with rounds to the power"
        f" {power(growth.rounds, 'rounds'):.2f} (1 is linear). In (a) they and the scoring grow"
        f" with rounds to the power {power(theirs, 'rounds'):.2f}, since a booster is 400 trees"
        f" larger after each. Fitting our shared models to the other listeners, once a split,"
        f" takes {growth.start_s:.2f} s more of a listener.",
    ]


if __name__ == "__main__":
    main()
