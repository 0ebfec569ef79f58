"""`--engine slurm`: tasks as a job array, by datatrove; submitted here, run on the nodes, requeued when a node dies."""

import hashlib
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from datatrove.executor.slurm import SlurmPipelineExecutor
from datatrove.utils.logging import logger

import ocr
from ocr.batch.batch_settings import BatchSettings
from ocr.batch.datatrove_task import ReadTask
from ocr.batch.task_engine import RunInterrupted
from ocr.batch.task_rows import PagesUnread
from ocr.config.command_line import invocation
from ocr.config.settings import ENVIRONMENT, Settings
from ocr.errors import OcrError, StorageError, UsageError

SIGNAL_BEFORE_LIMIT_S = 120
"""How long before its time limit a job is told, so that it writes what it has read, and is requeued."""
SLURM_TIMEOUT_S = 60
"""For an answer of Slurm's commands."""


class SlurmTasks(SlurmPipelineExecutor):  # type: ignore[misc]
    """Submits the tasks that are not complete, and runs some of them in a job; pickled into TARGET/logs for it."""

    def __init__(self, settings: BatchSettings, tasks: int) -> None:
        """`settings` without what is secret, since they are stored."""
        asked = settings.cluster
        super().__init__(
            [ReadTask(settings)],
            tasks,
            asked.time,
            asked.partition,
            cpus_per_task=asked.cpus,
            workers=settings.workers or -1,
            job_name=job_name(settings),
            qos="",  # datatrove's "normal" is refused where there is no accounting
            env_command=_environment(),
            sbatch_args=asked.for_sbatch() | {"open-mode": "append", "signal": f"B:USR1@{SIGNAL_BEFORE_LIMIT_S}"},
            logging_dir=f"{settings.target.rstrip('/')}/logs",
            requeue_signals=None,  # of an array's last job, datatrove's would requeue the whole array
            tasks_per_job=asked.tasks_per_job,
            with_srun=False,
        )
        self._unread: OcrError | None = None

    def get_sbatch_args(self, max_array: int = 1) -> dict[str, object]:
        """The options of sbatch; what of ours is empty is left to the cluster."""
        given: dict[str, object] = super().get_sbatch_args(max_array)
        del given["mem-per-cpu"]  # memory is asked for by the task
        return {name: value for name, value in given.items() if value or name in {"requeue", *self._sbatch_args}}

    def get_launch_file_contents(self, sbatch_args: dict[str, object], run_script: str) -> str:
        """The job's script: its last command takes the place of the shell, so that signals reach it.

        There and in the options of sbatch paths may have spaces.
        """
        options = {name: shlex.quote(str(value)) if value else "" for name, value in sbatch_args.items()}
        command = shlex.join(["exec", *run_script.split(" ", 1)])
        contents: str = super().get_launch_file_contents(options, command)
        return contents

    def launch_merge_stats(self) -> None:
        """Nothing: datatrove would submit a second job for its statistics."""

    def check(self) -> None:
        """Ask Slurm whether it would take such a job.

        Raises:
            UsageError: it would not.
        """
        _slurm("sbatch", "--test-only", script=self.get_launch_file_contents(self.get_sbatch_args(), "true"))

    def run(self) -> None:
        """Run the tasks of this job. Told that its time is almost up, it is requeued and goes on after that."""
        signal.signal(signal.SIGUSR1, _requeue_and_exit)  # until a task listens itself
        step: ReadTask = self.pipeline[0]
        step.settings = replace(step.settings, reading=_with_secrets(step.settings.reading))
        try:
            super().run()
        except RunInterrupted as error:
            if error.by_signal is signal.SIGUSR1:
                _requeue()
            raise
        if self._unread:
            raise self._unread

    def _run_for_rank(self, rank: int, local_rank: int = 0, node_rank: int = -1) -> object:
        """Run a task; one of which some pages stay unread does not keep the job's others from being read."""
        self.pipeline[:] = [ReadTask(self.pipeline[0].settings)]  # whose statistics are those of this task alone
        try:
            return super()._run_for_rank(rank, local_rank, node_rank)
        except (PagesUnread, StorageError) as error:
            self._unread = error
            return None


