"""What `--engine slurm` and `--engine ray` ask of a cluster for each task; without the imports of either."""

import argparse
import re
from dataclasses import dataclass

from ocr.config.arguments import parse_gpus, parse_positive, setting

RESERVED = ("array", "export", "job-name", "open-mode", "parsable", "requeue", "signal", "test-only", "wrap")
"""Options of sbatch on which launching and resuming rest."""


def parse_sbatch(text: str) -> tuple[tuple[str, str], ...]:
    """One option of sbatch: `constraint=h100`, or its name alone where it has no value, as `exclusive`."""
    name, _, value = text.removeprefix("--").partition("=")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or not value.isprintable():
        raise argparse.ArgumentTypeError(f"'{text}' is no option of sbatch; write it as constraint=h100")
    if name in RESERVED:
        raise argparse.ArgumentTypeError(f"--{name} of sbatch is set by Pagelight itself")
    return ((name, value),)


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Each field is a flag of `pagelight batch`; what is empty is left to the cluster's defaults."""

    partition: str = setting("", "Slurm: partition", "NAME")
    account: str = setting("", "Slurm: account that pays", "NAME")
    time: str = setting(
        "24:00:00", "Slurm: time limit of a job; 2 minutes before it, it is requeued and goes on", "TIME"
    )
    cpus: int = setting(4, "Slurm, Ray: processors for a task", "N", parse_positive)
    memory: str = setting("8G", "Slurm: memory for a task", "SIZE")
    gpus: float = setting(0.0, "Slurm, Ray: GPUs for a task that starts a vLLM; Ray knows shares too", "N", parse_gpus)
    gres: str = setting("", "Slurm: the same as generic resources, as gpu:h100:1", "LIST")
    tasks_per_job: int = setting(
        1, "Slurm: tasks that a job reads in turn; its vLLM stays from one to the next", "N", parse_positive
    )
    sbatch: tuple[tuple[str, str], ...] = setting(
        (), "Slurm: any other option of sbatch; may be given several times", "KEY=VALUE", parse_sbatch
    )

    def for_sbatch(self) -> dict[str, str]:
        """The options of sbatch that are asked for, by name; empty values are options without one."""
        named = {"account": self.account, "mem": self.memory, "gres": self.gres}
        named["gpus"] = f"{self.gpus:g}" if self.gpus else ""
        return {name: value for name, value in named.items() if value} | dict(self.sbatch)
