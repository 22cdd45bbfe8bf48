"""``personalise``: compare ways to make personal models from few labels."""

import click

from training.arguments import PersonaliseArguments, RunArguments, StudyArguments
from training.cli.options import gather, run_options, share_options, study_options


@click.command()
@gather(
    PersonaliseArguments,
    click.option("--dataset", default="trompa", show_default=True, help="Whose listeners."),
    click.option(
        "--answers",
        default="0,1,3,5,8,12,28,52",
        show_default=True,
        help="Numbers of labels to learn from.",
    ),
    click.option(
        "--others",
        default="all",
        show_default=True,
        help="How many other listeners vote; several, such as all,15,5,0, one after the other.",
    ),
    click.option("--methods", help="Names separated by commas; all by default."),
    click.option("--splits", type=int, default=20, show_default=True, help="Of each listener."),
    click.option(
        "--algorithms",
        default="gnb,sgd,xgb,svm",
        show_default=True,
        help="Members of the committee.",
    ),
    click.option(
        "--population",
        default="others",
        show_default=True,
        help="Who shared models learn from: others, snapshot, or a dataset.",
    ),
    *share_options,
)
@study_options(min_labels=80)
@run_options("personalise", "personalise")
def personalise(arguments: PersonaliseArguments, study: StudyArguments, run: RunArguments) -> None:
    """Compare ways to make personal models from few labels."""
    from training.experiments.few_labels.comparison import run as compare

    click.echo(f"The page is {compare(arguments, study, run)}.")
