"""`servers.txt` in a run's folder: the servers that read its pages, which may be added and taken out while it runs."""

import argparse
import asyncio
from collections.abc import AsyncGenerator, Callable
from functools import partial

from ocr.batch.storage import Folder
from ocr.config.arguments import parse_url
from ocr.engines.select import ListedServers
from ocr.errors import NoSuchFile, StorageError, UsageError
from ocr.inference.http import check_url

SERVER_FILE = "servers.txt"
LOOK_INTERVAL_S = 30.0


def listed_servers(
    folder: Folder, api_key: str | None, tell: Callable[[str], object], *, interval_s: float = LOOK_INTERVAL_S
) -> ListedServers:
    """The servers that `servers.txt` lists, as `running_server` takes them; it is looked at every `interval_s`.

    A line is a URL, with or without `/v1`; what follows a `#` is a comment. A line that is no URL is told once and
    left out. While the file cannot be read, the servers stay that it listed before.

    Args:
        folder: the run's folder.
        api_key: what the servers ask for as bearer token.
        tell: is given what a user should know, as a sentence.
        interval_s: seconds from one look to the next.
    """
    return partial(_Looks(folder, api_key, tell).servers, interval_s)


def has_server_file(folder: Folder) -> bool:
    """Whether there is a `servers.txt` now.

    Raises:
        StorageError: the folder cannot be read.
    """
    return folder.exists(SERVER_FILE)


class _Looks:
    """What was found in the file so far."""

    def __init__(self, folder: Folder, api_key: str | None, tell: Callable[[str], object]) -> None:
        self._folder, self._api_key, self._tell = folder, api_key, tell
        self._told: set[str] = set()

    async def servers(self, interval_s: float) -> AsyncGenerator[tuple[str, ...], None]:
        """The servers at once, and whenever they are others."""
        known: tuple[str, ...] | None = None
        while True:
            found = await asyncio.to_thread(self._look)
            if found is not None and found != known:
                known = found
                if not found:
                    self._tell(f"{self._name} lists no server: pages wait until it does.")
                yield found
            await asyncio.sleep(interval_s)

    @property
    def _name(self) -> str:
        return self._folder.address(SERVER_FILE)

    def _look(self) -> tuple[str, ...] | None:
        """The servers that are listed now; None where that cannot be known."""
        try:
            data = self._folder.read(SERVER_FILE)
        except NoSuchFile:
            return ()
        except StorageError as error:
            self._tell_once(error.full_message)
            return None
        urls = [self._url(line) for line in data.decode("utf-8-sig", errors="replace").splitlines()]
        return tuple(dict.fromkeys(filter(None, urls)))

    def _url(self, line: str) -> str | None:
        text = line.partition("#")[0].strip()
        if not text:
            return None
        try:
            url = parse_url(text)
            check_url(url, self._api_key)
        except (argparse.ArgumentTypeError, UsageError) as error:
            self._tell_once(f"{self._name}: a line is left out: {error}")
            return None
        return url

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._tell(sentence)
