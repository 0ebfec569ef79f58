"""A process that reads tasks and is killed at once, as on a machine short of memory."""

import os
import signal


def task_process(*_: object) -> None:
    """In place of that of local_engine."""
    os.kill(os.getpid(), signal.SIGKILL)
