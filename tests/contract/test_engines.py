"""What every engine must do. Another joins by one line in ENGINES."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

from models.errors import AttuneError
from training.engine import Engine, EngineError, Failure, Processes, RayEngine, engine, results

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ENGINES: dict[str, Callable[[], Engine]] = {
    "one process": partial(Processes, 1),
    "two processes": partial(Processes, 2),
    "ray": partial(RayEngine, 2),
}


@pytest.fixture(name="engine", params=ENGINES, scope="module")
def _engine(request) -> Iterator[Engine]:
    if request.param != "ray":
        yield ENGINES[request.param]()
        return
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed (`pip install ray`): nothing was tested on it.")
    made = RayEngine(2)
    made.start()  # once for all: it takes seconds
    yield made
    made.stop()


def square(item):
    return item * item


def refuse_odd(item):
    if item % 2:
        raise AttuneError(f"{item} is odd.")
    return item


def stumble(item):
    return 1 / item


def die_of_three(item):
    if item == 3:
        os._exit(7)
    return item


def unsendable(item):
    return lambda: item


def n_threads(item):
    from threadpoolctl import threadpool_info

    _ = np.eye(300) @ np.full((300, 300), float(item))
    return max((pool["num_threads"] for pool in threadpool_info()), default=1)


def blend(table, item):
    rng = np.random.default_rng(item)
    return float(np.log(table @ rng.normal(size=table.shape[1])[:, None] ** 2).sum())


def test_every_item_has_its_outcome_under_its_place(engine):
    outcomes = list(engine.map(square, [3, 1, 4, 1, 5, 9, 2, 6]))

    assert sorted(outcomes) == list(enumerate([9, 1, 16, 1, 25, 81, 4, 36]))
    assert list(engine.map(square, [])) == []


def test_a_failed_item_costs_no_other(engine):
    outcomes = dict(engine.map(refuse_odd, range(6)))

    assert [outcomes[place] for place in (0, 2, 4)] == [0, 2, 4]
    assert [outcomes[place] for place in (1, 3, 5)] == [
        Failure(f"{n} is odd.", trace="") for n in (1, 3, 5)
    ]


def test_what_nobody_foresaw_is_told_with_its_trace(engine):
    outcomes = dict(engine.map(stumble, [1, 0]))

    assert outcomes[0] == 1
    assert outcomes[1].message == "ZeroDivisionError: division by zero"
    assert "in stumble" in outcomes[1].trace


def test_linear_algebra_is_left_one_thread(engine):
    assert set(dict(engine.map(n_threads, [1, 2])).values()) == {1}


def test_numbers_are_the_same_to_the_last_digit(engine):
    table = np.random.default_rng(0).uniform(size=(500, 400))
    work = partial(blend, table)

    outcomes = dict(engine.map(work, range(20)))

    expected = dict(Processes(1).map(work, range(20)))
    assert [outcomes[place].hex() for place in range(20)] == [
        expected[place].hex() for place in range(20)
    ]


@pytest.mark.parametrize("name", ["two processes", "ray"])
def test_an_item_that_kills_its_worker_costs_no_other(name):
    if name == "ray":
        pytest.importorskip("ray", reason="Ray is not installed: nothing was tested on it.")

    outcomes = dict(ENGINES[name]().map(die_of_three, range(12)))

    assert isinstance(outcomes.pop(3), Failure)
    assert outcomes == {item: item for item in range(12) if item != 3}


def test_a_result_that_cannot_travel_is_a_failure():
    outcomes = dict(Processes(2).map(unsendable, [1, 2]))

    assert all("pickle" in outcome.message.lower() for outcome in outcomes.values())


def test_work_that_cannot_travel_is_refused_at_once():
    with pytest.raises((AttributeError, TypeError, EngineError)):
        list(Processes(2).map(lambda item: item, [1, 2]))


def test_failures_are_told_after_all_results():
    outcomes = results(Processes(1).map(refuse_odd, [1, 2, 3, 4]))

    assert [next(outcomes), next(outcomes)] == [(1, 2), (3, 4)]
    with pytest.raises(EngineError, match=r"^2 items failed; the first: 1 is odd\.$"):
        next(outcomes)


def test_an_iterator_that_is_closed_leaves_no_worker():
    before = set(psutil.Process().children())
    outcomes = Processes(2).map(time.sleep, [0, 0, 60, 60, 60])

    next(outcomes)
    outcomes.close()

    assert {
        child for child in psutil.Process().children() if "spawn_main" in str(child.cmdline())
    } <= before


def test_workers_know_the_environment_and_this_process_does_not_change(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")

    told = dict(Processes(2).map(os.getenv, ["OMP_NUM_THREADS"] * 2))

    assert set(told.values()) == {"1"}
    assert os.environ["OMP_NUM_THREADS"] == "3"


SLEEPER = """
import signal
import time
from training.engine import Processes
if __name__ == "__main__":
    # Whoever is started in the background of a shell's script does not hear Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for place, _ in Processes(2).map(time.sleep, [0, 60, 60]):
        print("done", place, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_takes_the_workers_along_and_is_quiet(tmp_path, number):
    script = tmp_path / "sleeper.py"
    script.write_text(SLEEPER)
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, str(script)],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline() == "done 0\n"
    workers = psutil.Process(process.pid).children()

    os.killpg(process.pid, number)  # as a terminal does: to all of them
    _, told = process.communicate(timeout=20)

    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []
    assert told.count("Traceback") == (number == signal.SIGINT)  # ours alone


def test_an_engine_is_had_by_its_name(monkeypatch):
    assert isinstance(engine("processes", 2), Processes)
    with pytest.raises(EngineError, match="'threads'; there are processes, ray"):
        engine("threads", 2)
    with pytest.raises(EngineError, match="0 workers; at least 1"):
        engine("processes", 0)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EngineError, match="Ray is not installed"):
        engine("ray", 2)
