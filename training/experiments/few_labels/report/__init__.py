"""The report of how ways to make personal models compare."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from training.experiments.cohort import finished
from training.experiments.few_labels.method import NOMINAL, Arrays
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.peers import ELSEWHERE, Group, group_of
from training.experiments.few_labels.plan import BATCH, Plan
from training.experiments.few_labels.report import tables, targets
from training.experiments.few_labels.report.figures import (
    draw_coverage,
    draw_crowds,
    draw_curves,
    draw_sureness,
)
from training.experiments.few_labels.report.findings import Findings
from training.experiments.few_labels.report.listener import is_done, read_listener
from training.experiments.few_labels.results import Results
from training.reporting.html import write_page
from training.reporting.render import Provenance, render

__all__ = ["page", "read_findings", "write_report"]


def write_report(
    results: Results, plan: Plan, listeners: Sequence[str], out: Path, provenance: Provenance
) -> Path:
    """Write ``index.md``, ``index.html`` and pictures into a folder, and return the first.

    Args:
        results: Of the plan's units; listeners of whom some are missing are left out, by name.
        plan: What is reported.
        listeners: On whom.
        out: Where the page goes.
        provenance: What makes it all again, and what the data are.

    Raises:
        UnfinishedError: No listener's units are all done.
        UnfairComparisonError: Methods of one split were not on a par.
    """
    found, *fewer = read_findings(results, plan, listeners)
    out.mkdir(parents=True, exist_ok=True)
    draw_curves(found, out / "curves.png")
    draw_sureness(found, out / "reliability.png")
    if fewer:
        draw_crowds([found, *fewer], out / "others.png")
    if found.with_sets:
        draw_coverage(found, out / "coverage.png")
    return write_page(page(found, provenance, fewer, read_priors(results, plan, listeners)), out)


def page(
    found: Findings,
    provenance: Provenance,
    fewer: Sequence[Findings] = (),
    learnt: Mapping[str, Sequence[Arrays]] | None = None,
) -> str:
    """Return the page as Markdown.

    Args:
        found: Beside the first crowd of other listeners, which all but one section is about.
        provenance: What makes it all again, and what the data are.
        fewer: Beside the other crowds.
        learnt: Of each group left out, the numbers of the logistic models, by method.
    """
    return render(
        "personalise",
        found=found,
        fewer=fewer,
        learnt=learnt,
        provenance=provenance,
        methods=METHODS,
        batch=BATCH,
        nominal=NOMINAL,
        tables=tables,
        verdicts=targets,
    )


def read_priors(results: Results, plan: Plan, listeners: Sequence[str]) -> dict[str, list[Arrays]]:
    """Return what the logistic models learnt without each group, or elsewhere, by method."""
    groups = sorted({group_of(name, plan.protocol.seed) for name in listeners})
    found = {
        name: [results.learnt(group, name) for group in _groups_of(name, groups)]
        for name in plan.methods
    }
    known = {name: [one.arrays for one in every if one] for name, every in found.items()}
    return {
        name: every
        for name, every in known.items()
        if every and set(tables.NUMBERS) <= set(every[0])
    }


def _groups_of(method: str, groups: Sequence[int]) -> Sequence[Group]:
    return [ELSEWHERE] if METHODS[method].learns_elsewhere else list(groups)


def read_findings(results: Results, plan: Plan, listeners: Sequence[str]) -> list[Findings]:
    """Return what came out, beside each crowd of other listeners.

    Raises:
        UnfinishedError: No listener's units are all done.
        UnfairComparisonError: Methods of one split were not on a par.
    """
    done, left_out = finished(
        results.folder,
        listeners,
        lambda listener: is_done(results, plan, listener),
        f"{plan.n_splits} splits and methods {', '.join(plan.methods)}",
    )
    figures = [read_listener(results, plan, listener) for listener in done]
    return [
        Findings.of(plan, beside, left_out, crowd)
        for crowd, beside in enumerate(zip(*figures, strict=True))
    ]
