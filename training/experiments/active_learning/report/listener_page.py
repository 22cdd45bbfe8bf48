"""A listener's own page: questions, learning curves and errors."""

from pathlib import Path

import numpy as np

from models.emotion import QUADRANTS
from training.experiments.active_learning.plan import Plan
from training.experiments.active_learning.report.figures import draw_listener
from training.experiments.active_learning.report.listener import ListenerScores, way_name, ways
from training.reporting.number_format import code, number
from training.reporting.render import Table, render
from training.reporting.scores import SCORED, Floats

NAME, PICTURE = "evaluation.md", "evaluation.png"


def write_evaluation(one: ListenerScores, plan: Plan, folder: Path) -> None:
    """Write a listener's page and figure into their folder."""
    draw_listener(one, plan, folder / PICTURE)
    (folder / NAME).write_text(evaluation(one, plan), encoding="utf-8")


def evaluation(one: ListenerScores, plan: Plan) -> str:
    """Return a listener's page as Markdown."""
    return render(
        "listener",
        one=one,
        plan=plan,
        protocol=plan.protocol,
        picture=PICTURE,
        gains=_gains(one, plan),
        questions=_questions(one, plan),
        curves=[(*way, _curves(one, place)) for place, way in enumerate(ways(plan))],
        confusion=_confusion(one, plan),
    )


def _gains(one: ListenerScores, plan: Plan) -> Table:
    first, last = one.f1[0, 0, :, :, 0], one.f1[:, 0, :, :, -1]
    gain = last - one.f1[:, 0, :, :, 0]
    rows = [
        [code(predictor), SCORED[scored], number(first[scored, place])]
        + [f"{each:+z.3f}" for each in gain[:, scored, place]]
        for place, predictor in enumerate(one.predictors)
        for scored in range(len(SCORED))
    ]
    return Table(["predictor", "scored by", "0 labels", *map(way_name, ways(plan))], rows)


def _questions(one: ListenerScores, plan: Plan) -> Table:
    rows = [
        [way_name(way), str(one.n_labels[-1]), str(n_distinct), number(shared)]
        for way, n_distinct, shared in zip(ways(plan), one.n_distinct, one.shared, strict=True)
    ]
    head = [
        "way",
        "questions in a split",
        "distinct over splits",
        "share that `rand` selected too",
    ]
    return Table(head, rows)


def _curves(one: ListenerScores, place: int) -> Table:
    last = len(one.predictors) - 1
    main = one.f1[place][:, [0] * last + [1], range(last + 1)]  # parts, predictors, rounds
    rows = [[str(n), *map(_cell, main[:, :, at].T)] for at, n in enumerate(one.n_labels)]
    return Table(["labels", *map(code, one.predictors)], rows)


def _cell(parts: Floats) -> str:
    everything, warm, cold = map(number, parts)
    return f"{everything} ({warm} / {cold})"


def _confusion(one: ListenerScores, plan: Plan) -> Table:
    names = ["0 labels", *map(way_name, ways(plan))]
    rows = [
        [name, str(quadrant), str(counts.sum())]
        + [f"{share:.2f}" for share in counts / max(int(counts.sum()), 1)]
        for name, table in zip(names, one.confusion, strict=True)
        for quadrant, counts in zip(QUADRANTS, np.asarray(table), strict=True)
    ]
    return Table(["way", "labelled", "tracks", *(f"answered {q}" for q in QUADRANTS)], rows)
