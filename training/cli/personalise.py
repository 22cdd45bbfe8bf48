"""``personalise``: compare personalisation methods on few labels."""

import click

from training.arguments import PersonaliseArguments, RunArguments, StudyArguments
from training.cli.options import gather, run_options, share_options, study_options


@click.command()
@gather(
    PersonaliseArguments,
    click.option("--dataset", default="trompa", show_default=True, help="Dataset of listeners."),
    click.option(
        "--answers",
        default="0,1,3,5,8,12,28,52",
        show_default=True,
        help="Numbers of labels to learn from, separated by commas.",
    ),
    click.option(
        "--others",
        default="all",
        show_default=True,
        help="Numbers of other listeners with known votes, such as all,15,5,0.",
    ),
    click.option("--methods", help="Methods, separated by commas.  [default: all]"),
    click.option(
        "--splits",
        type=int,
        default=20,
        show_default=True,
        help="Random splits of each listener's tracks.",
    ),
    click.option(
        "--algorithms",
        default="gnb,sgd,xgb,svm",
        show_default=True,
        help="Members of the committee, separated by commas.",
    ),
    click.option(
        "--population",
        default="others",
        show_default=True,
        help="Training data of the shared models: others, snapshot, or a dataset.",
    ),
    *share_options,
)
@study_options(min_labels=80)
@run_options("personalise", "personalise")
def personalise(arguments: PersonaliseArguments, study: StudyArguments, run: RunArguments) -> None:
    """Compare personalisation methods on few labels."""
    from training.experiments.few_labels.comparison import run as compare

    click.echo(f"Report: {compare(arguments, study, run)}")
