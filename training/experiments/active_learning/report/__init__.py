"""Report of a simulation: one page for all listeners, and one for each."""

from collections.abc import Sequence
from pathlib import Path

from training.experiments.active_learning.plan import Plan, Protocol
from training.experiments.active_learning.report import tables
from training.experiments.active_learning.report.claims import by_predictor, claims
from training.experiments.active_learning.report.classification import write_classification
from training.experiments.active_learning.report.differences import (
    against_control,
    against_first_personaliser,
    against_start,
)
from training.experiments.active_learning.report.figures import (
    draw_curves,
    draw_differences,
    draw_parts,
)
from training.experiments.active_learning.report.findings import Findings
from training.experiments.active_learning.report.listener import (
    ListenerScores,
    is_done,
    read_listener,
)
from training.experiments.active_learning.report.listener_page import write_evaluation
from training.experiments.active_learning.results import Results
from training.experiments.cohort import finished
from training.experiments.protocol import SWITCHES
from training.reporting.bootstrap import Bootstrap
from training.reporting.html import write_page
from training.reporting.render import Provenance, render

__all__ = ["page", "write_report"]


def write_report(
    results: Results,
    plan: Plan,
    out: Path,
    provenance: Provenance,
    *,
    listeners: Sequence[str] | None = None,
) -> Path:
    """Write ``index.md``, ``index.html`` and figures into a folder, and each listener's page.

    Listeners with missing units are left out and named; without ``listeners`` the page reports all
    with results. A listener's own page goes into their folder of results.

    Returns:
        The path of the Markdown page.

    Raises:
        UnfinishedError: No listener has complete results.
        UnfairComparisonError: Units of a listener's split do not start alike.
    """
    found = _read(results, plan, listeners or results.listeners())
    out.mkdir(parents=True, exist_ok=True)
    for how in plan.personalisers:
        draw_curves(found, how, out / f"curves-{how}.png")
        draw_parts(found, how, out / f"parts-{how}.png")
        if found.control:
            draw_differences(found, how, out / f"differences-{how}.png")
    return write_page(page(found, provenance), out)


def page(found: Findings, provenance: Provenance) -> str:
    """Return the page over all listeners as Markdown."""
    protocol = found.plan.protocol
    control, start = against_control(found), against_start(found)
    return render(
        "simulation",
        found=found,
        departures=departures(protocol),
        judged_kind=protocol.score,
        provenance=provenance,
        claims=claims(control, start),
        control=control,
        start=start,
        personalisers=against_first_personaliser(found),
        by_predictor=by_predictor,
        tables=tables,
    )


def departures(protocol: Protocol) -> list[str]:
    """Return the options that are set to the paper's values."""
    return [
        f"--{name} {switch.paper}"
        for name, switch in SWITCHES.items()
        if getattr(protocol, name.replace("-", "_")) == switch.paper
    ]


def _read(results: Results, plan: Plan, listeners: Sequence[str]) -> Findings:
    """Read the listeners one by one, and write the page of each."""
    done, left_out = finished(
        results.folder,
        listeners,
        lambda listener: is_done(results, plan, listener),
        f"{plan.n_splits} splits, modes {', '.join(plan.modes)} and learning"
        f" {', '.join(plan.personalisers)}",
    )
    scores: list[ListenerScores] = []
    for listener in done:
        scores.append(read_listener(results, plan, listener))
        write_evaluation(scores[-1], plan, results.home(listener))
        write_classification(results, plan, listener)
    return Findings(plan, scores, left_out, Bootstrap.of(len(scores), plan.protocol.seed))
