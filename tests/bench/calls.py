"""(b) Calls by id, each beside its floor."""

from collections.abc import Callable
from itertools import count

from tests.bench.catalogue import track_id_of
from tests.bench.costs import Cost, Size, in_turn
from tests.bench.http_client import Caller, Request, get, post
from tests.bench.tables import BESIDE, cells, judged, table

FLOOR = "stock BentoML, POST /empty"
TRACK, UPDATE = "GET /tracks/{track_id}", "POST /update"
TARGETS = {TRACK: 1.25, "POST /predict, track_id": 1.25, f"{UPDATE}, 1 answer": 3.0}
"""At most how many times the processor time of stock BentoML's empty API."""

TRACK_ID = track_id_of(1)
LISTENER = "bench-listener"
_HEAD = ("call", *BESIDE, "times stock BentoML's empty API", "target")


def by_id(ours: Caller, stock: Caller, fastapi: Caller, size: Size) -> dict[str, Cost]:
    """Measure calls about single tracks and listeners, and print them beside empty APIs."""
    ours.ask(answers(LISTENER, 10))
    mine = {"user_id": LISTENER}
    steps = {
        FLOOR: stock.step(post("/empty", {})),
        "plain FastAPI, POST /empty": fastapi.step(post("/empty", {})),
        f"plain FastAPI, {TRACK}": fastapi.step(get(f"/tracks/{TRACK_ID}")),
        TRACK: ours.step(get(f"/tracks/{TRACK_ID}")),
        "POST /predict, track_id": ours.step(post("/predict", {"track_id": TRACK_ID})),
        "the same for a listener with 10 answers": ours.step(
            post("/predict", {"track_id": TRACK_ID} | mine)
        ),
        f"{UPDATE}, 1 answer": ours.step_of(_strangers(1)),
        f"{UPDATE}, 10 answers": ours.step_of(_strangers(10)),
        f"{UPDATE}, the same 10 again": ours.step(answers(LISTENER, 10)),
        "POST /query": ours.step(post("/query", mine)),
        "POST /rank": ours.step(post("/rank", mine | {"quadrant": "Q1"})),
    }
    costs = in_turn(steps, size)
    table("(b) Calls beside empty APIs", _HEAD, _rows(costs))
    return costs


def answers(user_id: str, n: int) -> Request:
    """Return the call with a listener's answers about the first tracks."""
    labels = [
        {
            "event_id": f"{user_id}-{index}",
            "track_id": track_id_of(index),
            "quadrant": f"Q{index % 4 + 1}",
        }
        for index in range(n)
    ]
    return post(UPDATE.split()[1], {"user_id": user_id, "labels": labels})


def _strangers(n: int) -> Callable[[], Request]:
    """Return what makes calls with the first answers of one new listener after the other."""
    numbers = count()
    return lambda: answers(f"stranger-{n}-{next(numbers)}", n)


def _rows(costs: dict[str, Cost]) -> list[list[str]]:
    floor = costs[FLOOR]
    return [
        [*cells(name, cost, floor), judged(cost.times(floor), TARGETS.get(name))]
        for name, cost in costs.items()
    ]
