"""Timeouts of an answer: until the first token, between two tokens, and in total."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import aiohttp

from ocr.config.profiles import Timeouts
from ocr.errors import PageTimeout, RequestFailed, Silence
from ocr.i18n import gettext

T = TypeVar("T")


class Deadline:
    """When one answer is given up."""

    def __init__(self, url: str, timeouts: Timeouts) -> None:
        """The request leaves now; `url` is the server's, for messages."""
        self._url, self._timeouts = url, timeouts
        self._seconds = timeouts.first_token
        now = asyncio.get_running_loop().time()
        self._end, self._due = now + timeouts.page, now + self._seconds

    def progress(self) -> None:
        """A word has arrived."""
        self._seconds = self._timeouts.silence
        self._due = asyncio.get_running_loop().time() + self._seconds

    async def within(self, waited: Awaitable[T]) -> T:
        """What is waited for.

        Raises:
            Silence: no word has arrived for too long.
            PageTimeout: the whole answer takes too long.
        """
        try:
            async with asyncio.timeout_at(min(self._due, self._end)):
                return await waited
        except aiohttp.ClientError:  # some of which are a TimeoutError too
            raise
        except TimeoutError as error:
            raise self._passed() from error

    def _passed(self) -> RequestFailed:
        if self._end <= self._due:
            return PageTimeout(
                gettext(
                    "{url} did not finish this page within {seconds:g} s.", url=self._url, seconds=self._timeouts.page
                ),
                "Raise --page-timeout, or read the page with a smaller image.",
            )
        option = "--timeout" if self._seconds is self._timeouts.silence else "--first-token-timeout"
        return Silence(
            gettext("{url} has sent no text for {seconds:g} s.", url=self._url, seconds=self._seconds),
            gettext("It may be starting or overloaded: wait, or raise {option}.", option=option),
        )
