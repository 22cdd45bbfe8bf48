"""Runs independent fits side by side, one process a core."""

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
    """Return what a function makes of each task, in their order.

    Args:
        run: Of a module, so that another process finds it.
        tasks: Can be pickled.
        title: Of the progress bar.
    """
    # Spawned: a fork of a process in which torch has threads may hang.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        done = pool.map(run, tasks)
        return list(tqdm(done, total=len(tasks), desc=title, unit="fit"))
