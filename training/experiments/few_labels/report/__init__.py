"""Report that compares methods of personalisation."""

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
    """Write ``index.md``, ``index.html`` and figures into a folder; return the path of the first.

    Listeners with missing units are left out and named.

    Raises:
        UnfinishedError: No listener has complete results.
        UnfairComparisonError: Methods of one split had different labels or test tracks.
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
        found: Findings under the first crowd of other listeners.
        provenance: Origin of the page.
        fewer: Findings under the other crowds, for one section.
        learnt: Method to the priors of the logistic models, one for each group.
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
    """Return the priors of the logistic models by method, one for each group or other studies."""
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
    """Return the findings under each crowd of other listeners.

    Raises:
        UnfinishedError: No listener has complete results.
        UnfairComparisonError: Methods of one split had different labels or test tracks.
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
