"""Loops are compiled when they are needed, once, and found again by what they were made from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.jit import cache
from models.jit.cache import folder_for
from models.jit.loops import LOOPS, Loop, prepare_loops
from tests.conftest import HOUSE

STEP = 2.0
"""A constant that is compiled into a loop."""


def _twice(x: float) -> float:
    return STEP * x


def _called(x: float) -> float:
    return twice(x) + 1.0


def _thrice(x: float) -> float:
    return 3.0 * x


twice = Loop(_twice, "float64(float64)")

PROGRAM = """
import sys
from models.jit.loops import compiled

@compiled("float64(float64)")
def half(x):
    return x / 2.0

@compiled("float64(float64)")
def quarter(x):
    return half(half(x))

print("numba" in sys.modules)
"""
CALL = "print(quarter(8.0))"

THREADS = """
from threading import Barrier, Thread

begin = Barrier(4)

def call():
    begin.wait()
    sys.stdout.write(f"{quarter(8.0)} ")  # in one piece, whatever the others write

threads = [Thread(target=call) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def run(folder, program=PROGRAM + CALL, **environ):
    """Run a program whose loops are in a file of its own; return its output and its log."""
    (folder / "program.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(HOUSE), "NUMBA_CACHE_DIR": "kept"} | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split(), done.stderr.splitlines()


def test_a_loop_gives_what_its_function_gives_and_refuses_other_types():
    assert Loop(_called, "float64(float64)")(1.5) == 4.0
    with pytest.raises(TypeError):
        twice("one")


def test_the_first_call_compiles_once_and_says_so_in_one_line(tmp_path):
    output, log = run(tmp_path, PROGRAM + THREADS)  # that all call a loop at once

    assert output == ["False", "2.0", "2.0", "2.0", "2.0"]
    [line] = log
    assert "2 loops of __main__" in line
    assert "kept/" in line


@pytest.fixture(scope="module", name="kept")
def _kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    run(folder)
    return {"NUMBA_CACHE_DIR": str(folder / "kept")}


def test_what_was_compiled_is_found_by_the_next_process_wherever_the_code_is(tmp_path, kept):
    output, log = run(tmp_path, "\n\n# Moved, and further down.\n" + PROGRAM + CALL, **kept)

    assert output == ["False", "2.0"]
    assert log == []


def test_other_code_is_compiled_anew_also_in_what_calls_it(tmp_path, kept):
    output, log = run(tmp_path, (PROGRAM + CALL).replace("x / 2.0", "x / 4.0"), **kept)

    assert output == ["False", "0.5"]
    assert "Compiling 2 loops" in log[0]


def test_machine_code_is_of_a_signature_and_of_constants_and_of_the_loops_that_are_called(
    monkeypatch,
):
    def digests():
        return Loop(_twice, "float64(float64)").digest, Loop(_called, "float64(float64)").digest

    before = digests()

    assert digests() == before
    assert Loop(_twice, "float32(float32)").digest != before[0]
    monkeypatch.setitem(globals(), "twice", Loop(_thrice, "float64(float64)"))
    assert digests()[0] == before[0]
    assert digests()[1] != before[1]
    monkeypatch.setitem(globals(), "STEP", 5.0)
    assert digests()[0] != before[0]


def test_all_loops_of_the_models_are_known_and_can_be_prepared():
    prepare_loops()

    assert {loop.__module__ for loop in LOOPS} >= {"models.members.boosting", "models.members.sgd"}
    assert all(cache.is_cached(loop.digest) for loop in LOOPS)


def test_what_was_built_with_the_code_is_copied_where_something_else_is_kept(tmp_path):
    built, kept = built_in(tmp_path / "built"), tmp_path / "kept"

    chosen = folder_for("cpu", kept, built)

    assert chosen == kept / "cpu"
    assert names(chosen) == ["a.1.nbc", "a.nbi"]


def test_what_is_kept_is_used_and_not_overwritten(tmp_path):
    built, kept = built_in(tmp_path / "built"), built_in(tmp_path / "kept")
    (kept / "cpu" / "a.nbi").write_text("its own")

    assert folder_for("cpu", kept, built) == kept / "cpu"
    assert folder_for("cpu", built, built) == built / "cpu"

    assert (kept / "cpu" / "a.nbi").read_text() == "its own"


def test_where_nothing_can_be_written_a_process_has_a_copy_of_its_own(tmp_path):
    built = built_in(tmp_path / "built")
    (tmp_path / "file").touch()

    chosen = folder_for("cpu", tmp_path / "file", built)

    assert tmp_path not in chosen.parents
    assert names(chosen) == ["a.1.nbc", "a.nbi"]


def built_in(folder: Path):
    (folder / "cpu").mkdir(parents=True)
    for name in ("a.nbi", "a.1.nbc"):
        (folder / "cpu" / name).write_text("built")
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())
