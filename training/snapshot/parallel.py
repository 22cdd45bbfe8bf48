"""Runs independent fits in parallel, one process per core."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from tqdm import tqdm

Task = TypeVar("Task")
TaskResult = TypeVar("TaskResult")


def in_processes(
    run: Callable[[Task], TaskResult], tasks: Sequence[Task], title: str
) -> list[TaskResult]:
    """Return the function's result for each task, in order.

    Args:
        run: A module-level function, so that other processes can import it.
        tasks: Picklable arguments.
        title: Title of the progress bar.
    """
    # Spawn: a fork of a process with torch threads may hang.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        results = pool.map(run, tasks)
        return list(tqdm(results, total=len(tasks), desc=title, unit="fit"))