def launch(settings: BatchSettings, tasks: int, write: Callable[[str], object]) -> int:
    """Submit the tasks that are not complete; returns the exit code.

    `write` is given what was submitted and how to watch it, in lines.

    Raises:
        UsageError: there is no Slurm here, it refuses the job, or it still has one of this run.
    """
    if not shutil.which("sbatch"):
        raise UsageError(
            "This machine has no sbatch, which submits jobs to Slurm.",
            "Run it on a login node of the cluster, or choose another --engine.",
        )
    logger.disable("datatrove")  # its words for what is written here
    _refuse_second(job_name(settings))
    executor = SlurmTasks(replace(settings, reading=_without_secrets(settings.reading)), tasks)
    executor.check()
    try:
        executor.launch_job()
    except subprocess.CalledProcessError as error:
        raise _refused("sbatch", f"exit code {error.returncode}") from error
    if executor.job_id == -1:
        write("All tasks are complete.\n")
        return 0
    write(
        f"Submitted as Slurm job {executor.job_id}; after `scancel {executor.job_id}` this command goes on.\n"
        f"How far it is:   {invocation('cli')} batch status {shlex.quote(settings.target)}\n"
        f"What it prints:  {executor.slurm_logs_folder}\n"
    )
    return 0


def job_name(settings: BatchSettings) -> str:
    """The name of a run's jobs: the same for the same folder, however it is written."""
    path = settings.folder.path
    address = settings.target.rstrip("/") if path is None else str(path.absolute())
    return f"pagelight-{hashlib.sha256(address.encode()).hexdigest()[:10]}"


def _refuse_second(name: str) -> None:
    """Two jobs of one run would read the same pages."""
    if found := _slurm("squeue", "--noheader", f"--name={name}", "--format=%F").split():
        raise UsageError(
            f"Slurm still has job {found[0]} of this run.",
            f"Wait until it has ended, or end it by `scancel {found[0]}`.",
        )


def _requeue() -> None:
    """Have this job run again. Its own number may be that of the whole array."""
    _slurm("scontrol", "requeue", "{SLURM_ARRAY_JOB_ID}_{SLURM_ARRAY_TASK_ID}".format_map(ENVIRONMENT))


def _requeue_and_exit(_number: int, _frame: FrameType | None) -> None:
    _requeue()
    sys.exit(RunInterrupted.exit_code)


def _without_secrets(reading: Settings) -> Settings:
    """The settings as they may be stored. A job takes what is secret from its environment, which is ours."""
    for flag, value in (("api-key", reading.api_key), ("password", reading.request.password)):
        variable = f"OCR_{flag.upper().replace('-', '_')}"
        if value and value != ENVIRONMENT.get(variable):
            raise UsageError(f"--{flag} would be stored for the jobs to read.", f"Set {variable} instead of it.")
    if any("@" in urlsplit(url).netloc for url in reading.server_url):
        raise UsageError(
            "The password in --server-url would be stored for the jobs to read.",
            "Use servers that take a key, and set OCR_API_KEY.",
        )
    if any(argument.startswith("--api-key") for argument in reading.server_args):
        raise UsageError("--api-key after -- would be stored for the jobs to read.", "Set OCR_API_KEY instead of it.")
    return replace(reading, api_key=None, request=replace(reading.request, password=""))


def _with_secrets(reading: Settings) -> Settings:
    request = replace(reading.request, password=ENVIRONMENT.get("OCR_PASSWORD", ""))
    return replace(reading, api_key=ENVIRONMENT.get("OCR_API_KEY"), request=request)


def _environment() -> str:
    """What a job runs first, so that it has this Python and this package."""
    lines = [f'export PATH={shlex.quote(str(Path(sys.prefix, "bin")))}:"$PATH"']
    package = Path(ocr.__file__).parents[1]
    if not package.is_relative_to(sys.prefix):  # a checkout
        lines.append(f'export PYTHONPATH={shlex.quote(str(package))}${{PYTHONPATH:+":$PYTHONPATH"}}')
    return "; ".join(lines)


def _slurm(*command: str, script: str | None = None) -> str:
    """What one of Slurm's programs prints."""
    try:
        done = subprocess.run(
            command, input=script, capture_output=True, text=True, timeout=SLURM_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _refused(command[0], str(error)) from error
    if done.returncode:
        said = [line.removeprefix(f"{command[0]}: error: ").strip() for line in done.stderr.splitlines()]
        raise _refused(command[0], "; ".join(filter(None, said)) or f"exit code {done.returncode}")
    return done.stdout


def _refused(program: str, reason: str) -> UsageError:
    return UsageError(
        f"Slurm's {program} failed: {reason}.",
        "Check --partition, --account, --time, --gpus and the like (`sinfo` lists the partitions), then run it again.",
    )
