"""What the middleware costs a request: processor time beside an empty API of stock BentoML's."""

from collections.abc import Sequence
from contextlib import ExitStack

from tests.bench.caller import Caller, Request, get, post
from tests.bench.costs import Size, in_turn
from tests.bench.server import attune, running, stock_bentoml
from tests.stress.keys import ADMIN, bearer, make_key
from tests.stress.plan import SQLITE, Bound, Plan
from tests.stress.table import Row

NAME = "cost"
DATABASES = (SQLITE,)  # what is measured asks it for one track
BOUND = Bound(full_s=240, short_s=60)
SETTINGS = {"ATTUNE_RATE": "1000000", "ATTUNE_LOG": "json", "ATTUNE_LOG_LEVEL": "info"}
"""Whatever can cost something is on; the rate is one that nobody reaches."""
MOST = 25
"""By how many percent a call may exceed an empty API of stock BentoML's."""
TRACK_ID = "t1"
CALLS: dict[str, Request] = {
    "GET /tracks/{track_id}": get(f"/tracks/{TRACK_ID}"),
    "POST /predict of a track_id": post("/predict", {"track_id": TRACK_ID}),
}


def run(plan: Plan) -> list[Row]:
    """Ask both in turn."""
    folder = plan.folder.resolve()
    with ExitStack() as stack:
        stock = Caller(stack.enter_context(running(stock_bentoml(folder / "stock"))))
        served = attune(folder / "attune", plan.new_database(), **SETTINGS)
        stack.enter_context(running(served))
        ours = Caller(served, bearer(make_key(served, ADMIN)))
        ours.ask(_registration())
        steps = {name: ours.step(request) for name, request in CALLS.items()}
        floor, *costs = in_turn(
            {"stock": stock.step(post("/empty", {}))} | steps,
            plan.size(Size(40, 100), Size(2, 20)),
        ).values()
    over = [100 * (cost.times(floor) - 1) for cost in costs]
    return [
        plan.stated("an empty API of stock BentoML's, processor time", f"{floor.cpu_ms:.3f} ms"),
        *(
            plan.stated(f"{name} with key, limits, metrics and JSON logs", f"{cost.cpu_ms:.3f} ms")
            for name, cost in zip(CALLS, costs, strict=True)
        ),
        *_judged(plan, over),
    ]


def _judged(plan: Plan, over: Sequence[float]) -> list[Row]:
    """Judge by processor time: what is left to do after an answer delays the next one's."""
    whats = [f"{name} costs more than an empty API of stock BentoML's" for name in CALLS]
    pairs = list(zip(whats, over, strict=True))
    if plan.is_short:  # a few requests on a busy machine say nothing
        return [plan.stated(what, f"{percent:.0f} %") for what, percent in pairs]
    return [plan.at_most(what, percent, MOST, "%") for what, percent in pairs]


def _registration() -> Request:
    whole = post(f"/tracks/{TRACK_ID}", {"lyrics": "The rain came down and nobody was home"})
    return Request("PUT", whole.path, whole.body)
