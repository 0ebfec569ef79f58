"""The folder of one running app: deleted with it, or by the next one where it was killed."""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from io import FileIO
from pathlib import Path

PREFIX = "pagelight-page-"
LOCK = "owner.lock"
"""Locked by the app as long as it runs: the kernel unlocks it when the app is killed. It contains the process ID."""


class Workspace:
    """A new folder in the system's folder for temporary files."""

    def __init__(self) -> None:
        """Make it; delete those that dead apps have left."""
        sweep_dead(Path(tempfile.gettempdir()))
        self.root = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        self._lock = FileIO(self.root / LOCK, "w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._lock.write(str(os.getpid()).encode())

    def close(self) -> None:
        """Delete it with all that is in it."""
        shutil.rmtree(self.root, ignore_errors=True)
        self._lock.close()


def sweep_dead(parent: Path) -> None:
    """Delete the folders of apps that are no longer alive; another user's, or one that is being made, stays."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), FileIO(folder / LOCK, "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if lock.read():
                shutil.rmtree(folder, ignore_errors=True)
