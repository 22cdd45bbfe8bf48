"""What the service needs in memory, and what it does without."""

import json
import subprocess
import sys

TRAININGS = {"sklearn", "pandas", "xgboost", "librosa", "matplotlib", "torch", "joblib"}
LATER = {"numba", "llvmlite", "alembic", "scipy.optimize", "scipy.stats"}
"""Imported by who compiles, migrates or fits, and by nobody who imports the service."""


def modules_after(statement):
    """Return the names of all modules that a fresh process has after a statement."""
    program = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(  # noqa: S603  # our own
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_service_imports_nothing_that_only_training_needs():
    assert modules_after("import service.app") & (TRAININGS | LATER) == set()


def test_loading_the_shipped_models_imports_nothing_that_only_training_needs():
    load = "from pathlib import Path; load_snapshot(Path('models/pretrained'))"
    modules = modules_after(f"from models.snapshot import load_snapshot; {load}")

    assert modules & TRAININGS == set()


def test_compiling_the_loops_imports_nothing_that_only_training_needs():
    modules = modules_after("from models.jit.__main__ import main; main()")

    assert "numba" in modules
    assert modules & TRAININGS == set()
