"""`--engine ray`: each task is one of Ray's, which it runs again when the worker or the node has died."""

from collections import deque
from collections.abc import Callable
from typing import Any

from ocr.batch.batch_settings import BatchSettings
from ocr.batch.datatrove_task import TasksHere
from ocr.errors import UsageError

Write = Callable[[str], object]

MAX_RETRIES = 20
"""Deaths of a task's worker or node before it is given up; what a task raises is told and not tried again."""
CANCEL_TIMEOUT_S = 30.0
"""For tasks that are told to stop, so that they write what they have read."""


def read_rank(settings: BatchSettings, task: int, tasks: int) -> None:
    """Read a task, in a worker of Ray; what this worker has started stays for its next task."""
    _tasks(settings, tasks).run_task(task)


def launch(settings: BatchSettings, tasks: int, write: Write) -> int:
    """Run the tasks that are not complete on a Ray cluster; returns the exit code.

    `write` is given a line for each task that ends.

    Raises:
        UsageError: there is no Ray here, or no cluster of it.
    """
    ray = _connected()
    try:
        return _run(ray, settings, tasks, write)
    finally:
        ray.shutdown()


def _run(ray: Any, settings: BatchSettings, tasks: int, write: Write) -> int:
    asked = settings.cluster
    remote = ray.remote(num_cpus=asked.cpus, num_gpus=asked.gpus, max_retries=MAX_RETRIES)(read_rank)
    waiting = deque(_tasks(settings, tasks).get_incomplete_ranks())
    running: dict[Any, int] = {}
    code = 0
    try:
        while waiting or running:
            while waiting and len(running) < (settings.workers or tasks):
                task = waiting.popleft()
                running[remote.remote(settings, task, tasks)] = task
            (ended,), _ = ray.wait(list(running), num_returns=1)
            code = max(code, _result(ray, ended, running.pop(ended), write))
    finally:
        for one in running:
            ray.cancel(one)
        if running:
            ray.wait(list(running), num_returns=len(running), timeout=CANCEL_TIMEOUT_S)
    return code


def _result(ray: Any, ended: Any, task: int, write: Write) -> int:
    """Tell how a task has ended; returns its exit code."""
    try:
        ray.get(ended)
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None) or error
        write(f"task {task}: {cause}\n")
        return int(getattr(cause, "exit_code", 1))
    write(f"task {task} is complete\n")
    return 0


def _connected() -> Any:
    """Ray, connected to the cluster of this machine or of RAY_ADDRESS."""
    try:
        import ray
    except ImportError as error:
        raise UsageError(
            "--engine ray needs Ray, which is not installed.",
            "Install it on all nodes (`pip install ray`), or choose another --engine.",
        ) from error
    try:
        ray.init(address="auto", log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, RuntimeError) as error:
        raise UsageError(
            f"No Ray cluster was found: {error}.",
            "Run it on a node of the cluster (`ray start --head` makes one), or name its head by RAY_ADDRESS.",
        ) from error
    return ray


def _tasks(settings: BatchSettings, tasks: int) -> TasksHere:
    return TasksHere(settings, tasks, lambda _: None)
