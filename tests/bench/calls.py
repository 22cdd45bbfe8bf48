"""(b) Calls by id, and (c) query strategies, each beside its floor."""

from collections.abc import Callable
from itertools import count

import numpy as np

from tests.bench.costs import Cost, Size, Step, in_turn
from tests.bench.http_client import Caller, Request, get, post
from tests.bench.tables import BESIDE, cells, judged, ratios, table

FLOOR = "stock BentoML, POST /empty"
TRACK, UPDATE = "GET /tracks/{track_id}", "POST /update"
TARGETS = {TRACK: 1.25, "POST /predict, track_id": 1.25, f"{UPDATE}, 1 answer": 3.0}
"""At most how many times the processor time of stock BentoML's empty API."""

LISTENER, N_MEMBERS = "bench-listener", 40
_HEAD = ("call", *BESIDE, "times stock BentoML's empty API", "target")


def by_id(ours: Caller, stock: Caller, fastapi: Caller, size: Size) -> dict[str, Cost]:
    """Measure calls about single tracks and listeners, and print them beside empty APIs."""
    ours.ask(answers(LISTENER, 10))
    mine = {"user_id": LISTENER}
    steps = {
        FLOOR: stock.step(post("/empty", {})),
        "plain FastAPI, POST /empty": fastapi.step(post("/empty", {})),
        f"plain FastAPI, {TRACK}": fastapi.step(get("/tracks/t00001")),
        TRACK: ours.step(get("/tracks/t00001")),
        "POST /predict, track_id": ours.step(post("/predict", {"track_id": "t00001"})),
        "the same for a listener with 10 answers": ours.step(
            post("/predict", {"track_id": "t00001"} | mine)
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


def strategies(ours: Caller, n_tracks: int, size: Size) -> None:
    """Measure query strategies beside one NumPy pass over as many logits, and print them."""
    logits = np.random.default_rng(2).normal(size=(N_MEMBERS, n_tracks, 4))

    def ask(user_id: str, strategy: str) -> Step:
        return ours.step(post("/query", {"user_id": user_id, "n": 10, "strategy": strategy}))

    steps = {
        f"one NumPy softmax of {N_MEMBERS} x {n_tracks:,} x 4": Step(
            lambda: np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        ),
        "POST /query rand": ask("nobody", "rand"),
        "POST /query mc, no answers": ask("nobody", "mc"),
        "POST /query mix, no answers": ask("nobody", "mix"),
        "POST /query mc, 10 answers": ask(LISTENER, "mc"),
    }
    title = f"(c) A query over {n_tracks:,} tracks with audio and lyrics"
    ratios(title, in_turn(steps, size))


def answers(user_id: str, n: int) -> Request:
    """Return the call with a listener's answers about the first tracks."""
    labels = [
        {
            "event_id": f"{user_id}-{index}",
            "track_id": f"t{index:05d}",
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
