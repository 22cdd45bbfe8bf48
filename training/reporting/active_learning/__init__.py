"""The report of a simulation: a page over all listeners, and one of each."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from training.experiments.active_learning.plan import Plan
from training.experiments.active_learning.results import Results
from training.reporting.active_learning.cohort import Cohort
from training.reporting.active_learning.evaluation import write_evaluation
from training.reporting.active_learning.findings import Findings
from training.reporting.active_learning.listener import (
    ListenerScores,
    UnfairComparisonError,
    UnfinishedError,
    is_done,
    read_listener,
)
from training.reporting.active_learning.page import Told, page, picture_kinds, picture_name
from training.reporting.active_learning.pictures import draw_curves, draw_differences, draw_parts
from training.reporting.blocks import markdown
from training.reporting.bootstrap import Bootstrap
from training.reporting.html import html

__all__ = ["UnfairComparisonError", "UnfinishedError", "write_report"]


def write_report(  # noqa: PLR0913  # who is reported on does not follow from the results
    results: Results,
    plan: Plan,
    out: Path,
    command: str,
    about: str,
    *,
    listeners: Sequence[str] | None = None,
) -> Path:
    """Write ``index.md``, ``index.html`` and pictures into a folder, and each listener's page.

    Args:
        results: Of the plan's units; listeners of whom some are missing are left out, by name.
        plan: What is reported.
        out: Where the page goes; each listener's goes into their folder of the results.
        command: What regenerates it all.
        about: What the data are, in a sentence or two.
        listeners: On whom; everybody with results if none are given, whatever run they are of.

    Returns:
        The Markdown page.

    Raises:
        UnfinishedError: No listener's units are all done.
        UnfairComparisonError: Units of a listener's split do not begin alike.
    """
    found = Findings.of(_read(results, plan, sorted(listeners or results.listeners())))
    out.mkdir(parents=True, exist_ok=True)
    _draw(found, out)
    blocks = page(found, Told(command, about))
    written = out / "index.md"
    written.write_text(markdown(blocks), encoding="utf-8")
    title = f"Simulation: {plan.protocol.dataset}"
    (out / "index.html").write_text(html(title, blocks, out), encoding="utf-8")
    return written


def _read(results: Results, plan: Plan, listeners: Sequence[str]) -> Cohort:
    """Read one listener after the other, and write their pages on the way."""
    done = [listener for listener in listeners if is_done(results, plan, listener)]
    if not done:
        raise UnfinishedError(
            f"None of {len(listeners)} listeners in {results.folder} has all units of"
            f" {plan.n_splits} splits, modes {', '.join(plan.modes)} and learning"
            f" {', '.join(plan.personalisers)}: run the simulation to its end first."
        )
    scores: list[ListenerScores] = []
    for listener in done:
        scores.append(read_listener(results, plan, listener))
        write_evaluation(scores[-1], plan, results.home(listener))
    left_out = [listener for listener in listeners if listener not in set(done)]
    return Cohort(plan, scores, left_out, Bootstrap.of(len(scores), plan.protocol.seed))


def _draw(found: Findings, out: Path) -> None:
    draw: Mapping[str, Callable[[str, Path], None]] = {
        "curves": partial(draw_curves, found.cohort, found.curves),
        "parts": partial(draw_parts, found.cohort, found.curves),
        "differences": partial(draw_differences, found.cohort),
    }
    for kind in picture_kinds(found.cohort):
        for how in found.cohort.plan.personalisers:
            draw[kind](how, out / picture_name(kind, how))
