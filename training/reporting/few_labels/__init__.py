"""The report of how ways to make personal models compare."""

from collections.abc import Sequence
from pathlib import Path

from training.experiments.few_labels.plan import Plan
from training.experiments.few_labels.results import Results
from training.reporting.active_learning import UnfinishedError
from training.reporting.blocks import markdown
from training.reporting.few_labels.findings import Findings
from training.reporting.few_labels.listener import is_done, read_listener
from training.reporting.few_labels.page import COVERAGE, CURVES, SURENESS, Told, page
from training.reporting.few_labels.pictures import draw_coverage, draw_curves, draw_sureness
from training.reporting.html import html

__all__ = ["Told", "read_findings", "write_report"]


def write_report(
    results: Results, plan: Plan, listeners: Sequence[str], out: Path, told: Told
) -> Path:
    """Write ``index.md``, ``index.html`` and pictures into a folder, and return the first.

    Args:
        results: Of the plan's units; listeners of whom some are missing are left out, by name.
        plan: What is reported.
        listeners: On whom.
        out: Where the page goes.
        told: What the results do not tell.

    Raises:
        UnfinishedError: No listener's units are all done.
        UnfairComparisonError: Methods of one split were not on a par.
    """
    found = read_findings(results, plan, listeners)
    out.mkdir(parents=True, exist_ok=True)
    draw_curves(found, out / CURVES)
    draw_sureness(found, out / SURENESS)
    if found.with_sets:
        draw_coverage(found, out / COVERAGE)
    blocks = page(found, told)
    written = out / "index.md"
    written.write_text(markdown(blocks), encoding="utf-8")
    title = f"Personal models: {plan.protocol.dataset}"
    (out / "index.html").write_text(html(title, blocks, out), encoding="utf-8")
    return written


def read_findings(results: Results, plan: Plan, listeners: Sequence[str]) -> Findings:
    """Return what came out.

    Raises:
        UnfinishedError: No listener's units are all done.
        UnfairComparisonError: Methods of one split were not on a par.
    """
    done = [listener for listener in sorted(listeners) if is_done(results, plan, listener)]
    if not done:
        raise UnfinishedError(
            f"None of {len(listeners)} listeners in {results.folder} has all units of"
            f" {plan.n_splits} splits and methods {', '.join(plan.methods)}: run the experiment to"
            " its end first."
        )
    figures = [read_listener(results, plan, listener) for listener in done]
    left_out = [listener for listener in sorted(listeners) if listener not in set(done)]
    return Findings.of(plan, figures, left_out)
