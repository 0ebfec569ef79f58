"""A task as datatrove's engines run it, on this machine or on the nodes of a cluster."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from datatrove.executor.base import DistributedEnvVars, PipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.utils.stats import PipelineStats

from ocr.batch.batch_settings import BatchSettings
from ocr.batch.source_files import check_source_here
from ocr.batch.task_engine import process_engine
from ocr.batch.task_rows import Tally, TaskProgress


class ReadTask(PipelineStep):  # type: ignore[misc]
    """Reads the task of its rank; it can be pickled by reference."""

    name = "read"
    type = "Pagelight"

    def __init__(self, settings: BatchSettings, changed: Callable[[Tally], object] | None = None) -> None:
        """`changed` is called after each page, in this process alone."""
        super().__init__()
        self.settings, self.changed, self.tally = settings, changed, Tally()

    def run(self, data: Any = None, rank: int = 0, world_size: int = 1) -> tuple[()]:
        """Read the task; datatrove takes it for complete when this returns.

        Raises:
            OcrError: some pages of it have no row.
        """
        check_source_here(self.settings.source)
        engine = process_engine(self.settings)
        progress = TaskProgress(self.tally, changed=self.changed or (lambda _: None), tell=engine.tell)
        try:
            engine.read(rank, progress)
        finally:
            for name, value in asdict(self.tally).items():
                self.stat_update(name, value=value, unit="task")
        return ()


class TasksHere(PipelineExecutor):  # type: ignore[misc]
    """Runs tasks in this process, where datatrove's own executors start pools that hang once a worker is killed."""

    def __init__(self, settings: BatchSettings, tasks: int, changed: Callable[[Tally], object]) -> None:
        """`tasks` is the number of all; `changed` is called after each page with what has come of its task."""
        super().__init__([], f"{settings.target.rstrip('/')}/logs")
        self._settings, self._tasks, self._changed = settings, tasks, changed
        self.tally = Tally()
        """What has come of the task that was run last."""

    @property
    def world_size(self) -> int:
        """The number of all tasks."""
        return self._tasks

    def run(self) -> None:
        """Run all tasks that are not complete."""
        for task in self.get_incomplete_ranks():
            self.run_task(task)

    def run_task(self, task: int) -> None:
        """Run a task, and mark it as complete; raises as `ReadTask.run`."""
        step = ReadTask(self._settings, self._changed)
        self.tally = step.tally
        step.run(rank=task, world_size=self._tasks)
        with self.logging_dir.open(f"stats/{task:05d}.json", "w") as file:
            PipelineStats([step]).save_to_disk(file)
        self.mark_rank_as_completed(task)

    def get_distributed_env(self, node_rank: int = -1) -> DistributedEnvVars:
        """Nothing: it is for steps that ask what machine they run on."""
        raise NotImplementedError
