"""Uploaded files that belong to no session yet; deleted after some minutes."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ocr.i18n import gettext
from ocr.web.state.login_throttle import network
from ocr.web.state.multipart import write_files
from ocr.web.state.visitors import LimitReached

UPLOAD_LIFETIME_S = 300.0
"""Seconds for which an upload is stored; as long as a session outlives its tab (session_store.py)."""


@dataclass(slots=True)
class StoredUpload:
    """An uploaded file that belongs to no session."""

    path: Path
    used_at: float
    """When it arrived or was last named, by the monotonic clock."""
    address: str
    size_bytes: int


class Uploads:
    """The upload folder of one app. A path in it is a secret of the visitor who sent the file."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made with the first upload."""
        self.folder = folder
        self._stored: dict[str, StoredUpload] = {}

    def __contains__(self, path: object) -> bool:
        """Whether this path is one that `receive` has given out, and not swept since."""
        return isinstance(path, str) and path in self._stored

    def check_room(self, address: str, files: int, size: int) -> None:
        """Check that this address stores fewer than so many files and bytes.

        Raises:
            LimitReached: there are as many.
        """
        key = network(address)
        waiting = [stored for stored in self._stored.values() if stored.address == key]
        if len(waiting) >= files or sum(stored.size_bytes for stored in waiting) >= size:
            happened = gettext("Too many uploaded files from your address are waiting to be added.")
            raise LimitReached(happened, gettext("Wait five minutes, then try again."))

    async def receive(
        self, stream: AsyncIterator[bytes], content_type: str, limit_bytes: int, address: str = ""
    ) -> list[str]:
        """Write the files of a multipart body; all are deleted where it is incomplete.

        Raises:
            BadMultipart: it is no multipart body, or has other parts than files.
            TooManyBytes: the files are larger than the limit together.
            OSError: they cannot be written.
        """
        arriving = self.folder / f"arriving-{time.monotonic_ns()}"
        try:
            paths = await write_files(stream, content_type, arriving, limit_bytes)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, arriving, ignore_errors=True))
            raise
        sizes = await asyncio.to_thread(lambda: [path.stat().st_size for path in paths])
        for path, size in zip(paths, sizes, strict=True):
            self._stored[str(path)] = StoredUpload(path, time.monotonic(), network(address), size)
        asyncio.get_running_loop().call_later(UPLOAD_LIFETIME_S + 1, self.sweep)
        return [str(path) for path in paths]

    def renew(self, path: str) -> None:
        """Extend the lifetime of a file that may be named again."""
        if stored := self._stored.get(path):
            stored.used_at = time.monotonic()
            asyncio.get_running_loop().call_later(UPLOAD_LIFETIME_S + 1, self.sweep)

    def discard(self, path: str) -> None:
        """Delete a file that a session has copied, or that has expired; slow where it is large."""
        if stored := self._stored.pop(path, None):
            stored.path.unlink(missing_ok=True)
            with suppress(OSError):  # others of the same upload are left
                stored.path.parent.rmdir()
                stored.path.parent.parent.rmdir()

    def sweep(self) -> None:
        """Delete expired files in a thread."""
        now = time.monotonic()
        for path in [path for path, stored in self._stored.items() if now - stored.used_at >= UPLOAD_LIFETIME_S]:
            asyncio.get_running_loop().run_in_executor(None, self.discard, path)
