"""Processor time of a call beside an empty API of stock BentoML: what the middleware costs."""

from collections.abc import Sequence
from contextlib import ExitStack

from tests.bench.costs import Size, in_turn
from tests.bench.http_client import Caller, Request, get, post
from tests.bench.server import attune, running, stock_bentoml
from tests.stress.context import SQLITE, Context
from tests.stress.keys import admin
from tests.stress.report import Row

DATABASES = (SQLITE,)
LIMIT_S = 240.0, 120.0
SETTINGS = {"ATTUNE_RATE": "1000000", "ATTUNE_LOG": "json", "ATTUNE_LOG_LEVEL": "info"}
"""All that costs time is on; the rate limit is never reached."""
MOST = 25
"""Percent by which a call may exceed an empty API of stock BentoML."""
TRACK_ID = "t1"
CALLS: dict[str, Request] = {
    "GET /tracks/{track_id}": get(f"/tracks/{TRACK_ID}"),
    "POST /predict of a track_id": post("/predict", {"track_id": TRACK_ID}),
}


def run(context: Context) -> list[Row]:
    """Measure both in turn."""
    folder = context.folder.resolve()
    with ExitStack() as stack:
        sources = Caller(stack.enter_context(running(stock_bentoml(folder / "stock"))))
        served = attune(folder / "attune", context.new_database(), **SETTINGS)
        stack.enter_context(running(served))
        ours = Caller(served, admin(served))
        ours.ask(_registration())
        steps = {name: ours.step(request) for name, request in CALLS.items()}
        floor, *costs = in_turn(
            {"stock": sources.step(post("/empty", {}))} | steps,
            context.size(Size(40, 100), Size(2, 20)),
        ).values()
    over = [100 * (cost.times(floor) - 1) for cost in costs]
    return [
        context.figure(
            "an empty API of stock BentoML's, processor time", f"{floor.cpu_ms:.3f} ms"
        ),
        *(
            context.figure(
                f"{name} with key, limits, metrics and JSON logs", f"{cost.cpu_ms:.3f} ms"
            )
            for name, cost in zip(CALLS, costs, strict=True)
        ),
        *_judged(context, over),
    ]


def _judged(context: Context, over: Sequence[float]) -> list[Row]:
    """Compare processor time, which includes work after an answer."""
    whats = [f"{name} costs more than an empty API of stock BentoML's" for name in CALLS]
    pairs = list(zip(whats, over, strict=True))
    if context.is_short:  # a few requests on a busy machine prove nothing
        return [context.figure(what, f"{percent:.0f} %") for what, percent in pairs]
    return [context.at_most(what, percent, MOST, "%") for what, percent in pairs]


def _registration() -> Request:
    whole = post(f"/tracks/{TRACK_ID}", {"lyrics": "The rain came down and nobody was home"})
    return Request("PUT", whole.path, whole.body)
