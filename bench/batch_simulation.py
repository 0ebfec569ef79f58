"""A simulation of a batch whose jobs are lost now and then: how much is read again, by the unit of its resume.

Nothing is read here. Documents are made up (their pages are of a log-normal distribution, like those of PDFs of the
web), dealt to tasks as `ocr/batch/manifest.py` deals them; a GPU takes the next task, the largest first, and reads at
a fixed rate. A job, which is one GPU, is lost after a random time (exponential); a new one is there after `requeue_s`,
loads the model, and the task goes on:

- by page: pages in flight are lost, and rows that were not written yet (a part has `part_rows` at most);
- by document: these, and the other pages of the last document that they are of;
- by task: all that was read of the task.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass
from itertools import accumulate
from math import log

from ocr.batch.manifest import divide
from ocr.batch.source_document import SourceDocument

MEAN_PAGES = 16.1
"""Of a document."""
UNITS = ("page", "document", "task")


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is assumed of servers, jobs and documents."""

    pages_per_second: float = 5.71
    """Of one GPU."""
    server_start_s: float = 75.0
    task_start_s: float = 2.0
    in_flight: int = 64
    part_rows: int = 256
    part_age_s: float = 60.0
    loss_every_h: float = 24.0
    """Hours of one GPU between two losses."""
    requeue_s: float = 60.0
    tasks_per_gpu: int = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run."""

    seconds: float
    losses: int
    read_again: int
    """Pages."""


def made_documents(pages: int, mean: float, seed: int) -> list[int]:
    """Numbers of pages of documents that have so many together."""
    chance, counts, left = random.Random(seed), [], pages
    spread = 1.2
    while left:
        drawn = round(chance.lognormvariate(log(mean) - spread**2 / 2, spread))
        counts.append(min(max(drawn, 1), 2000, left))
        left -= counts[-1]
    return counts


def dealt(counts: list[int], tasks: int) -> list[list[int]]:
    """Their tasks, the largest first; a document's bytes are taken to be as its pages."""
    documents = [SourceDocument(f"{number:08d}", "", count) for number, count in enumerate(counts)]
    return sorted(([one.bytes for one in task] for task in divide(documents, tasks)), key=sum, reverse=True)


def simulate(tasks: list[list[int]], gpus: int, unit: str, assumed: Assumptions, seed: int) -> Outcome:
    """Read all tasks with so many GPUs."""
    chance = random.Random(seed)
    ends = [list(accumulate(task)) for task in tasks]
    waiting = [(number, 0) for number in range(len(tasks))]  # task, pages of it that are written
    heapq.heapify(waiting)
    free = [(0.0, gpu) for gpu in range(gpus)]  # when it is free
    lost_at = [0.0] * gpus
    loaded = [False] * gpus
    losses = read_again = 0
    last = 0.0
    while waiting:
        now, gpu = heapq.heappop(free)
        task, done = heapq.heappop(waiting)
        if not loaded[gpu]:
            loaded[gpu] = True
            lost_at[gpu] = now + chance.expovariate(1 / (assumed.loss_every_h * 3600))
            now += assumed.server_start_s
        begins = now + assumed.task_start_s
        end = begins + (ends[task][-1] - done) / assumed.pages_per_second
        if end <= lost_at[gpu]:
            last = max(last, end)
            heapq.heappush(free, (end, gpu))
            continue
        losses += 1
        loaded[gpu] = False
        reached = done + max(0, int((lost_at[gpu] - begins) * assumed.pages_per_second))
        kept = max(done, _kept(unit, reached, ends[task], assumed, chance))
        read_again += reached - kept
        heapq.heappush(waiting, (task, kept))
        heapq.heappush(free, (lost_at[gpu] + assumed.requeue_s, gpu))
    return Outcome(last, losses, read_again)


def _kept(unit: str, reached: int, ends: list[int], assumed: Assumptions, chance: random.Random) -> int:
    """Pages of a task that need not be read again when its job was lost; those in flight had been `reached`."""
    if unit == "task":
        return 0
    answered = reached - assumed.in_flight
    buffer = min(assumed.part_rows, assumed.part_age_s * assumed.pages_per_second)
    written = answered - int(chance.uniform(0, buffer))
    return max((end for end in ends if end <= written), default=0) if unit == "document" else written
