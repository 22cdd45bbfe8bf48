"""A listener's own page: what was asked, what was learnt, and how well it went."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.emotion import QUADRANTS
from training.experiments.active_learning.plan import Plan
from training.reporting.active_learning.listener import ListenerScores, Way, ways
from training.reporting.active_learning.pictures import draw_listener
from training.reporting.blocks import Block, Heading, Paragraph, Picture, Table, markdown
from training.reporting.cells import code, number
from training.reporting.scores import PARTS, SCORED, Floats

NAME, PICTURE = "evaluation.md", "evaluation.png"


def write_evaluation(one: ListenerScores, plan: Plan, folder: Path) -> None:
    """Write a listener's page and picture into their folder."""
    draw_listener(one, plan, folder / PICTURE)
    (folder / NAME).write_text(markdown(list(_page(one, plan))), encoding="utf-8")


def _page(one: ListenerScores, plan: Plan) -> Iterator[Block]:
    yield Heading(f"Listener {one.listener}", level=1)
    yield Paragraph(_about(one, plan))
    yield Picture(
        PICTURE, "Weighted F1 of the committee by number of labels: all tracks, means over splits"
    )
    yield Heading("What was gained")
    yield Paragraph("Weighted F1 at the last round minus that at 0 labels; all tracks.")
    yield _gains(one, plan)
    yield Heading("What was asked")
    yield _asked(one, plan)
    yield Heading("Learning curves")
    yield Paragraph(
        "Weighted F1 of all tracks (of warm ones / of cold ones), means over splits. An algorithm"
        " is scored by the mean of its single models, the committee by its consensus."
    )
    for place, (how, mode) in enumerate(ways(plan)):
        yield Heading(f"`{mode}`, `{how}`", level=3)
        yield _curves(one, place)
    yield Heading("Where the committee errs")
    yield Paragraph("Shares of each labelled quadrant, over all splits; all tracks.")
    yield _confusion(one, plan)


def _about(one: ListenerScores, plan: Plan) -> str:
    protocol = plan.protocol
    judged, warm, cold = one.n_judged
    empty = "".join(
        f" {n} of {plan.n_splits} splits have no {part} track."
        for part, n in zip(PARTS[1:], one.n_empty[1:], strict=True)
        if n
    )
    return (
        f"A listener of `{protocol.dataset}`, asked about {one.n_labels[-1]} tracks in"
        f" {protocol.n_rounds} rounds of {protocol.n_queries}, in {plan.n_splits} splits of their"
        f" labels; judged, in a split, on {judged:.1f} tracks that are never asked about:"
        f" {warm:.1f} warm, whose artists the population knows, and {cold:.1f} cold.{empty} The"
        " personal models of each unit lie in `models`."
    )


def _gains(one: ListenerScores, plan: Plan) -> Table:
    rows = [
        [code(predictor), SCORED[scored], number(one.f1[0, 0, scored, place, 0])]
        + [f"{gain:+z.3f}" for gain in _gain(one.f1[:, 0, scored, place])]
        for place, predictor in enumerate(one.predictors)
        for scored in range(len(SCORED))
    ]
    return Table(["predictor", "scored by", "0 labels", *map(_way, ways(plan))], rows)


def _gain(curves: Floats) -> list[float]:
    return [float(value) for value in curves[:, -1] - curves[:, 0]]


def _way(way: Way) -> str:
    how, mode = way
    return f"{mode}, {how}"


def _asked(one: ListenerScores, plan: Plan) -> Table:
    rows = [
        [_way(way), str(one.n_labels[-1]), str(n_distinct), number(float(shared))]
        for way, n_distinct, shared in zip(ways(plan), one.n_distinct, one.shared, strict=True)
    ]
    head = ["way", "questions in a split", "distinct over splits", "share that `rand` asked too"]
    return Table(head, rows)


def _curves(one: ListenerScores, place: int) -> Table:
    last = len(one.predictors) - 1
    main = one.f1[place][:, [0] * last + [1], range(last + 1)]  # parts, predictors, rounds
    rows = [[str(n), *map(_cell, main[:, :, at].T)] for at, n in enumerate(one.n_labels)]
    return Table(["labels", *map(code, one.predictors)], rows)


def _cell(parts: Floats) -> str:
    everything, warm, cold = (number(float(value)) for value in parts)
    return f"{everything} ({warm} / {cold})"


def _confusion(one: ListenerScores, plan: Plan) -> Table:
    names = ["0 labels", *map(_way, ways(plan))]
    rows = [
        [name, str(quadrant), str(counts.sum())]
        + [f"{share:.2f}" for share in counts / max(int(counts.sum()), 1)]
        for name, table in zip(names, one.confusion, strict=True)
        for quadrant, counts in zip(QUADRANTS, np.asarray(table), strict=True)
    ]
    return Table(["way", "labelled", "tracks", *(f"answered {q}" for q in QUADRANTS)], rows)
